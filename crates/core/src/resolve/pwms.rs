//! Pwms to outputs of counters (an RP2040's slices, an STM32's timers), and frequencies to dividers and periods.
//!
//! What each pwm needs is stated as data for the search, which decides for all of them together: an output has one
//! owner, and the outputs of a counter have one frequency. Where time is counted by such a counter, that is searched for
//! as well, so that it gives way to a pwm that can have no other; and so is a block for a chain of lights, where such a block
//! makes its pulses.

mod refuse;
mod remedies;
mod strips;

use std::collections::BTreeMap;

use fwc_diag::Diagnostic;
use fwc_diag::words::quoted;
use fwc_schema::chip::{BlockKind, Signal};
use fwc_schema::units::Frequency;

use crate::app::{PeripheralId, Pwm};
use crate::catalog::{BlockId, PinId, PwmRate, TimeDriver};
use crate::resolve::clock::Core;
use crate::resolve::context::Context;
use crate::resolve::pwms::strips::Strip;
use crate::resolve::search::{self, BUDGET, Claim, Failure, Hold, Variable};
use crate::resolved::{LedStripWiring, PwmWiring};

/// An output of a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Output {
    pub(super) block: BlockId,
    pub(super) signal: Signal,
}

/// What a pwm needs of the hardware.
#[derive(Clone)]
struct Need<'a> {
    id: PeripheralId,
    name: &'a str,
    pwm: &'a Pwm,
    pin: PinId,
    frequency: Frequency,
    /// The outputs that its pin can be, in the chip's order; at least one.
    outputs: Vec<Output>,
}

/// What pwms compete for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Resource {
    Output(Output),
    /// The frequency of a counter, by its place among the frequencies that are wanted.
    Frequency(BlockId),
    /// The group in which a counter's pins are mapped, by its place among the block's.
    Remap(BlockId),
}

/// What a pwm may get: an output, and the group of the counter's pins where these are mapped in groups.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    output: Output,
    remap: Option<u32>,
}

/// What pwms get.
pub(super) struct Wired<'a> {
    pub(super) pwms: BTreeMap<PeripheralId, PwmWiring>,
    /// What chains of lights get that take a pwm block each.
    pub(super) led_strips: BTreeMap<PeripheralId, LedStripWiring>,
    /// What counts time in place of the chip's usual timer, which a pwm needs.
    pub(super) time_driver: Option<&'a TimeDriver>,
}

/// The hardware of every pwm, and of every chain of lights that a pwm block makes the pulses of; nothing when one of them cannot have any. Without `core` the frequencies, which depend
/// on it, are not looked at.
pub(super) fn wire<'a>(
    context: &Context<'a>,
    core: Option<&Core>,
    faults: &mut Vec<Diagnostic>,
) -> Option<Wired<'a>> {
    let pwms = context.pwms();
    let mut needs: Vec<Need<'_>> =
        pwms.iter().filter_map(|(id, name, pwm)| need(context, *id, name, pwm, faults)).collect();
    let mut all_in_reach = true;
    if let Some(core) = core {
        for need in &mut needs {
            all_in_reach &= keep_in_reach(context, core, need, faults);
        }
    }
    let problem = Problem { needs: &needs, strips: strips::of(context), timers: timers(context, core) };
    let all_short = strips::refuse_long(context, &problem.strips, faults);
    let Chosen { places, strips, timer } = allocate(context, core, &problem, faults)?;
    if needs.len() < pwms.len() || !all_in_reach || !all_short {
        return None;
    }
    let core = core?;
    let wirings = needs.iter().zip(places).map(|(need, Place { output, remap })| {
        let Output { block, signal } = output;
        let remap = remap.map(|remap| context.chip.block(block).remaps[remap as usize].hal.clone());
        let PwmRate { divider, period, actual } =
            context.chip.pwm_rate(core.of_block(context, block), need.frequency)?;
        let reason = reason(context, need, output);
        Some((need.id, PwmWiring { block, signal, remap, divider, period, actual, reason }))
    });
    let time_driver =
        timer.map(|timer| problem.timers[timer].driver).filter(|driver| **driver != context.chip.time_driver);
    let pwms = wirings.collect::<Option<_>>()?;
    let wiring = |(strip, block): (&Strip<'_>, BlockId)| (strip.id, strips::wiring(context, strip, block));
    let led_strips = problem.strips.iter().zip(strips).map(wiring).collect();
    Some(Wired { pwms, led_strips, time_driver })
}

