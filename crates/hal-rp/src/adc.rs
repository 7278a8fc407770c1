//! Channels of the one converter become inputs of millivolts; they take turns, each conversion by interrupt.

use embassy_rp::adc::{Adc, Async, Channel, Error};
use embassy_sync::blocking_mutex::raw::RawMutex;
use embassy_sync::mutex::Mutex;
use fwc_runtime::AnalogInput;

/// RP2040 datasheet, section 4.9: a conversion has 12 bits, so the reference voltage is this many steps.
const STEPS: u32 = 4096;

/// The converter, for all of its channels.
pub struct SharedAdc<M: RawMutex>(Mutex<M, Option<Adc<'static, Async>>>);

impl<M: RawMutex> SharedAdc<M> {
    /// A place for the converter.
    #[expect(clippy::new_without_default, reason = "it is made once, in a static")]
    pub const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Puts the converter into its place.
    pub fn start(&'static mut self, adc: Adc<'static, Async>) -> &'static Self {
        *self.0.get_mut() = Some(adc);
        self
    }
}

/// One channel of the converter, whose reference voltage is `REFERENCE` millivolts.
pub struct AnalogChannel<M: RawMutex + 'static, const REFERENCE: u32> {
    adc: &'static SharedAdc<M>,
    channel: Channel<'static>,
}

impl<M: RawMutex, const REFERENCE: u32> AnalogChannel<M, REFERENCE> {
    /// A channel of a converter that was started.
    pub fn new(adc: &'static SharedAdc<M>, channel: Channel<'static>) -> Self {
        Self { adc, channel }
    }
}

impl<M: RawMutex, const REFERENCE: u32> AnalogInput for AnalogChannel<M, REFERENCE> {
    type Error = Error;

    async fn millivolts(&mut self) -> Result<u16, Error> {
        let mut adc = self.adc.0.lock().await;
        let adc = adc.as_mut().ok_or(Error::ConversionFailed)?;
        let steps = u32::from(adc.read(&mut self.channel).await?);
        Ok(((steps * REFERENCE + STEPS / 2) / STEPS) as u16)
    }
}

/// Degrees Celsius of what the chip's own sensor, `pin = "TEMPERATURE"`, gives (RP2040 datasheet, section 4.9.5). A
/// millivolt is 0.6 degrees, and the sensor of one chip may be some degrees off from that of another.
pub fn celsius(millivolts: u16) -> f32 {
    27.0 - (f32::from(millivolts) - 706.0) / 1.721
}
