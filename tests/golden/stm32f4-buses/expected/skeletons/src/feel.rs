//! The task `feel`. This file is yours: fwc made it because it was not there, and never writes it again.
//!
//! - `io.tick.next().await` waits for the next tick
//! - `io.knob.millivolts().await` (`fwc_runtime::AnalogInput`)
//! - `io.warmth.millivolts().await` (`fwc_runtime::AnalogInput`)
//! - `io.servo.set_duty_cycle_percent(50)` (`embedded_hal::pwm::SetDutyCycle`)
//! - `io.fan.set_duty_cycle_percent(50)` (`embedded_hal::pwm::SetDutyCycle`)
//!
//! `fwc_runtime::info!("…")` and its sisters write to the log.

use crate::io::FeelIo;

pub async fn feel(mut io: FeelIo) -> ! {
    loop {
        io.tick.next().await;
    }
}
