//! `[peripherals.NAME]`: the keys depend on the kind.

use crate::app::Active;
use crate::read::{Reader, Table, TomlValue, listed};
use crate::span::Span;
use crate::units::{Duration, Frequency, Ratio, Size};
use crate::{choice, table};

choice! {
    /// The language's kinds of peripheral.
    pub enum PeripheralKind {
        /// A pin that is driven.
        Output = "output",
        /// A pin that is read.
        Input = "input",
        /// Pulse width modulation.
        Pwm = "pwm",
        /// An analog input.
        Adc = "adc",
        /// A serial line.
        Uart = "uart",
        /// An I2C bus.
        I2c = "i2c",
        /// An SPI bus.
        Spi = "spi",
        /// A serial port over USB.
        UsbSerial = "usb-serial",
        /// The watchdog.
        Watchdog = "watchdog",
    }
}

choice! {
    /// Whether an output is active from the start.
    pub enum Initial {
        /// Inactive.
        Off = "off",
        /// Active.
        On = "on",
    }
}

choice! {
    /// How an output drives its line.
    pub enum Drain {
        /// High and low.
        PushPull = "push-pull",
        /// Low only; high is left to a pull-up.
        Open = "open",
    }
}

choice! {
    /// The resistor on an input.
    pub enum Pull {
        /// To the supply.
        Up = "up",
        /// To ground.
        Down = "down",
        /// None.
        None = "none",
    }
}

choice! {
    /// A uart's parity bit.
    pub enum Parity {
        /// No parity bit.
        None = "none",
        /// The number of ones is even.
        Even = "even",
        /// The number of ones is odd.
        Odd = "odd",
    }
}

table! {
    /// Keys that every peripheral has.
    pub struct CommonPeripheralKeys {
        /// What it is.
        "kind" => kind: PeripheralKind,
        /// Forces the hardware block, such as `"UART0"`.
        "instance" => instance: String,
    }
}

table! {
    /// Keys of an `output`.
    pub struct OutputKeys {
        /// The pin.
        "pin" => pin: String,
        /// The level that means active.
        "active" => active: Active,
        /// Whether it is active from the start.
        "initial" => initial: Initial,
        /// How it drives its line.
        "drain" => drain: Drain,
    }
}

table! {
    /// Keys of an `input`.
    pub struct InputKeys {
        /// The pin.
        "pin" => pin: String,
        /// The resistor on it.
        "pull" => pull: Pull,
        /// The level that means active.
        "active" => active: Active,
        /// How long a level must stand before it counts.
        "debounce" => debounce: Duration,
    }
}

table! {
    /// Keys of a `uart`.
    pub struct UartKeys {
        /// The pin that sends.
        "tx" => tx: String,
        /// The pin that receives.
        "rx" => rx: String,
        /// Bits per second.
        "baud" => baud: u32,
        /// Bits per character, 5 to 8.
        "data-bits" => data_bits: u8,
        /// The parity bit.
        "parity" => parity: Parity,
        /// Stop bits, 1 or 2.
        "stop-bits" => stop_bits: u8,
        /// The pin that asks the other side to pause.
        "rts" => rts: String,
        /// The pin on which the other side asks for a pause.
        "cts" => cts: String,
        /// The size of each software buffer.
        "buffer" => buffer: Size,
    }
}

table! {
    /// Keys of a `pwm`.
    pub struct PwmKeys {
        /// The pin.
        "pin" => pin: String,
        /// How often a second a pulse begins.
        "frequency" => frequency: Frequency,
        /// The duty from the start.
        "initial" => initial: Ratio,
        /// The level that means active: the one that a pulse has.
        "active" => active: Active,
    }
}

table! {
    /// Keys of an `adc`.
    pub struct AdcKeys {
        /// The pin, or `"TEMPERATURE"` for the chip's own sensor.
        "pin" => pin: String,
    }
}

table! {
    /// Keys of an `i2c`.
    pub struct I2cKeys {
        /// The data line.
        "sda" => sda: String,
        /// The clock line.
        "scl" => scl: String,
        /// How fast the clock is.
        "frequency" => frequency: Frequency,
        /// How long a transfer may be held up before the bus is freed.
        "timeout" => timeout: Duration,
    }
}

table! {
    /// Keys of a `watchdog`.
    pub struct WatchdogKeys {
        /// How long it may be left unfed before it resets the chip.
        "timeout" => timeout: Duration,
    }
}

