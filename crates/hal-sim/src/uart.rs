//! Uarts: bytes take the time on the wire that their baud rate says, and wait in buffers as on the chip.

use std::future::poll_fn;
use std::task::Poll;

use embassy_time::{Instant, Timer};
use embedded_io_async::{ErrorKind, ErrorType, Read, Write};

use crate::clock::TICK;
use crate::{receiver, world};

/// Bytes that a transmitter takes before its line is through with them (RP2040 datasheet, section 4.2.2: 32 in the FIFO).
const FIFO: u64 = 32;

/// What is known of a uart's wires.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Its number.
    pub uart: u8,
    /// Bits per second, as the divisor gives them.
    pub baud: u32,
    /// Bits of a frame: start, data, parity and stop.
    pub frame_bits: u32,
    /// Bytes of each software buffer.
    pub buffer: usize,
    /// The pin that sends; none where it only receives.
    pub tx: Option<u8>,
    /// Whether it receives.
    pub rx: bool,
}

impl Config {
    pub(crate) fn frame(&self) -> u64 {
        1_000_000_000 * u64::from(self.frame_bits) / u64::from(self.baud)
    }
}

/// What can go wrong with a byte that arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// A frame had no stop bit.
    Framing,
    /// Frames came when there was no room for them.
    Overrun,
}

impl std::fmt::Display for Error {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Error::Framing => "a frame had no stop bit",
            Error::Overrun => "frames came when there was no room for them",
        })
    }
}

impl std::error::Error for Error {}

impl embedded_io_async::Error for Error {
    fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidData
    }
}

/// A uart: both directions, or the one that it has.
pub struct Uart {
    reader: UartReader,
    writer: UartWriter,
}

impl Uart {
    /// Sets a uart up.
    pub fn new(config: Config) -> Self {
        Self { reader: UartReader::new(config), writer: UartWriter::new(config) }
    }

    /// Takes the two directions apart, for two tasks.
    pub fn split(self) -> (UartReader, UartWriter) {
        (self.reader, self.writer)
    }
}

/// The reading half of a [`Uart`], or a uart that only reads.
pub struct UartReader {
    uart: u8,
}

impl UartReader {
    /// Sets a receiver up.
    pub fn new(config: Config) -> Self {
        receiver::set_up(&config);
        Self { uart: config.uart }
    }
}

/// The writing half of a [`Uart`], or a uart that only writes.
pub struct UartWriter {
    uart: u8,
    pin: Option<u8>,
    frame: u64,
    /// How many nanoseconds the line may be behind before a writer waits.
    ahead: u64,
    free_at: u64,
}

impl UartWriter {
    /// Sets a transmitter up.
    pub fn new(config: Config) -> Self {
        let frame = config.frame();
        let ahead = frame * (FIFO + config.buffer as u64);
        Self { uart: config.uart, pin: config.tx, frame, ahead, free_at: 0 }
    }

    async fn until(moment: u64) {
        if moment > world::now() {
            Timer::at(Instant::from_ticks(moment.div_ceil(TICK))).await;
        }
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

impl Read for UartReader {
    async fn read(&mut self, bytes: &mut [u8]) -> Result<usize, Error> {
        if bytes.is_empty() {
            return Ok(0);
        }
        poll_fn(|context| {
            let read = receiver::read(self.uart, bytes, context.waker());
            read.map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}

impl Write for UartWriter {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        for byte in bytes {
            let end = self.free_at.max(world::now()) + self.frame;
            Self::until(end.saturating_sub(self.ahead)).await;
            self.free_at = end;
            if let Some(pin) = self.pin {
                world::send_at(end, self.uart, *byte, pin);
            }
        }
        Ok(bytes.len())
    }

    async fn flush(&mut self) -> Result<(), Error> {
        Self::until(self.free_at).await;
        Ok(())
    }
}

impl Read for Uart {
    async fn read(&mut self, bytes: &mut [u8]) -> Result<usize, Error> {
        self.reader.read(bytes).await
    }
}

impl Write for Uart {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        self.writer.write(bytes).await
    }

    async fn flush(&mut self) -> Result<(), Error> {
        self.writer.flush().await
    }
}
