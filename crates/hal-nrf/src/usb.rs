//! embassy-nrf's USB controller under the serial ports of `fwc_runtime::usb`.

mod raw;

use embassy_nrf::Peri;
use embassy_nrf::interrupt::typelevel::{Binding, CLOCK_POWER, USBD as Vector};
use embassy_nrf::peripherals::USBD;
use embassy_nrf::usb::vbus_detect::{self, HardwareVbusDetect};
use embassy_nrf::usb::{Driver, InterruptHandler};
use fwc_runtime::usb::{self, Config, Controller};

pub use fwc_runtime::usb::run;
pub use raw::RawPort;

/// The controller of an nRF52833 or an nRF52840.
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
    type Driver = Driver<'static, HardwareVbusDetect>;

    const SENSES_POWER: bool = true;
}

/// What a device with so many ports, and answers of so many bytes, needs for ever.
pub struct Memory<const PORTS: usize, const CONTROL: usize>(usb::Memory<Usb, PORTS, CONTROL>);

impl<const PORTS: usize, const CONTROL: usize> Memory<PORTS, CONTROL> {
    /// Memory for a device that is not started.
    #[expect(clippy::new_without_default, reason = "it is made once, in a static")]
    pub const fn new() -> Self {
        Self(usb::Memory::new())
    }

    /// Makes the device and its ports. The host sees the device once its task runs and the cable brings power.
    pub fn start<I>(
        &'static mut self,
        usb: Peri<'static, USBD>,
        interrupts: I,
        config: Config<'static>,
    ) -> (Device, [SerialPort; PORTS])
    where
        I: Binding<Vector, InterruptHandler<USBD>>,
        I: Binding<CLOCK_POWER, vbus_detect::InterruptHandler>,
        I: Copy + 'static,
    {
        let driver = Driver::new(usb, interrupts, HardwareVbusDetect::new(interrupts));
        self.0.start(driver, config)
    }
}
