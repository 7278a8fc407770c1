//! Chains of WS2812 lights: each colour takes its time on the wire, and the pause that makes the lights show them comes behind.

use std::convert::Infallible;

use fwc_runtime::lights;
use smart_leds::{RGB8, SmartLedsWriteAsync};

use crate::{parts, world};

/// Nanoseconds of a bit, of which a 0 and a 1 are high for as long as embassy-rp's driver makes them of ten clocks.
const BIT: u64 = lights::BIT_NANOS as u64;
const ZERO: u64 = 250;
const ONE: u64 = 750;
const PAUSE: u64 = lights::PAUSE_MICROS * 1_000;

/// A chain of so many lights.
pub struct LedStrip<const LIGHTS: usize> {
    pin: u8,
    colors: [RGB8; LIGHTS],
}

impl<const LIGHTS: usize> LedStrip<LIGHTS> {
    /// The lights on the pin with this number, which stay as they are.
    pub fn new(pin: u8) -> Self {
        Self { pin, colors: [RGB8::default(); LIGHTS] }
    }
}

impl<const LIGHTS: usize> SmartLedsWriteAsync for LedStrip<LIGHTS> {
    type Error = Infallible;
    type Color = RGB8;

    /// Gives the lights their colours, the one next to the chip first, and is done when they show them. Lights beyond the
    /// end of the colours keep theirs.
    async fn write<T, I>(&mut self, colors: T) -> Result<(), Infallible>
    where
        T: IntoIterator<Item = I>,
        I: Into<RGB8>,
    {
        for (kept, color) in self.colors.iter_mut().zip(colors) {
            *kept = color.into();
        }
        let begun = world::now();
        let end = begun + (LIGHTS * lights::BITS) as u64 * BIT;
        world::until(end).await;
        let bits = self.colors.iter().flat_map(|color| lights::bits(*color));
        let levels = bits.zip(0..).flat_map(|(bit, index): (bool, u64)| {
            let rise = begun + index * BIT;
            [(rise, true), (rise + if bit { ONE } else { ZERO }, false)]
        });
        parts::pulses(self.pin, levels);
        world::until(end + PAUSE).await;
        Ok(())
    }
}
