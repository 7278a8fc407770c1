//! Pins that lead to one block, but not together: an STM32F1 maps the pins of a block in groups.

use fwc_diag::words::{listed, quoted};
use fwc_diag::{Diagnostic, codes};

use super::{NAMED_REMEDIES, Pin, alike_blocks, reaches};
use crate::catalog::{BlockId, PinId, Remap};
use crate::resolve::context::Context;
use crate::resolve::ports::Port;
use crate::resolve::proposals::{Proposals, Wanted};

/// The fault of pins of which each leads to a block, but which are in no group of that block together; nothing where there
/// is no such block.
pub(super) fn of_two_remaps(
    context: &Context<'_>,
    port: &Port<'_>,
    pins: &[Pin],
    forced: Option<BlockId>,
) -> Option<Diagnostic> {
    let blocks = forced.map_or_else(|| alike_blocks(context, port), |block| vec![block]);
    let block = blocks.into_iter().find(|block| pins.iter().all(|pin| reaches(context, *block, *pin)))?;
    let clashing = least_clash(context, block, pins);
    let keys: Vec<String> = clashing.iter().map(|pin| quoted(pin.role.key())).collect();
    let title = context.block_title(block);
    let what = listed(&keys, "and", keys.len());
    let (wrong, others) = clashing.split_last()?;
    let fault = Diagnostic::error(
        codes::PIN_FUNCTION,
        format!("{what} of `{}` are of different remaps of {title}", port.name),
        wrong.used.span,
    )
    .here(group_of(context, block, *wrong));
    let fault =
        others.iter().fold(fault, |fault, pin| fault.also(pin.used.span, group_of(context, block, *pin)));
    let fault = fault.note(format!("{} maps all pins of {title} together", context.chip.title));
    let remedies = moves(context, pins, block).into_iter().take(NAMED_REMEDIES);
    Some(remedies.fold(fault, |fault, moves| fault.help(moves)))
}

/// The fewest pins that are in no group together.
fn least_clash(context: &Context<'_>, block: BlockId, pins: &[Pin]) -> Vec<Pin> {
    let mut kept = pins.to_vec();
    for pin in pins.iter().rev() {
        let without: Vec<Pin> = kept.iter().copied().filter(|other| other.role != pin.role).collect();
        let used: Vec<PinId> = without.iter().map(|pin| pin.used.pin).collect();
        if !context.chip.are_together(block, &used) {
            kept = without;
        }
    }
    kept
}

/// `` `PB7` is USART1 RX together with `PB6` ``: the other pins of its groups.
fn group_of(context: &Context<'_>, block: BlockId, pin: Pin) -> String {
    let remaps = context.chip.block(block).remaps.iter().filter(|remap| remap.pins.contains(&pin.used.pin));
    let mut others: Vec<PinId> = remaps.flat_map(|remap| remap.pins.iter().copied()).collect();
    others.sort_unstable();
    others.dedup();
    others.retain(|other| *other != pin.used.pin);
    let names: Vec<String> = others.iter().map(|other| quoted(context.pin_name(*other))).collect();
    let is = format!(
        "{} is {} {}",
        quoted(context.pin_name(pin.used.pin)),
        context.block_title(block),
        pin.signal
    );
    match names.is_empty() {
        true => format!("{is} by itself"),
        false => format!("{is} together with {}", listed(&names, "or", names.len())),
    }
}

/// How the pins could come to a block, by the group for which the fewest must move.
pub(super) fn move_to(context: &Context<'_>, pins: &[Pin], block: BlockId) -> Option<String> {
    let moves = moves(context, pins, block).into_iter().next()?;
    Some(format!("for {}, {moves}", context.block_title(block)))
}

/// How the pins could come into one group, for each group where all find a free pin, the fewest moves first.
fn moves(context: &Context<'_>, pins: &[Pin], block: BlockId) -> Vec<String> {
    let mut ways: Vec<Vec<String>> = Vec::new();
    for remap in &context.chip.block(block).remaps {
        ways.extend(moves_into(context, pins, block, remap));
    }
    ways.sort_by_key(Vec::len);
    ways.iter().map(|moves| listed(moves, "and", moves.len())).collect()
}

fn moves_into(context: &Context<'_>, pins: &[Pin], block: BlockId, remap: &Remap) -> Option<Vec<String>> {
    let proposals = Proposals::new(context);
    let stays = |pin: &&Pin| reaches(context, block, **pin) && remap.pins.contains(&pin.used.pin);
    let moves = pins.iter().filter(|pin| !stays(pin)).map(|pin| {
        let mut found = proposals.pins(&Wanted::signal(vec![block], pin.signal), pin.used.pin);
        found.retain(|free| remap.pins.contains(free));
        (!found.is_empty()).then(|| format!("`{}` can be {}", pin.role.key(), proposals.listed(&found)))
    });
    moves.collect()
}
