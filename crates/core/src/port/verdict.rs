//! What was placed and what the chain said of it, to a [`Port`].

use std::collections::BTreeMap;

use fwc_diag::words::listed;
use fwc_diag::{Diagnostic, Severity, codes};
use fwc_schema::Span;
use fwc_schema::app::AppFile;
use fwc_schema::chip::BlockKind;

use crate::app::{App, PeripheralKind};
use crate::catalog::Board;
use crate::port::place::{self, Placed};
use crate::port::slots::{Group, Takes};
use crate::port::{
    Attempt, Decision, Outcome, Overrides, Port, PortedEntry, PortedPin, Porting, Side, adapt,
};

/// What was found for the other board.
pub(super) struct Found<'a> {
    pub(super) groups: &'a [Group],
    /// One for each group.
    pub(super) placed: &'a [Placed],
    /// What the chain said of that.
    pub(super) attempt: &'a Attempt,
    /// The file as it is for the other board.
    pub(super) theirs: &'a AppFile,
    /// The tables of overrides that the file has for it, with their keys.
    pub(super) present: &'a BTreeMap<String, Vec<String>>,
}

/// Puts it all together.
pub(super) fn verdict(
    porting: &Porting<'_>,
    found: &Found<'_>,
    mut overrides: Overrides,
    mut decisions: Vec<Decision>,
) -> Port {
    let Found { groups, placed, attempt, theirs, present } = found;
    let owners = Owners::of(theirs);
    let faults: Vec<(&Diagnostic, String)> = new_faults(porting, attempt, groups, placed)
        .map(|fault| (fault, owners.of_span(fault.span())))
        .collect();
    let mut entries: Vec<PortedEntry> = Vec::new();
    for (group, placed) in groups.iter().zip(*placed) {
        let pins = pins(porting, group, placed);
        if placed.fits {
            name_pins(group, placed, &mut overrides);
        }
        let mut reasons: Vec<String> = faults
            .iter()
            .filter(|(fault, owner)| is_impossible(fault) && *owner == group.entry)
            .map(|(fault, _)| fault.title.clone())
            .collect();
        if !placed.fits && reasons.is_empty() {
            reasons.push(no_room(porting, group, placed));
        }
        let has_moved = group.lost_instance.is_some()
            || placed.pins.iter().any(|pin| !pin.why.is_empty())
            || overrides.contains_key(&group.entry);
        let outcome = match (reasons.is_empty(), has_moved) {
            (false, _) => Outcome::Cannot,
            (true, true) => Outcome::Moves,
            (true, false) => Outcome::Maps,
        };
        let was = adapt::block_of(porting.here, group);
        let becomes = attempt.resolved.as_ref().and_then(|resolved| adapt::block_of(resolved, group));
        add(
            &mut entries,
            PortedEntry {
                entry: group.entry.clone(),
                kind: kind(porting.here, group),
                outcome,
                pins,
                blocks: was.map(|was| (was, becomes)),
                reasons,
            },
        );
    }
    for entry in entries.iter_mut().filter(|entry| entry.outcome == Outcome::Cannot) {
        entry.reasons.dedup();
        entry.reasons.extend(used_by(&porting.here.app, &entry.entry));
    }
    decisions.extend(faults.iter().filter_map(|(fault, owner)| {
        let is_said = entries.iter().any(|entry| entry.entry == *owner && entry.outcome == Outcome::Cannot);
        (!is_said).then(|| Decision {
            entry: owner.clone(),
            text: fault.title.clone(),
            helps: fault.helps.clone(),
            blocks: fault.severity == Severity::Error,
        })
    }));
    decisions.sort_by_key(|decision| !decision.blocks);
    for entry in entries.iter_mut().filter(|entry| entry.outcome != Outcome::Cannot) {
        if decisions.iter().any(|decision| decision.blocks && decision.entry == entry.entry) {
            entry.outcome = Outcome::Open;
        }
    }
    let is_open = |decision: &Decision| decision.blocks;
    let complete = entries.iter().all(|entry| entry.outcome != Outcome::Cannot)
        && !decisions.iter().any(is_open)
        && attempt.resolved.is_some();
    let overrides = text(&overrides, &porting.to.written(), &entries, present);
    let side = |board: &Board| Side { board: board.written().into_owned(), chip: board.chip.title.clone() };
    Port {
        app: porting.here.app.name.value.clone(),
        from: side(&porting.here.app.board),
        to: side(porting.to),
        entries,
        decisions,
        overrides,
        complete,
    }
}

