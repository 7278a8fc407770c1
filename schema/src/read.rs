//! TOML values to typed fields: every fault is recorded and reading goes on, so that one run finds them all.
//!
//! [`table!`](crate::table) declares a file shape once and makes its struct, its reader and its list of keys from that.

use toml::de::{DeTable, DeValue};

use crate::span::{SourceId, Span, Spanned};
use crate::units::{self, Duration, Frequency, Millionths, Quantity, QuantityFault, Ratio, Size, Voltage};

/// A value as the TOML parser hands it over.
pub type TomlValue<'i> = toml::Spanned<DeValue<'i>>;

/// One key of a table: absent, there but unusable (its fault is recorded), or read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Field<T> {
    /// The key is not in the file.
    #[default]
    Absent,
    /// The key is in the file and its value could not be read. Nothing more is to be said about it.
    Faulty(Span),
    /// The value.
    Given(Spanned<T>),
}

impl<T> Field<T> {
    /// The value, when it was read.
    pub fn get(&self) -> Option<&Spanned<T>> {
        match self {
            Field::Given(value) => Some(value),
            Field::Absent | Field::Faulty(_) => None,
        }
    }

    /// Whether the key is missing from the file.
    pub fn is_absent(&self) -> bool {
        matches!(self, Field::Absent)
    }

    /// The place of the value, read or not; none for a value that is missing behind its `=`.
    pub fn span(&self) -> Option<Span> {
        match self {
            Field::Absent => None,
            Field::Faulty(span) => (!span.range().is_empty()).then_some(*span),
            Field::Given(value) => Some(value.span),
        }
    }

    /// Takes over `other` where it was written.
    pub fn overlay(&mut self, other: Field<T>) {
        if !other.is_absent() {
            *self = other;
        }
    }
}

/// Why a part of a file could not be read.
#[derive(Clone, Debug, PartialEq)]
pub enum ReadFault {
    /// The text is not TOML.
    Syntax {
        /// The parser's words.
        message: String,
        /// Where.
        span: Span,
    },
    /// A key that its table does not have.
    UnknownKey {
        /// The key as written.
        key: String,
        /// Its place.
        span: Span,
        /// The table, for people: `[tasks.blinky]` with behavior `blink`.
        table: String,
        /// The keys that it does have, kebab-case.
        known: Vec<String>,
        /// Who does have that key, when another kind of the same table does.
        owner: Option<String>,
    },
    /// A key of an entry whose kind is not given. It may be any kind's; a fault only where it is a misspelt `meant`.
    KeyWithoutKind {
        /// The key as written.
        key: String,
        /// Its place.
        span: Span,
        /// The table, for people.
        table: String,
        /// The keys that would give the kind.
        meant: &'static [&'static str],
    },
    /// A value of another type.
    WrongType {
        /// The key.
        key: String,
        /// What would be right, with its article: "a string".
        expected: String,
        /// What is there: "an integer".
        found: &'static str,
        /// The place.
        span: Span,
    },
    /// A text that is no quantity, or a bare number where a unit is needed.
    BadQuantity {
        /// The key.
        key: String,
        /// The text or number as written.
        text: String,
        /// What is wrong with it.
        fault: QuantityFault,
        /// What the key wants: "a time".
        quantity: &'static str,
        /// How that is spelled.
        spelling: &'static str,
        /// Its units, smallest first.
        units: Vec<&'static str>,
        /// The place.
        span: Span,
    },
    /// A text that is none of the choices.
    BadChoice {
        /// The key.
        key: String,
        /// The text as written.
        text: String,
        /// The choices.
        choices: Vec<String>,
        /// The place.
        span: Span,
    },
    /// A text that is no type of a field.
    BadFieldType {
        /// The key.
        key: String,
        /// The text as written.
        text: String,
        /// The place.
        span: Span,
    },
    /// A number outside of the range of its key.
    OutOfRange {
        /// The key.
        key: String,
        /// The number as written.
        text: String,
        /// The range, for people: "0 to 255".
        range: String,
        /// The place.
        span: Span,
    },
}

