//! The shape of a device.toml: `catalog/NAME/` in the device catalogue, and `devices/NAME/` in a project.
//!
//! In: text. Out: [`DeviceFile`] and all faults of reading. It is read like app.toml, so that a fault in a project's own
//! file is shown as nicely. What the file means is the chain's business.

use toml::de::DeValue;

use crate::app::{FieldType, Named};
use crate::read::{Field, Names, ReadFault, ReadValue, Reader, Table, TomlValue, fault_span};
use crate::span::{SourceId, Span, Spanned};
use crate::units::Frequency;
use crate::{choice, table};

choice! {
    /// What a device hangs on.
    pub enum BusKind {
        /// An I2C bus, at an address.
        I2c = "i2c",
        /// An SPI bus, with a chip select.
        Spi = "spi",
        /// Pins of its own, and no bus.
        Pins = "pins",
    }
}

choice! {
    /// What a pin of a device is to the chip.
    pub enum PinUse {
        /// The chip drives it.
        Output = "output",
        /// The chip reads it.
        Input = "input",
        /// The chip pulses it.
        Pwm = "pwm",
        /// The chip sends the colours of a chain of WS2812 lights on it.
        LedStrip = "led-strip",
    }
}

choice! {
    /// The type of a key of app.toml, and what it is in the driver's `Options`.
    pub enum KeyType {
        /// `true` or `false`: `bool`.
        Bool = "bool",
        /// A whole number: `u8`.
        U8 = "u8",
        /// A whole number: `u16`.
        U16 = "u16",
        /// A whole number: `u32`.
        U32 = "u32",
        /// A whole number: `i16`.
        I16 = "i16",
        /// A whole number: `i32`.
        I32 = "i32",
        /// A number: `f32`.
        F32 = "f32",
        /// A time with its unit, `"100ms"`: `embassy_time::Duration`.
        Time = "time",
        /// A frequency with its unit, `"10Hz"`: `u32` of hertz.
        Frequency = "frequency",
        /// One of the words in `values`: an enum of the driver's, named after the key.
        Choice = "choice",
    }
}

table! {
    /// Keys before the first table.
    pub struct DeviceKeys {
        /// The driver's name; the folder is called after it.
        "name" => name: String,
        /// The part's name as its vendor writes it.
        "title" => title: String,
        /// Who makes it.
        "vendor" => vendor: String,
        /// One line for the list of devices.
        "description" => description: String,
        /// Where the facts were read.
        "sources" => sources: Names,
    }
}

table! {
    /// `[bus]`
    pub struct BusKeys {
        /// What the part hangs on.
        "kind" => kind: BusKind,
        /// The I2C addresses that its pins can be strapped to.
        "addresses" => addresses: Numbers,
        /// The address that app.toml need not name.
        "default-address" => default_address: u8,
        /// The fastest clock that it stands.
        "max-frequency" => max_frequency: Frequency,
        /// The SPI modes that it works in, the one to use first.
        "modes" => modes: Numbers,
        /// The data lines of an SPI bus that it cannot do without.
        "lines" => lines: Names,
        /// The bytes that a measurement moves at least, addresses among them.
        "bytes-per-measurement" => measure_bytes: u32,
    }
}

table! {
    /// `[driver]`
    pub struct DriverKeys {
        /// The crate that drives it; absent where driver.rs does.
        "crate" => crate_name: String,
        /// The crate's exact version.
        "version" => version: String,
        /// The crate's features.
        "features" => features: Names,
        /// Whether the crate's default features are left out.
        "no-default-features" => no_default_features: bool,
        /// Where the crate's documentation is.
        "docs" => docs: String,
    }
}

table! {
    /// `[crates.NAME]`: a crate that driver.rs names besides the one that drives the part.
    pub struct CrateKeys {
        /// Its exact version.
        "version" => version: String,
        /// Its features.
        "features" => features: Names,
        /// Whether its default features are left out.
        "no-default-features" => no_default_features: bool,
    }
}