/// What is said of the other board alone, without echoes of pins that only stand in.
fn new_faults<'a>(
    porting: &Porting<'a>,
    attempt: &'a Attempt,
    groups: &'a [Group],
    placed: &'a [Placed],
) -> impl Iterator<Item = &'a Diagnostic> {
    let known: Vec<(&str, &str, Span)> =
        porting.known.iter().map(|fault| (fault.code.name, fault.title.as_str(), fault.span())).collect();
    let stand_ins = place::stand_ins(groups, placed);
    attempt.faults.iter().filter(move |fault| {
        let same = (fault.code.name, fault.title.as_str(), fault.span());
        !known.contains(&same) && !place::is_echo(fault, &stand_ins)
    })
}

/// Whether no choice of the user's would help.
fn is_impossible(fault: &Diagnostic) -> bool {
    let hopeless = [codes::NOT_APPLICABLE, codes::BLOCK_EXHAUSTED, codes::PIN_FUNCTION];
    fault.severity == Severity::Error && hopeless.contains(&fault.code)
}

fn no_room(porting: &Porting<'_>, group: &Group, placed: &Placed) -> String {
    let keys: Vec<String> = group.slots.iter().map(|slot| format!("`{}`", slot.key)).collect();
    let board = &porting.to.name;
    if !porting.to.chip.drives(group.kind) {
        return porting.to.chip.undriven(group.kind);
    }
    if placed.lacks_channels {
        let chip = &porting.to.chip.title;
        return format!("the other entries leave it no DMA channels of the {chip}");
    }
    let are = match keys.len() {
        1 => "is on a free pin",
        _ => "are on free pins",
    };
    match group.takes {
        Takes::Block(BlockKind::Pio) => format!("{board} has no free PIO block for it"),
        Takes::Block(BlockKind::Rmt) => format!("{board} has no free RMT channel for it"),
        Takes::Block(_) => {
            format!("{board} has no free block whose {} {are}", listed(&keys, "and", keys.len()))
        }
        Takes::Pwm(_) => format!("{board} has no free pin with a free pwm output"),
        Takes::PwmBlock => format!("{board} has no free pwm block for it"),
        Takes::Adc => format!("{board} has no free pin that leads to the converter"),
        Takes::Input => format!("{board} has no free pin with a free line for its edges"),
        Takes::Output => format!("{board} has no free pin"),
    }
}

fn pins(porting: &Porting<'_>, group: &Group, placed: &Placed) -> Vec<PortedPin> {
    let pins = group.slots.iter().zip(&placed.pins).filter_map(|(slot, pin)| {
        let origin = slot.origin.as_ref()?;
        Some(PortedPin {
            key: slot.key.clone(),
            named: origin.name.clone(),
            was: porting.here.app.board.chip.pin(origin.pin).name.clone(),
            becomes: placed.fits.then(|| pin.name.clone()),
            pin: placed.fits.then(|| porting.to.chip.pin(pin.pin).name.clone()),
            why: if placed.fits { pin.why.clone() } else { String::new() },
        })
    });
    pins.collect()
}

/// Overrides for the pins that the file does not name as they are.
fn name_pins(group: &Group, placed: &Placed, overrides: &mut Overrides) {
    for (slot, pin) in group.slots.iter().zip(&placed.pins).filter(|(_, pin)| !pin.why.is_empty()) {
        let value = adapt::quoted(&pin.name);
        let by_label = slot.origin.as_ref().is_some_and(|origin| origin.by_app_label);
        let (table, key) = match by_label {
            true => ("pins".to_owned(), slot.name.value.clone()),
            false => (group.entry.clone(), slot.key.clone()),
        };
        overrides.entry(table).or_default().push((key, value));
    }
}

/// Adds a group to its entry: a device has one a pin.
fn add(entries: &mut Vec<PortedEntry>, new: PortedEntry) {
    let Some(known) = entries.iter_mut().find(|known| known.entry == new.entry) else {
        return entries.push(new);
    };
    known.pins.extend(new.pins);
    known.reasons.extend(new.reasons);
    known.blocks = known.blocks.take().or(new.blocks);
    known.outcome = match (known.outcome, new.outcome) {
        (Outcome::Cannot, _) | (_, Outcome::Cannot) => Outcome::Cannot,
        (Outcome::Open, _) | (_, Outcome::Open) => Outcome::Open,
        (Outcome::Moves, _) | (_, Outcome::Moves) => Outcome::Moves,
        (Outcome::Maps, Outcome::Maps) => Outcome::Maps,
    };
}

