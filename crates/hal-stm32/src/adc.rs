//! Channels of the converters become inputs of millivolts; those of one converter take turns.
//!
//! A conversion takes ten to twenty microseconds, most of which go into charging the converter's capacitor: the sample time
//! is the longest there is, so that a source of many kilohms and the chip's own sensor are measured right. The task waits
//! for it awake: to sleep and be woken would take as long.

use core::convert::Infallible;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ptr;

use embassy_stm32::adc::{Adc, AdcChannel, AnyAdcChannel, DefaultInstance, SampleTime};
#[cfg(not(feature = "adc-l1"))]
use embassy_stm32::adc::{SpecialConverter, Temperature};
use fwc_runtime::analog::{AnalogInput, Turns};

#[cfg(feature = "adc-v2")]
const LONGEST: SampleTime = SampleTime::CYCLES480;
// What the HAL calls the STM32C0's longest.
#[cfg(any(feature = "adc-v3", feature = "adc-g4", feature = "adc-h5", feature = "adc-c0"))]
const LONGEST: SampleTime = SampleTime::CYCLES640_5;
#[cfg(any(feature = "adc-g0", feature = "adc-l0", feature = "adc-u0"))]
const LONGEST: SampleTime = SampleTime::CYCLES160_5;
#[cfg(feature = "adc-l1")]
const LONGEST: SampleTime = SampleTime::CYCLES384;
#[cfg(feature = "adc-f3")]
const LONGEST: SampleTime = SampleTime::CYCLES601_5;
#[cfg(any(feature = "adc-f1", feature = "adc-v1"))]
const LONGEST: SampleTime = SampleTime::CYCLES239_5;
#[cfg(feature = "adc-v4")]
const LONGEST: SampleTime = SampleTime::CYCLES810_5;

/// Reference manuals, ADC: a conversion has 12 bits, on the STM32H7 it has 16, so the reference voltage is this many steps.
const STEPS: u32 = if cfg!(feature = "adc-v4") { 1 << 16 } else { 1 << 12 };

/// A converter, set up for ever.
pub struct Converter<T: DefaultInstance>(ManuallyDrop<Adc<'static, T>>);

impl<T: DefaultInstance> Converter<T> {
    /// Keeps a converter as it is.
    pub fn start(adc: Adc<'static, T>) -> Self {
        Self(ManuallyDrop::new(adc))
    }

    /// A second way to the same converter.
    fn again(&self) -> Self {
        // SAFETY: the driver is a token without a state of its own, and is never dropped. Whoever reads has the turn, so that no
        // two are used at a time.
        #[allow(unsafe_code)]
        Self(unsafe { ptr::read(&self.0) })
    }

    /// The chip's own sensor.
    #[cfg(not(feature = "adc-l1"))]
    pub fn thermometer(&self) -> Temperature
    where
        T: SpecialConverter<Temperature>,
    {
        self.0.enable_temperature()
    }

    /// The chip's own sensor, of a type that the HAL does not name.
    #[cfg(feature = "adc-l1")]
    pub fn thermometer(&self) -> impl AdcChannel<T> + use<T> {
        self.0.enable_temperature()
    }
}

/// One channel of converter `T`, whose reference voltage is `REFERENCE` millivolts.
pub struct AnalogChannel<T: DefaultInstance, U, const REFERENCE: u32> {
    converter: Converter<T>,
    channel: AnyAdcChannel<'static, T>,
    turns: PhantomData<fn() -> U>,
}

impl<T: DefaultInstance, U: Turns, const REFERENCE: u32> AnalogChannel<T, U, REFERENCE> {
    /// A channel of a converter that was started.
    pub fn new(converter: &Converter<T>, channel: impl AdcChannel<T> + 'static) -> Self {
        Self { converter: converter.again(), channel: channel.degrade_adc(), turns: PhantomData }
    }
}

impl<T: DefaultInstance, U: Turns, const REFERENCE: u32> AnalogInput for AnalogChannel<T, U, REFERENCE> {
    type Error = Infallible;

    async fn millivolts(&mut self) -> Result<u16, Infallible> {
        let _turn = U::take().await;
        #[cfg(not(feature = "adc-asleep"))]
        let steps = self.converter.0.blocking_read(&mut self.channel, LONGEST);
        // The HAL's drivers of these wait asleep.
        #[cfg(feature = "adc-asleep")]
        let steps = self.converter.0.read(&mut self.channel, LONGEST).await;
        let steps = u32::from(steps);
        Ok(((steps * REFERENCE + STEPS / 2) / STEPS) as u16)
    }
}
