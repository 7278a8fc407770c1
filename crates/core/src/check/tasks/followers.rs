//! Behaviours that follow a number of their channel's messages: `drive`.

use fwc_diag::{Diagnostic, codes};
use fwc_schema::app::DriveKeys;
use fwc_schema::{Field, Span};

use super::{Ends, Entry};
use crate::app::{Access, Body, Bounds};
use crate::check::numbers;
use crate::check::peripherals::at_most_all;
use crate::check::symbols::Kind;

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
        let bounds = numbers::bounds("from", from.value, &number, self.faults);
        let bounds = bounds.filter(|bounds| !self.refuse_no_span(from.span, bounds));
        let [first, second] = to?;
        Some(Body::Drive { pwm: pwm?, number, from: bounds?, to: [first?, second?] })
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
