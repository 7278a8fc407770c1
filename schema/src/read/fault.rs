//! What can be wrong with a part of a file, for whoever finds the words for it.

use crate::span::Span;
use crate::units::QuantityFault;

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