table! {
    /// `[pins.NAME]`: a pin of the part's own. `NAME` is the key of app.toml that names the chip's pin.
    pub struct PinKeys {
        /// What it is to the chip.
        "use" => used_as: PinUse,
        /// The frequency of a `pwm`.
        "frequency" => frequency: Frequency,
        /// The key of the driver's that says how many lights a `led-strip` has.
        "count" => count: String,
        /// One line.
        "description" => description: String,
    }
}

table! {
    /// `[keys.NAME]`: a key of app.toml that belongs to this driver.
    pub struct KeyKeys {
        /// Its type.
        "type" => key_type: KeyType,
        /// What it is where app.toml does not say; a key without a default must be given.
        "default" => default: Raw,
        /// The least number, time or frequency.
        "least" => least: Raw,
        /// The greatest one.
        "most" => most: Raw,
        /// All that it can be: the words of a `choice`, or some numbers.
        "values" => values: RawList,
        /// The unit of a bare number, for people.
        "unit" => unit: String,
        /// One line.
        "description" => description: String,
    }
}

table! {
    /// `[message.NAME]`: a field of what the driver measures.
    pub struct MessageFieldKeys {
        /// Its type.
        "type" => field_type: FieldType,
        /// Its unit, for people.
        "unit" => unit: String,
        /// One line.
        "description" => description: String,
    }
}

/// A whole device.toml.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeviceFile {
    /// The start of the file, for what is missing in it.
    pub span: Span,
    /// The keys before the first table.
    pub device: DeviceKeys,
    /// `[bus]`
    pub bus: BusKeys,
    /// `[driver]`
    pub driver: DriverKeys,
    /// `[crates.*]`
    pub crates: Vec<Named<CrateKeys>>,
    /// `[pins.*]`
    pub pins: Vec<Named<PinKeys>>,
    /// `[keys.*]`
    pub keys: Vec<Named<KeyKeys>>,
    /// `[message.*]`; none where the part measures nothing.
    pub message: Vec<Named<MessageFieldKeys>>,
}

/// Reads a device.toml. Everything that can be read is; the faults are in the order of the file.
pub fn read(source: SourceId, text: &str) -> (DeviceFile, Vec<ReadFault>) {
    let mut reader = Reader::new(source);
    let document = reader.parse(text);
    let mut top = Table::new(document.get_ref());
    let device = DeviceKeys::take(&mut reader, &mut top);
    let bus = section(&mut reader, &mut top, "bus", BusKeys::take);
    let driver = section(&mut reader, &mut top, "driver", DriverKeys::take);
    let file = DeviceFile {
        span: reader.span(0..0),
        device,
        bus,
        driver,
        crates: entries(&mut reader, &mut top, "crates", CrateKeys::take),
        pins: entries(&mut reader, &mut top, "pins", PinKeys::take),
        keys: entries(&mut reader, &mut top, "keys", KeyKeys::take),
        message: entries(&mut reader, &mut top, "message", MessageFieldKeys::take),
    };
    top.finish(&mut reader, "device.toml", |_| None);
    reader.faults.sort_by_key(fault_span);
    (file, reader.faults)
}

/// Reads a table of the file's own; all its keys are absent where it is.
fn section<T: Default>(
    reader: &mut Reader,
    top: &mut Table<'_, '_>,
    name: &str,
    take: fn(&mut Reader, &mut Table<'_, '_>) -> T,
) -> T {
    let Some(value) = top.take(name) else { return T::default() };
    let Some(mut table) = reader.table(name, value) else { return T::default() };
    let keys = take(reader, &mut table);
    table.finish(reader, &format!("`[{name}]`"), |_| None);
    keys
}

