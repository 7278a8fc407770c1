//! The chip's independent watchdog becomes the one that supervised tasks keep fed.

use core::mem::MaybeUninit;
use core::ptr::with_exposed_provenance_mut;

use embassy_stm32::Peri;
use embassy_stm32::wdg::{IndependentWatchdog, Instance};
use fwc_runtime::supervisor::{self, Kept, KeptInRam, Supervised};

/// Where the watchdog's registers are, and where the chip says why it was reset: its reference manual's IWDG and RCC.
pub trait Registers {
    /// The key register's address.
    const KEY: usize;
    /// The address of the register of reset flags.
    const CAUSE: usize;
    /// The flag of a reset by the watchdog.
    const BITTEN: u32;
    /// The flag that clears all of them.
    const FORGET: u32;
}

/// The registers of a chip by their numbers.
pub struct At<const KEY: usize, const CAUSE: usize, const BITTEN: u8, const FORGET: u8>;

impl<const KEY: usize, const CAUSE: usize, const BITTEN: u8, const FORGET: u8> Registers
    for At<KEY, CAUSE, BITTEN, FORGET>
{
    const KEY: usize = KEY;
    const CAUSE: usize = CAUSE;
    const BITTEN: u32 = 1 << BITTEN;
    const FORGET: u32 = 1 << FORGET;
}

/// What is written to the key register to begin the timeout anew (reference manuals, IWDG_KR).
const FEED: u32 = 0xAAAA;

/// The watchdog, which bites when it is not fed for `TIMEOUT` microseconds, and its `TASKS` supervised tasks.
pub struct Watchdog<R, const TIMEOUT: u32, const TASKS: u32>(core::marker::PhantomData<R>);

impl<R: Registers, const TIMEOUT: u32, const TASKS: u32> Watchdog<R, TIMEOUT, TASKS> {
    /// Logs that the watchdog has reset the chip for this task, where it did. Before [`start`](Self::start).
    pub fn report(task: u32, name: &str) {
        if read(R::CAUSE) & R::BITTEN != 0 {
            supervisor::report::<Self>(task, name);
        }
    }

    /// Starts the watchdog.
    pub fn start<T: Instance>(watchdog: Peri<'static, T>) {
        supervisor::start::<Self>();
        write(R::CAUSE, read(R::CAUSE) | R::FORGET);
        IndependentWatchdog::new(watchdog, TIMEOUT).unleash();
    }

    /// The sign of life of a task.
    pub const fn task<const TASK: u32>() -> Supervised<Self, TASK> {
        Supervised::new()
    }
}

impl<R: Registers, const TIMEOUT: u32, const TASKS: u32> KeptInRam for Watchdog<R, TIMEOUT, TASKS> {
    const TASKS: u32 = u32::MAX >> (u32::BITS - TASKS);

    fn feed() {
        write(R::KEY, FEED);
    }

    fn memory() -> &'static MaybeUninit<Kept> {
        &KEPT
    }
}

/// What is kept through a reset.
#[unsafe(link_section = ".uninit.FWC_WATCHDOG")]
#[allow(unsafe_code)]
static KEPT: MaybeUninit<Kept> = MaybeUninit::uninit();

fn read(address: usize) -> u32 {
    // SAFETY: the address is that of a register, which generated code takes from the chip's reference manual; reading it
    // changes nothing.
    #[allow(unsafe_code)]
    unsafe {
        with_exposed_provenance_mut::<u32>(address).read_volatile()
    }
}

fn write(address: usize, value: u32) {
    // SAFETY: as above; what is written feeds the watchdog or clears the flags of the last reset.
    #[allow(unsafe_code)]
    unsafe {
        with_exposed_provenance_mut::<u32>(address).write_volatile(value);
    }
}
