//! The executor's trace hooks -> how busy each task and each core is, and how long tasks wait for their turn.
//!
//! Only in an image that was built to tell: `embassy-executor` calls the hooks of its feature `trace`, which
//! [`statistics!`](crate::statistics) defines. All times are ticks of `embassy-time`, in 32 bits that wrap around: who reads
//! them takes differences.

use core::array;
use core::cell::Cell;

use embassy_sync::blocking_mutex::Mutex;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_time::Instant;

/// More cores than these have no chip that fwc knows.
const CORES: usize = 2;

/// What is counted for at most `TASKS` tasks.
pub struct Statistics<const TASKS: usize>(Mutex<CriticalSectionRawMutex, Counters<TASKS>>);

struct Counters<const TASKS: usize> {
    tasks: [Task; TASKS],
    cores: [Core; CORES],
}

/// A task, by the executor's number of it: 0 where none was spawned yet.
struct Task {
    id: Cell<u32>,
    /// When it was woken, unless it was polled since.
    woken: Cell<Option<u32>>,
    begun: Cell<u32>,
    /// What its core had worked when it began, so that what interrupts it is not its own.
    before: Cell<u32>,
    polls: Cell<u32>,
    busy: Cell<u32>,
    longest: Cell<u32>,
    latest: Cell<u32>,
}

struct Core {
    /// How many executors are at work, each of which has interrupted the one before.
    executors: Cell<u32>,
    idle_since: Cell<Option<u32>>,
    idle: Cell<u32>,
    /// What all tasks of the core have worked.
    busy: Cell<u32>,
}

/// What a task has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TaskReport {
    /// The executor's number of it: the address of its static.
    pub id: u32,
    /// How often it was polled, ever.
    pub polls: u32,
    /// How long its polls took, ever: without what interrupted them to poll another task.
    pub busy: u32,
    /// The longest poll since the last report.
    pub longest: u32,
    /// The longest time from its waking to its poll since the last report.
    pub latest: u32,
}

