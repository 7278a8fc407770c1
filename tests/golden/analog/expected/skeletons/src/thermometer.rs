//! The task `read_sensor`. This file is yours: fwc made it because it was not there, and never writes it again.
//!
//! - `io.tick.next().await` waits for the next tick
//! - `io.sensor.millivolts().await` (`fwc_runtime::AnalogInput`)
//! - `io.celsius.send(message).await`
//!
//! `fwc_runtime::info!("…")` and its sisters write to the log.

use crate::io::ReadSensorIo;

pub async fn thermometer(mut io: ReadSensorIo) -> ! {
    loop {
        io.tick.next().await;
    }
}
