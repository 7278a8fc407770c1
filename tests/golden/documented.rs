//! docs/plan.md names every field that a plan has.

use std::collections::BTreeSet;
use std::fs;

use fwc_tests::repository;
use libtest_mimic::Failed;
use serde_json::Value;

use crate::project::Project;

/// Looks for each key of the plan, outside of generated code, as a word of code in the page.
pub(crate) fn check(project: &Project) -> Result<(), Failed> {
    let page = fs::read_to_string(repository().join("docs/plan.md"))?;
    let plan = serde_json::to_value(&project.composition.plan)?;
    let mut keys = BTreeSet::new();
    collect(&plan, &mut keys);
    let missing: Vec<&String> = keys.iter().filter(|key| !page.contains(&format!("`{key}`"))).collect();
    if missing.is_empty() { Ok(()) } else { Err(format!("docs/plan.md does not name {missing:?}").into()) }
}

fn collect(value: &Value, keys: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                keys.insert(key.clone());
                // The page says that what is in there follows the generated code.
                if key != "code" {
                    collect(value, keys);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, keys)),
        _ => {}
    }
}
