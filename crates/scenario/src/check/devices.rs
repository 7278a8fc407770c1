//! `set` of a device: what its part can be exposed to.

use fwc_core::app::{Device, PeripheralId};
use fwc_diag::suggest::closest;
use fwc_diag::{Diagnostic, codes};
use fwc_parts::Quantity;
use fwc_schema::Spanned;
use fwc_schema::scenario::Setting;

use crate::Action;
use crate::parts::part;

/// What a device is exposed to from a moment on.
pub(super) fn readings(
    id: PeripheralId,
    device: &Device,
    name: &Spanned<String>,
    setting: Spanned<&Setting>,
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
    let title = &device.driver.title;
    let quantities = part.part().quantities();
    let Some(first) = quantities.first() else {
        let message = format!("there is nothing to be set on `{}`: no {title} measures anything", name.value);
        faults.push(Diagnostic::error(codes::NOT_APPLICABLE, message, name.span));
        return Vec::new();
    };
    let Setting::Readings(readings) = setting.value else {
        let here = format!(
            "expected a table of what it measures, such as `{{ {} = {} }}`",
            first.name, first.initial
        );
        let message = format!("`{}` is a device", name.value);
        faults.push(Diagnostic::error(codes::WRONG_TYPE, message, setting.span).here(here));
        return Vec::new();
    };
    let known = readings.0.iter().filter_map(|reading| {
        let Some(quantity) = quantities.iter().find(|quantity| quantity.name == reading.name.value) else {
            faults.push(unknown(&reading.name, title, quantities));
            return None;
        };
        let value = reading.value.get()?;
        if !(quantity.least..=quantity.most).contains(&value.value) {
            let message = format!("no {title} can have {} as its `{}`", value.value, quantity.name);
            let here = format!("expected {} to {}", quantity.least, with_unit(quantity.most, quantity));
            faults.push(Diagnostic::error(codes::BAD_VALUE, message, value.span).here(here));
            return None;
        }
        Some(Action::Reading { device: id, quantity: quantity.name.to_string(), value: value.value })
    });
    known.collect()
}

fn unknown(word: &Spanned<String>, title: &str, all: &[Quantity]) -> Diagnostic {
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
