//! Uarts become readers and writers of embedded-io-async.
//!
//! A uart that is read is interrupt-buffered, so that no byte is lost while its task is busy. One that is only
//! written sends by its own DMA, straight from the writer's memory, and needs no buffer.

use core::future::Future;

use embassy_nrf::EASY_DMA_SIZE;
use embassy_nrf::buffered_uarte::{BufferedUarte, BufferedUarteRx, BufferedUarteTx, Error};
use embassy_nrf::uarte::{self, UarteTx};
use embedded_io_async::{ErrorType, Read, Write};

/// A uart that reads and writes.
pub struct Uart(BufferedUarte<'static>);

impl Uart {
    /// Wraps a configured uart.
    pub fn new(uart: BufferedUarte<'static>) -> Self {
        Self(uart)
    }

    /// Takes the two directions apart, for two tasks.
    pub fn split(self) -> (UartReader, UartWriter) {
        let (reader, writer) = self.0.split();
        (UartReader(reader), UartWriter(writer))
    }
}

/// The reading half of a [`Uart`], or a uart that only reads.
pub struct UartReader(BufferedUarteRx<'static>);

impl UartReader {
    /// Wraps a configured receiver.
    pub fn new(uart: BufferedUarteRx<'static>) -> Self {
        Self(uart)
    }
}

/// The writing half of a [`Uart`], or a uart that only writes and lets the other side ask for a pause.
pub struct UartWriter(BufferedUarteTx<'static>);

impl UartWriter {
    /// Wraps a configured transmitter.
    pub fn new(uart: BufferedUarteTx<'static>) -> Self {
        Self(uart)
    }
}

/// A uart that only writes.
pub struct UartDmaWriter(UarteTx<'static>);

impl UartDmaWriter {
    /// Wraps a configured transmitter.
    pub fn new(uart: UarteTx<'static>) -> Self {
        Self(uart)
    }
}

impl ErrorType for Uart {
    type Error = Error;
}

impl ErrorType for UartReader {
    type Error = Error;
}

impl ErrorType for UartWriter {
    type Error = Error;
}

impl ErrorType for UartDmaWriter {
    type Error = uarte::Error;
}

impl Read for Uart {
    fn read(&mut self, bytes: &mut [u8]) -> impl Future<Output = Result<usize, Error>> {
        self.0.read(bytes)
    }
}

impl Read for UartReader {
    fn read(&mut self, bytes: &mut [u8]) -> impl Future<Output = Result<usize, Error>> {
        self.0.read(bytes)
    }
}

impl Write for Uart {
    fn write(&mut self, bytes: &[u8]) -> impl Future<Output = Result<usize, Error>> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> impl Future<Output = Result<(), Error>> {
        self.0.flush()
    }
}

// The sender's futures name both of its lifetimes, which `impl Future` of the trait cannot.
impl Write for UartWriter {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        self.0.write(bytes).await
    }

    async fn flush(&mut self) -> Result<(), Error> {
        self.0.flush().await
    }
}

/// Bytes of one transfer. embassy-nrf 0.11.0, src/uarte.rs: what lies in flash, which the DMA cannot read, is copied to a
/// buffer in the future first, and more than it holds panics.
const PIECE: usize = if EASY_DMA_SIZE < 64 { EASY_DMA_SIZE } else { 64 };

impl Write for UartDmaWriter {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, uarte::Error> {
        let piece = &bytes[..bytes.len().min(PIECE)];
        let mut copy = [0; PIECE];
        let copy = &mut copy[..piece.len()];
        copy.copy_from_slice(piece);
        self.0.write_from_ram(copy).await?;
        Ok(piece.len())
    }

    /// A transfer ends when its last bit is on the wire.
    async fn flush(&mut self) -> Result<(), uarte::Error> {
        Ok(())
    }
}
