//! app.toml as it is written: every key optional, every value with its place, nothing linked and nothing filled in.
//!
//! In: text. Out: [`AppFile`] and all faults of reading. The meaning is given by `fwc-core`'s check.

mod device;
mod entry;
mod message;
mod task;

use std::collections::HashMap;

use toml::de::DeValue;

pub use device::{DeviceEntry, DeviceEntryKeys};
pub use entry::{
    AdcKeys, CommonPeripheralKeys, Drain, I2cKeys, Initial, InputKeys, OutputKeys, Parity, PeripheralEntry,
    PeripheralKeys, PeripheralKind, Pull, PwmKeys, SpiKeys, UartKeys, UsbSerialKeys, WatchdogKeys,
};
pub use message::{FieldType, Fields, MessageEntry, MessageKeys, Primitive};
pub use task::{
    BEHAVIORS, BehaviorKeys, BlinkKeys, ButtonKeys, CommonTaskKeys, DriveKeys, EchoKeys, PrintFormat,
    PrintKeys, Priority, SampleKeys, TaskEntry, ThresholdKeys, ToggleKeys,
};

use crate::read::{Field, ReadFault, Reader, Table, TomlValue, Verbatim, fault_span};
use crate::span::{SourceId, Span, Spanned};
use crate::units::{Frequency, Size};
use crate::{choice, table};

choice! {
    /// How much is logged.
    pub enum LogLevel {
        /// Nothing; no logging code in the image.
        Off = "off",
        /// Errors.
        Error = "error",
        /// And warnings.
        Warn = "warn",
        /// And what happens.
        Info = "info",
        /// And what helps to find faults.
        Debug = "debug",
        /// Everything.
        Trace = "trace",
    }
}

choice! {
    /// What follows a panic, after its message is logged.
    pub enum OnPanic {
        /// Start again.
        Reset = "reset",
        /// Stand still, so that a probe can look.
        Halt = "halt",
    }
}

choice! {
    /// Which level of a pin means active.
    pub enum Active {
        /// High is active.
        High = "high",
        /// Low is active.
        Low = "low",
    }
}

choice! {
    /// embassy-sync's five kinds of channel.
    pub enum ChannelKind {
        /// A queue: each message goes to one reader.
        Channel = "channel",
        /// The newest value, for one reader.
        Signal = "signal",
        /// The newest value, for any number of readers.
        Watch = "watch",
        /// Every reader gets every message.
        PubSub = "pubsub",
        /// A stream of bytes.
        Pipe = "pipe",
    }
}

choice! {
    /// What happens to a message that finds its channel full.
    pub enum Overflow {
        /// The publisher waits.
        Wait = "wait",
        /// The new message is dropped and counted.
        DropNewest = "drop-newest",
        /// The oldest message is dropped and counted.
        DropOldest = "drop-oldest",
    }
}

choice! {
    /// Which of the chip's own regulators feeds its core, where a board decides that by its wiring.
    pub enum CoreSupply {
        /// The linear one.
        Ldo = "ldo",
        /// The switched one, directly.
        Smps = "smps",
    }
}

table! {
    /// `[app]`
    pub struct AppKeys {
        /// The application's name; also the crate's.
        "name" => name: String,
        /// The board to use where `--board` does not say.
        "board" => board: String,
        /// The version that goes into the image and the crate.
        "version" => version: String,
        /// The least level that is logged.
        "log" => log: LogLevel,
        /// Where logs leave the chip: `rtt`, `usb` or the name of a uart.
        "log-over" => log_over: String,
        /// The size of the global allocator; absent: no-alloc.
        "heap" => heap: Size,
        /// The size of the second core's stack.
        "core1-stack" => core1_stack: Size,
        /// What follows a panic.
        "on-panic" => on_panic: OnPanic,
        /// The core's frequency.
        "clock" => clock: Frequency,
    }
}

