//! `fwc attach`: where the board's core is now.

use fwc_target::probe;
use serde_json::json;

use crate::Outcome;
use crate::arguments::{GlobalOptions, ProbeOptions};
use crate::commands::monitor::Firmware;
use crate::interrupt;
use crate::probing;
use crate::project::Project;
use crate::shell::Shell;

/// Registers stand in rows of so many.
const COLUMNS: usize = 4;

pub(crate) fn run(options: &ProbeOptions, global: &GlobalOptions, shell: &Shell) -> Outcome {
    let cancel = interrupt::cancel_on_signal()?;
    let firmware = Firmware::of(&Project::find(global)?, global, shell)?;
    let target = probing::attach(options, firmware.board(), false, &cancel)?;
    // The stack of another build would be nonsense.
    let (target, same_build) = firmware.is_on(target, &cancel)?;
    let elf = same_build.then(|| firmware.elf());
    let found = probe::inspect(target, elf, &cancel.flag()).map_err(|error| probing::failure(&error))?;
    if shell.is_json() {
        return shell.record(&json!({ "reason": "attached", "same_build": same_build, "core": found }));
    }
    if !same_build {
        shell.warning(&format!("the chip does not run `{}`, so its stack cannot be read", firmware.name()));
    }
    let mut text = format!("{}\n", shell.strong(&format!("the core is {}", found.status)));
    for row in found.registers.chunks(COLUMNS) {
        let cells = row.iter().map(|register| format!("{:<4} {:#010x}", register.name, register.value));
        text.push_str(&format!("  {}\n", cells.collect::<Vec<_>>().join("  ")));
    }
    for line in firmware.stack(&found.frames) {
        text.push_str(&format!("  {line}\n"));
    }
    shell.data(&text)
}
