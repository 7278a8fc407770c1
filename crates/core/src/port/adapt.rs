//! Keys beside pins that mean something else on the other board: forced blocks, cores, and the level at which a light or a
//! button of the board is on. Each becomes an override, and a decision that says so.

use fwc_schema::app::{Active, AppFile, PeripheralKeys};
use fwc_schema::board::Level;
use fwc_schema::{Field, Spanned};

use crate::port::place::Placed;
use crate::port::slots::{Group, Table};
use crate::port::{Attempt, Decision, Overrides, Porting};
use crate::resolved::Resolved;

/// Lets go of blocks that the other chip does not have; where each went is said by [`moved_instances`].
pub(super) fn instances(porting: &Porting<'_>, groups: &mut [Group], theirs: &mut AppFile) {
    for group in groups.iter_mut().filter(|group| group.table == Table::Peripherals) {
        let Some(instance) = &group.instance else { continue };
        if porting.to.chip.block_named(instance).is_none() {
            group.lost_instance = group.instance.take();
            theirs.peripherals[group.index].entry.common.instance = Field::Absent;
        }
    }
}

/// The blocks that took the place of those that the other chip does not have.
pub(super) fn moved_instances(
    porting: &Porting<'_>,
    groups: &[Group],
    attempt: &Attempt,
    overrides: &mut Overrides,
    decisions: &mut Vec<Decision>,
) {
    for group in groups {
        let Some(lost) = &group.lost_instance else { continue };
        let block = attempt.resolved.as_ref().and_then(|resolved| block_of(resolved, group));
        let chip = &porting.to.chip.title;
        let text = match &block {
            Some(block) => {
                let key = ("instance".to_owned(), quoted(block));
                overrides.entry(group.entry.clone()).or_default().push(key);
                format!("`instance = \"{}\"` is no block of the {chip}: it is on {block} there", lost.value)
            }
            None => format!("`instance = \"{}\"` is no block of the {chip}", lost.value),
        };
        let helps = match block {
            Some(_) => Vec::new(),
            None => {
                vec![format!("remove `instance`, or give it another one in an override of `{}`", group.entry)]
            }
        };
        let blocks = !helps.is_empty();
        decisions.push(Decision { entry: group.entry.clone(), text, helps, blocks });
    }
}

/// The hardware block of a peripheral.
pub(super) fn block_of(resolved: &Resolved, group: &Group) -> Option<String> {
    let (_, name) = group.entry.split_once('.')?;
    let of_name = |id: crate::app::PeripheralId| {
        let peripheral = resolved.app.peripheral(id);
        let (table, entry) = peripheral.entry();
        group.entry.starts_with(table) && entry.value == name
    };
    let uarts = resolved.uarts.iter().map(|(id, wiring)| (*id, wiring.block));
    let i2cs = resolved.i2cs.iter().map(|(id, wiring)| (*id, wiring.block));
    let spis = resolved.spis.iter().map(|(id, wiring)| (*id, wiring.block));
    let strips = resolved.led_strips.iter().map(|(id, wiring)| (*id, wiring.block));
    let pwms = resolved.pwms.iter().map(|(id, wiring)| (*id, wiring.block));
    let adcs = resolved.adcs.iter().map(|(id, wiring)| (*id, wiring.block));
    let mut all = uarts.chain(i2cs).chain(spis).chain(strips).chain(pwms).chain(adcs);
    let (_, block) = all.find(|(id, _)| of_name(*id))?;
    Some(resolved.app.board.chip.block(block).title.clone())
}

/// Moves tasks of a core that the other chip does not have to the first.
pub(super) fn cores(
    porting: &Porting<'_>,
    theirs: &mut AppFile,
    overrides: &mut Overrides,
    decisions: &mut Vec<Decision>,
) {
    let chip = &porting.to.chip;
    for named in &mut theirs.tasks {
        let Field::Given(core) = &mut named.entry.common.core else { continue };
        if core.value < chip.cores {
            continue;
        }
        let entry = format!("tasks.{}", named.name.value);
        let text = format!(
            "the {} has no core {}: the task shares core 0 with all others there, and its pace must leave them room",
            chip.title, core.value
        );
        core.value = 0;
        overrides.entry(entry.clone()).or_default().push(("core".to_owned(), "0".to_owned()));
        decisions.push(Decision { entry, text, helps: Vec::new(), blocks: false });
    }
}

/// Turns levels round where a light or a button of the board is on at the other level.
pub(super) fn levels(
    porting: &Porting<'_>,
    groups: &[Group],
    placed: &[Placed],
    theirs: &AppFile,
    overrides: &mut Overrides,
    decisions: &mut Vec<Decision>,
) {
    for (group, placed) in groups.iter().zip(placed) {
        let (Table::Peripherals, true, [slot], [pin]) =
            (group.table, placed.fits, group.slots.as_slice(), placed.pins.as_slice())
        else {
            continue;
        };
        let keys = &theirs.peripherals[group.index].entry.keys;
        let (Some(active), Some(origin)) = (active(keys), &slot.origin) else { continue };
        let on_at = porting.here.app.board.onboard(origin.pin).and_then(|onboard| onboard.active);
        let Some(onboard) = porting.to.onboard(pin.pin) else { continue };
        // What is the other way round on the first board is meant so.
        if on_at.map(as_active) != Some(active) {
            continue;
        }
        let Some(there) = onboard.active.map(as_active).filter(|there| *there != active) else { continue };
        let mut changes = vec![("active", there.word())];
        let mut word = format!("`active = \"{there}\"`");
        if let PeripheralKeys::Input(input) = keys
            && !input.pull.is_absent()
        {
            let pull = if there == Active::Low { "up" } else { "down" };
            changes.push(("pull", pull));
            word = format!("{word} and `pull = \"{pull}\"`");
        }
        let table = overrides.entry(group.entry.clone()).or_default();
        table.extend(changes.into_iter().map(|(key, value)| (key.to_owned(), quoted(value))));
        let part = &onboard.part;
        let text = format!("{word}: {part} of the board is on at the other level than its like on the first");
        decisions.push(Decision { entry: group.entry.clone(), text, helps: Vec::new(), blocks: false });
    }
}

fn active(keys: &PeripheralKeys) -> Option<Active> {
    let field = match keys {
        PeripheralKeys::Output(keys) => &keys.active,
        PeripheralKeys::Pwm(keys) => &keys.active,
        PeripheralKeys::Input(keys) => &keys.active,
        _ => return None,
    };
    Some(field.get().map_or(Active::High, |given: &Spanned<Active>| given.value))
}

fn as_active(level: Level) -> Active {
    match level {
        Level::High => Active::High,
        Level::Low => Active::Low,
    }
}

/// A value as TOML writes it.
pub(super) fn quoted(value: &str) -> String {
    format!("\"{value}\"")
}
