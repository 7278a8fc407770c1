//! The controller with a packet memory, which is a device and nothing else.

use embassy_stm32::Peri;
#[cfg(feature = "usb-outer-pull-up")]
use embassy_stm32::gpio::{Level, Output, Pin, Speed};
use embassy_stm32::interrupt::typelevel::Binding;
use embassy_stm32::peripherals::USB;
use embassy_stm32::usb::{DmPin, DpPin, Driver, Instance, InterruptHandler};
#[cfg(feature = "usb-outer-pull-up")]
use embassy_time::{Duration, block_for};
use fwc_runtime::usb::{self, Config};

use super::{Device, SerialPort, Usb};

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
        interrupts: impl Binding<<USB as Instance>::Interrupt, InterruptHandler<USB>> + 'static,
        #[cfg(feature = "usb-outer-pull-up")] mut dp: Peri<'static, impl DpPin<USB>>,
        #[cfg(not(feature = "usb-outer-pull-up"))] dp: Peri<'static, impl DpPin<USB>>,
        dm: Peri<'static, impl DmPin<USB>>,
        config: Config<'static>,
    ) -> (Device, [SerialPort; PORTS]) {
        #[cfg(feature = "usb-outer-pull-up")]
        unplug(dp.reborrow());
        self.0.start(Driver::new(usb, interrupts, dp, dm), config)
    }
}

/// Makes the host see that the cable was pulled out: the board's resistor lets it see a device that goes on, whatever reset the chip,
/// and it would not ask this firmware who it is.
#[cfg(feature = "usb-outer-pull-up")]
fn unplug(dp: Peri<'_, impl Pin>) {
    let _low = Output::new(dp, Level::Low, Speed::Low);
    block_for(Duration::from_millis(10));
}
