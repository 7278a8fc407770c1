//! embassy-rp behind the handles of firmware composed by fwc.
//!
//! Here is what the standard traits do not cover, what embassy-rp covers in a way that differs from the other chips, and
//! what is smaller or quicker where it is known at compile time which pin or block it is about.
#![no_std]

use core::mem::transmute;

#[cfg(not(feature = "executors-across-cores"))]
use embassy_executor::Executor;
use embassy_executor::{SpawnError, SpawnToken, Spawner};
#[cfg(feature = "executors-across-cores")]
use embassy_rp::executor::Executor;

#[cfg(any(feature = "interrupt-executors", feature = "executors-across-cores"))]
pub mod executor;
#[cfg(feature = "adc")]
pub mod adc;
pub mod gpio;
#[cfg(feature = "i2c")]
pub mod i2c;
#[cfg(feature = "led-strip")]
pub mod led_strip;
pub mod panic;
#[cfg(feature = "pwm")]
pub mod pwm;
#[cfg(feature = "spi")]
pub mod spi;
pub mod uart;
#[cfg(feature = "usb")]
pub mod usb;
#[cfg(feature = "watchdog")]
pub mod watchdog;

/// Runs the thread executor of this core for ever. `init` sets the chip up and spawns the first tasks.
///
/// Set the chip up inside `init`, not before: LLVM inlines next to nothing on a path that never returns, and it takes
/// inlining to fold a constant clock configuration into `embassy_rp::init` (2.5 kB of flash).
#[allow(unsafe_code)]
pub fn run(init: impl FnOnce(Spawner)) -> ! {
    let mut executor = Executor::new();
    // SAFETY: this function never returns, and a panic does not unwind (the profiles say `panic = "abort"`, and the
    // target has no other way), so its frame is never left and the executor in it is there for ever.
    let executor: &'static mut Executor = unsafe { transmute(&mut executor) };
    executor.run(init)
}

/// Spawns a task. It halts the firmware to spawn one again that is not done: each task has room for one.
///
/// Not `unwrap`: what generated code spawns once, at the start, cannot fail, and the panic with its message, its place
/// and the formatting of the error would be 350 bytes of flash.
pub fn spawn<S>(spawner: Spawner, task: Result<SpawnToken<S>, SpawnError>) {
    match task {
        Ok(task) => spawner.spawn(task),
        Err(_) => panic::halt(),
    }
}
