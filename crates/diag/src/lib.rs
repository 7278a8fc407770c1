//! What fwc says about a user's files: diagnostics as data, their codes with documentation, and their rendering.
//!
//! In: faults found by the chain. Out: text for people or JSON for programs. Nothing here prints.

#![deny(clippy::disallowed_methods)]

mod checked;
pub mod codes;
mod diagnostic;
mod excerpt;
mod json;
mod render;
mod sources;
pub mod suggest;
mod summary;
pub mod words;

pub use checked::Checked;
pub use codes::Code;
pub use diagnostic::{Diagnostic, Label, Severity};
pub use json::to_json;
pub use render::{RenderOptions, render, render_all};
pub use sources::{Place, Source, Sources};
pub use summary::{Counts, sort_by_place};
