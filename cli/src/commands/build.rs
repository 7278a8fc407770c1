//! `fwc build`: app.toml to ELF, UF2, BIN and HEX in `target/fwc/BOARD/`, and what they take of the chip.

use std::path::Path;

use fwc_build::{
    ArtifactError, ArtifactRequest, Artifacts, BuildError, BuildRequest, Cancel, Environment, GeneratedPlace,
    MemoryKind, MemoryRegion, Origin, RustcFault, SourceFolders, SourceMap, Toolchain, ToolchainError,
};
use fwc_core::FileSet;
use fwc_core::catalog::Board;
use fwc_schema::chip::MemoryRole;
use serde_json::json;

use crate::Outcome;
use crate::arguments::{BuildOptions, GlobalOptions};
use crate::chain::{BESIDE, Inputs};
use crate::commands::generate;
use crate::failure::{Failure, Kind};
use crate::faults::Faults;
use crate::progress::Progress;
use crate::project::{Project, current_folder};
use crate::shell::Shell;
use crate::write::GENERATED;
use crate::{interrupt, sizes, toolchain};

/// Firmware is small and fast, or of no use.
const PROFILE: &str = "release";

pub(crate) fn run(options: &BuildOptions, global: &GlobalOptions, shell: &Shell) -> Outcome {
    let cancel = interrupt::cancel_on_signal()?;
    let project = Project::find(global)?;
    // Until the end: another fwc would swap the crate under cargo's feet.
    let _lock = generate::lock(&project, shell, &cancel)?;
    let composed = Inputs::read(&project)?.compose(BESIDE, global, "build the firmware", shell)?;
    let board = composed.composition.app.board.clone();
    let name = composed.composition.app.name.value.clone();
    let map = source_map(&composed.composition.files);
    generate::write(&project, composed.composition, shell, &cancel)?;

    let environment = Environment::of_this_process();
    let toolchain = find_toolchain(&environment, &project, &board, options, shell, &cancel)?;
    let request = BuildRequest {
        folders: folders(&project, &board.name)?,
        map,
        profile: PROFILE.to_owned(),
        target_folder: project.root.join("target"),
        offline: options.offline,
        locked: options.locked,
        colour: shell.talks_in_color(),
    };
    let mut faults = Faults::new(shell, &composed.sources);
    let mut progress = Progress::new(shell);
    let built = fwc_build::build(
        &environment,
        &toolchain,
        &request,
        &mut |event| progress.show(event, &mut faults),
        &cancel,
    );
    progress.end();
    faults.end()?;
    let built = built.map_err(|error| build_failure(&error, &faults))?;
    let artifacts = fwc_build::write_artifacts(&ArtifactRequest {
        elf: built.elf,
        name: name.clone(),
        output_folder: project.root.join("target/fwc").join(&board.name),
        memory: memory(&board),
        uf2_family: board.chip.uf2_family,
    })
    .map_err(artifact_failure)?;
    let seconds = built.seconds;
    shell.status("Finished", &format!("`{name}` for {} in {seconds:.1} s", board.name));
    say(&artifacts, &board, &project, shell)
}

fn find_toolchain(
    environment: &Environment,
    project: &Project,
    board: &Board,
    options: &BuildOptions,
    shell: &Shell,
    cancel: &Cancel,
) -> Result<Toolchain, Failure> {
    let request = toolchain::request(environment, &project.root, &board.chip.target, options.offline);
    let mut on_progress =
        |progress: fwc_build::ToolchainProgress| shell.status("Preparing", &progress.to_string());
    let found = fwc_build::find_toolchain(environment, &request, cancel, &mut on_progress);
    match found {
        Ok(toolchain) => {
            shell.detail("Using", &toolchain.describe());
            Ok(toolchain)
        }
        Err(ToolchainError::Cancelled) => Err(Failure::interrupted()),
        Err(ToolchainError::None(none)) => {
            let attempts = none.attempts.iter().map(|one| format!("tried {}: {}", one.what, one.outcome));
            let remedies = none.remedies.iter().map(|one| format!("`{}` gives {}", one.command, one.effect));
            let helps: Vec<String> = attempts.chain(remedies).collect();
            Err(Failure::world(none.to_string()).helps(helps))
        }
    }
}

