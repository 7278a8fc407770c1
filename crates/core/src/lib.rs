//! The pure chain: app.toml's text to the text of a firmware crate.
//!
//! Nothing here touches the file system, the environment, a process or the clock; every stage is a function from data
//! to data, and every stage's data can be printed.

#![deny(clippy::disallowed_methods)]

mod analyse;
pub mod app;
pub mod catalog;
pub mod check;
mod echo;
pub mod emit;
pub mod names;
pub mod observe;
pub mod parse;
pub mod plan;
pub mod port;
pub mod resolve;
pub mod resolved;
pub mod simulate;

use fwc_diag::Checked;
use fwc_schema::SourceId;

pub use crate::emit::FileSet;

use crate::app::App;
use crate::catalog::Catalog;
use crate::check::CheckOptions;
use crate::plan::{Plan, PlanContext};

/// A firmware, composed.
#[derive(Clone, Debug)]
pub struct Composition {
    /// What the file says, checked.
    pub app: App,
    /// What is built.
    pub plan: Plan,
    /// Its text.
    pub files: FileSet,
}

/// The whole chain. app.toml is the first of the context's sources.
///
/// # Panics
/// When the context has no source.
pub fn compose(catalog: &Catalog, options: &CheckOptions, context: &PlanContext<'_>) -> Checked<Composition> {
    let text = &context.sources.files()[0].text;
    let resolved = check_text(text, catalog, options).and_then(resolve::resolve);
    resolved.map(|resolved| compose_resolved(resolved, context))
}

/// The chain from a resolved application on: what [`compose`] does behind `resolve`.
pub fn compose_resolved(resolved: resolved::Resolved, context: &PlanContext<'_>) -> Composition {
    let plan = plan::plan(&resolved, context);
    Composition { files: emit::emit(&plan), plan, app: resolved.app }
}

/// Text to a checked application: parse, then check. Faults of both are gathered in the order of their places.
pub fn check_text(text: &str, catalog: &Catalog, options: &CheckOptions) -> Checked<App> {
    let mut checked =
        parse::parse(SourceId::default(), text).and_then(|file| check::check(file, catalog, options));
    // Faults of the text alone leave an application; with faults of its own the check has asked for its clock.
    if checked.has_errors()
        && let Some(app) = checked.value.take()
    {
        checked.diagnostics.extend(resolve::clock_faults(&app));
    }
    echo::silence(text, &mut checked.diagnostics);
    checked.diagnostics.sort_by_key(fwc_diag::Diagnostic::span);
    if checked.has_errors() {
        checked.value = None;
    }
    checked
}
