//! The converter MCP3008, over a driver of its own.
//!
//! The crate `mcp3008` (1.0.0) is for Linux; `adc-mcp3008` (0.1.1) is of the time before embedded-hal 1.0, and blocks.

use embedded_hal_async::spi::SpiDevice;
use fwc_runtime::device::Error;

/// An MCP3008 on its bus.
pub struct Handle<Bus> {
    bus: Bus,
    reference: u16,
}

/// The keys of app.toml.
pub struct Options {
    /// The voltage at VREF in millivolts.
    pub reference: u16,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// The voltage at CH0 in millivolts.
    pub ch0: f32,
    /// The voltage at CH1 in millivolts.
    pub ch1: f32,
    /// The voltage at CH2 in millivolts.
    pub ch2: f32,
    /// The voltage at CH3 in millivolts.
    pub ch3: f32,
    /// The voltage at CH4 in millivolts.
    pub ch4: f32,
    /// The voltage at CH5 in millivolts.
    pub ch5: f32,
    /// The voltage at CH6 in millivolts.
    pub ch6: f32,
    /// The voltage at CH7 in millivolts.
    pub ch7: f32,
}

/// Section 6.1: seven zeros and the start bit, so that the result stands at the end of two bytes.
const START: u8 = 1;
/// Table 5-2: an input against ground.
const SINGLE_ENDED: u8 = 1 << 7;
/// Section 6.1: before the ten bits of the result comes a zero.
const NULL_BIT: u8 = 1 << 2;

impl<Bus: SpiDevice> Handle<Bus> {
    /// Converts one input, 0 to 7: a number from 0 to 1023.
    ///
    /// # Errors
    /// Of the bus; `Corrupt` where the zero before the result is none, as when no part drives the line.
    pub async fn convert(&mut self, input: u8) -> Result<u16, Error<Bus::Error>> {
        let mut bytes = [START, SINGLE_ENDED | (input & 7) << 4, 0];
        self.bus.transfer_in_place(&mut bytes).await?;
        let [_, high, low] = bytes;
        if high & NULL_BIT != 0 {
            return Err(Error::Corrupt);
        }
        Ok(u16::from_be_bytes([high & 3, low]))
    }

    /// Converts one input, 0 to 7, to millivolts.
    ///
    /// # Errors
    /// As of [`Handle::convert`].
    pub async fn millivolts(&mut self, input: u8) -> Result<f32, Error<Bus::Error>> {
        // Equation 4-2.
        Ok(f32::from(self.convert(input).await?) * f32::from(self.reference) / 1_024.0)
    }
}

/// Makes the handle, and asks the part nothing.
pub fn new<Bus: SpiDevice>(bus: Bus, options: Options) -> Handle<Bus> {
    Handle { bus, reference: options.reference }
}

/// Sees that a part drives the line; it has nothing that says what it is, and nothing to set up.
pub async fn start<Bus: SpiDevice>(handle: &mut Handle<Bus>) -> Result<(), Error<Bus::Error>> {
    handle.convert(0).await.map(drop)
}

/// Converts each input once.
pub async fn measure<Bus: SpiDevice>(handle: &mut Handle<Bus>) -> Result<Reading, Error<Bus::Error>> {
    Ok(Reading {
        ch0: handle.millivolts(0).await?,
        ch1: handle.millivolts(1).await?,
        ch2: handle.millivolts(2).await?,
        ch3: handle.millivolts(3).await?,
        ch4: handle.millivolts(4).await?,
        ch5: handle.millivolts(5).await?,
        ch6: handle.millivolts(6).await?,
        ch7: handle.millivolts(7).await?,
    })
}
