//! More uarts or buses than there is hardware for: who is in conflict, who holds what, and what would free it.

use std::collections::BTreeSet;

use fwc_diag::words::{listed, quoted};
use fwc_diag::{Diagnostic, codes};
use fwc_schema::Span;
use fwc_schema::chip::BlockKind;

use crate::app::Uart;
use crate::catalog::{BlockId, DmaDirection, DmaId};
use crate::resolve::clock::Core;
use crate::resolve::context::Context;
use crate::resolve::ports::remedies::Remedies;
use crate::resolve::ports::{Driver, Need, PortKind, channels_of};

/// Entries that a sentence names.
const NAMED_ENTRIES: usize = 5;

/// Says that the needs in `crowd` cannot all be met. The result is the needs that are in the same straits, for which
/// this message speaks as well.
pub(super) fn refuse(
    context: &Context<'_>,
    core: Option<&Core>,
    needs: &[Need<'_>],
    crowd: &[usize],
    faults: &mut Vec<Diagnostic>,
) -> Vec<usize> {
    let wanted: BTreeSet<BlockId> =
        crowd.iter().flat_map(|member| needs[*member].blocks.iter().copied()).collect();
    let singletons: BTreeSet<BlockId> = wanted.iter().map(|block| context.chip.shared_as(*block)).collect();
    if singletons.len() >= crowd.len() {
        let remedies = Remedies::new(context, core, needs, crowd, &[]);
        let fault = too_few_channels(context, needs, crowd);
        faults.push(remedies.for_channels().into_iter().fold(fault, Diagnostic::help));
        return Vec::new();
    }
    if singletons.len() < wanted.len() {
        return refuse_singletons(context, core, needs, crowd, &wanted, faults);
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
    let remedies = Remedies::new(context, core, needs, crowd, &others);
    faults.push(fault.help(remedies.first_move(moves).unwrap_or_else(|| {
        let all: Vec<usize> = crowd.iter().chain(&others).copied().collect();
        let remedies = Remedies::new(context, core, needs, &all, &[]);
        too_many(context, needs, &all, remedies.removal(all.len() - wanted.len()))
    })));
    others
}

/// Says that the needs in `crowd`, which may be of several kinds, want more blocks than can be in use together: some of those
/// that they want are one thing of the chip's.
fn refuse_singletons(
    context: &Context<'_>,
    core: Option<&Core>,
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
    let moves = moves.filter(|(member, block)| needs[*member].port.kind() == chip.block(*block).kind);
    let in_same_straits = |member: &usize| {
        !crowd.contains(member)
            && needs[*member].blocks.iter().all(|block| singletons.contains(&chip.shared_as(*block)))
    };
    let others: Vec<usize> = (0..needs.len()).filter(in_same_straits).collect();
    let remedies = Remedies::new(context, core, needs, crowd, &others);
    faults.push(fault.help(remedies.first_move(moves).unwrap_or_else(|| remedies.removal(1))));
    others
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
        return wired.fold(fault, Diagnostic::note);
    }
    let count = |need: &Need<'_>| channels_of(context, need).len();
    let mut forms: Vec<(&str, &str)> = Vec::new();
    for need in crowd.iter().map(|member| &needs[*member]) {
        let form = (form(need), if count(need) == 1 { "one" } else { "two" });
        if !forms.contains(&form) {
            forms.push(form);
        }
    }
    let forms = forms.iter().enumerate().map(|(place, (what, how_many))| match place {
        0 => format!("{what} takes {how_many}"),
        _ => format!("{what} {how_many}"),
    });
    let forms = listed(&forms.collect::<Vec<String>>(), "and", usize::MAX);
    let fault =
        fault.note(format!("{} has {}; {forms}", context.chip.title, context.chip.dma_channels.len()));
    let of_crowd: usize = crowd.iter().map(|member| count(&needs[*member])).sum();
    let of_all: usize = needs.iter().map(count).sum();
    match of_all > of_crowd {
        true => fault.note(format!("all uarts and buses of the app together take {of_all}")),
        false => fault,
    }
}

/// What sort of port takes its channels.
fn form(need: &Need<'_>) -> &'static str {
    match (&need.driver, need.port.of) {
        (Driver::I2c, _) => "an i2c",
        (Driver::Spi { reads: true }, _) => "an spi with `miso`",
        (Driver::Spi { reads: false }, _) => "an spi without `miso`",
        (Driver::LedStrip, _) => "a chain of lights",
        (Driver::Uart(_), PortKind::Uart(Uart { tx: None, .. })) => "a uart without `tx`",
        (Driver::Uart(_), _) => "a uart that is only written",
    }
}

/// By which channels each direction of a need can go, where channels serve some requests only.
fn wired(context: &Context<'_>, need: &Need<'_>) -> Vec<String> {
    let directions = channels_of(context, need).into_iter().map(|direction| {
        let channels = need.blocks.iter().flat_map(|block| context.chip.dma_channels_for(*block, direction));
        let channels: BTreeSet<DmaId> = channels.collect();
        let names: Vec<String> =
            channels.iter().map(|channel| context.chip.dma_channel(*channel).name.clone()).collect();
        let verb = if direction == DmaDirection::Tx { "send" } else { "receive" };
        format!("`{}` can {verb} by {}", need.port.name, listed(&names, "or", NAMED_ENTRIES))
    });
    directions.collect()
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

pub(super) fn names(needs: &[Need<'_>], members: &[usize], last: &str) -> String {
    let names: Vec<String> = members.iter().map(|member| quoted(needs[*member].port.name)).collect();
    listed(&names, last, NAMED_ENTRIES)
}

fn who_holds(context: &Context<'_>, needs: &[Need<'_>], block: BlockId) -> String {
    let holders: Vec<usize> =
        (0..needs.len()).filter(|member| needs[*member].blocks.contains(&block)).collect();
    let verb = if holders.len() == 1 { "held" } else { "wanted" };
    format!("{} is {verb} by {}", context.block_title(block), names(needs, &holders, "and"))
}

/// What must go, and how many more there are than the chip has, where there are.
fn too_many(context: &Context<'_>, needs: &[Need<'_>], all: &[usize], removal: String) -> String {
    let port = &needs[all[0]].port;
    let alike = needs.iter().filter(|need| need.port.kind() == port.kind()).count();
    match (alike, context.chip.blocks_of(port.kind()).count()) {
        (wanted, there) if wanted > there => {
            let there = port.words().counted(there);
            format!("{} has {there}, the app {wanted}: {removal}", context.chip.title)
        }
        _ => removal,
    }
}
