//! Why a pwm cannot be had, and where it would find room.

use std::collections::BTreeSet;

use fwc_diag::suggest::closest;
use fwc_diag::words::{counted, listed, quoted};
use fwc_diag::{Diagnostic, codes};
use fwc_schema::Spanned;
use fwc_schema::chip::BlockKind;
use fwc_schema::units::Frequency;

use crate::app::{PeripheralId, Pwm};
use crate::catalog::BlockId;
use crate::resolve::clock::Core;
use crate::resolve::context::Context;
use crate::resolve::proposals::Proposals;
use crate::resolve::pwms::strips::Strip;
use crate::resolve::pwms::{Need, Output, Problem, Timer, one, output_title, outputs_of, remedies};
use crate::resolved::{PinOwner, PinRole};

/// Pwms that cannot all be. Where each has one output, either two are on the same, or they want two frequencies of one
/// counter; with several outputs, or where time needs a counter too, it takes more to see.
pub(super) fn crowd(
    context: &Context<'_>,
    core: Option<&Core>,
    problem: &Problem<'_, '_>,
    crowd: &[usize],
) -> Diagnostic {
    let fault = conflict(context, problem, crowd);
    fault.help_if(remedies::remedy(context, core, problem, crowd))
}

fn conflict(context: &Context<'_>, problem: &Problem<'_, '_>, crowd: &[usize]) -> Diagnostic {
    let (needs, timers) = (problem.needs, &problem.timers[..]);
    let strips: Vec<&Strip<'_>> =
        crowd.iter().filter_map(|member| problem.strips.get(member.checked_sub(needs.len())?)).collect();
    let mut members: Vec<&Need<'_>> = crowd.iter().filter_map(|member| needs.get(*member)).collect();
    members.sort_by_key(|need| need.pwm.pin.span);
    if !strips.is_empty() {
        return beside_strips(context, &members, &strips);
    }
    let counts = crowd.contains(&problem.time());
    let alike = members.iter().all(|need| need.outputs == members[0].outputs);
    let (first, second) = match members[..] {
        [first, second] if !counts && is_on_one_counter(first) && is_on_one_counter(second) => {
            (first, second)
        }
        _ if !counts && alike => return too_many(context, &members),
        _ => return entangled(context, &members, if counts { timers } else { &[] }),
    };
    let output = first.outputs[0];
    let share_output = first.outputs.len() == 1 && first.outputs == second.outputs;
    let word = context.chip.pwm_word();
    let names = format!("{} and {}", quoted(first.name), quoted(second.name));
    let slice = context.block_title(output.block);
    if !share_output && first.pwm.frequency.value == second.pwm.frequency.value {
        let title = format!("{names} are of different remaps of the {word} {slice}");
        Diagnostic::error(codes::PWM_CONFLICT, title, second.pwm.pin.span)
            .here(leads_to(context, second))
            .also(first.pwm.pin.span, leads_to(context, first))
            .note(remap_note(context, slice))
    } else if share_output {
        let title = format!("{names} are both on {}", output_title(context, output));
        Diagnostic::error(codes::PWM_CONFLICT, title, second.pwm.pin.span)
            .here(leads_to(context, second))
            .also(first.pwm.pin.span, leads_to(context, first))
            .note("an output has one duty: its two pins would pulse alike")
    } else {
        let title = format!("{names} want two frequencies of the {word} {slice}");
        Diagnostic::error(codes::PWM_CONFLICT, title, second.pwm.frequency.span)
            .here(wants(context, second))
            .also(first.pwm.frequency.span, wants(context, first))
            .note(format!("the outputs of a {word} count with one counter, so they have one frequency"))
    }
}

/// Chains of lights, each of which takes a block alone, and pwms that leave them too few.
fn beside_strips(context: &Context<'_>, pwms: &[&Need<'_>], strips: &[&Strip<'_>]) -> Diagnostic {
    let strip_name = |strip: &Strip<'_>| quoted(context.app.peripheral(strip.id).entry().1);
    let names: Vec<String> = pwms
        .iter()
        .map(|need| quoted(need.name))
        .chain(strips.iter().map(|strip| strip_name(strip)))
        .collect();
    let blocks = counted(context.chip.blocks_of(BlockKind::Pwm).count(), "pwm block");
    let names = listed(&names, "and", NAMED_PWMS);
    let title = format!("{names} do not fit on the {blocks} of {}", context.chip.title);
    let (last, earlier) = strips.split_last().expect("a chain of lights is in the conflict");
    let alone = |strip: &Strip<'_>| format!("{} takes a block alone", strip_name(strip));
    let fault = Diagnostic::error(codes::BLOCK_EXHAUSTED, title, last.strip.pin.span).here(alone(last));
    let fault = earlier.iter().fold(fault, |fault, strip| fault.also(strip.strip.pin.span, alone(strip)));
    let wants = |need: &Need<'_>| format!("{} wants {}", quoted(need.name), need.pwm.frequency.value);
    let fault = pwms.iter().fold(fault, |fault, need| fault.also(need.pwm.frequency.span, wants(need)));
    let frequencies: BTreeSet<Frequency> = pwms.iter().map(|need| need.pwm.frequency.value).collect();
    match frequencies.len() {
        0 => fault
            .help("remove one, or join two chains: the last light of one leads to the first of the other"),
        1 => fault.help("remove one of them"),
        _ => fault
            .note("the outputs of a block count with one counter, so they have one frequency")
            .help("give some of the pwms one frequency, or remove one"),
    }
}

