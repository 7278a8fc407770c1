//! `[tasks.NAME]`: the keys depend on the behaviour.

use crate::device::Raw;
use crate::read::{Field, Names, Pair, Reader, Table, TomlValue, listed};
use crate::span::{Span, Spanned};
use crate::units::{Duration, Frequency, Ratio};
use crate::{choice, table};

choice! {
    /// How `print` writes a message.
    pub enum PrintFormat {
        /// `climate: celsius=21.50`
        Text = "text",
        /// `climate,1500,21.50`
        Csv = "csv",
        /// `{"channel":"climate","ms":1500,"celsius":21.50}`
        Json = "json",
    }
}

choice! {
    /// Which executor runs a task.
    pub enum Priority {
        /// The thread executor.
        Normal = "normal",
        /// An interrupt executor that preempts it.
        High = "high",
        /// An interrupt executor that preempts both.
        Highest = "highest",
    }
}

table! {
    /// Keys that every task has.
    pub struct CommonTaskKeys {
        /// A stock behaviour, or one of the project's own.
        "behavior" => behavior: String,
        /// A module of the project's `src/`.
        "code" => code: String,
        /// The ticker's period.
        "every" => every: Duration,
        /// The ticker's frequency, in place of `every`.
        "rate" => rate: Frequency,
        /// Peripherals and devices that the task owns.
        "uses" => uses: Names,
        /// Channels that the task writes.
        "publishes" => publishes: Names,
        /// Channels that the task reads.
        "subscribes" => subscribes: Names,
        /// Which executor runs it.
        "priority" => priority: Priority,
        /// Which core runs it.
        "core" => core: u8,
        /// The longest time from tick to done.
        "deadline" => deadline: Duration,
        /// Whether the watchdog bites when this task stops ticking.
        "supervised" => supervised: bool,
    }
}

table! {
    /// Keys of `blink`.
    pub struct BlinkKeys {
        /// The output that is toggled.
        "output" => output: String,
    }
}

table! {
    /// Keys of `button`.
    pub struct ButtonKeys {
        /// The input that is watched.
        "input" => input: String,
        /// How long a press must last to be `long`.
        "long-press" => long_press: Duration,
    }
}

table! {
    /// Keys of `toggle`.
    pub struct ToggleKeys {
        /// The output that is flipped.
        "output" => output: String,
    }
}

table! {
    /// Keys of `print`.
    pub struct PrintKeys {
        /// The uart or usb-serial that is written to.
        "to" => to: String,
        /// How a message is written.
        "format" => format: PrintFormat,
    }
}

table! {
    /// Keys of `echo`.
    pub struct EchoKeys {
        /// The uart or usb-serial that is read.
        "from" => from: String,
        /// The uart or usb-serial that is written to.
        "to" => to: String,
    }
}

table! {
    /// Keys of `drive`.
    pub struct DriveKeys {
        /// The number of the message that is followed; absent where the channel carries a plain number.
        "field" => field: String,
        /// The pwm that is driven.
        "pwm" => pwm: String,
        /// Two values of the field.
        "from" => from: Pair<f64>,
        /// The duties at these values.
        "to" => to: Pair<Ratio>,
    }
}

table! {
    /// Keys of `threshold`.
    pub struct ThresholdKeys {
        /// The number of the message that is watched; absent where the channel carries a plain number.
        "field" => field: String,
        /// The number beyond which it is on.
        "above" => above: f64,
        /// The number under which it is on, in place of `above`.
        "below" => below: f64,
        /// How far the number must come back for it to be off.
        "hysteresis" => hysteresis: f64,
        /// The output that is switched.
        "output" => output: String,
    }
}

table! {
    /// Keys of `sample`.
    pub struct SampleKeys {
        /// The adc that is read.
        "from" => from: String,
    }
}

/// Stock behaviours that this version builds.
pub const BEHAVIORS: &[&str] =
    &["blink", "button", "toggle", "print", "echo", "drive", "threshold", "sample"];

