//! Looks at what a machine has for building, emulating and flashing: one `Check` for each thing, with what to do.
//!
//! Nothing is fetched or changed, beyond the linker's link in fwc's own cache folder.

use crate::environment::Environment;
use crate::process::{Cancel, run};
use crate::toolchain::{
    Compiler, Linker, NoToolchain, Rustup, Toolchain, ToolchainError, ToolchainRequest, active_compiler,
    find_without_fetching,
};
use serde::Serialize;
use std::time::Duration;

/// The emulator's JavaScript needs modules and syntax of this Node.
const NODE_MAJOR: u32 = 18;

const QUESTION_LIMIT: Duration = Duration::from_secs(20);

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What it is, `rustc` or `target thumbv6m-none-eabi`.
    pub name: String,
    /// How it stands.
    pub state: State,
    /// What was found.
    pub finding: String,
    /// What would mend it, each a command or a sentence; any one is enough.
    pub remedies: Vec<String>,
}

/// How a thing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nothing to do.
    Ok,
    /// Something will not work, or not as well as it could.
    Warn,
    /// Firmware cannot be built.
    Fail,
}

/// Looks at everything; `request` is for any target, `targets` are those to be told about.
pub fn doctor(
    environment: &Environment,
    request: &ToolchainRequest,
    targets: &[String],
    cancel: &Cancel,
) -> Vec<Check> {
    let active = active_compiler(environment, request, cancel);
    let mut checks = vec![rustup(environment)];
    match &active {
        Ok(compiler) => checks.extend(compiler_checks(environment, request, compiler, cancel)),
        Err(attempt) => checks.push(Check::new(
            "rustc",
            State::Warn,
            format!("{}: {}", attempt.what, attempt.outcome),
            vec![],
        )),
    }
    let rustup_can_add = active.is_ok_and(|compiler| compiler.rustup_name.is_some());
    for target in targets {
        let request = ToolchainRequest { target: target.clone(), ..request.clone() };
        let found = find_without_fetching(environment, &request, cancel);
        checks.extend(found.as_ref().ok().map(linker));
        checks.push(target_check(target, found, rustup_can_add));
    }
    checks.push(node(environment, cancel));
    checks.push(npm(environment, cancel));
    checks
}

impl Check {
    fn new(name: &str, state: State, finding: String, remedies: Vec<String>) -> Self {
        Self { name: name.to_owned(), state, finding, remedies }
    }
}

fn rustup(environment: &Environment) -> Check {
    let finding = match Rustup::of(environment) {
        Some(rustup) => rustup.program.display().to_string(),
        None => "not installed; other compilers serve where they have the library's source".to_owned(),
    };
    Check::new("rustup", State::Ok, finding, vec![])
}

fn compiler_checks(
    environment: &Environment,
    request: &ToolchainRequest,
    compiler: &Compiler,
    cancel: &Cancel,
) -> [Check; 3] {
    let minimum = &request.minimum_version;
    let rustc = if compiler.version >= *minimum {
        Check::new("rustc", State::Ok, compiler.name(), vec![])
    } else {
        let finding = format!("{} is older than {minimum}", compiler.name());
        Check::new("rustc", State::Warn, finding, vec!["rustup update".to_owned()])
    };
    let cargo_path = compiler.cargo.display();
    let cargo = match version(environment, &compiler.cargo, cancel) {
        Ok(version) => Check::new("cargo", State::Ok, format!("{version} ({cargo_path})"), vec![]),
        Err(reason) => Check::new("cargo", State::Fail, format!("{cargo_path} {reason}"), vec![]),
    };
    let source = match (compiler.library_source(), &compiler.rustup_name) {
        (Some(folder), _) => Check::new("rust-src", State::Ok, folder.display().to_string(), vec![]),
        (None, name) => {
            let finding = format!("{} is without its library's source", compiler.name());
            let remedy =
                name.as_ref().map(|name| format!("rustup component add rust-src --toolchain {name}"));
            // It is a second way only: whether the first one is open, the targets' checks tell.
            Check::new("rust-src", State::Ok, finding, remedy.into_iter().collect())
        }
    };
    [rustc, cargo, source]
}

fn linker(toolchain: &Toolchain) -> Check {
    let finding = match &toolchain.linker {
        Linker::OfCompiler => format!("rustc {} brings its own", toolchain.version),
        Linker::OnPath { program } | Linker::Lld { program, .. } => program.display().to_string(),
    };
    Check::new(&format!("linker for {}", toolchain.target), State::Ok, finding, vec![])
}

fn target_check(target: &str, found: Result<Toolchain, ToolchainError>, rustup_can_add: bool) -> Check {
    let name = format!("target {target}");
    match found {
        Ok(toolchain) => Check::new(&name, State::Ok, toolchain.describe(), vec![]),
        Err(ToolchainError::Cancelled) => {
            Check::new(&name, State::Warn, "not looked at (cancelled)".to_owned(), vec![])
        }
        Err(ToolchainError::None(none)) if rustup_can_add => {
            let finding = "not here yet; the first build has rustup add it".to_owned();
            Check::new(&name, State::Warn, finding, commands(&none))
        }
        Err(ToolchainError::None(none)) => {
            let attempts: Vec<String> = none
                .attempts
                .iter()
                .map(|attempt| format!("{}: {}", attempt.what, attempt.outcome))
                .collect();
            Check::new(&name, State::Fail, attempts.join("; "), commands(&none))
        }
    }
}

fn commands(none: &NoToolchain) -> Vec<String> {
    none.remedies.iter().map(|remedy| remedy.command.clone()).collect()
}

fn node(environment: &Environment, cancel: &Cancel) -> Check {
    let remedy = || vec![format!("install Node.js {NODE_MAJOR} or later: https://nodejs.org")];
    let Some(program) = environment.program("node") else {
        let finding = "not installed: firmware cannot be run in the emulator".to_owned();
        return Check::new("node", State::Warn, finding, remedy());
    };
    match version(environment, &program, cancel) {
        Ok(version) => {
            let digits = version.trim_start_matches('v').split('.').next();
            let recent =
                digits.and_then(|major| major.parse::<u32>().ok()).is_some_and(|it| it >= NODE_MAJOR);
            let state = if recent { State::Ok } else { State::Warn };
            let finding = format!("{version} ({})", program.display());
            Check::new("node", state, finding, if recent { vec![] } else { remedy() })
        }
        Err(reason) => Check::new("node", State::Warn, format!("{} {reason}", program.display()), remedy()),
    }
}

fn npm(environment: &Environment, cancel: &Cancel) -> Check {
    let Some(program) = environment.program("npm") else {
        let finding = "not installed: the emulator cannot be fetched".to_owned();
        return Check::new(
            "npm",
            State::Warn,
            finding,
            vec!["install npm, which comes with Node.js".to_owned()],
        );
    };
    match version(environment, &program, cancel) {
        Ok(version) => Check::new("npm", State::Ok, format!("{version} ({})", program.display()), vec![]),
        Err(reason) => Check::new("npm", State::Warn, format!("{} {reason}", program.display()), vec![]),
    }
}

/// The first line that a program says about its version; a failure is a sentence's end.
fn version(environment: &Environment, program: &std::path::Path, cancel: &Cancel) -> Result<String, String> {
    let mut command = environment.command(program);
    command.arg("--version");
    let output = run(command, QUESTION_LIMIT, cancel).map_err(|error| error.to_string())?;
    let line = output.stdout.lines().next().filter(|_| output.success);
    line.map(|line| line.trim().to_owned()).ok_or_else(|| "does not tell its version".to_owned())
}
