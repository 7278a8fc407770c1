//! `fwc build`: app.toml to ELF, UF2, BIN and HEX in `target/fwc/BOARD/`, and what they take of the chip.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use fwc_build::{
    ArtifactError, ArtifactRequest, Artifacts, BuildError, BuildRequest, Built, Cancel, Environment,
    GeneratedPlace, MemoryKind, MemoryRegion, Origin, RustcFault, SizeReport, SourceFolders, SourceMap,
    Toolchain, ToolchainError, ToolchainProgress, ToolchainRequest,
};
use fwc_core::app::LogOver;
use fwc_core::catalog::Board;
use fwc_core::plan::{CrateSource, Plan, UsbIdentity};
use fwc_core::{Composition, FileSet};
use fwc_diag::Sources;
use fwc_schema::app::LogLevel;
use fwc_schema::chip::{Hal, MemoryRole};
use serde_json::json;

use crate::Outcome;
use crate::arguments::{BuildEach, BuildOptions, GlobalOptions, ObserveOptions};
use crate::chain::{BESIDE, Composed, Inputs};
use crate::commands::generate;
use crate::failure::{Failure, Kind, report};
use crate::faults::Faults;
use crate::progress::Progress;
use crate::project::{Project, current_folder};
use crate::shell::Shell;
use crate::write::GENERATED;
use crate::{interrupt, several, sizes, toolchain};

/// Firmware is small and fast, or of no use.
const PROFILE: &str = "release";

pub(crate) fn run(options: &BuildEach, global: &GlobalOptions, shell: &Shell) -> Outcome {
    let cancel = interrupt::cancel_on_signal()?;
    let project = Project::find(global)?;
    let order = Order { options: &options.build, observe: Some(&options.observe) };
    let boards = (options.boards.all_boards, several::Order::FaultyFirst);
    several::for_each(boards, "built", global, shell, |global| {
        let made = make(&project, order, global, shell, &cancel)?;
        say(&made.artifacts, &made.board, &project, shell)
    })
}

/// Firmware that is up to date, with its files.
pub(crate) struct Made {
    pub(crate) name: String,
    pub(crate) board: Arc<Board>,
    pub(crate) artifacts: Artifacts,
    pub(crate) log_over: LogOver,
    pub(crate) map: SourceMap,
    /// What the firmware says of itself over USB, where it has a port there.
    pub(crate) usb: Option<UsbIdentity>,
    pub(crate) naming: Naming,
}

/// What the app calls things that its image calls otherwise.
#[derive(Clone, Default)]
pub(crate) struct Naming {
    /// The units of fields, by channel and field.
    pub(crate) units: BTreeMap<String, String>,
    /// The tasks whose code the user's modules are.
    pub(crate) modules: BTreeMap<String, String>,
}

impl Naming {
    pub(crate) fn of(composition: &Composition) -> Naming {
        let modules = composition.plan.modules.iter();
        Naming {
            units: fwc_core::observe::units(&composition.app).into_iter().collect(),
            modules: modules.filter_map(|one| Some((one.name.clone(), one.task.clone()?))).collect(),
        }
    }
}

/// What is built, and how.
#[derive(Clone, Copy)]
pub(crate) struct Order<'a> {
    pub(crate) options: &'a BuildOptions,
    /// What the image tells beside its log.
    pub(crate) observe: Option<&'a ObserveOptions>,
}

impl Order<'_> {
    /// An image that tells nothing but its log.
    pub(crate) fn plain(options: &BuildOptions) -> Order<'_> {
        Order { options, observe: None }
    }
}

/// Generates and builds what is not up to date.
pub(crate) fn make(
    project: &Project,
    order: Order<'_>,
    global: &GlobalOptions,
    shell: &Shell,
    cancel: &Cancel,
) -> Result<Made, Failure> {
    // Until the end: another fwc would swap the crate under cargo's feet.
    let _lock = generate::lock(project, shell, cancel)?;
    let observe = order.observe.filter(|observe| !observe.is_empty());
    let firmware = Firmware::generate(project, observe, global, shell, cancel)?;
    let generated = Instant::now();
    let built = firmware.compile(project, order.options, shell, cancel)?;
    took(shell, "cargo", generated);
    let built_at = Instant::now();
    let artifacts = fwc_build::write_artifacts(&ArtifactRequest {
        elf: built.elf,
        name: firmware.name.clone(),
        output_folder: project.root.join("target/fwc").join(&firmware.board.name),
        memory: memory(&firmware.board),
        uf2_family: firmware.board.chip.uf2_family,
        is_flat: firmware.board.chip.hal != Hal::Esp,
    })
    .map_err(artifact_failure)?;
    took(shell, "writing ELF, UF2, BIN and HEX", built_at);
    warn_of_absent(&firmware, &artifacts.sizes, shell);
    let Firmware { name, board, log_over, map, usb, naming, .. } = firmware;
    shell.status("Finished", &format!("`{name}` for {} in {:.1} s", board.name, built.seconds));
    Ok(Made { name, board, artifacts, log_over, map, usb, naming })
}

