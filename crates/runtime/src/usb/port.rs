//! A port's bytes: packets of the bulk endpoints become a reader and a writer of embedded-io-async.

use core::convert::Infallible;
use core::future::{Future, poll_fn};
use core::pin::pin;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::Poll;

use embassy_sync::waitqueue::AtomicWaker;
use embassy_usb::driver::{EndpointIn as _, EndpointOut as _};
use embedded_io_async::{ErrorType, Read, Write};

use super::{Controller, PACKET, Receiver, Sender};
use crate::LostBytes;

/// What the host has said of a port.
pub(super) struct PortState {
    /// A program holds the port open.
    ready: AtomicBool,
    /// The bus is not suspended. Where the HAL does not watch VBUS, an unplugged cable is a bus that sleeps.
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
pub struct SerialPort<C: Controller> {
    reader: PortReader<C>,
    writer: PortWriter<C>,
}

impl<C: Controller> SerialPort<C> {
    pub(super) fn new(reader: PortReader<C>, writer: PortWriter<C>) -> Self {
        Self { reader, writer }
    }

    /// Takes the two directions apart, for two tasks.
    pub fn split(self) -> (PortReader<C>, PortWriter<C>) {
        (self.reader, self.writer)
    }

    /// Keeps the direction that writes, for a log: what is written waits until the port is open.
    pub fn into_log(self) -> PortWriter<C, true> {
        PortWriter { endpoint: self.writer.endpoint, port: self.writer.port }
    }
}

/// The reading half of a [`SerialPort`].
pub struct PortReader<C: Controller> {
    endpoint: Receiver<C>,
    packet: &'static mut Packet,
}

impl<C: Controller> PortReader<C> {
    pub(super) fn new(endpoint: Receiver<C>, packet: &'static mut Packet) -> Self {
        Self { endpoint, packet }
    }
}

/// The writing half of a [`SerialPort`]. Where nobody listens, it drops what it is given, unless it is `PATIENT`.
pub struct PortWriter<C: Controller, const PATIENT: bool = false> {
    endpoint: Sender<C>,
    port: &'static PortState,
}

impl<C: Controller> PortWriter<C> {
    pub(super) fn new(endpoint: Sender<C>, port: &'static PortState) -> Self {
        Self { endpoint, port }
    }
}

impl<C: Controller, const PATIENT: bool> PortWriter<C, PATIENT> {
    /// Hands a packet to the controller as soon as the one before has left; tells whether it did, or the port is closed.
    ///
    /// A HAL's own future need not end when the host goes away (embassy-rp 0.10.0, src/usb.rs).
    pub(super) async fn send(&mut self, packet: &[u8]) -> bool {
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

    /// Whether a program on the host holds the port open.
    pub fn is_open(&self) -> bool {
        self.port.is_open()
    }

    /// The endpoint that sends.
    pub fn endpoint(&self) -> &Sender<C> {
        &self.endpoint
    }
}

impl<C: Controller> ErrorType for SerialPort<C> {
    type Error = Infallible;
}

impl<C: Controller> ErrorType for PortReader<C> {
    type Error = Infallible;
}

impl<C: Controller, const PATIENT: bool> ErrorType for PortWriter<C, PATIENT> {
    type Error = Infallible;
}

impl<C: Controller> Read for PortReader<C> {
    async fn read(&mut self, bytes: &mut [u8]) -> Result<usize, Infallible> {
        let packet = &mut *self.packet;
        // A packet may be empty; nothing at all would mean the end of the stream.
        while packet.start == packet.end && !bytes.is_empty() {
            match self.endpoint.read(&mut packet.bytes).await {
                Ok(count) => (packet.start, packet.end) = (0, count as u8),
                // No packet is longer than the buffer.
                Err(_) => C::enabled(&mut self.endpoint).await,
            }
        }
        let rest = &packet.bytes[usize::from(packet.start)..usize::from(packet.end)];
        let count = rest.len().min(bytes.len());
        bytes[..count].copy_from_slice(&rest[..count]);
        packet.start += count as u8;
        Ok(count)
    }
}

impl<C: Controller, const PATIENT: bool> Write for PortWriter<C, PATIENT> {
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

    fn flush(&mut self) -> impl Future<Output = Result<(), Infallible>> {
        C::flush(self)
    }
}

impl<C: Controller> Read for SerialPort<C> {
    fn read(&mut self, bytes: &mut [u8]) -> impl Future<Output = Result<usize, Infallible>> {
        self.reader.read(bytes)
    }
}

impl<C: Controller> Write for SerialPort<C> {
    fn write(&mut self, bytes: &[u8]) -> impl Future<Output = Result<usize, Infallible>> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> impl Future<Output = Result<(), Infallible>> {
        self.writer.flush()
    }
}
