//! What runs when, what is late, and from where memory comes: priorities, deadlines, the heap.

use fwc_sim::{Level, Nanos, Pin, Trace};
use fwc_tests::{emulator, milliseconds};

use crate::{job, run};

const SPINNING: Pin = Pin(2);
const HOLDING: Pin = Pin(3);
const PACE: Pin = Pin(4);
const KEY: Pin = Pin(5);
const ANSWER: Pin = Pin(6);
const LAGGING: Pin = Pin(7);

/// The longest and the shortest time between two edges of a pin.
#[track_caller]
fn gaps(trace: &Trace, pin: Pin) -> (Nanos, Nanos) {
    let edges: Vec<u64> = trace.edges(pin).map(|edge| edge.at.0).collect();
    let gaps = edges.windows(2).map(|pair| pair[1] - pair[0]);
    (Nanos(gaps.clone().max().expect("the pin moves")), Nanos(gaps.min().expect("the pin moves")))
}

#[test]
fn a_task_preempts_those_of_lower_priorities() {
    // The press comes while `hold` keeps the core, so that the driver's interrupt must come before it.
    let pressed = milliseconds(110);
    let job =
        job("priority", milliseconds(450)).drive(Nanos(0), KEY, Level::Low).drive(pressed, KEY, Level::High);
    let trace = run(&job);
    assert!(trace.logs().unwrap_or_else(|error| panic!("{error}")).is_empty(), "no assertion fails");

    assert_eq!(trace.edges(PACE).count(), 449, "a tick each millisecond, however busy the others are");
    let (longest, shortest) = gaps(&trace, PACE);
    assert!(longest.0 < 1_030_000 && shortest.0 > 970_000, "the pace wanders: {longest}, {shortest}");

    let held: Vec<u64> = trace.edges(HOLDING).map(|edge| edge.at.0).collect();
    assert_eq!(held.len(), 8, "four ticks");
    for hold in held.chunks(2) {
        assert!((hold[1] - hold[0]).abs_diff(30_000_000) < 100_000, "{hold:?}");
        let inside = |at: u64| (hold[0]..hold[1]).contains(&at);
        assert!(!trace.edges(SPINNING).any(|edge| inside(edge.at.0)), "`spin` runs while `hold` does");
    }
    let (longest, _) = gaps(&trace, LAGGING);
    assert!(longest.0 > 19_000_000, "a task of the same priority waits for `spin`: {longest}");

    let answers: Vec<u64> = trace.edges(ANSWER).map(|edge| edge.at.0).collect();
    assert_eq!(answers.len(), 1);
    let after = answers[0] - pressed.0;
    assert!((1_000_000..1_100_000).contains(&after), "debounced for 1 ms, then at once: {after} ns");
}

#[test]
fn missed_deadlines_are_counted_and_logged() {
    let trace = run(&job("deadline", milliseconds(108)));
    let logs = trace.logs().unwrap_or_else(|error| panic!("{error}"));
    let lines: Vec<String> = logs.iter().map(|record| record.message.clone()).collect();
    let missed = |task: &str, count: u32| {
        let end = format!("missed {count} times");
        let line = lines.iter().find(|line| line.starts_with(task) && line.ends_with(&end));
        let line = line.unwrap_or_else(|| panic!("{task} {count}: {lines:?}"));
        let micros = line.split_once("done ").and_then(|(_, rest)| rest.split_once(" us after"));
        micros.and_then(|(micros, _)| micros.parse::<u32>().ok()).unwrap_or_else(|| panic!("{line}"))
    };
    for task in ["work", "lag"] {
        for count in [1, 2] {
            let took = missed(&format!("{task}: "), count);
            assert!((8_000..8_500).contains(&took), "{task} took {took} us");
        }
    }
    assert_eq!(lines.len(), 5, "no other tick is late: {lines:?}");
    assert_eq!(lines[4], "work 2, lag 2");
}

#[test]
fn a_heap_serves_tasks_of_all_priorities_and_ends_in_a_panic() {
    // A panic stands still, which is a fault on purpose.
    let trace = emulator().run(&job("heap", milliseconds(200))).unwrap_or_else(|error| panic!("{error}"));
    let logs = trace.logs().unwrap_or_else(|error| panic!("{error}"));
    let lines: Vec<&str> = logs.iter().map(|record| record.message.as_str()).collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert_eq!(lines[0], "10 lines of 40 words, last round 900 of 2048");
    assert!(lines[1].contains("memory allocation of 8192 bytes failed"), "{}", lines[1]);
}
