//! A new folder takes the place of an old one.

use std::fs;
use std::io;
use std::path::Path;

use super::Step;
use super::tree::Place;
use crate::Outcome;
use crate::failure::While;

/// Puts `place.new` where `place.folder` is, in one step where the file system can. The old folder is then at
/// `place.new` or `place.old`.
pub(super) fn exchange(place: &Place, step: Step<'_>) -> Outcome {
    step()?;
    match exchange_in_one_step(&place.new, &place.folder) {
        // Not every file system can; the kernel says so in different ways.
        Err(error) if is_unable(&error) => two_renames(place, step),
        outcome => outcome.doing("replacing", &place.folder),
    }
}

/// For file systems that cannot exchange. Between the renames there is no folder: `Place::recover` then puts the old
/// one back, before anybody else of fwc's looks.
pub(super) fn two_renames(place: &Place, step: Step<'_>) -> Outcome {
    step()?;
    fs::rename(&place.folder, &place.old).doing("replacing", &place.folder)?;
    step()?;
    fs::rename(&place.new, &place.folder).doing("replacing", &place.folder)
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
fn exchange_in_one_step(new: &Path, old: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, new, CWD, old, RenameFlags::EXCHANGE)?)
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn exchange_in_one_step(_new: &Path, _old: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(unix)]
fn is_unable(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let unable = [Errno::INVAL, Errno::NOSYS, Errno::NOTSUP, Errno::OPNOTSUPP];
    error.kind() == io::ErrorKind::Unsupported
        || Errno::from_io_error(error).is_some_and(|errno| unable.contains(&errno))
}

#[cfg(not(unix))]
fn is_unable(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Unsupported
}
