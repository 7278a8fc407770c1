//! A port's bytes: packets of the bulk endpoints become a reader and a writer of embedded-io-async.

use core::convert::Infallible;
use core::future::{Future, poll_fn};
use core::pin::pin;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::Poll;

use embassy_rp::pac;
use embassy_rp::peripherals::USB;
use embassy_rp::usb::{Endpoint, In, Out};
use embassy_sync::waitqueue::AtomicWaker;
use embassy_time::Timer;
use embassy_usb::driver::{Endpoint as _, EndpointIn as _, EndpointOut as _};
use embedded_io_async::{ErrorType, Read, Write};
use fwc_runtime::LostBytes;

use super::PACKET;

/// What the host has said of a port.
pub(super) struct PortState {
    /// A program holds the port open.
    ready: AtomicBool,
    /// The bus is not suspended. An unplugged cable is a bus that sleeps: the HAL does not watch VBUS.
    awake: AtomicBool,
    writer: AtomicWaker,
    lost: LostBytes,
}

impl PortState {
    pub(super) const fn new() -> Self {
        Self {
            ready: AtomicBool::new(false),
            awake: AtomicBool::new(false),
            writer: AtomicWaker::new(),
            lost: LostBytes::new(),
        }
    }

    /// The bus begins anew: it is awake, and no program has opened the port yet.
    pub(super) fn reset(&self) {
        self.ready.store(false, Ordering::Relaxed);
        self.set_awake(true);
    }

    pub(super) fn set_ready(&self, ready: bool) {
        self.ready.store(ready, Ordering::Relaxed);
        self.writer.wake();
    }

    pub(super) fn set_awake(&self, awake: bool) {
        self.awake.store(awake, Ordering::Relaxed);
        self.writer.wake();
    }

    fn is_open(&self) -> bool {
        self.ready.load(Ordering::Relaxed) && self.awake.load(Ordering::Relaxed)
    }
}

/// The packet that a reader has not handed on whole.
pub(super) struct Packet {
    bytes: [u8; PACKET],
    start: u8,
    end: u8,
}

impl Packet {
    pub(super) const fn new() -> Self {
        Self { bytes: [0; PACKET], start: 0, end: 0 }
    }
}

/// A serial port that reads and writes.
pub struct SerialPort {
    reader: PortReader,
    writer: PortWriter,
}

impl SerialPort {
    pub(super) fn new(reader: PortReader, writer: PortWriter) -> Self {
        Self { reader, writer }
    }

    /// Takes the two directions apart, for two tasks.
    pub fn split(self) -> (PortReader, PortWriter) {
        (self.reader, self.writer)
    }

    /// Keeps the direction that writes, for a log: what is written waits until the port is open.
    pub fn into_log(self) -> PortWriter<true> {
        PortWriter { endpoint: self.writer.endpoint, port: self.writer.port }
    }
}

/// The reading half of a [`SerialPort`].
pub struct PortReader {
    endpoint: Endpoint<'static, USB, Out>,
    packet: &'static mut Packet,
}

impl PortReader {
    pub(super) fn new(endpoint: Endpoint<'static, USB, Out>, packet: &'static mut Packet) -> Self {
        Self { endpoint, packet }
    }
}

/// The writing half of a [`SerialPort`]. Where nobody listens, it drops what it is given, unless it is `PATIENT`.
pub struct PortWriter<const PATIENT: bool = false> {
    endpoint: Endpoint<'static, USB, In>,
    port: &'static PortState,
}

impl PortWriter {
    pub(super) fn new(endpoint: Endpoint<'static, USB, In>, port: &'static PortState) -> Self {
        Self { endpoint, port }
    }
}

impl<const PATIENT: bool> PortWriter<PATIENT> {
    /// Hands a packet to the controller as soon as the one before has left; tells whether it did, or the port is closed.
    ///
    /// The HAL's own future does not end when the host goes away (embassy-rp 0.10.0, src/usb.rs).
    async fn send(&mut self, packet: &[u8]) -> bool {
        let port = self.port;
        let mut write = pin!(self.endpoint.write(packet));
        poll_fn(|context| {
            port.writer.register(context.waker());
            if port.is_open() {
                write.as_mut().poll(context).map(|sent| sent.is_ok())
            } else if PATIENT {
                Poll::Pending
            } else {
                Poll::Ready(false)
            }
        })
        .await
    }

    /// Whether a packet waits for the host to take it.
    fn is_sending(&self) -> bool {
        let endpoint = self.endpoint.info().addr.index();
        self.port.is_open() && pac::USB_DPRAM.ep_in_buffer_control(endpoint).read().available(0)
    }
}

impl ErrorType for SerialPort {
    type Error = Infallible;
}

impl ErrorType for PortReader {
    type Error = Infallible;
}

impl<const PATIENT: bool> ErrorType for PortWriter<PATIENT> {
    type Error = Infallible;
}

impl Read for PortReader {
    async fn read(&mut self, bytes: &mut [u8]) -> Result<usize, Infallible> {
        let packet = &mut *self.packet;
        // A packet may be empty; nothing at all would mean the end of the stream.
        while packet.start == packet.end && !bytes.is_empty() {
            // The controller gives no packet that is longer, and the HAL's endpoints no other error.
            let count = self.endpoint.read(&mut packet.bytes).await.unwrap_or(0);
            (packet.start, packet.end) = (0, count as u8);
        }
        let rest = &packet.bytes[usize::from(packet.start)..usize::from(packet.end)];
        let count = rest.len().min(bytes.len());
        bytes[..count].copy_from_slice(&rest[..count]);
        packet.start += count as u8;
        Ok(count)
    }
}

impl<const PATIENT: bool> Write for PortWriter<PATIENT> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        let packet = &bytes[..bytes.len().min(PACKET)];
        if !self.send(packet).await {
            self.port.lost.add(bytes.len());
            return Ok(bytes.len());
        }
        self.port.lost.tell();
        // USB 2.0, section 5.8.3: a host takes a full packet for the part of a transfer that goes on, and may keep it to
        // itself until a shorter one comes.
        if packet.len() == PACKET && bytes.len() == PACKET {
            self.send(&[]).await;
        }
        Ok(packet.len())
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        while self.is_sending() {
            Timer::after_micros(100).await;
        }
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
