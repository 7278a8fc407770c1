//! Uarts become readers and writers of embedded-io-async.
//!
//! A uart that is read is interrupt-buffered, so that no byte is lost while its task is busy. One that is only
//! written sends by DMA, straight from the writer's memory, and needs no buffer.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use embassy_rp::uart::{Async, BufferedUart, BufferedUartRx, BufferedUartTx, Error, UartTx};
use embassy_time::Timer;
use embedded_io_async::{ErrorType, Read, Write};

/// A uart that reads and writes.
pub struct Uart(BufferedUart);

impl Uart {
    /// Wraps a configured uart.
    pub fn new(uart: BufferedUart) -> Self {
        Self(uart)
    }

    /// Takes the two directions apart, for two tasks.
    pub fn split(self) -> (UartReader, UartWriter) {
        let (writer, reader) = self.0.split();
        (UartReader(reader), UartWriter(writer))
    }
}

/// The reading half of a [`Uart`], or a uart that only reads.
pub struct UartReader(BufferedUartRx);

impl UartReader {
    /// Wraps a configured receiver.
    pub fn new(uart: BufferedUartRx) -> Self {
        Self(uart)
    }
}

/// The writing half of a [`Uart`], or a uart that only writes and lets the other side ask for a pause.
pub struct UartWriter(BufferedUartTx);

impl UartWriter {
    /// Wraps a configured transmitter.
    pub fn new(uart: BufferedUartTx) -> Self {
        Self(uart)
    }
}

/// A uart that only writes.
pub struct UartDmaWriter(UartTx<'static, Async>);

impl UartDmaWriter {
    /// Wraps a configured transmitter.
    pub fn new(uart: UartTx<'static, Async>) -> Self {
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
    type Error = Error;
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

    async fn flush(&mut self) -> Result<(), Error> {
        self.0.flush().await?;
        sent(|| self.0.busy()).await
    }
}

impl Write for UartWriter {
    fn write(&mut self, bytes: &[u8]) -> impl Future<Output = Result<usize, Error>> {
        self.0.write(bytes)
    }

    async fn flush(&mut self) -> Result<(), Error> {
        self.0.flush().await?;
        sent(|| self.0.busy()).await
    }
}

impl Write for UartDmaWriter {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        self.write_all(bytes).await?;
        Ok(bytes.len())
    }

    // One transfer takes it all: the loop of the trait's own `write_all` would be code and room for nothing.
    fn write_all(&mut self, bytes: &[u8]) -> impl Future<Output = Result<(), Error>> {
        // The datasheet does not say whether a DMA sequence of no transfers ends.
        Transfer((!bytes.is_empty()).then(|| self.0.write(bytes)))
    }

    fn flush(&mut self) -> impl Future<Output = Result<(), Error>> {
        sent(|| self.0.busy())
    }
}

/// Waits until the last bit is on the wire.
///
/// RP2040 datasheet, section 4.2.8, UARTFR: BUSY stays set until the FIFO and the shift register are empty. No
/// interrupt tells of it, so it is asked again and again, at a pace that does not burden the other tasks.
async fn sent(busy: impl Fn() -> bool) -> Result<(), Error> {
    while busy() {
        Timer::after_micros(100).await;
    }
    Ok(())
}

/// A transfer, if there is anything to transfer. An `async` block that asks first is 140 bytes of flash and RAM more.
struct Transfer<F>(Option<F>);

impl<F: Future<Output = Result<(), Error>>> Future for Transfer<F> {
    type Output = Result<(), Error>;

    #[allow(unsafe_code)]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: the field is pinned where its struct is: nothing moves it out, neither here nor in a `Drop`, which
        // the struct does not have, and it is `Unpin` only where the field is.
        let transfer = unsafe { self.map_unchecked_mut(|this| &mut this.0) };
        transfer.as_pin_mut().map_or(Poll::Ready(Ok(())), |transfer| transfer.poll(context))
    }
}
