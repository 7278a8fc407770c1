//! Many diagnostics to their order and the line that sums them up.

use std::borrow::Borrow;
use std::fmt;

use crate::{Diagnostic, Severity};

/// Sorts diagnostics by place; of those in one place errors come first.
pub fn sort_by_place(diagnostics: &mut [impl Borrow<Diagnostic>]) {
    diagnostics.sort_by(|left, right| {
        let key = |diagnostic: &Diagnostic| (diagnostic.span(), diagnostic.severity, diagnostic.code);
        key(left.borrow()).cmp(&key(right.borrow()))
    });
}

/// How many diagnostics there are. Shown as `2 errors, 1 warning`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Diagnostics that keep firmware from being made.
    pub errors: usize,
    /// The others.
    pub warnings: usize,
}

impl Counts {
    /// Counts diagnostics.
    pub fn of(diagnostics: impl IntoIterator<Item = impl Borrow<Diagnostic>>) -> Counts {
        let mut counts = Counts::default();
        for diagnostic in diagnostics {
            match diagnostic.borrow().severity {
                Severity::Error => counts.errors += 1,
                Severity::Warning => counts.warnings += 1,
            }
        }
        counts
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self == Counts::default()
    }

    /// The last line of a run that went through: `1 warning in app.toml`.
    pub fn summary(self, file: &str) -> String {
        format!("{self} in {file}")
    }

    /// The last line of a run that did not: `could not build `blinky`: 2 errors, 1 warning in app.toml`.
    pub fn could_not(self, what: &str, file: &str) -> String {
        format!("could not {what}: {self} in {file}")
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = [(self.errors, "error"), (self.warnings, "warning")]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, noun)| format!("{count} {noun}{}", if count == 1 { "" } else { "s" }))
            .collect();
        formatter.write_str(if parts.is_empty() { "no errors" } else { "" })?;
        formatter.write_str(&parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use fwc_schema::{SourceId, Span};

    use super::{Counts, sort_by_place};
    use crate::{Diagnostic, codes};

    fn at(start: usize, code: crate::Code) -> Diagnostic {
        Diagnostic::error(code, "", Span::new(SourceId(0), start..start + 1))
    }

    #[test]
    fn counts_are_sentences() {
        let counts = |errors, warnings| Counts { errors, warnings };
        assert_eq!(counts(0, 0).to_string(), "no errors");
        assert_eq!(counts(1, 0).to_string(), "1 error");
        assert_eq!(counts(0, 1).summary("app.toml"), "1 warning in app.toml");
        let built = counts(2, 1).could_not("build `blinky`", "app.toml");
        assert_eq!(built, "could not build `blinky`: 2 errors, 1 warning in app.toml");
    }

    #[test]
    fn places_come_before_codes() {
        let mut diagnostics = vec![at(9, codes::BAD_NAME), at(2, codes::UNUSED), at(2, codes::BAD_NAME)];
        sort_by_place(&mut diagnostics);
        let order: Vec<_> = diagnostics.iter().map(|one| (one.span().start, one.code.name)).collect();
        assert_eq!(order, [(2, "bad-name"), (2, "unused"), (9, "bad-name")]);
    }
}
