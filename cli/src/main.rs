//! `fwc`: arguments to a command, and what became of it to an exit code.
//!
//! This crate alone prints, reads the environment and exits. Each command is a file in `commands`.

mod aliases;
mod arguments;
mod chain;
mod commands;
mod editor;
mod examples;
mod failure;
mod faults;
mod flashing;
mod folder;
mod interrupt;
mod lines;
mod live;
mod panel;
mod panic;
mod probing;
mod progress;
mod project;
mod runner;
mod scenarios;
mod several;
mod shell;
mod sizes;
mod starter;
mod table;
mod toolchain;
mod view;
mod watching;
mod write;

use std::process::ExitCode;

use arguments::Arguments;
use clap::Parser;
use failure::{Failure, Kind};
use shell::Shell;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let shell = Shell::new(&arguments.global);
    // Unwinding ends what was started, such as a cargo that still runs.
    let outcome = panic::caught(shell.clone(), || commands::run(&arguments, &shell));
    match outcome {
        Some(Ok(())) => ExitCode::SUCCESS,
        Some(Err(failure)) => {
            shell.failure(&failure);
            ExitCode::from(failure.kind.exit_code())
        }
        None => ExitCode::from(Kind::Bug.exit_code()),
    }
}

/// What every command comes to.
type Outcome = Result<(), Failure>;