/// Where a fault lies.
pub fn fault_span(fault: &ReadFault) -> Span {
    match fault {
        ReadFault::Syntax { span, .. }
        | ReadFault::UnknownKey { span, .. }
        | ReadFault::KeyWithoutKind { span, .. }
        | ReadFault::WrongType { span, .. }
        | ReadFault::BadQuantity { span, .. }
        | ReadFault::BadChoice { span, .. }
        | ReadFault::BadFieldType { span, .. }
        | ReadFault::OutOfRange { span, .. } => *span,
    }
}

/// Gathers what reading finds.
#[derive(Debug, Default)]
pub struct Reader {
    source: SourceId,
    /// All faults so far, in the order found.
    pub faults: Vec<ReadFault>,
}

impl Reader {
    /// A reader for one source file.
    pub fn new(source: SourceId) -> Reader {
        Reader { source, faults: Vec::new() }
    }

    /// Parses `text`; what is not TOML becomes faults, and the rest is still read.
    pub fn parse<'i>(&mut self, text: &'i str) -> toml::Spanned<DeTable<'i>> {
        let (document, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let end = text.len();
            let range = error.span().unwrap_or(end..end);
            let span = Span::new(self.source, range);
            self.faults.push(ReadFault::Syntax { message: error.message().to_string(), span });
        }
        document
    }

    /// The place of a parser's range.
    pub fn span(&self, range: std::ops::Range<usize>) -> Span {
        Span::new(self.source, range)
    }

    /// Reads one value under its key.
    pub fn value<T: ReadValue>(&mut self, key: &str, value: &TomlValue<'_>) -> Field<T> {
        let span = self.span(value.span());
        if is_placeholder(value) {
            return Field::Faulty(span);
        }
        match T::read(self, key, value) {
            Some(read) => Field::Given(Spanned::new(read, span)),
            None => Field::Faulty(span),
        }
    }

    /// Records that `value` has another type than `expected`.
    pub fn wrong_type(&mut self, key: &str, expected: &str, value: &TomlValue<'_>) {
        self.faults.push(ReadFault::WrongType {
            key: key.to_string(),
            expected: expected.to_string(),
            found: type_name(value.get_ref()),
            span: self.span(value.span()),
        });
    }

    /// Opens a table for reading, or records that `value` is none.
    pub fn table<'v, 'i>(&mut self, key: &str, value: &'v TomlValue<'i>) -> Option<Table<'v, 'i>> {
        match value.get_ref() {
            DeValue::Table(table) => Some(Table::new(table)),
            _ if is_placeholder(value) => None,
            _ => {
                self.wrong_type(key, "a table", value);
                None
            }
        }
    }
}

/// Whether the parser put a value where the text has none, as in `pin =`. It has said so; nothing more is to be said.
fn is_placeholder(value: &TomlValue<'_>) -> bool {
    value.span().is_empty() && !value.get_ref().is_table()
}

/// The same for a key, as in `= 3`.
fn is_missing_key(key: &toml::Spanned<std::borrow::Cow<'_, str>>) -> bool {
    key.span().is_empty()
}

/// A type's name with its article.
pub fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date-time",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}

/// A table being read: keys are taken one by one, what is left over is unknown.
pub struct Table<'v, 'i> {
    entries: &'v DeTable<'i>,
    taken: Vec<&'v str>,
    known: Vec<String>,
}

impl<'v, 'i> Table<'v, 'i> {
    /// Starts to read `entries`.
    pub fn new(entries: &'v DeTable<'i>) -> Table<'v, 'i> {
        Table { entries, taken: Vec::new(), known: Vec::new() }
    }

    /// The raw value of a key, which counts as known from now on.
    pub fn take(&mut self, key: &str) -> Option<&'v TomlValue<'i>> {
        self.known.push(key.to_string());
        let (key, value) = self.entries.get_key_value(key)?;
        self.taken.push(key.get_ref());
        Some(value)
    }

