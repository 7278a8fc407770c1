//! TOML values to typed fields: every fault is recorded and reading goes on, so that one run finds them all.
//!
//! [`table!`](crate::table) declares a file shape once and makes its struct, its reader and its list of keys from that.

mod fault;
mod shape;
mod value;

use toml::de::{DeTable, DeValue};

pub use fault::{ReadFault, fault_span};
pub use value::{Names, Pair, bad_quantity, choose, quoted_list};

use crate::span::{SourceId, Span, Spanned};

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

    /// Whether a key is there.
    pub fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
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
