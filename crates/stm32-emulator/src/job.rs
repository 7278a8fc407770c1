//! The lines on stdin -> a job and its stimuli, checked: every fault says what is wrong, where, and what to do.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::wires::{PIN_COUNT, UARTS};

/// The farthest that a clock may be off, in parts per million.
const MOST_DRIFT: i64 = 100_000;

/// What cannot be run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct JobError {
    pub(crate) what: String,
    pub(crate) place: String,
    pub(crate) help: String,
}

impl JobError {
    pub(crate) fn new(
        what: impl Into<String>,
        place: impl Into<String>,
        help: impl Into<String>,
    ) -> JobError {
        JobError { what: what.into(), place: place.into(), help: help.into() }
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({ "error": self.what, "where": self.place, "help": self.help })
    }
}

/// Which clock a run follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Pace {
    Fast,
    Real,
    Steps,
}

/// One run of one image.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) elf: String,
    pub(crate) run_for: u64,
    pub(crate) wall_limit_ms: u64,
    pub(crate) pace: Pace,
    pub(crate) rtt: bool,
    /// Absent: all of them.
    pub(crate) pins: Option<Vec<u8>>,
    /// Absent: all of them.
    pub(crate) uarts: Option<Vec<u8>>,
    pub(crate) parts: Vec<Mount>,
    pub(crate) stimuli: Vec<Stimulus>,
}

/// A part on pins, in its own order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mount {
    pub(crate) name: String,
    pub(crate) pins: Vec<u8>,
}

/// Something that the outside does to the chip.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stimulus {
    /// Nanoseconds since the start.
    pub(crate) at: u64,
    pub(crate) what: What,
}

/// What the outside does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum What {
    /// Drives a pin, or lets go of it.
    Drive { pin: u8, level: Option<bool> },
    /// Sends bytes to a uart; without a rate at that of the firmware.
    Send { uart: u8, bytes: Vec<u8>, baud: Option<u32> },
    /// Whether frames lack their stop bit from now on.
    Framing { uart: u8, broken: bool },
    /// How much faster than the world's the chip's clock is, in parts per million.
    Drift(i32),
    /// Exposes a part to a new value.
    Set { part: String, quantity: String, value: f64 },
    /// The supply fails for a moment.
    BrownOut,
    /// The run ends.
    Stop,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct JobLine {
    elf: String,
    run_for_ns: u64,
    #[serde(default = "a_minute")]
    wall_limit_ms: u64,
    #[serde(default = "fast")]
    pace: Pace,
    #[serde(default = "yes")]
    rtt: bool,
    #[serde(default)]
    watch: WatchLine,
    #[serde(default)]
    parts: Vec<PartLine>,
    #[serde(default)]
    stimuli: Vec<Value>,
}

fn a_minute() -> u64 {
    60_000
}

fn fast() -> Pace {
    Pace::Fast
}

fn yes() -> bool {
    true
}

#[derive(Default, Deserialize)]
struct WatchLine {
    pins: Option<Vec<u8>>,
    uarts: Option<Vec<u8>>,
}

