//! Uarts become readers and writers of embedded-io-async.
//!
//! A uart that is read and has a sender too is interrupt-buffered, so that no byte is lost while its task is busy. One that
//! only receives has its bytes brought into a ring by DMA, and one that is only written sends by DMA, straight from the
//! writer's memory.

use core::future::Future;

use embassy_stm32::mode::Async;
use embassy_stm32::usart::{
    BufferedUart, BufferedUartRx, BufferedUartTx, ConfigError, Error, RingBufferedUartRx, UartRx, UartTx,
};
use embedded_io_async::{ErrorType, Read, Write};

use crate::panic;

/// What the HAL made. fwc has checked the rate and the frame, which are all that it could refuse.
fn made<T>(uart: Result<T, ConfigError>) -> T {
    match uart {
        Ok(uart) => uart,
        Err(_) => panic::halt(),
    }
}

/// A uart that reads and writes.
pub struct Uart(BufferedUart<'static>);

impl Uart {
    /// Wraps a configured uart.
    pub fn new(uart: Result<BufferedUart<'static>, ConfigError>) -> Self {
        Self(made(uart))
    }

    /// Takes the two directions apart, for two tasks.
    pub fn split(self) -> (UartReader, UartWriter) {
        let (writer, reader) = self.0.split();
        (UartReader(reader), UartWriter(writer))
    }
}

/// The reading half of a [`Uart`].
pub struct UartReader(BufferedUartRx<'static>);

/// The writing half of a [`Uart`].
pub struct UartWriter(BufferedUartTx<'static>);

/// A uart that only reads.
pub struct UartDmaReader(RingBufferedUartRx<'static>);

impl UartDmaReader {
    /// Wraps a configured receiver, and has it receive into `ring`.
    pub fn new(uart: Result<UartRx<'static, Async>, ConfigError>, ring: &'static mut [u8]) -> Self {
        Self(made(uart).into_ring_buffered(ring))
    }
}

/// A uart that only writes.
pub struct UartDmaWriter(UartTx<'static, Async>);

impl UartDmaWriter {
    /// Wraps a configured transmitter.
    pub fn new(uart: Result<UartTx<'static, Async>, ConfigError>) -> Self {
        Self(made(uart))
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

impl ErrorType for UartDmaReader {
    type Error = Error;
}

impl ErrorType for UartDmaWriter {
    type Error = Error;
}

impl Read for Uart {
    fn read(&mut self, bytes: &mut [u8]) -> impl Future<Output = Result<usize, Error>> {
        Read::read(&mut self.0, bytes)
    }
}

impl Read for UartReader {
    fn read(&mut self, bytes: &mut [u8]) -> impl Future<Output = Result<usize, Error>> {
        Read::read(&mut self.0, bytes)
    }
}

impl Read for UartDmaReader {
    fn read(&mut self, bytes: &mut [u8]) -> impl Future<Output = Result<usize, Error>> {
        self.0.read(bytes)
    }
}

impl Write for Uart {
    fn write(&mut self, bytes: &[u8]) -> impl Future<Output = Result<usize, Error>> {
        Write::write(&mut self.0, bytes)
    }

    fn flush(&mut self) -> impl Future<Output = Result<(), Error>> {
        Write::flush(&mut self.0)
    }
}

impl Write for UartWriter {
    fn write(&mut self, bytes: &[u8]) -> impl Future<Output = Result<usize, Error>> {
        Write::write(&mut self.0, bytes)
    }

    fn flush(&mut self) -> impl Future<Output = Result<(), Error>> {
        Write::flush(&mut self.0)
    }
}

/// Bytes of one transfer: what the counters of the DMA hold.
const PIECE: usize = 0xFFFF;

impl Write for UartDmaWriter {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        self.write_all(bytes).await?;
        Ok(bytes.len())
    }

    // embassy-stm32 0.6.0, src/dma: a transfer of nothing is a panic, and of nothing there is no piece. The trait's own
    // `write_all` would ask after each piece how much of it was taken.
    async fn write_all(&mut self, bytes: &[u8]) -> Result<(), Error> {
        for piece in bytes.chunks(PIECE) {
            self.0.write(piece).await?;
        }
        Ok(())
    }

    fn flush(&mut self) -> impl Future<Output = Result<(), Error>> {
        self.0.flush()
    }
}
