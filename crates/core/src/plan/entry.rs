//! Where in app.toml something comes from.

use fwc_diag::Sources;
use fwc_schema::Span;
use serde::Serialize;

use crate::app::Peripheral;

/// An entry of app.toml.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its key, `peripherals.led`.
    pub entry: String,
    /// Its first line, counted from 1; 0 where the file does not have it.
    pub line: u32,
}

impl Entry {
    /// The comment that names it in generated code: `app.toml:5 [peripherals.led]`.
    pub fn marker(&self) -> String {
        format!("app.toml:{} [{}]", self.line, self.entry)
    }
}

/// Spans to lines.
pub(super) struct Lines<'a>(pub(super) &'a Sources);

impl Lines<'_> {
    pub(super) fn line(&self, span: Span) -> u32 {
        self.0.place(span).map_or(0, |place| place.line)
    }

    /// The entry that a peripheral comes from.
    pub(super) fn of(&self, peripheral: &Peripheral) -> Entry {
        let (table, name) = peripheral.entry();
        self.entry(table, name)
    }

    pub(super) fn entry(&self, table: &str, name: &fwc_schema::Spanned<String>) -> Entry {
        Entry { entry: format!("{table}.{}", name.value), line: self.line(name.span) }
    }
}