/// The kind of a peripheral, or the driver of a device.
fn kind(here: &crate::resolved::Resolved, group: &Group) -> String {
    let named = |peripheral: &&crate::app::Peripheral| {
        let (table, name) = peripheral.entry();
        format!("{table}.{}", name.value) == group.entry
    };
    let drivers = here.app.peripherals.iter().filter(named).find_map(|peripheral| match &peripheral.kind {
        PeripheralKind::Device(device) => Some(device.driver.name.clone()),
        _ => None,
    });
    drivers.unwrap_or_else(|| group.kind.to_owned())
}

/// Who cannot be there either.
fn used_by(app: &App, entry: &str) -> Option<String> {
    let uses = |task: &&crate::app::Task| {
        task.uses.iter().any(|used| {
            let (table, name) = app.peripheral(used.peripheral).entry();
            format!("{table}.{}", name.value) == entry
        })
    };
    let tasks: Vec<String> =
        app.tasks.iter().filter(uses).map(|task| format!("`tasks.{}`", task.name.value)).collect();
    (!tasks.is_empty()).then(|| format!("needed by {}", tasks.join(", ")))
}

/// Which entry a place belongs to.
struct Owners(BTreeMap<u32, String>);

impl Owners {
    fn of(file: &AppFile) -> Owners {
        let mut owners = BTreeMap::new();
        owners.extend(file.app_span.map(|span| (span.start, "app".to_owned())));
        let peripherals = file.peripherals.iter().map(|named| ("peripherals", &named.name));
        let devices = file.devices.iter().map(|named| ("devices", &named.name));
        let messages = file.messages.iter().map(|named| ("messages", &named.name));
        let channels = file.channels.iter().map(|named| ("channels", &named.name));
        let tasks = file.tasks.iter().map(|named| ("tasks", &named.name));
        let boards = file.boards.iter().map(|named| ("boards", &named.name));
        let all = peripherals.chain(devices).chain(messages).chain(channels).chain(tasks).chain(boards);
        owners.extend(all.map(|(table, name)| (name.span.start, format!("{table}.{}", name.value))));
        Owners(owners)
    }

    fn of_span(&self, span: Span) -> String {
        let before = self.0.range(..=span.start).next_back();
        before.map_or("app".to_owned(), |(_, entry)| entry.clone())
    }
}

/// The tables to paste, in the order of the language: app labels, peripherals, devices, tasks.
fn text(
    overrides: &Overrides,
    board: &str,
    entries: &[PortedEntry],
    present: &BTreeMap<String, Vec<String>>,
) -> String {
    let order = ["pins", "peripherals", "devices", "tasks"];
    let rank = |table: &str| order.iter().position(|of| table.starts_with(of)).unwrap_or(order.len());
    let position = |table: &str| entries.iter().position(|entry| entry.entry == table);
    let mut tables: Vec<_> = overrides.iter().collect();
    tables.sort_by_key(|(table, _)| (rank(table), position(table)));
    let board = match board.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)) {
        true => board.to_owned(),
        false => adapt::quoted(board),
    };
    let tables = tables.into_iter().map(|(table, keys)| {
        let lines = keys.iter().map(|(key, value)| match key.contains('.') {
            true => format!("\"{key}\" = {value}\n"),
            false => format!("{key} = {value}\n"),
        });
        let there = present.get(table).map_or(String::new(), |present| {
            let changed: Vec<String> = keys
                .iter()
                .filter(|(key, _)| present.contains(key))
                .map(|(key, _)| format!("`{key}`"))
                .collect();
            match &changed[..] {
                [] => "# add to the table that is there already\n".to_owned(),
                all if all.len() == keys.len() => {
                    format!(
                        "# replace {} of the table that is there already\n",
                        listed(all, "and", all.len())
                    )
                }
                some => {
                    let replaced = listed(some, "and", some.len());
                    format!("# add to the table that is there already, and replace its {replaced}\n")
                }
            }
        });
        format!("{there}[boards.{board}.{table}]\n{}", lines.collect::<String>())
    });
    tables.collect::<Vec<String>>().join("\n")
}
