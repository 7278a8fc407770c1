//! A chain of WS2812 lights: a state machine of a PIO block makes the pulses, and DMA brings it the colours.
//!
//! embassy-rp's driver is done 55 µs after the last colour has left for the state machine, which still holds up to nine of
//! them then, and newer lights show a frame only after a pause of 280 µs. So here the end is waited for, with that pause: the
//! next frame never runs into the one before.

use core::convert::Infallible;

use embassy_rp::interrupt::typelevel::Binding;
use embassy_rp::pio::{self, Instance, Pio, PioPin};
use embassy_rp::pio_programs::ws2812::{Grb, PioWs2812, PioWs2812Program};
use embassy_rp::{Peri, dma};
use embassy_time::Timer;
use fwc_runtime::lights;
use smart_leds::{RGB8, SmartLedsWriteAsync};

/// RP2040 datasheet, section 3.5.4: the joined FIFO holds eight words, and the shift register one.
const HELD_LIGHTS: usize = 9;

/// A chain of so many lights on a PIO block of its own.
pub struct LedStrip<PIO: Instance + 'static, const LIGHTS: usize> {
    driver: PioWs2812<'static, PIO, 0, LIGHTS, Grb>,
    colors: [RGB8; LIGHTS],
}

impl<PIO: Instance + 'static, const LIGHTS: usize> LedStrip<PIO, LIGHTS> {
    /// Loads the block's program. The lights stay as they are.
    pub fn new<Channel, Irqs>(
        block: Peri<'static, PIO>,
        irqs: Irqs,
        channel: Peri<'static, Channel>,
        pin: Peri<'static, impl PioPin>,
    ) -> Self
    where
        Channel: dma::ChannelInstance,
        Irqs: Binding<PIO::Interrupt, pio::InterruptHandler<PIO>>
            + Binding<Channel::Interrupt, dma::InterruptHandler<Channel>>
            + Copy
            + 'static,
    {
        let Pio { mut common, sm0, .. } = Pio::new(block, irqs);
        let program = PioWs2812Program::new(&mut common);
        let driver = PioWs2812::new(&mut common, sm0, channel, irqs, pin, &program);
        Self { driver, colors: [RGB8::default(); LIGHTS] }
    }
}

impl<PIO: Instance + 'static, const LIGHTS: usize> SmartLedsWriteAsync for LedStrip<PIO, LIGHTS> {
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
        self.driver.write(&self.colors).await;
        Timer::after_micros(lights::micros(HELD_LIGHTS.min(LIGHTS) * lights::BITS)).await;
        Ok(())
    }
}