/// The keys of one behaviour.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum BehaviorKeys {
    /// `code = "…"`: no keys of its own.
    Code,
    /// `behavior = "blink"`
    Blink(BlinkKeys),
    /// `behavior = "button"`
    Button(ButtonKeys),
    /// `behavior = "toggle"`
    Toggle(ToggleKeys),
    /// `behavior = "print"`
    Print(PrintKeys),
    /// `behavior = "echo"`
    Echo(EchoKeys),
    /// `behavior = "drive"`
    Drive(DriveKeys),
    /// `behavior = "threshold"`
    Threshold(ThresholdKeys),
    /// `behavior = "sample"`
    Sample(SampleKeys),
    /// No stock behaviour: one of the project's own, whose behavior.toml tells what these are, or an unknown one.
    Own(Vec<(Spanned<String>, Field<Raw>)>),
    /// Missing or faulty.
    #[default]
    Unknown,
}

/// One `[tasks.NAME]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TaskEntry {
    /// The whole entry.
    pub span: Span,
    /// Keys of every task.
    pub common: CommonTaskKeys,
    /// Keys of its behaviour.
    pub behavior_keys: BehaviorKeys,
}

impl TaskEntry {
    /// Reads a task by its own `behavior` or `code`.
    pub fn read(reader: &mut Reader, name: &str, value: &TomlValue<'_>) -> Option<TaskEntry> {
        let mut table = reader.table(name, value)?;
        let span = reader.span(value.span());
        let common = CommonTaskKeys::take(reader, &mut table);
        let behavior_keys = match (&common.behavior, &common.code) {
            (Field::Given(behavior), _) => {
                let title = format!("`[tasks.{name}]` with behavior `{}`", behavior.value);
                take_keys(reader, table, &behavior.value, &title)
            }
            (Field::Absent, Field::Given(_)) => {
                table.finish(reader, &format!("`[tasks.{name}]` with `code`"), key_owner);
                BehaviorKeys::Code
            }
            (Field::Absent, Field::Absent) => {
                table.finish_without_kind(reader, &format!("`[tasks.{name}]`"), &["behavior", "code"]);
                BehaviorKeys::Unknown
            }
            // Without a behaviour every key would be unknown: one fault is enough.
            _ => BehaviorKeys::Unknown,
        };
        Some(TaskEntry { span, common, behavior_keys })
    }

    /// Reads an override, whose behaviour is that of the task it overrides.
    pub fn read_override(
        reader: &mut Reader,
        name: &str,
        value: &TomlValue<'_>,
        base: Option<&BehaviorKeys>,
    ) -> Option<TaskEntry> {
        let mut table = reader.table(name, value)?;
        let span = reader.span(value.span());
        let common = CommonTaskKeys::take(reader, &mut table);
        let title = format!("the override of `[tasks.{name}]`");
        let behavior_keys = match base {
            Some(BehaviorKeys::Code) => {
                table.finish(reader, &title, key_owner);
                BehaviorKeys::Code
            }
            Some(BehaviorKeys::Own(_)) => BehaviorKeys::Own(own_keys(reader, &table)),
            Some(base) => take_keys(reader, table, base.word().unwrap_or_default(), &title),
            None => BehaviorKeys::Unknown,
        };
        Some(TaskEntry { span, common, behavior_keys })
    }

