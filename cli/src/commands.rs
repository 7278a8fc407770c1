//! One file a command.

mod boards;
mod check;
mod completions;
mod doctor;
mod explain;

use crate::Outcome;
use crate::arguments::{Arguments, Command};
use crate::shell::Shell;

/// Does what was asked for.
pub(crate) fn run(arguments: &Arguments, shell: &Shell) -> Outcome {
    let global = &arguments.global;
    match &arguments.command {
        Command::Check => check::run(global, shell),
        Command::Boards { name } => boards::run(name.as_deref().or(global.board.as_deref()), global, shell),
        Command::Explain { code } => explain::run(code.as_deref(), shell),
        Command::Doctor => doctor::run(global, shell),
        Command::Completions { shell: kind } => completions::run(*kind, shell),
    }
}
