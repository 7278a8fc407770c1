//! `fwc check`: every fault of app.toml in one run.

use serde_json::json;

use crate::Outcome;
use crate::arguments::GlobalOptions;
use crate::chain::Inputs;
use crate::project::Project;
use crate::shell::Shell;

pub(crate) fn run(global: &GlobalOptions, shell: &Shell) -> Outcome {
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
