//! A value as it is written to the value of a driver's key, which has a type and limits.

use fwc_diag::{Diagnostic, codes};
use fwc_schema::Spanned;
use fwc_schema::device::{KeyType, Raw};
use fwc_schema::read::{ReadFault, bad_quantity};
use fwc_schema::units::{self, Duration, Frequency, Quantity, QuantityFault};

use super::device::{DriverKey, OptionValue};
use crate::parse;

/// The value of a key, within its limits. `named` is what messages call the key.
pub(crate) fn read(
    key: &DriverKey,
    named: &str,
    raw: &Spanned<Raw>,
    faults: &mut Vec<Diagnostic>,
) -> Option<OptionValue> {
    let words = words(key);
    let value = match typed(key.key_type, &words, named, raw) {
        Ok(value) => value,
        Err(fault) => {
            faults.extend(parse::diagnose(*fault));
            return None;
        }
    };
    if let Some(expected) = outside(key, &value) {
        let title = format!("`{named}` cannot be `{}`", value.to_string().trim_matches('"'));
        faults
            .push(Diagnostic::error(codes::BAD_VALUE, title, raw.span).here(format!("expected {expected}")));
        return None;
    }
    Some(value)
}

/// The words of a choice.
fn words(key: &DriverKey) -> Vec<String> {
    let word = |value: &OptionValue| match value {
        OptionValue::Word(word) => Some(word.clone()),
        _ => None,
    };
    key.values.iter().filter_map(word).collect()
}

/// A value of a type, without regard to limits. Any word is a choice where there are none to choose from yet.
pub(super) fn typed(
    key_type: KeyType,
    words: &[String],
    named: &str,
    raw: &Spanned<Raw>,
) -> Result<OptionValue, Box<ReadFault>> {
    let wrong_type = |expected: &str| {
        Box::new(ReadFault::WrongType {
            key: named.to_string(),
            expected: expected.to_string(),
            found: raw.value.type_name(),
            span: raw.span,
        })
    };
    match (key_type, &raw.value) {
        (KeyType::Bool, Raw::Flag(flag)) => Ok(OptionValue::Flag(*flag)),
        (KeyType::Bool, _) => Err(wrong_type("`true` or `false`")),
        (KeyType::F32, Raw::Float(number)) => Ok(OptionValue::Real(*number)),
        (KeyType::F32, Raw::Integer(number)) => Ok(OptionValue::Real(*number as f64)),
        (KeyType::F32, _) => Err(wrong_type("a number")),
        (KeyType::Time, raw_value) => {
            quantity::<Duration>(named, raw_value, raw, &wrong_type).map(OptionValue::Time)
        }
        (KeyType::Frequency, raw_value) => {
            quantity::<Frequency>(named, raw_value, raw, &wrong_type).map(OptionValue::Frequency)
        }
        (KeyType::Choice, Raw::Text(word)) if words.is_empty() || words.contains(word) => {
            Ok(OptionValue::Word(word.clone()))
        }
        (KeyType::Choice, Raw::Text(word)) => Err(Box::new(ReadFault::BadChoice {
            key: named.to_string(),
            text: word.clone(),
            choices: words.to_vec(),
            span: raw.span,
        })),
        (KeyType::Choice, _) => Err(wrong_type("a string")),
        (whole, Raw::Integer(number)) => match range_of(whole) {
            Some(range) if !range.contains(number) => Err(Box::new(ReadFault::OutOfRange {
                key: named.to_string(),
                text: number.to_string(),
                range: format!("{} to {}", range.start(), range.end()),
                span: raw.span,
            })),
            _ => Ok(OptionValue::Whole(*number)),
        },
        _ => Err(wrong_type("an integer")),
    }
}

fn quantity<Q: Quantity>(
    named: &str,
    value: &Raw,
    raw: &Spanned<Raw>,
    wrong_type: &dyn Fn(&str) -> Box<ReadFault>,
) -> Result<Q, Box<ReadFault>> {
    let bad = |text: String, fault| Box::new(bad_quantity::<Q>(named, text, fault, raw.span));
    match value {
        Raw::Text(text) => units::parse(text).map_err(|fault| bad(text.clone(), fault)),
        Raw::Integer(number) => Err(bad(number.to_string(), QuantityFault::NoUnit)),
        Raw::Float(number) => Err(bad(number.to_string(), QuantityFault::NoUnit)),
        Raw::Flag(_) | Raw::Other(_) => Err(wrong_type(&format!("{} such as {}", Q::NAME, Q::SPELLING))),
    }
}

/// What a whole type holds.
fn range_of(key_type: KeyType) -> Option<std::ops::RangeInclusive<i64>> {
    Some(match key_type {
        KeyType::U8 => 0..=u8::MAX.into(),
        KeyType::U16 => 0..=u16::MAX.into(),
        KeyType::U32 => 0..=u32::MAX.into(),
        KeyType::I16 => i16::MIN.into()..=i16::MAX.into(),
        KeyType::I32 => i32::MIN.into()..=i32::MAX.into(),
        KeyType::Bool | KeyType::F32 | KeyType::Time | KeyType::Frequency | KeyType::Choice => return None,
    })
}

/// What would be within the limits, in words, where `value` is not.
fn outside(key: &DriverKey, value: &OptionValue) -> Option<String> {
    let number = value.number()?;
    if !key.values.is_empty() && !key.values.contains(value) {
        let values: Vec<String> = key.values.iter().map(|value| format!("`{value}`")).collect();
        return Some(match values.split_last() {
            Some((last, front @ [_, ..])) => format!("{} or {last}", front.join(", ")),
            _ => values.concat(),
        });
    }
    let beyond = |limit: &Option<OptionValue>, is_beyond: fn(f64, f64) -> bool| {
        limit.as_ref().and_then(OptionValue::number).is_some_and(|limit| is_beyond(number, limit))
    };
    if !beyond(&key.least, |number, least| number < least) && !beyond(&key.most, |number, most| number > most)
    {
        return None;
    }
    Some(match (&key.least, &key.most) {
        (Some(least), Some(most)) => format!("`{least}` to `{most}`"),
        (Some(least), None) => format!("at least `{least}`"),
        (None, most) => format!("at most `{}`", most.as_ref().map(ToString::to_string).unwrap_or_default()),
    })
}
