//! app.toml's text to its shape: reads everything that can be read and turns each fault into a diagnostic.

use fwc_diag::suggest::closest;
use fwc_diag::{Checked, Diagnostic, codes};
use fwc_schema::app::{self, AppFile};
use fwc_schema::read::{ReadFault, quoted_list};
use fwc_schema::units::QuantityFault;
use fwc_schema::{SourceId, Span};

/// Reads app.toml. There is always a value: what could not be read is marked in it, so that the check can go on.
pub fn parse(source: SourceId, text: &str) -> Checked<AppFile> {
    let (file, faults) = app::read(source, text);
    Checked { value: Some(file), diagnostics: faults.into_iter().map(diagnose).collect() }
}

fn diagnose(fault: ReadFault) -> Diagnostic {
    match fault {
        ReadFault::Syntax { message, span } => syntax(&message, span),
        ReadFault::UnknownKey { key, span, table, known, owner } => {
            unknown_key(&key, span, &table, &known, owner)
        }
        ReadFault::WrongType { key, expected, found, span } => {
            Diagnostic::error(codes::WRONG_TYPE, format!("`{key}` has the wrong type"), span)
                .here(format!("expected {expected}, found {found}"))
        }
        ReadFault::BadQuantity { key, text, fault, quantity, spelling, units, span } => {
            bad_quantity(&key, &text, &fault, quantity, spelling, &units, span)
        }
        ReadFault::BadChoice { key, text, choices, span } => {
            Diagnostic::error(codes::BAD_VALUE, format!("`{key}` cannot be `{text}`"), span)
                .here(format!("expected {}", quoted_list(&choices)))
                .help_if(
                    closest(&text, choices.iter().copied()).map(|word| format!("did you mean `\"{word}\"`?")),
                )
        }
        ReadFault::BadFieldType { key, text, span } => Diagnostic::error(
            codes::BAD_TYPE,
            format!("`{text}` is not a type"),
            span,
        )
        .here(format!("the type of `{key}`"))
        .help(
            "types are `bool`, `u8` to `u64`, `i8` to `i64`, `f32`, `f64`, `[T; N]`, `string<N>` and the \
                     names of messages",
        ),
        ReadFault::OutOfRange { key, text, range, span } => {
            Diagnostic::error(codes::BAD_VALUE, format!("`{key}` cannot be `{text}`"), span)
                .here(format!("expected a number from {range}"))
        }
    }
}

fn syntax(message: &str, span: Span) -> Diagnostic {
    // A name that is given twice is no fault of spelling: it has a code of its own.
    if message.starts_with("duplicate key") {
        return Diagnostic::error(codes::DUPLICATE_NAME, "this name is given twice in one table", span)
            .here("given here again")
            .help("remove one of the two, or give this one another name");
    }
    Diagnostic::error(codes::TOML_SYNTAX, "this is not TOML", span).here(message.replace('\n', ", "))
}

fn unknown_key(key: &str, span: Span, table: &str, known: &[String], owner: Option<String>) -> Diagnostic {
    let diagnostic = Diagnostic::error(codes::UNKNOWN_KEY, format!("unknown key `{key}`"), span)
        .here(format!("not a key of {table}"));
    if let Some(suggestion) = closest(key, known.iter().map(String::as_str)) {
        return diagnostic.help(format!("did you mean `{suggestion}`?"));
    }
    let diagnostic = match owner {
        Some(owner) => diagnostic.note(format!("`{key}` is a key of {owner}")),
        None => diagnostic,
    };
    let mut names: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    names.sort();
    diagnostic.help(format!("its keys are {}", names.join(", ")))
}

fn bad_quantity(
    key: &str,
    text: &str,
    fault: &QuantityFault,
    quantity: &str,
    spelling: &str,
    units: &[&str],
    span: Span,
) -> Diagnostic {
    let title = format!("`{key}` needs {quantity} with its unit");
    let diagnostic = Diagnostic::error(codes::BAD_QUANTITY, title, span);
    let unit_list = || units.iter().map(|unit| format!("`{unit}`")).collect::<Vec<_>>().join(", ");
    match fault {
        QuantityFault::NoUnit => diagnostic
            .here("a number without a unit")
            .help(format!("write for example {}", with_units(text, units))),
        QuantityFault::UnknownUnit(unit) => diagnostic
            .here(format!("`{unit}` is not a unit of {}", quantity.trim_start_matches("a ")))
            .help(match units.iter().find(|known| known.eq_ignore_ascii_case(unit)) {
                Some(known) => format!("units are case-sensitive: did you mean `{known}`?"),
                None => format!("its units are {}", unit_list()),
            }),
        QuantityFault::NoNumber => {
            diagnostic.here("no number in front").help(format!("it is spelled {spelling}"))
        }
        QuantityFault::TooFine => diagnostic
            .here(format!("finer than the smallest step, 1{}", smallest_step(quantity, units)))
            .help(format!("it is spelled {spelling}")),
        QuantityFault::TooLarge => {
            diagnostic.here("larger than can be counted").help(format!("it is spelled {spelling}"))
        }
    }
}

/// The number as written with the two units that are most likely meant.
fn with_units(number: &str, units: &[&str]) -> String {
    let likely = match units {
        [_, _, milli, second, ..] if *milli == "ms" => vec![*milli, *second],
        [first, second, ..] => vec![*first, *second],
        rest => rest.to_vec(),
    };
    let spelled: Vec<String> = likely.iter().map(|unit| format!("`\"{number}{unit}\"`")).collect();
    spelled.join(" or ")
}

/// The name of the smallest step: frequencies count in thousandths of their smallest unit, ratios in 1/10,000 %.
fn smallest_step(quantity: &str, units: &[&str]) -> String {
    match quantity {
        "a frequency" => "mHz".to_string(),
        "a ratio" => " part per million".to_string(),
        _ => units[0].to_string(),
    }
}
