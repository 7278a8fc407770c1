//! The current monitor INA219, over the crate `ina219`.
//!
//! The part's own registers for current and power need a calibration that trades range for resolution. Here both are
//! made of the two voltages, in full resolution over the whole range.

use embassy_time::{Duration, Timer};
use embedded_hal_async::i2c::I2c;
use fwc_runtime::device::Error;
use ina219::AsyncIna219;
use ina219::address::Address;
use ina219::calibration::UnCalibrated;
use ina219::configuration::{Configuration, Reset};
use ina219::errors::{BusVoltageReadError, ConfigurationReadError, ShuntVoltageReadError};

/// Datasheet, electrical characteristics: a conversion of 12 bits takes up to 586 µs, and there are two of them.
const CONVERSIONS: Duration = Duration::from_micros(2 * 586);

/// The crate's driver, which is all that `Deref` shows, and the shunt beside the part.
pub struct Handle<Bus> {
    driver: AsyncIna219<Bus, UnCalibrated>,
    shunt: f32,
}

impl<Bus> core::ops::Deref for Handle<Bus> {
    type Target = AsyncIna219<Bus, UnCalibrated>;

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
    /// The resistance of the shunt in ohms.
    pub shunt: f32,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// The voltage behind the shunt.
    pub volts: f32,
    /// The current through the shunt.
    pub amperes: f32,
    /// What is drawn.
    pub watts: f32,
}

/// Makes the handle, and asks the part nothing.
pub fn new<Bus: I2c>(bus: Bus, address: u8, options: Options) -> Handle<Bus> {
    // device.toml has the addresses that the crate knows, so none is replaced.
    let address = Address::from_byte(address).unwrap_or_default();
    Handle { driver: AsyncIna219::new_unchecked(bus, address, UnCalibrated), shunt: options.shunt }
}

/// Resets the part: it converts both voltages on and on, in the widest ranges. The first results are awaited, since until
/// then the registers read as zero.
pub async fn start<Bus: I2c>(handle: &mut Handle<Bus>) -> Result<(), Error<Bus::Error>> {
    let reset = Configuration { reset: Reset::Reset, ..Configuration::default() };
    handle.set_configuration(reset).await?;
    match handle.configuration().await {
        Ok(found) if found == Configuration::default() => {
            Timer::after(CONVERSIONS).await;
            Ok(())
        }
        Err(ConfigurationReadError::I2cError(error)) => Err(Error::Bus(error)),
        Ok(_) | Err(ConfigurationReadError::ConfigurationMismatch { .. }) => {
            Err(Error::Reports("after a reset it is not set up as an INA219 is"))
        }
    }
}

/// Reads the newest conversions.
pub async fn measure<Bus: I2c>(handle: &mut Handle<Bus>) -> Result<Reading, Error<Bus::Error>> {
    let supply = handle.bus_voltage().await.map_err(|error| match error {
        BusVoltageReadError::I2cError(error) => Error::Bus(error),
        BusVoltageReadError::BusVoltageOutOfRange { .. } => Error::Corrupt,
    })?;
    let drop = handle.shunt_voltage().await.map_err(|error| match error {
        ShuntVoltageReadError::I2cError(error) => Error::Bus(error),
        ShuntVoltageReadError::ShuntVoltageOutOfRange { .. } => Error::Corrupt,
    })?;
    let volts = f32::from(supply.voltage_mv()) / 1_000.0;
    let amperes = f32::from(drop.shunt_voltage_10uv()) / 100_000.0 / handle.shunt;
    Ok(Reading { volts, amperes, watts: volts * amperes })
}
