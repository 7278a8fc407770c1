//! `fwc probes`: the debug probes that are plugged in, and the user's names of them.

use fwc_target::probe;
use serde_json::json;

use crate::Outcome;
use crate::aliases::Aliases;
use crate::arguments::ProbesOptions;
use crate::probing;
use crate::shell::Shell;
use crate::table::Table;

pub(crate) fn run(options: &ProbesOptions, shell: &Shell) -> Outcome {
    let mut aliases = Aliases::load()?;
    if let Some(definition) = &options.name {
        let (name, selector) = aliases.name(definition)?;
        shell.status("Named", &format!("`{name}`: `--probe {name}` takes {selector}"));
        return Ok(());
    }
    if let Some(name) = &options.forget {
        aliases.forget(name)?;
        shell.status("Forgot", &format!("`{name}`"));
        return Ok(());
    }
    let probes = probe::list().map_err(|error| probing::failure(&error))?;
    if shell.is_json() {
        return probes.iter().try_for_each(|probe| {
            shell.record(&json!({
                "reason": "probe",
                "name": probe.name,
                "kind": probe.kind,
                "selector": probe.selector,
                "aliases": aliases.names_of(&probe.selector).collect::<Vec<_>>(),
                "accessible": probe.accessible,
            }))
        });
    }
    if probes.is_empty() {
        shell.status("Found", "no debug probe");
        for help in probe::if_none() {
            shell.hint(&help);
        }
        return Ok(());
    }
    let mut table = Table::new(&["probe", "kind", "selected by"]);
    for probe in probes {
        let names: Vec<&str> = aliases.names_of(&probe.selector).collect();
        let selector = match names.as_slice() {
            [] => probe.selector.clone(),
            names => format!("{} or {}", names.join(" or "), probe.selector),
        };
        let selector = match probe.accessible {
            true => selector,
            false => format!("{selector} (the system does not let you open it)"),
        };
        table.row([probe.name, probe.kind, selector]);
    }
    shell.data(&table.text(shell))
}
