//! `cargo xtask test`: everything that must hold, the quickest first.

use std::io::{Read as _, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use anyhow::{Context, Result, bail};
use cargo_metadata::{MetadataCommand, TargetKind};

use crate::chips;
use crate::matrix;
use crate::qemu;
use crate::setup::{self, announce, cargo, repository, run};
use crate::twins;
use crate::wirings;

/// The programs of tests that take longest. Each does one thing after the other, and builds in a folder of its own: run after
/// the others, they would leave all cores but one idle.
const LONG: [&str; 2] = ["firmware", "flash"];

/// Runs every check and test of the project. Each runner ends with its own closing line.
pub(crate) fn test() -> Result<()> {
    setup::rust_components()?;
    announce("rustfmt");
    run(in_repository(&mut Command::new(cargo())).args(["fmt", "--all", "--check"]))?;
    announce("clippy");
    run(in_repository(&mut Command::new(cargo())).args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--quiet",
        "--",
        "-D",
        "warnings",
    ]))?;
    setup::prepare()?;
    announce("chip tables against the HALs' published sources");
    chips::run(chips::Mode::Check)?;
    announce("the tables of apps beside programs by hand");
    twins::run(twins::Mode::Check)?;
    announce("the page of what is proved on which board");
    matrix::matrix(&["--check"])?;
    announce("the emulator's own tests");
    emulator_tests()?;
    announce("the simulation's own tests");
    simulation_tests()?;
    announce("building all tests");
    run(&mut tests(&["--no-run", "--quiet"]))?;
    announce("firmware and flash tests, beside all that follows: what they say is shown at its end");
    let long: Vec<Beside> =
        LONG.iter().map(|name| Beside::start(name, tests(&["--test", name]))).collect::<Result<_>>()?;
    let others = other_tests();
    // What has been started is waited for and shown also where something fails here.
    let long = long.into_iter().map(|tests| {
        announce(&format!("{} tests", tests.name));
        tests.finish(&mut std::io::stdout())
    });
    let long = long.collect::<Vec<_>>();
    long.into_iter().fold(others, Result::and)
}

/// What builds and boots firmware, and all tests, but the long ones.
fn other_tests() -> Result<()> {
    announce("the runtime on a Cortex-M3 and on a RISC-V, in QEMU");
    qemu::run_all()?;
    announce("a random wiring of one board of each family");
    wirings::wirings(&["--count", "1"])?;
    announce("unit, ui, golden, cli and doc tests");
    let mut command = tests(&["--lib", "--bins"]);
    for name in test_programs()?.iter().filter(|name| !LONG.contains(&name.as_str())) {
        command.args(["--test", name]);
    }
    let others = run(&mut command);
    // cargo runs doc tests with no others.
    others.and(run(&mut tests(&["--doc"])))
}

/// Tests of the whole workspace: the packages that are chosen decide on the features of what they depend on, and so what is built.
fn tests(arguments: &[&str]) -> Command {
    let mut command = Command::new(cargo());
    command.args(["test", "--workspace", "--no-fail-fast"]).args(arguments).current_dir(repository());
    command
}

/// The names of all programs of tests of the workspace.
fn test_programs() -> Result<Vec<String>> {
    let metadata = MetadataCommand::new().cargo_path(cargo()).current_dir(repository()).no_deps().exec()?;
    let targets = metadata.packages.iter().flat_map(|package| &package.targets);
    let programs = targets.filter(|target| target.is_kind(TargetKind::Test));
    Ok(programs.map(|target| target.name.clone()).collect())
}

/// A command that runs beside others. What it says is kept back, so that its lines are not between theirs.
struct Beside {
    name: &'static str,
    child: Child,
    said: Receiver<Vec<u8>>,
}

impl Beside {
    fn start(name: &'static str, mut command: Command) -> Result<Beside> {
        let (mut reader, writer) = std::io::pipe().context("while making a pipe")?;
        let child = command
            .stdin(Stdio::null())
            .stdout(writer.try_clone().context("while making a pipe")?)
            .stderr(writer)
            .spawn()
            .with_context(|| format!("while starting the {name} tests"))?;
        let (sender, said) = channel();
        std::thread::spawn(move || {
            let mut bytes = vec![0; 1 << 16];
            while let Ok(count @ 1..) = reader.read(&mut bytes)
                && sender.send(bytes[..count].to_vec()).is_ok()
            {}
        });
        Ok(Beside { name, child, said })
    }

    /// Shows what it has said and what it says until its end.
    fn finish(mut self, shown: &mut impl Write) -> Result<()> {
        for bytes in self.said {
            shown.write_all(&bytes).and_then(|()| shown.flush()).context("while showing tests")?;
        }
        let status =
            self.child.wait().with_context(|| format!("while waiting for the {} tests", self.name))?;
        if !status.success() {
            bail!("the {} tests failed: {status}", self.name);
        }
        Ok(())
    }
}

/// The emulator's tests run on its sources, with the packages of its lock file.
fn emulator_tests() -> Result<()> {
    let package = repository().join("crates/sim/emulator");
    announce("installing the emulator's Node packages");
    run(Command::new("npm").args(["ci", "--no-audit", "--no-fund", "--silent"]).current_dir(&package))?;
    run(Command::new("npm").args(["test", "--silent"]).current_dir(&package))
}

/// The simulated HAL stands beside the workspace, as it does beside generated crates. Its dependencies are built once.
fn simulation_tests() -> Result<()> {
    let package = repository().join("crates/hal-sim");
    run(Command::new(cargo())
        .args(["test", "--quiet", "--features", "led-strip"])
        .env("CARGO_TARGET_DIR", repository().join("target/hal-sim"))
        .current_dir(package))
}

fn in_repository(command: &mut Command) -> &mut Command {
    command.current_dir(repository())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::process::Command;

    use super::Beside;

    fn finished(script: &str) -> (String, Result<(), String>) {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let mut shown = Vec::new();
        let ended = Beside::start("quick", command).unwrap().finish(&mut shown);
        (String::from_utf8(shown).unwrap(), ended.map_err(|error| error.to_string()))
    }

    #[test]
    fn what_both_streams_say_is_kept_in_its_order() {
        assert_eq!(finished("echo one; echo two >&2; echo three"), ("one\ntwo\nthree\n".to_owned(), Ok(())));
    }

    #[test]
    fn a_failure_is_told_after_what_was_said() {
        let failed = Err("the quick tests failed: exit status: 101".to_owned());
        assert_eq!(finished("echo broken; exit 101"), ("broken\n".to_owned(), failed));
    }
}
