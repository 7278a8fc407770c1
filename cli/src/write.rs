//! Generated text to disk: after any interruption, a kill included, what is on disk is the old tree or the new one.
//!
//! `generated/BOARD/` is fwc's and is replaced as a whole; files under `src/` are the user's and are only ever
//! created. One fwc at a time works on a project.

mod lock;
mod lockfile;
mod skeleton;
mod swap;
mod tree;

use std::collections::BTreeMap;
use std::path::Path;

use crate::Outcome;
use crate::failure::Failure;

pub(crate) use lock::Lock;
pub(crate) use lockfile::with_kept_lock;
pub(crate) use skeleton::create;
pub(crate) use tree::{Changes, compare};

/// The folder of a project that holds a crate for each board.
pub(crate) const GENERATED: &str = "generated";

/// Paths, with `/`, below a folder, and their texts.
pub(crate) type Files = BTreeMap<String, String>;

/// Asked between any two steps on disk; an error ends the work there.
pub(crate) type Step<'a> = &'a mut dyn FnMut() -> Outcome;

/// What is to be on disk.
pub(crate) struct Wanted<'a> {
    /// The board's name, which is also the name of the crate's folder.
    pub(crate) board: &'a str,
    /// The crate. Its Cargo.lock is only where cargo's own changes start from.
    pub(crate) files: Files,
    /// Files of the project that are the user's once they are there.
    pub(crate) skeletons: &'a Files,
}

/// What was done.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Written {
    /// In the generated crate.
    pub(crate) changes: Changes,
    /// Skeletons that were not there.
    pub(crate) created: Vec<String>,
}

/// Writes a project's generated crate and the skeletons that are missing. The caller holds the [`Lock`].
pub(crate) fn write(root: &Path, wanted: Wanted<'_>, step: Step<'_>) -> Result<Written, Failure> {
    let generated = root.join(GENERATED);
    let place = tree::Place::new(&generated, wanted.board);
    place.recover()?;
    let created = skeleton::create_missing(root, wanted.skeletons, step)?;
    let files = lockfile::with_both_locks(wanted.files, &place.folder)?;
    let written = tree::replace(&place, &files, swap::exchange, step);
    if written.is_err() {
        // What was half made is of no use; that it cannot be removed is found again, and said, by the next run.
        let _ = place.recover();
    }
    Ok(Written { changes: written?, created })
}

/// What [`write`] would do, without doing it.
pub(crate) fn preview(root: &Path, wanted: Wanted<'_>) -> Result<(Files, Written), Failure> {
    let place = tree::Place::new(&root.join(GENERATED), wanted.board);
    let files = lockfile::with_both_locks(wanted.files, &place.folder)?;
    let changes = compare(&place.folder, &files)?;
    let created = skeleton::missing(root, wanted.skeletons);
    Ok((files, Written { changes, created }))
}
