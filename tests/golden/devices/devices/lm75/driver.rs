//! The thermometer LM75B.

use embedded_hal_async::i2c::I2c;
use fwc_runtime::device::Error;

/// The part: where it is, and what its keys say.
pub struct Handle<Bus> {
    bus: Bus,
    address: u8,
    options: Options,
}

/// The keys of app.toml.
pub struct Options {
    /// Kelvins that are added to what is measured.
    pub offset: f32,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// The temperature in degrees Celsius.
    pub celsius: f32,
}

/// Makes the handle, and asks the part nothing.
pub fn new<Bus: I2c>(bus: Bus, address: u8, options: Options) -> Handle<Bus> {
    Handle { bus, address, options }
}

// Registers: datasheet, table 5.
const TEMPERATURE: u8 = 0;
const CONFIGURATION: u8 = 1;

/// Converting on and on, with all else as after power-up.
const NORMAL: u8 = 0;

/// Wakes the part, which converts every 100 ms from then on.
pub async fn start<Bus: I2c>(handle: &mut Handle<Bus>) -> Result<(), Error<Bus::Error>> {
    handle.bus.write(handle.address, &[CONFIGURATION, NORMAL]).await?;
    Ok(())
}

/// Reads the newest conversion.
pub async fn measure<Bus: I2c>(handle: &mut Handle<Bus>) -> Result<Reading, Error<Bus::Error>> {
    let mut bytes = [0; 2];
    handle.bus.write_read(handle.address, &[TEMPERATURE], &mut bytes).await?;
    // Datasheet, section 7.4.3: eleven bits at the top of the register, an eighth of a degree each.
    let eighths = i16::from_be_bytes(bytes) >> 5;
    Ok(Reading { celsius: f32::from(eighths) / 8.0 + handle.options.offset })
}
