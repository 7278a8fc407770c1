//! A command and what it talks to, each on a processor of its own. Where two programs wake each other thousands of times, which of
//! them shares a processor with what is for the scheduler to choose, anew in each run, and that is more than what is measured.

use anyhow::Result;

/// One of two processors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Processor {
    /// That of the emulated board.
    Board,
    /// That of the command.
    Command,
}

/// Does something, and lets all that it starts be, on one of the processors. Where there is one alone, or the system lets
/// no program choose, on any.
#[cfg(target_os = "linux")]
pub(super) fn on<T>(processor: Processor, act: impl FnOnce() -> Result<T>) -> Result<T> {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    let all = sched_getaffinity(None)?;
    let mut numbers = (0..CpuSet::MAX_CPU).filter(|number| all.is_set(*number));
    let Some(number) = numbers.nth(usize::from(processor == Processor::Command)) else { return act() };
    let mut one = CpuSet::new();
    one.set(number);
    sched_setaffinity(None, &one)?;
    let done = act();
    sched_setaffinity(None, &all)?;
    done
}

#[cfg(not(target_os = "linux"))]
pub(super) fn on<T>(_: Processor, act: impl FnOnce() -> Result<T>) -> Result<T> {
    act()
}
