//! `[[step]]`: what the world does.

use fwc_core::app::PeripheralKind;
use fwc_core::parse;
use fwc_diag::{Diagnostic, codes};
use fwc_schema::Spanned;
use fwc_schema::scenario::{Entry, Setting, StepEntry};
use fwc_schema::units::Voltage;

use crate::check::names::{Kind, Names};
use crate::check::{Clock, devices, faults as disturb};
use crate::{Action, Step};

/// In the order of time; those of one moment in the order of the file.
pub(super) fn check(
    entries: &[StepEntry],
    names: &Names<'_>,
    clock: &Clock,
    faults: &mut Vec<Diagnostic>,
) -> Vec<Step> {
    let mut steps: Vec<Step> =
        entries.iter().flat_map(|entry| step(entry, names, clock, faults).unwrap_or_default()).collect();
    steps.sort_by_key(|step| step.at);
    steps
}

fn step(
    entry: &StepEntry,
    names: &Names<'_>,
    clock: &Clock,
    faults: &mut Vec<Diagnostic>,
) -> Option<Vec<Step>> {
    let keys = &entry.keys;
    if keys.at.is_absent() {
        faults.push(
            Diagnostic::error(codes::MISSING_KEY, "this step has no `at`", entry.span)
                .about("at")
                .help("say when it happens: `at = \"500ms\"`"),
        );
    }
    let absent = [keys.set.is_absent(), keys.send.is_absent(), keys.fault.is_absent(), keys.chip.is_absent()];
    if absent.iter().all(|absent| *absent) {
        faults.push(
            Diagnostic::error(codes::MISSING_KEY, "this step does nothing", entry.span)
                .about("set")
                .help("give it `set = { button = true }`, `send = { console = \"text\" }`, `fault = { sensors = \"nack\" }` or `chip = \"brown-out\"`"),
        );
    }
    let set = keys.set.get().map(|set| set.value.0.as_slice()).unwrap_or_default();
    let send = keys.send.get().map(|send| send.value.0.as_slice()).unwrap_or_default();
    let fault = keys.fault.get().map(|fault| fault.value.0.as_slice()).unwrap_or_default();
    let mut actions: Vec<Action> = set.iter().flat_map(|one| settings(one, names, faults)).collect();
    actions.extend(send.iter().filter_map(|one| bytes(one, names, faults)));
    actions.extend(fault.iter().filter_map(|one| disturb::fault(one, names, faults)));
    actions.extend(keys.chip.get().and_then(|event| disturb::chip(event, faults)));
    let moment = *keys.at.get()?;
    let at = clock.moment("this step", moment, faults)?;
    Some(actions.into_iter().map(|action| Step { at, action, span: moment.span }).collect())
}

fn settings(entry: &Entry<Setting>, names: &Names<'_>, faults: &mut Vec<Diagnostic>) -> Vec<Action> {
    let Some(id) = names.peripheral("set", &entry.name, Kind::Settable, faults) else { return Vec::new() };
    let Some(value) = entry.value.get() else { return Vec::new() };
    let mismatch = |what: &str, wanted: &str| {
        Diagnostic::error(codes::WRONG_TYPE, format!("`{}` is {what}", entry.name.value), value.span)
            .here(format!("expected {wanted}"))
    };
    match (&names.app.peripheral(id).kind, &value.value) {
        (PeripheralKind::Input(_), Setting::Active(active)) => {
            vec![Action::Input { input: id, active: *active }]
        }
        (PeripheralKind::Adc(_), Setting::Voltage(voltage)) => {
            let millivolts = voltage_of_pin(Spanned::new(*voltage, value.span), names, faults);
            millivolts.map(|millivolts| Action::Voltage { adc: id, millivolts }).into_iter().collect()
        }
        (PeripheralKind::Adc(_), Setting::NoVoltage(fault)) => {
            faults.extend(parse::diagnostics("", vec![(**fault).clone()]));
            Vec::new()
        }
        (PeripheralKind::Device(device), setting) => {
            devices::readings(id, device, &entry.name, Spanned::new(setting, value.span), faults)
        }
        (PeripheralKind::Input(_), _) => {
            faults.push(mismatch("an `input`", "`true` for active, or `false`"));
            Vec::new()
        }
        _ => {
            faults.push(mismatch("an `adc`", "a voltage such as `\"1250mV\"`"));
            Vec::new()
        }
    }
}

/// A voltage that the board's pins can have.
pub(super) fn voltage_of_pin(
    voltage: Spanned<Voltage>,
    names: &Names<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Option<u16> {
    let board = &names.app.board;
    let most = u64::from(board.power.logic_millivolts);
    if voltage.value.0 > most {
        let title = format!("no pin of {} can have {}", board.title, voltage.value);
        faults.push(
            Diagnostic::error(codes::BAD_VALUE, title, voltage.span)
                .here(format!("expected {} at most", Voltage(most))),
        );
        return None;
    }
    u16::try_from(voltage.value.0).ok()
}

fn bytes(entry: &Entry<String>, names: &Names<'_>, faults: &mut Vec<Diagnostic>) -> Option<Action> {
    let uart = names.peripheral("send", &entry.name, Kind::Receiver, faults)?;
    let text = entry.value.get()?;
    if text.value.is_empty() {
        faults.push(Diagnostic::error(codes::BAD_VALUE, "an empty text sends nothing", text.span));
        return None;
    }
    Some(Action::Send { uart, bytes: text.value.clone().into_bytes() })
}
