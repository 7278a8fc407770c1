//! Executors that run in software interrupts: their tasks preempt those of the thread executor.
//!
//! esp-hal's drivers have their interrupts at the least urgent level, as have the scheduler and the alarm of the clock (esp-hal
//! 1.2.2, `#[handler]`; esp-rtos 0.4.0): while a task of such an executor runs, they wait until it does.

use core::mem::MaybeUninit;

use embassy_executor::{SendSpawner, SpawnError, SpawnToken};
pub use esp_hal::interrupt::Priority;
use esp_hal::interrupt::software::Instance;
pub use esp_rtos::embassy::InterruptExecutor;

use crate::panic;

/// Starts an executor in a software interrupt.
pub fn start<const NUMBER: u8>(
    place: &'static mut MaybeUninit<InterruptExecutor<NUMBER>>,
    interrupt: impl Instance<NUMBER> + 'static,
    priority: Priority,
) -> SendSpawner {
    place.write(InterruptExecutor::new(interrupt)).start(priority)
}

/// Spawns a task on an executor in an interrupt; otherwise as [`crate::spawn`].
pub fn spawn<S: Send>(spawner: SendSpawner, task: Result<SpawnToken<S>, SpawnError>) {
    match task {
        Ok(task) => spawner.spawn(task),
        Err(_) => panic::halt(),
    }
}
