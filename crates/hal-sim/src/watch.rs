//! Notices that a poll does not come back: a task loops without an `.await`, and no virtual time can end that.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use crate::orders::Job;
use crate::{executor, report, steps, tasks, world};

/// How long a single round of polls may take on any machine that simulates.
const PATIENCE: Duration = Duration::from_secs(4);

/// How often is looked.
const STEP: Duration = Duration::from_millis(50);

/// Watches from now on. A run that takes longer than the job allows is given up.
pub(crate) fn start(job: &Job) {
    let limit = Duration::from_millis(job.wall_limit_millis);
    let started = Instant::now();
    thread::spawn(move || {
        let (mut seen, mut since) = (0, Instant::now());
        loop {
            thread::sleep(STEP);
            let polls = executor::POLLS.load(Ordering::Relaxed);
            if polls != seen || steps::waits() {
                (seen, since) = (polls, Instant::now());
            }
            if since.elapsed() > PATIENCE && polls > 0 {
                let note =
                    "it works for seconds without an `.await`: on the chip, no other task would run either";
                report::broken(world::now(), "loops for ever", tasks::last(), note);
                std::process::exit(1);
            }
            if !limit.is_zero() && started.elapsed() > limit {
                report::end(world::now(), "wall-limit");
                std::process::exit(0);
            }
        }
    });
}
