//! The pure chain: app.toml's text to the text of a firmware crate.
//!
//! Nothing here touches the file system, the environment, a process or the clock; every stage is a function from data
//! to data, and every stage's data can be printed.

#![deny(clippy::disallowed_methods)]

pub mod app;
pub mod catalog;
pub mod check;
mod echo;
pub mod names;
pub mod parse;
pub mod resolve;
pub mod resolved;

use fwc_diag::Checked;
use fwc_schema::SourceId;

use crate::app::App;
use crate::catalog::Catalog;
use crate::check::CheckOptions;

/// Text to a checked application: parse, then check. Faults of both are gathered in the order of their places.
pub fn check_text(text: &str, catalog: &Catalog, options: &CheckOptions) -> Checked<App> {
    let mut checked =
        parse::parse(SourceId::default(), text).and_then(|file| check::check(file, catalog, options));
    echo::silence(text, &mut checked.diagnostics);
    checked.diagnostics.sort_by_key(fwc_diag::Diagnostic::span);
    if checked.has_errors() {
        checked.value = None;
    }
    checked
}