    /// Reads the value of a key.
    pub fn field<T: ReadValue>(&mut self, reader: &mut Reader, key: &str) -> Field<T> {
        match self.take(key) {
            Some(value) => reader.value(key, value),
            None => Field::Absent,
        }
    }

    /// All entries in the order of the file: key, place of the key, value.
    pub fn in_file_order(&self, reader: &Reader) -> Vec<(Spanned<String>, &'v TomlValue<'i>)> {
        let mut entries: Vec<_> = self
            .entries
            .iter()
            .filter(|(key, _)| !is_missing_key(key))
            .map(|(key, value)| (Spanned::new(key.get_ref().to_string(), reader.span(key.span())), value))
            .collect();
        entries.sort_by_key(|(key, _)| key.span);
        entries
    }

    /// Ends the reading: each key that nobody took is a fault. `owner` may know which kind of this table has it.
    pub fn finish(self, reader: &mut Reader, table: &str, owner: impl Fn(&str) -> Option<String>) {
        if self.taken.len() == self.entries.len() {
            return;
        }
        for (key, _) in self.entries {
            let name: &str = key.get_ref();
            if self.taken.contains(&name) || is_missing_key(key) {
                continue;
            }
            reader.faults.push(ReadFault::UnknownKey {
                key: name.to_string(),
                span: reader.span(key.span()),
                table: table.to_string(),
                known: self.known.clone(),
                owner: owner(name),
            });
        }
    }

    /// Ends the reading of an entry that has none of the keys `meant`, which tell what the others are.
    pub fn finish_without_kind(self, reader: &mut Reader, table: &str, meant: &'static [&'static str]) {
        for (key, _) in self.entries {
            let name: &str = key.get_ref();
            if !self.taken.contains(&name) && !is_missing_key(key) {
                let (key, span) = (name.to_string(), reader.span(key.span()));
                reader.faults.push(ReadFault::KeyWithoutKind { key, span, table: table.to_string(), meant });
            }
        }
    }
}

/// A type that one TOML value can be read into.
pub trait ReadValue: Sized {
    /// The value, or nothing and a recorded fault.
    fn read(reader: &mut Reader, key: &str, value: &TomlValue<'_>) -> Option<Self>;
}

impl ReadValue for String {
    fn read(reader: &mut Reader, key: &str, value: &TomlValue<'_>) -> Option<String> {
        let text = value.get_ref().as_str();
        if text.is_none() {
            reader.wrong_type(key, "a string", value);
        }
        text.map(str::to_string)
    }
}

impl ReadValue for bool {
    fn read(reader: &mut Reader, key: &str, value: &TomlValue<'_>) -> Option<bool> {
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            reader.wrong_type(key, "`true` or `false`", value);
        }
        flag
    }
}

macro_rules! read_integer {
    ($($type:ty),*) => {$(
        impl ReadValue for $type {
            fn read(reader: &mut Reader, key: &str, value: &TomlValue<'_>) -> Option<$type> {
                let Some(integer) = value.get_ref().as_integer() else {
                    reader.wrong_type(key, "an integer", value);
                    return None;
                };
                let number = <$type>::from_str_radix(integer.as_str(), integer.radix()).ok();
                if number.is_none() {
                    reader.faults.push(ReadFault::OutOfRange {
                        key: key.to_string(),
                        text: integer.to_string(),
                        range: format!("{} to {}", <$type>::MIN, <$type>::MAX),
                        span: reader.span(value.span()),
                    });
                }
                number
            }
        }
    )*};
}
read_integer!(u8, u16, u32);

impl ReadValue for f64 {
    fn read(reader: &mut Reader, key: &str, value: &TomlValue<'_>) -> Option<f64> {
        let number = match value.get_ref() {
            DeValue::Float(number) => number.as_str().parse::<f64>().ok(),
            DeValue::Integer(number) => {
                i64::from_str_radix(number.as_str(), number.radix()).ok().map(|number| number as f64)
            }
            _ => None,
        };
        // TOML has `nan` and `inf`; no key of the language has a use for them.
        let finite = number.filter(|number| number.is_finite());
        if finite.is_none() {
            let expected = if number.is_some() { "a finite number" } else { "a number" };
            reader.wrong_type(key, expected, value);
        }
        finite
    }
}

