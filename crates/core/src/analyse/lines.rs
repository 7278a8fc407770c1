//! What a channel carries to the shortest and the longest line that `print` makes of it.
//!
//! The runtime's `record.rs` writes the lines; what is counted here is what is written there.

use fwc_schema::app::{Primitive, PrintFormat};

use crate::app::{App, Channel, MessageKind, Type};

/// Lengths in characters. They are kept from overflowing, because a file may nest messages without end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Lengths {
    pub(super) shortest: u64,
    pub(super) longest: u64,
}

impl Lengths {
    fn of(shortest: u64, longest: u64) -> Lengths {
        Lengths { shortest, longest }
    }

    fn exactly(length: u64) -> Lengths {
        Lengths::of(length, length)
    }

    fn plus(self, other: Lengths) -> Lengths {
        let shortest = self.shortest.saturating_add(other.shortest);
        Lengths::of(shortest, self.longest.saturating_add(other.longest))
    }

    fn and(self, more: u64) -> Lengths {
        self.plus(Lengths::exactly(more))
    }

    fn times(self, count: u64) -> Lengths {
        Lengths::of(self.shortest.saturating_mul(count), self.longest.saturating_mul(count))
    }
}

/// The values of a message in one format: their own lengths, and how many of them the text has the path to.
#[derive(Clone, Copy, Debug, Default)]
struct Values {
    lengths: Lengths,
    paths: u64,
}

impl Values {
    /// A value, or several, without a path.
    fn bare(lengths: Lengths) -> Values {
        Values { lengths, paths: 0 }
    }

    fn plus(self, other: Values) -> Values {
        Values { lengths: self.lengths.plus(other.lengths), paths: self.paths.saturating_add(other.paths) }
    }

    fn times(self, count: u64) -> Values {
        Values { lengths: self.lengths.times(count), paths: self.paths.saturating_mul(count) }
    }

    /// The same with a step of the path in front of each.
    fn below(self, step: u64) -> Values {
        Values { lengths: self.lengths.and(self.paths.saturating_mul(step)), paths: self.paths }
    }
}

/// The lines of a channel.
pub(super) fn of(app: &App, channel: &Channel, format: PrintFormat) -> Lengths {
    let mut printer = Printer { app, format, messages: vec![Values::default(); app.messages.len()] };
    for id in app.messages_inside_out() {
        printer.messages[id.index()] = printer.message(&app.message(id).kind);
    }
    let head = channel.name.value.len() as u64;
    let head = match format {
        PrintFormat::Text => Lengths::exactly(head + ":".len() as u64),
        PrintFormat::Csv => MILLISECONDS.and(head + ",".len() as u64),
        PrintFormat::Json => MILLISECONDS.and(head + r#"{"channel":"","ms":}"#.len() as u64),
    };
    head.plus(printer.line(&channel.carries)).and("\r\n".len() as u64)
}

/// Milliseconds since boot: from ten seconds on, and up to thirty years.
const MILLISECONDS: Lengths = Lengths { shortest: 5, longest: 12 };

struct Printer<'a> {
    app: &'a App,
    format: PrintFormat,
    /// Of each message, with no path in front.
    messages: Vec<Values>,
}

