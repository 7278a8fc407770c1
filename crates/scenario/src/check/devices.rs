//! `set` of a device and `fault` of a bus: what parts can be exposed to, and what can be wrong on their wires.

use fwc_core::app::{Device, PeripheralId, PeripheralKind};
use fwc_diag::suggest::closest;
use fwc_diag::{Diagnostic, codes};
use fwc_parts::Quantity;
use fwc_schema::Spanned;
use fwc_schema::scenario::{Entry, Fault};
use fwc_sim::BusFault;

use crate::Action;
use crate::check::names::{Kind, Names};
use crate::parts::part;

/// Words of faults that have no amount, for suggestions.
const WORDS: &[&str] = &["nack", "stuck", "hung", "none"];

/// What a device is exposed to from a moment on.
pub(super) fn readings(
    id: PeripheralId,
    device: &Device,
    name: &Spanned<String>,
    readings: &[Entry<f64>],
    faults: &mut Vec<Diagnostic>,
) -> Vec<Action> {
    let Some(mut part) = part(device) else {
        faults.push(
            Diagnostic::error(
                codes::NOT_APPLICABLE,
                format!("there is no simulated part for `{}`", name.value),
                name.span,
            )
            .note(format!(
                "its driver `{}` is this project's own; parts of the catalogue can be simulated, and nobody answers in \
                 the place of others",
                device.driver.name
            )),
        );
        return Vec::new();
    };
    let quantities = part.part().quantities();
    let known = readings.iter().filter_map(|reading| {
        let Some(quantity) = quantities.iter().find(|quantity| quantity.name == reading.name.value) else {
            faults.push(unknown(&reading.name, name, device, quantities));
            return None;
        };
        let value = reading.value.get()?;
        if !(quantity.least..=quantity.most).contains(&value.value) {
            let title =
                format!("no {} can have {} as its `{}`", device.driver.title, value.value, quantity.name);
            let here = format!("expected {} to {}", quantity.least, with_unit(quantity.most, quantity));
            faults.push(Diagnostic::error(codes::BAD_VALUE, title, value.span).here(here));
            return None;
        }
        Some(Action::Reading { device: id, quantity: quantity.name.to_string(), value: value.value })
    });
    known.collect()
}

fn unknown(word: &Spanned<String>, name: &Spanned<String>, device: &Device, all: &[Quantity]) -> Diagnostic {
    let title = &device.driver.title;
    if all.is_empty() {
        return Diagnostic::error(
            codes::NOT_APPLICABLE,
            format!("there is nothing to be set on `{}`: no {title} measures anything", name.value),
            word.span,
        );
    }
    let list: Vec<String> = all
        .iter()
        .map(|one| format!("`{}` ({} to {})", one.name, one.least, with_unit(one.most, one)))
        .collect();
    let fault =
        Diagnostic::error(codes::UNKNOWN_NAME, format!("no {title} measures `{}`", word.value), word.span);
    match closest(&word.value, all.iter().map(|quantity| quantity.name)) {
        Some(near) => fault.help(format!("did you mean `{near}`?")),
        None => fault.help(format!("there is {}", list.join(", "))),
    }
}

fn with_unit(value: f64, quantity: &Quantity) -> String {
    format!("{value} {}", quantity.unit).trim_end().to_string()
}

/// What is wrong on a bus from a moment on.
pub(super) fn fault(entry: &Entry<Fault>, names: &Names<'_>, faults: &mut Vec<Diagnostic>) -> Option<Action> {
    let bus = names.peripheral("fault", &entry.name, Kind::Bus, faults)?;
    let value = entry.value.get()?;
    let is_i2c = matches!(names.app.peripheral(bus).kind, PeripheralKind::I2c(_));
    let fault = match &value.value {
        Fault::Word(word) => match word.as_str() {
            "none" => BusFault::None,
            "nack" => BusFault::Nack,
            "stuck" => BusFault::Stuck,
            "hung" if is_i2c => BusFault::Hung,
            "short" => {
                faults.push(
                    Diagnostic::error(codes::WRONG_TYPE, "how short each read is, is not said", value.span)
                        .help("`{ short = 1 }` lets one byte of each read come"),
                );
                return None;
            }
            other => {
                faults.push(no_such_fault(other, is_i2c, value.span));
                return None;
            }
        },
        Fault::Keys(keys) => match keys.short.get() {
            Some(bytes) => BusFault::Short(bytes.value),
            None if keys.short.is_absent() => {
                faults.push(
                    Diagnostic::error(codes::MISSING_KEY, "this fault says nothing", value.span)
                        .about("short")
                        .help("`{ short = 1 }` lets one byte of each read come"),
                );
                return None;
            }
            None => return None,
        },
    };
    Some(Action::Disturb { bus, fault })
}

fn no_such_fault(word: &str, is_i2c: bool, span: fwc_schema::Span) -> Diagnostic {
    let kind = if is_i2c { "an `i2c`" } else { "an `spi`" };
    let known = WORDS.iter().copied().filter(|known| is_i2c || *known != "hung");
    let list: Vec<String> = known.clone().map(|known| format!("`\"{known}\"`")).collect();
    let fault = Diagnostic::error(codes::BAD_VALUE, format!("{kind} bus has no fault `{word}`"), span);
    match closest(word, known) {
        Some(near) => fault.help(format!("did you mean `\"{near}\"`?")),
        None => fault.help(format!("there is {} and `{{ short = 1 }}`", list.join(", "))),
    }
}
