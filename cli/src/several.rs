//! One command for several boards: for each in turn, and then what became of all.

use fwc_core::catalog::Catalog;
use fwc_core::check::canonical;

use crate::Outcome;
use crate::arguments::{Command, GlobalOptions};
use crate::chain::{Inputs, own_boards};
use crate::failure::{Failure, Kind};
use crate::project::{APP_FILE, Project};
use crate::shell::Shell;

/// In which order several boards have their turn.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// As they are named.
    Named,
    /// Those for which app.toml is faulty before those for which something takes its time.
    FaultyFirst,
}

/// Does something for the one board, or for each of several. One that fails does not keep the others from it; what
/// fails says so at once. `done` is what became of those that went well: `built`.
pub(crate) fn for_each(
    (all, order): (bool, Order),
    done: &str,
    global: &GlobalOptions,
    shell: &Shell,
    mut act: impl FnMut(&GlobalOptions) -> Outcome,
) -> Outcome {
    let mut boards = boards(all, global)?;
    if boards.len() < 2 {
        let one = GlobalOptions { boards, ..global.clone() };
        return act(&one);
    }
    if order == Order::FaultyFirst {
        let inputs = Inputs::read(&Project::find(global)?)?;
        let one = |board: &String| GlobalOptions { boards: vec![board.clone()], ..global.clone() };
        boards.sort_by_cached_key(|board| inputs.resolved(&one(board)).is_some());
    }
    let mut failed: Vec<&str> = Vec::new();
    let mut gravest = None;
    for board in &boards {
        let one = GlobalOptions { boards: vec![board.clone()], ..global.clone() };
        let Err(failure) = act(&one) else { continue };
        if matches!(failure.kind, Kind::Interrupted | Kind::OutputClosed) {
            return Err(failure);
        }
        shell.failure(&failure);
        failed.push(board);
        gravest = gravest.max(Some(failure.kind));
    }
    let Some(gravest) = gravest else { return Ok(()) };
    let count = boards.len() - failed.len();
    let message = format!("{done} for {count} of {} boards, not for {}", boards.len(), failed.join(", "));
    Err(Failure::new(gravest, message))
}

/// The boards that are meant, each once under whichever of its names; none where it is the one of app.toml.
fn boards(all: bool, global: &GlobalOptions) -> Result<Vec<String>, Failure> {
    if !all {
        if global.boards.len() < 2 {
            return Ok(global.boards.clone());
        }
        let catalog = Catalog::new(own_boards(&Project::find(global)?)?);
        let name = |board: &str| canonical(board, &catalog).unwrap_or(board).to_owned();
        let mut boards: Vec<String> = Vec::new();
        for board in &global.boards {
            if !boards.iter().any(|other| name(other) == name(board)) {
                boards.push(board.clone());
            }
        }
        return Ok(boards);
    }
    if !global.boards.is_empty() {
        return Err(Failure::usage("`--all-boards` and `--board` exclude each other"));
    }
    let project = Project::find(global)?;
    let catalog = Catalog::new(own_boards(&project)?);
    let boards = fwc_core::check::boards(&project.text(APP_FILE)?, &catalog);
    // A name that no board has is a fault whichever the board: it is told once, of that of app.toml.
    let all_known = boards.iter().all(|board| catalog.board(board).is_some());
    Ok(if all_known { boards } else { Vec::new() })
}

/// Refuses several boards where one is meant.
pub(crate) fn refuse(command: &Command, global: &GlobalOptions) -> Outcome {
    let takes_several = matches!(command, Command::Build(_) | Command::Check(_));
    match global.boards.len() {
        0 | 1 => Ok(()),
        _ if takes_several => Ok(()),
        _ => Err(Failure::usage("this command is for one board, and `--board` names several")
            .help("`fwc build` and `fwc check` take several")),
    }
}