/// Generates and builds, for this machine, what is not up to date; gives the program.
pub(crate) fn make_simulation(
    project: &Project,
    options: &BuildOptions,
    global: &GlobalOptions,
    shell: &Shell,
    cancel: &Cancel,
) -> Result<PathBuf, Failure> {
    let _lock = generate::lock(project, shell, cancel)?;
    let composed = Inputs::read(project)?.compose_for_host(global, "build the simulation", shell)?;
    let firmware = Firmware::of(composed, project, shell, cancel)?;
    let built = firmware.compile(project, options, shell, cancel)?;
    shell.detail(
        "Finished",
        &format!("`{}` for {} in {:.1} s", firmware.name, firmware.board.name, built.seconds),
    );
    Ok(built.elf)
}

/// Says so where the compiler has found out that the firmware never comes to its tasks.
fn warn_of_absent(firmware: &Firmware, sizes: &SizeReport, shell: &Shell) {
    let absent = sizes.absent_tasks(firmware.tasks.iter().map(String::as_str));
    let Some(first) = absent.first() else { return };
    shell.warning(&format!(
        "the firmware stops before it starts `{first}`: a panic always comes before, and the compiler has left out what is behind it"
    ));
    shell.hint("look for the panic in code of yours that runs at the start, such as a driver in `devices`; where there is none, it is fwc's");
}

/// Tells those who want to know how long a step took.
fn took(shell: &Shell, step: &str, begun: Instant) {
    shell.detail("Took", &format!("{:.1} ms: {step}", begun.elapsed().as_secs_f64() * 1000.0));
}

/// A generated crate, and what is to be known about it when it is built.
struct Firmware {
    name: String,
    board: Arc<Board>,
    log_over: LogOver,
    /// Whether it has a log at all.
    logs: bool,
    folders: SourceFolders,
    map: SourceMap,
    sources: Sources,
    usb: Option<UsbIdentity>,
    naming: Naming,
    /// The tasks' functions.
    tasks: Vec<String>,
}

impl Firmware {
    fn generate(
        project: &Project,
        observe: Option<&ObserveOptions>,
        global: &GlobalOptions,
        shell: &Shell,
        cancel: &Cancel,
    ) -> Result<Firmware, Failure> {
        let begun = Instant::now();
        let inputs = Inputs::read(project)?;
        let composed = match observe {
            Some(observe) => inputs.compose_observed(observe, global, shell)?,
            None => inputs.compose(BESIDE, global, "build the firmware", shell)?,
        };
        took(shell, "checking and planning", begun);
        let composed_at = Instant::now();
        let firmware = Firmware::of(composed, project, shell, cancel)?;
        took(shell, "generating", composed_at);
        Ok(firmware)
    }

    /// Writes the crate of what was composed.
    fn of(
        composed: Composed,
        project: &Project,
        shell: &Shell,
        cancel: &Cancel,
    ) -> Result<Firmware, Failure> {
        let composition = composed.composition;
        let firmware = Firmware {
            name: composition.app.name.value.clone(),
            board: composition.app.board.clone(),
            log_over: composition.app.log_over,
            logs: composition.app.log != LogLevel::Off,
            folders: folders(project, &composition.plan)?,
            map: source_map(&composition.files, &composition.plan),
            sources: composed.sources,
            usb: composition.plan.usb.as_ref().map(|usb| usb.identity.clone()),
            naming: Naming::of(&composition),
            tasks: composition.plan.tasks.iter().map(|task| task.code.function.clone()).collect(),
        };
        generate::write(project, composition, shell, cancel)?;
        Ok(firmware)
    }

    fn compile(
        &self,
        project: &Project,
        options: &BuildOptions,
        shell: &Shell,
        cancel: &Cancel,
    ) -> Result<Built, Failure> {
        let environment = Environment::of_this_process();
        let target = &self.board.chip.target;
        let request = toolchain::request(&environment, &project.root, target, options.offline);
        let toolchain = find_toolchain(&environment, &request, shell, cancel)?;
        let request = BuildRequest {
            folders: self.folders.clone(),
            map: self.map.clone(),
            profile: PROFILE.to_owned(),
            target_folder: project.root.join("target"),
            offline: options.offline,
            locked: options.locked,
            colour: shell.talks_in_color(),
        };
        let mut faults = Faults::new(shell, &self.sources);
        let mut progress = Progress::new(shell);
        let mut observer = |event| progress.show(event, &mut faults);
        let built = fwc_build::build(&environment, &toolchain, &request, &mut observer, cancel);
        progress.end();
        faults.end()?;
        built.map_err(|error| build_failure(&error, self.logs))
    }
}

