//! `fwc generate`: app.toml to the crate in `generated/BOARD/`; with `--check`, what is stale there.

use std::fs;
use std::path::Path;

use fwc_build::Cancel;
use fwc_core::Composition;
use serde_json::json;
use similar::{ChangeTag, TextDiff};

use crate::Outcome;
use crate::arguments::GlobalOptions;
use crate::chain::{BESIDE, Inputs};
use crate::failure::{Failure, While};
use crate::interrupt;
use crate::project::Project;
use crate::shell::Shell;
use crate::write::{self, GENERATED, Lock, Wanted, Written};

pub(crate) fn run(check: bool, global: &GlobalOptions, shell: &Shell) -> Outcome {
    let cancel = interrupt::cancel_on_signal()?;
    let project = Project::find(global)?;
    if check {
        return show_stale(&project, global, shell, &cancel);
    }
    let _lock = lock(&project, shell, &cancel)?;
    let composed = Inputs::read(&project)?.compose(BESIDE, global, "generate the crate", shell)?;
    let board = composed.composition.plan.board.name.clone();
    let written = write(&project, composed.composition, shell, &cancel)?;
    let folder = project.shown(GENERATED).join(&board);
    if shell.is_json() {
        return shell.record(&json!({
            "reason": "generated",
            "board": board,
            "folder": folder,
            "written": written.changes.written,
            "removed": written.changes.removed,
            "created": written.created,
        }));
    }
    shell.status(if written.changes.is_empty() { "Unchanged" } else { "Generated" }, &sum(&folder, &written));
    Ok(())
}

/// Waits until no other fwc works on the project.
pub(crate) fn lock(project: &Project, shell: &Shell, cancel: &Cancel) -> Result<Lock, Failure> {
    let mut waiting = || shell.status("Waiting", "for another fwc that works on this project");
    Lock::take(&project.root, &mut waiting, &mut || interrupt::check(cancel))
}

/// Writes the crate, and says which skeletons were created.
pub(crate) fn write(
    project: &Project,
    composition: Composition,
    shell: &Shell,
    cancel: &Cancel,
) -> Result<Written, Failure> {
    let files = composition.files;
    let wanted =
        Wanted { board: &composition.plan.board.name, files: files.files, skeletons: &files.skeletons };
    let written = write::write(&project.root, wanted, &mut || interrupt::check(cancel))?;
    for path in &written.created {
        shell.status("Created", &format!("{}: yours to go on with", project.shown(path).display()));
    }
    for path in &written.changes.written {
        shell.detail("Wrote", path);
    }
    for path in &written.changes.removed {
        shell.detail("Removed", path);
    }
    Ok(written)
}

fn sum(folder: &Path, written: &Written) -> String {
    let folder = folder.display();
    let files = |count: usize| format!("{count} file{}", if count == 1 { "" } else { "s" });
    match (written.changes.written.len(), written.changes.removed.len()) {
        (0, 0) => folder.to_string(),
        (new, 0) => format!("{folder} ({} written)", files(new)),
        (0, gone) => format!("{folder} ({} removed)", files(gone)),
        (new, gone) => format!("{folder} ({} written, {gone} removed)", files(new)),
    }
}

fn show_stale(project: &Project, global: &GlobalOptions, shell: &Shell, cancel: &Cancel) -> Outcome {
    let mut waiting = || shell.status("Waiting", "for another fwc that works on this project");
    let _lock = Lock::share(&project.root, &mut waiting, &mut || interrupt::check(cancel))?;
    let composition =
        Inputs::read(project)?.compose(BESIDE, global, "generate the crate", shell)?.composition;
    let board = composition.plan.board.name;
    let wanted =
        Wanted { board: &board, files: composition.files.files, skeletons: &composition.files.skeletons };
    let (files, preview) = write::preview(&project.root, wanted)?;
    let folder = format!("{GENERATED}/{board}");
    let shown = project.shown(&folder);
    let stale = preview.changes.written.iter().map(|path| (path, files.get(path)));
    let stale: Vec<_> = stale.chain(preview.changes.removed.iter().map(|path| (path, None))).collect();
    for (path, new) in &stale {
        let old = present(&project.root.join(&folder).join(path))?;
        say_stale(&shown.join(path), old.as_deref(), new.map(String::as_str), shell)?;
    }
    for path in &preview.created {
        let text = &composition.files.skeletons[path];
        say_stale(&project.shown(path), None, Some(text), shell)?;
    }
    match stale.len() + preview.created.len() {
        0 => {
            shell.status("Fresh", &shown.display().to_string());
            Ok(())
        }
        count => {
            let files = if count == 1 { "1 file differs" } else { &format!("{count} files differ") };
            Err(Failure::files(format!("`{}` is stale: {files}", shown.display()))
                .help("`fwc generate` brings it up to date"))
        }
    }
}

/// A text that is not UTF-8 differs from any that fwc writes; what it was does not matter then.
fn present(path: &Path) -> Result<Option<String>, Failure> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).doing("reading", path),
    }
}

fn say_stale(path: &Path, old: Option<&str>, new: Option<&str>, shell: &Shell) -> Outcome {
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