table! {
    /// `[channels.NAME]`
    pub struct ChannelKeys {
        /// What the channel carries.
        "message" => message: String,
        /// One of embassy-sync's kinds.
        "kind" => kind: ChannelKind,
        /// How many messages it holds; a size for a `pipe`.
        "capacity" => capacity: Capacity,
        /// What happens when it is full.
        "overflow" => overflow: Overflow,
    }
}

/// A channel's capacity: a count of messages, or bytes for a `pipe`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capacity {
    /// A bare number.
    Messages(u32),
    /// A size with its unit.
    Bytes(Size),
}

impl crate::read::ReadValue for Capacity {
    fn read(reader: &mut Reader, key: &str, value: &TomlValue<'_>) -> Option<Capacity> {
        match value.get_ref() {
            DeValue::Integer(_) => u32::read(reader, key, value).map(Capacity::Messages),
            DeValue::String(_) => Size::read(reader, key, value).map(Capacity::Bytes),
            _ => {
                reader.wrong_type(key, "a count such as `4`, or a size such as `\"256B\"`", value);
                None
            }
        }
    }
}

/// An entry of a table under the name that the user gave it.
#[derive(Clone, Debug, PartialEq)]
pub struct Named<T> {
    /// The name and its place.
    pub name: Spanned<String>,
    /// What stands under it.
    pub entry: T,
}

/// `[boards.NAME]`: what one board changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BoardSection {
    /// Changed keys of `[app]`.
    pub app: AppKeys,
    /// What feeds the chip's core.
    pub core_supply: Field<CoreSupply>,
    /// App labels and the pins that they are on this board.
    pub pins: Vec<Named<Field<String>>>,
    /// Changed peripherals.
    pub peripherals: Vec<Named<PeripheralEntry>>,
    /// Changed devices.
    pub devices: Vec<Named<DeviceEntry>>,
    /// Changed channels.
    pub channels: Vec<Named<ChannelKeys>>,
    /// Changed tasks.
    pub tasks: Vec<Named<TaskEntry>>,
}

/// A whole app.toml.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AppFile {
    /// Where `[app]` stands, when it does.
    pub app_span: Option<Span>,
    /// `[app]`
    pub app: AppKeys,
    /// `[boards.*]`
    pub boards: Vec<Named<BoardSection>>,
    /// `[peripherals.*]`
    pub peripherals: Vec<Named<PeripheralEntry>>,
    /// `[devices.*]`
    pub devices: Vec<Named<DeviceEntry>>,
    /// `[messages.*]`
    pub messages: Vec<Named<MessageEntry>>,
    /// `[channels.*]`
    pub channels: Vec<Named<ChannelKeys>>,
    /// `[tasks.*]`
    pub tasks: Vec<Named<TaskEntry>>,
    /// `[dependencies]`, each as written.
    pub dependencies: Vec<Named<Verbatim>>,
}

/// Reads app.toml. Everything that can be read is; `faults` holds the rest, in file order.
pub fn read(source: SourceId, text: &str) -> (AppFile, Vec<ReadFault>) {
    let mut reader = Reader::new(source);
    let document = reader.parse(text);
    let mut top = Table::new(document.get_ref());
    let mut file = AppFile::default();
    if let Some(value) = top.take("app") {
        file.app_span = Some(reader.span(value.span()));
        if let Some(mut table) = reader.table("app", value) {
            file.app = AppKeys::take(&mut reader, &mut table);
            table.finish(&mut reader, "`[app]`", |_| None);
        } else if let Some(span) = file.app_span {
            file.app.name = Field::Faulty(span);
            file.app.board = Field::Faulty(span);
        }
    }
    file.peripherals = entries(&mut reader, &mut top, "peripherals", PeripheralEntry::read);
    file.devices = entries(&mut reader, &mut top, "devices", DeviceEntry::read);
    file.messages = entries(&mut reader, &mut top, "messages", MessageEntry::read);
    file.channels = entries(&mut reader, &mut top, "channels", read_channel);
    file.tasks = entries(&mut reader, &mut top, "tasks", TaskEntry::read);
    file.dependencies = entries(&mut reader, &mut top, "dependencies", |_, _, value| {
        Some(Verbatim(text.get(value.span()).unwrap_or_default().to_string()))
    });
    let base = Base {
        peripherals: file.peripherals.iter().map(|named| (named.name.as_str(), &named.entry.keys)).collect(),
        tasks: file.tasks.iter().map(|named| (named.name.as_str(), &named.entry.behavior_keys)).collect(),
    };
    file.boards = entries(&mut reader, &mut top, "boards", |reader, name, value| {
        read_board(reader, name, value, &base)
    });
    top.finish(&mut reader, "app.toml", |key| AppKeys::has(key).then(|| "`[app]`".to_string()));
    reader.faults.sort_by_key(fault_span);
    (file, reader.faults)
}

