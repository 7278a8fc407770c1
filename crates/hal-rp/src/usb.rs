//! embassy-rp's USB controller under the serial ports of `fwc_runtime::usb`.

mod raw;

use core::convert::Infallible;
use core::future::{Future, poll_fn};
use core::task::Poll;

use embassy_rp::interrupt::typelevel::{Binding, USBCTRL_IRQ};
use embassy_rp::peripherals::USB;
use embassy_rp::usb::{Driver, InterruptHandler};
use embassy_rp::{Peri, pac, rom_data};
use embassy_time::Timer;
use fwc_runtime::usb::driver::Endpoint as _;
use fwc_runtime::usb::{self, Config, Controller, Receiver};

pub use fwc_runtime::usb::run;
pub use raw::RawPort;

/// The controller of an RP2040 or an RP2350.
pub enum Usb {}

/// The device, which a task of its own must [`run`].
pub type Device = usb::Device<Usb>;
/// A serial port that reads and writes.
pub type SerialPort = usb::SerialPort<Usb>;
/// The reading half of a [`SerialPort`].
pub type PortReader = usb::PortReader<Usb>;
/// The writing half of a [`SerialPort`].
pub type PortWriter<const PATIENT: bool = false> = usb::PortWriter<Usb, PATIENT>;

impl Controller for Usb {
    type Driver = Driver<'static, USB>;

    // embassy-rp 0.10.0, src/usb.rs: it does not watch VBUS.
    const SENSES_POWER: bool = false;

    fn touched() {
        rom_data::reset_to_usb_boot(0, 0);
    }

    /// The HAL's endpoints are never disabled.
    fn enabled(_: &mut Receiver<Usb>) -> impl Future<Output = ()> {
        poll_fn(|_| Poll::Ready(()))
    }

    /// The registers tell when the packet has left, so none need be sent for it.
    fn flush<const PATIENT: bool>(
        writer: &mut PortWriter<PATIENT>,
    ) -> impl Future<Output = Result<(), Infallible>> {
        async {
            while is_sending(writer) {
                Timer::after_micros(100).await;
            }
            Ok(())
        }
    }
}

/// Whether a packet waits for the host to take it.
fn is_sending<const PATIENT: bool>(writer: &PortWriter<PATIENT>) -> bool {
    let endpoint = writer.endpoint().info().addr.index();
    writer.is_open() && pac::USB_DPRAM.ep_in_buffer_control(endpoint).read().available(0)
}

/// What a device with so many ports, and answers of so many bytes, needs for ever.
pub struct Memory<const PORTS: usize, const CONTROL: usize>(usb::Memory<Usb, PORTS, CONTROL>);

impl<const PORTS: usize, const CONTROL: usize> Memory<PORTS, CONTROL> {
    /// Memory for a device that is not started.
    #[expect(clippy::new_without_default, reason = "it is made once, in a static")]
    pub const fn new() -> Self {
        Self(usb::Memory::new())
    }

    /// Makes the device and its ports. The host sees the device once its task runs.
    pub fn start(
        &'static mut self,
        usb: Peri<'static, USB>,
        interrupts: impl Binding<USBCTRL_IRQ, InterruptHandler<USB>>,
        config: Config<'static>,
    ) -> (Device, [SerialPort; PORTS]) {
        self.0.start(Driver::new(usb, interrupts), config)
    }
}
