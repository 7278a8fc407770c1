//! The task `steer`. This file is yours: fwc made it because it was not there, and never writes it again.
//!
//! - `io.tick.next().await` waits for the next tick
//! - `io.servo.set_duty_cycle_percent(50)` (`embedded_hal::pwm::SetDutyCycle`)
//! - `io.knob.millivolts().await` (`fwc_runtime::AnalogInput`)
//! - `io.slider.millivolts().await` (`fwc_runtime::AnalogInput`)
//! - `io.store`: `write(address, &bytes).await`, `read(address, &mut bytes).await`, `write_read(…).await` (`embedded_hal_async::i2c::I2c`)
//!
//! `fwc_runtime::info!("…")` and its sisters write to the log.

use crate::io::SteerIo;

pub async fn steer(mut io: SteerIo) -> ! {
    loop {
        io.tick.next().await;
    }
}
