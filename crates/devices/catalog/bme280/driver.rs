//! The BME280 for temperature, humidity and air pressure, over the crate `bme280-rs`.
//!
//! Every measurement is a forced one, so that the part sleeps between two.

use bme280_rs::{AsyncBme280, Configuration, Oversampling, SensorMode};
use embassy_time::{Delay, Duration, Timer, with_timeout};
use embedded_hal_async::i2c::I2c;
use fwc_runtime::device::Error;

/// The crate's driver, which is all that `Deref` shows, and how much it averages.
pub struct Handle<Bus> {
    driver: AsyncBme280<Bus, Delay>,
    oversampling: u8,
}

impl<Bus> core::ops::Deref for Handle<Bus> {
    type Target = AsyncBme280<Bus, Delay>;

    fn deref(&self) -> &Self::Target {
        &self.driver
    }
}

impl<Bus> core::ops::DerefMut for Handle<Bus> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.driver
    }
}

/// The keys of app.toml.
pub struct Options {
    /// How many samples make a measurement of each quantity: 1, 2, 4, 8 or 16.
    pub oversampling: u8,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// The temperature in degrees Celsius.
    pub celsius: f32,
    /// The relative humidity in percent.
    pub humidity: f32,
    /// The air pressure in hectopascals.
    pub pressure: f32,
}

/// Makes the handle, and asks the part nothing.
pub fn new<Bus: I2c>(bus: Bus, address: u8, options: Options) -> Handle<Bus> {
    let driver = AsyncBme280::new_with_address(bus, address, Delay);
    Handle { driver, oversampling: options.oversampling }
}

/// Section 5.4.1: what the register `id` holds.
const CHIP_ID: u8 = 0x60;

/// The crate waits for ever for a part that says that it is still copying its calibration, which takes 2 ms (table 1).
const LONGEST_START: Duration = Duration::from_secs(1);

/// Sees that the part is a BME280, resets it, and reads its calibration.
pub async fn start<Bus: I2c>(handle: &mut Handle<Bus>) -> Result<(), Error<Bus::Error>> {
    let id = handle.chip_id().await?;
    if id != CHIP_ID {
        return Err(Error::WrongPart(id.into()));
    }
    with_timeout(LONGEST_START, handle.init()).await.map_err(|_| Error::NotReady)??;
    let oversampling = match handle.oversampling {
        1 => Oversampling::Oversample1,
        2 => Oversampling::Oversample2,
        4 => Oversampling::Oversample4,
        8 => Oversampling::Oversample8,
        _ => Oversampling::Oversample16,
    };
    let configuration = Configuration::default()
        .with_temperature_oversampling(oversampling)
        .with_humidity_oversampling(oversampling)
        .with_pressure_oversampling(oversampling)
        .with_sensor_mode(SensorMode::Forced);
    handle.set_sampling_configuration(configuration).await?;
    Ok(())
}

/// How long a measurement takes at most (section 9.1): 1.25 ms, 2.3 ms for each sample, and 0.575 ms for pressure and for
/// humidity.
fn duration(oversampling: u8) -> Duration {
    Duration::from_micros(2_400 + 3 * 2_300 * u64::from(oversampling))
}

/// Forces a measurement, waits for it, and reads it.
pub async fn measure<Bus: I2c>(handle: &mut Handle<Bus>) -> Result<Reading, Error<Bus::Error>> {
    handle.take_forced_measurement().await?;
    // The crate's own wait is none: it looks for `measuring` at bit 2 of the register `status`, where section 5.4.4 has it
    // at bit 3.
    Timer::after(duration(handle.oversampling)).await;
    let sample = handle.read_sample().await?;
    // A quantity is left out where the part has lost its settings, as by a dip of its supply.
    match (sample.temperature, sample.humidity, sample.pressure) {
        (Some(celsius), Some(humidity), Some(pascals)) => {
            Ok(Reading { celsius, humidity, pressure: pascals / 100.0 })
        }
        _ => Err(Error::Corrupt),
    }
}
