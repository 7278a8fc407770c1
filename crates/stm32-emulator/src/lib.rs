//! An emulated STM32F407: an image and stimuli in, events out.
//!
//! ```text
//! lines on stdin --serve--> lines on stdout     the protocol of crates/sim/README.md, as its RP2040 emulator speaks it
//! ELF file --read_image--> Image                what to place in the flash, where functions, statics and the log are
//! Job + Image --Machine::run--> events          on virtual time: two runs of a job give the same bytes
//! ```
//!
//! The core and most blocks of the chip are those of the `rsemu` crate; the uarts, the wires and the loop are here. README.md
//! says what is modelled and what is not.

mod bridge;
mod calls;
mod chip;
mod clock;
mod fault;
mod image;
mod job;
mod machine;
mod outside;
mod parts;
mod pins;
mod rtt;
mod uart;
mod wires;
mod work;

use std::io::{BufRead, Write};
use std::thread;
use std::time::{Duration, Instant};

use crate::bridge::Bridge;
use crate::image::read_image;
use crate::job::{Job, JobError, Pace, parse_job, parse_stimulus};
use crate::machine::{Machine, Reason};

/// Between two looks at the core and at the output buffer.
const SLICE_NANOS: u64 = 20_000_000;
const STEP: Duration = Duration::from_millis(2);
const LONGEST_STEP_NANOS: u64 = 10_000_000;
const MOST_BEHIND: Duration = Duration::from_millis(100);

/// Runs the one job that comes in as the first line on a board with this crystal, or clock in its place, and tells what happens as lines. The exit code: 0 where the run came to
/// its end, 1 where the job cannot be run, which the only line says.
pub fn serve(crystal_hz: u32, input: &mut dyn BufRead, output: &mut dyn Write) -> u8 {
    let mut bridge = Bridge::new(input, output);
    match prepare(&mut bridge) {
        Ok((job, image)) => {
            let plan = Plan {
                run_for: job.run_for,
                pace: job.pace,
                deadline: Instant::now() + Duration::from_millis(job.wall_limit_ms),
            };
            run(Machine::new(crystal_hz, &image, job, bridge), plan);
            0
        }
        Err(error) => {
            bridge.event(&error.to_json());
            bridge.flush();
            1
        }
    }
}

/// How far a run goes, at which pace, and when it is given up.
struct Plan {
    run_for: u64,
    pace: Pace,
    deadline: Instant,
}

fn prepare(bridge: &mut Bridge<'_>) -> Result<(Job, image::Image), JobError> {
    let line = bridge.line();
    let line =
        line.ok_or_else(|| JobError::new("no job came", "stdin", "send the job as one line of JSON"))?;
    let job = parse_job(&line)?;
    let file = std::fs::read(&job.elf).map_err(|error| {
        JobError::new(format!("the image cannot be read: {error}"), &job.elf, "build the firmware first")
    })?;
    let image = read_image(&file, &job.elf)?;
    Ok((job, image))
}

fn run(mut machine: Machine<'_>, plan: Plan) {
    let reason = match plan.pace {
        Pace::Fast => run_until(&mut machine, plan.run_for, plan.deadline),
        Pace::Steps => run_steps(&mut machine, &plan),
        Pace::Real => run_paced(&mut machine, &plan),
    };
    let end = machine.end(reason);
    if plan.pace != Pace::Real {
        machine.end_work(plan.deadline);
    }
    machine.bridge.event(&end);
    machine.bridge.flush();
}

fn run_until(machine: &mut Machine<'_>, until: u64, deadline: Instant) -> Reason {
    let mut reason = Reason::Time;
    while reason == Reason::Time && machine.now() < until {
        reason = machine.run(until.min(machine.now() + SLICE_NANOS), deadline);
        machine.bridge.flush_if_due();
        if reason == Reason::Time && machine.look() {
            return Reason::Stopped;
        }
    }
    reason
}

/// Goes on as far as it is told, step by step, and waits in between.
fn run_steps(machine: &mut Machine<'_>, plan: &Plan) -> Reason {
    let mut reason = Reason::Time;
    while reason == Reason::Time && machine.now() < plan.run_for {
        let answer = machine.bridge.ask(&format!("step {}", machine.now()));
        let words: Vec<u64> = answer.split(' ').filter_map(|word| word.parse().ok()).collect();
        let [count, until] = words[..] else { return Reason::Stopped };
        take_stimuli(machine, count);
        reason = run_until(machine, until.min(plan.run_for), plan.deadline);
    }
    reason
}

/// Follows the wall clock in short steps, so that stimuli act soon. A chip that is too much for this machine runs
/// slower than the clock instead of hurrying after it.
fn run_paced(machine: &mut Machine<'_>, plan: &Plan) -> Reason {
    let mut start = Instant::now();
    let mut reason = Reason::Time;
    while reason == Reason::Time && machine.now() < plan.run_for {
        let count = machine.bridge.ask("stimuli").parse().unwrap_or(0);
        take_stimuli(machine, count);
        let target = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let step = target.min(machine.now() + LONGEST_STEP_NANOS).min(plan.run_for);
        reason = machine.run(step, plan.deadline);
        machine.bridge.flush();
        let behind = start.elapsed().saturating_sub(Duration::from_nanos(machine.now()));
        if behind > MOST_BEHIND {
            start += behind;
        }
        if reason == Reason::Time && Instant::now() >= plan.deadline {
            reason = Reason::WallLimit;
        }
        if behind <= STEP {
            thread::sleep(STEP);
        }
    }
    reason
}

/// Takes so many lines of what is to happen. One that is no stimulus is answered with its error; the run goes on.
fn take_stimuli(machine: &mut Machine<'_>, count: u64) {
    for _ in 0..count {
        let Some(line) = machine.bridge.line() else { return };
        let now = machine.now();
        match parse_stimulus(&line, now) {
            Ok(stimulus) => machine.add(stimulus),
            Err(error) => {
                let mut event = error.to_json();
                event["t"] = now.into();
                machine.bridge.event(&event);
            }
        }
    }
}
