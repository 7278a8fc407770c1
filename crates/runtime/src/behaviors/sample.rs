//! `sample`: what an input measures, at the ticker's pace.

use core::future::Future;

use crate::AnalogInput;
use crate::channel::Publish;
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
