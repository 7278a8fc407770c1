//! `sample`: what an input or a device measures, at the ticker's pace.

use core::future::Future;

use crate::AnalogInput;
use crate::channel::Publish;
use crate::device::{Error, Logged};
use crate::ticker::Tick;

/// Publishes an analog input's millivolts. A reading that fails is logged, and its tick publishes nothing.
pub fn sample<T: From<u16>>(
    mut input: impl AnalogInput,
    mut publisher: impl Publish<T>,
    mut tick: impl Tick,
) -> impl Future<Output = ()> {
    async move {
        loop {
            tick.next().await;
            match input.millivolts().await {
                Ok(millivolts) => publisher.publish(T::from(millivolts)).await,
                Err(_) => warn!("an analog input could not be read"),
            }
        }
    }
}

/// Publishes what a device measures. It is started before its first measurement, and again after each failure; a failure
/// is logged and counted, and its tick publishes nothing. The log calls the device `name`.
pub fn sample_device<D, R, E: Logged>(
    name: &'static str,
    mut device: D,
    start: impl AsyncFn(&mut D) -> Result<(), Error<E>>,
    measure: impl AsyncFn(&mut D) -> Result<R, Error<E>>,
    mut publisher: impl Publish<R>,
    mut tick: impl Tick,
) -> impl Future<Output = ()> {
    async move {
        let mut is_started = false;
        let mut failures: u32 = 0;
        loop {
            tick.next().await;
            if !is_started {
                match start(&mut device).await {
                    Ok(()) => is_started = true,
                    Err(error) => {
                        failed(name, &error, &mut failures);
                        continue;
                    }
                }
            }
            match measure(&mut device).await {
                Ok(reading) => publisher.publish(reading).await,
                Err(error) => {
                    failed(name, &error, &mut failures);
                    is_started = false;
                }
            }
        }
    }
}

#[inline(never)]
fn failed<E: Logged>(name: &'static str, error: &Error<E>, failures: &mut u32) {
    *failures = failures.wrapping_add(1);
    warn!("{}: cannot be measured: {:?}; failed {} times", name, error, *failures);
}
