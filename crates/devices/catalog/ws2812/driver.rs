//! A chain of WS2812B lights, over the traits and colours of the crate `smart-leds`.
//!
//! What makes the pulses belongs to the chip: on an RP2040 a state machine of a PIO block, fed by DMA.

use fwc_runtime::device::Error;
use smart_leds::{RGB8, SmartLedsWriteAsync};

/// A chain of lights. It is written through `SmartLedsWriteAsync`.
pub struct Handle<Pin> {
    pin: Pin,
    lights: u16,
}

/// The keys of app.toml.
pub struct Options {
    /// How many lights the chain has.
    pub lights: u16,
}

impl<Pin> Handle<Pin> {
    /// How many lights the chain has.
    pub fn lights(&self) -> usize {
        self.lights.into()
    }
}

impl<Pin: SmartLedsWriteAsync<Color = RGB8>> SmartLedsWriteAsync for Handle<Pin> {
    type Error = Pin::Error;
    type Color = RGB8;

    /// Gives the lights their colours, the one next to the chip first, and is done when they show them. Lights beyond the
    /// end of the colours keep theirs.
    async fn write<T, I>(&mut self, colors: T) -> Result<(), Pin::Error>
    where
        T: IntoIterator<Item = I>,
        I: Into<RGB8>,
    {
        self.pin.write(colors).await
    }
}

/// Makes the handle; the lights stay as they are.
pub fn new<Pin: SmartLedsWriteAsync<Color = RGB8>>(pin: Pin, options: Options) -> Handle<Pin> {
    Handle { pin, lights: options.lights }
}

/// Makes all lights dark: they remember their colours when the chip alone begins anew.
pub async fn start<Pin>(handle: &mut Handle<Pin>) -> Result<(), Error<Pin::Error>>
where
    Pin: SmartLedsWriteAsync<Color = RGB8>,
{
    let dark = core::iter::repeat_n(RGB8::default(), handle.lights());
    Ok(handle.write(dark).await?)
}
