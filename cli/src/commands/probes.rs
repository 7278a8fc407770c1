//! `fwc probes`: the debug probes that are plugged in.

use fwc_target::probe;
use serde_json::json;

use crate::Outcome;
use crate::probing;
use crate::shell::Shell;
use crate::table::Table;

pub(crate) fn run(shell: &Shell) -> Outcome {
    let probes = probe::list().map_err(|error| probing::failure(&error))?;
    if shell.is_json() {
        return probes.iter().try_for_each(|probe| {
            shell.record(&json!({
                "reason": "probe",
                "name": probe.name,
                "kind": probe.kind,
                "selector": probe.selector,
                "accessible": probe.accessible,
            }))
        });
    }
    if probes.is_empty() {
        shell.status("Found", "no debug probe");
        return Ok(());
    }
    let mut table = Table::new(&["probe", "kind", "selected by"]);
    for probe in probes {
        let selector = match probe.accessible {
            true => probe.selector,
            false => format!("{} (the system does not let you open it)", probe.selector),
        };
        table.row([probe.name, probe.kind, selector]);
    }
    shell.data(&table.text(shell))
}
