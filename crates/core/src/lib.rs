//! The pure chain of fwc: app.toml to the text of a firmware crate.

pub mod catalog;
