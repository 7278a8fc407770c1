//! Which blocks a port's pins can be on.

use fwc_diag::suggest::closest;
use fwc_diag::words::{listed, quoted};
use fwc_diag::{Diagnostic, codes};
use fwc_schema::Spanned;
use fwc_schema::chip::Signal;

use crate::app::PinUse;
use crate::catalog::{BlockId, PinId};
use crate::resolve::context::Context;
use crate::resolve::ports::Port;
use crate::resolve::proposals::{Proposals, Wanted};
use crate::resolved::{PinOwner, PinRole};

mod remaps;

/// Remedies that a message names: one for each block to which the other pins could move.
const NAMED_REMEDIES: usize = 2;

/// A pin that nobody else claims, and what it must be for the port.
#[derive(Clone, Copy)]
struct Pin {
    role: PinRole,
    signal: Signal,
    used: PinUse,
}

/// The pins of a port that nobody else wants.
fn settled_pins(context: &Context<'_>, port: &Port<'_>) -> Vec<Pin> {
    pins(port).filter(|pin| context.pins.is_settled(pin.used.pin)).collect()
}

/// The pins that a port keeps when whoever comes later gives way, and that can be what they shall be.
fn kept_pins(context: &Context<'_>, port: &Port<'_>) -> Vec<Pin> {
    let blocks = alike_blocks(context, port);
    let is_kept = |pin: &Pin| {
        context.pins.first_owner(pin.used.pin) == Some(PinOwner { peripheral: port.id, role: pin.role })
            && blocks.iter().any(|block| reaches(context, *block, *pin))
    };
    pins(port).filter(is_kept).collect()
}

fn pins<'a>(port: &'a Port<'_>) -> impl Iterator<Item = Pin> + use<'a> {
    port.pins().into_iter().filter_map(|(role, used)| Some(Pin { role, signal: port.signal(role)?, used }))
}

fn reaches(context: &Context<'_>, block: BlockId, pin: Pin) -> bool {
    context.chip.reaches(block, pin.signal, pin.used.pin)
}

/// Whether a block can have all of the pins, each as what it shall be.
fn has_all(context: &Context<'_>, block: BlockId, pins: &[Pin]) -> bool {
    let used: Vec<PinId> = pins.iter().map(|pin| pin.used.pin).collect();
    pins.iter().all(|pin| reaches(context, block, *pin)) && context.chip.are_together(block, &used)
}

/// All blocks of the port's kind.
fn alike_blocks(context: &Context<'_>, port: &Port<'_>) -> Vec<BlockId> {
    context.chip.blocks_of(port.kind()).collect()
}

/// The block that the file forces, where there is such a one.
fn forced(context: &Context<'_>, port: &Port<'_>) -> Option<BlockId> {
    let block = context.chip.block_named(port.instance()?)?;
    (context.chip.block(block).kind == port.kind()).then_some(block)
}