/// Everything that is decided together.
struct Problem<'n, 'a> {
    needs: &'n [Need<'a>],
    strips: Vec<Strip<'a>>,
    timers: Vec<Timer<'a>>,
}

impl Problem<'_, '_> {
    /// The number of time among the members, which is the last: pwms have their places, and strips come behind them.
    fn time(&self) -> usize {
        self.needs.len() + self.strips.len()
    }
}

/// A counter that could count time.
#[derive(Clone, Copy)]
struct Timer<'a> {
    driver: &'a TimeDriver,
    block: BlockId,
}

/// The counters that could count time, the best first; none where time is counted by something else.
fn timers<'a>(context: &Context<'a>, core: Option<&Core>) -> Vec<Timer<'a>> {
    let chip = context.chip;
    let usual = &chip.time_driver;
    let timer = |driver: &'a TimeDriver| {
        let block = chip.block_named(&driver.timer)?;
        (chip.block(block).kind == BlockKind::Pwm).then_some(Timer { driver, block })
    };
    let others =
        chip.other_time_drivers.iter().filter(|driver| core.is_none_or(|core| core.counts_time(driver)));
    std::iter::once(usual).chain(others).filter_map(timer).collect()
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
    let (pin, frequency) = (pwm.pin.pin, pwm.frequency.value);
    let Some(instance) = &pwm.instance else { return Some(Need { id, name, pwm, pin, frequency, outputs }) };
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
    Some(Need { id, name, pwm, pin, frequency, outputs: on_forced })
}

/// The outputs of counters that a pin can be.
pub(super) fn outputs_of(context: &Context<'_>, pin: PinId) -> Vec<Output> {
    let outputs = context.chip.pwm_outputs(pin);
    outputs.map(|function| Output { block: function.block, signal: function.signal }).collect()
}

/// The output by the first counter of its name: counters that are one singleton of the HAL's have their outputs in common.
fn one(context: &Context<'_>, output: Output) -> Output {
    let hal = |block: BlockId| &context.chip.block(block).hal;
    let mut alike = context.chip.blocks_of(BlockKind::Pwm).filter(|block| hal(*block) == hal(output.block));
    Output { block: alike.next().unwrap_or(output.block), ..output }
}

/// Whether `id` could be on an output beside all other pwms, each of which keeps its pin.
pub(super) fn has_room(context: &Context<'_>, id: PeripheralId, pin: PinId, output: Output) -> bool {
    let Some(pwm) = context.pwm(id) else { return false };
    let forced = pwm.instance.as_ref().and_then(|instance| context.chip.block_named(instance));
    let others = context.pwms();
    let others = others.iter().filter(|(other, _, _)| *other != id);
    let timers = timers(context, None);
    let taken = |block: BlockId| {
        let mut outputs = context.pwms().into_iter().flat_map(|(_, _, pwm)| outputs_of(context, pwm.pin.pin));
        block == output.block || outputs.any(|output| output.block == block)
    };
    let others_there = others
        .clone()
        .map(|(_, _, other)| other.pin.pin)
        .filter(|other| outputs_of(context, *other).iter().any(|taken| taken.block == output.block));
    let pins: Vec<PinId> = others_there.chain([pin]).collect();
    forced.is_none_or(|block| block == output.block)
        && context.chip.are_together(output.block, &pins)
        && (timers.is_empty() || timers.iter().any(|timer| !taken(timer.block)))
        && others.clone().all(|(_, _, other)| {
            outputs_of(context, other.pin.pin).iter().all(|taken| {
                one(context, *taken) != one(context, output)
                    && (taken.block != output.block || other.frequency.value == pwm.frequency.value)
            })
        })
}

/// Leaves a need the outputs that can have its frequency, and says whether there is one.
fn keep_in_reach(
    context: &Context<'_>,
    core: &Core,
    need: &mut Need<'_>,
    faults: &mut Vec<Diagnostic>,
) -> bool {
    let frequency = &need.pwm.frequency;
    let able = |output: &Output| is_in_reach(context, core, *output, frequency.value);
    if !need.outputs.iter().any(able) {
        faults.push(refuse::out_of_reach(context, core, need.outputs[0].block, frequency));
        return false;
    }
    need.outputs.retain(able);
    true
}

