//! `set` of a device: what its part can be exposed to.

use fwc_core::app::{Device, PeripheralId};
use fwc_diag::suggest::closest;
use fwc_diag::{Diagnostic, codes};
use fwc_parts::Quantity;
use fwc_schema::Spanned;
use fwc_schema::scenario::Entry;

use crate::Action;
use crate::parts::part;

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
