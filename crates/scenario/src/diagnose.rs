//! Verdicts to what is told of a scenario: whether it passed, and a diagnostic for each thing that went wrong.

use fwc_core::app::App;
use fwc_diag::{Code, Diagnostic};

use crate::judge::{judge, show};
use crate::{Record, Scenario, Verdict, What};

/// The code of an expectation that was missed.
pub const EXPECTATION: Code = Code { name: "expectation", page: include_str!("../codes/expectation.md") };
/// The code of a run that broke off.
pub const BROKEN_RUN: Code = Code { name: "broken-run", page: include_str!("../codes/broken-run.md") };

/// How a scenario ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Every expectation was met.
    Passed,
    /// None was missed, and some cannot be seen where the firmware ran.
    NotSeen,
    /// One was missed, or the run broke off.
    Failed,
}

/// What is told of a scenario that has run.
#[derive(Clone, Debug)]
pub struct Report {
    /// How it ended.
    pub outcome: Outcome,
    /// How many expectations were met.
    pub met: usize,
    /// How many cannot be seen where the firmware ran.
    pub not_seen: usize,
    /// What went wrong.
    pub diagnostics: Vec<Diagnostic>,
}

/// Judges a run.
pub fn report(scenario: &Scenario, record: &Record, app: &App) -> Report {
    let verdicts = judge(scenario, record, app);
    let count = |wanted: fn(&Verdict) -> bool| verdicts.iter().filter(|verdict| wanted(verdict)).count();
    let mut diagnostics: Vec<Diagnostic> = broken(record, &verdicts, scenario).into_iter().collect();
    for (expectation, verdict) in scenario.expectations.iter().zip(&verdicts) {
        if let Verdict::Missed(miss) = verdict {
            let lost = lost(record, app);
            diagnostics.push(
                Diagnostic::error(EXPECTATION, &miss.title, expectation.span)
                    .here(&miss.seen)
                    .note(&miss.around)
                    .help_if(lost),
            );
        }
    }
    let not_seen = count(|verdict| matches!(verdict, Verdict::NotSeen));
    let outcome = match (diagnostics.is_empty(), not_seen) {
        (false, _) => Outcome::Failed,
        (true, 0) => Outcome::Passed,
        (true, _) => Outcome::NotSeen,
    };
    Report { outcome, met: count(|verdict| matches!(verdict, Verdict::Met)), not_seen, diagnostics }
}

/// What broke the run off; it is shown at the first expectation that could not be judged for it.
fn broken(record: &Record, verdicts: &[Verdict], scenario: &Scenario) -> Option<Diagnostic> {
    let broken = record.broken.as_ref()?;
    let not_reached = |(_, verdict): &(_, &Verdict)| matches!(verdict, Verdict::NotReached);
    let unjudged: Vec<_> = scenario.expectations.iter().zip(verdicts).filter(not_reached).collect();
    let who = match &broken.task {
        Some(task) => format!("the task `{task}`"),
        None => "the firmware".to_string(),
    };
    let title = format!("{who} {} at {}", broken.what, show(broken.at));
    let mut diagnostic = match unjudged.first() {
        Some((expectation, _)) => {
            let more = unjudged.len() - 1;
            let here = match more {
                0 => "this could not be judged any more".to_string(),
                more => format!("this and {more} more could not be judged any more"),
            };
            Diagnostic::error(BROKEN_RUN, title, expectation.span).here(here)
        }
        None => Diagnostic::error(BROKEN_RUN, title, scenario.span),
    };
    for note in &broken.notes {
        diagnostic = diagnostic.note(note);
    }
    Some(diagnostic)
}

/// Bytes that the firmware did not take explain much.
fn lost(record: &Record, app: &App) -> Option<String> {
    record.facts.iter().find_map(|fact| match &fact.what {
        What::Lost { uart, reason, .. } => {
            let name = &app.peripheral(*uart).name.value;
            Some(format!("`{name}` lost bytes that were sent to it at {}: {reason}", show(fact.at)))
        }
        _ => None,
    })
}
