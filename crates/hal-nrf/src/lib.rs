//! embassy-nrf behind the handles of firmware composed by fwc.
//!
//! Pins need no adapter: embassy-nrf's own implement the standard traits, and `fwc_runtime::gpio` gives them their
//! polarity. Here is what the standard traits do not cover, or embassy-nrf covers in a way that differs from the
//! other chips.
#![no_std]

use core::mem::transmute;

use embassy_executor::{Executor, SpawnError, SpawnToken, Spawner};

#[cfg(feature = "adc")]
pub mod adc;
#[cfg(feature = "interrupt-executors")]
pub mod executor;
#[cfg(feature = "i2c")]
pub mod i2c;
#[cfg(feature = "led-strip")]
pub mod led_strip;
pub mod panic;
#[cfg(feature = "pwm")]
pub mod pwm;
#[cfg(feature = "spi")]
pub mod spi;
#[cfg(feature = "uart")]
pub mod uart;
#[cfg(feature = "usb")]
pub mod usb;
#[cfg(feature = "watchdog")]
pub mod watchdog;

/// Runs the thread executor for ever. `init` sets the chip up and spawns the first tasks.
///
/// Set the chip up inside `init`, not before: LLVM inlines next to nothing on a path that never returns, and it takes
/// inlining to fold a constant configuration into `embassy_nrf::init`.
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
/// Not `unwrap`: what generated code spawns once, at the start, cannot fail, and the panic with its message would be
/// flash for nothing.
pub fn spawn<S>(spawner: Spawner, task: Result<SpawnToken<S>, SpawnError>) {
    match task {
        Ok(task) => spawner.spawn(task),
        Err(_) => panic::halt(),
    }
}
