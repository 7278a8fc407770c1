//! A watchdog that is fed while every supervised task keeps its pace.
//!
//! A supervised task is heard of when it is done with the work of a tick no later than two of its periods after that
//! tick fell. The watchdog is fed when all tasks have been heard of since it was fed last. So it bites when one has
//! not been for as long as its timeout: because it stands still, because another keeps the core from it, or because it
//! has more work than time.
//!
//! What is known of the tasks is kept where it outlives the reset, so that the next start can say which one it was.

use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicU32, Ordering};

use embassy_sync::blocking_mutex::raw::{CriticalSectionRawMutex, RawMutex};
use embassy_time::{Duration, Instant};

use crate::ticker::Monitor;

/// What resets the chip when it is not fed in time, and keeps two words of flags, one a task, through that.
///
/// Tasks on all executors and cores share it without a lock, so a change of flags must be one step for all of them.
pub trait Watchdog {
    /// All supervised tasks: the lowest bits, one a task.
    const TASKS: u32;

    /// Begins the timeout anew.
    fn feed();

    /// Sets flags of a word.
    fn set(word: Word, flags: u32);

    /// Clears flags of a word.
    fn clear(word: Word, flags: u32);

    /// All flags of a word.
    fn flags(word: Word) -> u32;

    /// Whether there is one task and no other. The watchdog is then fed whenever that is heard of, and when it bites it is
    /// for that: what is awaited need not be kept.
    #[doc(hidden)]
    const ALONE: bool = Self::TASKS.count_ones() == 1;
}

/// What is kept of each task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// Whether it is still to be heard of.
    Awaited,
    /// Whether it is at work: between a tick and the end of its work.
    AtWork,
}

/// A watchdog of a chip that has no registers which outlive its reset: its two words are in RAM.
pub trait KeptInRam {
    /// All supervised tasks, as of a [`Watchdog`].
    const TASKS: u32;

    /// RAM that the start of the firmware leaves alone, which keeps what it holds while there is power. After power has come,
    /// it holds anything, which nobody looks at: then it was not the watchdog.
    fn memory() -> &'static MaybeUninit<Kept>;

    /// Begins the timeout anew.
    fn feed();
}

impl<W: KeptInRam> Watchdog for W {
    const TASKS: u32 = <W as KeptInRam>::TASKS;

    fn feed() {
        <W as KeptInRam>::feed();
    }

    fn set(word: Word, flags: u32) {
        Kept::of(W::memory()).change(word, |kept| kept | flags);
    }

    fn clear(word: Word, flags: u32) {
        Kept::of(W::memory()).change(word, |kept| kept & !flags);
    }

    fn flags(word: Word) -> u32 {
        Kept::of(W::memory()).word(word).load(Ordering::Relaxed)
    }
}

/// Both words in RAM.
pub struct Kept {
    awaited: AtomicU32,
    at_work: AtomicU32,
}

impl Kept {
    fn of(memory: &'static MaybeUninit<Kept>) -> &'static Kept {
        // SAFETY: every pattern of bits is two words of flags, and the memory is there for as long as the firmware runs.
        #[allow(unsafe_code)]
        unsafe {
            memory.assume_init_ref()
        }
    }

    /// In one step for all tasks: not every core has an instruction for that.
    fn change(&self, word: Word, change: impl FnOnce(u32) -> u32) {
        let kept = self.word(word);
        CriticalSectionRawMutex::new()
            .lock(|| kept.store(change(kept.load(Ordering::Relaxed)), Ordering::Relaxed));
    }

    fn word(&self, word: Word) -> &AtomicU32 {
        match word {
            Word::Awaited => &self.awaited,
            Word::AtWork => &self.at_work,
        }
    }
}

/// Begins to wait for all tasks, none of which is at work. The watchdog is to be started next.
pub fn start<W: Watchdog>() {
    W::clear(Word::AtWork, W::TASKS);
    if !W::ALONE {
        W::set(Word::Awaited, W::TASKS);
    }
}

/// Logs that a task stopped, where it did; after a reset by the watchdog and before [`start`].
pub fn report<W: Watchdog>(task: u32, name: &str) {
    if !W::ALONE && W::flags(Word::Awaited) & (1 << task) == 0 {
        return;
    }
    if W::flags(Word::AtWork) & (1 << task) == 0 {
        error!("the watchdog has reset the chip: `{}` was not on time for its ticks", name);
    } else {
        error!("the watchdog has reset the chip: `{}` was not done with the work of a tick", name);
    }
}

/// A supervised task, by its number.
pub struct Supervised<W, const TASK: u32>(core::marker::PhantomData<fn() -> W>);

impl<W: Watchdog, const TASK: u32> Supervised<W, TASK> {
    /// The task's own sign of life.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        const { assert!(W::TASKS & (1 << TASK) != 0, "the watchdog must know of the task") };
        Self(core::marker::PhantomData)
    }
}

impl<W: Watchdog, const TASK: u32> Monitor for Supervised<W, TASK> {
    fn begun(&mut self) {
        W::set(Word::AtWork, 1 << TASK);
    }

    fn done(&mut self, due: Instant, period: Duration) {
        W::clear(Word::AtWork, 1 << TASK);
        if Instant::now().saturating_duration_since(due) > period * 2 {
            return;
        }
        if W::ALONE {
            W::feed();
            return;
        }
        W::clear(Word::Awaited, 1 << TASK);
        // A task that comes between the question and the answer may be awaited again although it has just been heard
        // of: it is, with its next tick.
        if W::flags(Word::Awaited) == 0 {
            W::set(Word::Awaited, W::TASKS);
            W::feed();
        }
    }
}
