//! The light sensor BH1750, over the crate `bh1750-embedded`.
//!
//! The part measures all the time. The crate's single measurements wait for 1.2 times the typical time, of which the
//! datasheet allows 1.5 times; `start` waits that long once, so that there is always a result.

use bh1750_embedded::r#async::Bh1750Async;
use bh1750_embedded::{Address, MeasurementTime};
use embassy_time::{Delay, Duration, Timer};
use embedded_hal_async::i2c::I2c;
use fwc_runtime::device::Error;

/// The crate's driver, which is all that `Deref` shows, and how the part measures.
pub struct Handle<Bus> {
    driver: Bh1750Async<Bus, Delay>,
    resolution: Resolution,
    sensitivity: u8,
}

impl<Bus> core::ops::Deref for Handle<Bus> {
    type Target = Bh1750Async<Bus, Delay>;

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
    /// How fine a measurement is.
    pub resolution: Resolution,
    /// The measurement time register, 31 to 254.
    pub sensitivity: u8,
}

/// How fine a measurement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// Steps of 1 lx.
    High,
    /// Steps of 0.5 lx.
    High2,
    /// Steps of 4 lx.
    Low,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// The illuminance in lux.
    pub lux: f32,
}

impl Resolution {
    fn of_crate(self) -> bh1750_embedded::Resolution {
        match self {
            Self::High => bh1750_embedded::Resolution::High,
            Self::High2 => bh1750_embedded::Resolution::High2,
            Self::Low => bh1750_embedded::Resolution::Low,
        }
    }

    /// "Electrical characteristics", measurement time: at most, with the register at 69.
    fn longest_micros(self) -> u64 {
        match self {
            Self::High | Self::High2 => 180_000,
            Self::Low => 24_000,
        }
    }
}

/// Makes the handle, and asks the part nothing.
pub fn new<Bus: I2c>(bus: Bus, address: u8, options: Options) -> Handle<Bus> {
    let driver = Bh1750Async::new(bus, Delay, Address::Custom(address));
    Handle { driver, resolution: options.resolution, sensitivity: options.sensitivity }
}

/// Has the part measure all the time, and waits for the first result.
pub async fn start<Bus: I2c>(handle: &mut Handle<Bus>) -> Result<(), Error<Bus::Error>> {
    let Handle { driver, resolution, sensitivity } = handle;
    let time = MeasurementTime::new(*sensitivity).unwrap_or(MeasurementTime::DEFAULT);
    driver.power_on().await.map_err(fault)?;
    driver.set_measurement_time(time).await.map_err(fault)?;
    driver.start_continuous_measurement(resolution.of_crate()).await.map_err(fault)?;
    let default = u64::from(MeasurementTime::DEFAULT.value());
    Timer::after(Duration::from_micros(resolution.longest_micros() * u64::from(time.value()) / default))
        .await;
    Ok(())
}

/// The latest result.
pub async fn measure<Bus: I2c>(handle: &mut Handle<Bus>) -> Result<Reading, Error<Bus::Error>> {
    let resolution = handle.resolution.of_crate();
    let lux = handle.driver.current_measurement_lux(resolution).await.map_err(fault)?;
    Ok(Reading { lux })
}

fn fault<E>(error: bh1750_embedded::Error<E>) -> Error<E> {
    match error {
        bh1750_embedded::Error::I2c(error) => Error::Bus(error),
        bh1750_embedded::Error::MeasurementTimeOutOfRange => Error::Reports("measurement time out of range"),
    }
}
