//! The task `uart_reader`. This file is yours: fwc made it because it was not there, and never writes it again.
//!
//! - `io.uart_reader`: `set_high()` (active), `set_low()`, `toggle()` (`embedded_hal::digital::{OutputPin, StatefulOutputPin}`)
//! - `io.option`: `set_high()` (active), `set_low()`, `toggle()` (`embedded_hal::digital::{OutputPin, StatefulOutputPin}`)
//! - `io.uart_tx.next().await` waits for a message
//! - `io.signal.next().await` waits for a message
//! - `io.wait.next().await` waits for a message
//!
//! `fwc_runtime::info!("…")` and its sisters write to the log.

use crate::io::UartReaderIo;

pub async fn reader(mut io: UartReaderIo) -> ! {
    loop {
        let _message = io.uart_tx.next().await;
    }
}
