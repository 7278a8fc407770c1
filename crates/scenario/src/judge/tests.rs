//! Scenarios against invented records: what is met, what is missed, and in which words.

use fwc_core::app::{App, ChannelId, PeripheralId};
use fwc_core::catalog::Catalog;
use fwc_core::check::CheckOptions;
use fwc_parts::Nanos;
use fwc_schema::SourceId;
use fwc_schema::scenario::Scalar;

use crate::{Broken, Fact, Miss, Record, Scenario, Verdict, What, check, judge};

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
frequency = "25kHz"

[peripherals.console]
kind = "uart"
tx = "TX"
rx = "RX"
baud = 115200

[peripherals.knob]
kind = "adc"
pin = "GP26"

[messages.Climate]
fields = { celsius = "f32", valid = "bool" }

[peripherals.bus]
kind = "i2c"
sda = "GP4"
scl = "GP5"

[devices.screen]
driver = "ssd1306"
bus = "bus"

[channels.climates]
message = "Climate"
kind = "channel"

[tasks.heartbeat]
behavior = "blink"
output = "led"
rate = "2Hz"

[tasks.control]
code = "control"
every = "100ms"
uses = ["fan", "knob", "screen"]
publishes = ["climates"]

[tasks.journal]
behavior = "print"
subscribes = ["climates"]
to = "console"
"#;

const LED: PeripheralId = PeripheralId(0);
const FAN: PeripheralId = PeripheralId(1);
const CONSOLE: PeripheralId = PeripheralId(2);
/// Behind `knob` and `bus`.
const SCREEN: PeripheralId = PeripheralId(5);
const CLIMATES: ChannelId = ChannelId(0);

fn app() -> App {
    let options = CheckOptions { modules: vec!["control".into()], ..CheckOptions::default() };
    let checked = fwc_core::check_text(APP, &Catalog::new(None), &options);
    checked.value.unwrap_or_else(|| panic!("{:?}", checked.diagnostics))
}

fn scenario(expectation: &str) -> Scenario {
    let text = format!("run-for = \"2s\"\n[[expect]]\n{expectation}\n");
    let checked = check("case", SourceId(1), &text, &app());
    assert!(checked.diagnostics.is_empty(), "{:?}", checked.diagnostics);
    checked.value.expect("it has no faults")
}

fn ms(millis: u64) -> Nanos {
    Nanos::from_millis(millis)
}

fn record(facts: impl IntoIterator<Item = (u64, What)>) -> Record {
    let facts = facts.into_iter().map(|(at, what)| Fact { at: ms(at), what }).collect();
    Record { facts, end: ms(2_000), broken: None, sees_channels: true }
}

/// The LED changes at 500, 1000 and 1500 ms.
fn blinking() -> Record {
    record(
        [(500, true), (1_000, false), (1_500, true)]
            .map(|(at, active)| (at, What::Output { output: LED, active })),
    )
}

fn sent(at: u64, text: &str) -> (u64, What) {
    (at, What::Sent { uart: CONSOLE, bytes: text.as_bytes().to_vec() })
}

fn climate(at: u64, celsius: f64) -> (u64, What) {
    let values =
        vec![("celsius".to_string(), Scalar::Number(celsius)), ("valid".to_string(), Scalar::Bool(true))];
    (at, What::Message { channel: CLIMATES, values })
}

#[track_caller]
fn verdict(expectation: &str, record: &Record) -> Verdict {
    judge(&scenario(expectation), record, &app()).remove(0)
}

#[track_caller]
fn met(expectation: &str, record: &Record) {
    assert_eq!(verdict(expectation, record), Verdict::Met, "{expectation}");
}

/// The title and what was seen.
#[track_caller]
fn missed(expectation: &str, record: &Record) -> (String, String) {
    match verdict(expectation, record) {
        Verdict::Missed(Miss { title, seen, .. }) => (title, seen),
        other => panic!("{expectation}: {other:?}"),
    }
}

