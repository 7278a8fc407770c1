//! `[emulator]` of a chip's or family's file: what runs the chip's images without the chip.

use serde::{Deserialize, Serialize};

/// An emulator of a chip.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct EmulatorFile {
    /// Where it was read, or tried, what it is and what it lacks.
    pub source: String,
    /// Which.
    pub program: EmulatorProgram,
    /// In a family's file, the chips that it is one of, as their names begin.
    #[serde(default)]
    pub of: Vec<String>,
    /// Kinds of peripheral that fwc drives on the chip and that the emulator does not have.
    #[serde(default)]
    pub lacks: Vec<Lack>,
}

/// A kind of peripheral that an emulator does not have.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Lack {
    /// As app.toml calls it.
    pub kind: String,
    /// A sentence without its full stop.
    pub why: String,
}

/// An emulator that fwc brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EmulatorProgram {
    /// `rp2040js` under Node, with the corrections of `crates/sim`.
    Rp2040js,
    /// `crates/stm32-emulator`, which is a part of fwc.
    Stm32f407,
}

impl EmulatorFile {
    /// That it does not have a kind of peripheral, where it does not.
    #[must_use]
    pub fn lack(&self, kind: &str) -> Option<&Lack> {
        self.lacks.iter().find(|lack| lack.kind == kind)
    }

    /// The emulator of one chip of a family, where it is one of it.
    #[must_use]
    pub fn of_chip(self, title: &str) -> Option<EmulatorFile> {
        self.of.iter().any(|start| title.starts_with(start)).then_some(self)
    }
}
