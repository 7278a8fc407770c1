//! One file a command.

mod attach;
pub(crate) mod boards;
pub(crate) mod build;
mod check;
mod completions;
mod devices;
mod doctor;
mod eject;
mod emulate;
mod erase;
mod explain;
mod flash;
mod generate;
mod monitor;
mod new;
mod plan;
mod port;
mod probes;
mod reset;
mod run;
mod stale;
mod test;

use crate::Outcome;
use crate::arguments::{Arguments, Command};
use crate::several;
use crate::shell::Shell;

/// Does what was asked for.
pub(crate) fn run(arguments: &Arguments, shell: &Shell) -> Outcome {
    let global = &arguments.global;
    several::refuse(&arguments.command, global)?;
    match &arguments.command {
        Command::New(options) => new::run(options, global, shell),
        Command::Check(boards) => check::run(boards, global, shell),
        Command::Plan { format } => plan::run(*format, global, shell),
        Command::Port { to } => port::run(to, global, shell),
        Command::Generate { check } => generate::run(*check, global, shell),
        Command::Build(options) => build::run(options, global, shell),
        Command::Flash(options) => flash::run(options, global, shell),
        Command::Run(options) => run::run(options, global, shell),
        Command::Test(options) => test::run(options, global, shell),
        Command::Monitor(options) => monitor::run(options, global, shell),
        Command::Attach(options) => attach::run(options, global, shell),
        Command::Probes(options) => probes::run(options, shell),
        Command::Reset(options) => reset::run(options, global, shell),
        Command::Erase(options) => erase::run(options, global, shell),
        Command::Boards { name } => boards::run(name.as_deref().or(global.board()), global, shell),
        Command::Devices { name } => devices::run(name.as_deref(), global, shell),
        Command::Explain { code } => explain::run(code.as_deref(), shell),
        Command::Doctor => doctor::run(global, shell),
        Command::Eject { dir } => eject::run(dir, global, shell),
        Command::Emulate { chip, crystal_hz } => emulate::run(*chip, *crystal_hz),
        Command::Completions { shell: kind } => completions::run(*kind, shell),
    }
}
