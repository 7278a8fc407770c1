//! A scenario, `tests/*.toml`, as it is written: every key optional, every value with its place, no name linked.
//!
//! In: text. Out: [`ScenarioFile`] and all faults of reading. The meaning is given by `fwc-scenario`'s check.

use toml::de::DeValue;

use crate::read::{
    Field, Pair, ReadFault, ReadValue, Reader, Table, TomlValue, bad_quantity, fault_span, listed,
};
use crate::span::{SourceId, Span, Spanned};
use crate::table;
use crate::units::{self, Duration, Millionths, Quantity, Ratio, Voltage};

table! {
    /// The head of a scenario.
    pub struct ScenarioKeys {
        /// How long it runs, in simulated time.
        "run-for" => run_for: Duration,
    }
}

table! {
    /// `[compare]`: how two runs of the scenario in different places are compared.
    pub struct CompareKeys {
        /// How much earlier or later something may happen in one of them.
        "tolerance" => tolerance: Duration,
    }
}

table! {
    /// `[[step]]`: what the world does to the board at a moment.
    pub struct StepKeys {
        /// When.
        "at" => at: Duration,
        /// Inputs (true is active), voltages of adcs, readings of devices.
        "set" => set: Entries<Setting>,
        /// Bytes into uarts.
        "send" => send: Entries<String>,
        /// Faults of buses, uarts and adcs: `nack`, `framing`, `none` and others.
        "fault" => fault: Entries<Fault>,
        /// What happens to the chip itself: a brown-out, a clock that is off.
        "chip" => chip: ChipEvent,
    }
}

table! {
    /// A fault that has an amount: `{ short = 1 }`.
    pub struct FaultKeys {
        /// Of each read, a part gives so many bytes.
        "short" => short: u16,
        /// So much is added to a voltage at most, or taken from it, each time that it is read.
        "noise" => noise: Voltage,
        /// What the noise is drawn from.
        "seed" => seed: u32,
    }
}

table! {
    /// What happens to the chip, where it matters how much.
    pub struct ChipKeys {
        /// How fast its clock is from then on.
        "drift" => drift: Drift,
    }
}

table! {
    /// When an expectation holds: one of these.
    pub struct WhenKeys {
        /// Becomes true at some moment up to then.
        "by" => by: Duration,
        /// Is true at that moment.
        "at" => at: Duration,
        /// Is true all along, or happens within.
        "between" => between: Pair<Duration>,
    }
}

table! {
    /// What is expected of an output.
    pub struct OutputExpectKeys {
        /// The output.
        "output" => output: String,
        /// Whether it is active.
        "is" => is: bool,
        /// How often it changes.
        "edges" => edges: OneOrTwo<u32>,
    }
}

table! {
    /// What is expected of a pwm.
    pub struct PwmExpectKeys {
        /// The pwm.
        "pwm" => pwm: String,
        /// Its duty.
        "duty" => duty: OneOrTwo<Ratio>,
    }
}

table! {
    /// What is expected of a device that people look at.
    pub struct DeviceExpectKeys {
        /// The device.
        "device" => device: String,
        /// A piece of a line that it shows.
        "shows" => shows: String,
    }
}

table! {
    /// What is expected of a uart.
    pub struct UartExpectKeys {
        /// The uart.
        "uart" => uart: String,
        /// A piece of what it sends.
        "contains" => contains: String,
    }
}

table! {
    /// What is expected of a channel.
    pub struct ChannelExpectKeys {
        /// The channel.
        "channel" => channel: String,
        /// How many messages it carries.
        "messages" => messages: OneOrTwo<u32>,
        /// A field of its messages.
        "field" => field: String,
        /// It is greater than that.
        "above" => above: f64,
        /// It is less than that.
        "below" => below: f64,
        /// It is that.
        "equals" => equals: Scalar,
    }
}

table! {
    /// What is expected of the log.
    pub struct LogExpectKeys {
        /// A piece of a message.
        "log" => log: String,
    }
}

