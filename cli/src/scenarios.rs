//! The scenarios of a project: `tests/*.toml` to what can be run.

use fwc_core::resolved::Resolved;
use fwc_diag::words::{listed, quoted};
use fwc_diag::{Counts, Diagnostic};
use fwc_scenario::Scenario;

use crate::arguments::GlobalOptions;
use crate::chain::Inputs;
use crate::failure::Failure;
use crate::project::Project;
use crate::shell::Shell;

/// The folder of a project that holds its scenarios.
pub(crate) const FOLDER: &str = "tests";

/// Scenarios that can be run, and the application that they are of.
pub(crate) struct Scenarios {
    pub(crate) inputs: Inputs,
    pub(crate) resolved: Resolved,
    pub(crate) list: Vec<Scenario>,
}

impl Scenarios {
    /// Reads and checks the project's scenarios whose names have `filter` in them. Faults of app.toml and of every
    /// scenario that was asked for are said.
    pub(crate) fn read(
        project: &Project,
        filter: Option<&str>,
        global: &GlobalOptions,
        shell: &Shell,
    ) -> Result<Scenarios, Failure> {
        let mut inputs = Inputs::read(project)?;
        let Some(resolved) = inputs.resolved(global) else {
            // This says why, and fails.
            inputs.check(global, shell)?;
            unreachable!("an application without errors has a value");
        };
        let names = names(project, filter)?;
        let mut list = Vec::new();
        let mut found: Vec<Diagnostic> = Vec::new();
        for name in &names {
            let path = format!("{FOLDER}/{name}.toml");
            let text = project.text(&path)?;
            let source = inputs.add(project.shown(&path).display().to_string(), &text);
            let checked = fwc_scenario::check(name, source, &text, &resolved.app);
            found.extend(checked.diagnostics);
            list.extend(checked.value);
        }
        shell.diagnostics(&found, inputs.sources())?;
        if list.len() < names.len() {
            let folder = project.shown(FOLDER).display().to_string();
            return Err(Failure::files(Counts::of(&found).could_not("check the scenarios", &folder)));
        }
        Ok(Scenarios { inputs, resolved, list })
    }
}

/// Scenarios that a sentence names.
const NAMED_SCENARIOS: usize = 12;

/// The names of the scenarios, sorted.
fn names(project: &Project, filter: Option<&str>) -> Result<Vec<String>, Failure> {
    let files = project.files(FOLDER, ".toml")?;
    let all: Vec<&str> = files.iter().filter_map(|file| file.strip_suffix(".toml")).collect();
    let folder = project.shown(FOLDER);
    let folder = folder.display();
    if all.is_empty() {
        return Err(Failure::usage(format!("there is no scenario in `{folder}`"))
            .help("a file such as `tests/blinks.toml` with `run-for = \"2s\"` and an `[[expect]]` is one"));
    }
    let chosen = all.iter().filter(|name| filter.is_none_or(|filter| name.contains(filter)));
    let chosen: Vec<String> = chosen.map(|name| (*name).to_owned()).collect();
    match (chosen.is_empty(), filter) {
        (true, Some(filter)) => {
            let all: Vec<String> = all.into_iter().map(quoted).collect();
            Err(Failure::usage(format!("no scenario in `{folder}` has `{filter}` in its name"))
                .help(format!("there is {}", listed(&all, "and", NAMED_SCENARIOS))))
        }
        _ => Ok(chosen),
    }
}
