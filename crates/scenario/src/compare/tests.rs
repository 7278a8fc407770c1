//! Invented pairs of runs: what counts as the same, what does not, and in which words.

use fwc_core::app::App;
use fwc_core::catalog::Catalog;
use fwc_core::check::CheckOptions;
use fwc_schema::SourceId;

use super::*;
use crate::{Broken, Fact, check};

const APP: &str = r#"
[app]
name = "demo"
board = "rpi-pico"

[peripherals.led]
kind = "output"
pin = "LED"

[peripherals.fan]
kind = "pwm"
pin = "GP16"
frequency = "1kHz"

[peripherals.console]
kind = "uart"
tx = "TX"
rx = "RX"
baud = 115200

[channels.counts]
message = "u32"
kind = "channel"

[tasks.heartbeat]
behavior = "blink"
output = "led"
rate = "2Hz"

[tasks.control]
code = "control"
every = "100ms"
uses = ["fan"]
publishes = ["counts"]

[tasks.journal]
behavior = "print"
subscribes = ["counts"]
to = "console"
format = "csv"
"#;

const LED: PeripheralId = PeripheralId(0);
const FAN: PeripheralId = PeripheralId(1);
const CONSOLE: PeripheralId = PeripheralId(2);

fn app() -> App {
    let options = CheckOptions { modules: vec!["control".into()], ..CheckOptions::default() };
    let checked = fwc_core::check_text(APP, &Catalog::new(None), &options);
    checked.value.unwrap_or_else(|| panic!("{:?}", checked.diagnostics))
}

fn ms(millis: u64) -> Nanos {
    Nanos::from_millis(millis)
}

fn record(facts: Vec<(u64, What)>) -> Record {
    let facts = facts.into_iter().map(|(at, what)| Fact { at: ms(at), what }).collect();
    Record { facts, end: ms(1_000), ..Record::default() }
}

fn lit(active: bool) -> What {
    What::Output { output: LED, active }
}

fn sent(text: &str) -> What {
    What::Sent { uart: CONSOLE, bytes: text.into() }
}

fn logged(message: &str) -> What {
    What::Log { level: None, message: message.into() }
}

fn duty(percent: u64) -> What {
    What::Duty { pwm: FAN, duty: percent * 10_000 }
}

/// Titles, and the first note of each.
fn differences(one: &Record, other: &Record) -> Vec<String> {
    let text = "run-for = \"1s\"\n[[step]]\nat = \"100ms\"\nsend = { console = \"x\" }\n\
                [[expect]]\nby = \"1s\"\nlog = \"x\"\n";
    let app = app();
    let scenario = check("case", SourceId(1), text, &app).value.expect("it has no faults");
    let runs = [Run { place: "simulation", record: one }, Run { place: "emulator", record: other }];
    let found = compare(&scenario, &app, runs, TOLERANCE);
    found.iter().map(|one| format!("{}: {}", one.title, one.notes[0])).collect()
}

const BETWEEN: &str = "differs between the simulation and the emulator";

#[test]
fn what_comes_within_the_tolerance_is_the_same() {
    let one = record(vec![
        (200, lit(true)),
        (400, lit(false)),
        (500, sent("counts,499,1\r\n")),
        (600, logged("a")),
    ]);
    let other = record(vec![
        (202, lit(true)),
        (399, lit(false)),
        (501, sent("counts,501,1\r\n")),
        (601, logged("a")),
    ]);
    assert_eq!(differences(&one, &other), Vec::<String>::new());
}

#[test]
fn an_output_that_is_late_or_changes_once_more_differs() {
    let one = record(vec![(200, lit(true)), (400, lit(false))]);
    let late = record(vec![(200, lit(true)), (403, lit(false))]);
    assert_eq!(
        differences(&one, &late),
        [format!(
            "`led` {BETWEEN} at 400ms: `led` inactive on the simulation at 400ms, on the emulator at 403ms"
        )]
    );
    let more = record(vec![(200, lit(true)), (400, lit(false)), (700, lit(true))]);
    assert_eq!(
        differences(&one, &more),
        [format!("`led` {BETWEEN} at 700ms: `led` active on the emulator at 700ms alone")]
    );
}

#[test]
fn what_only_the_end_cut_off_is_no_difference() {
    let one = record(vec![(200, sent("abc")), (999, sent("d")), (999, lit(true)), (999, logged("late"))]);
    let other = record(vec![(201, sent("abc"))]);
    assert_eq!(differences(&one, &other), Vec::<String>::new());
    let sooner = record(vec![(200, sent("abc")), (900, sent("d"))]);
    assert_eq!(differences(&sooner, &other).len(), 1);
}

#[test]
fn another_text_and_another_moment_in_it_differ() {
    let one = record(vec![(500, sent("counts,500,1\r\n"))]);
    let text = record(vec![(500, sent("counts,500,2\r\n"))]);
    assert_eq!(
        differences(&one, &text),
        [format!(
            "what `console` sends {BETWEEN} at 500ms: \"counts,…,1\\r\\n\" on the simulation at 500ms alone"
        )]
    );
    let moment = record(vec![(500, sent("counts,504,1\r\n"))]);
    assert_eq!(
        differences(&one, &moment),
        [format!(
            "what `console` sends {BETWEEN} at 500ms: \"counts,…,1\\r\\n\" says 500 ms on the simulation, 504 ms on the emulator"
        )]
    );
}

#[test]
fn logs_are_compared_by_their_texts_in_any_order_of_one_moment() {
    let one = record(vec![(500, logged("a")), (500, logged("b"))]);
    let other = record(vec![(500, logged("b")), (501, logged("a"))]);
    assert_eq!(differences(&one, &other), Vec::<String>::new());
    let fewer = record(vec![(500, logged("b"))]);
    assert_eq!(
        differences(&one, &fewer),
        [format!("the log {BETWEEN} at 500ms: \"a\" on the simulation at 500ms alone")]
    );
}

#[test]
fn a_duty_may_be_measured_a_period_later_and_no_more() {
    let one = record(vec![(300, duty(40))]);
    assert_eq!(differences(&one, &record(vec![(304, duty(40))])), Vec::<String>::new());
    assert_eq!(
        differences(&one, &record(vec![(305, duty(40))])),
        [format!("the duty of `fan` {BETWEEN} at 300ms: 40% on the simulation, 0% on the emulator")]
    );
    assert_eq!(differences(&one, &record(vec![(300, duty(42))])).len(), 1);
}

#[test]
fn a_run_that_breaks_off_alone_and_a_reset_differ() {
    let one = record(vec![]);
    let broken = Broken { at: ms(700), task: None, what: "panicked".into(), notes: Vec::new() };
    let other = Record { broken: Some(broken), ..record(vec![(400, What::Reset { cause: "the watchdog" })]) };
    assert_eq!(
        differences(&one, &other),
        [
            format!("a reset {BETWEEN} at 400ms: the chip is reset on the emulator at 400ms alone"),
            format!("the firmware {BETWEEN} at 700ms: the firmware panicked on the emulator alone"),
        ]
    );
}
