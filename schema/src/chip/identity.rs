//! `[identity]` of a chip's or family's file: what a debugger reads to know the chip, and to know that it is locked.

use serde::{Deserialize, Serialize};

/// A register that tells one chip from another.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct IdentityFile {
    /// Where it was read.
    pub source: String,
    /// The register's address.
    pub address: u32,
    /// The bits that are the same in every revision.
    pub mask: u32,
    /// The part number in CPUID of the chip's core, where another core has the same bits.
    pub core_part: Option<u32>,
    /// What these bits are; in a family's file its lines say it instead.
    #[serde(default)]
    pub values: Vec<u32>,
    /// The same for each line of a family; the first that fits a chip's name counts.
    #[serde(default)]
    pub lines: Vec<IdentityLine>,
    /// What selects the chip's debug port, where it answers to nothing before it is selected.
    pub target_select: Option<u32>,
    /// How the chip is locked against debuggers, where a debugger can tell.
    pub lock: Option<LockFile>,
}

/// The identity of a family's lines.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct IdentityLine {
    /// The lines, as their chips' names begin.
    pub of: Vec<String>,
    /// What the bits are: one value a die.
    pub values: Vec<u32>,
}

/// How a chip is locked against debuggers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum LockFile {
    /// Nothing but one access port answers, which erases everything and thereby unlocks the chip.
    ControlPort {
        /// The port's number.
        port: u8,
        /// Its IDR.
        idr: u32,
    },
    /// A debugger gets in, but can neither read nor write the flash.
    OptionBits {
        /// The register's address.
        address: u32,
        /// The bits that lock.
        mask: u32,
        /// What they are while the chip is open.
        open: u32,
        /// The command of another program that unlocks it, by erasing everything.
        unlock: String,
    },
}

impl IdentityFile {
    /// The identity of one chip of a family.
    #[must_use]
    pub fn of_chip(self, title: &str) -> Option<IdentityFile> {
        let line =
            self.lines.into_iter().find(|line| line.of.iter().any(|start| title.starts_with(start)))?;
        Some(IdentityFile { values: line.values, lines: Vec::new(), ..self })
    }
}