impl Printer<'_> {
    /// The values of a line, with what stands before each.
    fn line(&self, carries: &Type) -> Lengths {
        match (self.format, carries) {
            (PrintFormat::Text, Type::Array(item, count)) if self.has_fields(item) => {
                self.elements(item, *count).lengths
            }
            (PrintFormat::Text, Type::Message(id)) if self.has_fields(carries) => {
                self.messages[id.index()].lengths
            }
            (PrintFormat::Text, _) => self.plain(carries).and(" ".len() as u64),
            (PrintFormat::Csv, _) => self.plain(carries),
            // A comma in front instead of the braces around.
            (PrintFormat::Json, Type::Message(_)) if self.has_fields(carries) => {
                let Lengths { shortest, longest } = self.plain(carries);
                Lengths::of(shortest.saturating_sub(1), longest.saturating_sub(1))
            }
            (PrintFormat::Json, _) => self.plain(carries).and(r#","value":"#.len() as u64),
        }
    }

    /// All values of a message, of which those of the ones inside of it are known.
    fn message(&self, kind: &MessageKind) -> Values {
        match kind {
            MessageKind::Record(fields) => {
                let values =
                    fields.iter().map(|(name, carries)| self.field(name.value.len() as u64, carries));
                let all = values.fold(Values::default(), Values::plus);
                match self.format {
                    PrintFormat::Json => Values::bare(all.lengths.and((fields.len() as u64).max(1) + 1)),
                    PrintFormat::Text | PrintFormat::Csv => all,
                }
            }
            MessageKind::Enum(values) => {
                let lengths = values.iter().map(|value| value.value.len() as u64);
                let (shortest, longest) = (lengths.clone().min(), lengths.max());
                let name = Lengths::of(shortest.unwrap_or_default(), longest.unwrap_or_default());
                Values::bare(self.scalar(self.quoted(name)))
            }
            // It is never printed.
            MessageKind::Rust(_) => Values::default(),
        }
    }

    fn field(&self, name: u64, carries: &Type) -> Values {
        match (self.format, carries) {
            (PrintFormat::Text, Type::Array(item, count)) if self.has_fields(item) => {
                self.elements(item, *count).below(name + 1)
            }
            (PrintFormat::Text, Type::Message(id)) if self.has_fields(carries) => {
                self.messages[id.index()].below(name + 1)
            }
            (PrintFormat::Text, _) => {
                Values { lengths: self.plain(carries).and(name + " =".len() as u64), paths: 1 }
            }
            (PrintFormat::Csv, _) => Values::bare(self.plain(carries)),
            (PrintFormat::Json, _) => Values::bare(self.plain(carries).and(name + r#""":"#.len() as u64)),
        }
    }

    /// The messages of an array as text, each under its number.
    fn elements(&self, item: &Type, count: u32) -> Values {
        let mut all = Values::default();
        let (mut digits, mut first) = (1, 0_u64);
        while first < u64::from(count) {
            let next = 10_u64.pow(digits).min(u64::from(count));
            all = all.plus(self.field(u64::from(digits), item).times(next - first));
            (digits, first) = (digits + 1, next);
        }
        all
    }

    /// A value without its name: with its separator as CSV, with its brackets and braces as text and JSON.
    fn plain(&self, carries: &Type) -> Lengths {
        match carries {
            Type::Primitive(primitive) => self.scalar(number(*primitive)),
            Type::String(bytes) => self.scalar(self.quoted(Lengths::of(0, u64::from(*bytes)))),
            Type::Message(id) => self.messages[id.index()].lengths,
            Type::Array(item, count) => {
                let count = u64::from(*count);
                let all = self.plain(item).times(count);
                match self.format {
                    PrintFormat::Csv => all,
                    PrintFormat::Text | PrintFormat::Json => all.and(count.max(1) + 1),
                }
            }
        }
    }

    /// A value that is one piece.
    fn scalar(&self, value: Lengths) -> Lengths {
        match self.format {
            PrintFormat::Csv => value.and(",".len() as u64),
            PrintFormat::Text | PrintFormat::Json => value,
        }
    }

    /// A string, or the name of an enum's value.
    fn quoted(&self, value: Lengths) -> Lengths {
        match self.format {
            PrintFormat::Json => value.and("\"\"".len() as u64),
            PrintFormat::Text | PrintFormat::Csv => value,
        }
    }

    fn has_fields(&self, carries: &Type) -> bool {
        match carries {
            Type::Message(id) => matches!(self.app.message(*id).kind, MessageKind::Record(_)),
            Type::Array(item, _) => self.has_fields(item),
            Type::Primitive(_) | Type::String(_) => false,
        }
    }
}

/// Of floats the digits that carry something: about 7 of an `f32` and 15 of an `f64`, two of them after the point.
fn number(primitive: Primitive) -> Lengths {
    let (shortest, longest) = match primitive {
        Primitive::Bool => ("true", "false"),
        Primitive::U8 => ("0", "255"),
        Primitive::U16 => ("0", "65535"),
        Primitive::U32 => ("0", "4294967295"),
        Primitive::U64 => ("0", "18446744073709551615"),
        Primitive::I8 => ("0", "-128"),
        Primitive::I16 => ("0", "-32768"),
        Primitive::I32 => ("0", "-2147483648"),
        Primitive::I64 => ("0", "-9223372036854775808"),
        Primitive::F32 => ("NaN", "-12345.67"),
        Primitive::F64 => ("NaN", "-1234567890123.45"),
    };
    Lengths::of(shortest.len() as u64, longest.len() as u64)
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::catalog::Catalog;
    use crate::check::CheckOptions;
    use crate::check_text;

    const MESSAGES: &str = r#"
        [messages.Mode]
        values = ["off", "on", "away"]
        [messages.Inner]
        fields = { mode = "Mode", level = "u8" }
        [messages.Deep]
        fields = { inner = "Inner", pair = "[Inner; 2]", ids = "[u8; 3]", name = "string<4>" }
    "#;

    /// The lengths of a channel `c` against the shortest and the longest line, written out.
    #[track_caller]
    fn check(message: &str, format: PrintFormat, shortest: &str, longest: &str) {
        static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::default);
        let text = format!(
            "[app]\nname = \"lines\"\nboard = \"rpi-pico\"\n{MESSAGES}\n[channels.c]\nmessage = \"{message}\"\n\
             kind = \"channel\"\n[tasks.one]\ncode = \"one\"\npublishes = \"c\"\n[tasks.two]\ncode = \"two\"\n\
             subscribes = \"c\"\n"
        );
        let checked = check_text(&text, &CATALOG, &CheckOptions::default());
        let app = checked.value.unwrap_or_else(|| panic!("{:#?}", checked.diagnostics));
        let length = |line: &str| line.len() as u64 + 2;
        let expected = Lengths::of(length(shortest), length(longest));
        assert_eq!(of(&app, &app.channels[0], format), expected, "{shortest}\n{longest}");
    }

    #[test]
    fn plain_values() {
        check("bool", PrintFormat::Text, "c: true", "c: false");
        check("u8", PrintFormat::Csv, "c,10000,0", "c,123456789012,255");
        check(
            "i16",
            PrintFormat::Json,
            r#"{"channel":"c","ms":10000,"value":0}"#,
            r#"{"channel":"c","ms":123456789012,"value":-32768}"#,
        );
        check("Mode", PrintFormat::Text, "c: on", "c: away");
        check(
            "Mode",
            PrintFormat::Json,
            r#"{"channel":"c","ms":10000,"value":"on"}"#,
            r#"{"channel":"c","ms":123456789012,"value":"away"}"#,
        );
        check("string<3>", PrintFormat::Csv, "c,10000,", "c,123456789012,abc");
    }

    #[test]
    fn messages_in_messages_have_the_path_to_each_value() {
        check(
            "Deep",
            PrintFormat::Text,
            "c: inner.mode=on inner.level=0 pair.0.mode=on pair.0.level=0 pair.1.mode=on pair.1.level=0 ids=[0,0,0] name=",
            "c: inner.mode=away inner.level=255 pair.0.mode=away pair.0.level=255 pair.1.mode=away pair.1.level=255 \
             ids=[255,255,255] name=abcd",
        );
        check("Deep", PrintFormat::Csv, "c,10000,on,0,on,0,on,0,0,0,0,", {
            "c,123456789012,away,255,away,255,away,255,255,255,255,abcd"
        });
        check(
            "Deep",
            PrintFormat::Json,
            r#"{"channel":"c","ms":10000,"inner":{"mode":"on","level":0},"pair":[{"mode":"on","level":0},{"mode":"on","level":0}],"ids":[0,0,0],"name":""}"#,
            r#"{"channel":"c","ms":123456789012,"inner":{"mode":"away","level":255},"pair":[{"mode":"away","level":255},{"mode":"away","level":255}],"ids":[255,255,255],"name":"abcd"}"#,
        );
    }

    #[test]
    fn arrays() {
        check("[u8; 3]", PrintFormat::Text, "c: [0,0,0]", "c: [255,255,255]");
        check("[[u8; 2]; 2]", PrintFormat::Text, "c: [[0,0],[0,0]]", "c: [[255,255],[255,255]]");
        check("[u8; 2]", PrintFormat::Csv, "c,10000,0,0", "c,123456789012,255,255");
        let numbered: Vec<String> = (0..11).map(|n| format!(" {n}.mode=on {n}.level=0")).collect();
        let longest: Vec<String> = (0..11).map(|n| format!(" {n}.mode=away {n}.level=255")).collect();
        check(
            "[Inner; 11]",
            PrintFormat::Text,
            &format!("c:{}", numbered.concat()),
            &format!("c:{}", longest.concat()),
        );
    }
}
