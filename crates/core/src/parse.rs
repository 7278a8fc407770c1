//! app.toml's text to its shape: reads everything that can be read and turns each fault into a diagnostic.

mod headings;
mod quantity;
mod syntax;

use fwc_diag::suggest::closest;
use fwc_diag::{Checked, Diagnostic, codes};
use fwc_schema::app::{self, AppFile};
use fwc_schema::read::{ReadFault, quoted_list};
use fwc_schema::{SourceId, Span};

/// Reads app.toml. There is always a value: what could not be read is marked in it, so that the check can go on.
pub fn parse(source: SourceId, text: &str) -> Checked<AppFile> {
    let (file, faults) = app::read(source, text);
    Checked { value: Some(file), diagnostics: diagnostics(text, faults) }
}

/// The diagnostics of all faults of reading a text: app.toml's, or a scenario's.
pub fn diagnostics(text: &str, faults: Vec<ReadFault>) -> Vec<Diagnostic> {
    let (syntax_faults, others): (Vec<_>, Vec<_>) =
        faults.into_iter().partition(|fault| matches!(fault, ReadFault::Syntax { .. }));
    let mut diagnostics = syntax::diagnose(text, &syntax_faults);
    diagnostics.extend(others.into_iter().filter_map(diagnose));
    diagnostics
}

/// Takes out of a text's diagnostics those that only follow from others.
pub fn silence(text: &str, diagnostics: &mut Vec<Diagnostic>) {
    crate::echo::silence(text, diagnostics);
}

/// The diagnostic of a fault of reading; faults of syntax have been told.
pub(crate) fn diagnose(fault: ReadFault) -> Option<Diagnostic> {
    Some(match fault {
        ReadFault::Syntax { .. } => return None,
        ReadFault::UnknownKey { key, span, table, known, owner } => {
            unknown_key(&key, span, &table, &known, owner)
        }
        ReadFault::KeyWithoutKind { key, span, table, meant } => {
            let known: Vec<String> = meant.iter().map(|word| word.to_string()).collect();
            closest(&key, meant.iter().copied())?;
            unknown_key(&key, span, &table, &known, None)
        }
        ReadFault::WrongType { key, expected, found, span } => {
            Diagnostic::error(codes::WRONG_TYPE, format!("`{key}` has the wrong type"), span)
                .here(format!("expected {expected}, found {found}"))
                .help_if(mend_of_type(&expected, found))
        }
        ReadFault::BadQuantity { key, text, fault, quantity, spelling, units, span } => {
            quantity::diagnose(&key, &text, &fault, quantity, spelling, &units, span)
        }
        ReadFault::BadChoice { key, text, choices, span } => {
            Diagnostic::error(codes::BAD_VALUE, format!("`{key}` cannot be `{text}`"), span)
                .here(format!("expected {}", quoted_list(&choices)))
                .help_if(other_word(&key, &text, &choices).map(str::to_owned).or_else(|| {
                    closest(&text, choices.iter().map(String::as_str))
                        .map(|word| format!("did you mean `\"{word}\"`?"))
                }))
        }
        ReadFault::BadFieldType { key, text, span } => {
            bad_type(&text, span).here(format!("the type of `{key}`"))
        }
        ReadFault::OutOfRange { key, text, range, span } => {
            Diagnostic::error(codes::BAD_VALUE, format!("`{key}` cannot be `{text}`"), span)
                .here(format!("expected a number from {range}"))
        }
    })
}

