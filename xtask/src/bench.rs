//! `cargo xtask bench`: the numbers that the project promises, each as a ratio within one run.

mod check;
mod flash;
mod latency;
pub(crate) mod measured;
pub(crate) mod pairs;
mod processor;
mod rebuild;
mod simulation;
mod size;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::setup::{self, repository};
use crate::twins;

/// Runs of each command that count, after one that does not.
const RUNS: usize = 9;

/// Prints every figure, or those of one part: `size`, `size-elsewhere`, `latency`, `check`, `rebuild`, `flash` or `simulation`.
pub(crate) fn bench(part: Option<&str>) -> Result<()> {
    let wanted = |name: &str| part.is_none_or(|part| part == name);
    ensure!(
        ["size", "size-elsewhere", "latency", "check", "rebuild", "flash", "simulation"]
            .into_iter()
            .any(wanted),
        "there is no benchmark `{}`: they are size, size-elsewhere, latency, check, rebuild, flash and simulation",
        part.unwrap_or_default()
    );
    // An image is the same bytes whoever builds it, so its size and its cycles ask for no optimized fwc.
    if wanted("size") || wanted("size-elsewhere") || wanted("latency") {
        let fwc = setup::build_fwc("debug")?;
        let machine = setup::prepare()?;
        if wanted("size-elsewhere") {
            size::bench_elsewhere(&fwc)?;
        }
        if wanted("size") {
            size::bench(&fwc)?;
        }
        if wanted("latency") {
            latency::bench(&fwc, &machine.emulator)?;
        }
        twins::run(twins::Mode::Write)?;
    }
    if ["check", "rebuild", "flash", "simulation"].into_iter().any(wanted) {
        let fwc = setup::build_fwc("release")?;
        if wanted("check") {
            check::bench(&fwc)?;
        }
        if wanted("simulation") {
            simulation::bench(&fwc)?;
        }
        if wanted("rebuild") {
            setup::prepare()?;
            rebuild::bench(&fwc)?;
        }
        if wanted("flash") {
            let machine = setup::prepare()?;
            flash::bench(&fwc, &machine.emulator)?;
        }
    }
    Ok(())
}

/// Where cargo puts what it has optimized.
fn release_folder() -> PathBuf {
    setup::target_folder().join("release")
}

/// Where benchmarks build; kept, so that a second run is quick.
fn work_folder() -> PathBuf {
    repository().join("target/bench")
}

/// The shortest time of a whole process, of [`RUNS`] runs after a first one: whatever else the machine does only adds.
fn shortest_time(mut command: impl FnMut() -> Command) -> Result<Duration> {
    let mut times = Vec::new();
    for _ in 0..=RUNS {
        let mut command = command();
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let name = format!("{command:?}");
        let start = Instant::now();
        let status = command.status().with_context(|| format!("while starting {name}"))?;
        times.push(start.elapsed());
        ensure!(status.success(), "{name} failed: {status}");
    }
    times.remove(0);
    times.into_iter().min().context("no run was counted")
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// Writes a file below a folder that may not be there yet.
fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("while making {}", folder.display()))?;
    }
    std::fs::write(path, text).with_context(|| format!("while writing {}", path.display()))
}