fn remap_note(context: &Context<'_>, block: &str) -> String {
    format!("{} maps all pins of {block} together", context.chip.title)
}

/// Pwms that could be on the same outputs, and are more, or of more frequencies, than there are.
fn too_many(context: &Context<'_>, members: &[&Need<'_>]) -> Diagnostic {
    let names: Vec<String> = members.iter().map(|need| quoted(need.name)).collect();
    let names = listed(&names, "and", NAMED_PWMS);
    let blocks: BTreeSet<BlockId> =
        members.iter().flat_map(|need| need.outputs.iter().map(|output| output.block)).collect();
    let frequencies: BTreeSet<Frequency> = members.iter().map(|need| need.pwm.frequency.value).collect();
    let outputs = members.iter().flat_map(|need| need.outputs.iter().map(|output| one(context, *output)));
    let outputs: BTreeSet<Output> = outputs.collect();
    let (last, earlier) = members.split_last().expect("a conflict has members");
    let (title, place, note) = if frequencies.len() > blocks.len() {
        let title = format!(
            "{names} want {} frequencies, and {} has {} for them",
            frequencies.len(),
            context.chip.title,
            counted(blocks.len(), "pwm block")
        );
        (
            title,
            last.pwm.frequency.span,
            "the outputs of a block count with one counter, so they have one frequency",
        )
    } else if members.len() > outputs.len() {
        let title = format!(
            "{names} want {}, and {} has {} for them",
            counted(members.len(), "output"),
            context.chip.title,
            outputs.len()
        );
        (title, last.pwm.pin.span, "an output has one pwm")
    } else {
        let title =
            format!("{names} do not fit on {} of {}", counted(blocks.len(), "pwm block"), context.chip.title);
        (title, last.pwm.pin.span, "an output has one pwm, and the outputs of a block have one frequency")
    };
    let fault = Diagnostic::error(codes::PWM_CONFLICT, title, place).here(format!(
        "{} wants {}",
        quoted(last.name),
        last.pwm.frequency.value
    ));
    let also = |need: &Need<'_>| format!("{} wants {}", quoted(need.name), need.pwm.frequency.value);
    let fault = earlier.iter().fold(fault, |fault, need| fault.also(need.pwm.frequency.span, also(need)));
    fault.note(note)
}

/// Entries that a sentence names.
pub(super) const NAMED_PWMS: usize = 6;

/// Says that nothing was found in reasonable time.
pub(super) fn gave_up(context: &Context<'_>, needs: &[Need<'_>], members: &[usize]) -> Diagnostic {
    let members: Vec<&Need<'_>> = members.iter().filter_map(|member| needs.get(*member)).collect();
    too_many(context, &members).help("give some of them one frequency, or remove one")
}

/// Whether all the outputs that a pwm could have are of one counter.
fn is_on_one_counter(need: &Need<'_>) -> bool {
    need.outputs.iter().all(|output| output.block == need.outputs[0].block)
}

/// Several pwms that leave each other no output, or no counter for time.
fn entangled(context: &Context<'_>, members: &[&Need<'_>], timers: &[Timer<'_>]) -> Diagnostic {
    let names: Vec<String> = members.iter().map(|need| quoted(need.name)).collect();
    let names = listed(&names, "and", names.len());
    let word = context.chip.pwm_word();
    let titles: Vec<&str> = timers.iter().map(|timer| context.block_title(timer.block)).collect();
    let title = match (&titles[..], members.len()) {
        ([], _) => format!("{names} need more {word}s than their pins lead to"),
        ([only], 1) => format!("{names} needs {only}, which counts time"),
        (_, 1) => format!("{names} leaves no {word} to count time with"),
        _ => format!("{names} together leave no {word} to count time with"),
    };
    let [others @ .., last] = members else { panic!("a conflict has a pwm") };
    let word_at = |need: &Need<'_>| format!("{}, for {}", leads_to(context, need), need.pwm.frequency.value);
    let fault = Diagnostic::error(codes::PWM_CONFLICT, title, last.pwm.pin.span).here(word_at(last));
    let fault = others.iter().fold(fault, |fault, need| fault.also(need.pwm.pin.span, word_at(need)));
    match titles.is_empty() {
        true => {
            let fault =
                fault.note(format!("the outputs of a {word} have one frequency, and an output has one duty"));
            let block = members[0].outputs[0].block;
            match context.chip.block(block).remaps.is_empty() {
                true => fault,
                false => fault.note(remap_note(context, &format!("a {word}"))),
            }
        }
        false => {
            let words: Vec<String> = titles.iter().map(|title| (*title).to_owned()).collect();
            fault.note(format!(
                "on {}, time can be counted by {}",
                context.chip.title,
                listed(&words, "or", 6)
            ))
        }
    }
}

