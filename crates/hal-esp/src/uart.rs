//! Uarts become readers and writers of embedded-io-async. The hardware's FIFO of 128 bytes keeps what has not been read yet.

use core::future::Future;

use embedded_io_async::{ErrorType, Read, Write};
use esp_hal::gpio::interconnect::{PeripheralInput, PeripheralOutput};
use esp_hal::uart::{self, Config, Instance, IoError, RxError, TxError, UartRx, UartTx};
use esp_hal::{Async, Blocking};

use crate::OnOneCore;

/// A uart that reads and writes.
pub struct Uart(OnOneCore<uart::Uart<'static, Async>>);

/// The reading half of a [`Uart`], or a uart that only reads.
pub struct UartReader(OnOneCore<UartRx<'static, Async>>);

/// The writing half of a [`Uart`], or a uart that only writes.
pub struct UartWriter(OnOneCore<UartTx<'static, Async>>);

impl Uart {
    /// Takes the two directions apart, for two tasks.
    pub fn split(self) -> (UartReader, UartWriter) {
        let (reader, writer) = self.0.0.split();
        (UartReader(OnOneCore(reader)), UartWriter(OnOneCore(writer)))
    }
}

/// Sets a uart up.
pub fn both(
    uart: impl Instance + 'static,
    tx: impl PeripheralOutput<'static>,
    rx: impl PeripheralInput<'static>,
    config: Config,
) -> Uart {
    Uart(OnOneCore(driver(uart, config).with_tx(tx).with_rx(rx).into_async()))
}

/// Sets a uart up that only reads.
pub fn reader(
    uart: impl Instance + 'static,
    rx: impl PeripheralInput<'static>,
    config: Config,
) -> UartReader {
    UartReader(OnOneCore(driver(uart, config).with_rx(rx).split().0.into_async()))
}

/// Sets a uart up that only writes.
pub fn writer(
    uart: impl Instance + 'static,
    tx: impl PeripheralOutput<'static>,
    config: Config,
) -> UartWriter {
    UartWriter(OnOneCore(driver(uart, config).with_tx(tx).split().1.into_async()))
}

/// A configuration that the chip cannot have is one that `fwc check` refuses.
fn driver(uart: impl Instance + 'static, config: Config) -> uart::Uart<'static, Blocking> {
    match uart::Uart::new(uart, config) {
        Ok(uart) => uart,
        Err(_) => crate::panic::halt(),
    }
}

impl ErrorType for Uart {
    type Error = IoError;
}

impl ErrorType for UartReader {
    type Error = RxError;
}

impl ErrorType for UartWriter {
    type Error = TxError;
}

impl Read for Uart {
    fn read(&mut self, bytes: &mut [u8]) -> impl Future<Output = Result<usize, IoError>> {
        OnOneCore(Read::read(&mut self.0.0, bytes))
    }
}

impl Read for UartReader {
    fn read(&mut self, bytes: &mut [u8]) -> impl Future<Output = Result<usize, RxError>> {
        OnOneCore(Read::read(&mut self.0.0, bytes))
    }
}

impl Write for Uart {
    fn write(&mut self, bytes: &[u8]) -> impl Future<Output = Result<usize, IoError>> {
        OnOneCore(Write::write(&mut self.0.0, bytes))
    }

    fn flush(&mut self) -> impl Future<Output = Result<(), IoError>> {
        OnOneCore(Write::flush(&mut self.0.0))
    }
}

impl Write for UartWriter {
    fn write(&mut self, bytes: &[u8]) -> impl Future<Output = Result<usize, TxError>> {
        OnOneCore(Write::write(&mut self.0.0, bytes))
    }

    fn flush(&mut self) -> impl Future<Output = Result<(), TxError>> {
        OnOneCore(Write::flush(&mut self.0.0))
    }
}
