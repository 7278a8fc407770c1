//! What would end a conflict of pwms: another pin, another's frequency, both, or one pwm less. Each is tried beside all others
//! before it is proposed.

use std::collections::{BTreeMap, BTreeSet};

use fwc_diag::words::{listed, quoted};
use fwc_schema::units::Frequency;

use crate::catalog::PinId;
use crate::resolve::clock::Core;
use crate::resolve::context::Context;
use crate::resolve::proposals::Proposals;
use crate::resolve::pwms::refuse::NAMED_PWMS;
use crate::resolve::pwms::{
    Need, Output, Place, Problem, is_in_reach, output_title, outputs_of, places, variables,
};
use crate::resolve::search::{self, BUDGET};

/// The first remedy that there is; nothing where chains of lights are in the conflict, of which their message speaks.
pub(super) fn remedy(
    context: &Context<'_>,
    core: Option<&Core>,
    problem: &Problem<'_, '_>,
    crowd: &[usize],
) -> Option<String> {
    let is_strip = |member: &usize| (problem.needs.len()..problem.time()).contains(member);
    if crowd.iter().any(is_strip) {
        return None;
    }
    let outside = (0..=problem.time()).filter(|member| !crowd.contains(member)).collect();
    let solve = |members: &[usize]| search::solve(&variables(context, problem, members), BUDGET);
    let beside = search::undisputed(outside, solve);
    let mut members: Vec<usize> = crowd.iter().copied().chain(beside).collect();
    members.sort_unstable();
    // Who comes last in the file gives way first.
    let mut pwms: Vec<usize> = crowd.iter().copied().filter(|member| *member < problem.needs.len()).collect();
    pwms.sort_by_key(|member| problem.needs[*member].pwm.pin.span);
    pwms.reverse();
    let remedies = Remedies { context, core, problem, members };
    let first = |of: &dyn Fn(usize) -> Option<String>| pwms.iter().find_map(|member| of(*member));
    first(&|member| remedies.without_instance(member))
        .or_else(|| first(&|member| remedies.other_pins(member)))
        .or_else(|| first(&|member| remedies.other_frequency(member)))
        .or_else(|| first(&|member| remedies.other_pins_and_frequency(member)))
        .or_else(|| remedies.removal(&pwms))
}

struct Remedies<'c, 'a> {
    context: &'c Context<'a>,
    core: Option<&'c Core>,
    problem: &'c Problem<'c, 'a>,
    /// The crowd, and whoever is in no other conflict.
    members: Vec<usize>,
}

