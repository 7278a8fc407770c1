//! Two runs of one scenario in different places to what differs between them, as diagnostics.
//!
//! Compared is what leaves the chip: how outputs change, the duty of pwms, what uarts and USB ports send, what is logged,
//! and that the chip is not reset. Everything may come a tolerance earlier or later in one of the two, for code takes time
//! on a chip and none on the host. What happens so close to the end that the other run may not have come to it is left out.

pub(crate) mod text;

use fwc_core::app::{App, PeripheralId, PeripheralKind};
use fwc_diag::{Code, Diagnostic};
use fwc_parts::Nanos;
use fwc_schema::app::Initial;
use fwc_schema::units::Ratio;

use crate::judge::{active_word, show};
use crate::timeline::Timeline;
use crate::{Action, Record, Scenario, What};

/// The code of two runs that differ.
pub const COMPARISON: Code = Code { name: "comparison", page: include_str!("../codes/comparison.md") };

/// How much earlier or later something may happen where nothing else is said.
pub const TOLERANCE: Nanos = Nanos::from_millis(2);

/// Duties that differ by less, in parts per million, count as one.
const SAME_DUTY: u64 = 10_000;

/// A run, and the word for where it was.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// "simulation" or "emulator".
    pub place: &'static str,
    /// What was seen.
    pub record: &'a Record,
}

