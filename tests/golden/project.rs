//! A case: its folder, and the firmware that the chain composes of it.

use std::fs;
use std::path::{Path, PathBuf};

use fwc_core::Composition;
use fwc_core::catalog::{Catalog, ProjectDriver};
use fwc_core::check::CheckOptions;
use fwc_core::plan::{PlanContext, UserCode};
use fwc_diag::{RenderOptions, Sources, render_all};
use libtest_mimic::Failed;

/// A version of fwc that does not change with the workspace's, so that a release changes no expected file.
const FWC_VERSION: &str = "0.0.0-golden";

/// A case and what comes out of it.
pub(crate) struct Project {
    /// The case's name.
    pub(crate) name: String,
    /// The case's folder.
    pub(crate) folder: PathBuf,
    /// What the chain makes of it.
    pub(crate) composition: Composition,
}

impl Project {
    /// Runs the chain on a case; it may have warnings, but no errors.
    pub(crate) fn compose(name: &str) -> Result<Project, Failed> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(name);
        let text = fs::read_to_string(folder.join("app.toml"))?;
        let mut sources = Sources::of("app.toml", text);
        let boards = boards(&folder)?;
        let sourced = boards.iter().map(|(name, text)| (name.clone(), sources.add(name, text)));
        let board_files = sourced.collect();
        let catalog = Catalog::new(boards).with_drivers(drivers(&folder, &mut sources)?);
        let modules = modules(&folder)?;
        let options = CheckOptions { modules, board_files, ..CheckOptions::default() };
        let context = PlanContext {
            fwc_version: FWC_VERSION,
            sources: &sources,
            user_code: UserCode::Beside("../../../src"),
        };
        let checked = fwc_core::compose(&catalog, &options, &context);
        let Some(composition) = checked.value else {
            let options = RenderOptions::default();
            return Err(render_all(&checked.diagnostics, &sources, &options, usize::MAX).into());
        };
        Ok(Project { name: name.to_string(), folder, composition })
    }

    /// The generated files that the case decides: not fwc's own crates, not the catalogue's drivers, and not the bundled
    /// lock file.
    pub(crate) fn own_files(&self) -> impl Iterator<Item = (&str, &str)> {
        let files = self.composition.files.files.iter();
        let files = files.map(|(path, text)| (path.as_str(), text.as_str()));
        let is_bundled = |path: &str| path.starts_with("fwc-") || path.starts_with("src/devices/");
        files.filter(move |(path, _)| !is_bundled(path) && *path != "Cargo.lock")
    }

    /// The skeletons of modules that are not there.
    pub(crate) fn skeletons(&self) -> impl Iterator<Item = (&str, &str)> {
        let skeletons = self.composition.files.skeletons.iter();
        let skeletons = skeletons.map(|(path, text)| (path.as_str(), text.as_str()));
        skeletons.filter(|(path, _)| !self.folder.join(path).exists())
    }
}

/// The case's own `devices/`, each with its device.toml and driver.rs.
/// The boards of the project's own, by their files' names, sorted.
fn boards(folder: &Path) -> Result<Vec<(String, String)>, Failed> {
    let boards = folder.join("boards");
    if !boards.exists() {
        return Ok(Vec::new());
    }
    let mut texts = Vec::new();
    for entry in fs::read_dir(boards)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        texts.push((format!("boards/{name}"), fs::read_to_string(path)?));
    }
    texts.sort();
    Ok(texts)
}

fn drivers(folder: &Path, sources: &mut Sources) -> Result<Vec<ProjectDriver>, Failed> {
    let devices = folder.join("devices");
    if !devices.exists() {
        return Ok(Vec::new());
    }
    let mut drivers = Vec::new();
    for entry in fs::read_dir(devices)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = fs::read_to_string(path.join("device.toml"))?;
        let source = sources.add(format!("devices/{name}/device.toml"), &text);
        drivers.push(ProjectDriver { name, source, text, has_code: path.join("driver.rs").exists() });
    }
    Ok(drivers)
}

fn modules(folder: &Path) -> Result<Vec<String>, Failed> {
    let sources = folder.join("src");
    if !sources.exists() {
        return Ok(Vec::new());
    }
    let mut modules = Vec::new();
    for entry in fs::read_dir(sources)? {
        let path = entry?.path();
        modules.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
    }
    modules.sort();
    Ok(modules)
}
