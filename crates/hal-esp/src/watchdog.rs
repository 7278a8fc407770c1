//! The watchdog of the second timer group becomes the one that supervised tasks keep fed.

use core::mem::MaybeUninit;

use esp_hal::peripherals::TIMG1;
use esp_hal::rtc_cntl::SocResetReason;
use esp_hal::time::Duration;
use esp_hal::timer::timg::{MwdtStage, TimerGroup};
use fwc_runtime::supervisor::{self, Kept, KeptInRam, Supervised};

/// esp-hal 1.2.2, src/timer/timg.rs, `set_write_protection`: while this stands in its register, the others can be written.
const KEY: u32 = 0x50d8_3aa1;

/// The watchdog, which bites when it is not fed for `TIMEOUT` microseconds, and its `TASKS` supervised tasks.
pub struct Watchdog<const TIMEOUT: u32, const TASKS: u32>;

impl<const TIMEOUT: u32, const TASKS: u32> Watchdog<TIMEOUT, TASKS> {
    /// Logs that the watchdog has reset the chip for this task, where it did. Before [`start`](Self::start).
    pub fn report(task: u32, name: &str) {
        if esp_hal::system::reset_reason() == Some(SocResetReason::CoreMwdt1) {
            supervisor::report::<Self>(task, name);
        }
    }

    /// Starts the watchdog.
    pub fn start(group: TIMG1<'static>) {
        supervisor::start::<Self>();
        let mut watchdog = TimerGroup::new(group).wdt;
        watchdog.set_timeout(MwdtStage::Stage0, Duration::from_micros(TIMEOUT.into()));
        watchdog.enable();
    }

    /// The sign of life of a task.
    pub const fn task<const TASK: u32>() -> Supervised<Self, TASK> {
        Supervised::new()
    }
}

impl<const TIMEOUT: u32, const TASKS: u32> KeptInRam for Watchdog<TIMEOUT, TASKS> {
    const TASKS: u32 = u32::MAX >> (u32::BITS - TASKS);

    /// Where another task comes between two of these writes, it has fed the watchdog, and the rest of these does nothing.
    fn feed() {
        let registers = TIMG1::regs();
        // SAFETY: the registers take any number. The watchdog is started, and nobody has it but its tasks, each of which may
        // feed it at any time.
        #[allow(unsafe_code)]
        unsafe {
            registers.wdtwprotect().write(|protection| protection.wdt_wkey().bits(KEY));
            registers.wdtfeed().write(|feed| feed.bits(1));
            registers.wdtwprotect().write(|protection| protection.wdt_wkey().bits(0));
        }
    }

    fn memory() -> &'static MaybeUninit<Kept> {
        &KEPT
    }
}

/// What is kept through a reset: in the RTC's memory, as the boot loader has a use for the other before the firmware starts.
#[unsafe(link_section = ".rtc_fast.persistent")]
#[allow(unsafe_code)]
static KEPT: MaybeUninit<Kept> = MaybeUninit::uninit();
