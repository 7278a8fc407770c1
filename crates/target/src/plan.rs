//! What flashing would do, as data: shown by `--dry-run`.

use std::path::PathBuf;

use serde::Serialize;

use crate::Part;

/// How an image gets onto a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// By a debug probe.
    Probe,
    /// By copying a UF2 file to the board's boot drive.
    Uf2,
    /// By the loader in the chip's ROM, over a serial port.
    Serial,
}

impl Way {
    /// As the command line writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Way::Probe => "probe",
            Way::Uf2 => "uf2",
            Way::Serial => "serial",
        }
    }
}

/// What goes where, and by which way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FlashPlan {
    /// The way.
    pub way: Way,
    /// The probe or drive that would be used, in words; absent where none is there now.
    pub device: Option<String>,
    /// The file that is flashed: an ELF by a probe, a UF2 by a drive.
    pub file: PathBuf,
    /// What it puts into flash.
    pub parts: Vec<PlannedPart>,
}

/// A run of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PlannedPart {
    /// Where it goes.
    pub address: u64,
    /// Its size.
    pub bytes: u64,
}

impl FlashPlan {
    /// The plan of flashing an image.
    #[must_use]
    pub fn of(parts: &[Part], way: Way, file: PathBuf, device: Option<String>) -> FlashPlan {
        let parts =
            parts.iter().map(|part| PlannedPart { address: part.address, bytes: part.bytes.len() as u64 });
        FlashPlan { way, device, file, parts: parts.collect() }
    }
}
