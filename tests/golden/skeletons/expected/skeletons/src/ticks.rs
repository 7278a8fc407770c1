//! The task `ticks`. This file is yours: fwc made it because it was not there, and never writes it again.
//!
//! - `io.tick.next().await` waits for the next tick
//! - `io.led`: `set_high()` (active), `set_low()`, `toggle()` (`embedded_hal::digital::{OutputPin, StatefulOutputPin}`)
//! - `io.values.send(value)`
//! - `io.bytes.write_all(bytes).await` (`embedded_io_async::Write`)
//! - `io.events.publish(message).await`
//! - `io.states.signal(value)`
//!
//! `fwc_runtime::info!("…")` and its sisters write to the log.

use crate::io::TicksIo;

pub async fn ticks(mut io: TicksIo) -> ! {
    loop {
        io.tick.next().await;
    }
}
