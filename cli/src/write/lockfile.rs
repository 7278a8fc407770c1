//! Keeps what cargo wrote into the generated Cargo.lock.
//!
//! fwc brings a lock file for the crates that it pins; cargo adds the user's own dependencies to it. The result stays
//! as it is until fwc brings another one, which is known from a copy of what was brought.

use std::fs;
use std::path::Path;

use super::Files;
use crate::failure::{Failure, While};

const LOCK: &str = "Cargo.lock";

/// The lock file as fwc brought it.
const BROUGHT: &str = ".fwc-brought.lock";

/// The files with the lock file that is to be there: what cargo made of fwc's in `folder`, as long as it was made of
/// this one.
pub(crate) fn with_kept_lock(mut files: Files, folder: &Path) -> Result<Files, Failure> {
    let Some(brought) = files.get(LOCK) else { return Ok(files) };
    if read(&folder.join(BROUGHT))?.as_ref() == Some(brought)
        && let Some(present) = read(&folder.join(LOCK))?
    {
        files.insert(LOCK.to_owned(), present);
    }
    Ok(files)
}

/// The same, with the copy of what fwc brings that the next run asks for.
pub(super) fn with_both_locks(files: Files, folder: &Path) -> Result<Files, Failure> {
    let brought = files.get(LOCK).cloned();
    let mut files = with_kept_lock(files, folder)?;
    files.extend(brought.map(|text| (BROUGHT.to_owned(), text)));
    Ok(files)
}

fn read(path: &Path) -> Result<Option<String>, Failure> {
    match fs::read(path) {
        // What is not text is no lock file, and is replaced.
        Ok(bytes) => Ok(String::from_utf8(bytes).ok()),
        Err(error)
            if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) =>
        {
            Ok(None)
        }
        Err(error) => Err(error).doing("reading", path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(lock: &str) -> Files {
        Files::from([(LOCK.to_owned(), lock.to_owned())])
    }

    fn put(folder: &Path, files: &Files) {
        for (name, text) in files {
            fs::write(folder.join(name), text).unwrap();
        }
    }

    #[test]
    fn what_cargo_added_stays_until_another_lock_is_brought() {
        let folder = tempfile::tempdir().unwrap();
        let first = with_both_locks(files("one"), folder.path()).unwrap();
        assert_eq!(first[LOCK], "one");
        put(folder.path(), &first);

        fs::write(folder.path().join(LOCK), "one and the user's").unwrap();
        assert_eq!(with_both_locks(files("one"), folder.path()).unwrap()[LOCK], "one and the user's");
        assert_eq!(with_both_locks(files("two"), folder.path()).unwrap()[LOCK], "two");
    }

    #[test]
    fn a_lock_that_was_removed_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), &with_both_locks(files("one"), folder.path()).unwrap());
        fs::remove_file(folder.path().join(LOCK)).unwrap();
        assert_eq!(with_both_locks(files("one"), folder.path()).unwrap()[LOCK], "one");
    }
}
