//! A new folder that is there whole or not at all.

use std::fs;
use std::path::Path;

use crate::Outcome;
use crate::failure::{Failure, While};

/// Fails when something is where a folder is to be made; an empty folder is nothing.
pub(crate) fn refuse_occupied(folder: &Path, shown: &Path, what: &str) -> Outcome {
    let shown = shown.display();
    if folder.is_dir() {
        let is_empty = fs::read_dir(folder).doing("listing", folder)?.next().is_none();
        return if is_empty {
            Ok(())
        } else {
            Err(Failure::usage(format!("the folder `{shown}` is not empty")).help(format!(
                "{what} needs a new or an empty folder: take another name, or move what is there"
            )))
        };
    }
    match folder.symlink_metadata() {
        Ok(_) => Err(Failure::usage(format!("`{shown}` is there already, and is not a folder"))),
        Err(_) => Ok(()),
    }
}

/// A temporary folder on the file system of `folder`.
pub(crate) fn draft_beside(folder: &Path, shown: &Path) -> Result<tempfile::TempDir, Failure> {
    let parent = folder.parent().unwrap_or(folder);
    let shown_parent = shown.parent().unwrap_or(shown);
    if !parent.is_dir() {
        return Err(Failure::usage(format!("there is no folder `{}`", shown_parent.display())));
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(".fwc-new-");
    // Temporary folders are private by default; this one is for whom the user's umask lets read it.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    builder.tempdir_in(parent).doing("creating a folder in", shown_parent)
}

/// Gives the finished folder its name.
pub(crate) fn publish(draft: tempfile::TempDir, folder: &Path, shown: &Path) -> Outcome {
    if folder.is_dir() {
        // It was empty; if it no longer is, this fails, as it should.
        fs::remove_dir(folder).doing("replacing", shown)?;
    }
    fs::rename(draft.path(), folder).doing("creating", shown)?;
    // It has moved away: nothing is left to remove.
    let _ = draft.keep();
    Ok(())
}

/// Writes a file of a new folder.
pub(crate) fn put(folder: &Path, path: &str, text: &str) -> Outcome {
    let file = folder.join(path);
    if let Some(parent) = file.parent() {
        fs::create_dir_all(parent).doing("creating folder", parent)?;
    }
    fs::write(&file, text).doing("writing", &file)
}
