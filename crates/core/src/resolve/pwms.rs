//! Pwms to outputs of slices, and frequencies to dividers and periods.
//!
//! What each pwm needs is stated as data for the search, which decides for all of them together: an output has one
//! owner, and the outputs of a slice have one frequency.

mod refuse;

use std::collections::BTreeMap;

use fwc_diag::Diagnostic;
use fwc_schema::chip::Signal;
use fwc_schema::units::Frequency;

use crate::app::{PeripheralId, Pwm};
use crate::catalog::{BlockId, PinId, PwmRate};
use crate::resolve::context::{Context, quoted};
use crate::resolve::search::{self, BUDGET, Claim, Failure, Hold, Variable};
use crate::resolved::PwmWiring;

/// An output of a slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Output {
    pub(super) block: BlockId,
    pub(super) signal: Signal,
}

/// What a pwm needs of the hardware.
struct Need<'a> {
    id: PeripheralId,
    name: &'a str,
    pwm: &'a Pwm,
    /// The outputs that its pin can be, in the chip's order; at least one.
    outputs: Vec<Output>,
}

/// What pwms compete for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Resource {
    Output(Output),
    /// The frequency of a slice, by its place among the frequencies that are wanted.
    Frequency(BlockId),
}

/// The hardware of every pwm; nothing when one of them cannot have any. Without `core_hz` the frequencies, which depend
/// on it, are not looked at.
pub(super) fn wire(
    context: &Context<'_>,
    core_hz: Option<u32>,
    faults: &mut Vec<Diagnostic>,
) -> Option<BTreeMap<PeripheralId, PwmWiring>> {
    let pwms = context.pwms();
    let needs: Vec<Need<'_>> =
        pwms.iter().filter_map(|(id, name, pwm)| need(context, *id, name, pwm, faults)).collect();
    let rates: Vec<Option<PwmRate>> =
        needs.iter().map(|need| core_hz.and_then(|core_hz| rate(context, core_hz, need, faults))).collect();
    let outputs = allocate(context, &needs, faults)?;
    if needs.len() < pwms.len() {
        return None;
    }
    let wirings = needs.iter().zip(outputs).zip(rates).map(|((need, output), rate)| {
        let PwmRate { divider, period, actual } = rate?;
        let Output { block, signal } = output;
        let reason = reason(context, need, output);
        Some((need.id, PwmWiring { block, signal, divider, period, actual, reason }))
    });
    wirings.collect()
}

fn need<'a>(
    context: &Context<'a>,
    id: PeripheralId,
    name: &'a str,
    pwm: &'a Pwm,
    faults: &mut Vec<Diagnostic>,
) -> Option<Need<'a>> {
    // A pin that is wanted twice has its own fault, and the pwm may yet move.
    if !context.pins.is_settled(pwm.pin.pin) {
        return None;
    }
    let outputs = outputs_of(context, pwm.pin.pin);
    if outputs.is_empty() {
        faults.push(refuse::no_function(context, id, name, pwm));
        return None;
    }
    let Some(instance) = &pwm.instance else { return Some(Need { id, name, pwm, outputs }) };
    if let Some(fault) = refuse::unknown_instance(context, instance) {
        faults.push(fault);
        return None;
    }
    let forced = context.chip.block_named(instance)?;
    let on_forced: Vec<Output> = outputs.iter().copied().filter(|output| output.block == forced).collect();
    if on_forced.is_empty() {
        faults.push(refuse::not_on_instance(context, id, pwm, instance, forced));
        return None;
    }
    Some(Need { id, name, pwm, outputs: on_forced })
}

/// The outputs of slices that a pin can be.
pub(super) fn outputs_of(context: &Context<'_>, pin: PinId) -> Vec<Output> {
    let outputs = context.chip.pwm_outputs(pin);
    outputs.map(|function| Output { block: function.block, signal: function.signal }).collect()
}

/// Whether `id` could be on an output beside all other pwms, each of which keeps its pin.
pub(super) fn has_room(context: &Context<'_>, id: PeripheralId, output: Output) -> bool {
    let Some(pwm) = context.pwm(id) else { return false };
    let forced = pwm.instance.as_ref().and_then(|instance| context.chip.block_named(instance));
    let others = context.pwms().into_iter().filter(|(other, _, _)| *other != id);
    forced.is_none_or(|block| block == output.block)
        && others.into_iter().all(|(_, _, other)| {
            outputs_of(context, other.pin.pin).iter().all(|taken| {
                taken.block != output.block
                    || (taken.signal != output.signal && other.frequency.value == pwm.frequency.value)
            })
        })
}

fn rate(
    context: &Context<'_>,
    core_hz: u32,
    need: &Need<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Option<PwmRate> {
    let rate = context.chip.pwm_rate(core_hz, need.pwm.frequency.value);
    if rate.is_none() {
        faults.push(refuse::out_of_reach(context, core_hz, &need.pwm.frequency));
    }
    rate
}

/// Decides for all needs together. Where that is impossible, every crowd that does not fit is a fault.
fn allocate(context: &Context<'_>, needs: &[Need<'_>], faults: &mut Vec<Diagnostic>) -> Option<Vec<Output>> {
    let mut members: Vec<usize> = (0..needs.len()).collect();
    loop {
        match search::solve(&variables(needs, &members), BUDGET) {
            Ok(_) if members.len() < needs.len() => return None,
            Ok(chosen) => {
                return Some(needs.iter().zip(chosen).map(|(need, choice)| need.outputs[choice]).collect());
            }
            Err(Failure::Conflict(crowd)) => {
                faults.push(refuse::crowd(context, needs, &crowd));
                // The first keeps its place, so that whoever else is in its way is told as well.
                members.retain(|member| *member == crowd[0] || !crowd.contains(member));
            }
            Err(Failure::GaveUp) => {
                faults.push(refuse::gave_up(context, needs, &members));
                return None;
            }
        }
    }
}

fn variables(needs: &[Need<'_>], members: &[usize]) -> Vec<Variable<Resource>> {
    let mut wanted: Vec<Frequency> = needs.iter().map(|need| need.pwm.frequency.value).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let place = |need: &Need<'_>| {
        wanted.binary_search(&need.pwm.frequency.value).expect("every need's frequency is in the list") as u32
    };
    let variable = |member: &usize| {
        let need = &needs[*member];
        let candidate = |output: &Output| {
            vec![
                Claim { resource: Resource::Output(*output), hold: Hold::Alone },
                Claim { resource: Resource::Frequency(output.block), hold: Hold::Set(place(need)) },
            ]
        };
        Variable { member: *member, candidates: need.outputs.iter().map(candidate).collect() }
    };
    members.iter().map(variable).collect()
}

fn output_title(context: &Context<'_>, output: Output) -> String {
    format!("{} {}", context.block_title(output.block), output.signal)
}

fn reason(context: &Context<'_>, need: &Need<'_>, output: Output) -> String {
    let pin = quoted(context.pin_name(need.pwm.pin.pin));
    match need.outputs.len() {
        1 if need.pwm.instance.is_none() => format!("{pin} leads to no other output"),
        1 => "as `instance` says".to_owned(),
        _ if !context.chip.block(output.block).any_pin.is_empty() => {
            format!("{pin} can be any output, and no other pwm needs {}", output_title(context, output))
        }
        _ => format!("{pin} leads to it, and no other pwm needs {}", output_title(context, output)),
    }
}
