//! Texts that are no time, frequency, size or ratio, to diagnostics that show the right spelling.

use fwc_diag::{Diagnostic, codes};
use fwc_schema::Span;
use fwc_schema::units::QuantityFault;

/// The diagnostic of a text that is no quantity of its kind.
pub(super) fn diagnose(
    key: &str,
    text: &str,
    fault: &QuantityFault,
    quantity: &str,
    spelling: &str,
    units: &[&str],
    span: Span,
) -> Diagnostic {
    let title = match fault {
        QuantityFault::NoUnit | QuantityFault::UnknownUnit(_) | QuantityFault::NoNumber => {
            format!("`{key}` needs {quantity} with its unit")
        }
        QuantityFault::TooFine => format!("`{text}` is finer than can be counted"),
        QuantityFault::TooLarge => format!("`{text}` is larger than can be counted"),
    };
    let diagnostic = Diagnostic::error(codes::BAD_QUANTITY, title, span);
    match fault {
        QuantityFault::NoUnit => diagnostic
            .here("a number without a unit")
            .help(format!("write for example {}", with_units(text, units))),
        QuantityFault::UnknownUnit(unit) => diagnostic
            .here(format!("`{unit}` is not a unit of {}", quantity.trim_start_matches("a ")))
            .help(mend_of_unit(key, text, unit, units)),
        QuantityFault::NoNumber => {
            diagnostic.here("no number in front").help(format!("it is spelled {spelling}"))
        }
        QuantityFault::TooFine => {
            diagnostic.here(format!("the smallest step is {}", smallest_step(quantity, units)))
        }
        QuantityFault::TooLarge => diagnostic.help(format!("it is spelled {spelling}")),
    }
}

/// What to write instead of a unit that this kind of quantity does not have.
fn mend_of_unit(key: &str, text: &str, unit: &str, units: &[&str]) -> String {
    if let Some(known) = units.iter().find(|known| known.eq_ignore_ascii_case(unit)) {
        return format!("units are case-sensitive: did you mean `{known}`?");
    }
    if let Some(meant) = unit_of_everyday(unit).filter(|meant| units.contains(meant)) {
        return format!("did you mean `{meant}`?");
    }
    match (key, unit) {
        ("every", "Hz" | "kHz" | "MHz") => {
            format!("a frequency stands under another key: `rate = \"{text}\"`")
        }
        ("rate", "us" | "ms" | "s" | "min" | "h") => {
            format!("a period stands under another key: `every = \"{text}\"`")
        }
        _ => {
            let list: Vec<String> = units.iter().map(|unit| format!("`{unit}`")).collect();
            format!("its units are {}", list.join(", "))
        }
    }
}

/// A unit as it is written elsewhere, to ours.
fn unit_of_everyday(unit: &str) -> Option<&'static str> {
    Some(match unit.to_lowercase().as_str() {
        "usec" | "microsecond" | "microseconds" => "us",
        "msec" | "millisecond" | "milliseconds" => "ms",
        "sec" | "secs" | "second" | "seconds" => "s",
        "m" | "mins" | "minute" | "minutes" => "min",
        "hr" | "hrs" | "hour" | "hours" => "h",
        "byte" | "bytes" => "B",
        "k" | "kb" => "KiB",
        "mb" => "MiB",
        "percent" | "per cent" => "%",
        _ => return None,
    })
}

/// The number as written with the units that are most likely meant.
fn with_units(number: &str, units: &[&str]) -> String {
    if let Some(counted) = counted(number, units) {
        return format!("`\"{counted}\"`");
    }
    let likely = match units {
        [_, _, milli, second, ..] if *milli == "ms" => &[*milli, *second],
        units => &units[..units.len().min(3)],
    };
    let spelled: Vec<String> = likely.iter().map(|unit| format!("`\"{number}{unit}\"`")).collect();
    match spelled.split_last() {
        Some((last, front)) if !front.is_empty() => format!("{} or {last}", front.join(", ")),
        _ => spelled.concat(),
    }
}

/// A large round number is a count of hertz or bytes, as other tools take it: `400000` is `400kHz`, `4096` is `4KiB`.
fn counted(number: &str, units: &[&str]) -> Option<String> {
    let step = match units.first() {
        Some(&"Hz") => 1_000,
        Some(&"B") => 1_024,
        _ => return None,
    };
    let (mut rest, mut unit) = (number.replace('_', "").parse::<u64>().ok()?, 0);
    while rest != 0 && rest.is_multiple_of(step) && unit + 1 < units.len() {
        (rest, unit) = (rest / step, unit + 1);
    }
    (unit > 0).then(|| format!("{rest}{}", units[unit]))
}

/// The smallest step: frequencies count in thousandths of their smallest unit, ratios in 1/10,000 %.
fn smallest_step(quantity: &str, units: &[&str]) -> String {
    match quantity {
        "a frequency" => "0.001Hz".to_string(),
        "a ratio" => "0.0001%".to_string(),
        _ => format!("1{}", units[0]),
    }
}
