//! esp-hal behind the handles of firmware composed by fwc.
//!
//! Pins need no adapter: esp-hal's own implement the standard traits, and `fwc_runtime::gpio` gives them their polarity. Here
//! is what the standard traits do not cover, or esp-hal covers in a way that differs from the other chips.
#![no_std]

use core::mem::transmute;
use core::pin::Pin;
use core::task::{Context, Poll};

use embassy_executor::{SpawnError, SpawnToken, Spawner};
use esp_hal::peripherals::{FROM_CPU_INTR0, TIMG0};
use esp_hal::timer::timg::TimerGroup;
use esp_rtos::embassy::Executor;

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
pub mod uart;
#[cfg(feature = "usb")]
pub mod usb;
#[cfg(feature = "watchdog")]
pub mod watchdog;

#[doc(hidden)]
pub use static_cell;

/// Makes each `static mut` of the body that it stands in a `&'static mut` that nobody else has, as cortex-m-rt does it. The
/// body must run once.
#[macro_export]
macro_rules! statics {
    ($(static mut $name:ident: $rust_type:ty = $value:expr;)*) => {
        $(
            #[allow(non_snake_case)]
            let $name: &'static mut $rust_type = {
                static CELL: $crate::static_cell::ConstStaticCell<$rust_type> =
                    $crate::static_cell::ConstStaticCell::new($value);
                CELL.take()
            };
        )*
    };
}

/// A driver, or what it does, that any executor may have.
///
/// esp-hal keeps its asynchronous drivers on the core that handles their interrupts: they are not `Send`.
struct OnOneCore<D>(D);

impl<F: Future> Future for OnOneCore<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        // SAFETY: what is pinned is the whole, of which this is the one part; it is never moved out.
        #[allow(unsafe_code)]
        unsafe { self.map_unchecked_mut(|whole| &mut whole.0) }.poll(context)
    }
}

const _: () = assert!(esp_hal::system::Cpu::COUNT == 1, "drivers stay on one of the cores");

// SAFETY: the chip has one core, as is asserted above, so all executors are on the core that made the driver. One executor
// at a time has it: a handle is moved, or shared behind a mutex.
#[allow(unsafe_code)]
unsafe impl<D> Send for OnOneCore<D> {}

/// Runs the thread executor for ever. `init` sets the chip up and spawns the first tasks.
#[allow(unsafe_code)]
pub fn run(init: impl FnOnce(Spawner)) -> ! {
    let mut executor = Executor::new();
    // SAFETY: this function never returns, and a panic does not unwind (the profiles say `panic = "abort"`), so its frame is
    // never left and the executor in it is there for ever.
    let executor: &'static mut Executor = unsafe { transmute(&mut executor) };
    executor.run(init)
}

/// Starts what counts time and lets the executor sleep. Before any task waits.
pub fn start(timer: TIMG0<'static>, interrupt: FROM_CPU_INTR0<'static>) {
    esp_rtos::start(TimerGroup::new(timer).timer0, interrupt);
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
