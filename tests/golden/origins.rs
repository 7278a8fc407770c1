//! Every entry that has generated code is named there, with a line that is in the file.

use std::fs;

use libtest_mimic::Failed;

use crate::project::Project;

/// Compares the origins with the plan's entries and with app.toml itself.
pub(crate) fn check(project: &Project) -> Result<(), Failed> {
    let files = &project.composition.files;
    let plan = &project.composition.plan;
    let app_toml = fs::read_to_string(project.folder.join("app.toml"))?;
    let app_lines: Vec<&str> = app_toml.lines().collect();
    for origin in &files.origins {
        let lines = files.files[&origin.file].lines().count() as u32;
        if origin.first_line > origin.last_line || origin.last_line > lines {
            return Err(format!("`{origin:?}` is not inside of a file of {lines} lines").into());
        }
        let named = app_lines.get(origin.entry.line as usize - 1).copied().unwrap_or_default();
        let name = origin.entry.entry.rsplit('.').next().unwrap_or_default();
        if !named.contains(name) && !named.contains("clock") && name != "dependencies" {
            return Err(format!("`{origin:?}` leads to the line `{named}`").into());
        }
    }
    let wanted =
        plan.tasks.iter().map(|task| &task.from).chain(plan.channels.iter().map(|channel| &channel.from));
    for entry in wanted.chain(plan.messages.iter().map(|message| &message.from)) {
        if !files.origins.iter().any(|origin| origin.entry == *entry) {
            return Err(format!("no generated line says that it comes from `{entry:?}`").into());
        }
    }
    Ok(())
}
