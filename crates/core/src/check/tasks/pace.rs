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
            Body::Blink { .. } | Body::Sample { .. } if !has_period && written.is_none() => {
                let title = format!("the task `{}` has neither `every` nor `rate`", name.value);
                self.faults.push(
                    Diagnostic::error(codes::MISSING_KEY, title, name.span)
                        .about("every")
                        .help("give it for example `every = \"500ms\"` or `rate = \"2Hz\"`"),
                );
            }
            Body::Blink { .. } | Body::Sample { .. } | Body::Code { .. } => {}
            _ => {
                let Some(span) = written else { return };
                let behavior = self.named.entry.behavior_keys.word().unwrap_or_default();
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
        let common = &self.named.entry.common;
        let deadline = *common.deadline.get()?;
        let has_pace = !common.every.is_absent() || !common.rate.is_absent();
        let behavior = self.named.entry.behavior_keys.word().unwrap_or_default();
        let fault = |title: String| Diagnostic::error(codes::NOT_APPLICABLE, title, deadline.span);
        let fault = match body {
            Body::Blink { .. } | Body::Sample { .. } | Body::Code { .. } if has_pace => None,
            // Without a pace they have their own fault.
            Body::Blink { .. } | Body::Sample { .. } => return None,
            Body::Code { .. } => Some(
                fault("a `deadline` counts from a tick, and the task has none".to_string())
                    .help("give it a pace: `every = \"100ms\"` or `rate = \"10Hz\"`"),
            ),
            _ => Some(
                fault(format!("behavior `{behavior}` has no pace, so no `deadline`"))
                    .help("remove `deadline`"),
            ),
        };
        self.faults.extend(fault);
        if deadline.value.0 < 1_000 {
            self.faults.push(
                Diagnostic::error(codes::BAD_VALUE, "this deadline is too short", deadline.span)
                    .note("time is counted in microseconds")
                    .help("the shortest deadline is `\"1us\"`"),
            );
        }
        Some(deadline)
    }
}

/// The period of a frequency, to the nanosecond; none where the frequency is 0 or above 1 GHz.
fn period_of(rate: Frequency) -> Option<Duration> {
    // Frequencies count in millihertz: 10^12 ns·mHz are one turn.
    let period = 1_000_000_000_000u64.checked_div(rate.0)?;
    (period > 0).then_some(Duration(period))
}
