//! The thermocouple converter MAX6675.

use embedded_hal_async::spi::SpiDevice;
use fwc_runtime::device::Error;

/// The part.
pub struct Handle<Bus> {
    bus: Bus,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// The temperature in degrees Celsius.
    pub celsius: f32,
}

/// Makes the handle, and asks the part nothing.
pub fn new<Bus: SpiDevice>(bus: Bus) -> Handle<Bus> {
    Handle { bus }
}

/// It converts by itself from power-up on.
pub async fn start<Bus: SpiDevice>(_handle: &mut Handle<Bus>) -> Result<(), Error<Bus::Error>> {
    Ok(())
}

/// Reads the newest conversion, by which the next one begins.
pub async fn measure<Bus: SpiDevice>(handle: &mut Handle<Bus>) -> Result<Reading, Error<Bus::Error>> {
    let mut bytes = [0; 2];
    handle.bus.read(&mut bytes).await?;
    // Datasheet, table 2: twelve bits from bit 3 on, a quarter of a degree each.
    let quarters = (u16::from_be_bytes(bytes) >> 3) & 0xfff;
    Ok(Reading { celsius: f32::from(quarters) / 4.0 })
}
