//! Drivers of devices: what app.toml may say of a part, what it measures, and which code drives it.

use fwc_schema::app::FieldType;
use fwc_schema::device::{KeyType, PinUse};
use fwc_schema::units::{Duration, Frequency};

use crate::app::Type;

/// A driver that `driver` of a device can name.
#[derive(Clone, Debug)]
pub struct Driver {
    /// Its name, a Rust identifier.
    pub name: String,
    /// The part's name as its vendor writes it.
    pub title: String,
    /// Who makes the part.
    pub vendor: Option<String>,
    /// One line.
    pub description: Option<String>,
    /// Where its facts were read.
    pub sources: Vec<String>,
    /// What it hangs on.
    pub bus: DriverBus,
    /// The fastest clock that it stands on a bus.
    pub max_frequency: Option<Frequency>,
    /// The bytes that a measurement moves on its bus at least, where that is known.
    pub measure_bytes: Option<u32>,
    /// The crate that drives it.
    pub used_crate: Option<DriverCrate>,
    /// Other crates that its text names.
    pub other_crates: Vec<DriverCrate>,
    /// Where the documentation of the crate that drives it is.
    pub docs: Option<String>,
    /// Pins of its own.
    pub pins: Vec<DriverPin>,
    /// Keys of its own, in the order of its `Options`.
    pub keys: Vec<DriverKey>,
    /// What it measures; empty where it measures nothing.
    pub message: Vec<DriverField>,
    /// Its text.
    pub code: DriverCode,
}

/// What a part hangs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DriverBus {
    /// An I2C bus.
    I2c {
        /// The addresses that it can be strapped to; at least one.
        addresses: Vec<u8>,
        /// The one that app.toml need not name.
        default: Option<u8>,
    },
    /// An SPI bus.
    Spi {
        /// The mode that it is used in.
        mode: u8,
        /// Whether it is told something, so that the bus needs `mosi`.
        needs_mosi: bool,
        /// Whether it answers, so that the bus needs `miso`.
        needs_miso: bool,
    },
    /// Pins of its own.
    Pins,
}

/// A crate that a driver brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriverCrate {
    /// Its name.
    pub name: String,
    /// Its exact version.
    pub version: String,
    /// Its features.
    pub features: Vec<String>,
    /// Whether it has its default features too.
    pub default_features: bool,
}

/// A pin of the part's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriverPin {
    /// The key of app.toml that names the chip's pin.
    pub name: String,
    /// What it is to the chip.
    pub used_as: PinUse,
    /// The frequency of a `pwm`.
    pub frequency: Option<Frequency>,
    /// The place among the driver's keys of that which counts the lights of a `led-strip`.
    pub count: Option<usize>,
    /// One line.
    pub description: Option<String>,
}

/// A key of the driver's own.
#[derive(Clone, Debug, PartialEq)]
pub struct DriverKey {
    /// Its name in app.toml.
    pub name: String,
    /// Its type.
    pub key_type: KeyType,
    /// What it is where app.toml does not say.
    pub default: Option<OptionValue>,
    /// The least that it can be.
    pub least: Option<OptionValue>,
    /// The most that it can be.
    pub most: Option<OptionValue>,
    /// All that it can be, where these are few.
    pub values: Vec<OptionValue>,
    /// The unit of a bare number.
    pub unit: Option<String>,
    /// One line.
    pub description: Option<String>,
}

/// The value of a driver's own key.
#[derive(Clone, Debug, PartialEq)]
pub enum OptionValue {
    /// Of a `bool`.
    Flag(bool),
    /// Of a whole number.
    Whole(i64),
    /// Of an `f32`.
    Real(f64),
    /// Of a `time`.
    Time(Duration),
    /// Of a `frequency`.
    Frequency(Frequency),
    /// Of a `choice`.
    Word(String),
}

/// A field of what a driver measures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriverField {
    /// Its name.
    pub name: String,
    /// Its type, which names no message.
    pub field_type: FieldType,
    /// Its unit.
    pub unit: Option<String>,
    /// One line.
    pub description: Option<String>,
}

/// Where a driver's text is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DriverCode {
    /// In the catalogue.
    Stock(&'static str),
    /// In the project's `devices/` folder.
    Project,
}

impl Driver {
    /// All crates that its text names.
    pub fn crates(&self) -> impl Iterator<Item = &DriverCrate> {
        self.used_crate.iter().chain(&self.other_crates)
    }
}

impl DriverField {
    /// Its type, linked.
    pub fn linked(&self) -> Type {
        linked(&self.field_type)
    }
}

fn linked(written: &FieldType) -> Type {
    match written {
        FieldType::Primitive(primitive) => Type::Primitive(*primitive),
        FieldType::String(length) => Type::String(*length),
        FieldType::Array(item, count) => Type::Array(Box::new(linked(item)), *count),
        FieldType::Message(name) => unreachable!("a device.toml that names the message `{name}` is refused"),
    }
}

impl OptionValue {
    /// A number that others of its key can be compared with.
    pub fn number(&self) -> Option<f64> {
        Some(match self {
            OptionValue::Whole(number) => *number as f64,
            OptionValue::Real(number) => *number,
            OptionValue::Time(time) => time.0 as f64,
            OptionValue::Frequency(frequency) => frequency.0 as f64,
            OptionValue::Flag(_) | OptionValue::Word(_) => return None,
        })
    }
}

/// As app.toml writes it.
impl std::fmt::Display for OptionValue {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            OptionValue::Flag(flag) => write!(formatter, "{flag}"),
            OptionValue::Whole(number) => write!(formatter, "{number}"),
            OptionValue::Real(number) => write!(formatter, "{number:?}"),
            OptionValue::Time(time) => write!(formatter, "\"{time}\""),
            OptionValue::Frequency(frequency) => write!(formatter, "\"{frequency}\""),
            OptionValue::Word(word) => write!(formatter, "\"{word}\""),
        }
    }
}