fn leads_to(context: &Context<'_>, need: &Need<'_>) -> String {
    let outputs: Vec<String> = need.outputs.iter().map(|output| output_title(context, *output)).collect();
    let pin = quoted(context.pin_name(need.pwm.pin.pin));
    format!("{pin} is {}", listed(&outputs, "or", outputs.len()))
}

fn wants(context: &Context<'_>, need: &Need<'_>) -> String {
    format!("{} for {}", need.pwm.frequency.value, output_title(context, need.outputs[0]))
}

/// Why the counter that the file forces cannot be had; none where it is one.
pub(super) fn unknown_instance(context: &Context<'_>, instance: &Spanned<String>) -> Option<Diagnostic> {
    let word = context.chip.pwm_word();
    let slices: Vec<&str> =
        context.chip.blocks_of(BlockKind::Pwm).map(|block| context.block_title(block)).collect();
    let words: Vec<String> = slices.iter().map(|title| quoted(title)).collect();
    let them_all =
        format!("the pwm {word}s of {} are {}", context.chip.title, listed(&words, "and", words.len()));
    match context.chip.block_named(instance) {
        Some(block) if context.chip.block(block).kind == BlockKind::Pwm => None,
        Some(_) => {
            let title = format!("`{}` is not a pwm {word}", instance.value);
            Some(Diagnostic::error(codes::WRONG_KIND, title, instance.span).help(them_all))
        }
        None => {
            let title = format!("{} has no pwm {word} `{}`", context.chip.title, instance.value);
            let fault = Diagnostic::error(codes::UNKNOWN_NAME, title, instance.span);
            Some(match closest(instance, slices) {
                Some(near) => fault.help(format!("did you mean `{near}`?")),
                None => fault.help(them_all),
            })
        }
    }
}

pub(super) fn not_on_instance(
    context: &Context<'_>,
    id: PeripheralId,
    pwm: &Pwm,
    instance: &Spanned<String>,
    forced: BlockId,
) -> Diagnostic {
    let pin = quoted(context.pin_name(pwm.pin.pin));
    let title = format!("{pin} does not lead to {}", context.block_title(forced));
    let outputs = outputs_of(context, pwm.pin.pin);
    let outputs: Vec<String> = outputs.iter().map(|output| output_title(context, *output)).collect();
    Diagnostic::error(codes::PIN_FUNCTION, title, pwm.pin.span)
        .here(format!("is {}", listed(&outputs, "or", outputs.len())))
        .also(instance.span, "forced here")
        .help(match other_pins(context, id, pwm) {
            Some(pins) => format!("{pins}; or remove `instance`: it follows from the pin"),
            None => "remove `instance`: it follows from the pin".to_owned(),
        })
}

pub(super) fn no_function(context: &Context<'_>, id: PeripheralId, name: &str, pwm: &Pwm) -> Diagnostic {
    let title = format!("`{}` cannot be the pwm `{name}`", context.pin_name(pwm.pin.pin));
    Diagnostic::error(codes::PIN_FUNCTION, title, pwm.pin.span)
        .here(format!("leads to no pwm {}", context.chip.pwm_word()))
        .help_if(other_pins(context, id, pwm))
}

fn other_pins(context: &Context<'_>, id: PeripheralId, pwm: &Pwm) -> Option<String> {
    Proposals::new(context).instead_of(pwm.pin.pin, PinOwner { peripheral: id, role: PinRole::Pwm })
}

pub(super) fn out_of_reach(
    context: &Context<'_>,
    core: &Core,
    block: BlockId,
    wanted: &Spanned<Frequency>,
) -> Diagnostic {
    let chip = context.chip;
    let clock_hz = core.of_block(context, block);
    let [lowest, highest] = chip.pwm_limits(clock_hz);
    let title = format!("a pwm of {} cannot run at {}", chip.title, wanted.value);
    let fault = Diagnostic::error(codes::FREQUENCY_OUT_OF_REACH, title, wanted.span)
        .note(format!("with {} it can be from {lowest} to {highest}", core.words(context, block)));
    let [lower, higher] = chip.pwm_rates_beside(clock_hz, wanted.value);
    let nearest: Vec<String> = lower.into_iter().chain(higher).map(|rate| format!("`\"{rate}\"`")).collect();
    fault.help(match nearest.len() {
        1 => format!("the nearest is {}", nearest[0]),
        _ => format!("the nearest are {}", listed(&nearest, "and", 2)),
    })
}
