//! Files that are either the old ones or the new ones, never half of either.

use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// A file system failure with what was being done to which path.
#[derive(Debug, thiserror::Error)]
#[error("while {doing} `{}`: {source}", path.display())]
pub struct DiskError {
    /// What was being done, as in "writing".
    pub doing: &'static str,
    /// To which path.
    pub path: PathBuf,
    /// What the system said.
    pub source: std::io::Error,
}

impl DiskError {
    pub(crate) fn at(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self { doing, path, source }
    }
}

/// Tells one state of a file from another without reading it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stamp {
    bytes: u64,
    nanoseconds: u128,
}

impl Stamp {
    /// The stamp of what the path leads to; none where nothing is.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(path).ok()?;
        let changed = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        // A folder's own size says nothing that its time does not.
        let bytes = if metadata.is_dir() { 0 } else { metadata.len() };
        Some(Self { bytes, nanoseconds: changed.as_nanos() })
    }
}

pub(crate) fn read(path: &Path) -> Result<Vec<u8>, DiskError> {
    std::fs::read(path).map_err(DiskError::at("reading", path))
}

pub(crate) fn create_folder(path: &Path) -> Result<(), DiskError> {
    std::fs::create_dir_all(path).map_err(DiskError::at("creating folder", path))
}

/// Writes beside the file, then renames over it.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    create_folder(folder)?;
    let failed = || DiskError::at("writing", path);
    let mut file = temporary_file(folder).map_err(failed())?;
    file.write_all(bytes).map_err(failed())?;
    file.persist(path).map_err(|error| failed()(error.error))?;
    Ok(())
}

/// Temporary files are private by default; results are for everybody whom the user's umask lets read them.
fn temporary_file(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".fwc-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// Makes `link` lead to `target`, replacing what was there in one step.
pub(crate) fn link_atomically(target: &Path, link: &Path) -> Result<(), DiskError> {
    if std::fs::read_link(link).is_ok_and(|present| present == target) {
        return Ok(());
    }
    let folder = link.parent().unwrap_or(Path::new("."));
    create_folder(folder)?;
    let failed = || DiskError::at("linking", link);
    let made = tempfile::Builder::new()
        .prefix(".fwc-")
        .make_in(folder, |temporary| link_or_copy(target, temporary))
        .map_err(failed())?;
    made.into_temp_path().persist(link).map_err(|error| failed()(error.error))
}

#[cfg(unix)]
fn link_or_copy(target: &Path, link: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(not(unix))]
fn link_or_copy(target: &Path, link: &Path) -> std::io::Result<()> {
    std::fs::copy(target, link).map(|_| ())
}
