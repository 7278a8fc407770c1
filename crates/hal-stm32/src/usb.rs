//! embassy-stm32's USB controllers (full speed) under the serial ports of `fwc_runtime::usb`: a chip has the one that can be a host
//! as well, or the one with a packet memory.

#[cfg(all(feature = "usb-otg", not(feature = "usb-otg-hs")))]
use embassy_stm32::peripherals::USB_OTG_FS as Block;
#[cfg(feature = "usb-otg-hs")]
use embassy_stm32::peripherals::USB_OTG_HS as Block;
use embassy_stm32::usb::Driver;
use fwc_runtime::usb::{self, Controller};

pub use fwc_runtime::usb::run;

#[cfg(feature = "usb-device")]
mod device;
#[cfg(feature = "usb-otg")]
mod otg;

#[cfg(feature = "usb-device")]
pub use device::Memory;
#[cfg(feature = "usb-device")]
use embassy_stm32::peripherals::USB as Block;
#[cfg(feature = "usb-otg")]
pub use otg::Memory;

/// The controller.
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
    type Driver = Driver<'static, Block>;

    // Only where the cable's power is led to a pin of the controller that can be a host, which no board is asked for: an unplugged
    // cable is a bus that sleeps.
    const SENSES_POWER: bool = false;
}
