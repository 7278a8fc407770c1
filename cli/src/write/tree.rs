//! A folder whose files are exactly those that are wanted: compared, built beside, then put in its place.
//!
//! Files that do not change keep their inode and time, so that cargo rebuilds only what did.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::{Files, Step};
use crate::Outcome;
use crate::failure::{Failure, While};

/// cargo's output, when somebody runs it in the folder by hand: not ours to compare, costly to lose.
const KEPT_FOLDER: &str = "target";

/// Where a tree is, and the names beside it that are used while it is replaced.
#[derive(Debug)]
pub(super) struct Place {
    /// The tree.
    pub(super) folder: PathBuf,
    /// The next tree while it is built; the old one, right after an exchange.
    pub(super) new: PathBuf,
    /// The old tree, where an exchange takes two steps.
    pub(super) old: PathBuf,
}

/// How a tree differs from what is wanted; paths with `/`, sorted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// Not there, or with another text.
    pub(crate) written: Vec<String>,
    /// There and not wanted.
    pub(crate) removed: Vec<String>,
}

impl Changes {
    pub(crate) fn is_empty(&self) -> bool {
        self.written.is_empty() && self.removed.is_empty()
    }
}

impl Place {
    pub(super) fn new(parent: &Path, name: &str) -> Place {
        Place {
            folder: parent.join(name),
            new: parent.join(format!(".{name}.new")),
            old: parent.join(format!(".{name}.old")),
        }
    }

    /// Clears what a killed run left behind.
    pub(super) fn recover(&self) -> Outcome {
        if !exists(&self.folder) && exists(&self.old) {
            fs::rename(&self.old, &self.folder).doing("restoring", &self.folder)?;
        }
        for left in [&self.new, &self.old] {
            if exists(left) {
                self.save_kept_folder(left)?;
                fs::remove_dir_all(left).doing("removing", left)?;
            }
        }
        Ok(())
    }

    /// Moves cargo's output from a tree that goes to the one that stays.
    fn save_kept_folder(&self, from: &Path) -> Outcome {
        let (from, to) = (from.join(KEPT_FOLDER), self.folder.join(KEPT_FOLDER));
        if exists(&from) && exists(&self.folder) && !exists(&to) {
            fs::rename(&from, &to).doing("keeping", &to)?;
        }
        Ok(())
    }
}

/// Makes the tree hold exactly `files`; a tree that does is not touched. Whatever happens on the way, the tree is the
/// old one or the new one once [`Place::recover`] has run.
pub(super) fn replace(
    place: &Place,
    files: &Files,
    exchange: fn(&Place, Step<'_>) -> Outcome,
    step: Step<'_>,
) -> Result<Changes, Failure> {
    let changes = compare(&place.folder, files)?;
    if changes.is_empty() {
        return Ok(changes);
    }
    build(place, files, &changes, step)?;
    step()?;
    if exists(&place.folder) {
        exchange(place, step)?;
    } else {
        fs::rename(&place.new, &place.folder).doing("creating", &place.folder)?;
    }
    step()?;
    place.recover()?;
    Ok(changes)
}

/// How the tree differs from `files`.
pub(crate) fn compare(folder: &Path, files: &Files) -> Result<Changes, Failure> {
    let mut present = BTreeSet::new();
    if exists(folder) {
        list(folder, "", &mut present)?;
    }
    let mut changes = Changes::default();
    for (path, text) in files {
        if !present.remove(path) || !has_text(&folder.join(path), text)? {
            changes.written.push(path.clone());
        }
    }
    changes.removed = present.into_iter().collect();
    Ok(changes)
}

/// All files below a folder; what is neither file nor folder counts as a file that nobody wants.
fn list(folder: &Path, prefix: &str, found: &mut BTreeSet<String>) -> Outcome {
    for entry in fs::read_dir(folder).doing("listing", folder)? {
        let entry = entry.doing("listing", folder)?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if path == KEPT_FOLDER {
            continue;
        }
        if entry.file_type().doing("looking at", &entry.path())?.is_dir() {
            list(&entry.path(), &format!("{path}/"), found)?;
        } else {
            found.insert(path);
        }
    }
    Ok(())
}

fn has_text(path: &Path, text: &str) -> Result<bool, Failure> {
    let metadata = fs::symlink_metadata(path).doing("looking at", path)?;
    if !metadata.is_file() || metadata.len() != text.len() as u64 {
        return Ok(false);
    }
    Ok(fs::read(path).doing("reading", path)? == text.as_bytes())
}

fn build(place: &Place, files: &Files, changes: &Changes, step: Step<'_>) -> Outcome {
    fs::create_dir_all(&place.new).doing("creating folder", &place.new)?;
    let changed: BTreeSet<&String> = changes.written.iter().collect();
    for (path, text) in files {
        step()?;
        let new = place.new.join(path);
        if let Some(folder) = new.parent() {
            fs::create_dir_all(folder).doing("creating folder", folder)?;
        }
        if changed.contains(path) {
            fs::write(&new, text).doing("writing", &new)?;
        } else {
            link(&place.folder.join(path), &new).doing("linking", &new)?;
        }
    }
    Ok(())
}

/// The same file in a second place; where the file system has no links, a copy with the same time.
fn link(from: &Path, to: &Path) -> io::Result<()> {
    if fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    fs::copy(from, to)?;
    let times = fs::FileTimes::new().set_modified(fs::metadata(from)?.modified()?);
    fs::File::options().write(true).open(to)?.set_times(times)
}

fn exists(path: &Path) -> bool {
    !matches!(path.symlink_metadata(), Err(error) if error.kind() == ErrorKind::NotFound)
}

#[cfg(test)]
mod tests;
