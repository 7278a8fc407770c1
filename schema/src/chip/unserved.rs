//! `boards/unserved/stm32.toml`: chips that the HAL's sources name and that fwc does not serve.

use serde::{Deserialize, Serialize};

/// The file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct UnservedFile {
    /// The families.
    #[serde(rename = "family")]
    pub families: Vec<UnservedFamily>,
}

/// Chips that are not served for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct UnservedFamily {
    /// What people call them.
    pub title: String,
    /// How their names begin; a chip that is served after all is none of them.
    pub chips: Vec<String>,
    /// Why not, a sentence without its full stop.
    pub why: String,
    /// Where it was read.
    pub source: String,
}

impl UnservedFile {
    /// The family of a chip.
    pub fn of_chip(&self, name: &str) -> Option<&UnservedFamily> {
        self.families.iter().find(|family| family.has(name))
    }
}

impl UnservedFamily {
    /// Whether a chip is one of them by its name.
    pub fn has(&self, name: &str) -> bool {
        self.chips.iter().any(|start| name.starts_with(start.as_str()))
    }
}
