//! The USB controller becomes serial ports: one device, with a CDC ACM function for each port.
//!
//! A port is open while a program on the host holds it open, which the host tells by DTR, and the bus is awake. What a
//! task writes to a port that is not open is dropped and counted, so that no task waits for a listener who may never
//! come; a log, which is patient, keeps its bytes until somebody listens. Reading waits.

mod class;
mod port;
mod raw;

use embassy_rp::Peri;
use embassy_rp::interrupt::typelevel::{Binding, USBCTRL_IRQ};
use embassy_rp::peripherals::USB;
use embassy_rp::usb::{Driver, InterruptHandler};
use embassy_usb::{Builder, Config, UsbDevice, UsbVersion};
use fwc_runtime::Never;

pub use port::{PortReader, PortWriter, SerialPort};
pub use raw::RawPort;

use class::{Class, DESCRIPTOR_BYTES};
use port::{Packet, PortState};

/// The bytes of a packet: the most that a bulk endpoint of a full-speed device may have (USB 2.0, section 5.8.3).
const PACKET: usize = 64;

/// The device, which a task of its own must [`run`](UsbDevice::run).
pub type Device = UsbDevice<'static, Driver<'static, USB>>;

/// What a device with so many ports needs for ever. `CONTROL` is the length of the longest answer on the control
/// endpoint: two bytes and two more for each character of the longest text, and one that embassy-usb asks for.
pub struct Memory<const PORTS: usize, const CONTROL: usize> {
    // The head of a configuration is shorter than a port's part of it, but the length of an array is no formula.
    descriptors: [[u8; DESCRIPTOR_BYTES]; PORTS],
    control: [u8; CONTROL],
    class: Class<PORTS>,
    ports: [PortState; PORTS],
    packets: [Packet; PORTS],
}

impl<const PORTS: usize, const CONTROL: usize> Memory<PORTS, CONTROL> {
    /// Memory for a device that is not started.
    #[expect(clippy::new_without_default, reason = "it is made once, in a static")]
    pub const fn new() -> Self {
        Self {
            descriptors: [[0; DESCRIPTOR_BYTES]; PORTS],
            control: [0; CONTROL],
            class: Class::new(),
            ports: [const { PortState::new() }; PORTS],
            packets: [const { Packet::new() }; PORTS],
        }
    }

    /// Makes the device and its ports. The host sees the device once its task runs.
    pub fn start(
        &'static mut self,
        usb: Peri<'static, USB>,
        interrupts: impl Binding<USBCTRL_IRQ, InterruptHandler<USB>>,
        mut config: Config<'static>,
    ) -> (Device, [SerialPort; PORTS]) {
        // Devices of USB 2.1 have a binary object store besides; a serial port has nothing to say in it.
        config.bcd_usb = UsbVersion::Two;
        let driver = Driver::new(usb, interrupts);
        let descriptors = self.descriptors.as_flattened_mut();
        let mut builder = Builder::new(driver, config, descriptors, &mut [], &mut [], &mut self.control);
        let ports: &'static [PortState; PORTS] = &self.ports;
        let mut packets = self.packets.iter_mut();
        let handles = core::array::from_fn(|index| {
            let (reader, writer) = class::add_port(&mut builder);
            // There are as many packets as ports.
            let packet = packets.next().expect("a packet for each port");
            SerialPort::new(PortReader::new(reader, packet), PortWriter::new(writer, &ports[index]))
        });
        self.class.start(ports);
        builder.handler(&mut self.class);
        (builder.build(), handles)
    }
}

/// Answers the host for ever.
pub fn run(mut device: Device) -> impl Future<Output = Never> {
    async move { device.run().await }
}
