//! A USB controller becomes serial ports: one device, with a CDC ACM function for each port.
//!
//! A port is open while a program on the host holds it open, which the host tells by DTR, and the bus is awake. What a
//! task writes to a port that is not open is dropped and counted, so that no task waits for a listener who may never
//! come; a log, which is patient, keeps its bytes until somebody listens. Reading waits.
//!
//! What differs from one controller to another is in its [`Controller`], which the adapters of each HAL have.

mod class;
mod port;

use core::convert::Infallible;
use core::future::Future;

use embassy_usb::driver::{Driver, Endpoint};
use embassy_usb::{Builder, UsbDevice, UsbVersion};

pub use embassy_usb::{Config, driver};
pub use port::{PortReader, PortWriter, SerialPort};

use class::{Class, DESCRIPTOR_BYTES};
use port::{Packet, PortState};

use crate::Never;

/// The bytes of a packet: the most that a bulk endpoint of a full-speed device may have (USB 2.0, section 5.8.3).
pub const PACKET: usize = 64;

/// A controller, and what its HAL's endpoints do not tell alike.
pub trait Controller: Sized + 'static {
    /// The HAL's driver of it.
    type Driver: Driver<'static>;

    /// Whether the HAL tells that the cable was pulled out, which is a bus that sleeps otherwise.
    const SENSES_POWER: bool;

    /// Does what closing a port at 1200 baud asks for: starts the boot drive, where the chip has one.
    fn touched() {}

    /// Waits until an endpoint that was disabled, since the bus was reset or the cable is out, is of use again.
    fn enabled(endpoint: &mut Receiver<Self>) -> impl Future<Output = ()> {
        endpoint.wait_enabled()
    }

    /// Waits until the host has taken the last packet, or nobody listens any more. An empty packet finds room once the
    /// one before has left.
    fn flush<const PATIENT: bool>(
        writer: &mut PortWriter<Self, PATIENT>,
    ) -> impl Future<Output = Result<(), Infallible>> {
        async {
            writer.send(&[]).await;
            Ok(())
        }
    }
}

/// A controller's endpoint that receives.
pub type Receiver<C> = <<C as Controller>::Driver as Driver<'static>>::EndpointOut;

/// A controller's endpoint that sends.
pub type Sender<C> = <<C as Controller>::Driver as Driver<'static>>::EndpointIn;

/// The device, which a task of its own must [`run`].
pub type Device<C> = UsbDevice<'static, <C as Controller>::Driver>;

/// What a device with so many ports needs for ever. `CONTROL` is the length of the longest answer on the control
/// endpoint: two bytes and two more for each character of the longest text, and one that embassy-usb asks for.
pub struct Memory<C, const PORTS: usize, const CONTROL: usize> {
    // The head of a configuration is shorter than a port's part of it, but the length of an array is no formula.
    descriptors: [[u8; DESCRIPTOR_BYTES]; PORTS],
    control: [u8; CONTROL],
    class: Class<C, PORTS>,
    ports: [PortState; PORTS],
    packets: [Packet; PORTS],
}

impl<C: Controller, const PORTS: usize, const CONTROL: usize> Memory<C, PORTS, CONTROL> {
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
        driver: C::Driver,
        mut config: Config<'static>,
    ) -> (Device<C>, [SerialPort<C>; PORTS]) {
        // Devices of USB 2.1 have a binary object store besides; a serial port has nothing to say in it.
        config.bcd_usb = UsbVersion::Two;
        let descriptors = self.descriptors.as_flattened_mut();
        let mut builder = Builder::new(driver, config, descriptors, &mut [], &mut [], &mut self.control);
        let ports: &'static [PortState; PORTS] = &self.ports;
        let mut states = ports.each_ref().into_iter();
        let handles = self.packets.each_mut().map(|packet| {
            let (reader, writer) = class::add_port(&mut builder);
            // There are as many states as packets.
            let state = states.next().expect("a state for each port");
            SerialPort::new(PortReader::new(reader, packet), PortWriter::new(writer, state))
        });
        self.class.start(ports);
        builder.handler(&mut self.class);
        (builder.build(), handles)
    }
}

/// Answers the host for ever.
#[expect(clippy::manual_async_fn, reason = "an `async fn` would have room for the device twice")]
pub fn run<D: Driver<'static>>(mut device: UsbDevice<'static, D>) -> impl Future<Output = Never> {
    async move { device.run().await }
}