fn is_in_reach(context: &Context<'_>, core: &Core, output: Output, frequency: Frequency) -> bool {
    context.chip.pwm_rate(core.of_block(context, output.block), frequency).is_some()
}

/// What the search decided.
struct Chosen {
    places: Vec<Place>,
    /// The block of each chain of lights.
    strips: Vec<BlockId>,
    /// The place, among those that could, of the timer that counts time.
    timer: Option<usize>,
}

/// Decides for all needs together. Where that is impossible, every crowd that does not fit is a fault.
fn allocate(
    context: &Context<'_>,
    core: Option<&Core>,
    problem: &Problem<'_, '_>,
    faults: &mut Vec<Diagnostic>,
) -> Option<Chosen> {
    let needs = problem.needs;
    // Time is the last member, so that a conflict names pwms first.
    let mut members: Vec<usize> = (0..=problem.time()).collect();
    loop {
        match search::solve(&variables(context, problem, &members), BUDGET) {
            Ok(_) if members.len() <= problem.time() => return None,
            Ok(chosen) => {
                let (timer, chosen) = chosen.split_at(usize::from(!problem.timers.is_empty()));
                let (of_pwms, of_strips) = chosen.split_at(needs.len());
                let pwms = needs.iter().zip(of_pwms).map(|(need, choice)| places(context, need)[*choice]);
                let blocks: Vec<BlockId> = context.chip.blocks_of(BlockKind::Pwm).collect();
                let strips = of_strips.iter().map(|choice| blocks[*choice]).collect();
                return Some(Chosen { places: pwms.collect(), strips, timer: timer.first().copied() });
            }
            Err(Failure::Conflict(crowd)) => {
                faults.push(refuse::crowd(context, core, problem, &crowd));
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

/// What a pwm may get, the best first: each of its outputs, in each group that has its pin.
fn places(context: &Context<'_>, need: &Need<'_>) -> Vec<Place> {
    let of_output = |output: &Output| -> Vec<Place> {
        let remaps = &context.chip.block(output.block).remaps;
        if remaps.is_empty() {
            return vec![Place { output: *output, remap: None }];
        }
        let able = (0..).zip(remaps).filter(|(_, remap)| remap.pins.contains(&need.pin));
        able.map(|(remap, _)| Place { output: *output, remap: Some(remap) }).collect()
    };
    need.outputs.iter().flat_map(of_output).collect()
}

/// Time first: it gives its usual timer away only where it must.
fn variables(context: &Context<'_>, problem: &Problem<'_, '_>, members: &[usize]) -> Vec<Variable<Resource>> {
    let needs = problem.needs;
    let mut wanted: Vec<Frequency> = needs.iter().map(|need| need.frequency).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let place = |need: &Need<'_>| {
        wanted.binary_search(&need.frequency).expect("every need's frequency is in the list") as u32
    };
    let variable = |member: &usize| {
        let need = &needs[*member];
        let candidate = |Place { output, remap }| {
            let own = [
                Claim { resource: Resource::Output(one(context, output)), hold: Hold::Alone },
                Claim { resource: Resource::Frequency(output.block), hold: Hold::Set(place(need)) },
            ];
            let remap =
                remap.map(|remap| Claim { resource: Resource::Remap(output.block), hold: Hold::Set(remap) });
            own.into_iter().chain(remap).collect()
        };
        Variable { member: *member, candidates: places(context, need).into_iter().map(candidate).collect() }
    };
    let alone = |block: BlockId| vec![Claim { resource: Resource::Frequency(block), hold: Hold::Alone }];
    let counts = members.contains(&problem.time()) && !problem.timers.is_empty();
    let time = counts.then(|| {
        let timers = problem.timers.iter().map(|timer| alone(timer.block));
        Variable { member: problem.time(), candidates: timers.collect() }
    });
    let (pwms, others): (Vec<usize>, Vec<usize>) =
        members.iter().copied().partition(|member| *member < needs.len());
    let strips = others.into_iter().filter(|member| *member < problem.time()).map(|member| Variable {
        member,
        candidates: context.chip.blocks_of(BlockKind::Pwm).map(alone).collect(),
    });
    time.into_iter().chain(pwms.iter().map(variable)).chain(strips).collect()
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
