//! Single TOML values to Rust's: text, numbers, quantities, names, words of a choice.

use toml::de::DeValue;

use crate::read::{Field, ReadFault, ReadValue, Reader, TomlValue};
use crate::span::{Span, Spanned};
use crate::units::{self, Duration, Frequency, Millionths, Quantity, QuantityFault, Ratio, Size, Voltage};

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