/// What an expectation is about.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum SubjectKeys {
    /// `output = "…"`
    Output(OutputExpectKeys),
    /// `pwm = "…"`
    Pwm(PwmExpectKeys),
    /// `device = "…"`
    Device(DeviceExpectKeys),
    /// `uart = "…"`
    Uart(UartExpectKeys),
    /// `channel = "…"`
    Channel(ChannelExpectKeys),
    /// `log = "…"`
    Log(LogExpectKeys),
    /// None of these, or more than one.
    #[default]
    Unknown,
}

/// The keys that say what an expectation is about.
pub const SUBJECTS: &[&str] = &["output", "pwm", "device", "uart", "channel", "log"];

/// One value, or the two ends of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OneOrTwo<T> {
    /// `4`
    One(Spanned<T>),
    /// `[3, 5]`
    Two(Pair<T>),
}

impl<T: ReadValue + Copy> ReadValue for OneOrTwo<T> {
    fn read(reader: &mut Reader, key: &str, value: &TomlValue<'_>) -> Option<OneOrTwo<T>> {
        if value.get_ref().is_array() {
            return Pair::read(reader, key, value).map(OneOrTwo::Two);
        }
        T::read(reader, key, value).map(|one| OneOrTwo::One(Spanned::new(one, reader.span(value.span()))))
    }
}

/// A table of names that are the user's own, each with a value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entries<T>(pub Vec<Entry<T>>);

/// A name and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry<T> {
    /// The name.
    pub name: Spanned<String>,
    /// The value.
    pub value: Field<T>,
}

impl<T: ReadValue> ReadValue for Entries<T> {
    fn read(reader: &mut Reader, key: &str, value: &TomlValue<'_>) -> Option<Entries<T>> {
        let table = reader.table(key, value)?;
        let entries = table.in_file_order(reader).into_iter();
        let read = entries.map(|(name, value)| Entry { value: reader.value(&name.value, value), name });
        Some(Entries(read.collect()))
    }
}

/// What a step sets.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting {
    /// An input: `true` is active.
    Active(bool),
    /// The voltage of an adc.
    Voltage(Voltage),
    /// Readings of a device, by name.
    Readings(Entries<f64>),
    /// A text or a number that is no voltage, and why. Whether it should be one depends on what is set.
    NoVoltage(Box<ReadFault>),
}

impl ReadValue for Setting {
    fn read(reader: &mut Reader, key: &str, value: &TomlValue<'_>) -> Option<Setting> {
        match value.get_ref() {
            DeValue::Boolean(active) => Some(Setting::Active(*active)),
            DeValue::Table(_) => Entries::read(reader, key, value).map(Setting::Readings),
            DeValue::String(_) | DeValue::Integer(_) | DeValue::Float(_) => {
                if let Some(voltage) = Voltage::read(reader, key, value) {
                    return Some(Setting::Voltage(voltage));
                }
                reader.faults.pop().map(|fault| Setting::NoVoltage(Box::new(fault)))
            }
            _ => {
                let expected = "`true` or `false`, a voltage such as `\"1250mV\"`, or a table of readings";
                reader.wrong_type(key, expected, value);
                None
            }
        }
    }
}

/// What is to be wrong with something.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// A word: `"nack"`.
    Word(String),
    /// A table, where it matters how much.
    Keys(FaultKeys),
}

impl ReadValue for Fault {
    fn read(reader: &mut Reader, key: &str, value: &TomlValue<'_>) -> Option<Fault> {
        let expected = "a word such as `\"nack\"`, or a table such as `{ short = 1 }`";
        word_or_table(reader, key, value, expected, Fault::Word, |reader, table| {
            ("a fault", Fault::Keys(FaultKeys::take(reader, table)))
        })
    }
}

/// How fast a clock is, in parts per million of its rate; one that is slow has a negative number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drift(pub i64);

impl ReadValue for Drift {
    fn read(reader: &mut Reader, key: &str, value: &TomlValue<'_>) -> Option<Drift> {
        let Some(text) = value.get_ref().as_str() else {
            // A bare number and anything else are told as for every quantity.
            return Millionths::read(reader, key, value).map(|amount| Drift(amount.steps().cast_signed()));
        };
        let (sign, amount) = match text.trim().strip_prefix('-') {
            Some(amount) => (-1, amount),
            None => (1, text),
        };
        match units::parse::<Millionths>(amount) {
            Ok(amount) => Some(Drift(sign * amount.steps().cast_signed())),
            Err(fault) => {
                let span = reader.span(value.span());
                reader.faults.push(bad_quantity::<Millionths>(key, text.to_string(), fault, span));
                None
            }
        }
    }
}

