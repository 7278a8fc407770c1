//! The peripherals and devices of an application: what each is, and the pins that it has.

use std::sync::Arc;

use fwc_schema::app::{Active, Drain, Initial, Parity, Pull};
use fwc_schema::units::{Duration, Frequency, Ratio};
use fwc_schema::{Span, Spanned};
use serde::Serialize;

use crate::app::PeripheralId;
use crate::catalog::{Driver, OptionValue, PinId};

/// A pin and where the file names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PinUse {
    /// The pin.
    pub pin: PinId,
    /// The value in the file.
    pub span: Span,
    /// Whether the file names it otherwise than messages do: by a label, or by another name of the chip's.
    pub renamed: bool,
}

/// One `[peripherals.NAME]` or `[devices.NAME]`, or a pin of a device.
#[derive(Clone, Debug)]
pub struct Peripheral {
    /// Its name, a Rust identifier.
    pub name: Spanned<String>,
    /// What it is.
    pub kind: PeripheralKind,
    /// The entry of `[devices]` that it comes from, where it comes from one.
    pub device: Option<Spanned<String>>,
}

/// What a peripheral is.
#[derive(Clone, Debug)]
pub enum PeripheralKind {
    /// A pin that is driven.
    Output(Output),
    /// A pin that is read.
    Input(Input),
    /// A serial line.
    Uart(Uart),
    /// A pin that pulses.
    Pwm(Pwm),
    /// An analog input.
    Adc(Adc),
    /// A pin of a device: the first of a chain of lights.
    LedStrip(LedStrip),
    /// What resets the chip when a supervised task stops.
    Watchdog(Watchdog),
    /// An I2C bus, of which the chip is the master.
    I2c(I2c),
    /// An SPI bus, of which the chip is the master.
    Spi(Spi),
    /// A serial port over USB.
    UsbSerial(UsbSerial),
    /// A part on a bus or on pins.
    Device(Device),
}

impl PeripheralKind {
    /// What app.toml calls it.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Output(_) => "output",
            Self::Input(_) => "input",
            Self::Uart(_) => "uart",
            Self::Pwm(_) => "pwm",
            Self::Adc(_) => "adc",
            Self::Watchdog(_) => "watchdog",
            Self::I2c(_) => "i2c",
            Self::Spi(_) => "spi",
            Self::UsbSerial(_) => "usb-serial",
            Self::LedStrip(_) => "led-strip",
            Self::Device(_) => "device",
        }
    }
}

/// A pin that is driven.
#[derive(Clone, Debug)]
pub struct Output {
    /// The pin.
    pub pin: PinUse,
    /// The level that means active.
    pub active: Active,
    /// Whether it is active from the start.
    pub initial: Initial,
    /// How it drives its line.
    pub drain: Drain,
}

/// A pin that is read.
#[derive(Clone, Debug)]
pub struct Input {
    /// The pin.
    pub pin: PinUse,
    /// The resistor on it.
    pub pull: Pull,
    /// The level that means active.
    pub active: Active,
    /// How long a level must stand before it counts. Filled in for an input that a `button` watches.
    pub debounce: Option<Duration>,
}

/// A serial line. At least one of `tx` and `rx` is there.
#[derive(Clone, Debug)]
pub struct Uart {
    /// The pin that sends.
    pub tx: Option<PinUse>,
    /// The pin that receives.
    pub rx: Option<PinUse>,
    /// The pin that asks the other side to pause; only with `rx`.
    pub rts: Option<PinUse>,
    /// The pin on which the other side asks for a pause; only with `tx`.
    pub cts: Option<PinUse>,
    /// Bits per second and where it is written.
    pub baud: Spanned<u32>,
    /// Bits per character, 5 to 8.
    pub data_bits: u8,
    /// The parity bit.
    pub parity: Parity,
    /// Stop bits, 1 or 2.
    pub stop_bits: u8,
    /// Bytes of each software buffer.
    pub buffer: u32,
    /// The hardware block that the file forces, by the datasheet's name.
    pub instance: Option<Spanned<String>>,
}

/// A pin that pulses.
#[derive(Clone, Debug)]
pub struct Pwm {
    /// The pin.
    pub pin: PinUse,
    /// How often a second a pulse begins, and where it is written.
    pub frequency: Spanned<Frequency>,
    /// How much of a period a pulse lasts, from the start; at most 100 %.
    pub initial: Ratio,
    /// The level that a pulse has.
    pub active: Active,
    /// The hardware block that the file forces, by the datasheet's name.
    pub instance: Option<Spanned<String>>,
}