#[derive(Deserialize)]
struct PartLine {
    name: String,
    pins: Option<Vec<u8>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StimulusLine {
    at: Option<u64>,
    pin: Option<u8>,
    #[serde(default, deserialize_with = "present")]
    level: Option<Option<u8>>,
    uart: Option<u8>,
    bytes: Option<String>,
    baud: Option<u32>,
    framing: Option<bool>,
    drift: Option<i64>,
    part: Option<String>,
    quantity: Option<String>,
    value: Option<f64>,
    #[serde(default)]
    brown_out: bool,
    #[serde(default)]
    stop: bool,
}

/// A level of `null` lets go of a pin, one that is absent is none.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<u8>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Reads the first line.
pub(crate) fn parse_job(line: &str) -> Result<Job, JobError> {
    let job: JobLine = serde_json::from_str(line).map_err(|error| {
        JobError::new(format!("the job makes no sense: {error}"), "stdin", "correct the job")
    })?;
    let parts = job.parts.into_iter().map(|PartLine { name, pins }| match pins {
        Some(pins) => {
            pins.iter().try_for_each(|pin| check_pin(*pin, &name))?;
            Ok(Mount { name, pins })
        }
        None => Err(JobError::new(
            "this emulator has no such bus",
            format!("part {name}"),
            "simulate the firmware",
        )),
    });
    let stimuli = job.stimuli.into_iter().map(|stimulus| check(stimulus, None));
    Ok(Job {
        elf: job.elf,
        run_for: job.run_for_ns,
        wall_limit_ms: job.wall_limit_ms,
        pace: job.pace,
        rtt: job.rtt,
        pins: job.watch.pins,
        uarts: job.watch.uarts,
        parts: parts.collect::<Result<_, _>>()?,
        stimuli: stimuli.collect::<Result<_, _>>()?,
    })
}

/// Reads a line of a run that goes on; where it says no time, `now` is meant.
pub(crate) fn parse_stimulus(line: &str, now: u64) -> Result<Stimulus, JobError> {
    let value = serde_json::from_str(line).map_err(|error| {
        JobError::new(format!("a stimulus is not JSON: {error}"), "stdin", "send one object a line")
    })?;
    check(value, Some(now))
}

fn check(stimulus: Value, now: Option<u64>) -> Result<Stimulus, JobError> {
    let text = stimulus.to_string();
    let wrong = |what: &str| JobError::new(what, text.clone(), "correct the stimulus");
    let line: StimulusLine = serde_json::from_value(stimulus)
        .map_err(|error| wrong(&format!("a stimulus makes no sense: {error}")))?;
    let at = line.at.or(now).ok_or_else(|| wrong("this stimulus has no time"))?;
    let uart = || {
        let uart = line.uart.filter(|uart| UARTS.iter().any(|known| known.number == *uart));
        uart.ok_or_else(|| wrong("this is no uart of the chip"))
    };
    let what = if line.stop {
        What::Stop
    } else if line.brown_out {
        What::BrownOut
    } else if let Some(pin) = line.pin {
        check_pin(pin, &text)?;
        let level = line.level.ok_or_else(|| wrong("a level is 0, 1 or null"))?;
        What::Drive { pin, level: level.map(|level| level != 0) }
    } else if let Some(drift) = line.drift {
        let drift = i32::try_from(drift).ok().filter(|_| drift.abs() <= MOST_DRIFT);
        What::Drift(drift.ok_or_else(|| wrong("this is no drift of a clock"))?)
    } else if let Some(broken) = line.framing {
        What::Framing { uart: uart()?, broken }
    } else if line.uart.is_some() {
        let bytes = line.bytes.as_deref().and_then(unhex);
        let bytes = bytes.ok_or_else(|| wrong("bytes are pairs of hexadecimal digits"))?;
        if line.baud == Some(0) {
            return Err(wrong("a baud rate of 0 sends nothing"));
        }
        What::Send { uart: uart()?, bytes, baud: line.baud }
    } else if let (Some(part), Some(quantity), Some(value)) = (line.part, line.quantity, line.value) {
        What::Set { part, quantity, value }
    } else {
        return Err(wrong("this emulator cannot do that"));
    };
    Ok(Stimulus { at, what })
}

fn check_pin(pin: u8, place: &str) -> Result<(), JobError> {
    if usize::from(pin) < PIN_COUNT {
        return Ok(());
    }
    Err(JobError::new(format!("the chip has no pin {pin}"), place, "correct the job"))
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> =
        text.chars().map(|digit| digit.to_digit(16).map(|digit| digit as u8)).collect::<Option<_>>()?;
    digits.len().is_multiple_of(2).then(|| digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_read_with_all_that_is_to_happen() {
        let line = r#"{"elf":"a.elf","runForNs":5,"pace":"steps","rtt":true,"watch":{"pins":[60],"uarts":null},
            "parts":[{"name":"knob","pins":[3,4]}],
            "stimuli":[{"at":1,"pin":0,"level":1},{"at":2,"pin":0,"level":null},{"at":3,"uart":2,"bytes":"4f6b"},
                {"at":4,"uart":2,"framing":true},{"at":5,"drift":-50},{"at":6,"part":"knob","quantity":"turn","value":1.5},
                {"at":7,"brownOut":true},{"at":8,"stop":true}]}"#;
        let job = parse_job(line).unwrap();
        assert_eq!(
            (job.elf.as_str(), job.run_for, job.wall_limit_ms, job.pace),
            ("a.elf", 5, 60_000, Pace::Steps)
        );
        assert_eq!((job.pins, job.uarts), (Some(vec![60]), None));
        assert_eq!(job.parts, [Mount { name: "knob".to_owned(), pins: vec![3, 4] }]);
        let all: Vec<What> = job.stimuli.into_iter().map(|stimulus| stimulus.what).collect();
        let expected = [
            What::Drive { pin: 0, level: Some(true) },
            What::Drive { pin: 0, level: None },
            What::Send { uart: 2, bytes: b"Ok".to_vec(), baud: None },
            What::Framing { uart: 2, broken: true },
            What::Drift(-50),
            What::Set { part: "knob".to_owned(), quantity: "turn".to_owned(), value: 1.5 },
            What::BrownOut,
            What::Stop,
        ];
        assert_eq!(all, expected);
    }

    #[test]
    fn a_stimulus_without_a_time_is_for_now() {
        assert_eq!(parse_stimulus(r#"{"stop":true}"#, 9).unwrap().at, 9);
    }

    #[test]
    fn what_cannot_be_done_is_refused_with_its_place() {
        for (line, what) in [
            (r#"{"at":1,"pin":200,"level":1}"#, "the chip has no pin 200"),
            (r#"{"at":1,"pin":2}"#, "a level is 0, 1 or null"),
            (r#"{"at":1,"uart":9,"bytes":""}"#, "this is no uart of the chip"),
            (r#"{"at":1,"uart":2,"bytes":"4"}"#, "bytes are pairs of hexadecimal digits"),
            (r#"{"at":1,"uart":2,"bytes":"44","baud":0}"#, "a baud rate of 0 sends nothing"),
            (r#"{"at":1,"drift":900000}"#, "this is no drift of a clock"),
            (r#"{"at":1,"adc":2,"millivolts":9}"#, "this emulator cannot do that"),
            (r#"{"stop":true}"#, "this stimulus has no time"),
        ] {
            let job = format!(r#"{{"elf":"a","runForNs":1,"stimuli":[{line}]}}"#);
            assert_eq!(parse_job(&job).unwrap_err().what, what, "{line}");
        }
        let bus = parse_job(r#"{"elf":"a","runForNs":1,"parts":[{"name":"it","i2c":0,"address":68}]}"#)
            .unwrap_err();
        assert_eq!((bus.what.as_str(), bus.place.as_str()), ("this emulator has no such bus", "part it"));
    }
}