/// What happens to the chip.
#[derive(Clone, Debug, PartialEq)]
pub enum ChipEvent {
    /// A word: `"brown-out"`.
    Word(String),
    /// A table, where it matters how much.
    Keys(ChipKeys),
}

impl ReadValue for ChipEvent {
    fn read(reader: &mut Reader, key: &str, value: &TomlValue<'_>) -> Option<ChipEvent> {
        let expected = "`\"brown-out\"`, or a table such as `{ drift = \"50ppm\" }`";
        word_or_table(reader, key, value, expected, ChipEvent::Word, |reader, table| {
            let keys = ChipKeys::take(reader, table);
            ("`chip`", ChipEvent::Keys(keys))
        })
    }
}

/// A word, or a table of keys, whose name for messages comes with what they mean.
fn word_or_table<T>(
    reader: &mut Reader,
    key: &str,
    value: &TomlValue<'_>,
    expected: &str,
    word: impl FnOnce(String) -> T,
    take: impl FnOnce(&mut Reader, &mut Table<'_, '_>) -> (&'static str, T),
) -> Option<T> {
    match value.get_ref() {
        DeValue::String(text) => Some(word(text.to_string())),
        DeValue::Table(_) => {
            let mut table = reader.table(key, value)?;
            let (what, keys) = take(reader, &mut table);
            let faults = reader.faults.len();
            table.finish(reader, what, |_| None);
            // What it says may be in the key that nobody knows.
            (reader.faults.len() == faults).then_some(keys)
        }
        _ => {
            reader.wrong_type(key, expected, value);
            None
        }
    }
}

/// A single value that a message can hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// A truth value.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text, or the value of an enum message.
    Text(String),
}

impl ReadValue for Scalar {
    fn read(reader: &mut Reader, key: &str, value: &TomlValue<'_>) -> Option<Scalar> {
        match value.get_ref() {
            DeValue::Boolean(flag) => Some(Scalar::Bool(*flag)),
            DeValue::String(text) => Some(Scalar::Text(text.to_string())),
            DeValue::Integer(_) | DeValue::Float(_) => f64::read(reader, key, value).map(Scalar::Number),
            _ => {
                reader.wrong_type(key, "a number, a text, or `true` or `false`", value);
                None
            }
        }
    }
}

/// One `[[step]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct StepEntry {
    /// The whole entry.
    pub span: Span,
    /// Its keys.
    pub keys: StepKeys,
}

/// One `[[expect]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpectEntry {
    /// The whole entry.
    pub span: Span,
    /// When it holds.
    pub when: WhenKeys,
    /// The keys that say what it is about, as they stand in the file.
    pub subjects: Vec<Spanned<&'static str>>,
    /// What it is about.
    pub keys: SubjectKeys,
    /// Whether it has keys that nobody knows: what is missing may be among them.
    pub has_unknown_keys: bool,
}

/// A whole scenario.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScenarioFile {
    /// The whole file.
    pub span: Span,
    /// Its head.
    pub keys: ScenarioKeys,
    /// `[compare]`.
    pub compare: CompareKeys,
    /// In the order of the file.
    pub steps: Vec<StepEntry>,
    /// In the order of the file.
    pub expects: Vec<ExpectEntry>,
}

/// Reads a scenario. Everything that can be read is; the second part holds the rest, in file order.
pub fn read(source: SourceId, text: &str) -> (ScenarioFile, Vec<ReadFault>) {
    let mut reader = Reader::new(source);
    let document = reader.parse(text);
    let mut top = Table::new(document.get_ref());
    let keys = ScenarioKeys::take(&mut reader, &mut top);
    let compare = read_compare(&mut reader, &mut top);
    let steps = list(&mut reader, &mut top, "step", read_step);
    let expects = list(&mut reader, &mut top, "expect", read_expect);
    top.finish(&mut reader, "a scenario", |key| match key {
        _ if StepKeys::has(key) => Some("`[[step]]`".to_string()),
        "tolerance" => Some("`[compare]`".to_string()),
        _ if SUBJECTS.contains(&key) => Some("`[[expect]]`".to_string()),
        _ => None,
    });
    reader.faults.sort_by_key(fault_span);
    let span = reader.span(0..text.len());
    (ScenarioFile { span, keys, compare, steps, expects }, reader.faults)
}

