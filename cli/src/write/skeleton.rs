//! Files that the user goes on with: created where they are missing, never written when they are there.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

use super::{Files, Step};
use crate::Outcome;
use crate::failure::{Failure, While};

/// The beginning of a temporary file's name.
const TEMPORARY: &str = ".fwc-";

/// The skeletons that are not there.
pub(super) fn missing(root: &Path, skeletons: &Files) -> Vec<String> {
    // A link that leads nowhere is the user's as well.
    let is_missing = |path: &&String| root.join(path).symlink_metadata().is_err();
    skeletons.keys().filter(is_missing).cloned().collect()
}

/// Creates what is missing, each file whole or not at all.
pub(super) fn create_missing(root: &Path, skeletons: &Files, step: Step<'_>) -> Result<Vec<String>, Failure> {
    let mut created = Vec::new();
    for path in missing(root, skeletons) {
        sweep(root.join(&path).parent().unwrap_or(root))?;
        step()?;
        if create(&root.join(&path), &skeletons[&path])? {
            created.push(path);
        }
    }
    Ok(created)
}

/// Removes what a killed run left behind; nobody else of fwc's works here now.
fn sweep(folder: &Path) -> Outcome {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder).doing("listing", folder)? {
        let entry = entry.doing("listing", folder)?;
        if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
            fs::remove_file(entry.path()).doing("removing", &entry.path())?;
        }
    }
    Ok(())
}

/// Creates a file, whole or not at all, with the folders that it lies in. False when there is one already.
pub(crate) fn create(path: &Path, text: &str) -> Result<bool, Failure> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).doing("creating folder", folder)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY);
    // Temporary files are private by default; this one is for whom the user's umask lets read it.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder).doing("creating", path)?;
    file.write_all(text.as_bytes()).doing("writing", path)?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(true),
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error.error).doing("creating", path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_is_never_written() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("src")).unwrap();
        fs::write(root.path().join("src/mine.rs"), "// mine").unwrap();
        fs::write(root.path().join("src/.fwc-killed"), "").unwrap();
        let skeletons = Files::from([
            ("src/mine.rs".to_owned(), "// skeleton".to_owned()),
            ("src/other.rs".to_owned(), "// skeleton".to_owned()),
        ]);
        let created = create_missing(root.path(), &skeletons, &mut || Ok(())).unwrap();
        assert_eq!(created, ["src/other.rs"]);
        assert_eq!(fs::read_to_string(root.path().join("src/mine.rs")).unwrap(), "// mine");
        assert_eq!(fs::read_to_string(root.path().join("src/other.rs")).unwrap(), "// skeleton");
        assert_eq!(fs::read_dir(root.path().join("src")).unwrap().count(), 2, "no temporary file is left");
        assert!(!create(&root.path().join("src/mine.rs"), "// late").unwrap());
        assert_eq!(fs::read_to_string(root.path().join("src/mine.rs")).unwrap(), "// mine");
    }
}