/// An analog input.
#[derive(Clone, Debug)]
pub struct Adc {
    /// What is measured.
    pub source: AnalogSource,
    /// The converter that the file insists on.
    pub instance: Option<Spanned<String>>,
}

/// What resets the chip when a supervised task stops.
#[derive(Clone, Debug)]
pub struct Watchdog {
    /// How long it may be left unfed, and where that is written.
    pub timeout: Spanned<Duration>,
}

/// A chain of WS2812 lights on a pin.
#[derive(Clone, Copy, Debug)]
pub struct LedStrip {
    /// The pin.
    pub pin: PinUse,
    /// How many there are.
    pub lights: u16,
}

impl LedStrip {
    /// WS2812B-V5 datasheet, "composition of 24-bit data".
    pub const BITS_PER_LIGHT: u32 = 24;

    /// The bits of the whole chain.
    pub fn bits(&self) -> u32 {
        u32::from(self.lights) * Self::BITS_PER_LIGHT
    }
}

/// What an analog input measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnalogSource {
    /// The voltage on a pin.
    Pin(PinUse),
    /// The chip's own temperature sensor, named there.
    Temperature(Span),
}

/// An I2C bus.
#[derive(Clone, Debug)]
pub struct I2c {
    /// The data line.
    pub sda: PinUse,
    /// The clock line.
    pub scl: PinUse,
    /// How fast the clock is; where the file does not say, at the peripheral's name.
    pub frequency: Spanned<Frequency>,
    /// How long a transfer may take beyond the time that its bits need.
    pub timeout: Duration,
    /// The hardware block that the file forces, by the datasheet's name.
    pub instance: Option<Spanned<String>>,
}

/// A serial port over USB, and how its device introduces itself.
#[derive(Clone, Debug)]
pub struct UsbSerial {
    /// Vendor and product, where the file has them.
    pub ids: Option<UsbIds>,
    /// The maker's name.
    pub manufacturer: Option<String>,
    /// The device's name.
    pub product: Option<String>,
    /// The hardware block that the file forces, by the datasheet's name.
    pub instance: Option<Spanned<String>>,
}

/// What a host knows a device by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct UsbIds {
    /// The vendor.
    pub vendor_id: u16,
    /// The vendor's product.
    pub product_id: u16,
}

/// An SPI bus. At least one of `mosi` and `miso` is there.
#[derive(Clone, Debug)]
pub struct Spi {
    /// The clock line.
    pub sck: PinUse,
    /// The line from the chip to the parts.
    pub mosi: Option<PinUse>,
    /// The line from the parts to the chip.
    pub miso: Option<PinUse>,
    /// How fast the clock is at most.
    pub frequency: Spanned<Frequency>,
    /// The clock's polarity and phase, 0 to 3.
    pub mode: u8,
    /// The hardware block that the file forces, by the datasheet's name.
    pub instance: Option<Spanned<String>>,
}

/// A part on a bus or on pins.
#[derive(Clone, Debug)]
pub struct Device {
    /// What drives it.
    pub driver: Arc<Driver>,
    /// The bus that it hangs on; none for a part that hangs on pins alone.
    pub bus: Option<Spanned<PeripheralId>>,
    /// Its address on an I2C bus, and where it is written: at the device's name where it is not.
    pub address: Option<Spanned<u8>>,
    /// The output that selects it on an SPI bus.
    pub chip_select: Option<PeripheralId>,
    /// Its own pins, in the order of the driver's.
    pub pins: Vec<PeripheralId>,
    /// The values of its own keys, in the order of the driver's.
    pub options: Vec<OptionValue>,
}

impl Peripheral {
    /// Whether it is a pin of a device, which app.toml has no name for.
    pub fn is_pin_of_device(&self) -> bool {
        self.device.is_some() && !matches!(self.kind, PeripheralKind::Device(_))
    }

    /// The entry of app.toml that it comes from: its table, and its name there.
    pub fn entry(&self) -> (&'static str, &Spanned<String>) {
        match &self.device {
            Some(device) => ("devices", device),
            None => ("peripherals", &self.name),
        }
    }
}
