//! The watchdog bites when a supervised task stops, in time and never before, and the next start says which it was.

use fwc_sim::{Event, Job, Level, Nanos, Pin, ResetCause, Trace};
use fwc_tests::milliseconds;

use crate::{job, run};

const HANG: Pin = Pin(3);
const SPIN: Pin = Pin(4);
const PANIC: Pin = Pin(5);

/// A run in which a tick of `work` falls while the key is high, and none other.
fn pressed(key: Pin, run_for: u64) -> Trace {
    run(&press(key, 1_150, run_for))
}

/// The key is high from 1,050 ms on.
fn press(key: Pin, until: u64, run_for: u64) -> Job {
    let keys = [HANG, SPIN, PANIC].into_iter();
    let job = job("watchdog", milliseconds(run_for));
    let job = keys.fold(job, |job, key| job.drive(Nanos(0), key, Level::Low));
    job.drive(milliseconds(1_050), key, Level::High).drive(milliseconds(until), key, Level::Low)
}

fn resets(trace: &Trace) -> Vec<Nanos> {
    let events = trace.events().iter();
    let resets = events.filter_map(|event| match event {
        Event::Reset { at, cause, .. } => {
            assert_eq!(*cause, ResetCause::Watchdog);
            Some(*at)
        }
        _ => None,
    });
    resets.collect()
}

fn messages(trace: &Trace) -> Vec<String> {
    let logs = trace.logs().unwrap_or_else(|error| panic!("{error}"));
    logs.into_iter().map(|record| record.message).collect()
}

#[test]
fn while_all_tasks_keep_their_pace_it_never_bites() {
    // The key is not wired: its pull-down says low.
    let trace = run(&job("watchdog", milliseconds(20_000)));
    assert_eq!(resets(&trace), []);
    assert_eq!(messages(&trace), ["started"]);
}

#[test]
fn a_task_that_hangs_is_bitten_for_and_named() {
    let trace = pressed(HANG, 5_000);
    let resets = resets(&trace);
    assert_eq!(resets.len(), 1, "the next life is well: {resets:?}");
    // `work` was heard of last at its tick at 1,000 ms; the slowest of the others lets feed once more at 1,200 ms.
    let after = resets[0].0 - milliseconds(1_000).0;
    assert!((milliseconds(400).0..milliseconds(610).0).contains(&after), "{after} ns");
    assert_eq!(
        messages(&trace),
        [
            "started",
            "the watchdog has reset the chip: `work` was not done with the work of a tick",
            "started"
        ]
    );
}

#[test]
fn a_task_that_keeps_the_core_is_told_from_those_that_it_holds_up() {
    // `urgent` preempts it and is heard of at 1,200 ms, which lets feed once more.
    let trace = run(&press(SPIN, 1_650, 3_000));
    let resets = resets(&trace);
    assert_eq!(resets.len(), 1);
    assert!(resets[0].0.abs_diff(milliseconds(1_600).0) < 2_000_000, "{}", resets[0]);
    assert_eq!(
        messages(&trace),
        [
            "started",
            "the watchdog has reset the chip: `work` was not done with the work of a tick",
            "the watchdog has reset the chip: `heartbeat` was not on time for its ticks",
            "started"
        ]
    );
}

#[test]
fn a_short_delay_is_forgiven_and_a_panic_is_no_bite() {
    let spun = pressed(SPIN, 3_000);
    assert_eq!(resets(&spun), []);

    let trace = pressed(PANIC, 3_000);
    let resets = resets(&trace);
    assert_eq!(resets.len(), 1);
    assert!(resets[0].0 - milliseconds(1_100).0 < 10_000_000, "at once: {}", resets[0]);
    let messages = messages(&trace);
    assert_eq!(messages.len(), 3, "{messages:?}");
    assert!(messages[1].contains("told to"), "{messages:?}");
    assert_eq!(messages[2], "started");
}