/// Reads every entry of a table of named entries, in file order.
fn entries<T>(
    reader: &mut Reader,
    parent: &mut Table<'_, '_>,
    table_name: &str,
    mut read: impl FnMut(&mut Reader, &str, &TomlValue<'_>) -> Option<T>,
) -> Vec<Named<T>> {
    let Some(value) = parent.take(table_name) else { return Vec::new() };
    let Some(table) = reader.table(table_name, value) else { return Vec::new() };
    let mut named = Vec::new();
    for (name, value) in table.in_file_order(reader) {
        if let Some(entry) = read(reader, &name.value, value) {
            named.push(Named { name, entry });
        }
    }
    named
}

fn read_channel(reader: &mut Reader, name: &str, value: &TomlValue<'_>) -> Option<ChannelKeys> {
    let mut table = reader.table(name, value)?;
    let keys = ChannelKeys::take(reader, &mut table);
    table.finish(reader, &format!("`[channels.{name}]`"), |_| None);
    Some(keys)
}

/// The entries that a board's overrides change: an override's keys depend on the kind of what it overrides.
struct Base<'a> {
    peripherals: HashMap<&'a str, &'a PeripheralKeys>,
    tasks: HashMap<&'a str, &'a BehaviorKeys>,
}

fn read_board(
    reader: &mut Reader,
    name: &str,
    value: &TomlValue<'_>,
    base: &Base<'_>,
) -> Option<BoardSection> {
    let mut table = reader.table(name, value)?;
    let mut section = BoardSection {
        app: read_board_app(reader, name, &mut table),
        core_supply: table.field(reader, "core-supply"),
        pins: entries(reader, &mut table, "pins", |reader, label, value| Some(reader.value(label, value))),
        ..BoardSection::default()
    };
    section.peripherals = entries(reader, &mut table, "peripherals", |reader, entry, value| {
        PeripheralEntry::read_override(reader, entry, value, base.peripherals.get(entry).copied())
    });
    section.devices = entries(reader, &mut table, "devices", DeviceEntry::read);
    section.channels = entries(reader, &mut table, "channels", read_channel);
    section.tasks = entries(reader, &mut table, "tasks", |reader, entry, value| {
        TaskEntry::read_override(reader, entry, value, base.tasks.get(entry).copied())
    });
    table.finish(reader, &format!("`[boards.{name}]`"), |key| {
        AppKeys::has(key).then(|| format!("`[boards.{name}.app]`"))
    });
    Some(section)
}

fn read_board_app(reader: &mut Reader, name: &str, section: &mut Table<'_, '_>) -> AppKeys {
    let Some(value) = section.take("app") else { return AppKeys::default() };
    let Some(mut table) = reader.table("app", value) else { return AppKeys::default() };
    let keys = AppKeys::take(reader, &mut table);
    table.finish(reader, &format!("`[boards.{name}.app]`"), |_| None);
    keys
}
