//! The thermometer TMP117, over the crate `tmp117`.
//!
//! A measurement is a one-shot conversion, so that the part sleeps between two.

use embassy_time::Delay;
use embedded_hal_async::i2c::{ErrorType, I2c};
use fwc_runtime::device::Error;
use tmp117::asynchronous::{DummyWait, Tmp117};
use tmp117::register::Average;

/// The crate's driver, which is all that `Deref` shows, and how much it averages.
pub struct Handle<Bus: ErrorType> {
    driver: Tmp117<Bus, Bus::Error, DummyWait, Delay>,
    averages: u8,
}

impl<Bus: ErrorType> core::ops::Deref for Handle<Bus> {
    type Target = Tmp117<Bus, Bus::Error, DummyWait, Delay>;

    fn deref(&self) -> &Self::Target {
        &self.driver
    }
}

impl<Bus: ErrorType> core::ops::DerefMut for Handle<Bus> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.driver
    }
}

/// The keys of app.toml.
pub struct Options {
    /// How many conversions make a measurement: 1, 8, 32 or 64.
    pub averages: u8,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// The temperature in degrees Celsius.
    pub celsius: f32,
}

/// Makes the handle, and asks the part nothing.
pub fn new<Bus: I2c>(bus: Bus, address: u8, options: Options) -> Handle<Bus> {
    Handle { driver: Tmp117::new(bus, address, Delay), averages: options.averages }
}

/// Bits 11 to 0 of the register Device_ID (datasheet, table 7-16).
const DEVICE_ID: u16 = 0x117;

/// Sees that the part is a TMP117, and puts it to sleep.
pub async fn start<Bus: I2c>(handle: &mut Handle<Bus>) -> Result<(), Error<Bus::Error>> {
    let id = handle.id().await.map_err(fault)?.device;
    if id != DEVICE_ID {
        return Err(Error::WrongPart(id.into()));
    }
    handle.reset().await.map_err(fault)
}

/// Converts as often as `averages` says, and wakes the task when the result is there.
pub async fn measure<Bus: I2c>(handle: &mut Handle<Bus>) -> Result<Reading, Error<Bus::Error>> {
    let average = match handle.averages {
        1 => Average::NoAverage,
        8 => Average::Avg8,
        32 => Average::Avg32,
        _ => Average::Avg64,
    };
    let celsius = handle.oneshot(average).await.map_err(fault)?;
    Ok(Reading { celsius })
}

fn fault<E>(error: tmp117::Error<E>) -> Error<E> {
    match error {
        tmp117::Error::Bus(error) => Error::Bus(error),
        tmp117::Error::Timeout | tmp117::Error::DataNotReady => Error::NotReady,
        tmp117::Error::InvalidData | tmp117::Error::AlertPin => Error::Corrupt,
    }
}