impl<const TASKS: usize> Statistics<TASKS> {
    /// Nothing was counted yet.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self(Mutex::new(Counters {
            tasks: [const { Task::NEW }; TASKS],
            cores: [const { Core::NEW }; CORES],
        }))
    }

    /// The time that all methods are given.
    pub fn now() -> u32 {
        Instant::now().as_ticks() as u32
    }

    /// A task is spawned.
    pub fn spawned(&self, task: u32) {
        self.0.lock(|counters| {
            if counters.task(task).is_none()
                && let Some(free) = counters.task(0)
            {
                free.id.set(task);
            }
        });
    }

    /// A task is woken.
    pub fn woken(&self, task: u32, now: u32) {
        self.0.lock(|counters| {
            if let Some(task) = counters.task(task)
                && task.woken.get().is_none()
            {
                task.woken.set(Some(now));
            }
        });
    }

    /// A poll begins.
    pub fn begun(&self, task: u32, core: usize, now: u32) {
        self.0.lock(|counters| {
            if let Some(task) = counters.task(task) {
                if let Some(woken) = task.woken.take() {
                    task.latest.set(task.latest.get().max(now.wrapping_sub(woken)));
                }
                task.begun.set(now);
                task.before.set(counters.cores[core % CORES].busy.get());
            }
        });
    }

    /// A poll is over.
    pub fn done(&self, task: u32, core: usize, now: u32) {
        self.0.lock(|counters| {
            if let Some(task) = counters.task(task) {
                let all = &counters.cores[core % CORES].busy;
                let others = all.get().wrapping_sub(task.before.get());
                let own = now.wrapping_sub(task.begun.get()).wrapping_sub(others);
                task.polls.set(task.polls.get().wrapping_add(1));
                task.busy.set(task.busy.get().wrapping_add(own));
                task.longest.set(task.longest.get().max(own));
                all.set(all.get().wrapping_add(own));
            }
        });
    }

    /// An executor begins to poll what was woken.
    pub fn executor_begun(&self, core: usize, now: u32) {
        self.0.lock(|counters| {
            let core = &counters.cores[core % CORES];
            core.executors.set(core.executors.get().wrapping_add(1));
            if let Some(since) = core.idle_since.take() {
                core.idle.set(core.idle.get().wrapping_add(now.wrapping_sub(since)));
            }
        });
    }

    /// An executor has nothing more to poll.
    pub fn executor_done(&self, core: usize, now: u32) {
        self.0.lock(|counters| {
            let core = &counters.cores[core % CORES];
            core.executors.set(core.executors.get().saturating_sub(1));
            if core.executors.get() == 0 {
                core.idle_since.set(Some(now));
            }
        });
    }

    /// What the tasks have done; the longest times begin anew.
    pub fn tasks(&self) -> [TaskReport; TASKS] {
        self.0.lock(|counters| {
            array::from_fn(|index| {
                let task = &counters.tasks[index];
                TaskReport {
                    id: task.id.get(),
                    polls: task.polls.get(),
                    busy: task.busy.get(),
                    longest: task.longest.take(),
                    latest: task.latest.take(),
                }
            })
        })
    }

    /// How long a core had nothing to do, ever.
    pub fn idle(&self, core: usize) -> u32 {
        self.0.lock(|counters| counters.cores[core % CORES].idle.get())
    }

    /// Writes a report: a frame a task, and one for the time, which ends it. `fwc monitor` knows them by their text.
    #[cfg(feature = "defmt")]
    pub fn report(&self, cores: usize) {
        for task in self.tasks() {
            if task.id != 0 {
                let TaskReport { id, polls, busy, longest, latest } = task;
                defmt::println!(
                    "fwc-task {=u32} {=u32} {=u32} {=u32} {=u32}",
                    id,
                    polls,
                    busy,
                    longest,
                    latest
                );
            }
        }
        let second = if cores > 1 { self.idle(1) } else { 0 };
        defmt::println!(
            "fwc-time {=u32} {=u32} {=u8} {=u32} {=u32}",
            Self::now(),
            embassy_time::TICK_HZ as u32,
            cores as u8,
            self.idle(0),
            second
        );
    }
}

/// Writes a count of something that should not have happened, before a report.
#[cfg(feature = "defmt")]
pub fn report_missed(task: &'static str, count: u32) {
    defmt::println!("fwc-missed {=str} {=u32}", task, count);
}

/// The same of what a channel has dropped.
#[cfg(feature = "defmt")]
pub fn report_dropped(channel: &'static str, count: u32) {
    defmt::println!("fwc-dropped {=str} {=u32}", channel, count);
}

impl<const TASKS: usize> Counters<TASKS> {
    fn task(&self, id: u32) -> Option<&Task> {
        self.tasks.iter().find(|task| task.id.get() == id)
    }
}

impl Task {
    #[expect(clippy::declare_interior_mutable_const, reason = "each of an array begins as a copy of it")]
    const NEW: Task = Task {
        id: Cell::new(0),
        woken: Cell::new(None),
        begun: Cell::new(0),
        before: Cell::new(0),
        polls: Cell::new(0),
        busy: Cell::new(0),
        longest: Cell::new(0),
        latest: Cell::new(0),
    };
}

impl Core {
    #[expect(clippy::declare_interior_mutable_const, reason = "each of an array begins as a copy of it")]
    const NEW: Core =
        Core { executors: Cell::new(0), idle_since: Cell::new(None), idle: Cell::new(0), busy: Cell::new(0) };
}

