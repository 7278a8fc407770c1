//! The thermometer MCP9808, over a driver of its own.
//!
//! The crate `mcp9808` (0.4.0) blocks, and the one in `embedded-devices` (0.10.3) brings a system of units that counts in
//! `f64`, for which a processor without floating point pays in kilobytes.

use embassy_time::{Duration, Timer};
use embedded_hal_async::i2c::I2c;
use fwc_runtime::device::Error;

/// An MCP9808 on its bus. It converts all the time; a measurement is its latest result.
pub struct Handle<Bus> {
    bus: Bus,
    address: u8,
    resolution: f32,
}

/// The keys of app.toml.
pub struct Options {
    /// The steps of a measurement in degrees Celsius: 0.5, 0.25, 0.125 or 0.0625.
    pub resolution: f32,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// The temperature in degrees Celsius.
    pub celsius: f32,
}

// Data sheet, register 5-1.
const CONFIG: u8 = 1;
const AMBIENT: u8 = 5;
const MANUFACTURER: u8 = 6;
const DEVICE: u8 = 7;
const RESOLUTION: u8 = 8;

const MANUFACTURER_ID: u16 = 0x0054;
/// The high byte of the device's register; the low one is its revision.
const DEVICE_ID: u16 = 0x04;

impl<Bus: I2c> Handle<Bus> {
    /// A register of 16 bits (register 5-1: 1 to 7).
    pub async fn register(&mut self, register: u8) -> Result<u16, Error<Bus::Error>> {
        let mut bytes = [0; 2];
        self.bus.write_read(self.address, &[register], &mut bytes).await?;
        Ok(u16::from_be_bytes(bytes))
    }

    /// Writes a register of 16 bits.
    pub async fn set_register(&mut self, register: u8, value: u16) -> Result<(), Error<Bus::Error>> {
        let [high, low] = value.to_be_bytes();
        Ok(self.bus.write(self.address, &[register, high, low]).await?)
    }
}

/// Makes the handle, and asks the part nothing.
pub fn new<Bus: I2c>(bus: Bus, address: u8, options: Options) -> Handle<Bus> {
    Handle { bus, address, resolution: options.resolution }
}

/// Sees that the part is an MCP9808, has it convert all the time, and waits for the first result.
pub async fn start<Bus: I2c>(handle: &mut Handle<Bus>) -> Result<(), Error<Bus::Error>> {
    let manufacturer = handle.register(MANUFACTURER).await?;
    let device = handle.register(DEVICE).await?;
    if manufacturer != MANUFACTURER_ID || device >> 8 != DEVICE_ID {
        return Err(Error::WrongPart(u32::from(manufacturer) << 16 | u32::from(device)));
    }
    // Register 5-7 and table 5-4, with typical times, which are the only ones given.
    let (resolution, millis) = match handle.resolution {
        0.5.. => (0, 30),
        0.25.. => (1, 65),
        0.125.. => (2, 130),
        _ => (3, 250),
    };
    handle.bus.write(handle.address, &[RESOLUTION, resolution]).await?;
    handle.set_register(CONFIG, 0).await?;
    // A conversion at another resolution may be under way: the one after it is the first that counts.
    Timer::after(Duration::from_millis(250 + millis + millis / 4)).await;
    Ok(())
}

/// The latest result.
pub async fn measure<Bus: I2c>(handle: &mut Handle<Bus>) -> Result<Reading, Error<Bus::Error>> {
    let register = handle.register(AMBIENT).await?;
    if register == 0xFFFF {
        // Nobody drove the line: bits 15 and 13 together would be above and below the limits at once.
        return Err(Error::Corrupt);
    }
    // Register 5-4: the sign stands in bit 12, below the three flags; the rest is in sixteenths of a degree.
    let sixteenths = (register << 3) as i16 >> 3;
    Ok(Reading { celsius: f32::from(sixteenths) / 16.0 })
}
