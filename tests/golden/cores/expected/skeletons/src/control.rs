//! The task `control`. This file is yours: fwc made it because it was not there, and never writes it again.
//!
//! - `io.tick.next().await` waits for the next tick
//! - `io.trigger`: `is_high()` (active, `embedded_hal::digital::InputPin`), `wait_for_high().await` (`embedded_hal_async::digital::Wait`)
//! - `io.line`: `read(&mut bytes).await`, `write_all(bytes).await` (`embedded_io_async::{Read, Write}`), `split()` for both at a time
//! - `io.left.set_duty_cycle_percent(50)` (`embedded_hal::pwm::SetDutyCycle`)
//! - `io.right.set_duty_cycle_percent(50)` (`embedded_hal::pwm::SetDutyCycle`)
//! - `io.steps.send(message).await`
//! - `io.local.signal(value)`
//!
//! `fwc_runtime::info!("…")` and its sisters write to the log.

use crate::io::ControlIo;

pub async fn control(mut io: ControlIo) -> ! {
    loop {
        io.tick.next().await;
    }
}
