//! `fwc plan`: what follows from app.toml, before anything is written.

use serde_json::json;

use crate::Outcome;
use crate::arguments::{GlobalOptions, PlanFormat};
use crate::chain::{BESIDE, Inputs};
use crate::project::Project;
use crate::shell::Shell;

pub(crate) fn run(format: PlanFormat, global: &GlobalOptions, shell: &Shell) -> Outcome {
    let project = Project::find(global)?;
    let composed = Inputs::read(&project)?.compose(BESIDE, global, "plan the firmware", shell)?;
    let plan = &composed.composition.plan;
    match format {
        _ if shell.is_json() => shell.record(&json!({ "reason": "plan", "plan": plan })),
        PlanFormat::Json => {
            let text = serde_json::to_string_pretty(plan).expect("a plan has names for keys");
            shell.data(&(text + "\n"))
        }
        PlanFormat::Text => shell.data(&fwc_core::plan::report(plan)),
    }
}
