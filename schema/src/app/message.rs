//! `[messages.NAME]`: a record of fields, an enum of values, or a Rust type; and the types of fields.

use std::fmt;

use toml::de::DeValue;

use crate::read::{Field, Names, ReadFault, ReadValue, Reader, Table, TomlValue};
use crate::span::{Span, Spanned};
use crate::{choice, table};

choice! {
    /// A type that needs no declaration.
    pub enum Primitive {
        /// A truth value.
        Bool = "bool",
        /// Unsigned, 8 bits.
        U8 = "u8",
        /// Unsigned, 16 bits.
        U16 = "u16",
        /// Unsigned, 32 bits.
        U32 = "u32",
        /// Unsigned, 64 bits.
        U64 = "u64",
        /// Signed, 8 bits.
        I8 = "i8",
        /// Signed, 16 bits.
        I16 = "i16",
        /// Signed, 32 bits.
        I32 = "i32",
        /// Signed, 64 bits.
        I64 = "i64",
        /// Floating point, 32 bits.
        F32 = "f32",
        /// Floating point, 64 bits.
        F64 = "f64",
    }
}

impl Primitive {
    /// Bytes of a value.
    pub fn bytes(self) -> u32 {
        match self {
            Primitive::Bool | Primitive::U8 | Primitive::I8 => 1,
            Primitive::U16 | Primitive::I16 => 2,
            Primitive::U32 | Primitive::I32 | Primitive::F32 => 4,
            Primitive::U64 | Primitive::I64 | Primitive::F64 => 8,
        }
    }
}

/// The type of a field or of a channel's messages, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// `u8` and the like.
    Primitive(Primitive),
    /// `string<N>`: UTF-8, at most N bytes.
    String(u32),
    /// `[T; N]`
    Array(Box<FieldType>, u32),
    /// The name of a message.
    Message(String),
}

impl FieldType {
    /// Reads a type. White space is free.
    pub fn parse(text: &str) -> Option<FieldType> {
        // Types nest only by arrays; the depth is bounded so that a hostile file cannot exhaust the stack.
        Self::parse_nested(text, 8)
    }

    fn parse_nested(text: &str, depth: u8) -> Option<FieldType> {
        let text = text.trim();
        if let Some(primitive) = Primitive::from_word(text) {
            return Some(FieldType::Primitive(primitive));
        }
        if let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            let (item, count) = inner.rsplit_once(';')?;
            let depth = depth.checked_sub(1)?;
            return Some(FieldType::Array(
                Box::new(Self::parse_nested(item, depth)?),
                count.trim().parse().ok()?,
            ));
        }
        if let Some(rest) = text.strip_prefix("string") {
            let length = rest.trim().strip_prefix('<')?.strip_suffix('>')?;
            return Some(FieldType::String(length.trim().parse().ok()?));
        }
        let mut characters = text.chars();
        let is_name = characters.next().is_some_and(|first| first.is_ascii_alphabetic())
            && characters.all(|character| character.is_ascii_alphanumeric() || character == '_');
        is_name.then(|| FieldType::Message(text.to_string()))
    }
}

impl fmt::Display for FieldType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FieldType::Primitive(primitive) => write!(formatter, "{primitive}"),
            FieldType::String(length) => write!(formatter, "string<{length}>"),
            FieldType::Array(item, count) => write!(formatter, "[{item}; {count}]"),
            FieldType::Message(name) => formatter.write_str(name),
        }
    }
}

impl ReadValue for FieldType {
    fn read(reader: &mut Reader, key: &str, value: &TomlValue<'_>) -> Option<FieldType> {
        let text = String::read(reader, key, value)?;
        let parsed = FieldType::parse(&text);
        if parsed.is_none() {
            reader.faults.push(ReadFault::BadFieldType {
                key: key.to_string(),
                text,
                span: reader.span(value.span()),
            });
        }
        parsed
    }
}

/// The fields of a record: names and types in the order of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields(pub Vec<(Spanned<String>, Field<FieldType>)>);

impl ReadValue for Fields {
    fn read(reader: &mut Reader, key: &str, value: &TomlValue<'_>) -> Option<Fields> {
        let DeValue::Table(entries) = value.get_ref() else {
            reader.wrong_type(key, "a table such as `{ celsius = \"f32\" }`", value);
            return None;
        };
        let entries = Table::new(entries).in_file_order(reader);
        let fields = entries.into_iter().map(|(name, value)| {
            let field = reader.value(&name.value, value);
            (name, field)
        });
        Some(Fields(fields.collect()))
    }
}

table! {
    /// `[messages.NAME]`
    pub struct MessageKeys {
        /// A record: its fields and their types.
        "fields" => fields: Fields,
        /// An enum: its values.
        "values" => values: Names,
        /// The path of a Rust type.
        "rust" => rust: String,
    }
}

/// One `[messages.NAME]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MessageEntry {
    /// The whole entry.
    pub span: Span,
    /// Its keys.
    pub keys: MessageKeys,
}

impl MessageEntry {
    /// Reads a message.
    pub fn read(reader: &mut Reader, name: &str, value: &TomlValue<'_>) -> Option<MessageEntry> {
        let mut table = reader.table(name, value)?;
        let keys = MessageKeys::take(reader, &mut table);
        table.finish(reader, &format!("`[messages.{name}]`"), |_| None);
        Some(MessageEntry { span: reader.span(value.span()), keys })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_read_back() {
        for text in ["f32", "string<16>", "[u8; 4]", "[[f32; 3]; 3]", "Climate"] {
            assert_eq!(FieldType::parse(text).map(|read| read.to_string()), Some(text.to_string()));
        }
    }

    #[test]
    fn what_is_no_type_is_refused() {
        for text in [
            "",
            "string",
            "string<x>",
            "[u8]",
            "[u8; -1]",
            "u8;",
            "Cli mate",
            "[[[[[[[[[u8;1];1];1];1];1];1];1];1];1]",
        ] {
            assert_eq!(FieldType::parse(text), None, "{text}");
        }
    }
}