fn read_quantity<Q: Quantity>(reader: &mut Reader, key: &str, value: &TomlValue<'_>) -> Option<Q> {
    let (text, parsed) = match value.get_ref() {
        DeValue::String(text) => (text.to_string(), units::parse(text)),
        DeValue::Integer(number) => (number.to_string(), Err(QuantityFault::NoUnit)),
        DeValue::Float(number) => (number.to_string(), Err(QuantityFault::NoUnit)),
        _ => {
            reader.wrong_type(key, &format!("{} such as {}", Q::NAME, Q::SPELLING), value);
            return None;
        }
    };
    match parsed {
        Ok(quantity) => Some(quantity),
        Err(fault) => {
            reader.faults.push(bad_quantity::<Q>(key, text, fault, reader.span(value.span())));
            None
        }
    }
}

/// The fault of a text that is no quantity.
pub fn bad_quantity<Q: Quantity>(key: &str, text: String, fault: QuantityFault, span: Span) -> ReadFault {
    ReadFault::BadQuantity {
        key: key.to_string(),
        text,
        fault,
        quantity: Q::NAME,
        spelling: Q::SPELLING,
        units: Q::UNITS.iter().map(|(name, _)| *name).collect(),
        span,
    }
}

macro_rules! read_quantities {
    ($($type:ty),*) => {$(
        impl ReadValue for $type {
            fn read(reader: &mut Reader, key: &str, value: &TomlValue<'_>) -> Option<$type> {
                read_quantity(reader, key, value)
            }
        }
    )*};
}
read_quantities!(Duration, Frequency, Size, Ratio, Voltage, Millionths);

/// One name or a list of names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names(pub Vec<Spanned<String>>);

impl ReadValue for Names {
    fn read(reader: &mut Reader, key: &str, value: &TomlValue<'_>) -> Option<Names> {
        match value.get_ref() {
            DeValue::String(name) => {
                Some(Names(vec![Spanned::new(name.to_string(), reader.span(value.span()))]))
            }
            DeValue::Array(items) => {
                let fields: Vec<Field<String>> = items.iter().map(|item| reader.value(key, item)).collect();
                // A faulty item is reported; the others are still worth a check.
                Some(Names(fields.iter().filter_map(|field| field.get().cloned()).collect()))
            }
            _ => {
                reader.wrong_type(key, "a name or an array of names", value);
                None
            }
        }
    }
}

/// Two values of one type, each with its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair<T>(pub Spanned<T>, pub Spanned<T>);

impl<T: ReadValue + Copy> ReadValue for Pair<T> {
    fn read(reader: &mut Reader, key: &str, value: &TomlValue<'_>) -> Option<Pair<T>> {
        let items = value.get_ref().as_array().filter(|items| items.len() == 2);
        let Some(items) = items else {
            reader.wrong_type(key, "an array of two values", value);
            return None;
        };
        // Both are read before either is missed, so that both faults are told.
        let fields: Vec<Field<T>> = items.iter().map(|item| reader.value(key, item)).collect();
        Some(Pair(*fields[0].get()?, *fields[1].get()?))
    }
}

/// Those who have a key, in words: ``behavior `blink`, `toggle` and `threshold` ``; nothing where nobody has it.
pub(crate) fn listed(what: &str, owners: &[&str]) -> Option<String> {
    match owners {
        [] => None,
        [owner] => Some(format!("{what} `{owner}`")),
        [front @ .., last] => Some(format!("{what} `{}` and `{last}`", front.join("`, `"))),
    }
}

/// A piece of the file that is passed on as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verbatim(pub String);

