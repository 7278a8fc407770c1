//! The task `smoke`. This file is yours: fwc made it because it was not there, and never writes it again.
//!
//! - `io.tick.next().await` waits for the next tick
//! - `io.chimney`: what its driver offers, once it is started; `crate::devices` has `start`
//! - `io.hall`: what its driver offers, once it is started; `crate::devices` has `start`
//! - `io.hot.next().await` waits for a new value, `io.hot.get().await` takes the newest
//!
//! `fwc_runtime::info!("…")` and its sisters write to the log.

use crate::io::SmokeIo;

pub async fn smoke(mut io: SmokeIo) -> ! {
    loop {
        io.tick.next().await;
    }
}
