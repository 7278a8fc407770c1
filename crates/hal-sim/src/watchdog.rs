//! The watchdog: where it is not fed in time, the chip begins anew, and what is known of the tasks outlives that.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use fwc_runtime::supervisor::{self, Supervised, Word};

use crate::restart::{self, Cause};
use crate::world::{self, Act};

/// Words that outlive a reset, as the chip's scratch registers do.
static WORDS: [AtomicU32; 2] = [const { AtomicU32::new(0) }; 2];

/// How often it was fed: only the newest meal counts.
static MEALS: AtomicU64 = AtomicU64::new(0);

/// The watchdog, which bites when it is not fed for `TIMEOUT` microseconds, and its `TASKS` supervised tasks.
pub struct Watchdog<const TIMEOUT: u32, const TASKS: u32>;

impl<const TIMEOUT: u32, const TASKS: u32> Watchdog<TIMEOUT, TASKS> {
    /// Logs that the watchdog has reset the chip for this task, where it did. Before [`start`](Self::start).
    pub fn report(task: u32, name: &str) {
        if restart::cause() == Some(Cause::Watchdog) {
            supervisor::report::<Self>(task, name);
        }
    }

    /// Starts the watchdog.
    pub fn start() {
        supervisor::start::<Self>();
        <Self as supervisor::Watchdog>::feed();
    }

    /// The sign of life of a task.
    pub const fn task<const TASK: u32>() -> Supervised<Self, TASK> {
        Supervised::new()
    }
}

impl<const TIMEOUT: u32, const TASKS: u32> supervisor::Watchdog for Watchdog<TIMEOUT, TASKS> {
    const TASKS: u32 = u32::MAX >> (u32::BITS - TASKS);

    fn feed() {
        let meal = MEALS.fetch_add(1, Ordering::Relaxed) + 1;
        world::do_at(world::now() + u64::from(TIMEOUT) * 1_000, Act::Bite { meal });
    }

    fn set(word: Word, flags: u32) {
        place(word).fetch_or(flags, Ordering::Relaxed);
    }

    fn clear(word: Word, flags: u32) {
        place(word).fetch_and(!flags, Ordering::Relaxed);
    }

    fn flags(word: Word) -> u32 {
        place(word).load(Ordering::Relaxed)
    }
}

fn place(word: Word) -> &'static AtomicU32 {
    match word {
        Word::Awaited => &WORDS[0],
        Word::AtWork => &WORDS[1],
    }
}

/// The time since a meal is over.
pub(crate) fn hungry(meal: u64) {
    if MEALS.load(Ordering::Relaxed) == meal {
        restart::restart(Cause::Watchdog);
    }
}

/// The words that outlive a reset.
pub(crate) fn words() -> [u32; 2] {
    WORDS.each_ref().map(|word| word.load(Ordering::Relaxed))
}

/// They are as the run before has left them.
pub(crate) fn keep(words: [u32; 2]) {
    for (place, word) in WORDS.iter().zip(words) {
        place.store(word, Ordering::Relaxed);
    }
}
