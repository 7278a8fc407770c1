//! A chain of WS2812 lights: a pwm block makes the pulses, each as long as a value says that the block's own DMA reads.

use core::convert::Infallible;

use embassy_nrf::Peri;
use embassy_nrf::gpio::{OutputDrive, Pin};
use embassy_nrf::pwm::{
    Config, Instance, PWM_CLK_HZ, Prescaler, SequenceConfig, SequencePwm, SingleSequenceMode, SingleSequencer,
};
use embassy_time::Timer;
use fwc_runtime::lights;
use smart_leds::{RGB8, SmartLedsWriteAsync};

use crate::panic;

/// nRF52 Product Specifications, PWM: with this bit the line is high while the counter is below the value.
const HIGH_BELOW: u16 = 0x8000;
/// The steps of a bit, and those for which the line is high in a 0 and in a 1.
const PERIOD: u16 = steps(lights::BIT_NANOS);
const PULSES: [u16; 2] = [HIGH_BELOW | steps(lights::HIGH_NANOS[0]), HIGH_BELOW | steps(lights::HIGH_NANOS[1])];
const LOW: u16 = HIGH_BELOW;

const fn steps(nanos: u32) -> u16 {
    (nanos * (PWM_CLK_HZ / 1_000_000) / 1_000) as u16
}

/// A chain of lights on a block of its own.
pub struct LedStrip {
    block: SequencePwm<'static>,
    /// A pulse for each bit of each light, and one more that is none: with its level the line stays.
    pulses: &'static mut [u16],
}

impl LedStrip {
    /// Makes room in `pulses`, which are one more than the bits of the chain. The lights stay as they are.
    pub fn new(
        block: Peri<'static, impl Instance>,
        pin: Peri<'static, impl Pin>,
        pulses: &'static mut [u16],
    ) -> Self {
        let mut config = Config::default();
        config.prescaler = Prescaler::Div1;
        config.max_duty = PERIOD;
        config.ch0_drive = OutputDrive::HighDrive;
        let Ok(block) = SequencePwm::new_1ch(block, pin, config) else { panic::halt() };
        pulses.fill(PULSES[0]);
        if let Some(last) = pulses.last_mut() {
            *last = LOW;
        }
        Self { block, pulses }
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
        // Dropped with the future where that is given up: it stops the block.
        let sequence = SingleSequencer::new(&mut self.block, self.pulses, SequenceConfig::default());
        // What the HAL refuses is a sequence that is too long or not in RAM, and neither is.
        let _ = sequence.start(SingleSequenceMode::Times(1));
        Timer::after_micros(lights::micros(bits)).await;
        Ok(())
    }
}
