//! Images made by fwc beside the same programs written by hand on Embassy: text + data + bss.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use fwc_build::{Environment, SizeReport, measure};

use super::work_folder;
use crate::setup::{self, announce, repository, run};

/// An example and its twin's binary.
const PAIRS: &[(&str, &str)] = &[
    ("blink", "blink"),
    ("echo", "echo"),
    ("blink-echo", "blink_echo"),
    ("button", "button"),
    ("pipeline", "pipeline"),
    ("overload", "overload"),
    ("usb-echo", "usb_serial"),
];

pub(super) fn bench(fwc: &Path) -> Result<()> {
    announce("building the twins");
    let twins = build_twins()?;
    // Read before the examples are built: a binary of the same name takes its place.
    let by_hand: Vec<SizeReport> =
        PAIRS.iter().map(|(_, twin)| sizes(&twins.join(twin))).collect::<Result<_>>()?;
    announce("building the examples");
    println!("\nImage sizes on the RP2040: by fwc, and by hand (opt-level s, fat LTO, defmt over RTT)");
    println!("{:<12} {:>22} {:>22} {:>8}", "example", "fwc text/data/bss", "hand text/data/bss", "ratio");
    for ((example, _), by_hand) in PAIRS.iter().zip(&by_hand) {
        let composed = sizes(&build_example(fwc, example)?)?;
        let ratio = total(&composed) as f64 / total(by_hand) as f64;
        println!("{example:<12} {:>22} {:>22} {ratio:>8.3}", shown(&composed), shown(by_hand));
    }
    println!("bar: 1.00 or below");
    Ok(())
}

fn sizes(elf: &Path) -> Result<SizeReport> {
    let bytes = std::fs::read(elf).with_context(|| format!("while reading {}", elf.display()))?;
    measure(&bytes, &[]).with_context(|| format!("while reading {}", elf.display()))
}

fn total(sizes: &SizeReport) -> u64 {
    sizes.text + sizes.data + sizes.bss
}

fn shown(sizes: &SizeReport) -> String {
    format!("{}/{}/{}", sizes.text, sizes.data, sizes.bss)
}

/// Builds all twins with the toolchain that fwc takes, and gives the folder of their binaries.
fn build_twins() -> Result<PathBuf> {
    let toolchain = setup::firmware_toolchain("thumbv6m-none-eabi")?;
    let target = work_folder().join("build");
    let mut command = toolchain.cargo_command(&Environment::of_this_process());
    command
        .args(["build", "--release", "--quiet", "--locked"])
        .args(toolchain.cargo_arguments())
        .env("DEFMT_LOG", "info")
        .env("CARGO_TARGET_DIR", &target)
        .current_dir(repository().join("tests/twins/rp2040"));
    run(&mut command)?;
    Ok(target.join("thumbv6m-none-eabi/release"))
}

/// Builds a copy of an example, made by `fwc new`, and gives its ELF.
fn build_example(fwc: &Path, example: &str) -> Result<PathBuf> {
    let project = work_folder().join("examples").join(example);
    if project.exists() {
        std::fs::remove_dir_all(&project).with_context(|| format!("while removing {}", project.display()))?;
    }
    std::fs::create_dir_all(work_folder().join("examples"))?;
    run(Command::new(fwc)
        .args(["new", example, "--example", example, "--quiet"])
        .current_dir(work_folder().join("examples")))?;
    run(Command::new(fwc)
        .args(["build", "--quiet", "--board", "rpi-pico"])
        .env("CARGO_TARGET_DIR", work_folder().join("build"))
        .stdout(std::process::Stdio::null())
        .current_dir(&project))?;
    let elf = project.join("target/fwc/rpi-pico").join(format!("{example}.elf"));
    ensure!(elf.is_file(), "fwc has written no {}", elf.display());
    Ok(elf)
}
