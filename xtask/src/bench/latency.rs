//! Cycles from an edge on a pin to the answer of the task that waits for it, by fwc and by hand, in the emulator.
//!
//! The emulator's cycles are not the chip's, so only the ratio within one run says something.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use fwc_sim::{Emulator, Job, Level, Nanos, Pin};

use super::measured::{self, Row};
use super::pairs::{self, LATENCY};
use crate::setup::announce;

const EDGE: Pin = Pin(2);
const ANSWER: Pin = Pin(3);
/// 125 MHz.
const NANOS_IN_A_CYCLE: f64 = 8.0;
/// Edges that are timed, a millisecond apart and beginning when both programs are long since waiting.
const EDGES: u64 = 20;
const FIRST: u64 = 50;

pub(super) fn bench(fwc: &Path, emulator: &Emulator) -> Result<()> {
    announce("building the twins");
    let by_hand = pairs::build_by_hand()?;
    announce("building the apps");
    println!("\nCycles from an edge to the pin that the woken task writes, the mean of {EDGES} edges");
    println!("{:<18} {:>10} {:>10} {:>8}", "executor", "fwc", "hand", "ratio");
    let mut rows = Vec::new();
    for pair in &LATENCY {
        let row = Row {
            name: pair.name().trim_start_matches("latency-").to_string(),
            by_fwc: cycles(emulator, &pairs::build_app(fwc, pair, "rpi-pico")?)?,
            by_hand: cycles(emulator, &by_hand.images.join(pair.twin))?,
        };
        println!("{:<18} {:>10.1} {:>10.1} {:>8.3}", row.name, row.by_fwc, row.by_hand, row.ratio());
        rows.push(row);
    }
    println!("bar: 1.00 or below");
    measured::record("latency", &by_hand.toolchain, &rows)
}

/// The mean time from an edge to its answer.
fn cycles(emulator: &Emulator, elf: &Path) -> Result<f64> {
    let edges: Vec<Nanos> = (0..EDGES).map(|edge| Nanos((FIRST + edge) * 1_000_000)).collect();
    let levels = [Level::High, Level::Low].into_iter().cycle();
    let idle = Job::new(elf, Nanos((FIRST + EDGES) * 1_000_000)).drive(Nanos(0), EDGE, Level::Low);
    let job = edges.iter().zip(levels).fold(idle, |job, (at, level)| job.drive(*at, EDGE, level));
    let trace = emulator.run(&job).with_context(|| format!("while running {}", elf.display()))?;
    let answers: Vec<Nanos> = trace.edges(ANSWER).map(|edge| edge.at).collect();
    ensure!(answers.len() == edges.len(), "{} answers {} edges of {EDGES}", elf.display(), answers.len());
    let waited: u64 = edges.iter().zip(&answers).map(|(edge, answer)| answer.0 - edge.0).sum();
    Ok(waited as f64 / EDGES as f64 / NANOS_IN_A_CYCLE)
}