/// A static `STATISTICS` for so many tasks, and the hooks of embassy-executor's feature `trace` that fill it. The second
/// argument is a function that says on which core it runs.
#[macro_export]
macro_rules! statistics {
    ($tasks:literal, $core:expr) => {
        /// What the executor's hooks count.
        pub static STATISTICS: $crate::statistics::Statistics<$tasks> = $crate::statistics::Statistics::new();

        #[unsafe(no_mangle)]
        fn _embassy_trace_poll_start(_executor: u32) {
            STATISTICS.executor_begun($core(), $crate::statistics::Statistics::<$tasks>::now());
        }

        #[unsafe(no_mangle)]
        fn _embassy_trace_executor_idle(_executor: u32) {
            STATISTICS.executor_done($core(), $crate::statistics::Statistics::<$tasks>::now());
        }

        #[unsafe(no_mangle)]
        fn _embassy_trace_task_new(_executor: u32, task: u32) {
            STATISTICS.spawned(task);
        }

        #[unsafe(no_mangle)]
        fn _embassy_trace_task_end(_executor: u32, _task: u32) {}

        #[unsafe(no_mangle)]
        fn _embassy_trace_task_ready_begin(_executor: u32, task: u32) {
            STATISTICS.woken(task, $crate::statistics::Statistics::<$tasks>::now());
        }

        #[unsafe(no_mangle)]
        fn _embassy_trace_task_exec_begin(_executor: u32, task: u32) {
            STATISTICS.begun(task, $core(), $crate::statistics::Statistics::<$tasks>::now());
        }

        #[unsafe(no_mangle)]
        fn _embassy_trace_task_exec_end(_executor: u32, task: u32) {
            STATISTICS.done(task, $core(), $crate::statistics::Statistics::<$tasks>::now());
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLOW: u32 = 0x2000_0100;
    const QUICK: u32 = 0x2000_0200;

    fn spawned() -> Statistics<2> {
        let statistics = Statistics::new();
        statistics.spawned(SLOW);
        statistics.spawned(QUICK);
        statistics
    }

    #[test]
    fn a_poll_is_counted_with_its_time_and_how_long_it_was_waited_for() {
        let statistics = spawned();
        for (woken, begun, done) in [(90, 100, 130), (200, 201, 211)] {
            statistics.woken(SLOW, woken);
            // Only the first wake counts: it is waited for since then.
            statistics.woken(SLOW, woken + 1);
            statistics.begun(SLOW, 0, begun);
            statistics.done(SLOW, 0, done);
        }
        let slow = TaskReport { id: SLOW, polls: 2, busy: 40, longest: 30, latest: 10 };
        assert_eq!(statistics.tasks(), [slow, TaskReport { id: QUICK, ..TaskReport::default() }]);
        assert_eq!(statistics.tasks()[0], TaskReport { longest: 0, latest: 0, ..slow });
    }

    #[test]
    fn what_interrupts_a_poll_is_not_its_own() {
        let statistics = spawned();
        // The time wraps around meanwhile.
        let at = |ticks: u32| (u32::MAX - 20).wrapping_add(ticks);
        statistics.executor_begun(0, at(0));
        statistics.begun(SLOW, 0, at(0));
        statistics.executor_begun(0, at(10));
        statistics.begun(QUICK, 0, at(10));
        statistics.done(QUICK, 0, at(15));
        statistics.executor_done(0, at(15));
        // The other core's work is none of it.
        statistics.begun(QUICK, 1, at(20));
        statistics.done(QUICK, 1, at(40));
        statistics.done(SLOW, 0, at(100));
        statistics.executor_done(0, at(100));
        let [slow, quick] = statistics.tasks();
        assert_eq!((slow.busy, quick.busy), (95, 25));
        statistics.executor_begun(0, at(170));
        assert_eq!((statistics.idle(0), statistics.idle(1)), (70, 0), "not while an executor was at work");
    }

    #[test]
    fn a_task_too_many_is_not_counted() {
        let statistics = spawned();
        statistics.spawned(7);
        statistics.begun(7, 0, 0);
        statistics.done(7, 0, 50);
        assert_eq!(statistics.tasks().map(|task| (task.id, task.busy)), [(SLOW, 0), (QUICK, 0)]);
        // One that ended and is spawned again keeps its place.
        statistics.spawned(QUICK);
        assert_eq!(statistics.tasks()[1].id, QUICK);
    }
}
