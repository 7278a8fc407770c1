//! The executors, polled in a loop: the one of the highest priority first.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use embassy_executor::raw::Executor;
use embassy_executor::{SendSpawner, SpawnError, SpawnToken, Spawner};

use crate::{report, steps, tasks, world};

/// So many polls without a step of time are no work any more, but a task that never waits.
const MOST_POLLS: u64 = 1_000_000;

/// The thread executor's place; those of higher priorities stand behind it, and those of the second core behind these.
const THREAD: usize = 0;
const CORE1: usize = 3;
const COUNT: usize = 6;

static PENDING: [AtomicBool; COUNT] = [const { AtomicBool::new(false) }; COUNT];

/// How many polls there were: the pulse that `watch` feels.
pub(crate) static POLLS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static EXECUTORS: RefCell<Vec<(usize, &'static Executor)>> = const { RefCell::new(Vec::new()) };
}

/// embassy-executor calls it when an executor has work; the context says which.
#[unsafe(export_name = "__pender")]
#[allow(unsafe_code, reason = "embassy-executor finds it by its name")]
fn pender(context: *mut ()) {
    PENDING[context as usize].store(true, Ordering::Relaxed);
}

/// The thread executor.
pub(crate) fn thread() -> &'static Executor {
    make(THREAD)
}

/// Makes an executor whose tasks are polled before those of the levels below, the thread executor's being 0.
pub fn start(level: usize) -> SendSpawner {
    make(level).spawner().make_send()
}

/// Spawns a task on such an executor.
///
/// # Panics
/// The task is running already: each has room for one.
pub fn spawn<S: Send>(spawner: SendSpawner, task: Result<SpawnToken<S>, SpawnError>) {
    spawner.spawn(task.expect("what generated code spawns once has room"));
}

fn make(level: usize) -> &'static Executor {
    assert!(level < COUNT, "there are {COUNT} levels");
    let executor: &'static Executor = Box::leak(Box::new(Executor::new(level as *mut ())));
    EXECUTORS.with_borrow_mut(|executors| {
        executors.push((level, executor));
        // Of one urgency, core 0 comes first.
        executors.sort_by_key(|(level, _)| (std::cmp::Reverse(level % CORE1), level / CORE1));
    });
    executor
}

/// Begins the second core, whose tasks are polled in turn with those of the first. It does what it is given at once.
pub fn start_core1(begin: impl FnOnce()) {
    begin();
}

/// The thread executor of the second core.
pub fn run_core1(init: impl FnOnce(Spawner)) {
    init(make(CORE1).spawner());
}

/// Polls and goes on in time, until the run is over.
pub(crate) fn run() {
    let executors = EXECUTORS.with_borrow(Clone::clone);
    loop {
        let mut polls = 0;
        while let Some((level, executor)) = executors.iter().find(|(level, _)| is_pending(*level)) {
            PENDING[*level].store(false, Ordering::Relaxed);
            // Only this thread counts, so that no lock of the bus is needed.
            POLLS.store(POLLS.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
            // SAFETY: `poll` must not be called reentrantly: this is the only place, and no task comes here.
            #[allow(unsafe_code)]
            unsafe {
                executor.poll();
            }
            polls += 1;
            if polls > MOST_POLLS {
                let note = format!(
                    "it was polled {MOST_POLLS} times at one moment: a round of it has no `.await` that waits"
                );
                report::broken(world::now(), "never sleeps", tasks::last(), &note);
                std::process::exit(1);
            }
        }
        if !world::go_on() && !steps::go_on() {
            return;
        }
    }
}

fn is_pending(level: usize) -> bool {
    PENDING[level].load(Ordering::Relaxed)
}
