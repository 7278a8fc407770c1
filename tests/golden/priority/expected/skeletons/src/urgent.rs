//! The task `urgent`. This file is yours: fwc made it because it was not there, and never writes it again.
//!
//! - `io.tick.next().await` waits for the next tick
//! - `io.beam`: `is_high()` (active, `embedded_hal::digital::InputPin`), `wait_for_high().await` (`embedded_hal_async::digital::Wait`)
//! - `io.console`: `read(&mut bytes).await`, `write_all(bytes).await` (`embedded_io_async::{Read, Write}`), `split()` for both at a time
//! - `io.bytes.read(&mut bytes).await` (`embedded_io_async::Read`)
//! - `io.steps.send(value)`
//! - `io.readings.send(message).await`
//! - `io.alarms.signal(value)`
//!
//! `fwc_runtime::info!("…")` and its sisters write to the log.

use crate::io::UrgentIo;

pub async fn urgent(mut io: UrgentIo) -> ! {
    loop {
        io.tick.next().await;
    }
}
