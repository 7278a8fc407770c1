//! The controller that can be a host as well, whose driver keeps what it receives in memory of its own.

use embassy_stm32::Peri;
use embassy_stm32::interrupt::typelevel::Binding;
use embassy_stm32::usb::{self as hal, DmPin, DpPin, Driver, Instance, InterruptHandler};
use fwc_runtime::usb::{self, Config, PACKET};

use super::{Block, Device, SerialPort, Usb};

/// What a device with so many ports, and answers of so many bytes, needs for ever.
pub struct Memory<const PORTS: usize, const CONTROL: usize> {
    device: usb::Memory<Usb, PORTS, CONTROL>,
    // Room for a packet of each port and one of the control endpoint; the length of an array is no formula.
    received: [[[u8; PACKET]; 2]; PORTS],
}

impl<const PORTS: usize, const CONTROL: usize> Memory<PORTS, CONTROL> {
    /// Memory for a device that is not started.
    #[expect(clippy::new_without_default, reason = "it is made once, in a static")]
    pub const fn new() -> Self {
        Self { device: usb::Memory::new(), received: [[[0; PACKET]; 2]; PORTS] }
    }

    /// Makes the device and its ports. The host sees the device once its task runs.
    pub fn start(
        &'static mut self,
        usb: Peri<'static, Block>,
        interrupts: impl Binding<<Block as Instance>::Interrupt, InterruptHandler<Block>> + 'static,
        dp: Peri<'static, impl DpPin<Block>>,
        dm: Peri<'static, impl DmPin<Block>>,
        config: Config<'static>,
    ) -> (Device, [SerialPort; PORTS]) {
        let received = self.received.as_flattened_mut().as_flattened_mut();
        let driver = Driver::new_fs(usb, interrupts, dp, dm, received, hal::Config::default());
        self.device.start(driver, config)
    }
}
