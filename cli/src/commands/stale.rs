//! `fwc generate --check`: what is stale in the generated crate, as a diff.

use std::fs;
use std::path::Path;

use fwc_build::Cancel;
use fwc_core::FileSet;
use serde_json::json;
use similar::{ChangeTag, TextDiff};

use crate::Outcome;
use crate::arguments::GlobalOptions;
use crate::chain::{BESIDE, Inputs};
use crate::commands::generate;
use crate::failure::{Failure, While};
use crate::interrupt;
use crate::project::Project;
use crate::shell::Shell;
use crate::write::{self, GENERATED, Lock, Wanted};

/// Shows the difference between what is on disk and what app.toml says; fails when there is one.
pub(crate) fn run(project: &Project, global: &GlobalOptions, shell: &Shell, cancel: &Cancel) -> Outcome {
    let mut waiting = || generate::say_waiting(shell);
    let _lock = Lock::share(&project.root, &mut waiting, &mut || interrupt::check(cancel))?;
    let composed = Inputs::read(project)?.compose(BESIDE, global, "generate the crate", shell)?;
    let board = composed.composition.plan.board.name;
    let FileSet { files, skeletons, .. } = composed.composition.files;
    let wanted = Wanted { board: &board, files, skeletons: &skeletons };
    let (files, preview) = write::preview(&project.root, wanted)?;
    let folder = format!("{GENERATED}/{board}");
    let in_crate = |path: &String| format!("{folder}/{path}");
    let written = preview.changes.written.iter().map(|path| (in_crate(path), files.get(path)));
    let removed = preview.changes.removed.iter().map(|path| (in_crate(path), None));
    let created = preview.created.iter().map(|path| (path.clone(), skeletons.get(path)));
    let stale: Vec<(String, Option<&String>)> = written.chain(removed).chain(created).collect();
    for (path, new) in &stale {
        let old = present(&project.root.join(path))?;
        say(&project.shown(path), old.as_deref(), new.map(String::as_str), shell)?;
    }
    verdict(stale.len(), &project.shown(&folder), shell)
}

fn verdict(differing: usize, folder: &Path, shell: &Shell) -> Outcome {
    let folder = folder.display();
    let files = match differing {
        0 => {
            shell.status("Fresh", &folder.to_string());
            return Ok(());
        }
        1 => "1 file differs".to_owned(),
        count => format!("{count} files differ"),
    };
    Err(Failure::files(format!("`{folder}` is stale: {files}")).help("`fwc generate` brings it up to date"))
}

/// A text that is not UTF-8 differs from any that fwc writes; what it was does not matter then.
fn present(path: &Path) -> Result<Option<String>, Failure> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).doing("reading", path),
    }
}

fn say(path: &Path, old: Option<&str>, new: Option<&str>, shell: &Shell) -> Outcome {
    let diff = TextDiff::from_lines(old.unwrap_or_default(), new.unwrap_or_default());
    if shell.is_json() {
        let diff = diff.unified_diff().to_string();
        return shell.record(&json!({ "reason": "stale", "file": path, "diff": diff }));
    }
    let side = |text: Option<&str>| match text {
        Some(_) => path.display().to_string(),
        None => "/dev/null".to_owned(),
    };
    let mut text = shell.strong(&format!("--- {}\n+++ {}", side(old), side(new))) + "\n";
    for hunk in diff.unified_diff().iter_hunks() {
        text.push_str(&shell.faint(&hunk.header().to_string()));
        text.push('\n');
        for change in hunk.iter_changes() {
            let line = change.value().trim_end_matches('\n');
            text.push_str(&match change.tag() {
                ChangeTag::Equal => format!(" {line}\n"),
                ChangeTag::Delete => shell.removed(&format!("-{line}")) + "\n",
                ChangeTag::Insert => shell.added(&format!("+{line}")) + "\n",
            });
        }
    }
    shell.data(&text)
}
