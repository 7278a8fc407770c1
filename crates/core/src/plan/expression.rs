//! Rust expressions that generated code calls things with: data, so that the emitter can break them over lines.

use std::fmt;

use serde::{Serialize, Serializer};

/// A Rust expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    /// Something that stays on one line.
    Plain(String),
    /// A call.
    Call {
        /// The path of the function.
        function: String,
        /// What it is called with.
        arguments: Vec<Expression>,
    },
    /// A struct, field by field; a field whose value is its own name is written once.
    Struct {
        /// The path of the type.
        name: String,
        /// Its fields with their values.
        fields: Vec<(String, Expression)>,
    },
}

impl Expression {
    /// Something that stays on one line.
    pub fn plain(text: impl Into<String>) -> Expression {
        Expression::Plain(text.into())
    }

    /// A call.
    pub fn call(function: impl Into<String>, arguments: impl IntoIterator<Item = Expression>) -> Expression {
        Expression::Call { function: function.into(), arguments: arguments.into_iter().collect() }
    }
}

/// On one line.
impl fmt::Display for Expression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expression::Plain(text) => formatter.write_str(text),
            Expression::Call { function, arguments } => {
                write!(formatter, "{function}(")?;
                for (index, argument) in arguments.iter().enumerate() {
                    write!(formatter, "{}{argument}", if index == 0 { "" } else { ", " })?;
                }
                formatter.write_str(")")
            }
            Expression::Struct { name, fields } => {
                write!(formatter, "{name} {{")?;
                for (index, field) in fields.iter().enumerate() {
                    write!(formatter, "{}{}", if index == 0 { " " } else { ", " }, Field(field))?;
                }
                formatter.write_str(if fields.is_empty() { "}" } else { " }" })
            }
        }
    }
}

/// A field of a struct with its value.
pub(crate) struct Field<'a>(pub(crate) &'a (String, Expression));

impl fmt::Display for Field<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, value) = self.0;
        match value {
            Expression::Plain(text) if text == name => formatter.write_str(name),
            _ => write!(formatter, "{name}: {value}"),
        }
    }
}

impl Serialize for Expression {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A statement of generated code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What it binds, `led` or `(reader, writer)`; absent where it is done for its effect.
    pub binds: Option<String>,
    /// What it does.
    pub expression: Expression,
}

impl Statement {
    /// `let binds = expression;`
    pub fn bind(binds: impl Into<String>, expression: Expression) -> Statement {
        Statement { binds: Some(binds.into()), expression }
    }

    /// `expression;`
    pub fn run(expression: Expression) -> Statement {
        Statement { binds: None, expression }
    }
}

/// On one line.
impl fmt::Display for Statement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.binds {
            Some(binds) => write!(formatter, "let {binds} = {};", self.expression),
            None => write!(formatter, "{};", self.expression),
        }
    }
}

impl Serialize for Statement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A whole number as Rust programs write it: `1_000_000`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    // A number of four digits reads well as it is.
    if digits.len() <= 4 {
        return digits;
    }
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push('_');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_like_clippy_wants_them() {
        assert_eq!(
            [0, 999, 9_600, 65_535, 115_200, 1_000_000].map(grouped),
            ["0", "999", "9600", "65_535", "115_200", "1_000_000"]
        );
    }

    #[test]
    fn expressions_are_read_on_one_line() {
        let call = Expression::call("f", [Expression::plain("a"), Expression::call("g", [])]);
        assert_eq!(call.to_string(), "f(a, g())");
        let fields = vec![("a".to_string(), Expression::plain("a")), ("b".to_string(), call)];
        let literal = Expression::Struct { name: "S".to_string(), fields };
        assert_eq!(Statement::bind("s", literal).to_string(), "let s = S { a, b: f(a, g()) };");
    }
}
