//! `fwc port --to BOARD`: what it takes to bring the application to another board.

use serde_json::json;

use crate::Outcome;
use crate::arguments::GlobalOptions;
use crate::chain::Inputs;
use crate::commands::boards::Boards;
use crate::failure::Failure;
use crate::project::Project;
use crate::shell::Shell;

pub(crate) fn run(to: &str, global: &GlobalOptions, shell: &Shell) -> Outcome {
    let project = Project::find(global)?;
    let board = Boards::of(global)?.find(to)?;
    let port = Inputs::read(&project)?.port(&board, global, shell)?;
    if port.from.board == port.to.board {
        let same = Failure::usage(format!("the application is for {} already", port.to.board));
        return Err(same.help("`fwc boards` lists the others"));
    }
    if shell.is_json() {
        shell.record(&json!({ "reason": "ported", "port": port }))?;
    } else {
        shell.data(&fwc_core::port::report(&port))?;
    }
    if port.complete {
        let how = match port.overrides.is_empty() {
            true => "as it is",
            false => "with the tables above in app.toml",
        };
        shell.status("Portable", &format!("`fwc check --board {}` accepts it {how}", port.to.board));
        return Ok(());
    }
    Err(Failure::files(format!("`{}` does not fit {} as it is", port.app, port.to.board))
        .help("take what cannot be there out of the file, decide what is left, and ask again"))
}
