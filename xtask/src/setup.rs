//! Sets a fresh machine up: what is missing is installed and said; what is there is left alone.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use fwc_build::{Cancel, Environment, Toolchain, ToolchainError, ToolchainRequest, find_toolchain};
use fwc_sim::{Emulator, EmulatorError};

/// The chip families whose firmware the project's own commands build.
const TARGETS: &[&str] = &[
    "thumbv6m-none-eabi",
    "thumbv7em-none-eabihf",
    "thumbv8m.main-none-eabihf",
    "riscv32imc-unknown-none-elf",
];

/// The folder of the repository.
pub(crate) fn repository() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().map_or_else(|| manifest.to_path_buf(), Path::to_path_buf)
}

/// Where the project's own commands keep what they install and build for chips.
pub(crate) fn cache_folder() -> PathBuf {
    repository().join("target/xtask")
}

/// Says what is done, apart from what the tools that are called say.
pub(crate) fn announce(what: &str) {
    eprintln!("==> {what}");
}

/// Everything that building and emulating firmware needs.
#[derive(Debug)]
pub(crate) struct Machine {
    /// The emulator, installed.
    pub(crate) emulator: Emulator,
}

/// Makes the machine ready for firmware and for the emulator.
pub(crate) fn prepare() -> Result<Machine> {
    for target in TARGETS {
        let toolchain = firmware_toolchain(target)?;
        announce(&format!("{target}: {}", toolchain.describe()));
    }
    Ok(Machine { emulator: emulator()? })
}

/// A toolchain for a target; Debian's packages are installed where rustup cannot help.
pub(crate) fn firmware_toolchain(target: &str) -> Result<Toolchain> {
    let failure = match search(target) {
        Ok(toolchain) => return Ok(toolchain),
        Err(ToolchainError::Cancelled) => bail!("the search for a toolchain was cancelled"),
        Err(ToolchainError::None(failure)) => failure,
    };
    let packages = failure.remedies.iter().find_map(|remedy| remedy.command.strip_prefix("apt-get install "));
    let Some(packages) = packages else {
        let remedies: Vec<String> = failure
            .remedies
            .iter()
            .map(|remedy| format!("  {}: {}", remedy.command, remedy.effect))
            .collect();
        bail!("{failure}; one of these will help:\n{}", remedies.join("\n"));
    };
    install_packages(&packages.split_whitespace().collect::<Vec<_>>())?;
    search(target)
        .with_context(|| format!("no toolchain for {target} even after `apt-get install {packages}`"))
}

fn search(target: &str) -> Result<Toolchain, ToolchainError> {
    let request = ToolchainRequest {
        target: target.to_string(),
        project_folder: repository(),
        cache_folder: cache_folder(),
        minimum_version: fwc_build::MINIMUM_RUST,
        offline: false,
    };
    let environment = Environment::of_this_process();
    find_toolchain(&environment, &request, &Cancel::new(), &mut |progress| announce(&progress.to_string()))
}

/// Makes sure that a program is there, from Debian's package where it is not.
pub(crate) fn program(name: &str, package: &str) -> Result<()> {
    let is_there = || Environment::of_this_process().program(name).is_some();
    if !is_there() {
        install_packages(&[package])?;
    }
    anyhow::ensure!(is_there(), "no `{name}` even after `apt-get install {package}`");
    Ok(())
}

/// The emulator with its Node packages.
fn emulator() -> Result<Emulator> {
    let cache = cache_folder();
    let emulator = match Emulator::install(&cache) {
        Err(EmulatorError::NodeMissing | EmulatorError::NpmMissing) => {
            install_packages(&["nodejs", "npm"])?;
            Emulator::install(&cache)
        }
        other => other,
    };
    emulator.context("while installing the emulator's Node packages")
}

/// Installs packages of Debian or Ubuntu, as root or by sudo.
fn install_packages(packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    if !Path::new("/usr/bin/apt-get").exists() {
        bail!("please install what Debian calls `{list}`: this system has no apt-get to do it with");
    }
    announce(&format!("installing Debian packages: {list}"));
    apt_get(&["update", "-qq"])?;
    let mut arguments = vec!["install", "-y", "-qq", "--no-install-recommends"];
    arguments.extend(packages);
    apt_get(&arguments)
}

fn apt_get(arguments: &[&str]) -> Result<()> {
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.starts_with(b"0\n"));
    let mut command = if is_root { Command::new("apt-get") } else { Command::new("sudo") };
    if !is_root {
        command.arg("apt-get");
    }
    command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").stdout(Stdio::null());
    run(&mut command)
}

/// rustfmt and clippy, which some installations of Rust leave out.
pub(crate) fn rust_components() -> Result<()> {
    for (subcommand, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        let is_there = Command::new(cargo())
            .args([subcommand, "--version"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        if !is_there {
            announce(&format!("adding {component} to the Rust toolchain"));
            run(Command::new("rustup").args(["component", "add", component]))
                .with_context(|| format!("`cargo {subcommand}` is missing and rustup could not add it"))?;
        }
    }
    Ok(())
}

/// The cargo that runs this xtask.
pub(crate) fn cargo() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Runs a command to its end; its failure is an error that names it.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let name = format!("{command:?}").replace('"', "");
    let status = command.status().with_context(|| format!("while starting `{name}`"))?;
    if !status.success() {
        bail!("`{name}` failed: {status}");
    }
    Ok(())
}

/// Builds fwc in one of cargo's two profiles, and gives its binary.
///
/// Without optimizations, it is built with the features that all tests are built with, so that what both depend on is built
/// once: where no test is among what is built, cargo leaves out the features that dev-dependencies ask for.
pub(crate) fn build_fwc(folder: &str) -> Result<PathBuf> {
    announce(if folder == "release" { "building fwc with optimizations" } else { "building fwc" });
    let mut command = Command::new(cargo());
    command.args(["build", "--quiet"]).current_dir(repository());
    if folder == "release" {
        command.args(["--release", "--package", "fwc"]);
    } else {
        command.args(["--workspace", "--bin", "fwc", "--test", "ui"]);
    }
    run(&mut command)?;
    let binary = target_folder().join(folder).join(format!("fwc{}", std::env::consts::EXE_SUFFIX));
    ensure!(binary.is_file(), "cargo has put no fwc into {}", binary.display());
    Ok(binary)
}

/// Where cargo builds.
pub(crate) fn target_folder() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| repository().join("target"), PathBuf::from)
}
