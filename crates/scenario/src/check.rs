//! A scenario's text to a checked scenario: names linked to the application's, times in order, nothing impossible.
//!
//! In: text and [`App`]. Out: [`Scenario`], or every fault that keeps it from being one.

mod devices;
mod expects;
mod faults;
mod names;
mod steps;
mod values;

use fwc_core::app::App;
use fwc_core::parse;
use fwc_diag::{Checked, Diagnostic, codes};
use fwc_parts::Nanos;
use fwc_schema::scenario::{self, ScenarioFile};
use fwc_schema::units::Duration;
use fwc_schema::{SourceId, Spanned};

use crate::Scenario;
use crate::check::names::Names;

/// Checks one scenario of an application. `name` is what it is called.
pub fn check(name: &str, source: SourceId, text: &str, app: &App) -> Checked<Scenario> {
    let (file, read_faults) = scenario::read(source, text);
    let mut faults = parse::diagnostics(text, read_faults);
    let is_readable = faults.is_empty();
    let names = Names { app };
    let clock = Clock::of(&file, &mut faults);
    let steps = steps::check(&file.steps, &names, &clock, &mut faults);
    let expectations = expects::check(&file.expects, &names, &clock, &mut faults);
    if file.expects.is_empty() && is_readable {
        faults.push(
            Diagnostic::warning(codes::MISSING_KEY, "nothing is expected", file.span).about("expect").help(
                "an `[[expect]]` says what the firmware should do: without one, it should only not break",
            ),
        );
    }
    parse::silence(text, &mut faults);
    faults.sort_by_key(Diagnostic::span);
    let run_for = clock.run_for.map(|time| Nanos(time.value.0)).unwrap_or_default();
    let run_for_span = clock.run_for.map_or(file.span, |time| time.span);
    let tolerance = file.compare.tolerance.get().map(|time| Nanos(time.value.0));
    Checked::unless_errors(
        Scenario {
            name: name.to_string(),
            span: file.span,
            run_for,
            run_for_span,
            tolerance,
            steps,
            expectations,
        },
        faults,
    )
}

/// The time that a scenario has.
struct Clock {
    /// Absent where it is missing or faulty, which has been said.
    run_for: Option<Spanned<Duration>>,
}

impl Clock {
    fn of(file: &ScenarioFile, faults: &mut Vec<Diagnostic>) -> Clock {
        if file.keys.run_for.is_absent() {
            faults.push(
                Diagnostic::error(codes::MISSING_KEY, "the scenario has no `run-for`", file.span)
                    .about("run-for")
                    .help("begin it with the simulated time that it takes: `run-for = \"3s\"`"),
            );
        }
        let run_for = file.keys.run_for.get().copied();
        if let Some(zero) = run_for.filter(|time| time.value == Duration(0)) {
            faults.push(
                Diagnostic::error(codes::BAD_VALUE, "a run of no time shows nothing", zero.span)
                    .help("give it a time such as `\"3s\"`"),
            );
        }
        Clock { run_for }
    }

    /// The moment, unless it lies behind the end.
    fn moment(&self, what: &str, time: Spanned<Duration>, faults: &mut Vec<Diagnostic>) -> Option<Nanos> {
        if let Some(end) = self.run_for.filter(|end| time.value > end.value) {
            faults.push(
                Diagnostic::error(
                    codes::AFTER_THE_END,
                    format!("{what} lies behind the end of the run"),
                    time.span,
                )
                .also(end.span, format!("it ends after {}", end.value))
                .help(format!("make it `run-for = \"{}\"` or longer, or take an earlier moment", time.value)),
            );
            return None;
        }
        Some(Nanos(time.value.0))
    }
}
