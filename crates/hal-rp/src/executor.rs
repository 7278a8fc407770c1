//! Executors that run in interrupts: their tasks preempt those of the thread executor.

#[cfg(not(feature = "executors-across-cores"))]
pub use embassy_executor::InterruptExecutor;
use embassy_executor::{SendSpawner, SpawnError, SpawnToken};
#[cfg(feature = "executors-across-cores")]
pub use embassy_rp::executor::InterruptExecutor;
use embassy_rp::interrupt::{Interrupt, InterruptExt, Priority};

use crate::panic;

/// Starts an executor in an interrupt of this core, whose handler must call the executor's `on_interrupt`.
pub fn start(executor: &'static InterruptExecutor, interrupt: Interrupt, priority: Priority) -> SendSpawner {
    interrupt.set_priority(priority);
    executor.start(interrupt)
}

/// Spawns a task on an executor in an interrupt; otherwise as [`crate::spawn`].
pub fn spawn<S: Send>(spawner: SendSpawner, task: Result<SpawnToken<S>, SpawnError>) {
    match task {
        Ok(task) => spawner.spawn(task),
        Err(_) => panic::halt(),
    }
}

/// Changes the priority of an interrupt that may be enabled already.
///
/// Armv6-M Architecture Reference Manual, Interrupt Priority Registers: changing the priority of an interrupt that is
/// enabled is unpredictable, so it is disabled meanwhile.
pub fn set_priority(interrupt: Interrupt, priority: Priority) {
    let enabled = interrupt.is_enabled();
    interrupt.disable();
    interrupt.set_priority(priority);
    if enabled {
        // SAFETY: it was enabled before, and no critical section rests on its being masked.
        #[allow(unsafe_code)]
        unsafe {
            interrupt.enable();
        }
    }
}

/// A vector by its number.
#[cfg(feature = "executors-across-cores")]
#[derive(Clone, Copy)]
struct Vector(u16);

// SAFETY: the number is that of an executor that was started in an interrupt, and it never changes.
#[cfg(feature = "executors-across-cores")]
#[allow(unsafe_code)]
unsafe impl cortex_m::interrupt::InterruptNumber for Vector {
    fn number(self) -> u16 {
        self.0
    }
}

/// embassy-rp 0.10.0, src/multicore.rs: in the upper half of what a core finds in its mailbox, this says that the lower
/// half is the vector of an executor that has work.
#[cfg(feature = "executors-across-cores")]
const WAKE: u32 = 0xCAFE;

/// Empties core 0's mailbox and lets the executors that core 1 woke run.
///
/// embassy-rp 0.10 sends such wakes both ways and takes them out on core 1 alone. The mailbox cannot fill up, which would
/// hold up the sender: an executor is woken when its queue of tasks becomes no longer empty, so that at most one wake
/// of each is on its way.
#[cfg(feature = "executors-across-cores")]
pub fn take_wakes() {
    let mailbox = embassy_rp::pac::SIO.fifo();
    // RP2040 datasheet, section 2.3.1.7: a write clears the flags of errors, which would keep the interrupt pending.
    mailbox.st().write(|status| status.set_wof(false));
    while mailbox.st().read().vld() {
        let message = mailbox.rd().read();
        if message >> 16 == WAKE {
            cortex_m::peripheral::NVIC::pend(Vector((message & 0xFFFF) as u16));
        }
    }
}

/// Lets core 1 wake executors of core 0, whose mailbox this is. Not before core 1 runs: it is started through the
/// mailboxes.
#[cfg(feature = "executors-across-cores")]
pub fn listen(mailbox: Interrupt) {
    // SAFETY: no critical section rests on its being masked.
    #[allow(unsafe_code)]
    unsafe {
        mailbox.enable();
    }
}
