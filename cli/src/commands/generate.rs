//! `fwc generate`: app.toml to the crate in `generated/BOARD/`.

use std::path::Path;

use fwc_build::Cancel;
use fwc_core::Composition;
use serde_json::json;

use crate::Outcome;
use crate::arguments::GlobalOptions;
use crate::chain::{BESIDE, Inputs};
use crate::commands::stale;
use crate::failure::Failure;
use crate::interrupt;
use crate::project::Project;
use crate::shell::Shell;
use crate::write::{self, GENERATED, Lock, Wanted, Written};

pub(crate) fn run(check: bool, global: &GlobalOptions, shell: &Shell) -> Outcome {
    let cancel = interrupt::cancel_on_signal()?;
    let project = Project::find(global)?;
    if check {
        return stale::run(&project, global, shell, &cancel);
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
    Lock::take(&project.root, &mut || say_waiting(shell), &mut || interrupt::check(cancel))
}

/// Says why nothing happens.
pub(crate) fn say_waiting(shell: &Shell) {
    shell.status("Waiting", "for another fwc that works on this project");
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
