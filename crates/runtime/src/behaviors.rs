//! The stock behaviours: what a task of app.toml does when it names no code of its own.
//!
//! Each is a function from its handles to a future that runs for ever. They return `impl Future` and capture their
//! arguments in an `async` block, because an `async fn` would keep every argument twice in the task's memory.
// The reason is above.
#![allow(clippy::manual_async_fn)]

use core::convert::Infallible;
use core::future::Future;

use embassy_futures::select::{Either, select};
use embassy_time::{Duration, Instant, Timer};
use embedded_hal::digital::StatefulOutputPin;
use embedded_hal_async::digital::Wait;
use embedded_io_async::{Read, Write};

use crate::Tick;
use crate::channel::{Publish, Subscribe};
use crate::gpio::Debounced;

mod drive;
mod print;
mod sample;
mod threshold;

pub use drive::{Ramp, Scalar, drive};
pub use print::{Both, Source, Sources, print};
pub use sample::{sample, sample_device};
pub use threshold::{Band, threshold, threshold_events, threshold_with_events};

/// Toggles an output at the ticker's pace.
pub fn blink(
    mut output: impl StatefulOutputPin<Error = Infallible>,
    mut tick: impl Tick,
) -> impl Future<Output = ()> {
    async move {
        loop {
            tick.next().await;
            let Ok(()) = output.toggle();
        }
    }
}

/// Flips an output at each message that `matches`.
pub fn toggle<T>(
    mut subscriber: impl Subscribe<T>,
    mut output: impl StatefulOutputPin<Error = Infallible>,
    matches: impl Fn(T) -> bool,
) -> impl Future<Output = ()> {
    async move {
        loop {
            if matches(subscriber.next().await) {
                let Ok(()) = output.toggle();
            }
        }
    }
}

/// Publishes `true` when a button is pressed and `false` when it is released.
pub fn button<I: Wait<Error = Infallible>, const MICROS: u32>(
    mut input: Debounced<I, MICROS>,
    mut publisher: impl Publish<bool>,
) -> impl Future<Output = ()> {
    async move {
        loop {
            let Ok(pressed) = input.change().await;
            publisher.publish(pressed).await;
        }
    }
}

/// The two values of a message that tell a short press of a button from a long one.
pub trait Press {
    /// Released before the time was over.
    const SHORT: Self;
    /// Held for the time.
    const LONG: Self;
}

/// Publishes `SHORT` when a button is released before `long_press`, and `LONG` at the moment when it has been held
/// that long; then nothing at its release.
pub fn button_presses<I: Wait<Error = Infallible>, const MICROS: u32, T: Press>(
    mut input: Debounced<I, MICROS>,
    mut publisher: impl Publish<T>,
    long_press: Duration,
) -> impl Future<Output = ()> {
    async move {
        // When the press becomes a long one; the end of time while there is no press, or it is known to be long.
        let mut long_at = Instant::MAX;
        loop {
            let press = match select(input.change(), Timer::at(long_at)).await {
                Either::First(Ok(true)) => {
                    long_at = Instant::now() + long_press;
                    continue;
                }
                Either::First(Ok(false)) if long_at == Instant::MAX => continue,
                Either::First(Ok(false)) => T::SHORT,
                Either::Second(()) => T::LONG,
            };
            long_at = Instant::MAX;
            publisher.publish(press).await;
        }
    }
}

/// How many bytes `echo` moves at a time: the depth of common UART FIFOs.
const CHUNK: usize = 32;

/// Copies bytes. A reading error (an overrun, a framing error) costs the bytes that it is about, and no more.
pub fn echo(mut from: impl Read, mut to: impl Write) -> impl Future<Output = ()> {
    async move {
        let mut bytes = [0; CHUNK];
        loop {
            if let Ok(count) = from.read(&mut bytes).await {
                let _ = to.write_all(&bytes[..count]).await;
            }
        }
    }
}
