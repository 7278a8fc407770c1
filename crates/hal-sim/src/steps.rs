//! A run that is led: at the end of each step it waits, and stdin says what happens then and how far the next one goes.
//!
//! The world outside is at the wall clock's pace, and what it does has its moment of virtual time all the same: given
//! again at those moments, it leads to the same run.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::orders::{self, Job};
use crate::{report, world};

/// How long the whole run is; 0 where it is not led.
static RUN_FOR: AtomicU64 = AtomicU64::new(0);
static WAITS: AtomicBool = AtomicBool::new(false);

pub(crate) fn start(job: &Job) {
    if job.steps {
        RUN_FOR.store(job.run_for, Ordering::Relaxed);
    }
}

/// Whether it waits to be told: then nothing moves, and nothing is wrong.
pub(crate) fn waits() -> bool {
    WAITS.load(Ordering::Relaxed)
}

/// Tells that the step is over, and begins the next one; `false` at the end of the run.
pub(crate) fn go_on() -> bool {
    let run_for = RUN_FOR.load(Ordering::Relaxed);
    if world::now() >= run_for {
        return false;
    }
    report::reached(world::now());
    WAITS.store(true, Ordering::Relaxed);
    let step = orders::read_step();
    WAITS.store(false, Ordering::Relaxed);
    // Nobody leads any more: fwc has ended.
    let Some(step) = step else { std::process::exit(0) };
    world::prolong(step.until.min(run_for), step.orders);
    true
}
