//! What comes out of a case is what is kept beside it, byte for byte.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use fwc_core::plan;
use libtest_mimic::Failed;
use similar::TextDiff;

use crate::project::Project;

/// Compares everything; with `UPDATE_GOLDEN=1` writes it.
pub(crate) fn check(project: &Project) -> Result<(), Failed> {
    let folder = project.folder.join("expected");
    let found = expected_files(project);
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        return write(&folder, &found);
    }
    let mut kept = BTreeMap::new();
    read(&folder, &folder, &mut kept)?;
    let mut differences = String::new();
    let none = String::new();
    let paths: std::collections::BTreeSet<&String> = kept.keys().chain(found.keys()).collect();
    for path in paths {
        let (old, new) = (kept.get(path).unwrap_or(&none), found.get(path).unwrap_or(&none));
        if old != new {
            let diff = TextDiff::from_lines(old, new);
            differences.push_str(&diff.unified_diff().header(path, path).to_string());
        }
    }
    match differences.as_str() {
        "" => Ok(()),
        differences => Err(format!("{differences}\nUPDATE_GOLDEN=1 accepts the new text").into()),
    }
}

/// The same input gives the same bytes.
pub(crate) fn check_repeated(project: &Project) -> Result<(), Failed> {
    let again = Project::compose(&project.name)?.composition;
    let same = again.files == project.composition.files && again.plan == project.composition.plan;
    if same { Ok(()) } else { Err("a second run gives other text".into()) }
}

fn expected_files(project: &Project) -> BTreeMap<String, String> {
    let plan = &project.composition.plan;
    let json = serde_json::to_string_pretty(plan).expect("a plan is always JSON");
    let mut files = BTreeMap::from([
        ("plan.json".to_string(), json + "\n"),
        ("plan.txt".to_string(), plan::report(plan)),
    ]);
    let own = project.own_files().map(|(path, text)| (format!("crate/{path}"), text.to_string()));
    files.extend(own);
    let skeletons = project.skeletons().map(|(path, text)| (format!("skeletons/{path}"), text.to_string()));
    files.extend(skeletons);
    files
}

fn write(folder: &Path, files: &BTreeMap<String, String>) -> Result<(), Failed> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("a file is in a folder"))?;
        fs::write(path, text)?;
    }
    Ok(())
}

fn read(root: &Path, folder: &Path, files: &mut BTreeMap<String, String>) -> Result<(), Failed> {
    if !folder.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read(root, &path, files)?;
        } else {
            let name = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
            files.insert(name, fs::read_to_string(&path)?);
        }
    }
    Ok(())
}