fn words(title: &str, seen: &str) -> (String, String) {
    (title.to_string(), seen.to_string())
}

#[test]
fn a_level_becomes_is_or_stays() {
    let led = blinking();
    met("by = \"600ms\"\noutput = \"led\"\nis = true", &led);
    met("at = \"700ms\"\noutput = \"led\"\nis = true", &led);
    met("between = [\"500ms\", \"900ms\"]\noutput = \"led\"\nis = false", &record([]));
    assert_eq!(
        missed("by = \"500ms\"\noutput = \"led\"\nis = true", &led),
        words("`led` is not active by 500ms", "it is active from 500ms on"),
        "what happens at the very moment comes too late"
    );
    assert_eq!(
        missed("at = \"500ms\"\noutput = \"led\"\nis = true", &led),
        words("`led` is inactive at 500ms", "inactive since the start")
    );
    assert_eq!(
        missed("between = [\"600ms\", \"1.2s\"]\noutput = \"led\"\nis = true", &led),
        words("`led` is not active from 600ms to 1.2s", "inactive since 1s")
    );
    assert_eq!(
        missed("by = \"1s\"\noutput = \"led\"\nis = true", &record([])),
        words("`led` is not active by 1s", "it stays inactive to the end")
    );
}

#[test]
fn edges_are_counted_without_the_end_of_the_span() {
    let led = blinking();
    met("between = [\"500ms\", \"1.5s\"]\noutput = \"led\"\nedges = 2", &led);
    met("between = [\"0s\", \"2s\"]\noutput = \"led\"\nedges = [2, 3]", &led);
    met("by = \"2s\"\noutput = \"led\"\nedges = 2", &led);
    assert_eq!(
        missed("between = [\"0s\", \"1s\"]\noutput = \"led\"\nedges = [3, 5]", &led),
        words("`led` changes once between 0s and 1s, not 3 to 5", "it changes once")
    );
}

#[test]
fn a_duty_has_a_tolerance_or_a_range() {
    let fan = record([(200, What::Duty { pwm: FAN, duty: 405_000 })]);
    met("at = \"1s\"\npwm = \"fan\"\nduty = \"40%\"", &fan);
    met("between = [\"300ms\", \"1s\"]\npwm = \"fan\"\nduty = [\"40%\", \"41%\"]", &fan);
    assert_eq!(
        missed("at = \"1s\"\npwm = \"fan\"\nduty = \"50%\"", &fan),
        words("the duty of `fan` is not from 49% to 51% at 1s", "40.5% since 200ms")
    );
    assert_eq!(
        missed("by = \"200ms\"\npwm = \"fan\"\nduty = \"40%\"", &fan),
        words("the duty of `fan` is not from 39% to 41% by 200ms", "0% at 200ms")
    );
}

#[test]
fn what_a_device_shows_is_a_state_of_its_lines() {
    let shows = |at, lines: &[&str]| {
        let lines = lines.iter().map(|line| (*line).to_string()).collect();
        (at, What::Shown { device: SCREEN, lines })
    };
    let screen = record([shows(100, &["21.5 °C   ", "fan: off"]), shows(900, &["28.0 °C", "fan: on"])]);
    met("by = \"200ms\"\ndevice = \"screen\"\nshows = \"fan: off\"", &screen);
    met("between = [\"950ms\", \"2s\"]\ndevice = \"screen\"\nshows = \"28.0\"", &screen);
    assert_eq!(
        missed("at = \"500ms\"\ndevice = \"screen\"\nshows = \"fan: on\"", &screen),
        words("`screen` does not show this at 500ms", "\"21.5 °C / fan: off\" since 100ms")
    );
    assert_eq!(
        missed("between = [\"0s\", \"1s\"]\ndevice = \"screen\"\nshows = \"21.5\"", &screen),
        words("`screen` does not show this from 0s to 1s", "it shows nothing since the start")
    );
}

