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

/// The pins of the project `steady`.
const WORKING: Pin = Pin(2);
const PULSES: Pin = Pin(16);
const LAMP: Pin = Pin(4);

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
    for (task, count, micros) in
        [("work", 1, 8_000), ("work", 2, 8_000), ("lag", 1, 3_000), ("lag", 2, 7_000)]
    {
        let took = missed(&format!("{task}: "), count);
        assert!((micros..micros + 500).contains(&took), "{task} took {took} us");
    }
    assert_eq!(lines.len(), 5, "no other tick is late: {lines:?}");
    assert_eq!(lines[4], "work 2, lag 2");
}

/// At 131.25 MHz, which is 12 MHz times 175 / 16.
#[test]
fn ticks_never_drift_however_long_the_work_takes() {
    let trace = run(&job("steady", milliseconds(5_005)));
    let begun: Vec<u64> = rising(&trace, WORKING);
    assert_eq!(begun.len(), 500, "no tick is lost");
    let start = begun[0];
    for (count, at) in (1..).zip(&begun) {
        let due = start + 10_000_000 * (count - 1);
        let late = at.abs_diff(due);
        match count {
            // The work of tick 200 goes on until the next three are due, and theirs takes its time too.
            201..=209 => assert!(*at >= due, "tick {count} is {late} ns early"),
            // Now and then the other tasks are due at the same moment.
            _ => assert!(late < 200_000, "tick {count} is {late} ns off"),
        }
    }
    assert!(begun[200] > begun[199] + 35_000_000, "the work of tick 200 is not over before");
    // The neighbour waits while the core is busy, and is back in step at once.
    let edges: Vec<u64> = trace.edges(LAMP).map(|edge| edge.at.0).collect();
    assert_eq!(edges.len(), 714);
    for (count, at) in (0..).zip(&edges) {
        let late = at.abs_diff(edges[0] + 7_000_000 * count);
        assert!(late < 1_200_000, "edge {count} is {late} ns off");
    }
    assert!((edges[713] - edges[0]).abs_diff(713 * 7_000_000) < 200_000);

    // What counts the core's cycles has its rate: pulses and bits.
    let pulses = rising(&trace, PULSES);
    let period = (pulses[1_000] - pulses[0]) / 1_000;
    assert!(period.abs_diff(100_000) < 100, "a pulse takes {period} ns");
    let lines = trace.uart_lines(fwc_sim::Uart(0));
    assert_eq!(lines.last().map(|line| line.text.as_str()), Some("ticks: 500"));
    let bytes: Vec<u64> = trace.uart_bytes(fwc_sim::Uart(0)).take(8).map(|byte| byte.at.0).collect();
    let character = (bytes[7] - bytes[0]) / 7;
    assert!(character.abs_diff(86_806) < 900, "a character takes {character} ns");
}

/// When a pin goes high.
fn rising(trace: &Trace, pin: Pin) -> Vec<u64> {
    trace.edges(pin).filter(|edge| edge.level == Level::High).map(|edge| edge.at.0).collect()
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
