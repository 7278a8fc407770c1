//! A hobby servo on a pwm of 50 Hz, over a driver of its own: there is nothing to it but a length of pulses.

use embassy_time::Duration;
use embedded_hal::pwm::SetDutyCycle;
use fwc_runtime::device::Error;

/// A servo on its pin.
pub struct Handle<Pin> {
    pin: Pin,
    options: Options,
}

/// The keys of app.toml.
pub struct Options {
    /// The pulse for one end.
    pub shortest: Duration,
    /// The pulse for the other end.
    pub longest: Duration,
    /// The angle between the ends, in degrees.
    pub range: f32,
}

/// A period of 50 Hz, as device.toml asks for.
const PERIOD_MICROS: u16 = 20_000;

impl<Pin: SetDutyCycle> Handle<Pin> {
    /// Sends the arm to an angle between 0 and `range` degrees; what is beyond is the nearer end.
    pub fn set_degrees(&mut self, degrees: f32) -> Result<(), Pin::Error> {
        let Options { shortest, longest, range } = self.options;
        let (shortest, longest) = (shortest.as_micros() as f32, longest.as_micros() as f32);
        let part = (degrees / range).clamp(0.0, 1.0);
        self.set_micros((shortest + (longest - shortest) * part + 0.5) as u16)
    }

    /// Sends the arm to where a pulse of this length leads, within the two ends.
    pub fn set_pulse(&mut self, pulse: Duration) -> Result<(), Pin::Error> {
        let pulse = pulse.max(self.options.shortest).min(self.options.longest);
        self.set_micros(pulse.as_micros() as u16)
    }

    /// Ends the pulses: most servos then hold their arm no longer.
    pub fn relax(&mut self) -> Result<(), Pin::Error> {
        self.pin.set_duty_cycle_fully_off()
    }

    fn set_micros(&mut self, micros: u16) -> Result<(), Pin::Error> {
        self.pin.set_duty_cycle_fraction(micros.min(PERIOD_MICROS), PERIOD_MICROS)
    }
}

/// Makes the handle; the arm stays where it is.
pub fn new<Pin: SetDutyCycle>(pin: Pin, options: Options) -> Handle<Pin> {
    Handle { pin, options }
}

/// Ends the pulses.
pub async fn start<Pin: SetDutyCycle>(handle: &mut Handle<Pin>) -> Result<(), Error<Pin::Error>> {
    Ok(handle.relax()?)
}
