//! The longest time from a tick to the end of its work: what takes longer is counted and logged.

use core::sync::atomic::{AtomicU32, Ordering};

use embassy_time::{Duration, Instant};

use crate::ticker::Monitor;

/// How long a task may take from a tick to the end of its work, and how often it took longer.
///
/// The time counts from when the tick fell, not from when the task got to it: work that waits for another task is late
/// too. A tick whose work never ends is not counted; the watchdog is for that.
pub struct Deadline {
    task: &'static str,
    limit: Duration,
    missed: AtomicU32,
}

impl Deadline {
    /// The deadline of a task, which is named in the log.
    pub const fn new(task: &'static str, limit: Duration) -> Self {
        Self { task, limit, missed: AtomicU32::new(0) }
    }

    /// How often the deadline was missed.
    pub fn missed(&self) -> u32 {
        self.missed.load(Ordering::Relaxed)
    }
}

impl Monitor for &'static Deadline {
    fn done(&mut self, due: Instant, _period: Duration) {
        let took = Instant::now().saturating_duration_since(due);
        if took > self.limit {
            // Only the task itself counts, so that none is lost between reading and writing.
            let missed = self.missed().wrapping_add(1);
            self.missed.store(missed, Ordering::Relaxed);
            warn!(
                "{}: the deadline is missed, done {} us after the tick; missed {} times",
                self.task,
                took.as_micros(),
                missed
            );
        }
    }
}
