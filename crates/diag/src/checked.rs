//! A value if there is one, plus everything that was found on the way.

use crate::{Diagnostic, Severity};

/// The result of a stage of the chain. `value` is absent only when an error stands in `diagnostics`.
#[derive(Clone, Debug)]
pub struct Checked<T> {
    /// What the stage made.
    pub value: Option<T>,
    /// All faults, in the order of their places.
    pub diagnostics: Vec<Diagnostic>,
}

impl<T> Checked<T> {
    /// A value, unless one of the diagnostics is an error.
    pub fn unless_errors(value: T, diagnostics: Vec<Diagnostic>) -> Checked<T> {
        let failed = diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
        Checked { value: (!failed).then_some(value), diagnostics }
    }

    /// Goes on with the next stage when there is a value; diagnostics of both are kept.
    pub fn and_then<U>(self, next: impl FnOnce(T) -> Checked<U>) -> Checked<U> {
        let mut diagnostics = self.diagnostics;
        let value = self.value.and_then(|value| {
            let mut checked = next(value);
            diagnostics.append(&mut checked.diagnostics);
            checked.value
        });
        Checked { value, diagnostics }
    }

    /// Goes on with a stage that finds no faults.
    pub fn map<U>(self, next: impl FnOnce(T) -> U) -> Checked<U> {
        Checked { value: self.value.map(next), diagnostics: self.diagnostics }
    }

    /// Whether an error stands among the diagnostics.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }
}
