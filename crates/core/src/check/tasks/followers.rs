//! Behaviours that follow a number of their channel's messages: `drive` and `threshold`; and where numbers come from: `sample`.

use fwc_diag::{Diagnostic, codes};
use fwc_schema::app::{DriveKeys, SampleKeys, ThresholdKeys};
use fwc_schema::read::Pair;
use fwc_schema::{Field, Span, Spanned};

use super::{Ends, Entry};
use crate::app::{Access, Body, Bounds, PeripheralKind, Side};
use crate::check::peripherals::at_most_all;
use crate::check::symbols::Kind;
use crate::check::{carried, numbers};

impl Entry<'_> {
    pub(super) fn drive(&mut self, keys: &DriveKeys, ends: &Ends<'_>) -> Option<Body> {
        let fits = self.expect_ends(ends, 0..=0, 1..=1);
        let pwm = self.peripheral("pwm", &keys.pwm, Kind::Pwm, Access::Whole);
        self.require("from", &keys.from, "`from = [20.0, 40.0]`");
        self.require("to", &keys.to, "`to = [\"0%\", \"100%\"]`");
        let to = keys.to.get().map(|to| [to.value.0, to.value.1]);
        let to = to.map(|duties| duties.map(|duty| at_most_all("to", &duty, self.faults)));
        if !fits {
            return None;
        }
        let number = numbers::number("drive", &keys.field, &ends.subscribes[0], self.around, self.faults)?;
        let from = keys.from.get()?;
        let bounds = numbers::bounds(["from"; 2], from.value, &number, self.faults);
        let bounds = bounds.filter(|bounds| !self.refuse_no_span(from.span, bounds));
        let [first, second] = to?;
        Some(Body::Drive { pwm: pwm?, number, from: bounds?, to: [first?, second?] })
    }

    pub(in crate::check) fn threshold(&mut self, keys: &ThresholdKeys, ends: &Ends<'_>) -> Option<Body> {
        let fits = self.expect_ends(ends, 0..=1, 1..=1);
        let has_output = !keys.output.is_absent();
        let output = has_output.then(|| self.peripheral("output", &keys.output, Kind::Output, Access::Whole));
        if !has_output && self.named.entry.common.publishes.is_absent() {
            let title = format!("the task `{}` has neither `output` nor `publishes`", self.named.name.value);
            self.faults.push(
                Diagnostic::error(codes::MISSING_KEY, title, self.named.name.span)
                    .about("output")
                    .help("give it an output to switch, a channel of `bool` to publish on, or both"),
            );
        }
        let limit = self.limit(keys);
        let hysteresis = self.hysteresis(keys);
        if !fits {
            return None;
        }
        if let Some(end) = ends.publishes.first() {
            carried::refuse_unless_bool("threshold", end, self.around, self.faults);
        }
        let number =
            numbers::number("threshold", &keys.field, &ends.subscribes[0], self.around, self.faults)?;
        let (key, side, limit) = limit?;
        let pair = Pair(limit, hysteresis?);
        let band = match numbers::bounds([key, "hysteresis"], pair, &number, self.faults)? {
            Bounds::Whole([limit, back]) if side == Side::Above => Bounds::Whole([limit, limit - back]),
            Bounds::Whole([limit, back]) => Bounds::Whole([limit, limit + back]),
            Bounds::Real([limit, back]) => {
                let off = if side == Side::Above { limit - back } else { limit + back };
                // Where a number must come back to infinity, it must come back to the largest that there is.
                Bounds::Real([limit, off.clamp(f64::MIN, f64::MAX)])
            }
        };
        let output = match output {
            Some(output) => Some(output?),
            None => None,
        };
        Some(Body::Threshold { number, side, band, output })
    }

    pub(in crate::check) fn sample(&mut self, keys: &SampleKeys, ends: &Ends<'_>) -> Option<Body> {
        let fits = self.expect_ends(ends, 1..=1, 0..=0);
        let from = self.peripheral("from", &keys.from, Kind::Measuring, Access::Whole)?;
        if fits {
            match &self.around.peripherals[from.index()].kind {
                PeripheralKind::Device(device) => {
                    carried::refuse_unless_reading(
                        &device.driver,
                        &ends.publishes[0],
                        self.around,
                        self.faults,
                    );
                }
                _ => carried::refuse_unless_millivolts(&ends.publishes[0], self.around, self.faults),
            }
        }
        Some(Body::Sample { from })
    }

    /// The one of `above` and `below` that is given.
    fn limit(&mut self, keys: &ThresholdKeys) -> Option<(&'static str, Side, Spanned<f64>)> {
        match (keys.above.span(), keys.below.span()) {
            (Some(above), Some(below)) => {
                let title = "`above` and `below` both set the limit";
                self.faults.push(
                    Diagnostic::error(codes::NOT_APPLICABLE, title, below)
                        .here("one of the two is too many")
                        .also(above, "the other")
                        .help("keep one of them; for a band use two tasks"),
                );
                None
            }
            (None, None) => {
                self.require("above` or `below", &keys.above, "`above = 30.0`");
                None
            }
            (Some(_), None) => Some(("above", Side::Above, *keys.above.get()?)),
            (None, Some(_)) => Some(("below", Side::Below, *keys.below.get()?)),
        }
    }

    /// How far the number must come back; 0 where the file does not say.
    fn hysteresis(&mut self, keys: &ThresholdKeys) -> Option<Spanned<f64>> {
        if keys.hysteresis.is_absent() {
            return Some(Spanned::new(0.0, self.named.name.span));
        }
        let hysteresis = *keys.hysteresis.get()?;
        if hysteresis.value < 0.0 {
            let title = format!("`hysteresis` cannot be `{}`", hysteresis.value);
            self.faults.push(
                Diagnostic::error(codes::BAD_VALUE, title, hysteresis.span)
                    .note("it is the distance by which the number must come back")
                    .help(format!("write `{}`", -hysteresis.value)),
            );
            return None;
        }
        Some(hysteresis)
    }

    /// Refuses two equal values, between which nothing can be mapped.
    fn refuse_no_span(&mut self, span: Span, bounds: &Bounds) -> bool {
        let is_refused = match bounds {
            Bounds::Whole([first, second]) => first == second,
            Bounds::Real([first, second]) => first == second,
        };
        if is_refused {
            self.faults.push(
                Diagnostic::error(codes::BAD_VALUE, "the two values of `from` are the same", span)
                    .note("the duties of `to` belong to two different values of the field"),
            );
        }
        is_refused
    }

    fn require<T>(&mut self, key: &str, field: &Field<T>, example: &str) {
        if field.is_absent() {
            let title = format!("the task `{}` has no `{key}`", self.named.name.value);
            self.faults.push(
                Diagnostic::error(codes::MISSING_KEY, title, self.named.name.span)
                    .about(key)
                    .help(format!("give it for example {example}")),
            );
        }
    }
}