/// What the kind of a peripheral is called here that other tools, or the parts on it, have another word for.
fn other_word(key: &str, text: &str, choices: &[String]) -> Option<&'static str> {
    if key != "kind" || !choices.iter().any(|choice| choice == "output") {
        return None;
    }
    Some(match text.to_lowercase().as_str() {
        "gpio" | "digital" | "pin" => {
            "a pin that the chip drives is an `\"output\"`, one that it reads an `\"input\"`"
        }
        "led" | "lamp" | "relay" | "out" | "gpo" | "digital-output" | "digital_out" | "do" => {
            "did you mean `\"output\"`? It is a pin that the chip drives"
        }
        "button" | "switch" | "key" | "in" | "gpi" | "digital-input" | "digital_in" | "di" => {
            "did you mean `\"input\"`? It is a pin that the chip reads"
        }
        "serial" | "usart" | "rs232" | "rs485" | "console" => "did you mean `\"uart\"`?",
        "servo" | "fan" | "dimmer" | "buzzer" => {
            "did you mean `\"pwm\"`? Its duty moves or dims what hangs on it"
        }
        "analog" | "analog-input" | "analog_in" => "did you mean `\"adc\"`?",
        "twi" | "iic" | "smbus" => "did you mean `\"i2c\"`?",
        "usb" | "cdc" => "did you mean `\"usb-serial\"`?",
        "wdt" | "wdg" | "iwdg" => "did you mean `\"watchdog\"`?",
        "ws2812" | "neopixel" | "led-strip" => {
            "a chain of lights is a device: `[devices.NAME]` with `driver = \"ws2812\"`"
        }
        "i2s" | "can" | "ethernet" | "dac" | "sdio" | "timer" | "rtc" => {
            "fwc drives none; a task of your own (`code = \"…\"`) has what app.toml declares, and no other block of the chip"
        }
        _ => return None,
    })
}

fn unknown_key(key: &str, span: Span, table: &str, known: &[String], owner: Option<String>) -> Diagnostic {
    let diagnostic = Diagnostic::error(codes::UNKNOWN_KEY, format!("unknown key `{key}`"), span)
        .here(format!("not a key of {table}"));
    let diagnostic = match owner {
        Some(owner) if owner == "`[app]`" => {
            return diagnostic
                .about(key)
                .help(format!("`{key}` is a key of {owner}: it stands below that heading"));
        }
        Some(owner) => diagnostic.note(format!("`{key}` is a key of {owner}")),
        None => match closest(key, known.iter().map(String::as_str)) {
            Some(near) => return diagnostic.help(format!("did you mean `{near}`?")).about(near),
            None => diagnostic,
        },
    };
    let mut names: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    names.sort();
    diagnostic.help(format!("its keys are {}", names.join(", ")))
}

/// What to do about a value of another type, where one thing is most likely meant.
fn mend_of_type(expected: &str, found: &str) -> Option<String> {
    let mend = match (expected, found) {
        ("a string", "an integer" | "a float" | "a boolean" | "a date-time") => "put it in quotes",
        ("an integer", "a string") => "remove the quotes",
        ("`true` or `false`", "a string") => "write one of them, without quotes",
        ("a table", "an array") => {
            "`[[…]]` begins a list: write `[TABLE.NAME]`, in single brackets and with a name"
        }
        ("a table", _) => "a table has keys of its own: they stand below a heading `[TABLE.NAME]`",
        _ => return None,
    };
    Some(mend.to_string())
}

/// A text that is no type. Words that other languages use are understood.
pub(crate) fn bad_type(text: &str, span: Span) -> Diagnostic {
    let fault = Diagnostic::error(codes::BAD_TYPE, format!("`{text}` is not a type"), span);
    if let Some(meant) = type_of_other_languages(text) {
        return fault.help(format!("did you mean `{meant}`?"));
    }
    fault.help(
        "types are `bool`, `u8` to `u64`, `i8` to `i64`, `f32`, `f64`, `[T; N]`, `string<N>` and the names of messages",
    )
}

/// A type as C, Python, Arduino or std would call it, to ours.
fn type_of_other_languages(text: &str) -> Option<&'static str> {
    Some(match text.trim() {
        "float" | "single" | "real" => "f32",
        "double" => "f64",
        "boolean" | "Bool" => "bool",
        "byte" | "char" | "unsigned char" | "uint8" | "uint8_t" => "u8",
        "short" | "int16" | "int16_t" => "i16",
        "word" | "uint16" | "uint16_t" => "u16",
        "int" | "integer" | "long" | "int32" | "int32_t" | "isize" => "i32",
        "unsigned" | "uint" | "uint32" | "uint32_t" | "usize" => "u32",
        "int8" | "int8_t" => "i8",
        "int64" | "int64_t" => "i64",
        "uint64" | "uint64_t" => "u64",
        "string" | "String" | "str" | "&str" | "text" => "string<32>",
        _ => return None,
    })
}