fn find_toolchain(
    environment: &Environment,
    request: &ToolchainRequest,
    shell: &Shell,
    cancel: &Cancel,
) -> Result<Toolchain, Failure> {
    let mut on_progress = |ToolchainProgress::AddingTarget { target, toolchain }| {
        shell.status("Adding", &format!("the library for {target} to rustup's {toolchain}"));
    };
    match fwc_build::find_toolchain(environment, request, cancel, &mut on_progress) {
        Ok(toolchain) => {
            shell.detail("Using", &toolchain.describe());
            Ok(toolchain)
        }
        Err(ToolchainError::Cancelled) => Err(Failure::interrupted()),
        Err(ToolchainError::None(none)) => {
            let attempts = none.attempts.iter().map(|one| format!("{}: {}", one.what, one.outcome));
            let remedies = none.remedies.iter().map(|one| format!("`{}` gives {}", one.command, one.effect));
            Err(Failure::world(none.to_string()).notes(attempts).helps(remedies))
        }
    }
}

/// Compiler messages name files from where the user is, when the project lies below; else from the project.
fn folders(project: &Project, plan: &Plan) -> Result<SourceFolders, Failure> {
    let here = current_folder()?;
    let generated = project.root.join(GENERATED).join(&plan.board.name);
    let runtime = plan.crates.iter().filter_map(|used| match &used.source {
        CrateSource::Path(folder) => Some(generated.join(folder)),
        CrateSource::Version(_) => None,
    });
    Ok(SourceFolders {
        user: ["src", "behaviors", "devices"].map(|folder| project.root.join(folder)).into(),
        runtime: runtime.collect(),
        generated,
        project: if project.root.starts_with(&here) { here } else { project.root.clone() },
    })
}

/// Which entry of app.toml each part of the generated crate was made from.
pub(crate) fn source_map(files: &FileSet, plan: &Plan) -> SourceMap {
    let places = files.origins.iter().map(|origin| GeneratedPlace {
        file: Path::new(&origin.file).to_owned(),
        first_line: origin.first_line as usize,
        last_line: origin.last_line as usize,
        app: fwc_build::AppPlace {
            entry: origin.entry.entry.clone(),
            line: origin.entry.line as usize,
            user_rust: plan.user_rust(&origin.entry.entry),
        },
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

/// What is said of a build that failed, of a firmware that `logs` or does not.
fn build_failure(error: &BuildError, logs: bool) -> Failure {
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
    let failure = Failure::new(kind, error.to_string());
    if let (BuildError::ImageTooLarge { .. }, false) = (error, logs) {
        return failure.help(
            "it has no log that could be left out: take out tasks or crates, or take a chip with more memory",
        );
    }
    let failure = failure.helps(error.remedies());
    match error {
        BuildError::Cargo { lines } => failure.notes([format!("cargo said\n{}", lines.join("\n"))]),
        BuildError::Link { fault, .. } => failure.notes(fault.messages.iter().cloned()),
        BuildError::Compile { .. } if kind == Kind::Bug => failure.help(report()),
        _ => failure,
    }
}

fn is_ours(fault: &RustcFault) -> bool {
    match &fault.origin {
        Origin::Generated { app } => app.as_ref().is_none_or(|app| app.user_rust.is_none()),
        Origin::Runtime => true,
        Origin::User | Origin::Dependency { .. } => false,
    }
}

fn artifact_failure(error: ArtifactError) -> Failure {
    match error {
        ArtifactError::Disk(error) => Failure::world(error.to_string()),
        // The linker script, which is ours, put something where nothing can be.
        error => Failure::new(Kind::Bug, error.to_string()).help(report()),
    }
}

fn say(artifacts: &Artifacts, board: &Board, project: &Project, shell: &Shell) -> Outcome {
    if shell.is_json() {
        return shell.record(&json!({ "reason": "built", "board": board.name, "artifacts": artifacts }));
    }
    if shell.is_quiet() {
        return Ok(());
    }
    let files =
        [Some(&artifacts.elf), artifacts.uf2.as_ref(), artifacts.bin.as_ref(), artifacts.hex.as_ref()];
    let mut text = sizes::table(&artifacts.sizes, board, shell);
    text.push('\n');
    for file in files.into_iter().flatten() {
        text.push_str(&format!("{}\n", project.shown_below(file).display()));
    }
    shell.data(&text)
}
