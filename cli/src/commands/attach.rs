//! `fwc attach`: where the board's core is now; or a port for debuggers.

use std::net::SocketAddr;

use fwc_build::Cancel;
use fwc_target::gdb::{self, GdbEvent, GdbPort};
use fwc_target::probe::{self, Target};
use serde_json::json;

use crate::Outcome;
use crate::arguments::{AttachOptions, GlobalOptions};
use crate::commands::monitor::Firmware;
use crate::failure::{Failure, reason};
use crate::interrupt;
use crate::probing;
use crate::project::Project;
use crate::shell::Shell;

/// Registers stand in rows of so many.
const COLUMNS: usize = 4;

pub(crate) fn run(options: &AttachOptions, global: &GlobalOptions, shell: &Shell) -> Outcome {
    let cancel = interrupt::cancel_on_signal()?;
    let firmware = Firmware::of(&Project::find(global)?, global, shell)?;
    let target = probing::attach(&options.probe, firmware.board(), false, &cancel)?;
    // What is read by another build's debug information would be nonsense.
    let (target, same_build) = firmware.is_on(target, &cancel)?;
    if !same_build && !shell.is_json() {
        shell.warning(&format!("the chip does not run `{}`, so its stack cannot be read", firmware.name()));
    }
    if let Some(address) = options.gdb {
        return serve_gdb(address, target, &firmware, shell, &cancel);
    }
    let elf = same_build.then(|| firmware.elf());
    let found = probe::inspect(target, elf, &cancel.flag()).map_err(|error| probing::failure(&error))?;
    if shell.is_json() {
        return shell.record(&json!({ "reason": "attached", "same_build": same_build, "core": found }));
    }
    let mut text = format!("{}\n", shell.strong(&format!("the core is {}", found.status)));
    if let Some(bytes) = found.overflow {
        text.push_str(&format!("  its stack has overflowed by {bytes} bytes into what lies below it\n"));
    }
    if found.tasks.is_empty() && same_build {
        text.push_str("  at work for no task\n");
    }
    for task in &found.tasks {
        text.extend(firmware.task(task).lines().map(|line| format!("  {line}\n")));
    }
    for row in found.registers.chunks(COLUMNS) {
        let cells = row.iter().map(|register| format!("{:<4} {:#010x}", register.name, register.value));
        text.push_str(&format!("  {}\n", cells.collect::<Vec<_>>().join("  ")));
    }
    for line in firmware.stack(&found.frames) {
        text.push_str(&format!("  {line}\n"));
    }
    shell.data(&text)
}

/// Serves debuggers until Ctrl-C, and says what to type into one.
fn serve_gdb(
    address: SocketAddr,
    target: Target,
    firmware: &Firmware,
    shell: &Shell,
    cancel: &Cancel,
) -> Outcome {
    let opened = GdbPort::open(address).and_then(|port| Ok((port.address()?, port)));
    let (address, port) = opened.map_err(|error| {
        Failure::world(format!("while opening port {address}: {}", reason(&error)))
            .help("another program may have it: `--gdb 127.0.0.1:0` takes a free one")
    })?;
    let elf = firmware.elf().display().to_string();
    if shell.is_json() {
        shell.record(&json!({ "reason": "gdb-port", "address": address.to_string(), "elf": elf }))?;
    }
    shell.status("Serving", &format!("GDB on {address}; Ctrl-C ends it"));
    shell.hint(&format!("gdb-multiarch '{elf}' -ex 'target extended-remote {address}'"));
    let mut output = Ok(());
    let mut show = |event| {
        let (verb, reason, text) = match event {
            GdbEvent::Connected(from) => {
                ("Connected", "gdb-connected", format!("{from}; the cores stand still"))
            }
            GdbEvent::Disconnected(None) => ("Disconnected", "gdb-gone", "the cores run".to_owned()),
            GdbEvent::Disconnected(Some(why)) => {
                ("Disconnected", "gdb-gone", format!("{why}; the cores run"))
            }
            GdbEvent::Alive => return,
        };
        if shell.is_json() && output.is_ok() {
            output = shell.record(&json!({ "reason": reason, "message": text }));
        }
        shell.status(verb, &text);
    };
    gdb::serve(port, target, &mut show, &cancel.flag()).map_err(|error| probing::failure(&error))?;
    output
}
