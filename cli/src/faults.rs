//! Compiler messages as their user needs them: the user's own as they are, ours beside the line of app.toml that they
//! came from and with the word that they are ours.

use fwc_build::{AppPlace, Level, Origin, RustcFault};
use fwc_diag::{Code, Diagnostic, Sources};
use fwc_schema::{SourceId, Span};
use serde_json::json;

use crate::Outcome;
use crate::shell::Shell;

/// The code of what only fwc can do wrong. Not one of the chain's, which say what a user did.
pub(crate) const FWC_BUG: Code = Code { name: "fwc-bug", page: include_str!("fwc-bug.md") };

/// The code of an entry of app.toml whose Rust of the user's is not what the entry says.
pub(crate) const RUST_MISMATCH: Code = Code { name: "rust-mismatch", page: include_str!("rust-mismatch.md") };

/// Shows compiler messages as they come.
pub(crate) struct Faults<'a> {
    shell: &'a Shell,
    sources: &'a Sources,
    user_warnings: usize,
    /// The first failure to show something.
    outcome: Outcome,
}

impl<'a> Faults<'a> {
    pub(crate) fn new(shell: &'a Shell, sources: &'a Sources) -> Faults<'a> {
        Faults { shell, sources, user_warnings: 0, outcome: Ok(()) }
    }

    /// Shows one.
    pub(crate) fn say(&mut self, fault: &RustcFault) {
        if fault.level == Level::Warning && fault.origin == Origin::User {
            self.user_warnings += 1;
        }
        let outcome = self.show(fault);
        self.keep(outcome);
    }

    /// Keeps a failure of output for the end of the build.
    pub(crate) fn keep(&mut self, outcome: Outcome) {
        if self.outcome.is_ok() {
            self.outcome = outcome;
        }
    }

    /// Sums the user's warnings up.
    pub(crate) fn end(&mut self) -> Outcome {
        std::mem::replace(&mut self.outcome, Ok(()))?;
        if self.user_warnings > 0 && !self.shell.is_json() {
            let plural = if self.user_warnings == 1 { "" } else { "s" };
            self.shell.warning(&format!("{} warning{plural} in src/", self.user_warnings));
        }
        Ok(())
    }

    fn show(&self, fault: &RustcFault) -> Outcome {
        if self.shell.is_json() {
            self.shell.record(&json!({ "reason": "compiler-message", "message": fault }))?;
        }
        let is_error = fault.level == Level::Error;
        let is_shown = match fault.origin {
            Origin::User => is_error || !self.shell.is_quiet(),
            // Nobody who uses fwc can do anything about a warning in code that is not theirs.
            _ => is_error || self.shell.is_verbose(),
        };
        if !is_shown {
            return Ok(());
        }
        if is_error && let Origin::Generated { app: Some(place) } = &fault.origin {
            self.shell.diagnostics(&[self.at_entry(fault, place)], self.sources)?;
        }
        if !self.shell.is_json() {
            self.shell.raw_talk(&fault.rendered);
        }
        Ok(())
    }

    /// The line of app.toml from which code that does not compile was made.
    fn at_entry(&self, fault: &RustcFault, place: &AppPlace) -> Diagnostic {
        if let Some(rule) = &place.user_rust {
            let title = format!("your Rust is not what `{}` says", place.entry);
            return Diagnostic::error(RUST_MISMATCH, title, self.line(place.line))
                .note(format!("the compiler says: {}", fault.message))
                .help(rule);
        }
        let title = format!("the code that fwc made from `{}` does not compile", place.entry);
        Diagnostic::error(FWC_BUG, title, self.line(place.line))
            .note(format!("the compiler says: {}", fault.message))
            .note("this is a bug of fwc, whatever app.toml says")
    }

    /// The text of a line of app.toml, counted from 1.
    fn line(&self, number: usize) -> Span {
        let text = &self.sources.files()[0].text;
        let start: usize = text.split_inclusive('\n').take(number.saturating_sub(1)).map(str::len).sum();
        let length = text[start..].lines().next().map_or(0, str::len);
        Span::new(SourceId::default(), start..start + length)
    }
}
