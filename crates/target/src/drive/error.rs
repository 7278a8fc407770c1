//! Why a UF2 file did not get onto a board, what that leaves in its flash, and what to do.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::Left;

/// A failure.
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// No drive of the board is mounted.
    #[error("no boot drive `{wanted}` is mounted")]
    NoDrive {
        /// The `Board-ID` that was looked for.
        wanted: String,
        /// Boot drives of other boards: where, and which.
        others: Vec<(PathBuf, String)>,
        /// The device, where it is plugged in but not mounted.
        unmounted: Option<PathBuf>,
    },
    /// More boards than one wait for a file.
    #[error("{} boot drives `{board_id}` are mounted", folders.len())]
    Several {
        /// What they all say.
        board_id: String,
        /// Where they are.
        folders: Vec<PathBuf>,
    },
    /// A folder that is none.
    #[error("`{}` is not a boot drive: it has no INFO_UF2.TXT with a Board-ID", folder.display())]
    NotADrive {
        /// The folder.
        folder: PathBuf,
    },
    /// A drive of another kind of board.
    #[error("`{}` is the boot drive of `{found}`, not of `{wanted}`", folder.display())]
    OtherBoard {
        /// Where it is.
        folder: PathBuf,
        /// What it says it is.
        found: String,
        /// What was asked for.
        wanted: String,
    },
    /// The drive cannot be read.
    #[error("while reading the boot drive `{}`: {source}", folder.display())]
    Unreadable {
        /// Where it is.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The UF2 file cannot be read.
    #[error("while reading `{}`: {source}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The drive does not take the file.
    #[error("while writing to the boot drive `{}`: {source}", folder.display())]
    Write {
        /// Where it is.
        folder: PathBuf,
        /// Why.
        source: io::Error,
        /// How many bytes it took.
        done: u64,
        /// How many there were.
        total: u64,
    },
    /// The drive was pulled, or the board reset, in the middle.
    #[error("the boot drive `{}` vanished after {done} of {total} bytes", folder.display())]
    Vanished {
        /// Where it was.
        folder: PathBuf,
        /// How many bytes it took.
        done: u64,
        /// How many there were.
        total: u64,
    },
    /// The drive has the file and does nothing with it.
    #[error("the board did not restart: `{}` is still there after {} s", folder.display(), limit.as_secs())]
    StillThere {
        /// Where it is.
        folder: PathBuf,
        /// How long it was waited for.
        limit: Duration,
    },
    /// The drive does not answer.
    #[error("the boot drive `{}` did not answer within {} s", folder.display(), limit.as_secs())]
    Silent {
        /// Where it is.
        folder: PathBuf,
        /// How long it was waited for.
        limit: Duration,
        /// How many bytes it took.
        done: u64,
    },
    /// The system does not tell which drives are mounted.
    #[error("the system did not list its drives within {} s", limit.as_secs())]
    ListSilent {
        /// How long it was waited for.
        limit: Duration,
    },
    /// The user pressed Ctrl-C.
    #[error("interrupted after {done} of {total} bytes")]
    Cancelled {
        /// How many bytes the drive took.
        done: u64,
        /// How many there were.
        total: u64,
    },
}

impl DriveError {
    /// What is in the flash; `None` where nothing was begun.
    #[must_use]
    pub fn left(&self) -> Option<Left> {
        // A block may be on its way to the flash before the system says that it was taken.
        match self {
            DriveError::Write { done: 0, .. } | DriveError::Silent { done: 0, .. } => Some(Left::Untouched),
            DriveError::Cancelled { .. }
            | DriveError::Write { .. }
            | DriveError::Vanished { .. }
            | DriveError::Silent { .. } => Some(Left::HalfWritten),
            DriveError::StillThere { .. } => Some(Left::Written),
            _ => None,
        }
    }

    /// What to do; `button` brings up the boot drive while it is held.
    #[must_use]
    pub fn remedies(&self, button: Option<&str>) -> Vec<String> {
        let plug = how_to_plug(button);
        let again = format!("{plug}; then `fwc flash --via uf2` writes everything anew");
        match self {
            DriveError::NoDrive { unmounted: Some(device), .. } => vec![format!(
                "it is plugged in but not mounted: `udisksctl mount -b {}` mounts it",
                device.display()
            )],
            DriveError::NoDrive { others, .. } => {
                let mut helps = vec![plug];
                helps.extend(others.iter().map(|(folder, found)| {
                    format!("`{}` is the boot drive of another board, `{found}`", folder.display())
                }));
                helps
            }
            DriveError::Several { folders, .. } => folders
                .iter()
                .map(|folder| format!("`--drive {}` takes this one", folder.display()))
                .collect(),
            DriveError::NotADrive { .. } => {
                vec!["`--drive` takes the folder where the boot drive is mounted".to_owned(), plug]
            }
            DriveError::OtherBoard { .. } => {
                vec!["`--board` names the board that is plugged in; `fwc boards` lists them".to_owned()]
            }
            DriveError::Write { source, .. } if source.kind() == io::ErrorKind::StorageFull => vec![
                "the drive is full, which a boot drive never is: is it one?".to_owned(),
                again,
            ],
            DriveError::Write { source, .. }
                if matches!(
                    source.kind(),
                    io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied
                ) =>
            {
                vec![
                    "the drive is mounted read-only, or by another user: plug the board in anew, or mount the drive as \
                     one that you may write to"
                        .to_owned(),
                    again,
                ]
            }
            DriveError::StillThere { .. } => vec![
                "reset the board by hand: if it does not start, its boot loader did not know the file's blocks"
                    .to_owned(),
                again,
            ],
            DriveError::ListSilent { .. } => {
                vec!["`--drive FOLDER` says where it is mounted, without a search".to_owned()]
            }
            DriveError::File { .. } => Vec::new(),
            _ => vec![again],
        }
    }
}

/// What brings a board's drive up.
#[must_use]
pub fn how_to_plug(button: Option<&str>) -> String {
    match button {
        Some(button) => format!("hold {button} while you plug the board in, and its boot drive appears"),
        None => "bring the board into its boot loader, and its boot drive appears".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(kind: io::ErrorKind, done: u64) -> DriveError {
        DriveError::Write {
            folder: PathBuf::from("/media/ada/RPI-RP2"),
            source: kind.into(),
            done,
            total: 512,
        }
    }

    #[test]
    fn a_drive_that_takes_nothing_leaves_the_flash_alone() {
        for kind in [io::ErrorKind::ReadOnlyFilesystem, io::ErrorKind::PermissionDenied] {
            let error = write(kind, 0);
            assert_eq!(error.left(), Some(Left::Untouched));
            let helps = error.remedies(Some("BOOTSEL"));
            assert!(helps[0].starts_with("the drive is mounted read-only, or by another user"), "{helps:?}");
            assert!(helps[1].ends_with("then `fwc flash --via uf2` writes everything anew"), "{helps:?}");
        }
    }

    #[test]
    fn a_drive_that_took_some_has_a_half_written_flash() {
        let error = write(io::ErrorKind::StorageFull, 256);
        assert_eq!(error.left(), Some(Left::HalfWritten));
        assert!(error.remedies(None)[0].starts_with("the drive is full"));
    }
}
