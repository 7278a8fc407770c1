//! UF2 file -> a board's boot drive, which writes it to flash and restarts.
//!
//! A boot drive is told by its `INFO_UF2.TXT` (<https://github.com/microsoft/uf2>, "Files exposed by bootloaders"), whose
//! `Board-ID` names the board's boot loader. The RP2040's writes each block to flash as it comes, and restarts when it
//! has them all (RP2040 datasheet, section 2.8.4).

mod error;

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

pub use error::{DriveError, how_to_plug};

use crate::limit::{self, Broken};
use crate::report::{self, StepTimes};
use crate::{FlashEvent, FlashReport, Step, Way};

const INFO: &str = "INFO_UF2.TXT";
/// A megabyte of flash takes a boot loader about ten seconds, so that each piece is there well within a second.
const PIECE: usize = 16 * 1024;
const PATIENCE: Duration = Duration::from_secs(10);
/// A boot loader restarts within a tenth of a second; what takes long is the system's noticing it.
const RESTART: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(20);

/// A mounted boot drive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drive {
    /// Where it is mounted.
    pub folder: PathBuf,
    /// Which boot loader it is: `RPI-RP2`.
    pub board_id: String,
}

impl Drive {
    /// The drive at a folder.
    ///
    /// # Errors
    /// There is no such folder, or it is no boot drive.
    pub fn at(folder: &Path) -> Result<Drive, DriveError> {
        let path = folder.join(INFO);
        let read = limit::within(PATIENCE, move || fs::read_to_string(path));
        let text =
            match read.map_err(|limit| DriveError::Silent { folder: folder.to_owned(), limit, done: 0 })? {
                Ok(text) => text,
                Err(error)
                    if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
                {
                    return Err(DriveError::NotADrive { folder: folder.to_owned() });
                }
                Err(source) => return Err(DriveError::Unreadable { folder: folder.to_owned(), source }),
            };
        match board_id(&text) {
            Some(board_id) => Ok(Drive { folder: folder.to_owned(), board_id: board_id.to_owned() }),
            None => Err(DriveError::NotADrive { folder: folder.to_owned() }),
        }
    }

    /// The drive at a folder, which must be of this boot loader.
    ///
    /// # Errors
    /// There is no such drive, or it is another board's.
    pub fn at_for(folder: &Path, board_id: &str) -> Result<Drive, DriveError> {
        let drive = Drive::at(folder)?;
        if drive.board_id == board_id {
            return Ok(drive);
        }
        Err(DriveError::OtherBoard {
            folder: drive.folder,
            found: drive.board_id,
            wanted: board_id.to_owned(),
        })
    }

    /// The one drive of this boot loader that is mounted.
    ///
    /// # Errors
    /// There is none, or there are several.
    pub fn find(board_id: &str) -> Result<Drive, DriveError> {
        let mut drives = mounted()?;
        let others: Vec<Drive> = drives.extract_if(.., |drive| drive.board_id != board_id).collect();
        match drives.len() {
            0 => Err(DriveError::NoDrive {
                wanted: board_id.to_owned(),
                others: others.into_iter().map(|drive| (drive.folder, drive.board_id)).collect(),
                unmounted: unmounted(board_id),
            }),
            1 => Ok(drives.remove(0)),
            _ => Err(DriveError::Several {
                board_id: board_id.to_owned(),
                folders: drives.into_iter().map(|drive| drive.folder).collect(),
            }),
        }
    }

    /// `RPI-RP2 at /media/ada/RPI-RP2`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} at {}", self.board_id, self.folder.display())
    }

    fn is_there(&self) -> bool {
        self.folder.join(INFO).exists()
    }
}

/// All boot drives that are mounted.
///
/// # Errors
/// The system does not tell within a time limit, as when a drive of the network does not answer.
pub fn mounted() -> Result<Vec<Drive>, DriveError> {
    let find = || {
        let disks = sysinfo::Disks::new_with_refreshed_list();
        let drives = disks.list().iter().filter_map(|disk| Drive::at(disk.mount_point()).ok());
        drives.collect()
    };
    limit::within(PATIENCE, find).map_err(|limit| DriveError::ListSilent { limit })
}

/// A drive with this label that is plugged in but not mounted, as on a Linux without a desktop.
fn unmounted(label: &str) -> Option<PathBuf> {
    let device = Path::new("/dev/disk/by-label").join(label);
    device.exists().then_some(device)
}

