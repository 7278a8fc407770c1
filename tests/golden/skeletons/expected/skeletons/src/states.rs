//! The task `reads_states`. This file is yours: fwc made it because it was not there, and never writes it again.
//!
//! - `io.states.next().await` waits for a message
//!
//! `fwc_runtime::info!("…")` and its sisters write to the log.

use crate::io::ReadsStatesIo;

pub async fn states(mut io: ReadsStatesIo) -> ! {
    loop {
        let _message = io.states.next().await;
    }
}
