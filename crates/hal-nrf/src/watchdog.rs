//! The chip's watchdog becomes the one that supervised tasks keep fed.

use core::mem::MaybeUninit;

use embassy_nrf::Peri;
use embassy_nrf::pac::POWER;
use embassy_nrf::peripherals::WDT;
use embassy_nrf::wdt::{Config, HaltConfig, WatchdogHandle};
use fwc_runtime::supervisor::{self, Kept, KeptInRam, Supervised};

/// The watchdog, which bites when it is not fed for `TIMEOUT` microseconds, and its `TASKS` supervised tasks.
pub struct Watchdog<const TIMEOUT: u32, const TASKS: u32>;

impl<const TIMEOUT: u32, const TASKS: u32> Watchdog<TIMEOUT, TASKS> {
    /// Logs that the watchdog has reset the chip for this task, where it did. Before [`start`](Self::start).
    pub fn report(task: u32, name: &str) {
        if POWER.resetreas().read().dog() {
            supervisor::report::<Self>(task, name);
        }
    }

    /// Starts the watchdog. One that still runs, because the firmware has reset the chip itself, is fed.
    pub fn start(watchdog: Peri<'static, WDT>) {
        supervisor::start::<Self>();
        // nRF52 Product Specifications, POWER: a reason is cleared by a one.
        POWER.resetreas().write(|reasons| reasons.set_dog(true));
        let mut config = Config::default();
        config.timeout_ticks = Self::TICKS;
        config.action_during_debug_halt = HaltConfig::Pause;
        let _ = embassy_nrf::wdt::Watchdog::try_new::<WDT, 1>(watchdog, config);
    }

    /// The sign of life of a task.
    pub const fn task<const TASK: u32>() -> Supervised<Self, TASK> {
        Supervised::new()
    }

    /// Of the slow clock, of which a second has 32,768.
    const TICKS: u32 = (TIMEOUT as u64 * 32_768).div_ceil(1_000_000) as u32;
}

impl<const TIMEOUT: u32, const TASKS: u32> KeptInRam for Watchdog<TIMEOUT, TASKS> {
    const TASKS: u32 = u32::MAX >> (u32::BITS - TASKS);

    fn feed() {
        // SAFETY: the watchdog was started with this handle, and feeding is one write of a register, which any task may do
        // at any time.
        #[allow(unsafe_code)]
        unsafe { WatchdogHandle::steal::<WDT>(0) }.pet();
    }

    fn memory() -> &'static MaybeUninit<Kept> {
        &KEPT
    }
}

/// What is kept through a reset.
#[unsafe(link_section = ".uninit.FWC_WATCHDOG")]
#[allow(unsafe_code)]
static KEPT: MaybeUninit<Kept> = MaybeUninit::uninit();
