//! The thermocouple converter MAX31855, over a driver of its own.
//!
//! The crate `max31855` (0.1.0) is of the time before embedded-hal 1.0, and blocks.

use embedded_hal_async::spi::SpiDevice;
use fwc_runtime::device::Error;

/// A MAX31855 on its bus.
pub struct Handle<Bus> {
    bus: Bus,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// The temperature at the thermocouple's tip in degrees Celsius.
    pub celsius: f32,
    /// The part's own temperature in degrees Celsius.
    pub internal: f32,
}

// Table 2, "Memory map".
const FAULT: u32 = 1 << 16;
const OPEN: u32 = 1;
const SHORT_TO_GROUND: u32 = 1 << 1;
const SHORT_TO_SUPPLY: u32 = 1 << 2;
/// Bits that are always zero.
const RESERVED: u32 = 1 << 17 | 1 << 3;

/// Makes the handle, and asks the part nothing.
pub fn new<Bus: SpiDevice>(bus: Bus) -> Handle<Bus> {
    Handle { bus }
}

/// There is nothing to set up: the part converts on and on.
pub async fn start<Bus: SpiDevice>(_handle: &mut Handle<Bus>) -> Result<(), Error<Bus::Error>> {
    Ok(())
}

/// Reads the newest conversion, which is at most 100 ms old.
pub async fn measure<Bus: SpiDevice>(handle: &mut Handle<Bus>) -> Result<Reading, Error<Bus::Error>> {
    let mut bytes = [0; 4];
    handle.bus.read(&mut bytes).await?;
    let word = u32::from_be_bytes(bytes);
    // All zeros would be 0 °C at both ends to a hundredth: a line that is held, or a part without a supply.
    if word & RESERVED != 0 || word == 0 {
        return Err(Error::Corrupt);
    }
    if word & FAULT != 0 {
        return Err(Error::Reports(match word {
            _ if word & OPEN != 0 => "the thermocouple is open",
            _ if word & SHORT_TO_GROUND != 0 => "the thermocouple touches ground",
            _ if word & SHORT_TO_SUPPLY != 0 => "the thermocouple touches the supply",
            _ => "the thermocouple is at fault",
        }));
    }
    let [t1, t0, i1, i0] = bytes;
    // Tables 4 and 5: 14 bits of a quarter degree, and 12 bits of a sixteenth.
    let tip = i16::from_be_bytes([t1, t0]) >> 2;
    let internal = i16::from_be_bytes([i1, i0]) >> 4;
    Ok(Reading { celsius: f32::from(tip) / 4.0, internal: f32::from(internal) / 16.0 })
}