fn read_compare(reader: &mut Reader, parent: &mut Table<'_, '_>) -> CompareKeys {
    let Some(value) = parent.take("compare") else { return CompareKeys::default() };
    let Some(mut table) = reader.table("compare", value) else { return CompareKeys::default() };
    let keys = CompareKeys::take(reader, &mut table);
    table.finish(reader, "`[compare]`", |_| None);
    keys
}

/// Reads every table of a list `[[NAME]]`.
fn list<T>(
    reader: &mut Reader,
    parent: &mut Table<'_, '_>,
    name: &str,
    mut read: impl FnMut(&mut Reader, &TomlValue<'_>) -> Option<T>,
) -> Vec<T> {
    let Some(value) = parent.take(name) else { return Vec::new() };
    match value.get_ref().as_array() {
        Some(items) => items.iter().filter_map(|item| read(reader, item)).collect(),
        None => {
            reader.wrong_type(name, &format!("a list, each of which begins with `[[{name}]]`"), value);
            Vec::new()
        }
    }
}

fn read_step(reader: &mut Reader, value: &TomlValue<'_>) -> Option<StepEntry> {
    let mut table = reader.table("step", value)?;
    let keys = StepKeys::take(reader, &mut table);
    table.finish(reader, "`[[step]]`", |_| None);
    Some(StepEntry { span: reader.span(value.span()), keys })
}

fn read_expect(reader: &mut Reader, value: &TomlValue<'_>) -> Option<ExpectEntry> {
    let mut table = reader.table("expect", value)?;
    let span = reader.span(value.span());
    let subjects: Vec<Spanned<&'static str>> = table
        .in_file_order(reader)
        .into_iter()
        .filter_map(|(key, _)| {
            let subject = SUBJECTS.iter().find(|subject| **subject == key.value)?;
            Some(Spanned::new(*subject, key.span))
        })
        .collect();
    let when = WhenKeys::take(reader, &mut table);
    let [subject] = subjects.as_slice() else {
        if subjects.is_empty() {
            table.finish_without_kind(reader, "`[[expect]]`", SUBJECTS);
        }
        let keys = SubjectKeys::Unknown;
        return Some(ExpectEntry { span, when, subjects, keys, has_unknown_keys: false });
    };
    let keys = match subject.value {
        "output" => SubjectKeys::Output(OutputExpectKeys::take(reader, &mut table)),
        "pwm" => SubjectKeys::Pwm(PwmExpectKeys::take(reader, &mut table)),
        "device" => SubjectKeys::Device(DeviceExpectKeys::take(reader, &mut table)),
        "uart" => SubjectKeys::Uart(UartExpectKeys::take(reader, &mut table)),
        "channel" => SubjectKeys::Channel(ChannelExpectKeys::take(reader, &mut table)),
        _ => SubjectKeys::Log(LogExpectKeys::take(reader, &mut table)),
    };
    let faults = reader.faults.len();
    table.finish(reader, &format!("`[[expect]]` with `{}`", subject.value), subject_with);
    Some(ExpectEntry { span, when, subjects, keys, has_unknown_keys: reader.faults.len() > faults })
}

/// Which kinds of expectation have a key.
fn subject_with(key: &str) -> Option<String> {
    let owners: Vec<&str> = [
        ("output", OutputExpectKeys::KEYS),
        ("pwm", PwmExpectKeys::KEYS),
        ("device", DeviceExpectKeys::KEYS),
        ("uart", UartExpectKeys::KEYS),
        ("channel", ChannelExpectKeys::KEYS),
    ]
    .into_iter()
    .filter(|(_, keys)| keys.iter().any(|info| info.name == key))
    .map(|(subject, _)| subject)
    .collect();
    listed("an expectation with", &owners)
}
