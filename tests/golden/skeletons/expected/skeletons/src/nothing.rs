//! The task `nothing`. This file is yours: fwc made it because it was not there, and never writes it again.
//!
//! `fwc_runtime::info!("…")` and its sisters write to the log.

use crate::io::NothingIo;

pub async fn nothing(_io: NothingIo) -> ! {
    core::future::pending().await
}
