//! `cargo xtask test`: everything that must hold, the quickest first.

use std::process::Command;

use anyhow::Result;

use crate::chips;
use crate::matrix;
use crate::qemu;
use crate::setup::{self, announce, cargo, repository, run};
use crate::twins;
use crate::wirings;

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
    announce("the runtime on a Cortex-M3 and on a RISC-V, in QEMU");
    qemu::run_all()?;
    announce("a random wiring of one board of each family");
    wirings::wirings(&["--count", "1"])?;
    announce("unit, ui, golden, firmware, cli and doc tests");
    run(in_repository(&mut Command::new(cargo())).args(["test", "--workspace", "--no-fail-fast"]))
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