/// Copies a UF2 file to a drive piece by piece, and waits until the board restarts.
///
/// # Errors
/// The file cannot be read, or the drive does not take it, is pulled, or stays. [`DriveError::left`] says what then is
/// in the flash.
pub fn flash(
    uf2: &Path,
    drive: &Drive,
    on_event: &mut dyn FnMut(FlashEvent),
    cancel: &AtomicBool,
) -> Result<FlashReport, DriveError> {
    let mut times = StepTimes::default();
    let mut tell = |event| {
        times.hear(report::now(event));
        on_event(event);
    };
    let bytes = fs::read(uf2).map_err(|source| DriveError::File { file: uf2.to_owned(), source })?;
    let name = uf2.file_name().unwrap_or_else(|| "firmware.uf2".as_ref());
    tell(FlashEvent::Begin { step: Step::Copy, total: Some(bytes.len() as u64) });
    copy(bytes, drive, &drive.folder.join(name), &mut tell, cancel)?;
    tell(FlashEvent::End { step: Step::Copy });
    tell(FlashEvent::Begin { step: Step::Start, total: None });
    restarted(drive, cancel)?;
    tell(FlashEvent::End { step: Step::Start });
    Ok(FlashReport { way: Way::Uf2, device: drive.name(), steps: times.done })
}

fn copy(
    bytes: Vec<u8>,
    drive: &Drive,
    file: &Path,
    tell: &mut dyn FnMut(FlashEvent),
    cancel: &AtomicBool,
) -> Result<(), DriveError> {
    let total = bytes.len() as u64;
    let mut done = 0;
    let (target, file) = (drive.clone(), file.to_owned());
    let mut progress = |bytes| {
        done = bytes;
        tell(FlashEvent::Progress { step: Step::Copy, done });
    };
    let copied = limit::supervised(PATIENCE, cancel, &mut progress, move |news| {
        write_pieces(&bytes, &file, &target, &mut |done| news.say(done))
    });
    let folder = drive.folder.clone();
    match copied {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) if !drive.is_there() => Err(DriveError::Vanished { folder, done, total }),
        Ok(Err(source)) => Err(DriveError::Write { folder, source, done, total }),
        Err(Broken::Silent(limit)) => Err(DriveError::Silent { folder, limit, done }),
        Err(Broken::Cancelled) => Err(DriveError::Cancelled { done, total }),
    }
}

fn write_pieces(
    bytes: &[u8],
    file: &Path,
    drive: &Drive,
    on_progress: &mut dyn FnMut(u64),
) -> io::Result<()> {
    let mut file = File::create(file)?;
    let mut done = 0;
    for piece in bytes.chunks(PIECE) {
        // What is written to a file whose drive is gone may seem to succeed.
        if !drive.is_there() {
            return Err(io::ErrorKind::NotFound.into());
        }
        file.write_all(piece)?;
        done += piece.len() as u64;
        // The board may restart as soon as it has the last block, before the system has heard that it took it.
        match file.sync_data() {
            Err(_) if done == bytes.len() as u64 && !drive.is_there() => {}
            // A file system without this call has no cache that could hide a failure.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {}
            synced => synced?,
        }
        on_progress(done);
    }
    Ok(())
}

fn restarted(drive: &Drive, cancel: &AtomicBool) -> Result<(), DriveError> {
    let started = Instant::now();
    while started.elapsed() < RESTART && !cancel.load(Ordering::Relaxed) {
        if !drive.is_there() {
            return Ok(());
        }
        thread::sleep(LOOK);
    }
    Err(DriveError::StillThere { folder: drive.folder.clone(), limit: RESTART })
}

/// The value of the line `Board-ID: …`.
fn board_id(text: &str) -> Option<&str> {
    let value = text.lines().find_map(|line| line.strip_prefix("Board-ID:"))?.trim();
    (!value.is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_board_id_is_found_among_the_lines_of_the_boot_loader() {
        let text = "UF2 Bootloader v3.0\r\nModel: Raspberry Pi RP2\r\nBoard-ID: RPI-RP2\r\n";
        assert_eq!(board_id(text), Some("RPI-RP2"));
        assert_eq!(board_id("Board-ID:  \n"), None);
        assert_eq!(board_id("nothing of it"), None);
    }

    #[test]
    fn another_boards_drive_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(INFO), "Board-ID: RP2350\r\n").unwrap();
        let error = Drive::at_for(folder.path(), "RPI-RP2").unwrap_err();
        assert!(error.to_string().contains("is the boot drive of `RP2350`"), "{error}");
        assert!(Drive::at_for(folder.path(), "RP2350").is_ok());
    }
}
