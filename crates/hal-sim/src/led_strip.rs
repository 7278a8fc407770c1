//! Chains of WS2812 lights: each colour takes its time on the wire, and the pause that makes the lights show them comes behind.

use std::convert::Infallible;

use smart_leds::{RGB8, SmartLedsWriteAsync};

use crate::{parts, world};

/// WS2812B-V5 datasheet, "data transfer time": 1.25 µs a bit, of which a 0 is high for 300 ns and a 1 for 900 ns, as
/// embassy-rp's driver makes them of ten clocks.
const BIT: u64 = 1_250;
const ZERO: u64 = 250;
const ONE: u64 = 750;
/// WS2812B-V5 datasheet, "data transfer time": `RES`, above 280 µs.
const PAUSE: u64 = 290_000;

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
        let end = begun + LIGHTS as u64 * 24 * BIT;
        world::until(end).await;
        let bits = self.colors.iter().flat_map(|color| {
            [color.g, color.r, color.b]
                .into_iter()
                .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1))
        });
        let levels = bits.zip(0..).flat_map(|(bit, index): (u8, u64)| {
            let rise = begun + index * BIT;
            [(rise, true), (rise + if bit == 1 { ONE } else { ZERO }, false)]
        });
        parts::pulses(self.pin, levels);
        world::until(end + PAUSE).await;
        Ok(())
    }
}
