//! Analog inputs: the voltages that the scenario sets, in the steps of a converter of 12 bits.

use std::convert::Infallible;

use embassy_time::Timer;
use fwc_runtime::AnalogInput;

use crate::{noise, world};

/// RP2040 datasheet, section 4.9: a conversion has 12 bits, so the reference voltage is this many steps.
const STEPS: u32 = 4096;

/// One channel of the converter, whose reference voltage is `REFERENCE` millivolts.
pub struct AnalogChannel<const REFERENCE: u32> {
    channel: u8,
}

impl<const REFERENCE: u32> AnalogChannel<REFERENCE> {
    /// The channel with this number.
    pub fn new(channel: u8) -> Self {
        Self { channel }
    }
}

impl<const REFERENCE: u32> AnalogInput for AnalogChannel<REFERENCE> {
    type Error = Infallible;

    async fn millivolts(&mut self) -> Result<u16, Infallible> {
        // RP2040 datasheet, section 4.9.2: a conversion takes 96 cycles of the 48 MHz clock.
        Timer::after_micros(2).await;
        let millivolts = u32::from(noise::on(self.channel, world::millivolts(self.channel)));
        let steps = (millivolts * STEPS / REFERENCE).min(STEPS - 1);
        Ok(((steps * REFERENCE + STEPS / 2) / STEPS) as u16)
    }
}

/// Degrees Celsius of what the chip's own sensor, `pin = "TEMPERATURE"`, gives (RP2040 datasheet, section 4.9.5).
pub fn celsius(millivolts: u16) -> f32 {
    27.0 - (f32::from(millivolts) - 706.0) / 1.721
}