table! {
    /// Keys of a `usb-serial`.
    pub struct UsbSerialKeys {
        /// Who makes the device, by the number that the USB-IF has given them.
        "vendor-id" => vendor_id: u16,
        /// The device's number among its vendor's.
        "product-id" => product_id: u16,
        /// The maker's name, as hosts show it.
        "manufacturer" => manufacturer: String,
        /// The device's name, as hosts show it.
        "product" => product: String,
    }
}

table! {
    /// Keys of an `spi`.
    pub struct SpiKeys {
        /// The clock line.
        "sck" => sck: String,
        /// The line from the chip to the parts.
        "mosi" => mosi: String,
        /// The line from the parts to the chip.
        "miso" => miso: String,
        /// How fast the clock is.
        "frequency" => frequency: Frequency,
        /// The clock's polarity and phase, 0 to 3.
        "mode" => mode: u8,
    }
}

/// The keys of one kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum PeripheralKeys {
    /// `kind = "output"`
    Output(OutputKeys),
    /// `kind = "input"`
    Input(InputKeys),
    /// `kind = "uart"`
    Uart(UartKeys),
    /// `kind = "pwm"`
    Pwm(PwmKeys),
    /// `kind = "adc"`
    Adc(AdcKeys),
    /// `kind = "watchdog"`
    Watchdog(WatchdogKeys),
    /// `kind = "i2c"`
    I2c(I2cKeys),
    /// `kind = "spi"`
    Spi(SpiKeys),
    /// `kind = "usb-serial"`
    UsbSerial(UsbSerialKeys),
    /// The kind is missing or not a kind.
    #[default]
    Unknown,
}

/// One `[peripherals.NAME]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PeripheralEntry {
    /// The whole entry.
    pub span: Span,
    /// Keys of every kind.
    pub common: CommonPeripheralKeys,
    /// Keys of this kind.
    pub keys: PeripheralKeys,
    /// The kind that the keys tell of an entry without one.
    pub told: Option<PeripheralKind>,
}

impl PeripheralEntry {
    /// Reads an entry by its own `kind`.
    pub fn read(reader: &mut Reader, name: &str, value: &TomlValue<'_>) -> Option<PeripheralEntry> {
        let mut table = reader.table(name, value)?;
        let span = reader.span(value.span());
        let common = CommonPeripheralKeys::take(reader, &mut table);
        let kind = common.kind.get().map(|kind| kind.value);
        let title = format!("`[peripherals.{name}]`");
        if common.kind.is_absent() {
            let told = told_kind(&table);
            table.finish_without_kind(reader, &title, &["kind"]);
            return Some(PeripheralEntry { span, common, keys: PeripheralKeys::Unknown, told });
        }
        let keys = take_keys(reader, table, kind, &title);
        Some(PeripheralEntry { span, common, keys, told: None })
    }

    /// Reads an override, whose kind is that of the entry it overrides.
    pub fn read_override(
        reader: &mut Reader,
        name: &str,
        value: &TomlValue<'_>,
        base: Option<&PeripheralKeys>,
    ) -> Option<PeripheralEntry> {
        let mut table = reader.table(name, value)?;
        let span = reader.span(value.span());
        let common = CommonPeripheralKeys::take(reader, &mut table);
        let kind = base.and_then(PeripheralKeys::kind);
        let keys = take_keys(reader, table, kind, &format!("the override of `[peripherals.{name}]`"));
        Some(PeripheralEntry { span, common, keys, told: None })
    }

    /// Takes over what `other`, an override of the same kind, says.
    pub fn overlay(&mut self, other: PeripheralEntry) {
        self.common.instance.overlay(other.common.instance);
        match (&mut self.keys, other.keys) {
            (PeripheralKeys::Output(keys), PeripheralKeys::Output(other)) => keys.overlay(other),
            (PeripheralKeys::Input(keys), PeripheralKeys::Input(other)) => keys.overlay(other),
            (PeripheralKeys::Uart(keys), PeripheralKeys::Uart(other)) => keys.overlay(other),
            (PeripheralKeys::Pwm(keys), PeripheralKeys::Pwm(other)) => keys.overlay(other),
            (PeripheralKeys::Adc(keys), PeripheralKeys::Adc(other)) => keys.overlay(other),
            (PeripheralKeys::Watchdog(keys), PeripheralKeys::Watchdog(other)) => keys.overlay(other),
            (PeripheralKeys::I2c(keys), PeripheralKeys::I2c(other)) => keys.overlay(other),
            (PeripheralKeys::Spi(keys), PeripheralKeys::Spi(other)) => keys.overlay(other),
            (PeripheralKeys::UsbSerial(keys), PeripheralKeys::UsbSerial(other)) => keys.overlay(other),
            _ => {}
        }
    }
}

