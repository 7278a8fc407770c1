//! Inputs of the first converter become inputs of millivolts, calibrated by what was measured when the chip was made; they take
//! turns, each conversion by interrupt.

use core::convert::Infallible;
use core::marker::PhantomData;
use core::mem::forget;

use embassy_time::{Duration, block_for};
use esp_hal::Async;
use esp_hal::analog::adc::{Adc, AdcCalCurve, AdcChannel, AdcConfig, AdcPin, Attenuation, RegisterAccess};
use esp_hal::gpio::AnalogPin;
use esp_hal::peripherals::ADC1;
use fwc_runtime::AnalogInput;
use fwc_runtime::analog::Turns;
pub use fwc_runtime::analog::{OneExecutor, SeveralExecutors};

use crate::OnOneCore;

/// The converter, which only its inputs use.
#[derive(Clone, Copy)]
pub struct Converter(());

impl Converter {
    /// Keeps the converter for its inputs.
    pub fn start(converter: ADC1<'static>) -> Self {
        forget(converter);
        Self(())
    }
}

/// The input at pin `P` of the converter.
pub struct AnalogChannel<T, P> {
    driver: OnOneCore<Adc<'static, ADC1<'static>, Async>>,
    pin: AdcPin<P, ADC1<'static>, AdcCalCurve<ADC1<'static>>>,
    turns: PhantomData<fn() -> T>,
}

impl<T: Turns, P: AdcChannel + AnalogPin> AnalogChannel<T, P> {
    /// An input of a converter that was started.
    pub fn new(_converter: Converter, pin: P) -> Self {
        let mut config = AdcConfig::new();
        // The greatest attenuation has the greatest range.
        let pin = config.enable_pin_with_cal(pin, Attenuation::_11dB);
        // SAFETY: `Converter::start` has kept it for the inputs, of which one at a time has the turn.
        #[allow(unsafe_code)]
        let converter = unsafe { ADC1::steal() };
        let driver = OnOneCore(Adc::new(converter, config).into_async());
        Self { driver, pin, turns: PhantomData }
    }
}

/// esp-hal 1.2.2, src/analog/adc/riscv.rs: the signal that starts a conversion must have been off for three clocks of the
/// converter, the slowest of which has 5 MHz.
const PAUSE: Duration = Duration::from_micros(2);

/// Ends a conversion that its task gives up, so that the next one does not take its number.
struct Conversion;

impl Drop for Conversion {
    fn drop(&mut self) {
        for _ in 0..PATIENCE {
            if ADC1::is_done() {
                break;
            }
        }
        ADC1::reset();
    }
}

/// How often it is asked whether a conversion has ended: longer than one takes.
const PATIENCE: u32 = 10_000;

impl<T: Turns, P: AdcChannel> AnalogInput for AnalogChannel<T, P> {
    type Error = Infallible;

    async fn millivolts(&mut self) -> Result<u16, Infallible> {
        let _turn = T::take().await;
        block_for(PAUSE);
        let conversion = Conversion;
        let millivolts = OnOneCore(self.driver.0.read_oneshot(&mut self.pin)).await;
        forget(conversion);
        Ok(millivolts)
    }
}
