//! A project's files through the pure chain; what is found on the way is said.

use std::collections::BTreeSet;
use std::sync::Arc;

use fwc_core::Composition;
use fwc_core::catalog::{Board, Catalog, ProjectBehavior, ProjectDriver};
use fwc_core::check::CheckOptions;
use fwc_core::observe::{ObserveFault, observe};
use fwc_core::plan::{PlanContext, UserCode};
use fwc_core::port::Port;
use fwc_core::resolved::Resolved;
use fwc_core::simulate::simulate;
use fwc_diag::{Checked, Counts, Diagnostic, Severity, Sources};
use fwc_schema::SourceId;

use crate::arguments::{GlobalOptions, ObserveOptions};
use crate::failure::Failure;
use crate::project::{APP_FILE, Project};
use crate::shell::Shell;

/// The user's code as the crate in `generated/BOARD/` sees it from its `src`.
pub(crate) const BESIDE: UserCode<'_> = UserCode::Beside(WAY_TO_USER_CODE);

/// The way from there to the user's modules.
pub(crate) const WAY_TO_USER_CODE: &str = "../../../src";

/// Everything that the chain reads.
pub(crate) struct Inputs {
    /// app.toml, then the project's own boards, devices and behaviours.
    sources: Sources,
    catalog: Catalog,
    modules: Vec<String>,
    board_files: Vec<(String, SourceId)>,
}

/// What the chain made, and the texts that it points into.
pub(crate) struct Composed {
    pub(crate) composition: Composition,
    pub(crate) sources: Sources,
}

impl Inputs {
    /// Reads app.toml, the names of the user's modules, and the project's own boards, devices and behaviours.
    pub(crate) fn read(project: &Project) -> Result<Inputs, Failure> {
        let name = project.shown(APP_FILE).display().to_string();
        let mut sources = Sources::of(name, project.text(APP_FILE)?);
        let mut board_files = Vec::new();
        let mut boards = Vec::new();
        for (file, text) in own_boards(project)? {
            let source = sources.add(file.clone(), text.clone());
            board_files.push((file.clone(), source));
            boards.push((file, text));
        }
        let drivers = own_drivers(project, &mut sources)?;
        let behaviors = own_behaviors(project, &mut sources)?;
        let files = project.files("src", ".rs")?;
        let modules = files.iter().filter_map(|file| file.strip_suffix(".rs")).map(str::to_owned).collect();
        Ok(Inputs {
            sources,
            catalog: Catalog::new(boards).with_drivers(drivers).with_behaviors(behaviors),
            modules,
            board_files,
        })
    }

    /// The application with everything decided, unless an error was said.
    pub(crate) fn check(&self, global: &GlobalOptions, shell: &Shell) -> Result<Resolved, Failure> {
        self.resolve(global, "check the app", shell)
    }

    fn resolve(&self, global: &GlobalOptions, doing: &str, shell: &Shell) -> Result<Resolved, Failure> {
        let checked = fwc_core::check_text(self.text(), &self.catalog, &self.options(global));
        self.say(checked.and_then(fwc_core::resolve::resolve), doing, shell)
    }

    /// The application with everything decided, without a word; nothing where it is faulty.
    pub(crate) fn resolved(&self, global: &GlobalOptions) -> Option<Resolved> {
        let checked = fwc_core::check_text(self.text(), &self.catalog, &self.options(global));
        checked.and_then(fwc_core::resolve::resolve).value
    }

    /// What it takes to bring the application to another board, unless an error was said.
    pub(crate) fn port(
        &self,
        to: &Arc<Board>,
        global: &GlobalOptions,
        shell: &Shell,
    ) -> Result<Port, Failure> {
        let checked = fwc_core::port::port(self.text(), &self.catalog, &self.options(global), to);
        self.say(checked, "bring the app to another board", shell)
    }

    /// The same without a word; nothing where the application is faulty on its own board.
    pub(crate) fn ported(&self, to: &Arc<Board>, global: &GlobalOptions) -> Option<Port> {
        fwc_core::port::port(self.text(), &self.catalog, &self.options(global), to).value
    }

    /// Adds a file that diagnostics can point into.
    pub(crate) fn add(&mut self, name: String, text: &str) -> SourceId {
        self.sources.add(name, text)
    }

    /// The texts that diagnostics point into.
    pub(crate) fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The composed firmware, unless an error was said.
    pub(crate) fn compose(
        self,
        user_code: UserCode<'_>,
        global: &GlobalOptions,
        doing: &str,
        shell: &Shell,
    ) -> Result<Composed, Failure> {
        let context =
            PlanContext { fwc_version: env!("CARGO_PKG_VERSION"), sources: &self.sources, user_code };
        let checked = fwc_core::compose(&self.catalog, &self.options(global), &context);
        let composition = self.say(checked, doing, shell)?;
        Ok(Composed { composition, sources: self.sources })
    }

    /// The same for this machine instead of the board's chip, unless an error was said.
    pub(crate) fn compose_for_host(
        self,
        global: &GlobalOptions,
        doing: &str,
        shell: &Shell,
    ) -> Result<Composed, Failure> {
        let resolved = self.resolve(global, doing, shell)?;
        Ok(self.composed(simulate(resolved, env!("FWC_HOST"))))
    }

    /// The same with an image that tells what is watched, unless an error was said.
    pub(crate) fn compose_observed(
        self,
        asked: &ObserveOptions,
        global: &GlobalOptions,
        shell: &Shell,
    ) -> Result<Composed, Failure> {
        let resolved = self.resolve(global, "build the firmware", shell)?;
        let resolved = observe(resolved, &asked.watch, asked.stats).map_err(not_observed)?;
        Ok(self.composed(resolved))
    }

