//! The converter ADS1115, over the crate `ads111x-rs`.
//!
//! A measurement is a single shot of each input in turn, so that the part sleeps between two. While it converts, the bus is
//! free: nothing polls it.

use ads111x_rs::{ADS1115, Address, Config, DataRate, Gain, Mux, conversion_period_us};
use embassy_time::Timer;
use embedded_hal_async::i2c::I2c;
use fwc_runtime::device::Error;

/// The crate's driver; it has the configuration in a public field.
pub type Handle<Bus> = ADS1115<Bus>;

/// The keys of app.toml.
pub struct Options {
    /// The voltage that is the largest number, in millivolts: 256, 512, 1024, 2048, 4096 or 6144.
    pub full_scale: u16,
    /// Conversions a second: 8, 16, 32, 64, 128, 250, 475 or 860.
    pub data_rate: u16,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// The voltage at AIN0 in millivolts.
    pub ain0: f32,
    /// The voltage at AIN1 in millivolts.
    pub ain1: f32,
    /// The voltage at AIN2 in millivolts.
    pub ain2: f32,
    /// The voltage at AIN3 in millivolts.
    pub ain3: f32,
}

/// Makes the handle, and asks the part nothing.
pub fn new<Bus: I2c>(bus: Bus, address: u8, options: Options) -> Handle<Bus> {
    let address = match address {
        0x49 => Address::VDD,
        0x4A => Address::SDA,
        0x4B => Address::SCL,
        _ => Address::Ground,
    };
    let gain = match options.full_scale {
        256 => Gain::V0_256,
        512 => Gain::V0_512,
        1_024 => Gain::V1_024,
        2_048 => Gain::V2_048,
        4_096 => Gain::V4_096,
        _ => Gain::V6_144,
    };
    let data_rate = match options.data_rate {
        8 => DataRate::SPS8,
        16 => DataRate::SPS16,
        32 => DataRate::SPS32,
        64 => DataRate::SPS64,
        128 => DataRate::SPS128,
        250 => DataRate::SPS250,
        475 => DataRate::SPS475,
        _ => DataRate::SPS860,
    };
    ADS1115::new(address, bus, Config::default().with_gain(gain).with_data_rate(data_rate))
}

/// Sees that a part answers and converts; it has no register that says what it is.
pub async fn start<Bus: I2c>(handle: &mut Handle<Bus>) -> Result<(), Error<Bus::Error>> {
    millivolts(handle, Mux::A0).await.map(drop)
}

/// Converts each input once.
pub async fn measure<Bus: I2c>(handle: &mut Handle<Bus>) -> Result<Reading, Error<Bus::Error>> {
    Ok(Reading {
        ain0: millivolts(handle, Mux::A0).await?,
        ain1: millivolts(handle, Mux::A1).await?,
        ain2: millivolts(handle, Mux::A2).await?,
        ain3: millivolts(handle, Mux::A3).await?,
    })
}

/// Converts one input, or the difference of two.
pub async fn millivolts<Bus: I2c>(handle: &mut Handle<Bus>, input: Mux) -> Result<f32, Error<Bus::Error>> {
    handle.start_conversion_async(input).await?;
    // The nominal time with an eighth and 100 µs; the datasheet allows a tenth and the 25 µs of waking up (9.4.2.1).
    Timer::after_micros(conversion_period_us(handle.config.data_rate).into()).await;
    let word = handle.read_conversion_async().await?;
    let full_scale: u16 = match handle.config.gain {
        Gain::V6_144 => 6_144,
        Gain::V4_096 => 4_096,
        Gain::V2_048 => 2_048,
        Gain::V1_024 => 1_024,
        Gain::V0_512 => 512,
        Gain::V0_256 => 256,
    };
    Ok(f32::from(word) * f32::from(full_scale) / 32_768.0)
}
