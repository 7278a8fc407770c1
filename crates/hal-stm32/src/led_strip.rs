//! A chain of WS2812 lights: an SPI master sends the pulses, each some of its bits long, and DMA brings it the bytes.

use core::convert::Infallible;

use embassy_stm32::mode::Async;
use embassy_stm32::spi::Spi;
use embassy_stm32::spi::mode::Master;
use embassy_time::Timer;
use fwc_runtime::lights;
use smart_leds::{RGB8, SmartLedsWriteAsync};

/// A chain of lights, each of whose bits is `BITS` of the master's: the first `ZERO` or `ONE` of them are high.
pub struct LedStrip<const BITS: usize, const ZERO: usize, const ONE: usize> {
    driver: Spi<'static, Async, Master>,
    /// The lights' bits between a byte that lets the line come to rest and one that leaves it low.
    bytes: &'static mut [u8],
}

impl<const BITS: usize, const ZERO: usize, const ONE: usize> LedStrip<BITS, ZERO, ONE> {
    /// Makes room in `bytes`, which are those of the lights and two more. The lights stay as they are.
    pub fn new(driver: Spi<'static, Async, Master>, bytes: &'static mut [u8]) -> Self {
        let mut strip = Self { driver, bytes };
        lights::write_levels(strip.lights(), core::iter::repeat([0; 3]), BITS, [ZERO, ONE]);
        strip
    }

    fn lights(&mut self) -> &mut [u8] {
        let behind = self.bytes.len().saturating_sub(1);
        self.bytes.get_mut(1..behind).unwrap_or_default()
    }
}

impl<const BITS: usize, const ZERO: usize, const ONE: usize> SmartLedsWriteAsync for LedStrip<BITS, ZERO, ONE> {
    type Error = Infallible;
    type Color = RGB8;

    /// Gives the lights their colours, the one next to the chip first, and is done when they show them. Lights beyond the
    /// end of the colours keep theirs.
    async fn write<T, I>(&mut self, colors: T) -> Result<(), Infallible>
    where
        T: IntoIterator<Item = I>,
        I: Into<RGB8>,
    {
        let colors = colors.into_iter().map(Into::<RGB8>::into);
        lights::write_levels(self.lights(), colors, BITS, [ZERO, ONE]);
        // The HAL tells of faults of what is received, and nothing is.
        let _ = self.driver.write(self.bytes).await;
        Timer::after_micros(lights::PAUSE_MICROS).await;
        Ok(())
    }
}
