//! The task `reads_bytes`. This file is yours: fwc made it because it was not there, and never writes it again.
//!
//! - `io.console`: `read(&mut bytes).await`, `write_all(bytes).await` (`embedded_io_async::{Read, Write}`), `split()` for both at a time
//! - `io.bytes.read(&mut bytes).await` (`embedded_io_async::Read`)
//!
//! `fwc_runtime::info!("…")` and its sisters write to the log.

use embedded_io_async::Read;

use crate::io::ReadsBytesIo;

pub async fn reads_bytes(mut io: ReadsBytesIo) -> ! {
    let mut bytes = [0; 32];
    loop {
        let Ok(_count) = io.bytes.read(&mut bytes).await;
    }
}
