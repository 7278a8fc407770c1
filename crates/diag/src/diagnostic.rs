//! One fault: what, where, why and what to do next.

use fwc_schema::Span;
use serde::Serialize;

use crate::Code;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Nothing can be generated.
    Error,
    /// It works, and is most likely not what was meant.
    Warning,
}

/// A marked place with a word about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What is there; may be empty for the first label, whose word is the title.
    pub text: String,
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// Which rule it breaks; `fwc explain` has a page for each.
    pub code: Code,
    /// What is wrong: lower case, no full stop, the user's words in backticks.
    pub title: String,
    /// Where: the first is the place of the fault, the others explain it.
    pub labels: Vec<Label>,
    /// Why.
    pub notes: Vec<String>,
    /// What to do next.
    pub helps: Vec<String>,
    /// The key that is missing, that was most likely meant, or that comes later: what else follows from it is an echo.
    #[serde(skip)]
    pub about: Option<String>,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(code: Code, title: impl Into<String>, span: Span) -> Diagnostic {
        Diagnostic::new(Severity::Error, code, title.into(), span)
    }

    /// A warning at a place.
    pub fn warning(code: Code, title: impl Into<String>, span: Span) -> Diagnostic {
        Diagnostic::new(Severity::Warning, code, title.into(), span)
    }

    fn new(severity: Severity, code: Code, title: String, span: Span) -> Diagnostic {
        let labels = vec![Label { span, text: String::new() }];
        Diagnostic { severity, code, title, labels, notes: Vec::new(), helps: Vec::new(), about: None }
    }

    /// The word at the first place.
    pub fn here(mut self, text: impl Into<String>) -> Diagnostic {
        self.labels[0].text = text.into();
        self
    }

    /// Another place that explains the fault.
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Why it is so.
    pub fn note(mut self, text: impl Into<String>) -> Diagnostic {
        self.notes.push(text.into());
        self
    }

    /// What to do next.
    pub fn help(mut self, text: impl Into<String>) -> Diagnostic {
        self.helps.push(text.into());
        self
    }

    /// What to do next, where it is known.
    pub fn help_if(self, text: Option<String>) -> Diagnostic {
        match text {
            Some(text) => self.help(text),
            None => self,
        }
    }

    /// Names the key that is missing, that was most likely meant, or that comes later.
    pub fn about(mut self, key: impl Into<String>) -> Diagnostic {
        self.about = Some(key.into());
        self
    }

    /// The place of the fault.
    pub fn span(&self) -> Span {
        self.labels[0].span
    }
}
