//! Outputs that pulse: only their duty is simulated, not each pulse.

use std::cell::RefCell;
use std::convert::Infallible;

use embedded_hal::pwm::{ErrorType, SetDutyCycle};

use crate::{report, restart, world};

thread_local! {
    /// The pins that pulse.
    static PINS: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// A chip that is reset does not pulse any more.
pub(crate) fn stop_all() {
    for pin in PINS.take() {
        tell(pin, 0);
    }
}

fn tell(pin: u8, millionths: u64) {
    report::line(world::now(), format_args!("\"pin\":{pin},\"duty\":{millionths}"));
}

/// An output whose duty is a number of steps up to `PERIOD`.
pub struct PwmOutput<const PERIOD: u16> {
    pin: u8,
    duty: u16,
}

impl<const PERIOD: u16> PwmOutput<PERIOD> {
    /// Begins to pulse on the pin with this number. The first duty is what app.toml says, so it is no news.
    pub fn new(pin: u8, duty: u16) -> Self {
        PINS.with_borrow_mut(|pins| pins.push(pin));
        if restart::cause().is_some() {
            tell(pin, Self::millionths(duty));
        }
        Self { pin, duty }
    }

    fn millionths(duty: u16) -> u64 {
        (u64::from(duty) * 1_000_000 + u64::from(PERIOD) / 2) / u64::from(PERIOD)
    }
}

impl<const PERIOD: u16> ErrorType for PwmOutput<PERIOD> {
    type Error = Infallible;
}

impl<const PERIOD: u16> SetDutyCycle for PwmOutput<PERIOD> {
    fn max_duty_cycle(&self) -> u16 {
        PERIOD
    }

    /// What is more than `PERIOD` is all of the period.
    fn set_duty_cycle(&mut self, duty: u16) -> Result<(), Infallible> {
        let duty = duty.min(PERIOD);
        if std::mem::replace(&mut self.duty, duty) != duty {
            tell(self.pin, Self::millionths(duty));
        }
        Ok(())
    }
}