/// Reads every entry of a table of named entries, in file order.
pub(crate) fn entries<T>(
    reader: &mut Reader,
    top: &mut Table<'_, '_>,
    name: &str,
    take: fn(&mut Reader, &mut Table<'_, '_>) -> T,
) -> Vec<Named<T>> {
    let Some(value) = top.take(name) else { return Vec::new() };
    let Some(table) = reader.table(name, value) else { return Vec::new() };
    let mut named = Vec::new();
    for (entry, value) in table.in_file_order(reader) {
        let Some(mut table) = reader.table(&entry.value, value) else { continue };
        let keys = take(reader, &mut table);
        table.finish(reader, &format!("`[{name}.{}]`", entry.value), |_| None);
        named.push(Named { name: entry, entry: keys });
    }
    named
}

/// Small whole numbers, each with its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers(pub Vec<Spanned<u8>>);

impl ReadValue for Numbers {
    fn read(reader: &mut Reader, key: &str, value: &TomlValue<'_>) -> Option<Numbers> {
        let Some(items) = value.get_ref().as_array() else {
            reader.wrong_type(key, "an array of numbers", value);
            return None;
        };
        let fields: Vec<Field<u8>> = items.iter().map(|item| reader.value(key, item)).collect();
        Some(Numbers(fields.iter().filter_map(|field| field.get().copied()).collect()))
    }
}

/// A value whose type another file tells: that of a key which belongs to a driver.
#[derive(Clone, Debug, PartialEq)]
pub enum Raw {
    /// A string.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number.
    Float(f64),
    /// A truth value.
    Flag(bool),
    /// Something that no key can be: what it is, with its article.
    Other(&'static str),
}

impl Raw {
    /// What it is, with its article.
    pub fn type_name(&self) -> &'static str {
        match self {
            Raw::Text(_) => "a string",
            Raw::Integer(_) => "an integer",
            Raw::Float(_) => "a float",
            Raw::Flag(_) => "a boolean",
            Raw::Other(name) => name,
        }
    }
}

impl ReadValue for Raw {
    fn read(reader: &mut Reader, key: &str, value: &TomlValue<'_>) -> Option<Raw> {
        Some(match value.get_ref() {
            DeValue::String(text) => Raw::Text(text.to_string()),
            DeValue::Boolean(flag) => Raw::Flag(*flag),
            DeValue::Float(_) => Raw::Float(f64::read(reader, key, value)?),
            DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => Raw::Integer(number),
                Err(_) => {
                    reader.faults.push(ReadFault::OutOfRange {
                        key: key.to_string(),
                        text: number.to_string(),
                        range: format!("{} to {}", i64::MIN, i64::MAX),
                        span: reader.span(value.span()),
                    });
                    return None;
                }
            },
            other => Raw::Other(crate::read::type_name(other)),
        })
    }
}

/// A list of such values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RawList(pub Vec<Spanned<Raw>>);

impl ReadValue for RawList {
    fn read(reader: &mut Reader, key: &str, value: &TomlValue<'_>) -> Option<RawList> {
        let Some(items) = value.get_ref().as_array() else {
            reader.wrong_type(key, "an array", value);
            return None;
        };
        let fields: Vec<Field<Raw>> = items.iter().map(|item| reader.value(key, item)).collect();
        Some(RawList(fields.iter().filter_map(|field| field.get().cloned()).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_of_a_file_is_found() {
        let text = "\
name = \"mine\"
colour = 1
[bus]
kind = \"can\"
addresses = [0x10, 300]
[keys.gain]
type = \"u8\"
default = 2
[message.lux]
type = \"f33 \"
";
        let (file, faults) = read(SourceId::default(), text);
        assert_eq!(faults.len(), 3, "{faults:?}");
        assert_eq!(file.keys[0].entry.default.get().map(|default| &default.value), Some(&Raw::Integer(2)));
        assert!(matches!(&faults[0], ReadFault::UnknownKey { key, .. } if key == "colour"));
        assert!(matches!(&faults[1], ReadFault::BadChoice { text, .. } if text == "can"));
        assert!(matches!(&faults[2], ReadFault::OutOfRange { text, .. } if text == "300"));
    }
}
