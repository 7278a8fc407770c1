//! The very images that would be flashed, in the emulated RP2040: what their pins and uarts do, on virtual time.

mod analog;
mod behaviors;
mod buses;
mod channels;
mod cores;
mod devices;
mod ejected;
mod examples;
mod execution;
mod failures;
mod live;
mod newer;
mod observed;
mod one_name;
mod pulses;
mod readers;
mod scenarios;
mod shelf;
mod stm32;
mod thresholds;
mod uarts;
mod usb;
mod watchdog;
mod wires;

use fwc_sim::{Edge, Job, Level, Nanos, Pin, Trace};
use fwc_tests::{build_project, emulator};

/// Builds a project of this folder and gives the job of running it.
fn job(project: &str, run_for: Nanos) -> Job {
    Job::new(build_project(&format!("tests/firmware/{project}"), "rpi-pico").elf, run_for)
}

/// Runs a job to its end; a fault of the core fails the test.
#[track_caller]
fn run(job: &Job) -> Trace {
    let trace = emulator().run(job).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(trace.faults(), Vec::<String>::new());
    trace
}

/// The level changes of a pin from `from` on.
fn edges_from(trace: &Trace, pin: Pin, from: Nanos) -> Vec<Edge> {
    trace.edges(pin).filter(|edge| edge.at >= from).collect()
}

/// Asserts that a pin changes at every multiple of `period`, each within `tolerance`, first to `first`.
#[track_caller]
fn assert_pace(edges: &[Edge], period: Nanos, tolerance: Nanos, first: Level) {
    let mut level = first;
    for (count, edge) in edges.iter().enumerate() {
        let expected = period.0 * (count as u64 + 1);
        let late = edge.at.0.abs_diff(expected);
        assert!(late <= tolerance.0, "edge {count} is at {}, {late} ns from {}", edge.at, Nanos(expected));
        assert_eq!(edge.level, level, "edge {count}");
        level = if level == Level::High { Level::Low } else { Level::High };
    }
}