    /// Takes over what `other`, an override of the same behaviour, says.
    pub fn overlay(&mut self, other: TaskEntry) {
        let CommonTaskKeys { every, rate, .. } = &other.common;
        // One period replaces the other, however each is spelled.
        if !every.is_absent() || !rate.is_absent() {
            self.common.every = Field::Absent;
            self.common.rate = Field::Absent;
        }
        self.common.overlay(other.common);
        match (&mut self.behavior_keys, other.behavior_keys) {
            (BehaviorKeys::Blink(keys), BehaviorKeys::Blink(other)) => keys.overlay(other),
            (BehaviorKeys::Button(keys), BehaviorKeys::Button(other)) => keys.overlay(other),
            (BehaviorKeys::Toggle(keys), BehaviorKeys::Toggle(other)) => keys.overlay(other),
            (BehaviorKeys::Print(keys), BehaviorKeys::Print(other)) => keys.overlay(other),
            (BehaviorKeys::Echo(keys), BehaviorKeys::Echo(other)) => keys.overlay(other),
            (BehaviorKeys::Drive(keys), BehaviorKeys::Drive(other)) => keys.overlay(other),
            (BehaviorKeys::Threshold(keys), BehaviorKeys::Threshold(other)) => keys.overlay(other),
            (BehaviorKeys::Sample(keys), BehaviorKeys::Sample(other)) => keys.overlay(other),
            (BehaviorKeys::Own(keys), BehaviorKeys::Own(other)) => {
                for (key, value) in other {
                    match keys.iter_mut().find(|(known, _)| known.value == key.value) {
                        Some(known) => *known = (key, value),
                        None => keys.push((key, value)),
                    }
                }
            }
            _ => {}
        }
    }
}

impl BehaviorKeys {
    /// The stock behaviour that these keys belong to.
    pub fn word(&self) -> Option<&'static str> {
        match self {
            BehaviorKeys::Blink(_) => Some("blink"),
            BehaviorKeys::Button(_) => Some("button"),
            BehaviorKeys::Toggle(_) => Some("toggle"),
            BehaviorKeys::Print(_) => Some("print"),
            BehaviorKeys::Echo(_) => Some("echo"),
            BehaviorKeys::Drive(_) => Some("drive"),
            BehaviorKeys::Threshold(_) => Some("threshold"),
            BehaviorKeys::Sample(_) => Some("sample"),
            BehaviorKeys::Code | BehaviorKeys::Own(_) | BehaviorKeys::Unknown => None,
        }
    }
}

fn take_keys(reader: &mut Reader, mut table: Table<'_, '_>, behavior: &str, title: &str) -> BehaviorKeys {
    let keys = match behavior {
        "blink" => BehaviorKeys::Blink(BlinkKeys::take(reader, &mut table)),
        "button" => BehaviorKeys::Button(ButtonKeys::take(reader, &mut table)),
        "toggle" => BehaviorKeys::Toggle(ToggleKeys::take(reader, &mut table)),
        "print" => BehaviorKeys::Print(PrintKeys::take(reader, &mut table)),
        "echo" => BehaviorKeys::Echo(EchoKeys::take(reader, &mut table)),
        "drive" => BehaviorKeys::Drive(DriveKeys::take(reader, &mut table)),
        "threshold" => BehaviorKeys::Threshold(ThresholdKeys::take(reader, &mut table)),
        "sample" => BehaviorKeys::Sample(SampleKeys::take(reader, &mut table)),
        _ => return BehaviorKeys::Own(own_keys(reader, &table)),
    };
    table.finish(reader, title, key_owner);
    keys
}

/// The keys that not every task has, in the order of the file.
fn own_keys(reader: &mut Reader, table: &Table<'_, '_>) -> Vec<(Spanned<String>, Field<Raw>)> {
    let own = table.in_file_order(reader).into_iter().filter(|(key, _)| !CommonTaskKeys::has(key));
    own.map(|(key, value)| {
        let field = reader.value(&key, value);
        (key, field)
    })
    .collect()
}

/// Which behaviours have a key.
fn key_owner(key: &str) -> Option<String> {
    let owners: Vec<&str> = [
        ("blink", BlinkKeys::KEYS),
        ("button", ButtonKeys::KEYS),
        ("toggle", ToggleKeys::KEYS),
        ("print", PrintKeys::KEYS),
        ("echo", EchoKeys::KEYS),
        ("drive", DriveKeys::KEYS),
        ("threshold", ThresholdKeys::KEYS),
        ("sample", SampleKeys::KEYS),
    ]
    .into_iter()
    .filter(|(_, keys)| keys.iter().any(|info| info.name == key))
    .map(|(behavior, _)| behavior)
    .collect();
    listed("behavior", &owners)
}
