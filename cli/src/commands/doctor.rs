//! `fwc doctor`: what the machine has for building firmware, and what to do where something is missing.

use std::collections::BTreeSet;

use fwc_build::{Check, Environment, State};
use serde_json::json;

use crate::Outcome;
use crate::arguments::GlobalOptions;
use crate::commands::boards::Boards;
use crate::failure::Failure;
use crate::interrupt;
use crate::shell::Shell;
use crate::toolchain;

pub(crate) fn run(global: &GlobalOptions, shell: &Shell) -> Outcome {
    let cancel = interrupt::cancel_on_signal()?;
    let targets = targets(global, &Boards::of(global)?)?;
    let environment = Environment::of_this_process();
    let request = toolchain::request(&environment, &crate::project::current_folder()?, &targets[0], true);
    let checks = fwc_build::doctor(&environment, &request, &targets, &cancel);
    interrupt::check(&cancel)?;
    for check in &checks {
        say(check, shell)?;
    }
    match checks.iter().map(|check| check.state).max() {
        Some(State::Fail) => Err(Failure::world("firmware cannot be built on this machine")
            .help("any one of the commands above under a `fail` mends it")),
        _ => Ok(()),
    }
}

/// The target of `--board`, else of every board.
fn targets(global: &GlobalOptions, boards: &Boards) -> Result<Vec<String>, Failure> {
    if let Some(name) = global.board() {
        return Ok(vec![boards.find(name)?.chip.target.clone()]);
    }
    let catalog = &boards.catalog;
    let heads = catalog.boards();
    let boards = heads.iter().filter_map(|head| catalog.board(&head.name)?.ok());
    let targets: BTreeSet<String> = boards.map(|board| board.chip.target.clone()).collect();
    Ok(targets.into_iter().collect())
}

fn say(check: &Check, shell: &Shell) -> Outcome {
    if shell.is_json() {
        return shell.record(&json!({ "reason": "doctor", "check": check }));
    }
    let word = match check.state {
        State::Ok => "ok",
        State::Warn => "warn",
        State::Fail => "fail",
    };
    let mut text = format!("{} {}: {}\n", shell.strong(&format!("{word:<4}")), check.name, check.finding);
    for remedy in &check.remedies {
        text.push_str(&format!("       {remedy}\n"));
    }
    shell.data(&text)
}
