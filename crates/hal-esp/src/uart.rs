//! Uarts of esp-hal are readers and writers of embedded-io-async as they are; here they are made. The hardware's FIFO of 128
//! bytes keeps what has not been read yet.

use esp_hal::gpio::interconnect::{PeripheralInput, PeripheralOutput};
use esp_hal::uart::{Config, Instance};
use esp_hal::{Async, Blocking};

/// A uart that reads and writes.
pub type Uart = esp_hal::uart::Uart<'static, Async>;

/// The reading half of a [`Uart`], or a uart that only reads.
pub type UartReader = esp_hal::uart::UartRx<'static, Async>;

/// The writing half of a [`Uart`], or a uart that only writes.
pub type UartWriter = esp_hal::uart::UartTx<'static, Async>;

/// Sets a uart up.
pub fn both(
    uart: impl Instance + 'static,
    tx: impl PeripheralOutput<'static>,
    rx: impl PeripheralInput<'static>,
    config: Config,
) -> Uart {
    driver(uart, config).with_tx(tx).with_rx(rx).into_async()
}

/// Sets a uart up that only reads.
pub fn reader(
    uart: impl Instance + 'static,
    rx: impl PeripheralInput<'static>,
    config: Config,
) -> UartReader {
    driver(uart, config).with_rx(rx).split().0.into_async()
}

/// Sets a uart up that only writes.
pub fn writer(
    uart: impl Instance + 'static,
    tx: impl PeripheralOutput<'static>,
    config: Config,
) -> UartWriter {
    driver(uart, config).with_tx(tx).split().1.into_async()
}

/// A configuration that the chip cannot have is one that `fwc check` refuses.
fn driver(
    uart: impl Instance + 'static,
    config: Config,
) -> esp_hal::uart::Uart<'static, Blocking> {
    match esp_hal::uart::Uart::new(uart, config) {
        Ok(uart) => uart,
        Err(_) => crate::panic::halt(),
    }
}
