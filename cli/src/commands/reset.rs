//! `fwc reset`: the chip starts anew.

use fwc_target::probe;
use serde_json::json;

use crate::Outcome;
use crate::arguments::{GlobalOptions, ProbeOptions};
use crate::interrupt;
use crate::probing;
use crate::shell::Shell;

pub(crate) fn run(options: &ProbeOptions, global: &GlobalOptions, shell: &Shell) -> Outcome {
    let cancel = interrupt::cancel_on_signal()?;
    let board = probing::board(global, shell)?;
    let target = probing::attach(options, &board, false, &cancel)?;
    let device = target.probe.clone();
    probe::reset(target, &cancel.flag()).map_err(|error| probing::failure(&error))?;
    if shell.is_json() {
        return shell.record(&json!({ "reason": "reset", "board": board.name, "device": device }));
    }
    shell.status("Reset", &format!("{} by {device}", board.name));
    Ok(())
}
