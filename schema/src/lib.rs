//! The shapes of fwc's files, and nothing else: app.toml, scenarios, boards, chips, units, spans.
//!
//! In: the text of a file. Out: a plain value of the file's exact shape, with the place of every value in it,
//! and every fault that kept a value from being read. What the values *mean* is the chain's business (`fwc-core`).

#![deny(clippy::disallowed_methods)]

pub mod app;
pub mod behavior;
pub mod board;
pub mod chip;
pub mod device;
pub mod read;
pub mod scenario;
pub mod span;
pub mod units;

pub use read::{Field, ReadFault};
pub use span::{SourceId, Span, Spanned};
