//! The way over a boot drive.

use std::path::PathBuf;

use fwc_build::Cancel;
use fwc_core::catalog::Board;
use fwc_schema::board::FlashWay;
use fwc_target::drive::{self, Drive, DriveError};
use fwc_target::{FlashReport, Left};

use crate::arguments::FlashOptions;
use crate::commands::build::Made;
use crate::failure::{Failure, Kind};
use crate::flashing::FlashProgress;
use crate::shell::Shell;

/// What a board's file says of its boot drive.
pub(super) struct BootDrive {
    volume: String,
    button: Option<String>,
}

impl BootDrive {
    pub(super) fn of(board: &Board) -> Result<BootDrive, Failure> {
        let drive = board.flash.iter().find_map(|way| match way {
            FlashWay::Uf2 { volume, button } => Some((volume.clone(), button.clone())),
            FlashWay::Probe {} => None,
        });
        let (volume, button) =
            drive.ok_or_else(|| Failure::usage(format!("{} has no boot drive", board.title)))?;
        Ok(BootDrive { volume, button })
    }

    pub(super) fn find(&self, options: &FlashOptions) -> Result<Drive, DriveError> {
        match &options.drive {
            Some(folder) => Drive::at_for(folder, &self.volume),
            None => Drive::find(&self.volume),
        }
    }

    /// Whether there is one; several are a matter for the error that tells of them.
    pub(super) fn is_there(&self) -> bool {
        matches!(Drive::find(&self.volume), Ok(_) | Err(DriveError::Several { .. }))
    }

    pub(super) fn how_to_plug(&self) -> String {
        drive::how_to_plug(self.button.as_deref())
    }

    fn failure(&self, error: &DriveError) -> Failure {
        let kind = match error {
            DriveError::Cancelled { .. } => Kind::Interrupted,
            DriveError::NotADrive { .. } | DriveError::OtherBoard { .. } => Kind::Usage,
            _ => Kind::World,
        };
        let left = error.left().map(Left::sentence).map(str::to_owned);
        Failure::new(kind, error.to_string()).notes(left).helps(error.remedies(self.button.as_deref()))
    }
}

/// The file that a boot drive takes.
pub(super) fn file(made: &Made) -> Result<PathBuf, Failure> {
    let file = made.artifacts.uf2.clone();
    file.ok_or_else(|| Failure::usage(format!("{} takes no UF2 file", made.board.chip.title)))
}

pub(super) fn flash(
    options: &FlashOptions,
    made: &Made,
    shell: &Shell,
    cancel: &Cancel,
) -> Result<FlashReport, Failure> {
    let boot_drive = BootDrive::of(&made.board)?;
    let file = file(made)?;
    let drive = boot_drive.find(options).map_err(|error| boot_drive.failure(&error))?;
    let mut progress = FlashProgress::new(shell);
    let report = drive::flash(&file, &drive, &mut |event| progress.show(event), &cancel.flag());
    progress.end()?;
    report.map_err(|error| boot_drive.failure(&error))
}