/// What differs between two runs: of each output, pwm, uart and text of the log the first difference.
pub fn compare(scenario: &Scenario, app: &App, runs: [Run<'_>; 2], tolerance: Nanos) -> Vec<Diagnostic> {
    let ends = runs.map(|run| run.record.broken.as_ref().map_or(run.record.end, |broken| broken.at));
    let end = ends[0].min(ends[1]);
    let pair = Pair { scenario, app, runs, tolerance, end: Nanos(end.0.saturating_sub(tolerance.0)) };
    let mut differences: Vec<Difference> = Vec::new();
    for (index, peripheral) in app.peripherals.iter().enumerate() {
        let id = PeripheralId(index as u32);
        let name = &peripheral.name.value;
        differences.extend(match &peripheral.kind {
            PeripheralKind::Output(output) => pair.levels(id, name, output.initial == Initial::On),
            PeripheralKind::Pwm(pwm) => {
                let period = Nanos(1_000_000_000_000 / pwm.frequency.value.0.max(1));
                pair.duties(id, name, pwm.initial.0, period)
            }
            PeripheralKind::Uart(_) | PeripheralKind::UsbSerial(_) => pair.sent(id, name),
            _ => None,
        });
    }
    differences.extend(pair.logs());
    differences.extend(pair.resets());
    differences.extend(pair.broken());
    differences.sort_by_key(|difference| difference.at);
    differences.into_iter().map(|difference| pair.told(difference)).collect()
}

/// Something that is not the same.
struct Difference {
    at: Nanos,
    title: String,
    /// What each run did.
    seen: String,
    around: String,
}

/// What is compared, and how.
struct Pair<'a> {
    scenario: &'a Scenario,
    app: &'a App,
    runs: [Run<'a>; 2],
    tolerance: Nanos,
    /// What comes later is not compared.
    end: Nanos,
}

/// Where two sequences of moments part: the moment in each run, where it has one.
type Parting = [Option<Nanos>; 2];

impl Pair<'_> {
    fn levels(&self, id: PeripheralId, name: &str, initial: bool) -> Option<Difference> {
        let changes = self.runs.map(|run| run.record.levels(id).collect::<Vec<(Nanos, bool)>>());
        let moments =
            [&changes[0], &changes[1]].map(|one| one.iter().map(|(at, _)| *at).collect::<Vec<Nanos>>());
        let (index, parting) = self.parting([&moments[0], &moments[1]])?;
        let active = changes.iter().find_map(|one| one.get(index)).is_some_and(|(_, active)| *active);
        let (at, seen) = self.moments(parting, &format!("`{name}` {}", active_word(active)));
        let window = self.window(at, &moments);
        let waves = [0, 1].map(|run| (self.runs[run].place, initial, changes[run].as_slice()));
        Some(Difference {
            at,
            title: format!("`{name}` {}", self.differs(at)),
            seen,
            around: window.waves(&waves),
        })
    }

    /// The first moment that comes in only one run, or too early or late in one, and which it is.
    fn parting(&self, moments: [&[Nanos]; 2]) -> Option<(usize, Parting)> {
        let most = moments[0].len().max(moments[1].len());
        (0..most).find_map(|index| {
            let parting = moments.map(|one| one.get(index).copied());
            let (first, apart) = match parting {
                [Some(one), Some(other)] => (one.min(other), one.0.abs_diff(other.0) > self.tolerance.0),
                [Some(only), None] | [None, Some(only)] => (only, true),
                [None, None] => return None,
            };
            (apart && first < self.end).then_some((index, parting))
        })
    }

    fn moments(&self, parting: Parting, what: &str) -> (Nanos, String) {
        let words = |run: usize, at: Nanos| format!("on the {} at {}", self.runs[run].place, show(at));
        match parting {
            [Some(one), Some(other)] => {
                (one.min(other), format!("{what} {}, {}", words(0, one), words(1, other)))
            }
            [Some(at), None] => (at, format!("{what} {} alone", words(0, at))),
            [None, Some(at)] => (at, format!("{what} {} alone", words(1, at))),
            [None, None] => (Nanos(0), what.to_owned()),
        }
    }

    fn duties(&self, id: PeripheralId, name: &str, initial: u64, period: Nanos) -> Option<Difference> {
        let changes = self.runs.map(|run| run.record.duties(id).collect::<Vec<(Nanos, u64)>>());
        let state = |run: usize, at: Nanos| {
            changes[run].iter().rfind(|(moment, _)| *moment <= at).map_or(initial, |(_, duty)| *duty)
        };
        let mut moments: Vec<Nanos> = changes.iter().flatten().map(|(at, _)| *at).collect();
        moments.push(Nanos(0));
        moments.push(self.end);
        moments.sort_unstable();
        // The emulator's duty is measured: a new one shows when a whole pulse of it is over.
        let patience = Nanos(self.tolerance.0.saturating_add(period.0.saturating_mul(2)));
        let mut since: Option<Nanos> = None;
        for at in moments.into_iter().filter(|at| *at <= self.end) {
            if let Some(since) = since.filter(|since| at.0 - since.0 > patience.0) {
                let percent = |run: usize| Ratio(state(run, since) / 100 * 100).to_string();
                let seen = format!(
                    "{} on the {}, {} on the {}",
                    percent(0),
                    self.runs[0].place,
                    percent(1),
                    self.runs[1].place
                );
                let all = [0, 1].map(|run| changes[run].iter().map(|(at, _)| *at).collect::<Vec<Nanos>>());
                let events = self.events(|run| {
                    changes[run].iter().map(|(at, duty)| (*at, Ratio(duty / 100 * 100).to_string())).collect()
                });
                let around = self.window(since, &all).events(events);
                let title = format!("the duty of `{name}` {}", self.differs(since));
                return Some(Difference { at: since, title, seen, around });
            }
            let apart = state(0, at).abs_diff(state(1, at)) > SAME_DUTY;
            since = if apart { since.or(Some(at)) } else { None };
        }
        None
    }

    fn resets(&self) -> Option<Difference> {
        let resets = self.runs.map(|run| {
            let of = |fact: &crate::Fact| match &fact.what {
                What::Reset { cause } => Some((fact.at, format!("reset by {cause}"))),
                _ => None,
            };
            run.record.facts.iter().filter_map(of).collect::<Vec<(Nanos, String)>>()
        });
        let moments =
            [&resets[0], &resets[1]].map(|one| one.iter().map(|(at, _)| *at).collect::<Vec<Nanos>>());
        let (_, parting) = self.parting([&moments[0], &moments[1]])?;
        let (at, seen) = self.moments(parting, "the chip is reset");
        let around = self.window(at, &moments).events(self.events(|run| resets[run].clone()));
        Some(Difference { at, title: format!("a reset {}", self.differs(at)), seen, around })
    }

    /// A run that broke off where the other went on. What broke it has been told as the scenario's own failure.
    fn broken(&self) -> Option<Difference> {
        let broken = self.runs.map(|run| run.record.broken.as_ref());
        let (run, broken) = match broken {
            [Some(broken), None] => (0, broken),
            [None, Some(broken)] => (1, broken),
            _ => return None,
        };
        let seen = format!("the firmware {} on the {} alone", broken.what, self.runs[run].place);
        let title = format!("the firmware {}", self.differs(broken.at));
        let around = self.window(broken.at, &[]).events([(broken.at, broken.what.clone())].into_iter());
        Some(Difference { at: broken.at, title, seen, around })
    }

    fn differs(&self, at: Nanos) -> String {
        format!("differs between the {} and the {} at {}", self.runs[0].place, self.runs[1].place, show(at))
    }

    /// Events of both runs, each with where it happened.
    fn events(&self, of: impl Fn(usize) -> Vec<(Nanos, String)>) -> impl Iterator<Item = (Nanos, String)> {
        let width = self.runs.map(|run| run.place.len()).into_iter().max().unwrap_or_default();
        let one = |run: usize| {
            let place = self.runs[run].place;
            of(run).into_iter().map(move |(at, text)| (at, format!("{place:width$} {text}")))
        };
        let all: Vec<(Nanos, String)> = one(0).chain(one(1)).collect();
        all.into_iter()
    }

    /// The time around a moment: from a few things before it to something after it.
    fn window(&self, at: Nanos, moments: &[Vec<Nanos>]) -> Timeline {
        const BEFORE: usize = 3;
        let mut earlier: Vec<Nanos> =
            moments.iter().flatten().copied().filter(|moment| *moment < at).collect();
        earlier.sort_unstable();
        let from = match earlier.len() {
            0 => Nanos(0),
            few if few < 2 * BEFORE => earlier[0],
            many => earlier[many - 2 * BEFORE],
        };
        let steps = self.scenario.steps.iter().map(|step| (step.at, self.step(&step.action)));
        Timeline::from_to(
            from,
            at + Nanos((at - from).0 / 2 + 2 * self.tolerance.0),
            self.runs[0].record.end,
            steps.collect(),
        )
    }

    /// What a step does, in a few words.
    fn step(&self, action: &Action) -> String {
        action.words(|id| self.app.peripheral(id).name.value.clone())
    }

    /// The place is that of the step that led up to it.
    fn told(&self, difference: Difference) -> Diagnostic {
        let latest = |at: Nanos| self.scenario.steps.iter().rfind(|step| step.at <= at + self.tolerance);
        let place = latest(difference.at).map_or(self.scenario.run_for_span, |step| step.span);
        Diagnostic::error(COMPARISON, difference.title, place)
            .here("since this moment")
            .note(difference.seen)
            .note(difference.around)
            .help(format!("things may be {} apart: `--tolerance` sets that", show(self.tolerance)))
    }
}

#[cfg(test)]
mod tests;
