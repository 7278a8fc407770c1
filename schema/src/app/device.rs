//! `[devices.NAME]`: the keys that every device has; the others belong to its driver, whose device.toml tells of them.

use crate::device::Raw;
use crate::read::{Field, Reader, TomlValue};
use crate::span::{Span, Spanned};
use crate::table;

table! {
    /// Keys that devices have in common.
    pub struct DeviceEntryKeys {
        /// An entry of the device catalogue, or of the project's `devices/` folder.
        "driver" => driver: String,
        /// The bus that it hangs on.
        "bus" => bus: String,
        /// Its address on an I2C bus.
        "address" => address: u8,
        /// The pin that selects it on an SPI bus.
        "chip-select" => chip_select: String,
    }
}

/// One `[devices.NAME]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeviceEntry {
    /// The whole entry.
    pub span: Span,
    /// Keys of every device.
    pub keys: DeviceEntryKeys,
    /// All other keys, in the order of the file.
    pub own: Vec<(Spanned<String>, Field<Raw>)>,
}

impl DeviceEntry {
    /// Reads a device, or an override of one.
    pub fn read(reader: &mut Reader, name: &str, value: &TomlValue<'_>) -> Option<DeviceEntry> {
        let mut table = reader.table(name, value)?;
        let keys = DeviceEntryKeys::take(reader, &mut table);
        let own = table.in_file_order(reader).into_iter().filter(|(key, _)| !DeviceEntryKeys::has(key));
        let own = own.map(|(key, value)| {
            let field = reader.value(&key, value);
            (key, field)
        });
        let own = own.collect();
        Some(DeviceEntry { span: reader.span(value.span()), keys, own })
    }

    /// Takes over what `other`, an override, says.
    pub fn overlay(&mut self, other: DeviceEntry) {
        self.keys.overlay(other.keys);
        for (key, value) in other.own {
            match self.own.iter_mut().find(|(known, _)| known.value == key.value) {
                Some(known) => *known = (key, value),
                None => self.own.push((key, value)),
            }
        }
    }
}