/// What is known about one key of a file shape.
#[derive(Clone, Copy, Debug)]
pub struct KeyInfo {
    /// The key, kebab-case.
    pub name: &'static str,
    /// Its documentation.
    pub documentation: &'static str,
    /// The Rust type that it is read into.
    pub value: &'static str,
}

/// Declares one shape of a table: its struct (each key a [`Field`]), its reader and its list of keys.
///
/// ```
/// fwc_schema::table! {
///     /// Keys of a lamp.
///     pub struct Lamp {
///         /// How bright it is.
///         "brightness" => brightness: fwc_schema::units::Ratio,
///     }
/// }
/// assert_eq!(Lamp::KEYS[0].name, "brightness");
/// ```
#[macro_export]
macro_rules! table {
    (
        $(#[doc = $table_doc:literal])*
        pub struct $name:ident {
            $( $(#[doc = $doc:literal])* $key:literal => $field:ident : $type:ty, )*
        }
    ) => {
        $(#[doc = $table_doc])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $name {
            $( $(#[doc = $doc])* pub $field: $crate::Field<$type>, )*
        }

        impl $name {
            /// Its keys, in the order of the documentation.
            pub const KEYS: &'static [$crate::read::KeyInfo] = &[
                $( $crate::read::KeyInfo {
                    name: $key,
                    documentation: concat!($($doc),*),
                    value: stringify!($type),
                }, )*
            ];

            /// Takes these keys out of a table.
            pub fn take(
                reader: &mut $crate::read::Reader,
                table: &mut $crate::read::Table<'_, '_>,
            ) -> Self {
                $name { $( $field: table.field(reader, $key), )* }
            }

            /// Takes over what `other` says.
            pub fn overlay(&mut self, other: Self) {
                $( self.$field.overlay(other.$field); )*
            }
        }
    };
}

/// Declares an enum of the words that a key accepts.
#[macro_export]
macro_rules! choice {
    (
        $(#[doc = $enum_doc:literal])*
        pub enum $name:ident {
            $( $(#[doc = $doc:literal])* $variant:ident = $word:literal, )*
        }
    ) => {
        $(#[doc = $enum_doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Serialize)]
        pub enum $name {
            $( $(#[doc = $doc])* #[serde(rename = $word)] $variant, )*
        }

        impl $name {
            /// The words, in the order of the documentation.
            pub const WORDS: &'static [&'static str] = &[$($word),*];

            /// The choice that `word` names.
            pub fn from_word(word: &str) -> Option<Self> {
                match word {
                    $( $word => Some($name::$variant), )*
                    _ => None,
                }
            }

            /// The word for this choice.
            pub fn word(self) -> &'static str {
                match self {
                    $( $name::$variant => $word, )*
                }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                formatter.write_str(self.word())
            }
        }

        impl $crate::read::ReadValue for $name {
            fn read(
                reader: &mut $crate::read::Reader,
                key: &str,
                value: &$crate::read::TomlValue<'_>,
            ) -> Option<Self> {
                $crate::read::choose(reader, key, value, Self::WORDS, Self::from_word)
            }
        }
    };
}

/// Reads a word that must be one of `choices`; what [`choice!`](crate::choice) calls.
pub fn choose<T>(
    reader: &mut Reader,
    key: &str,
    value: &TomlValue<'_>,
    choices: &[&'static str],
    from_word: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let Some(word) = value.get_ref().as_str() else {
        reader.wrong_type(key, &format!("one of {}", quoted_list(choices)), value);
        return None;
    };
    let choice = from_word(word);
    if choice.is_none() {
        reader.faults.push(ReadFault::BadChoice {
            key: key.to_string(),
            text: word.to_string(),
            choices: choices.iter().map(ToString::to_string).collect(),
            span: reader.span(value.span()),
        });
    }
    choice
}

/// `"a"`, `"b"` or `"c"`, each as it would be typed, in backticks.
pub fn quoted_list(words: &[impl AsRef<str>]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`\"{}\"`", word.as_ref())).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, front)) => format!("{} or {last}", front.join(", ")),
    }
}
