//! The crate builds for its chip, without a warning, and leaves its lock file as it was; every task is in the image, as it is not where
//! the compiler finds a panic of the HAL's that always comes before.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use fwc_build::{
    BuildRequest, Cancel, Environment, GeneratedPlace, SourceFolders, SourceMap, Toolchain, ToolchainRequest,
    build, find_toolchain,
};
use fwc_tests::{SharedBuild, firmware_target_folder, repository};
use libtest_mimic::Failed;

use crate::project::Project;

/// Builds the image.
pub(crate) fn check(project: &Project) -> Result<(), Failed> {
    let shared = SharedBuild::take();
    let folders = write(project)?;
    let environment = Environment::of_this_process();
    let request = BuildRequest {
        folders,
        map: source_map(project),
        profile: "release".to_string(),
        target_folder: shared.folder.clone(),
        offline: false,
        locked: project.composition.plan.dependencies.is_empty(),
        colour: false,
    };
    let toolchain = toolchain(&environment, &project.composition.plan.board.target)?;
    let built = build(&environment, &toolchain, &request, &mut |_| (), &Cancel::new());
    let checked = match built {
        Err(error) => Err(format!("{error}\n{error:#?}").into()),
        Ok(built) if built.warnings.is_empty() => has_every_task(project, &built.elf),
        Ok(built) => {
            let warnings: Vec<&str> = built.warnings.iter().map(|fault| fault.rendered.as_str()).collect();
            Err(warnings.join("\n").into())
        }
    };
    // The next one with such a name is written in the same place.
    drop(shared);
    checked
}

fn has_every_task(project: &Project, elf: &Path) -> Result<(), Failed> {
    let sizes = fwc_build::measure(&fs::read(elf)?, &[])?;
    let tasks = &project.composition.plan.tasks;
    let absent = sizes.absent_tasks(tasks.iter().map(|task| task.code.function.as_str()));
    if absent.is_empty() {
        Ok(())
    } else {
        Err(format!("nothing is in the image of {}", absent.join(", ")).into())
    }
}

fn toolchain(environment: &Environment, target: &str) -> Result<Toolchain, Failed> {
    let request = ToolchainRequest {
        target: target.to_string(),
        project_folder: repository(),
        cache_folder: firmware_target_folder().join("cache"),
        minimum_version: fwc_build::MINIMUM_RUST,
        offline: false,
    };
    Ok(find_toolchain(environment, &request, &Cancel::new(), &mut |_| ())?)
}

/// Puts the project where its target folder is: app.toml, the user's code, and the crate.
fn write(project: &Project) -> Result<SourceFolders, Failed> {
    let root = firmware_target_folder().join("golden").join(&project.name);
    let generated = root.join("generated").join(&project.composition.plan.board.name);
    let mut files: BTreeMap<PathBuf, String> = BTreeMap::new();
    for (path, text) in &project.composition.files.files {
        files.insert(generated.join(path), text.clone());
    }
    for (path, text) in &project.composition.files.skeletons {
        files.insert(root.join(path), text.clone());
    }
    // The user's files last: they take the place of skeletons.
    for (path, text) in files_in(&project.folder, &project.folder.join("expected"))? {
        files.insert(root.join(path.strip_prefix(&project.folder)?), text);
    }
    for (path, text) in files {
        fs::create_dir_all(path.parent().expect("a file is in a folder"))?;
        // What is the same keeps its time, and cargo builds only what differs.
        if fs::read_to_string(&path).ok().as_ref() != Some(&text) {
            fs::write(path, text)?;
        }
    }
    Ok(SourceFolders { project: root.clone(), user: vec![root.join("src")], generated, runtime: Vec::new() })
}

/// Every file of a folder but those in one folder of it.
fn files_in(folder: &Path, except: &Path) -> Result<Vec<(PathBuf, String)>, Failed> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && path != except {
            found.extend(files_in(&path, except)?);
        } else if path.is_file() {
            let text = fs::read_to_string(&path)?;
            found.push((path, text));
        }
    }
    Ok(found)
}

fn source_map(project: &Project) -> SourceMap {
    let places = project.composition.files.origins.iter().map(|origin| GeneratedPlace {
        file: PathBuf::from(&origin.file),
        first_line: origin.first_line as usize,
        last_line: origin.last_line as usize,
        app: fwc_build::AppPlace {
            entry: origin.entry.entry.clone(),
            line: origin.entry.line as usize,
            user_rust: None,
        },
    });
    SourceMap { places: places.collect() }
}
