//! Serial ports over USB: what a program on the computer writes and reads, once the computer knows the board.
//!
//! A port is open while a program holds it open. What a task writes to a port that is not open is dropped and counted, as
//! on the chip; a log, which is patient, keeps its bytes until somebody listens.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::{pending, poll_fn};
use std::task::{Poll, Waker};

use embedded_io_async::{ErrorType, Read, Write};
use fwc_runtime::{LostBytes, Never};

use crate::parts::hex;
use crate::world::{self, Act};
use crate::{report, restart};

/// A computer knows a board so long after the board was switched on: it waits for the plug to settle, resets the device and
/// reads what it is (USB 2.0, section 7.1.7.3: 100 ms and a reset). The emulated host takes as long.
const KNOWN: u64 = 130_000_000;
/// The bytes of a packet: the most that a bulk endpoint of a full-speed device may have (USB 2.0, section 5.8.3).
const PACKET: usize = 64;
/// A packet's time on the bus: 64 bytes and what stands around them, at 12 Mbit/s.
const PACKET_TIME: u64 = 51_000;

/// A port as the computer sees it.
#[derive(Default)]
struct PortState {
    exists: bool,
    /// A program wants it open, which it is once the computer knows the board.
    wanted: bool,
    /// Packets that the chip has not taken.
    arrived: VecDeque<Vec<u8>>,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

struct Bus {
    known: bool,
    ports: Vec<PortState>,
}

thread_local! {
    static BUS: RefCell<Bus> = const { RefCell::new(Bus { known: false, ports: Vec::new() }) };
}

fn with<T>(look: impl FnOnce(&mut Bus) -> T) -> T {
    BUS.with_borrow_mut(look)
}

impl Bus {
    fn port(&mut self, port: u8) -> &mut PortState {
        let count = usize::from(port) + 1;
        if self.ports.len() < count {
            self.ports.resize_with(count, PortState::default);
        }
        &mut self.ports[usize::from(port)]
    }

    fn is_open(&mut self, port: u8) -> bool {
        self.known && self.port(port).exists && self.port(port).wanted
    }
}

/// A program opens a port, or closes it.
pub(crate) fn open(port: u8, open: bool) {
    wake_writers(|bus| bus.port(port).wanted = open);
}

/// The computer knows the board now.
pub(crate) fn known() {
    wake_writers(|bus| bus.known = true);
}

fn wake_writers(change: impl FnOnce(&mut Bus)) {
    let wakers: Vec<Waker> = with(|bus| {
        change(bus);
        bus.ports.iter_mut().filter_map(|port| port.writer.take()).collect()
    });
    wakers.into_iter().for_each(Waker::wake);
}

/// A program writes bytes to a port.
pub(crate) fn send(port: u8, bytes: &[u8]) {
    if !with(|bus| bus.is_open(port)) {
        report::line(
            world::now(),
            format_args!("\"usb\":{port},\"lost\":\"{}\",\"reason\":\"the port is not open\"", hex(bytes)),
        );
        return;
    }
    let waker = with(|bus| {
        let state = bus.port(port);
        state.arrived.extend(bytes.chunks(PACKET).map(<[u8]>::to_vec));
        state.reader.take()
    });
    if let Some(waker) = waker {
        waker.wake();
    }
}

/// What the device says of itself.
pub struct Config {
    /// Who makes it.
    pub vendor_id: u16,
    /// The maker's number for it.
    pub product_id: u16,
}

/// A device with so many ports.
pub struct Memory<const PORTS: usize>;

impl<const PORTS: usize> Memory<PORTS> {
    /// A device that is not started.
    #[expect(clippy::new_without_default, reason = "as on the chip")]
    pub const fn new() -> Self {
        Self
    }

    /// Makes the device and its ports.
    pub fn start(&'static mut self, config: Config) -> (Device, [SerialPort; PORTS]) {
        for port in 0..PORTS {
            with(|bus| bus.port(port as u8).exists = true);
        }
        let port = |port: usize| SerialPort {
            reader: PortReader { port: port as u8, rest: VecDeque::new() },
            writer: PortWriter { port: port as u8, lost: &LOST[port] },
        };
        (Device { config }, std::array::from_fn(port))
    }
}

/// What each port has dropped; no chip has more ports.
static LOST: [LostBytes; 4] = [const { LostBytes::new() }; 4];

/// The device, which a task of its own must [`run`].
pub struct Device {
    config: Config,
}

/// Answers the computer for ever.
pub async fn run(device: Device) -> Never {
    // A device without a maker's number is none that a computer would take.
    assert_ne!((device.config.vendor_id, device.config.product_id), (0, 0), "a USB device has ids");
    let begun = if restart::cause().is_some() { world::now() } else { 0 };
    world::do_at(begun + KNOWN, Act::UsbKnown);
    pending().await
}

/// A serial port that reads and writes.
pub struct SerialPort {
    reader: PortReader,
    writer: PortWriter,
}

impl SerialPort {
    /// Takes the two directions apart, for two tasks.
    pub fn split(self) -> (PortReader, PortWriter) {
        (self.reader, self.writer)
    }

    /// Keeps the direction that writes, for a log: what is written waits until the port is open.
    pub fn into_log(self) -> PortWriter<true> {
        PortWriter { port: self.writer.port, lost: self.writer.lost }
    }
}

/// The reading half of a [`SerialPort`].
pub struct PortReader {
    port: u8,
    /// What is left of a packet.
    rest: VecDeque<u8>,
}

/// The writing half of a [`SerialPort`]. Where nobody listens, it drops what it is given, unless it is `PATIENT`.
pub struct PortWriter<const PATIENT: bool = false> {
    port: u8,
    lost: &'static LostBytes,
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
        while self.rest.is_empty() && !bytes.is_empty() {
            let port = self.port;
            let packet = poll_fn(|context| {
                with(|bus| {
                    let state = bus.port(port);
                    let packet = state.arrived.pop_front();
                    if packet.is_none() {
                        state.reader = Some(context.waker().clone());
                    }
                    packet.map_or(Poll::Pending, Poll::Ready)
                })
            })
            .await;
            world::until(world::now() + PACKET_TIME).await;
            self.rest.extend(packet);
        }
        let count = bytes.len().min(self.rest.len());
        for (place, byte) in bytes.iter_mut().zip(self.rest.drain(..count)) {
            *place = byte;
        }
        Ok(count)
    }
}

impl<const PATIENT: bool> Write for PortWriter<PATIENT> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        let port = self.port;
        let open = poll_fn(|context| {
            with(|bus| match (bus.is_open(port), PATIENT) {
                (true, _) => Poll::Ready(true),
                (false, false) => Poll::Ready(false),
                (false, true) => {
                    bus.port(port).writer = Some(context.waker().clone());
                    Poll::Pending
                }
            })
        })
        .await;
        if !open {
            self.lost.add(bytes.len());
            return Ok(bytes.len());
        }
        self.lost.tell();
        let packet = &bytes[..bytes.len().min(PACKET)];
        world::until(world::now() + PACKET_TIME).await;
        report::line(world::now(), format_args!("\"usb\":{port},\"bytes\":\"{}\"", hex(packet)));
        Ok(packet.len())
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl Read for SerialPort {
    async fn read(&mut self, bytes: &mut [u8]) -> Result<usize, Infallible> {
        self.reader.read(bytes).await
    }
}

impl Write for SerialPort {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        self.writer.write(bytes).await
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        self.writer.flush().await
    }
}
