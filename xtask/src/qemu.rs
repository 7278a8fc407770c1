//! `cargo xtask qemu`: the runtime's channels and behaviours on a Cortex-M3 and on a RISC-V, in Debian's QEMU.
//!
//! Builds tests/qemu for both, boots it, and holds what it tells against tests/qemu/expected.txt: the same lines at the same
//! milliseconds on both. QEMU counts instructions in place of time, so that a run does not depend on the machine.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use fwc_build::Environment;
use similar::TextDiff;

use crate::setup::{self, announce, cache_folder, repository, run};

/// A machine of QEMU's.
struct Emulated {
    title: &'static str,
    target: &'static str,
    program: &'static str,
    /// Debian's package with the program.
    package: &'static str,
    arguments: &'static [&'static str],
}

const MACHINES: [Emulated; 2] = [
    Emulated {
        title: "Cortex-M3",
        target: "thumbv7m-none-eabi",
        program: "qemu-system-arm",
        package: "qemu-system-arm",
        arguments: &["-machine", "lm3s6965evb"],
    },
    Emulated {
        title: "RISC-V",
        target: "riscv32imc-unknown-none-elf",
        program: "qemu-system-riscv32",
        package: "qemu-system-misc",
        arguments: &["-machine", "virt", "-bios", "none"],
    },
];

/// A run is a second of the emulated time, and less of real time; one that hangs is ended.
const LIMIT: &str = "60";

/// Boots the program on both machines.
pub(crate) fn run_all() -> Result<()> {
    let package = repository().join("tests/qemu");
    let expected = std::fs::read_to_string(package.join("expected.txt"))
        .context("while reading tests/qemu/expected.txt")?;
    for machine in &MACHINES {
        setup::program(machine.program, machine.package)?;
        let image = build(&package, machine)?;
        let told = boot(machine, &image)?;
        if told != expected {
            let names = ("tests/qemu/expected.txt", machine.title);
            print!("{}", TextDiff::from_lines(&expected, &told).unified_diff().header(names.0, names.1));
        }
        ensure!(told == expected, "on {} the runtime does not do what tests/qemu expects", machine.title);
        announce(&format!("{} in QEMU: {} lines as expected", machine.title, told.lines().count()));
    }
    Ok(())
}

fn build(package: &Path, machine: &Emulated) -> Result<PathBuf> {
    let toolchain = setup::firmware_toolchain(machine.target)?;
    let target = cache_folder().join("qemu");
    let mut command = toolchain.cargo_command(&Environment::of_this_process());
    command
        .args(["build", "--release", "--quiet", "--locked"])
        .args(toolchain.cargo_arguments())
        .env("CARGO_TARGET_DIR", &target)
        .current_dir(package);
    run(&mut command)?;
    Ok(target.join(machine.target).join("release/fwc-tests-qemu"))
}

fn boot(machine: &Emulated, image: &Path) -> Result<String> {
    let output = Command::new("timeout")
        .arg(LIMIT)
        .arg(machine.program)
        .args(machine.arguments)
        .args(["-nographic", "-monitor", "none", "-serial", "none", "-icount", "shift=6,sleep=off"])
        .args(["-semihosting-config", "enable=on,target=native", "-kernel"])
        .arg(image)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("while starting {}", machine.program))?;
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{} ended with {}: {told}{complaint}", machine.program, output.status);
    Ok(told)
}
