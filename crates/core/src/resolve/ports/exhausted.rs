//! More uarts or buses than there is hardware for: who is in conflict, who holds what, and what would free it.

use std::collections::BTreeSet;

use fwc_diag::words::{listed, quoted};
use fwc_diag::{Diagnostic, codes};
use fwc_schema::Span;
use fwc_schema::chip::BlockKind;

use crate::catalog::{BlockId, DmaDirection, DmaId, PinId};
use crate::resolve::context::Context;
use crate::resolve::ports::{Need, PortKind};
use crate::resolve::proposals::{Proposals, Wanted};

/// Entries that a sentence names.
const NAMED_ENTRIES: usize = 5;

/// Says that the needs in `crowd` cannot all be met. The result is the needs that are in the same straits, for which
/// this message speaks as well.
pub(super) fn refuse(
    context: &Context<'_>,
    needs: &[Need<'_>],
    crowd: &[usize],
    faults: &mut Vec<Diagnostic>,
) -> Vec<usize> {
    let wanted: BTreeSet<BlockId> =
        crowd.iter().flat_map(|member| needs[*member].blocks.iter().copied()).collect();
    let singletons: BTreeSet<BlockId> = wanted.iter().map(|block| context.chip.shared_as(*block)).collect();
    if singletons.len() >= crowd.len() {
        faults.push(too_few_channels(context, needs, crowd));
        return Vec::new();
    }
    if singletons.len() < wanted.len() {
        return refuse_singletons(context, needs, crowd, &wanted, faults);
    }
    let in_same_straits = |member: &usize| {
        !crowd.contains(member) && needs[*member].blocks.iter().all(|block| wanted.contains(block))
    };
    let others: Vec<usize> = (0..needs.len()).filter(in_same_straits).collect();
    let mut fault = at_members(context, needs, crowd, title(context, needs, crowd, &wanted));
    if !others.is_empty() {
        let verb = if others.len() == 1 { "needs" } else { "need" };
        let what = if wanted.len() == 1 { "it" } else { "one of them" };
        fault = fault.note(format!("{} {verb} {what} as well", names(needs, &others, "and")));
    }
    let elsewhere = context.chip.blocks_of(kind_of(needs, crowd)).filter(|block| !wanted.contains(block));
    let (free, held): (Vec<BlockId>, Vec<BlockId>) =
        elsewhere.partition(|block| needs.iter().all(|need| !need.blocks.contains(block)));
    fault = held.into_iter().fold(fault, |fault, block| fault.note(who_holds(context, needs, block)));
    let moves = free.iter().flat_map(|block| crowd.iter().rev().map(move |member| (*member, *block)));
    let mut moves = moves.filter_map(|(member, block)| move_to(context, &needs[member], block));
    faults.push(fault.help(moves.next().unwrap_or_else(|| {
        let all: Vec<usize> = crowd.iter().chain(&others).copied().collect();
        one_less(context, needs, &all, wanted.len())
    })));
    others
}

/// Says that the needs in `crowd`, which may be of several kinds, want more blocks than can be in use together: some of those
/// that they want are one thing of the chip's.
fn refuse_singletons(
    context: &Context<'_>,
    needs: &[Need<'_>],
    crowd: &[usize],
    wanted: &BTreeSet<BlockId>,
    faults: &mut Vec<Diagnostic>,
) -> Vec<usize> {
    let chip = context.chip;
    let singletons: BTreeSet<BlockId> = wanted.iter().map(|block| chip.shared_as(*block)).collect();
    let who = names(needs, crowd, "and");
    let title =
        format!("{who} need {} blocks, and {} has {} for them", crowd.len(), chip.title, singletons.len());
    let mut fault = at_members(context, needs, crowd, title);
    for singleton in &singletons {
        let same = wanted.iter().filter(|block| chip.shared_as(**block) == *singleton);
        let same: Vec<String> = same.map(|block| context.block_title(*block).to_owned()).collect();
        if same.len() > 1 {
            let same = listed(&same, "and", NAMED_ENTRIES);
            fault = fault.note(format!("{same} share their registers: one of them can be in use"));
        }
    }
    let is_free = |block: &BlockId| {
        !singletons.contains(&chip.shared_as(*block))
            && needs
                .iter()
                .all(|need| !need.blocks.iter().any(|of| chip.shared_as(*of) == chip.shared_as(*block)))
    };
    let free: Vec<BlockId> = chip.block_ids().filter(is_free).collect();
    let moves = crowd.iter().rev().flat_map(|member| free.iter().map(move |block| (*member, *block)));
    let mut moves = moves
        .filter(|(member, block)| needs[*member].port.kind() == chip.block(*block).kind)
        .filter_map(|(member, block)| move_to(context, &needs[member], block));
    let remove = || format!("remove one of {}", names(needs, crowd, "and"));
    faults.push(fault.help(moves.next().unwrap_or_else(remove)));
    let in_same_straits = |member: &usize| {
        !crowd.contains(member)
            && needs[*member].blocks.iter().all(|block| singletons.contains(&chip.shared_as(*block)))
    };
    (0..needs.len()).filter(in_same_straits).collect()
}

/// Says that nothing was found in reasonable time.
pub(super) fn gave_up(needs: &[Need<'_>], members: &[usize]) -> Diagnostic {
    let first = &needs[members[0]];
    Diagnostic::error(
        codes::BLOCK_EXHAUSTED,
        "no way was found to give every uart and bus its hardware",
        place(first),
    )
    .note("the search was stopped: the pins leave too many ways open")
    .help("force some of them by `instance`")
}

fn title(context: &Context<'_>, needs: &[Need<'_>], crowd: &[usize], wanted: &BTreeSet<BlockId>) -> String {
    let who = names(needs, crowd, "and");
    let many = needs[crowd[0]].port.words().many;
    let titles: Vec<String> = wanted.iter().map(|block| context.block_title(*block).to_owned()).collect();
    match &titles[..] {
        [block] => format!("{who} both need {block}"),
        _ if wanted.len() == context.chip.blocks_of(kind_of(needs, crowd)).count() => {
            format!("{who} need {} {many}, and {} has {}", crowd.len(), context.chip.title, wanted.len())
        }
        _ => format!("{who} need {} {many} among {}", crowd.len(), listed(&titles, "and", NAMED_ENTRIES)),
    }
}

/// The kind of a crowd that competes for blocks, and so has one.
fn kind_of(needs: &[Need<'_>], crowd: &[usize]) -> BlockKind {
    needs[crowd[0]].port.kind()
}

fn too_few_channels(context: &Context<'_>, needs: &[Need<'_>], crowd: &[usize]) -> Diagnostic {
    let who = names(needs, crowd, "and");
    let fault = at_members(context, needs, crowd, format!("there are not enough DMA channels for {who}"));
    if context.chip.dma_channels.iter().any(|channel| channel.serves.is_some()) {
        let wired = crowd.iter().flat_map(|member| wired(context, &needs[*member]));
        return wired.fold(fault, Diagnostic::note).help_if(without_dma(needs, crowd));
    }
    fault
        .note(format!(
            "{} has {}; a uart that is only written takes one, an spi one for each direction",
            context.chip.title,
            context.chip.dma_channels.len()
        ))
        .help("a uart that is also read is served by its interrupt and needs none")
}

/// By which channels each direction of a need can go, where channels serve some requests only.
fn wired(context: &Context<'_>, need: &Need<'_>) -> Vec<String> {
    let directions = need.driver.dma().iter().map(|direction| {
        let channels = need.blocks.iter().flat_map(|block| context.chip.dma_channels_for(*block, *direction));
        let channels: BTreeSet<DmaId> = channels.collect();
        let names: Vec<String> =
            channels.iter().map(|channel| context.chip.dma_channel(*channel).name.clone()).collect();
        let verb = if *direction == DmaDirection::Tx { "send" } else { "receive" };
        format!("`{}` can {verb} by {}", need.port.name, listed(&names, "or", NAMED_ENTRIES))
    });
    directions.collect()
}

/// What does without a channel.
fn without_dma(needs: &[Need<'_>], crowd: &[usize]) -> Option<String> {
    let uart =
        crowd.iter().map(|member| &needs[*member].port).find(|port| matches!(port.of, PortKind::Uart(_)));
    uart.map(|port| {
        format!("a uart with `tx` and `rx` that is read, too, needs none: `{}` could be one", port.name)
    })
}

/// A fault at the last of the members in the file, with a word at each of the others.
fn at_members(context: &Context<'_>, needs: &[Need<'_>], crowd: &[usize], title: String) -> Diagnostic {
    let mut members: Vec<&Need<'_>> = crowd.iter().map(|member| &needs[*member]).collect();
    members.sort_by_key(|need| place(need));
    let (last, earlier) = members.split_last().expect("a conflict has members");
    let fault = Diagnostic::error(codes::BLOCK_EXHAUSTED, title, place(last)).here(wants(context, last));
    earlier.iter().fold(fault, |fault, need| fault.also(place(need), wants(context, need)))
}

/// Where the file says on which block a port is: `instance`, or its first pin.
fn place(need: &Need<'_>) -> Span {
    let instance = need.port.instance().map(|instance| instance.span);
    let pins = need.port.pins().into_iter().map(|(_, used)| used.span);
    instance.into_iter().chain(pins).next().expect("a port has at least one pin")
}

fn wants(context: &Context<'_>, need: &Need<'_>) -> String {
    let blocks: Vec<String> =
        need.blocks.iter().map(|block| context.block_title(*block).to_owned()).collect();
    match blocks.len() {
        1 => format!("`{}` needs {}", need.port.name, blocks[0]),
        _ => format!("`{}` needs {}", need.port.name, listed(&blocks, "or", NAMED_ENTRIES)),
    }
}

fn names(needs: &[Need<'_>], members: &[usize], last: &str) -> String {
    let names: Vec<String> = members.iter().map(|member| quoted(needs[*member].port.name)).collect();
    listed(&names, last, NAMED_ENTRIES)
}

fn who_holds(context: &Context<'_>, needs: &[Need<'_>], block: BlockId) -> String {
    let holders: Vec<usize> =
        (0..needs.len()).filter(|member| needs[*member].blocks.contains(&block)).collect();
    let verb = if holders.len() == 1 { "held" } else { "wanted" };
    format!("{} is {verb} by {}", context.block_title(block), names(needs, &holders, "and"))
}

/// How many of those who want `blocks` blocks are too many.
fn one_less(context: &Context<'_>, needs: &[Need<'_>], all: &[usize], blocks: usize) -> String {
    let how_many = match all.len() - blocks {
        1 => "one".to_owned(),
        surplus => surplus.to_string(),
    };
    let remedy = format!("remove {how_many} of {}", names(needs, all, "and"));
    let port = &needs[all[0]].port;
    let alike = needs.iter().filter(|need| need.port.kind() == port.kind()).count();
    match (alike, context.chip.blocks_of(port.kind()).count()) {
        (wanted, there) if wanted > there => {
            let many = port.words().many;
            format!("{} has {there} {many}, the app {wanted}: {remedy}", context.chip.title)
        }
        _ => remedy,
    }
}

/// How a port could come to a free block; nothing where a pin of it finds no place.
fn move_to(context: &Context<'_>, need: &Need<'_>, block: BlockId) -> Option<String> {
    let title = context.block_title(block);
    let mut keys: Vec<String> = Vec::new();
    keys.extend(need.port.instance().map(|_| format!("`instance = \"{title}\"`")));
    let remaps = &context.chip.block(block).remaps;
    keys.extend(match remaps.is_empty() {
        true => pins_on(context, need, block, &|_| true)?,
        false => {
            let mut ways = remaps
                .iter()
                .filter_map(|remap| pins_on(context, need, block, &|pin| remap.pins.contains(&pin)));
            ways.next()?
        }
    });
    Some(format!(
        "{title} is free: `{}` fits there with {}",
        need.port.name,
        listed(&keys, "and", keys.len())
    ))
}

/// What the keys of a port's pins would be on a free block, for those that are not there; of the block's pins only some are
/// `able`. Nothing where one finds no pin.
fn pins_on(
    context: &Context<'_>,
    need: &Need<'_>,
    block: BlockId,
    able: &dyn Fn(PinId) -> bool,
) -> Option<Vec<String>> {
    let proposals = Proposals::new(context);
    let mut taken: Vec<PinId> = Vec::new();
    let mut keys: Vec<String> = Vec::new();
    for (role, used) in need.port.pins() {
        let signal = need.port.signal(role)?;
        if context.chip.reaches(block, signal, used.pin) && able(used.pin) {
            continue;
        }
        let found = proposals.pins(&Wanted::signal(vec![block], signal), used.pin);
        let pin = found.into_iter().find(|pin| able(*pin) && !taken.contains(pin))?;
        taken.push(pin);
        keys.push(format!("`{} = \"{}\"`", role.key(), context.pin_name(pin)));
    }
    Some(keys)
}
