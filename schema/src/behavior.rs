//! The shape of a behavior.toml: `behaviors/NAME/` in a project.
//!
//! In: text. Out: [`BehaviorFile`] and all faults of reading. It is read like app.toml, so that its faults are shown as
//! nicely. What the file means is the chain's business.

use crate::app::Named;
use crate::device::{KeyKeys, entries};
use crate::read::{ReadFault, Reader, Table, fault_span};
use crate::span::{SourceId, Span};
use crate::{choice, table};

choice! {
    /// Whether tasks of a behaviour have a ticker.
    pub enum Pace {
        /// They have none.
        None = "none",
        /// They need `every` or `rate`.
        Required = "required",
    }
}

choice! {
    /// What a behaviour is given of the chip.
    pub enum PartKind {
        /// A pin that it drives.
        Output = "output",
        /// A pin that it reads.
        Input = "input",
        /// A pin that it pulses.
        Pwm = "pwm",
        /// An analog input.
        Adc = "adc",
        /// What bytes come from.
        Reader = "reader",
        /// What bytes go to.
        Writer = "writer",
    }
}

table! {
    /// Keys before the first table.
    pub struct BehaviorFileKeys {
        /// One line.
        "description" => description: String,
        /// Whether its tasks have a ticker.
        "pace" => pace: Pace,
    }
}

table! {
    /// `[subscribes.NAME]` and `[publishes.NAME]`: a channel, in the order in which a task names its channels.
    pub struct EndKeys {
        /// What the channel carries: a type as `[channels]` has it, or `any`.
        "message" => message: String,
        /// One line.
        "description" => description: String,
    }
}

table! {
    /// `[uses.NAME]`: a key of the task that names a peripheral.
    pub struct PartKeys {
        /// What it must be.
        "kind" => kind: PartKind,
        /// One line.
        "description" => description: String,
    }
}

/// A whole behavior.toml.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BehaviorFile {
    /// The start of the file, for what is missing in it.
    pub span: Span,
    /// The keys before the first table.
    pub behavior: BehaviorFileKeys,
    /// `[subscribes.*]`
    pub subscribes: Vec<Named<EndKeys>>,
    /// `[publishes.*]`
    pub publishes: Vec<Named<EndKeys>>,
    /// `[uses.*]`
    pub uses: Vec<Named<PartKeys>>,
    /// `[keys.*]`
    pub keys: Vec<Named<KeyKeys>>,
}

/// Reads a behavior.toml. Everything that can be read is; the faults are in the order of the file.
pub fn read(source: SourceId, text: &str) -> (BehaviorFile, Vec<ReadFault>) {
    let mut reader = Reader::new(source);
    let document = reader.parse(text);
    let mut top = Table::new(document.get_ref());
    let file = BehaviorFile {
        span: reader.span(0..0),
        behavior: BehaviorFileKeys::take(&mut reader, &mut top),
        subscribes: entries(&mut reader, &mut top, "subscribes", EndKeys::take),
        publishes: entries(&mut reader, &mut top, "publishes", EndKeys::take),
        uses: entries(&mut reader, &mut top, "uses", PartKeys::take),
        keys: entries(&mut reader, &mut top, "keys", KeyKeys::take),
    };
    top.finish(&mut reader, "behavior.toml", |_| None);
    reader.faults.sort_by_key(fault_span);
    (file, reader.faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_keep_the_order_of_the_file_and_every_fault_is_found() {
        let text = "\
pace = \"sometimes\"
[uses.lamp]
kind = \"output\"
[uses.bell]
kind = \"output\"
volume = 3
[subscribes.alarms]
message = \"bool\"
";
        let (file, faults) = read(SourceId::default(), text);
        let names: Vec<&str> = file.uses.iter().map(|named| named.name.as_str()).collect();
        assert_eq!(names, ["lamp", "bell"]);
        assert!(matches!(&faults[0], ReadFault::BadChoice { text, .. } if text == "sometimes"));
        assert!(matches!(&faults[1], ReadFault::UnknownKey { key, .. } if key == "volume"));
        assert_eq!(faults.len(), 2, "{faults:?}");
    }
}