    /// The firmware beside the user's code, from what has been resolved.
    fn composed(self, resolved: Resolved) -> Composed {
        let context =
            PlanContext { fwc_version: env!("CARGO_PKG_VERSION"), sources: &self.sources, user_code: BESIDE };
        Composed { composition: fwc_core::compose_resolved(resolved, &context), sources: self.sources }
    }

    fn text(&self) -> &str {
        &self.sources.files()[0].text
    }

    fn options(&self, global: &GlobalOptions) -> CheckOptions {
        CheckOptions {
            board: global.board().map(str::to_owned),
            modules: self.modules.clone(),
            board_files: self.board_files.clone(),
        }
    }

    /// Says what was found, and hands on the value.
    fn say<T>(&self, checked: Checked<T>, doing: &str, shell: &Shell) -> Result<T, Failure> {
        shell.diagnostics(&checked.diagnostics, &self.sources)?;
        let counts = Counts::of(&checked.diagnostics);
        let file = &self.sources.files()[0].name;
        match checked.value {
            Some(value) => {
                if !counts.is_empty() {
                    shell.warning(&counts.summary(file));
                }
                Ok(value)
            }
            None if counts.errors == 0 => panic!("what is refused has an error that says why"),
            None => Err(Failure::files(counts.could_not(doing, file)).help(pages(&checked.diagnostics))),
        }
    }
}

/// Why an image cannot tell what was asked for, and what to ask for instead.
fn not_observed(fault: ObserveFault) -> Failure {
    let listed = |names: &[String]| names.join("`, `");
    let meant = |near: &Option<String>| near.as_ref().map(|near| format!("did you mean `{near}`?"));
    match fault {
        ObserveFault::NoDefmt => Failure::usage(
            "`--watch` and `--stats` go the way of the log, and it does not leave by a debug probe",
        )
        .help(
            "`log = \"info\"` and `log-over = \"rtt\"` in `[app]` let it; `print` shows a channel on a uart",
        ),
        ObserveFault::NoChannel { name, near, all } => {
            let all = match all.as_slice() {
                [] => "the app has no channels".to_owned(),
                all => format!("the app's channels are `{}`", listed(all)),
            };
            Failure::usage(format!("there is no channel `{name}` to watch")).help(meant(&near).unwrap_or(all))
        }
        ObserveFault::Pipe { name } => {
            Failure::usage(format!("`{name}` is a pipe: its bytes are no messages that could be watched"))
        }
        ObserveFault::Unused { name } => Failure::usage(format!(
            "no task publishes `{name}` or subscribes to it, so there is nothing to watch"
        )),
        ObserveFault::NoField { watch, near, all } => {
            let all = match all.as_slice() {
                [] => format!("`--watch {}` shows it as a whole: it has no fields", watch.channel),
                all => format!("its fields are `{}`", listed(all)),
            };
            Failure::usage(format!("`{watch}` is no field of the messages of `{}`", watch.channel))
                .help(meant(&near).unwrap_or(all))
        }
    }
}

/// Where to read on about errors.
fn pages(diagnostics: &[Diagnostic]) -> String {
    let errors = diagnostics.iter().filter(|one| one.severity == Severity::Error);
    let codes: BTreeSet<&str> = errors.map(|one| one.code.name).collect();
    let codes: Vec<&str> = codes.into_iter().collect();
    match codes.as_slice() {
        [code] => format!("`fwc explain {code}` tells more"),
        codes => format!("`fwc explain CODE` tells more about {}", codes.join(", ")),
    }
}

/// The project's own board files, with the names that messages show.
pub(crate) fn own_boards(project: &Project) -> Result<Vec<(String, String)>, Failure> {
    let files = project.files("boards", ".toml")?;
    files
        .iter()
        .map(|file| {
            let relative = format!("boards/{file}");
            Ok((project.shown(&relative).display().to_string(), project.text(&relative)?))
        })
        .collect()
}

/// The project's own behaviours: a folder each, with a behavior.toml whose text becomes a source.
fn own_behaviors(project: &Project, sources: &mut Sources) -> Result<Vec<ProjectBehavior>, Failure> {
    let mut behaviors = Vec::new();
    for name in project.folders("behaviors")? {
        let folder = format!("behaviors/{name}");
        let files = project.files(&folder, "")?;
        if !files.iter().any(|file| file == "behavior.toml") {
            continue;
        }
        let relative = format!("{folder}/behavior.toml");
        let text = project.text(&relative)?;
        let source = sources.add(project.shown(&relative).display().to_string(), text.clone());
        let has_code = files.iter().any(|file| file == "behavior.rs");
        behaviors.push(ProjectBehavior { name, source, text, has_code });
    }
    Ok(behaviors)
}

/// The project's own drivers: a folder each, with a device.toml whose text becomes a source.
pub(crate) fn own_drivers(project: &Project, sources: &mut Sources) -> Result<Vec<ProjectDriver>, Failure> {
    let mut drivers = Vec::new();
    for name in project.folders("devices")? {
        let folder = format!("devices/{name}");
        let files = project.files(&folder, "")?;
        if !files.iter().any(|file| file == "device.toml") {
            continue;
        }
        let relative = format!("{folder}/device.toml");
        let text = project.text(&relative)?;
        let source = sources.add(project.shown(&relative).display().to_string(), text.clone());
        let has_code = files.iter().any(|file| file == "driver.rs");
        drivers.push(ProjectDriver { name, source, text, has_code });
    }
    Ok(drivers)
}
