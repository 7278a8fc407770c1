//! The clock DS3231, over the crate `ds3231`.
//!
//! A clock that has stood still, because it never was set or its battery is empty, gives an error and not a wrong time.

use chrono::{Datelike, NaiveDateTime, Timelike};
use ds3231::{DS3231, DS3231Error, Day};
use embedded_hal_async::i2c::I2c;
use fwc_runtime::device::Error;

/// The crate's driver.
pub type Handle<Bus> = DS3231<Bus>;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// The year, 2000 to 2199.
    pub year: u16,
    /// The month, 1 to 12.
    pub month: u8,
    /// The day of the month, 1 to 31.
    pub day: u8,
    /// The hour, 0 to 23.
    pub hour: u8,
    /// The minute, 0 to 59.
    pub minute: u8,
    /// The second, 0 to 59.
    pub second: u8,
    /// The part's own temperature in degrees Celsius.
    pub celsius: f32,
}

/// Makes the handle, and asks the part nothing.
pub fn new<Bus: I2c>(bus: Bus, address: u8) -> Handle<Bus> {
    DS3231::new(bus, address)
}

/// Has the clock go on when it runs on its battery.
pub async fn start<Bus: I2c>(handle: &mut Handle<Bus>) -> Result<(), Error<Bus::Error>> {
    let mut control = handle.control().await.map_err(fault)?;
    control.set_oscillator_enable(ds3231::Oscillator::Enabled);
    handle.set_control(control).await.map_err(fault)
}

/// The time and the temperature.
pub async fn measure<Bus: I2c>(handle: &mut Handle<Bus>) -> Result<Reading, Error<Bus::Error>> {
    if handle.status().await.map_err(fault)?.oscillator_stop_flag() {
        return Err(Error::Reports("the clock stood still: its time must be set"));
    }
    let now = handle.datetime().await.map_err(fault)?;
    let celsius = handle.temperature_f32().await.map_err(fault)?;
    Ok(Reading {
        year: now.year() as u16,
        month: now.month() as u8,
        day: now.day() as u8,
        hour: now.hour() as u8,
        minute: now.minute() as u8,
        second: now.second() as u8,
        celsius,
    })
}

/// Sets the clock, years 2000 to 2199, and says that its time is to be trusted from now on.
pub async fn set<Bus: I2c>(handle: &mut Handle<Bus>, time: &NaiveDateTime) -> Result<(), Error<Bus::Error>> {
    handle.set_datetime(time).await.map_err(fault)?;
    // The crate writes 0 for Sunday, where the datasheet wants 1 to 7.
    let weekday = time.weekday().num_days_from_sunday() as u8 + 1;
    handle.set_day(Day(weekday)).await.map_err(fault)?;
    let mut status = handle.status().await.map_err(fault)?;
    status.set_oscillator_stop_flag(false);
    handle.set_status(status).await.map_err(fault)
}

fn fault<E>(error: DS3231Error<E>) -> Error<E> {
    match error {
        DS3231Error::I2c(error) => Error::Bus(error),
        DS3231Error::DateTime(_) | DS3231Error::Alarm(_) => Error::Corrupt,
    }
}
