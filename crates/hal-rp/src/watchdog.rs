//! The chip's watchdog becomes the one that supervised tasks keep fed.

use embassy_rp::Peri;
use embassy_rp::pac;
use embassy_rp::peripherals::WATCHDOG;
use embassy_rp::watchdog::ResetReason;
use embassy_time::Duration;
use fwc_runtime::supervisor::{self, Supervised, Word};

/// The watchdog, which bites when it is not fed for `TIMEOUT` microseconds, and its `TASKS` supervised tasks.
pub struct Watchdog<const TIMEOUT: u32, const TASKS: u32>;

impl<const TIMEOUT: u32, const TASKS: u32> Watchdog<TIMEOUT, TASKS> {
    /// Logs that the watchdog has reset the chip for this task, where it did. Before [`start`](Self::start).
    pub fn report(task: u32, name: &str) {
        if driver().reset_reason() == Some(ResetReason::TimedOut) {
            supervisor::report::<Self>(task, name);
        }
    }

    /// Starts the watchdog.
    pub fn start(watchdog: Peri<'static, WATCHDOG>) {
        supervisor::start::<Self>();
        embassy_rp::watchdog::Watchdog::new(watchdog).start(Self::TIMEOUT);
    }

    /// The sign of life of a task.
    pub const fn task<const TASK: u32>() -> Supervised<Self, TASK> {
        Supervised::new()
    }

    const TIMEOUT: Duration = Duration::from_micros(TIMEOUT as u64);
}

impl<const TIMEOUT: u32, const TASKS: u32> supervisor::Watchdog for Watchdog<TIMEOUT, TASKS> {
    const TASKS: u32 = u32::MAX >> (u32::BITS - TASKS);

    fn feed() {
        driver().feed(Self::TIMEOUT);
    }

    fn set(word: Word, flags: u32) {
        write(word, SET, flags);
    }

    fn clear(word: Word, flags: u32) {
        write(word, CLEAR, flags);
    }

    fn flags(word: Word) -> u32 {
        scratch(word).read()
    }
}

/// What the HAL has of the watchdog is its registers and nothing else.
fn driver() -> embassy_rp::watchdog::Watchdog {
    // SAFETY: the type owns no state, and feeding is one write of a register, which any task may do at any time.
    #[allow(unsafe_code)]
    embassy_rp::watchdog::Watchdog::new(unsafe { WATCHDOG::steal() })
}

/// RP2040 datasheet, section 4.7.4: the scratch registers outlive a reset by the watchdog. Those from 4 on are the
/// bootrom's (section 2.8.1.1).
fn scratch(word: Word) -> pac::common::Reg<u32, pac::common::RW> {
    match word {
        Word::Awaited => pac::WATCHDOG.scratch0(),
        Word::AtWork => pac::WATCHDOG.scratch1(),
    }
}

/// RP2040 datasheet, section 2.1.2: a register's aliases that set or clear the bits which are written as one.
const SET: usize = 0x2000;
const CLEAR: usize = 0x3000;

fn write(word: Word, alias: usize, flags: u32) {
    let register = scratch(word).as_ptr();
    // SAFETY: the alias of the register is at that distance, is always there, and does no more than change these bits.
    #[allow(unsafe_code)]
    unsafe {
        register.byte_add(alias).write_volatile(flags);
    }
}
