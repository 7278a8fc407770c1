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
#[cfg(feature = "adc-u5")]
use embassy_stm32::adc::{BasicAdcRegs, Instance, adc4};
#[cfg(not(feature = "adc-l1"))]
use embassy_stm32::adc::{SpecialConverter, Temperature};
use fwc_runtime::analog::{AnalogInput, Turns};

#[cfg(feature = "adc-v2")]
const LONGEST: SampleTime = SampleTime::CYCLES480;
// What the HAL calls the STM32C0's longest.
#[cfg(any(feature = "adc-v3", feature = "adc-g4", feature = "adc-h5", feature = "adc-c0"))]
const LONGEST: SampleTime = SampleTime::CYCLES640_5;
#[cfg(any(feature = "adc-g0", feature = "adc-l0", feature = "adc-u0", feature = "adc-u5"))]
const LONGEST: SampleTime = SampleTime::CYCLES160_5;
#[cfg(feature = "adc-l1")]
const LONGEST: SampleTime = SampleTime::CYCLES384;
#[cfg(feature = "adc-f3")]
const LONGEST: SampleTime = SampleTime::CYCLES601_5;
#[cfg(any(feature = "adc-f1", feature = "adc-v1"))]
const LONGEST: SampleTime = SampleTime::CYCLES239_5;
// At the STM32U3's 12 MHz this takes 20 microseconds; the longest would take 125.
#[cfg(feature = "adc-u3")]
const LONGEST: SampleTime = SampleTime::CYCLES246_5;
#[cfg(feature = "adc-wba")]
const LONGEST: SampleTime = SampleTime::CYCLES814_5;
#[cfg(feature = "adc-v4")]
const LONGEST: SampleTime = SampleTime::CYCLES810_5;

/// Reference manuals, ADC: a conversion has 12 bits, on the STM32H7 it has 16 and on the STM32U5 14, so the reference voltage is
/// this many steps.
const STEPS: u32 = if cfg!(feature = "adc-v4") {
    1 << 16
} else if cfg!(feature = "adc-u5") {
    1 << 14
} else {
    1 << 12
};

/// A block that converts.
#[cfg(not(feature = "adc-u5"))]
pub use embassy_stm32::adc::DefaultInstance as Block;

/// A block that converts: an STM32U5 has two kinds, told apart by the type of their sample times.
#[cfg(feature = "adc-u5")]
pub trait Block: Instance<Regs: BasicAdcRegs<SampleTime: Sampling>> {}

#[cfg(feature = "adc-u5")]
impl<T: Instance<Regs: BasicAdcRegs<SampleTime: Sampling>>> Block for T {}

/// A kind of converter.
#[cfg(feature = "adc-u5")]
pub trait Sampling: Sized {
    /// The longest sample time, and how many steps the reference voltage is.
    const LONGEST: (Self, u32);
}

#[cfg(feature = "adc-u5")]
impl Sampling for SampleTime {
    const LONGEST: (Self, u32) = (LONGEST, STEPS);
}

#[cfg(feature = "adc-u5")]
impl Sampling for adc4::SampleTime {
    const LONGEST: (Self, u32) = (Self::CYCLES814_5, 1 << 12);
}

/// A converter, set up for ever.
pub struct Converter<T: Block>(ManuallyDrop<Adc<'static, T>>);

impl<T: Block> Converter<T> {
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
}

impl<T: DefaultInstance> Converter<T> {
    /// The chip's own sensor.
    #[cfg(not(any(feature = "adc-l1", feature = "adc-wba")))]
    pub fn thermometer(&self) -> Temperature
    where
        T: SpecialConverter<Temperature>,
    {
        self.0.enable_temperature()
    }

    /// The chip's own sensor.
    #[cfg(feature = "adc-wba")]
    pub fn thermometer(&self) -> Temperature
    where
        T: SpecialConverter<Temperature>,
    {
        self.0.enable_temperature_adc4()
    }

    /// The chip's own sensor, of a type that the HAL does not name.
    #[cfg(feature = "adc-l1")]
    pub fn thermometer(&self) -> impl AdcChannel<T> + use<T> {
        self.0.enable_temperature()
    }
}

/// One channel of converter `T`, whose reference voltage is `REFERENCE` millivolts.
pub struct AnalogChannel<T: Block, U, const REFERENCE: u32> {
    converter: Converter<T>,
    channel: AnyAdcChannel<'static, T>,
    turns: PhantomData<fn() -> U>,
}

impl<T: Block, U: Turns, const REFERENCE: u32> AnalogChannel<T, U, REFERENCE> {
    /// A channel of a converter that was started.
    pub fn new(converter: &Converter<T>, channel: impl AdcChannel<T> + 'static) -> Self {
        Self { converter: converter.again(), channel: channel.degrade_adc(), turns: PhantomData }
    }
}

impl<T: Block, U: Turns, const REFERENCE: u32> AnalogInput for AnalogChannel<T, U, REFERENCE> {
    type Error = Infallible;

    async fn millivolts(&mut self) -> Result<u16, Infallible> {
        let _turn = U::take().await;
        #[cfg(not(feature = "adc-u5"))]
        let (time, most) = (LONGEST, STEPS);
        #[cfg(feature = "adc-u5")]
        let (time, most) = Sampling::LONGEST;
        #[cfg(not(feature = "adc-asleep"))]
        let steps = self.converter.0.blocking_read(&mut self.channel, time);
        // The HAL's drivers of these wait asleep.
        #[cfg(feature = "adc-asleep")]
        let steps = self.converter.0.read(&mut self.channel, time).await;
        let steps = u32::from(steps);
        Ok(((steps * REFERENCE + most / 2) / most) as u16)
    }
}
