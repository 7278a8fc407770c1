//! A chain of WS2812 lights: a channel of the RMT sends the pulses.
//!
//! A channel has memory for a few lights (a block of it holds two), which go by themselves. Of a longer chain the rest is written into that
//! memory while its first part is on the wire, and that in time: so the task holds its executor until the last light is there.
//! Interrupts, and tasks of higher priorities, may still come between for as long as half the memory lasts.

use core::convert::Infallible;

use embassy_time::Timer;
use esp_hal::Blocking;
use esp_hal::gpio::Level;
use esp_hal::gpio::interconnect::PeripheralOutput;
use esp_hal::peripherals::RMT;
pub use esp_hal::rmt::PulseCode;
use esp_hal::rmt::{Channel, Rmt, Tx, TxChannelConfig, TxChannelCreator};
use esp_hal::time::Rate;
use fwc_runtime::lights;
use smart_leds::{RGB8, SmartLedsWriteAsync};

use crate::panic;

/// The RMT's clock: 12.5 ns a tick.
const MEGAHERTZ: u32 = 80;
/// esp-metadata-generated 0.5, `rmt.channel_ram_size`: the codes that a block of memory holds.
const CODES: usize = 48;

/// What stands behind the last bit.
pub const END: PulseCode = PulseCode::end_marker();
/// A 0 and a 1.
const PULSES: [PulseCode; 2] = [pulse(lights::HIGH_NANOS[0]), pulse(lights::HIGH_NANOS[1])];

const fn pulse(high: u32) -> PulseCode {
    let low = lights::BIT_NANOS - high;
    PulseCode::new(Level::High, ticks(high), Level::Low, ticks(low))
}

const fn ticks(nanos: u32) -> u16 {
    ((nanos * MEGAHERTZ + 500) / 1_000) as u16
}

/// Starts the block.
pub fn start(block: RMT<'static>) -> Rmt<'static, Blocking> {
    match Rmt::new(block, Rate::from_mhz(MEGAHERTZ)) {
        Ok(channels) => channels,
        Err(_) => panic::halt(),
    }
}

/// A chain of lights on a channel.
pub struct LedStrip {
    channel: Channel<'static, Blocking, Tx>,
    /// A pulse for each bit of each light, and the mark of their end.
    pulses: &'static mut [PulseCode],
    /// Whether all of them go by themselves.
    fits: bool,
}

impl LedStrip {
    /// Makes room in `pulses`, which are one more than the bits of the chain; so many blocks of memory are the channel's. The
    /// lights stay as they are.
    pub fn new(
        channel: impl TxChannelCreator<'static, Blocking>,
        pin: impl PeripheralOutput<'static>,
        memories: u8,
        pulses: &'static mut [PulseCode],
    ) -> Self {
        let config = TxChannelConfig::default()
            .with_clk_divider(1)
            .with_idle_output(true)
            .with_idle_output_level(Level::Low)
            .with_memsize(memories);
        let Ok(channel) = channel.configure_tx(&config) else { panic::halt() };
        let bits = pulses.len().saturating_sub(1);
        pulses[..bits].fill(PULSES[0]);
        let fits = pulses.len() <= usize::from(memories) * CODES;
        Self { channel: channel.with_pin(pin), pulses, fits }
    }
}

impl SmartLedsWriteAsync for LedStrip {
    type Error = Infallible;
    type Color = RGB8;

    /// Gives the lights their colours, the one next to the chip first, and is done when they show them. Lights beyond the
    /// end of the colours keep theirs.
    async fn write<T, I>(&mut self, colors: T) -> Result<(), Infallible>
    where
        T: IntoIterator<Item = I>,
        I: Into<RGB8>,
    {
        let bits = self.pulses.len().saturating_sub(1);
        let colors = colors.into_iter().map(Into::<RGB8>::into);
        lights::write_pulses(&mut self.pulses[..bits], colors, PULSES);
        // The HAL refuses what has no end, and this has one.
        if let Ok(sending) = self.channel.reborrow().transmit(self.pulses) {
            if self.fits {
                Timer::after_micros(lights::micros(bits)).await;
            }
            let _ = sending.wait();
        }
        if !self.fits {
            Timer::after_micros(lights::PAUSE_MICROS).await;
        }
        Ok(())
    }
}
