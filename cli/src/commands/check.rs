//! `fwc check`: every fault of app.toml in one run.

use serde_json::json;

use crate::Outcome;
use crate::arguments::{AllBoards, GlobalOptions};
use crate::chain::Inputs;
use crate::project::Project;
use crate::several;
use crate::shell::Shell;

pub(crate) fn run(boards: &AllBoards, global: &GlobalOptions, shell: &Shell) -> Outcome {
    several::for_each((boards.all_boards, several::Order::Named), "sound", global, shell, |global| {
        check(global, shell)
    })
}

fn check(global: &GlobalOptions, shell: &Shell) -> Outcome {
    let project = Project::find(global)?;
    let inputs = Inputs::read(&project)?;
    let app = inputs.check(global, shell)?.app;
    if shell.is_json() {
        return shell.record(&json!({ "reason": "checked", "app": *app.name, "board": app.board.name }));
    }
    let parts =
        [(app.peripherals.len(), "peripheral"), (app.channels.len(), "channel"), (app.tasks.len(), "task")];
    let parts = parts.map(|(count, noun)| format!("{count} {noun}{}", if count == 1 { "" } else { "s" }));
    let text = format!("`{}` for {}: {}", app.name.value, app.board.name, parts.join(", "));
    shell.status("Checked", &text);
    Ok(())
}
