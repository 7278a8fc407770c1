//! The USB Serial/JTAG block becomes a serial port. The hardware is the whole device: it enumerates by itself, as what Espressif
//! made it, and does not tell whether a program on the host holds the port open.
//!
//! So a port is taken for closed when the host has not fetched a packet for a while, until it does. What a task writes to a
//! port that is closed is dropped and counted, so that no task waits for a listener who may never come. Reading waits.

use core::convert::Infallible;
use core::future::Future;

use embassy_time::{Duration, with_timeout};
use embedded_io_async::{ErrorType, Read, Write};
use esp_hal::Async;
use esp_hal::peripherals::USB_DEVICE;
use esp_hal::usb::usb_serial_jtag::{UsbSerialJtag, UsbSerialJtagRx, UsbSerialJtagTx};
use fwc_runtime::LostBytes;

use crate::OnOneCore;

/// The bytes of a packet: the most that a bulk endpoint of a full-speed device may have (USB 2.0, section 5.8.3).
const PACKET: usize = 64;

/// How long a packet may lie there. A host with a port that is open asks in every frame of a millisecond.
const PATIENCE: Duration = Duration::from_millis(100);

/// The serial port.
pub struct SerialPort {
    reader: PortReader,
    writer: PortWriter,
}

impl SerialPort {
    /// Sets the block up.
    pub fn new(block: USB_DEVICE<'static>) -> Self {
        let (reader, writer) = UsbSerialJtag::new(block).into_async().split();
        let writer = PortWriter { driver: OnOneCore(writer), fetches: true, lost: LostBytes::new() };
        Self { reader: PortReader(OnOneCore(reader)), writer }
    }

    /// Takes the two directions apart, for two tasks.
    pub fn split(self) -> (PortReader, PortWriter) {
        (self.reader, self.writer)
    }
}

/// The reading half of a [`SerialPort`].
pub struct PortReader(OnOneCore<UsbSerialJtagRx<'static, Async>>);

/// The writing half of a [`SerialPort`]. Where nobody listens, it drops what it is given.
pub struct PortWriter {
    driver: OnOneCore<UsbSerialJtagTx<'static, Async>>,
    /// Whether the host has fetched the last packet in time.
    fetches: bool,
    lost: LostBytes,
}

impl PortWriter {
    /// Hands a packet to the block, and waits until the host has fetched it, or has not for too long.
    async fn send(&mut self, packet: &[u8]) {
        let sent = OnOneCore(Write::write(&mut self.driver.0, packet));
        self.fetches = with_timeout(PATIENCE, sent).await.is_ok();
    }

    /// Tells the host that there is no more for now: it takes a full packet for the part of a transfer that goes on (USB 2.0,
    /// section 5.8.3).
    async fn end(&mut self) {
        let ended = OnOneCore(Write::flush(&mut self.driver.0));
        self.fetches = with_timeout(PATIENCE, ended).await.is_ok();
    }
}

/// Whether the block has room for a packet.
fn is_free() -> bool {
    USB_DEVICE::regs().ep1_conf().read().serial_in_ep_data_free().bit_is_set()
}

impl ErrorType for SerialPort {
    type Error = Infallible;
}

impl ErrorType for PortReader {
    type Error = Infallible;
}

impl ErrorType for PortWriter {
    type Error = Infallible;
}

impl Read for PortReader {
    fn read(&mut self, bytes: &mut [u8]) -> impl Future<Output = Result<usize, Infallible>> {
        OnOneCore(Read::read(&mut self.0.0, bytes))
    }
}

impl Write for PortWriter {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        if !self.fetches && !is_free() {
            self.lost.add(bytes.len());
            return Ok(bytes.len());
        }
        let packet = &bytes[..bytes.len().min(PACKET)];
        self.send(packet).await;
        if !self.fetches {
            // The packet stays where the host may yet fetch it.
            self.lost.add(bytes.len() - packet.len());
            return Ok(bytes.len());
        }
        self.lost.tell();
        if packet.len() == PACKET && bytes.len() == PACKET {
            self.end().await;
        }
        Ok(packet.len())
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        // What was written has been fetched, or given up.
        Ok(())
    }
}

impl Read for SerialPort {
    fn read(&mut self, bytes: &mut [u8]) -> impl Future<Output = Result<usize, Infallible>> {
        self.reader.read(bytes)
    }
}

impl Write for SerialPort {
    fn write(&mut self, bytes: &[u8]) -> impl Future<Output = Result<usize, Infallible>> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> impl Future<Output = Result<(), Infallible>> {
        self.writer.flush()
    }
}
