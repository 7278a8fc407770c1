//! Executors that run in interrupts: their tasks preempt those of the thread executor.
//!
//! embassy-stm32 leaves the interrupts of its drivers at level 0, which preempts every executor, so no driver's level is
//! ever changed.

pub use embassy_executor::InterruptExecutor;
use embassy_executor::{SendSpawner, SpawnError, SpawnToken};
use embassy_stm32::interrupt::{Interrupt, InterruptExt, Priority};

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
