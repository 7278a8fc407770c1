//! Executors that run in interrupts: their tasks preempt those of the thread executor.

use embassy_executor::{InterruptExecutor, SendSpawner, SpawnError, SpawnToken};
use embassy_rp::interrupt::{Interrupt, InterruptExt, Priority};

use crate::panic;

/// Starts an executor in an interrupt, whose handler must call the executor's `on_interrupt`.
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