/// The blocks that a port could be on by what is sound of it. Pins that nobody else claims count, and of these those
/// that can be what they shall be; where no block is left by that, every block counts. So what is impossible with these
/// blocks is impossible however the faults here are mended.
pub(super) fn possible_blocks(
    context: &Context<'_>,
    port: &Port<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Vec<BlockId> {
    let all = alike_blocks(context, port);
    let pins = settled_pins(context, port);
    if let Some(instance) = port.instance() {
        faults.extend(unknown_instance(context, port, instance));
    }
    if let Some(fault) = swapped(context, port, &pins) {
        faults.push(fault);
        return all;
    }
    let (able, unable): (Vec<Pin>, Vec<Pin>) =
        pins.into_iter().partition(|pin| all.iter().any(|block| reaches(context, *block, *pin)));
    let by_pins: Vec<BlockId> = all.iter().copied().filter(|block| has_all(context, *block, &able)).collect();
    let forced = forced(context, port);
    let fitting = match forced {
        Some(forced) => by_pins.iter().copied().filter(|block| *block == forced).collect(),
        None => by_pins.clone(),
    };
    faults.extend(unable.iter().map(|pin| no_function(context, port, *pin)));
    if by_pins.is_empty() {
        let remapped = remaps::of_two_remaps(context, port, &able, forced);
        faults.push(remapped.unwrap_or_else(|| apart(context, port, &able, forced)));
        return all;
    }
    if fitting.is_empty() {
        faults.extend(
            forced
                .zip(port.instance())
                .map(|(forced, instance)| not_on_instance(context, port, &able, forced, instance)),
        );
        return by_pins;
    }
    fitting
}

/// The blocks on which a port is by the pins that it keeps; every one where no pin says.
pub(super) fn kept_blocks(context: &Context<'_>, port: &Port<'_>) -> Vec<BlockId> {
    narrowed(context, port, &kept_pins(context, port))
}

/// The blocks for which another pin of an owner's port may be sought: those of its other pins, less those that another
/// port cannot do without.
pub(in crate::resolve) fn blocks_without(
    context: &Context<'_>,
    owner: PinOwner,
    port: &Port<'_>,
) -> Vec<BlockId> {
    let mut pins = kept_pins(context, port);
    pins.retain(|pin| pin.role != owner.role);
    let mut blocks = narrowed(context, port, &pins);
    for other in Port::all(context) {
        if let ([needed], true) = (&kept_blocks(context, &other)[..], other.id != owner.peripheral) {
            blocks.retain(|block| block != needed);
        }
    }
    blocks
}

/// The pins that a port keeps beside another one of its, which is sought.
pub(in crate::resolve) fn pins_beside(context: &Context<'_>, port: &Port<'_>, role: PinRole) -> Vec<PinId> {
    let kept = kept_pins(context, port).into_iter();
    kept.filter(|pin| pin.role != role).map(|pin| pin.used.pin).collect()
}

/// The blocks that are left by `instance` and by pins; where the two do not agree, those of `instance`.
fn narrowed(context: &Context<'_>, port: &Port<'_>, pins: &[Pin]) -> Vec<BlockId> {
    let blocks = forced(context, port).map_or_else(|| alike_blocks(context, port), |block| vec![block]);
    let by_pins: Vec<BlockId> =
        blocks.iter().copied().filter(|block| has_all(context, *block, pins)).collect();
    if by_pins.is_empty() { blocks } else { by_pins }
}

/// Why a port is where it is, as a clause.
pub(super) fn reason(context: &Context<'_>, port: &Port<'_>, block: BlockId) -> String {
    let title = context.block_title(block);
    if port.instance().is_some() {
        return format!("{title}, as `instance` says");
    }
    let pins: Vec<String> = port.pins().iter().map(|(_, used)| quoted(context.pin_name(used.pin))).collect();
    let verb = if pins.len() == 1 { "reaches" } else { "reach" };
    match kept_blocks(context, port).len() {
        1 => {
            let what = port.words().one;
            format!("{title}, the only {what} that {} {verb}", listed(&pins, "and", pins.len()))
        }
        _ => format!("{title}, which {} {verb} and the others leave free", listed(&pins, "and", pins.len())),
    }
}

fn unknown_instance(
    context: &Context<'_>,
    port: &Port<'_>,
    instance: &Spanned<String>,
) -> Option<Diagnostic> {
    let words = port.words();
    let titles: Vec<&str> =
        alike_blocks(context, port).iter().map(|block| context.block_title(*block)).collect();
    let names: Vec<String> = titles.iter().map(|title| quoted(title)).collect();
    let them_all =
        format!("the {} of {} are {}", words.many, context.chip.title, listed(&names, "and", names.len()));
    match context.chip.block_named(instance) {
        Some(block) if context.chip.block(block).kind == port.kind() => None,
        Some(_) => {
            let title = format!("`{}` is not {}", instance.value, words.a);
            Some(Diagnostic::error(codes::WRONG_KIND, title, instance.span).help(them_all))
        }
        None => {
            let title = format!("{} has no {} `{}`", context.chip.title, words.one, instance.value);
            let fault = Diagnostic::error(codes::UNKNOWN_NAME, title, instance.span);
            Some(match closest(instance, titles) {
                Some(near) => fault.help(format!("did you mean `{near}`?")),
                None => fault.help(them_all),
            })
        }
    }
}

/// Pairs of pins that are easily taken for each other.
const PAIRS: &[(PinRole, PinRole)] = &[
    (PinRole::Tx, PinRole::Rx),
    (PinRole::Rts, PinRole::Cts),
    (PinRole::Sda, PinRole::Scl),
    (PinRole::Mosi, PinRole::Miso),
    (PinRole::Sck, PinRole::Mosi),
    (PinRole::Sck, PinRole::Miso),
];

/// Two pins the wrong way round: neither can be what it shall be, and each the other; or no block has all pins of the port as
/// they are, and one has them when these two are exchanged.
fn swapped(context: &Context<'_>, port: &Port<'_>, pins: &[Pin]) -> Option<Diagnostic> {
    let blocks = narrowed(context, port, &[]);
    let is_swapped = |one: Pin, other: Pin| {
        let able = |pin: Pin, signal: Signal| {
            blocks.iter().any(|block| reaches(context, *block, Pin { signal, ..pin }))
        };
        !able(one, one.signal)
            && !able(other, other.signal)
            && blocks.iter().any(|block| {
                reaches(context, *block, Pin { signal: other.signal, ..one })
                    && reaches(context, *block, Pin { signal: one.signal, ..other })
            })
    };
    let is_whole = |pins: &[Pin]| blocks.iter().any(|block| has_all(context, *block, pins));
    let exchanged = |one: Pin, other: Pin| -> Vec<Pin> {
        let used = |pin: &Pin| match pin.role {
            role if role == one.role => other.used,
            role if role == other.role => one.used,
            _ => pin.used,
        };
        pins.iter().map(|pin| Pin { used: used(pin), ..*pin }).collect()
    };
    let of = |role: PinRole| pins.iter().copied().find(|pin| pin.role == role);
    let pairs = || PAIRS.iter().filter_map(|(one, other)| of(*one).zip(of(*other)));
    let alone = pairs().find(|(one, other)| is_swapped(*one, *other));
    let together = || pairs().find(|(one, other)| !is_whole(pins) && is_whole(&exchanged(*one, *other)));
    let (one, other) = alone.or_else(together)?;
    let (key, other_key) = (one.role.key(), other.role.key());
    let (name, other_name) = (context.pin_name(one.used.pin), context.pin_name(other.used.pin));
    Some(
        Diagnostic::error(
            codes::PIN_FUNCTION,
            format!("`{key}` and `{other_key}` are the wrong way round"),
            one.used.span,
        )
        .here(what_it_can_be(context, port, one))
        .also(other.used.span, what_it_can_be(context, port, other))
        .help(format!("exchange them: `{key} = \"{other_name}\"`, `{other_key} = \"{name}\"`")),
    )
}

fn no_function(context: &Context<'_>, port: &Port<'_>, pin: Pin) -> Diagnostic {
    let blocks = blocks_without(context, PinOwner { peripheral: port.id, role: pin.role }, port);
    let beside = pins_beside(context, port, pin.role);
    let kind = port.words().title;
    let title = format!("`{}` cannot be {kind} {}", context.pin_name(pin.used.pin), pin.signal);
    Diagnostic::error(codes::PIN_FUNCTION, title, pin.used.span)
        .here(what_it_can_be(context, port, pin))
        .help_if(Proposals::new(context).choice(&blocks, pin.signal, &beside, pin.used.pin))
}

fn what_it_can_be(context: &Context<'_>, port: &Port<'_>, pin: Pin) -> String {
    let functions = context.functions(pin.used.pin, port.kind());
    let word = match functions.is_empty() {
        true => format!("leads to no {}", port.words().one),
        false => format!("can be {}", listed(&functions, "or", functions.len())),
    };
    let word = if pin.used.renamed { format!("which {word}") } else { word };
    context.at_pin(pin.used, &word)
}

/// Pins that lead to blocks of the kind, but not all to the same.
fn apart(context: &Context<'_>, port: &Port<'_>, pins: &[Pin], forced: Option<BlockId>) -> Diagnostic {
    let Port { name, .. } = port;
    let keys: Vec<String> = pins.iter().map(|pin| quoted(pin.role.key())).collect();
    let one = port.words().one;
    let title = format!("{} of `{name}` are not on one {one}", listed(&keys, "and", keys.len()));
    let blocks = nearest_blocks(context, port, pins, forced);
    // The pin that must move wherever fewest must is the one that is wrong.
    let is_wrong = |pin: &&Pin| !reaches(context, blocks[0], **pin);
    let wrong = pins.iter().rfind(is_wrong).unwrap_or(&pins[0]);
    let mut fault =
        Diagnostic::error(codes::PIN_FUNCTION, title, wrong.used.span).here(on_which(context, port, *wrong));
    for pin in pins.iter().filter(|pin| pin.role != wrong.role) {
        fault = fault.also(pin.used.span, on_which(context, port, *pin));
    }
    let remedies = blocks.into_iter().filter_map(|block| move_to(context, pins, block));
    remedies.take(NAMED_REMEDIES).fold(fault, Diagnostic::help)
}

/// The blocks to which the fewest pins must move, that of the first pin first; or the one that is forced.
fn nearest_blocks(
    context: &Context<'_>,
    port: &Port<'_>,
    pins: &[Pin],
    forced: Option<BlockId>,
) -> Vec<BlockId> {
    let candidates = forced.map_or_else(|| alike_blocks(context, port), |block| vec![block]);
    let moved = |block: &BlockId| pins.iter().filter(|pin| !reaches(context, *block, **pin)).count();
    let fewest = candidates.iter().map(moved).min();
    let mut blocks: Vec<BlockId> =
        candidates.into_iter().filter(|block| Some(moved(block)) == fewest).collect();
    blocks.sort_by_key(|block| !reaches(context, *block, pins[0]));
    blocks
}

/// `` `GP0` is UART0 TX ``.
fn on_which(context: &Context<'_>, port: &Port<'_>, pin: Pin) -> String {
    let blocks = alike_blocks(context, port).into_iter().filter(|block| reaches(context, *block, pin));
    let titles: Vec<String> =
        blocks.map(|block| format!("{} {}", context.block_title(block), pin.signal)).collect();
    format!("`{}` is {}", context.pin_name(pin.used.pin), listed(&titles, "or", titles.len()))
}

/// How the pins that are not on a block could come there; nothing where one of them finds no free pin.
fn move_to(context: &Context<'_>, pins: &[Pin], block: BlockId) -> Option<String> {
    if !context.chip.block(block).remaps.is_empty() {
        return remaps::move_to(context, pins, block);
    }
    let proposals = Proposals::new(context);
    let moves = pins.iter().filter(|pin| !reaches(context, block, **pin)).map(|pin| {
        let found = proposals.pins(&Wanted::signal(vec![block], pin.signal), pin.used.pin);
        (!found.is_empty()).then(|| format!("`{}` can be {}", pin.role.key(), proposals.listed(&found)))
    });
    let moves: Vec<String> = moves.collect::<Option<_>>()?;
    Some(format!("for {}, {}", context.block_title(block), listed(&moves, "and", moves.len())))
}

fn not_on_instance(
    context: &Context<'_>,
    port: &Port<'_>,
    pins: &[Pin],
    forced: BlockId,
    instance: &Spanned<String>,
) -> Diagnostic {
    let title = format!("the pins of `{}` do not lead to {}", port.name, context.block_title(forced));
    let mut fault = Diagnostic::error(codes::PIN_FUNCTION, title, instance.span).here("forced here");
    for pin in pins.iter().filter(|pin| !reaches(context, forced, **pin)) {
        fault = fault.also(pin.used.span, on_which(context, port, *pin));
    }
    fault
        .help_if(move_to(context, pins, forced))
        .help(format!("remove `instance`, and the {} follows from the pins", port.words().one))
}
