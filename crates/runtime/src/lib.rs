//! What firmware composed by fwc calls: the pieces that generated code puts together.
//!
//! Everything here works on the standard traits (embedded-hal, embedded-hal-async, embedded-io-async) and on
//! embassy-sync and embassy-time, so that the same text runs on every chip and on the host. No item knows a chip,
//! and none assumes an executor: what may be shared between executors is decided by a mutex type parameter.
#![cfg_attr(not(test), no_std)]

#[macro_use]
mod macros;

pub mod analog;
pub mod behaviors;
pub mod bus;
pub mod channel;
mod deadline;
mod decimal;
pub mod device;
pub mod gpio;
pub mod lights;
#[cfg(feature = "log")]
pub mod logger;
mod lost;
#[cfg(feature = "observe")]
pub mod observe;
pub mod record;
#[cfg(any(feature = "statistics", test))]
pub mod statistics;
pub mod supervisor;
mod ticker;
#[cfg(feature = "usb")]
pub mod usb;

pub use analog::AnalogInput;
pub use deadline::Deadline;
pub use embassy_sync::blocking_mutex::raw::{CriticalSectionRawMutex, NoopRawMutex};
pub use embassy_time::Duration;
pub use heapless::String;
pub use lost::LostBytes;
pub use supervisor::Supervised;
pub use ticker::{Monitor, MonitoredTicker, Tick, Ticker};

/// What the logging macros expand to; no part of the public face.
#[doc(hidden)]
pub mod _export {
    #[cfg(feature = "defmt")]
    pub use defmt;
    #[cfg(feature = "log")]
    pub use log;
}

/// The type of a future that never ends, `!`, in a place where stable Rust does not accept `!` yet.
///
/// A task whose body is `async fn(…) -> !` has the type `impl Future<Output = Never>`.
pub type Never = <fn() -> ! as ReturnType>::Output;

/// Names the return type of a function pointer: the one way to write `!` as a type argument in stable Rust.
#[doc(hidden)]
pub trait ReturnType {
    /// What the function returns.
    type Output;
}

impl<T> ReturnType for fn() -> T {
    type Output = T;
}
