//! Levels of a pin to what they mean: active or not, or the duty of a pwm's pulses.

use fwc_core::app::PeripheralId;
use fwc_parts::Nanos;
use fwc_sim::Level;

use crate::{Fact, What};

/// Duties that differ by less, in parts per million, count as one: pulses are measured in cycles of the core.
const SAME_DUTY: u64 = 500;

/// What is known of a pin at a moment.
pub(super) enum State {
    Active(bool),
    Pulses(Pulses),
}

/// Edges of a pwm's pin to its duty.
pub(super) struct Pulses {
    id: PeripheralId,
    active: Level,
    period: Nanos,
    duty: u64,
    begun: Option<Nanos>,
    ended: Option<Nanos>,
}

impl Pulses {
    pub(super) fn new(id: PeripheralId, active: Level, period: Nanos, duty: u64) -> Pulses {
        Pulses { id, active, period, duty, begun: None, ended: None }
    }

    /// A pulse is known when the next one begins. An edge that comes late ends a level that was a duty of its own.
    pub(super) fn edge(&mut self, at: Nanos, level: Level) -> Option<Fact> {
        let steady = self.steady(at);
        if level != self.active {
            self.ended = Some(at);
            return steady;
        }
        let whole = self.begun.zip(self.ended).filter(|_| steady.is_none()).and_then(|(begun, ended)| {
            let (high, all) = ((ended - begun).0, (at - begun).0);
            self.tell(begun, ppm(high, all))
        });
        self.begun = Some(at);
        steady.or(whole)
    }

    /// The duty of a level that has stood for longer than a period.
    pub(super) fn steady(&mut self, now: Nanos) -> Option<Fact> {
        let last = self.begun.max(self.ended)?;
        if (now - last).0 <= self.period.0 + self.period.0 / 2 {
            return None;
        }
        let is_active = self.begun > self.ended;
        self.begun = None;
        self.ended = None;
        self.tell(last, if is_active { 1_000_000 } else { 0 })
    }

    pub(super) fn last_word(&self, end: Nanos) -> Option<Fact> {
        let mut last = Pulses { ..*self };
        last.steady(end)
    }

    fn tell(&mut self, at: Nanos, duty: u64) -> Option<Fact> {
        if self.duty.abs_diff(duty) < SAME_DUTY {
            return None;
        }
        self.duty = duty;
        Some(Fact { at, what: What::Duty { pwm: self.id, duty } })
    }
}

fn ppm(part: u64, whole: u64) -> u64 {
    let (part, whole) = (u128::from(part) * 1_000_000, u128::from(whole.max(1)));
    u64::try_from((part + whole / 2) / whole).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn duties(edges: &[(u64, Level)], end: u64) -> Vec<(u64, u64)> {
        let mut pulses = Pulses::new(PeripheralId(0), Level::High, Nanos(100), 0);
        let mut facts: Vec<Fact> =
            edges.iter().filter_map(|(at, level)| pulses.edge(Nanos(*at), *level)).collect();
        facts.extend(pulses.last_word(Nanos(end)));
        let duty = |fact: &Fact| match fact.what {
            What::Duty { duty, .. } => (fact.at.0, duty),
            _ => panic!("{fact:?}"),
        };
        facts.iter().map(duty).collect()
    }

    #[test]
    fn pulses_of_one_length_are_one_duty() {
        use Level::{High, Low};
        let edges = [(0, High), (25, Low), (100, High), (125, Low), (200, High), (250, Low), (300, High)];
        assert_eq!(duties(&edges, 320), [(0, 250_000), (200, 500_000)]);
    }

    #[test]
    fn a_level_that_stays_is_nothing_or_all_of_the_period() {
        use Level::{High, Low};
        let edges = [(0, High), (50, Low), (100, High), (150, Low), (1_000, High)];
        assert_eq!(duties(&edges, 2_000), [(0, 500_000), (150, 0), (1_000, 1_000_000)]);
    }
}