/// Compiler messages name files from where the user is, when the project lies below; else from the project.
fn folders(project: &Project, board: &str) -> Result<SourceFolders, Failure> {
    let here = current_folder()?;
    let generated = project.root.join(GENERATED).join(board);
    Ok(SourceFolders {
        user: project.root.join("src"),
        runtime: vec![generated.join("fwc-runtime"), generated.join("fwc-hal-rp")],
        generated,
        project: if project.root.starts_with(&here) { here } else { project.root.clone() },
    })
}

fn source_map(files: &FileSet) -> SourceMap {
    let places = files.origins.iter().map(|origin| GeneratedPlace {
        file: Path::new(&origin.file).to_owned(),
        first_line: origin.first_line as usize,
        last_line: origin.last_line as usize,
        app: fwc_build::AppPlace { entry: origin.entry.entry.clone(), line: origin.entry.line as usize },
    });
    SourceMap { places: places.collect() }
}

fn memory(board: &Board) -> Vec<MemoryRegion> {
    let regions = board.link_regions().into_iter().map(|region| MemoryRegion {
        name: region.name,
        kind: match region.role {
            MemoryRole::Boot | MemoryRole::Flash => MemoryKind::Flash,
            MemoryRole::Ram => MemoryKind::Ram,
        },
        origin: region.origin.into(),
        length: region.length.into(),
    });
    regions.collect()
}

fn build_failure(error: &BuildError, faults: &Faults<'_>) -> Failure {
    let kind = match error {
        BuildError::Cancelled => return Failure::interrupted(),
        BuildError::Compile { errors } if errors.iter().any(is_ours) => Kind::Bug,
        BuildError::Compile { .. }
        | BuildError::ImageTooLarge { .. }
        | BuildError::Versions { .. }
        | BuildError::LockFile { .. } => Kind::Files,
        BuildError::NoExecutable => Kind::Bug,
        _ => Kind::World,
    };
    let mut failure = Failure { kind, message: error.to_string(), helps: error.remedies() };
    match error {
        BuildError::Cargo { lines } => failure.helps.push(format!("cargo said:\n{}", lines.join("\n"))),
        BuildError::Link { fault, .. } => failure.helps.extend(fault.messages.iter().cloned()),
        BuildError::Compile { .. } if kind == Kind::Bug => failure.helps.push(faults.report()),
        _ => {}
    }
    failure
}

fn is_ours(fault: &RustcFault) -> bool {
    matches!(fault.origin, Origin::Generated { .. } | Origin::Runtime)
}

fn artifact_failure(error: ArtifactError) -> Failure {
    match error {
        ArtifactError::Disk(error) => Failure::world(error.to_string()),
        // The linker script, which is ours, put something where nothing can be.
        error => Failure { kind: Kind::Bug, message: error.to_string(), helps: Vec::new() },
    }
}

fn say(artifacts: &Artifacts, board: &Board, project: &Project, shell: &Shell) -> Outcome {
    if shell.is_json() {
        return shell.record(&json!({ "reason": "built", "board": board.name, "artifacts": artifacts }));
    }
    if shell.is_quiet() {
        return Ok(());
    }
    let files = [Some(&artifacts.elf), artifacts.uf2.as_ref(), Some(&artifacts.bin), Some(&artifacts.hex)];
    let mut text = sizes::table(&artifacts.sizes, board, shell);
    text.push('\n');
    for file in files.into_iter().flatten() {
        let shown = file.strip_prefix(&project.root).map_or(file.clone(), |file| project.shown(file));
        text.push_str(&format!("{}\n", shown.display()));
    }
    shell.data(&text)
}
