//! The watchdog is fed while every supervised task keeps its pace, and not a moment longer.

mod common;

use std::cell::{Cell, RefCell};

use common::{Simulation, forever};
use embassy_time::{Duration, Instant, Timer};
use fwc_runtime::supervisor::{self, Supervised, Watchdog, Word};
use fwc_runtime::{Deadline, Monitor, MonitoredTicker};

/// Periods, in microseconds.
const FAST: u64 = 10_000;
const SLOW: u64 = 100_000;

thread_local! {
    static FED: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
    static WORDS: [Cell<u32>; 2] = const { [Cell::new(0), Cell::new(0)] };
}

/// Notes when it was fed, in milliseconds. Each test has a thread of its own, and so one of its own.
struct Bowl<const TASKS: u32>;

impl<const TASKS: u32> Watchdog for Bowl<TASKS> {
    const TASKS: u32 = TASKS;

    fn feed() {
        FED.with_borrow_mut(|fed| fed.push(Instant::now().as_millis()));
    }

    fn set(word: Word, flags: u32) {
        WORDS.with(|words| words[word as usize].set(words[word as usize].get() | flags));
    }

    fn clear(word: Word, flags: u32) {
        WORDS.with(|words| words[word as usize].set(words[word as usize].get() & !flags));
    }

    fn flags(word: Word) -> u32 {
        WORDS.with(|words| words[word as usize].get())
    }
}

type Both = Bowl<0b11>;

fn fed() -> Vec<u64> {
    FED.with_borrow(Vec::clone)
}

/// Ticks, and works a millisecond at each tick up to that at `until`, whose work never ends.
async fn stop_at<const MICROS: u64>(monitor: impl Monitor, until: u64) {
    let mut tick = MonitoredTicker::<_, MICROS>::new(monitor);
    loop {
        tick.next().await;
        if Instant::now().as_millis() >= until {
            std::future::pending::<()>().await;
        }
        Timer::after_millis(1).await;
    }
}

/// A fast and a slow task, of which each works until its tick at that millisecond.
fn run(fast_until: u64, slow_until: u64, run_for: u64) {
    let mut simulation = Simulation::new();
    supervisor::start::<Both>();
    simulation.spawn(stop_at::<FAST>(Supervised::<Both, 0>::new(), fast_until));
    simulation.spawn(stop_at::<SLOW>(Supervised::<Both, 1>::new(), slow_until));
    simulation.run_ms(run_for);
}

#[test]
fn tasks_that_keep_their_pace_feed_once_in_the_period_of_the_slowest() {
    run(u64::MAX, u64::MAX, 1_005);
    // Done with the work of a tick when the next is asked for, and the slowest is heard of last.
    assert_eq!(fed(), (1..=10).map(|tick| tick * 100 + 1).collect::<Vec<_>>());
}

#[test]
fn a_slow_task_does_not_hide_that_a_fast_one_stopped() {
    run(310, u64::MAX, 2_005);
    assert_eq!(fed(), [101, 201, 301]);
    assert_eq!((Both::flags(Word::Awaited), Both::flags(Word::AtWork)), (0b01, 0b01));
}

#[test]
fn a_fast_task_does_not_hide_that_a_slow_one_stopped() {
    run(u64::MAX, 300, 2_005);
    assert_eq!(fed(), [101, 201]);
    assert_eq!((Both::flags(Word::Awaited), Both::flags(Word::AtWork)), (0b10, 0b10));
}

/// Ticks each 10 ms, and is late for all ticks up to the one at 500 ms: it makes up for them from then on.
async fn catch_up(monitor: impl Monitor) {
    let mut tick = MonitoredTicker::<_, FAST>::new(monitor);
    loop {
        tick.next().await;
        if Instant::now().as_millis() < 500 {
            Timer::at(Instant::from_millis(500)).await;
        }
    }
}

#[test]
fn ticks_that_are_made_up_for_do_not_count_until_the_task_is_on_time() {
    let mut simulation = Simulation::new();
    supervisor::start::<Bowl<1>>();
    simulation.spawn(catch_up(Supervised::<Bowl<1>, 0>::new()));
    simulation.run_ms(515);
    // At 500 ms those of 480, 490 and 500 ms are no more than two periods late; then that of 510 ms.
    assert_eq!(fed(), [500, 500, 500, 510]);
}

/// Work that takes longer than a period falls behind for ever.
async fn overworked(monitor: impl Monitor) {
    let mut tick = MonitoredTicker::<_, FAST>::new(monitor);
    loop {
        tick.next().await;
        Timer::after_millis(12).await;
    }
}

#[test]
fn a_task_with_more_work_than_time_is_not_heard_of() {
    let mut simulation = Simulation::new();
    supervisor::start::<Bowl<1>>();
    simulation.spawn(overworked(Supervised::<Bowl<1>, 0>::new()));
    simulation.run_ms(2_000);
    // The n-th tick falls at 10 n and is done at 10 + 12 n: up to the fifth within 20 ms.
    assert_eq!(fed(), [22, 34, 46, 58, 70]);
}

#[test]
fn a_deadline_and_a_supervisor_look_at_one_task() {
    let deadline: &'static Deadline = forever(Deadline::new("control", Duration::from_micros(500)));
    let mut simulation = Simulation::new();
    supervisor::start::<Bowl<1>>();
    simulation.spawn(stop_at::<FAST>((deadline, Supervised::<Bowl<1>, 0>::new()), 40));
    simulation.run_ms(60);
    assert_eq!((deadline.missed(), fed().len()), (3, 3));
}
