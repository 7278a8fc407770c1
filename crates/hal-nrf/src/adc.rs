//! Inputs of the one converter become inputs of millivolts; they take turns, each conversion by interrupt.
//!
//! A driver is made for each conversion and gone after it: the converter draws no current in between, and has one channel,
//! which is the one that is asked for.

use core::convert::Infallible;
use core::marker::PhantomData;
use core::mem::forget;

use embassy_nrf::Peri;
use embassy_nrf::interrupt::typelevel::{Binding, SAADC as VECTOR};
use embassy_nrf::peripherals::SAADC;
use embassy_nrf::saadc::{AnyInput, ChannelConfig, Config, Input, InterruptHandler, Saadc};
use fwc_runtime::AnalogInput;
pub use fwc_runtime::analog::{OneExecutor, SeveralExecutors};
use fwc_runtime::analog::Turns;

/// nRF52 Product Specifications, SAADC: 0.6 V over a gain of 1/6, which the HAL sets.
const REFERENCE: i32 = 3_600;

/// The HAL's resolution has 12 bits.
const STEPS: i32 = 4_096;

/// The converter, which only its inputs use.
#[derive(Clone, Copy)]
pub struct Converter(());

impl Converter {
    /// Keeps the converter for its inputs.
    pub fn start(converter: Peri<'static, SAADC>) -> Self {
        forget(converter);
        Self(())
    }
}

/// One input of the converter.
pub struct AnalogChannel<T, I> {
    input: AnyInput<'static>,
    interrupts: I,
    turns: PhantomData<fn() -> T>,
}

impl<T: Turns, I> AnalogChannel<T, I> {
    /// An input of a converter that was started.
    pub fn new(_converter: Converter, input: impl Input + 'static, interrupts: I) -> Self {
        Self { input: input.degrade_saadc(), interrupts, turns: PhantomData }
    }
}

impl<T: Turns, I: Binding<VECTOR, InterruptHandler> + Copy + 'static> AnalogInput for AnalogChannel<T, I> {
    type Error = Infallible;

    async fn millivolts(&mut self) -> Result<u16, Infallible> {
        let _turn = T::take().await;
        // SAFETY: `Converter::start` has kept it for the inputs, of which one at a time has the turn.
        #[allow(unsafe_code)]
        let converter = unsafe { SAADC::steal() };
        let channel = ChannelConfig::single_ended(self.input.reborrow());
        let mut driver = Saadc::new(converter, self.interrupts, Config::default(), [channel]);
        let mut steps = [0];
        driver.sample(&mut steps).await;
        // Noise about 0 V has numbers below 0.
        let steps = i32::from(steps[0]).max(0);
        Ok(((steps * REFERENCE + STEPS / 2) / STEPS) as u16)
    }
}
