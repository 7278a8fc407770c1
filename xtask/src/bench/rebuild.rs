//! `fwc build` with nothing changed beside cargo's own no-op, and what a changed rate rebuilds.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use fwc_build::{Environment, Toolchain};

use super::{milliseconds, shortest_time, work_folder};
use crate::setup::{self, announce, run};

pub(super) fn bench(fwc: &Path) -> Result<()> {
    let project = work_folder().join("rebuild");
    let target = work_folder().join("build");
    if project.exists() {
        std::fs::remove_dir_all(&project).with_context(|| format!("while removing {}", project.display()))?;
    }
    std::fs::create_dir_all(work_folder())?;
    run(Command::new(fwc)
        .args(["new", "rebuild", "--example", "blink-echo", "--quiet"])
        .current_dir(work_folder()))?;
    let build = || {
        let mut command = Command::new(fwc);
        command.args(["build", "--board", "rpi-pico"]).env("CARGO_TARGET_DIR", &target).current_dir(&project);
        command
    };
    announce("building once");
    run(&mut build())?;
    let toolchain = setup::firmware_toolchain("thumbv6m-none-eabi")?;
    let no_op = shortest_time(|| {
        let mut command = toolchain.cargo_command(&Environment::of_this_process());
        command
            .args(["build", "--release"])
            .args(toolchain.cargo_arguments())
            .env("CARGO_TARGET_DIR", &target)
            .current_dir(project.join("generated/rpi-pico"));
        command
    })?;
    let whole = shortest_time(build)?;
    println!("\nNothing changed (whole process, the quickest of 9)");
    println!("cargo build {:>8.1} ms", milliseconds(no_op));
    println!("fwc build   {:>8.1} ms", milliseconds(whole));
    println!(
        "fwc adds    {:>8.1} ms (bar: under 50), ratio {:.2}",
        milliseconds(whole) - milliseconds(no_op),
        whole.as_secs_f64() / no_op.as_secs_f64()
    );
    changed_rate(fwc, &project, &toolchain, &target)
}

/// Changes one rate and lists what cargo compiles.
fn changed_rate(fwc: &Path, project: &Path, toolchain: &Toolchain, target: &Path) -> Result<()> {
    let path = project.join("app.toml");
    let text = std::fs::read_to_string(&path).with_context(|| format!("while reading {}", path.display()))?;
    let changed = text.replace("rate = \"2Hz\"", "rate = \"5Hz\"");
    ensure!(changed != text, "the example blink-echo has no rate of 2 Hz any more");
    std::fs::write(&path, changed).with_context(|| format!("while writing {}", path.display()))?;
    run(Command::new(fwc).args(["generate", "--quiet", "--board", "rpi-pico"]).current_dir(project))?;
    let output = toolchain
        .cargo_command(&Environment::of_this_process())
        .args(["build", "--release", "--message-format", "json"])
        .args(toolchain.cargo_arguments())
        .env("CARGO_TARGET_DIR", target)
        .current_dir(project.join("generated/rpi-pico"))
        .output()?;
    ensure!(output.status.success(), "the changed project does not build");
    let messages = String::from_utf8_lossy(&output.stdout);
    let compiled: Vec<&str> =
        messages.lines().filter(|line| line.contains("\"fresh\":false")).filter_map(package_name).collect();
    println!("\nOne rate changed: cargo compiled {} (bar: the generated crate alone)", compiled.join(", "));
    Ok(())
}

/// The target's name in an artifact message of cargo's.
fn package_name(message: &str) -> Option<&str> {
    message.split("\"name\":\"").nth(1)?.split('"').next()
}
