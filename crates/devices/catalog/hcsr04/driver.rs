//! The distance meter HC-SR04, over the crate `hcsr04_async`.
//!
//! The crate waits for the echo for ever; here it has until the part itself would have given up.

use core::convert::Infallible;

use embassy_time::{Delay, Duration, Instant, with_timeout};
use embedded_hal::digital::InputPin;
use embedded_hal::digital::OutputPin;
use embedded_hal_async::digital::Wait;
use fwc_runtime::device::Error;
use hcsr04_async::{Config, DistanceUnit, Hcsr04, Now, TemperatureUnit};

/// The crate's driver, which is all that `Deref` shows, and how warm the air is.
pub struct Handle<Trigger, Echo> {
    driver: Hcsr04<Trigger, Echo, Clock, Delay>,
    air: f32,
}

impl<Trigger, Echo> core::ops::Deref for Handle<Trigger, Echo> {
    type Target = Hcsr04<Trigger, Echo, Clock, Delay>;

    fn deref(&self) -> &Self::Target {
        &self.driver
    }
}

impl<Trigger, Echo> core::ops::DerefMut for Handle<Trigger, Echo> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.driver
    }
}

/// The clock of `embassy_time`.
pub struct Clock;

impl Now for Clock {
    fn now_micros(&self) -> u64 {
        Instant::now().as_micros()
    }
}

/// The keys of app.toml.
pub struct Options {
    /// The temperature of the air in degrees Celsius.
    pub air: f32,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// The distance to the nearest obstacle in centimetres.
    pub centimeters: f32,
}

/// User guide: the reach, and somewhat more for what the clock rounds.
const REACH: f64 = 410.0;
/// The part ends an echo that it does not hear after 38 ms; some modules take up to 200 ms.
const LONGEST_ECHO: Duration = Duration::from_millis(250);

/// Makes the handle, and drives no pin.
pub fn new<Trigger, Echo>(trigger: Trigger, echo: Echo, options: Options) -> Handle<Trigger, Echo>
where
    Trigger: OutputPin,
    Echo: InputPin + Wait,
{
    let config =
        Config { distance_unit: DistanceUnit::Centimeters, temperature_unit: TemperatureUnit::Celsius };
    Handle { driver: Hcsr04::new(trigger, echo, config, Clock, Delay), air: options.air }
}

/// There is nothing to set up: each measurement stands for itself.
pub async fn start<Trigger, Echo>(_handle: &mut Handle<Trigger, Echo>) -> Result<(), Error<Infallible>>
where
    Trigger: OutputPin,
    Echo: InputPin + Wait,
{
    Ok(())
}

/// Sends a burst of sound and waits for its echo.
pub async fn measure<Trigger, Echo>(handle: &mut Handle<Trigger, Echo>) -> Result<Reading, Error<Infallible>>
where
    Trigger: OutputPin,
    Echo: InputPin + Wait,
{
    let air = handle.air.into();
    match with_timeout(LONGEST_ECHO, handle.driver.measure(air)).await {
        Ok(Ok(centimeters)) if centimeters <= REACH => Ok(Reading { centimeters: centimeters as f32 }),
        Ok(Ok(_)) => Err(Error::Reports("no echo: there is nothing within 4 m")),
        Ok(Err(report)) => Err(Error::Reports(report)),
        Err(_) => Err(Error::NotReady),
    }
}