#[test]
fn a_text_may_come_in_pieces() {
    let uart = record([sent(100, "fan: "), sent(200, "on\r\n")]);
    met("by = \"1s\"\nuart = \"console\"\ncontains = \"fan: on\"", &uart);
    assert_eq!(
        missed("by = \"200ms\"\nuart = \"console\"\ncontains = \"fan: on\"", &uart),
        words("`console` does not send this by 200ms", "it sends that at another time")
    );
    assert_eq!(
        missed("by = \"1s\"\nuart = \"console\"\ncontains = \"off\"", &uart),
        words("`console` does not send this by 1s", "it sends other things")
    );
    assert_eq!(
        missed("between = [\"300ms\", \"1s\"]\nuart = \"console\"\ncontains = \"off\"", &uart),
        words("`console` does not send this between 300ms and 1s", "it sends nothing in that time")
    );
}

#[test]
fn messages_are_counted_and_looked_into() {
    let channel = record([climate(100, 21.5), climate(900, 35.0)]);
    let on = |rest: &str| format!("channel = \"climates\"\n{rest}");
    met(&on("between = [\"0s\", \"1s\"]\nmessages = 2"), &channel);
    met(&on("between = [\"1s\", \"2s\"]\nmessages = 0"), &channel);
    met(&on("by = \"1s\"\nfield = \"celsius\"\nabove = 30"), &channel);
    met(&on("at = \"500ms\"\nfield = \"celsius\"\nequals = 21.5"), &channel);
    met(&on("at = \"500ms\"\nfield = \"valid\"\nequals = true"), &channel);
    met(&on("between = [\"50ms\", \"1s\"]\nfield = \"celsius\"\nbelow = 40"), &channel);
    assert_eq!(
        missed(&on("between = [\"50ms\", \"1s\"]\nfield = \"celsius\"\nbelow = 30"), &channel),
        words("`celsius` of `climates` is not below 30 from 50ms to 1s", "35 at 900ms")
    );
    assert_eq!(
        missed(&on("between = [\"1s\", \"2s\"]\nfield = \"celsius\"\nabove = 30"), &channel),
        words("`celsius` of `climates` is not above 30 from 1s to 2s", "no message came"),
        "silence meets nothing"
    );
    assert_eq!(
        missed(&on("by = \"50ms\"\nfield = \"celsius\"\nabove = 30"), &channel),
        words("`celsius` of `climates` is never above 30 by 50ms", "21.5 at 100ms")
    );
    let blind = Record { sees_channels: false, ..channel };
    assert_eq!(verdict(&on("by = \"1s\"\nmessages = 1"), &blind), Verdict::NotSeen);
}

#[test]
fn a_log_is_found_by_a_piece_of_it() {
    let log = record([(300, What::Log { level: None, message: "sensor lost: nack".into() })]);
    met("by = \"1s\"\nlog = \"sensor lost\"", &log);
    assert_eq!(
        missed("between = [\"1s\", \"2s\"]\nlog = \"sensor lost\"", &log),
        words("this is not logged between 1s and 2s", "it is logged at 300ms")
    );
}

#[test]
fn a_broken_run_judges_only_what_came_before() {
    let broken = Broken { at: ms(1_100), task: None, what: "panicked".into(), notes: Vec::new() };
    let led = Record { broken: Some(broken), end: ms(1_100), ..blinking() };
    met("by = \"2s\"\noutput = \"led\"\nis = true", &led);
    met("between = [\"0s\", \"1s\"]\noutput = \"led\"\nedges = 1", &led);
    assert_eq!(
        verdict("between = [\"0s\", \"1.2s\"]\noutput = \"led\"\nedges = 2", &led),
        Verdict::NotReached
    );
    assert_eq!(verdict("by = \"2s\"\nlog = \"done\"", &led), Verdict::NotReached);
    missed("at = \"400ms\"\noutput = \"led\"\nis = true", &led);
}
