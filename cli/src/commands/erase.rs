//! `fwc erase`: nothing is left in the flash.

use fwc_target::probe;
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
    let target = probing::attach(options, &board, true, &cancel)?;
    let device = target.probe.clone();
    let mut progress = FlashProgress::new(shell);
    let erased = probe::erase(target, &mut |event| progress.show(event), &cancel.flag());
    progress.end()?;
    erased.map_err(|error| probing::failure(&error))?;
    if shell.is_json() {
        return shell.record(&json!({ "reason": "erased", "board": board.name, "device": device }));
    }
    shell.status("Erased", &format!("all flash of {} by {device}", board.name));
    Ok(())
}
