//! Channels of the one converter become inputs of millivolts; they take turns, each conversion by interrupt.

use core::marker::PhantomData;
use core::mem::{ManuallyDrop, forget, transmute};

use embassy_rp::adc::{Adc, Async, Channel, Error};
use fwc_runtime::AnalogInput;
pub use fwc_runtime::analog::{OneExecutor, SeveralExecutors};
use fwc_runtime::analog::Turns;

/// RP2040 datasheet, section 4.9: a conversion has 12 bits, so the reference voltage is this many steps.
const STEPS: u32 = 4096;

/// The converter, set up for ever.
#[derive(Clone, Copy)]
pub struct Converter(());

impl Converter {
    /// Keeps the converter as it is.
    pub fn start(adc: Adc<'static, Async>) -> Self {
        forget(adc);
        Self(())
    }

    fn driver(self) -> ManuallyDrop<Adc<'static, Async>> {
        // SAFETY: the driver is a type without a value, of which `start` had one; that it has none is seen at compile time.
        // Whoever reads has the turn, so that no two are used at a time.
        #[allow(unsafe_code)]
        ManuallyDrop::new(unsafe { transmute::<(), Adc<'static, Async>>(()) })
    }
}

/// One channel of the converter, whose reference voltage is `REFERENCE` millivolts.
pub struct AnalogChannel<T, const REFERENCE: u32> {
    converter: Converter,
    channel: Channel<'static>,
    turns: PhantomData<fn() -> T>,
}

impl<T: Turns, const REFERENCE: u32> AnalogChannel<T, REFERENCE> {
    /// A channel of a converter that was started.
    pub fn new(converter: Converter, channel: Channel<'static>) -> Self {
        Self { converter, channel, turns: PhantomData }
    }
}

impl<T: Turns, const REFERENCE: u32> AnalogInput for AnalogChannel<T, REFERENCE> {
    type Error = Error;

    async fn millivolts(&mut self) -> Result<u16, Error> {
        let _turn = T::take().await;
        let steps = u32::from(self.converter.driver().read(&mut self.channel).await?);
        Ok(((steps * REFERENCE + STEPS / 2) / STEPS) as u16)
    }
}

/// Degrees Celsius of what the chip's own sensor, `pin = "TEMPERATURE"`, gives (RP2040 datasheet, section 4.9.5). A
/// millivolt is 0.6 degrees, and the sensor of one chip may be some degrees off from that of another.
pub fn celsius(millivolts: u16) -> f32 {
    27.0 - (f32::from(millivolts) - 706.0) / 1.721
}
