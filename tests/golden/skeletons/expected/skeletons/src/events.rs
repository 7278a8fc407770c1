//! The task `reads_events`. This file is yours: fwc made it because it was not there, and never writes it again.
//!
//! - `io.events.next().await` waits for a message
//! - `io.values.next().await` waits for a new value, `io.values.get().await` takes the newest
//!
//! `fwc_runtime::info!("…")` and its sisters write to the log.

use crate::io::ReadsEventsIo;

pub async fn events(mut io: ReadsEventsIo) -> ! {
    loop {
        let _message = io.events.next().await;
    }
}
