//! `fwc erase`: nothing is left in the flash.

use fwc_core::catalog::Board;
use fwc_target::probe::{self, Fault, ProbeError};
use serde_json::json;

use crate::Outcome;
use crate::arguments::{GlobalOptions, ProbeOptions};
use crate::flashing::FlashProgress;
use crate::interrupt;
use crate::probing;
use crate::shell::Shell;

pub(crate) fn run(options: &ProbeOptions, global: &GlobalOptions, shell: &Shell) -> Outcome {
    let cancel = interrupt::cancel_on_signal()?;
    let board = probing::board(global, shell)?;
    let target = match probing::try_attach(options, &board, false, &cancel)? {
        // What unlocks such a chip is the erasing of everything.
        Err(ProbeError { fault: Fault::Locked { unlock: None, .. }, .. }) => {
            let target = probing::attach(options, &board, true, &cancel)?;
            return say(true, &board, &target.probe, shell);
        }
        target => target.map_err(|error| probing::failure(&error))?,
    };
    let device = target.probe.clone();
    let mut progress = FlashProgress::new(shell);
    let erased = probe::erase(target, &mut |event| progress.show(event), &cancel.flag());
    progress.end()?;
    erased.map_err(|error| probing::failure(&error))?;
    say(false, &board, &device, shell)
}

fn say(unlocked: bool, board: &Board, device: &str, shell: &Shell) -> Outcome {
    let name = &board.name;
    if shell.is_json() {
        return shell
            .record(&json!({ "reason": "erased", "board": name, "device": device, "unlocked": unlocked }));
    }
    match unlocked {
        true => shell.status("Unlocked", &format!("{name}, by erasing all of its flash with {device}")),
        false => shell.status("Erased", &format!("all flash of {name} by {device}")),
    }
    Ok(())
}