impl<'a> Remedies<'_, 'a> {
    /// A pwm that is not forced to a counter.
    fn without_instance(&self, member: usize) -> Option<String> {
        let need = &self.problem.needs[member];
        need.pwm.instance.as_ref()?;
        let has_room = |output: &Output| {
            !need.outputs.contains(output)
                && self.can_be(*output, need.frequency)
                && self.fit(&[(member, Need { outputs: vec![*output], ..need.clone() })], &[])
        };
        let output = outputs_of(self.context, need.pin).into_iter().find(has_room)?;
        let pin = quoted(self.context.pin_name(need.pin));
        let output = output_title(self.context, output);
        Some(format!("remove `instance` of {}: {pin} can be {output}", quoted(need.name)))
    }

    fn other_pins(&self, member: usize) -> Option<String> {
        let need = &self.problem.needs[member];
        let pins = self.pins(member, need.frequency)?;
        let board = &self.context.app.board.name;
        Some(format!("on {board}, {} can also be on {pins}", quoted(need.name)))
    }

    /// The frequency of another pwm, on whose counter it then is.
    fn other_frequency(&self, member: usize) -> Option<String> {
        let need = &self.problem.needs[member];
        let is_had = |frequency: &Frequency| {
            let need = self.at(need, need.pin, *frequency);
            self.fit(&[(member, need)], &[])
        };
        let frequency = self.other_frequencies(member).into_iter().find(is_had)?;
        let others = self.who_have(member, frequency);
        Some(format!("{} has room with `frequency = \"{frequency}\"`, as {others}", quoted(need.name)))
    }

    fn other_pins_and_frequency(&self, member: usize) -> Option<String> {
        let need = &self.problem.needs[member];
        let with = |frequency: Frequency| Some((frequency, self.pins(member, frequency)?));
        let (frequency, pins) = self.other_frequencies(member).into_iter().find_map(with)?;
        let others = self.who_have(member, frequency);
        let name = quoted(need.name);
        Some(format!("{name} has room on {pins}, with `frequency = \"{frequency}\"`, as {others}"))
    }

    fn removal(&self, pwms: &[usize]) -> Option<String> {
        let mut names: Vec<String> = pwms
            .iter()
            .filter(|member| self.fit(&[], &[**member]))
            .map(|member| quoted(self.problem.needs[*member].name))
            .collect();
        names.reverse();
        match names.len() {
            0 => None,
            1 => Some(format!("remove {}", names[0])),
            _ => Some(format!("remove one of {}", listed(&names, "and", NAMED_PWMS))),
        }
    }

    /// The free pins on which a pwm would have room with a frequency, in words.
    fn pins(&self, member: usize, frequency: Frequency) -> Option<String> {
        let need = &self.problem.needs[member];
        let mut known: BTreeMap<Vec<Place>, bool> = BTreeMap::new();
        let proposals = Proposals::new(self.context);
        let pins = proposals.pins_that(need.pin, |pin| {
            let need = self.at(need, pin, frequency);
            let places = places(self.context, &need);
            *known.entry(places).or_insert_with(|| self.fit(&[(member, need)], &[]))
        });
        (!pins.is_empty()).then(|| proposals.listed(&pins))
    }

    /// A pwm on another pin, with another frequency.
    fn at(&self, need: &Need<'a>, pin: PinId, frequency: Frequency) -> Need<'a> {
        let forced = need.pwm.instance.as_ref().and_then(|instance| self.context.chip.block_named(instance));
        let mut outputs = outputs_of(self.context, pin);
        outputs.retain(|output| {
            forced.is_none_or(|block| block == output.block) && self.can_be(*output, frequency)
        });
        Need { pin, frequency, outputs, ..need.clone() }
    }

    fn can_be(&self, output: Output, frequency: Frequency) -> bool {
        self.core.is_none_or(|core| is_in_reach(self.context, core, output, frequency))
    }

    /// The frequencies of the other pwms, in the order of the file.
    fn other_frequencies(&self, member: usize) -> Vec<Frequency> {
        let own = self.problem.needs[member].frequency;
        let mut others: Vec<&Need<'_>> = self.needs().collect();
        others.sort_by_key(|need| need.pwm.pin.span);
        let mut seen = BTreeSet::from([own]);
        others.into_iter().map(|need| need.frequency).filter(|frequency| seen.insert(*frequency)).collect()
    }

    /// `` `fan` has ``, or `` `fan` and `lamp` have ``.
    fn who_have(&self, member: usize, frequency: Frequency) -> String {
        let of = self.problem.needs[member].id;
        let alike = self.needs().filter(|need| need.frequency == frequency && need.id != of);
        let names: Vec<String> = alike.map(|need| quoted(need.name)).collect();
        let verb = if names.len() == 1 { "has" } else { "have" };
        format!("{} {verb}", listed(&names, "and", NAMED_PWMS))
    }

    fn needs(&self) -> impl Iterator<Item = &Need<'a>> {
        self.members.iter().filter_map(|member| self.problem.needs.get(*member))
    }

    /// Whether all others fit once some needs are other ones, and some are gone.
    fn fit(&self, changed: &[(usize, Need<'a>)], gone: &[usize]) -> bool {
        let mut needs: Vec<Need<'_>> = self.problem.needs.to_vec();
        for (member, need) in changed {
            needs[*member] = need.clone();
        }
        let members: Vec<usize> =
            self.members.iter().copied().filter(|member| !gone.contains(member)).collect();
        let problem = Problem {
            needs: &needs,
            strips: self.problem.strips.clone(),
            timers: self.problem.timers.clone(),
        };
        search::is_solvable(&variables(self.context, &problem, &members), BUDGET)
    }
}
