//! `fwc test --watch`: the scenarios once more whenever one of the project's own files has changed.
//!
//! Files are looked at again and again: that needs nothing of the system, and a project has few of them.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use fwc_build::Cancel;

use crate::Outcome;
use crate::failure::Kind;
use crate::project::{APP_FILE, Project};
use crate::shell::Shell;

/// How often is looked. Two looks that see the same are the end of a change: editors write in several steps.
const PAUSE: Duration = Duration::from_millis(150);

/// What a project's scenarios depend on; the rest is made by fwc.
const FOLDERS: &[&str] = &["src", "tests", "behaviors", "devices", "boards"];

/// Runs `once`, and again after each change, until Ctrl-C.
pub(super) fn run(
    project: &Project,
    shell: &Shell,
    cancel: &Cancel,
    mut once: impl FnMut() -> Outcome,
) -> Outcome {
    loop {
        // What changes during the run is a change, too.
        let mut changes = Changes::since(Files::of(&project.root));
        match once() {
            Err(failure) if matches!(failure.kind, Kind::Interrupted | Kind::OutputClosed) => return Ok(()),
            Err(failure) => shell.failure(&failure),
            Ok(()) => {}
        }
        shell.status("Watching", "app.toml, src and tests; Ctrl-C ends it");
        while !changes.have_settled(Files::of(&project.root)) {
            if cancel.is_cancelled() {
                return Ok(());
            }
            thread::sleep(PAUSE);
        }
        clear(shell);
    }
}

/// A terminal begins anew; what goes elsewhere is kept.
fn clear(shell: &Shell) {
    if !shell.is_json() && io::stdout().is_terminal() {
        // A terminal that is gone is noticed by the next line.
        let _ = io::stdout().lock().write_all(b"\x1b[2J\x1b[3J\x1b[H");
    }
}

/// Each file with what tells that it is another one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Files(BTreeMap<PathBuf, (Option<SystemTime>, u64)>);

impl Files {
    fn of(root: &Path) -> Files {
        let mut files = Files::default();
        files.add(&root.join(APP_FILE));
        FOLDERS.iter().for_each(|folder| files.add(&root.join(folder)));
        files
    }

    /// A file that goes away while it is looked at is one that is not there.
    fn add(&mut self, path: &Path) {
        if let Ok(entries) = fs::read_dir(path) {
            entries.flatten().for_each(|entry| self.add(&entry.path()));
        } else if let Ok(metadata) = fs::metadata(path) {
            self.0.insert(path.to_owned(), (metadata.modified().ok(), metadata.len()));
        }
    }
}

/// What was seen before.
struct Changes {
    first: Files,
    last: Files,
}

impl Changes {
    fn since(first: Files) -> Changes {
        Changes { last: first.clone(), first }
    }

    /// Whether something is other than at first, and is so for the second time.
    fn have_settled(&mut self, now: Files) -> bool {
        let settled = now == self.last && now != self.first;
        self.last = now;
        settled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(length: u64) -> Files {
        Files(BTreeMap::from([(PathBuf::from("app.toml"), (None, length))]))
    }

    #[test]
    fn a_change_counts_when_it_is_over() {
        let mut changes = Changes::since(files(1));
        let looks = [(1, false), (1, false), (2, false), (3, false), (3, true)];
        for (length, settled) in looks {
            assert_eq!(changes.have_settled(files(length)), settled, "{length}");
        }
        let mut changes = Changes::since(files(1));
        // Written anew with what was there: nothing to run for.
        for length in [2, 1, 1] {
            assert!(!changes.have_settled(files(length)));
        }
    }

    #[test]
    fn what_fwc_makes_is_no_change() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let write = |path: &str, text: &str| {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("app.toml", "a");
        let first = Files::of(root);
        write("generated/rpi-pico/src/main.rs", "b");
        write("target/x", "c");
        assert_eq!(Files::of(root), first);
        write("src/inner/control.rs", "d");
        let second = Files::of(root);
        assert_ne!(second, first);
        write("tests/blinks.toml", "e");
        assert_ne!(Files::of(root), second);
        fs::remove_file(root.join("tests/blinks.toml")).unwrap();
        assert_eq!(Files::of(root), second);
    }
}