impl PeripheralKeys {
    /// The kind that these keys belong to.
    pub fn kind(&self) -> Option<PeripheralKind> {
        match self {
            PeripheralKeys::Output(_) => Some(PeripheralKind::Output),
            PeripheralKeys::Input(_) => Some(PeripheralKind::Input),
            PeripheralKeys::Uart(_) => Some(PeripheralKind::Uart),
            PeripheralKeys::Pwm(_) => Some(PeripheralKind::Pwm),
            PeripheralKeys::Adc(_) => Some(PeripheralKind::Adc),
            PeripheralKeys::Watchdog(_) => Some(PeripheralKind::Watchdog),
            PeripheralKeys::I2c(_) => Some(PeripheralKind::I2c),
            PeripheralKeys::Spi(_) => Some(PeripheralKind::Spi),
            PeripheralKeys::UsbSerial(_) => Some(PeripheralKind::UsbSerial),
            PeripheralKeys::Unknown => None,
        }
    }
}

/// The kind that has the keys of a table, where only one can be meant.
fn told_kind(table: &Table<'_, '_>) -> Option<PeripheralKind> {
    let kinds: &[(&[&str], PeripheralKind)] = &[
        (&["baud"], PeripheralKind::Uart),
        (&["tx"], PeripheralKind::Uart),
        (&["rx"], PeripheralKind::Uart),
        (&["sck"], PeripheralKind::Spi),
        (&["mosi"], PeripheralKind::Spi),
        (&["miso"], PeripheralKind::Spi),
        (&["sda"], PeripheralKind::I2c),
        (&["scl"], PeripheralKind::I2c),
        (&["pin", "frequency"], PeripheralKind::Pwm),
        (&["pin", "pull"], PeripheralKind::Input),
        (&["pin", "debounce"], PeripheralKind::Input),
        (&["pin", "drain"], PeripheralKind::Output),
    ];
    let has_all = |keys: &[&str]| keys.iter().all(|key| table.has(key));
    kinds.iter().find(|(keys, _)| has_all(keys)).map(|(_, kind)| *kind)
}

fn take_keys(
    reader: &mut Reader,
    mut table: Table<'_, '_>,
    kind: Option<PeripheralKind>,
    name: &str,
) -> PeripheralKeys {
    let keys = match kind {
        Some(PeripheralKind::Output) => PeripheralKeys::Output(OutputKeys::take(reader, &mut table)),
        Some(PeripheralKind::Input) => PeripheralKeys::Input(InputKeys::take(reader, &mut table)),
        Some(PeripheralKind::Uart) => PeripheralKeys::Uart(UartKeys::take(reader, &mut table)),
        Some(PeripheralKind::Pwm) => PeripheralKeys::Pwm(PwmKeys::take(reader, &mut table)),
        Some(PeripheralKind::Adc) => PeripheralKeys::Adc(AdcKeys::take(reader, &mut table)),
        Some(PeripheralKind::Watchdog) => PeripheralKeys::Watchdog(WatchdogKeys::take(reader, &mut table)),
        Some(PeripheralKind::I2c) => PeripheralKeys::I2c(I2cKeys::take(reader, &mut table)),
        Some(PeripheralKind::Spi) => PeripheralKeys::Spi(SpiKeys::take(reader, &mut table)),
        Some(PeripheralKind::UsbSerial) => PeripheralKeys::UsbSerial(UsbSerialKeys::take(reader, &mut table)),
        // Without a kind that can be read, every key would be unknown: one fault is enough.
        None => return PeripheralKeys::Unknown,
    };
    let kind = keys.kind().map(PeripheralKind::word).unwrap_or_default();
    table.finish(reader, &format!("{name} of kind `{kind}`"), key_owner);
    keys
}

/// Which kinds have a key.
fn key_owner(key: &str) -> Option<String> {
    let owners: Vec<&str> = [
        ("output", OutputKeys::KEYS),
        ("input", InputKeys::KEYS),
        ("uart", UartKeys::KEYS),
        ("pwm", PwmKeys::KEYS),
        ("adc", AdcKeys::KEYS),
        ("watchdog", WatchdogKeys::KEYS),
        ("i2c", I2cKeys::KEYS),
        ("spi", SpiKeys::KEYS),
        ("usb-serial", UsbSerialKeys::KEYS),
    ]
    .into_iter()
    .filter(|(_, keys)| keys.iter().any(|info| info.name == key))
    .map(|(kind, _)| kind)
    .collect();
    listed("kind", &owners)
}
