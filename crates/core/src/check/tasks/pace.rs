//! A task's ticker and what counts from its ticks.

use fwc_diag::{Diagnostic, codes};
use fwc_schema::Spanned;
use fwc_schema::units::{Duration, Frequency};

use crate::app::Body;
use crate::check::tasks::Entry;

impl Entry<'_> {
    /// `every` or `rate`, as a period.
    pub(super) fn period(&mut self) -> Option<Spanned<Duration>> {
        let common = &self.named.entry.common;
        if let (Some(every), Some(rate)) = (common.every.span(), common.rate.span()) {
            self.faults.push(
                Diagnostic::error(codes::NOT_APPLICABLE, "`every` and `rate` both set the pace", rate)
                    .here("one of the two is too many")
                    .also(every, "the other")
                    .help("keep one of them"),
            );
            return None;
        }
        let period = match (common.every.get(), common.rate.get()) {
            (Some(every), _) => *every,
            (None, Some(rate)) => rate.map(|rate| period_of(rate).unwrap_or(Duration(0))),
            (None, None) => return None,
        };
        // Embassy's time base counts microseconds; a shorter period would be none.
        if period.value.0 < 1_000 {
            let title = match common.rate.get() {
                Some(Spanned { value: Frequency(0), .. }) => "a `rate` of 0 never comes",
                Some(_) => "this `rate` is too high",
                None => "this period is too short",
            };
            self.faults.push(
                Diagnostic::error(codes::BAD_VALUE, title, period.span)
                    .note("time is counted in microseconds")
                    .help("the shortest period is `\"1us\"`, the highest rate `\"1MHz\"`"),
            );
            return None;
        }
        Some(period)
    }

    /// `blink` and `sample` live by their ticker; the other behaviours are moved by what they wait for.
    pub(super) fn check_period(&mut self, body: &Body, has_period: bool) {
        let common = &self.named.entry.common;
        let name = &self.named.name;
        let written = common.every.span().or(common.rate.span());
        match body {
            body if needs_pace(body) && !has_period && written.is_none() => {
                let title = format!("the task `{}` has neither `every` nor `rate`", name.value);
                self.faults.push(
                    Diagnostic::error(codes::MISSING_KEY, title, name.span)
                        .about("every")
                        .help("give it for example `every = \"500ms\"` or `rate = \"2Hz\"`"),
                );
            }
            Body::Code { .. } => {}
            body if needs_pace(body) => {}
            _ => {
                let Some(span) = written else { return };
                let behavior = self.behavior_word();
                self.faults.push(
                    Diagnostic::warning(codes::UNUSED, format!("behavior `{behavior}` has no pace"), span)
                        .note("it runs when what it waits for happens")
                        .help("remove the key"),
                );
            }
        }
    }

    /// The task's deadline, which needs ticks to count from.
    pub(super) fn deadline(&mut self, body: &Body) -> Option<Spanned<Duration>> {
        let deadline = *self.named.entry.common.deadline.get()?;
        let fault = |title: String| Diagnostic::error(codes::NOT_APPLICABLE, title, deadline.span);
        match self.ticks(body) {
            Ticks::Faulty => return None,
            Ticks::Given => {}
            Ticks::None => self.faults.push(
                fault("a `deadline` counts from a tick, and the task has none".to_string()).help(GIVE_A_PACE),
            ),
            Ticks::Never(behavior) => self.faults.push(
                fault(format!("behavior `{behavior}` has no pace, so no `deadline`"))
                    .help("remove `deadline`"),
            ),
        }
        if deadline.value.0 < 1_000 {
            self.faults.push(
                Diagnostic::error(codes::BAD_VALUE, "this deadline is too short", deadline.span)
                    .note("time is counted in microseconds")
                    .help("the shortest deadline is `\"1us\"`"),
            );
        }
        Some(deadline)
    }

    /// Where the file wants the task supervised, which its ticks are the signs of life for. The number comes later.
    pub(super) fn supervised(&mut self, body: &Body) -> Option<Spanned<u32>> {
        let wanted = self.named.entry.common.supervised.get().filter(|wanted| wanted.value)?.span;
        let fault = |title: String| Diagnostic::error(codes::NOT_APPLICABLE, title, wanted);
        match self.ticks(body) {
            Ticks::Faulty => return None,
            Ticks::Given => return Some(Spanned::new(0, wanted)),
            Ticks::None => self.faults.push(
                fault("a task is supervised by its ticks, and this one has none".to_string())
                    .note("a task that waits for something else may be silent for long, and well")
                    .help(GIVE_A_PACE),
            ),
            Ticks::Never(behavior) => self.faults.push(
                fault(format!("behavior `{behavior}` has no ticks to be supervised by"))
                    .note("a task that waits for something else may be silent for long, and well")
                    .help("supervise the task that it depends on, or remove `supervised`"),
            ),
        }
        None
    }

    fn ticks(&self, body: &Body) -> Ticks {
        let common = &self.named.entry.common;
        let has_pace = !common.every.is_absent() || !common.rate.is_absent();
        match body {
            Body::Code { .. } if has_pace => Ticks::Given,
            Body::Code { .. } => Ticks::None,
            body if needs_pace(body) && has_pace => Ticks::Given,
            body if needs_pace(body) => Ticks::Faulty,
            _ => Ticks::Never(self.behavior_word()),
        }
    }
}

/// What to do for a task of the user's that has no ticks.
const GIVE_A_PACE: &str = "give it a pace: `every = \"100ms\"` or `rate = \"10Hz\"`";

/// Whether a task has ticks.
enum Ticks {
    /// It has.
    Given,
    /// It needs some and has none, which is a fault of its own.
    Faulty,
    /// It could have some.
    None,
    /// Its behaviour never has.
    Never(String),
}

/// Whether a behaviour lives by its ticker.
fn needs_pace(body: &Body) -> bool {
    match body {
        Body::Blink { .. } | Body::Sample { .. } => true,
        Body::Own { behavior, .. } => behavior.has_ticker(),
        _ => false,
    }
}

/// The period of a frequency, to the nanosecond; none where the frequency is 0 or above 1 GHz.
fn period_of(rate: Frequency) -> Option<Duration> {
    // Frequencies count in millihertz: 10^12 ns·mHz are one turn.
    let period = 1_000_000_000_000u64.checked_div(rate.0)?;
    (period > 0).then_some(Duration(period))
}
