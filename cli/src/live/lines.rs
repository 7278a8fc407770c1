//! Facts -> a line each: for people where there is no terminal, or objects for programs.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use fwc_build::Cancel;
use fwc_core::app::{App, PeripheralId};
use fwc_parts::Nanos;
use fwc_scenario::{Fact, What};
use fwc_schema::scenario::Scalar;
use serde_json::{Map, Value, json};

use crate::Outcome;
use crate::live::machine::Machine;
use crate::live::pace::Pace;
use crate::shell::Shell;
use crate::view::values_text;

/// How long is waited where there is nothing to do.
const PAUSE: Duration = Duration::from_millis(1);
const WAIT: Duration = Duration::from_millis(20);

/// Runs a board and writes what happens, until it is over or not wanted any more.
pub(crate) fn show(
    machine: &mut Machine<'_>,
    mut pace: Pace,
    app: &App,
    shell: &Shell,
    cancel: &Cancel,
) -> Outcome {
    let mut lines = Lines { app, shell, begun: BTreeMap::new() };
    let started = Instant::now();
    while !machine.is_over() && !cancel.is_cancelled() {
        if machine.waits() {
            match pace.next(started.elapsed(), machine.now()) {
                Some(until) => machine.go_on(until, &[])?,
                None => thread::sleep(PAUSE),
            }
            continue;
        }
        for fact in machine.next(WAIT)?.unwrap_or_default() {
            lines.fact(&fact)?;
        }
    }
    lines.end()
}

/// Lines that are being written.
struct Lines<'a> {
    app: &'a App,
    shell: &'a Shell,
    /// Lines of uarts without an end, with the moment of their last byte.
    begun: BTreeMap<PeripheralId, (Nanos, Vec<u8>)>,
}

impl Lines<'_> {
    fn fact(&mut self, fact: &Fact) -> Outcome {
        let name = |id: &PeripheralId| self.app.peripheral(*id).name.value.clone();
        let (kind, name, text, more) = match &fact.what {
            What::Output { output, active } => {
                ("output", name(output), on(*active), json!({ "active": active }))
            }
            What::Input { input, active } => ("input", name(input), on(*active), json!({ "active": active })),
            What::Duty { pwm, duty } => {
                let percent = *duty as f64 / 1e4;
                ("pwm", name(pwm), format!("{percent:.1}%"), json!({ "percent": percent }))
            }
            What::Shown { device, lines } => {
                let text = lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join(" / ");
                ("device", name(device), text, json!({ "shows": lines }))
            }
            What::Sent { uart, bytes } => return self.bytes(*uart, fact.at, bytes),
            What::Lost { uart, count, reason } => {
                let text = format!("{count} lost: {reason}");
                ("lost", name(uart), text, json!({ "bytes": count, "cause": reason }))
            }
            What::Log { level, message } => {
                let level = level.map(|level| level.to_string());
                let shown = level.clone().unwrap_or_default();
                ("log", shown, message.replace('\n', " "), json!({ "level": level, "message": message }))
            }
            What::Message { channel, values } => {
                let channel = &self.app.channels[channel.index()];
                let (name, text) = (channel.name.value.clone(), values_text(values));
                ("channel", name, text, json!({ "values": object(values) }))
            }
            What::Reset { cause } => {
                ("reset", String::new(), format!("by {cause}"), json!({ "cause": cause }))
            }
            What::Poll { .. } => return Ok(()),
        };
        self.write(fact.at, kind, &name, &text, more)
    }

    fn bytes(&mut self, uart: PeripheralId, at: Nanos, bytes: &[u8]) -> Outcome {
        for byte in bytes {
            let (last, begun) = self.begun.entry(uart).or_default();
            *last = at;
            if *byte == b'\n' {
                self.end_line(uart)?;
            } else {
                begun.push(*byte);
            }
        }
        Ok(())
    }

    fn end_line(&mut self, uart: PeripheralId) -> Outcome {
        let Some((at, line)) = self.begun.remove(&uart) else { return Ok(()) };
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches('\r');
        let shown: String = text.chars().map(|one| if one.is_control() { '\u{fffd}' } else { one }).collect();
        let name = self.app.peripheral(uart).name.value.clone();
        self.write(at, "text", &name, &shown, json!({ "text": text }))
    }

    /// What was begun is all that came.
    fn end(mut self) -> Outcome {
        let begun: Vec<PeripheralId> = self.begun.keys().copied().collect();
        begun.into_iter().try_for_each(|uart| self.end_line(uart))
    }

    fn write(&self, at: Nanos, kind: &str, name: &str, text: &str, more: Value) -> Outcome {
        if self.shell.is_json() {
            let mut object = json!({ "reason": "event", "virtual_ns": at.0, "event": kind });
            let fields = object.as_object_mut().expect("it is written as one");
            if kind != "log" && kind != "reset" {
                fields.insert("name".to_owned(), name.into());
            }
            fields.extend(more.as_object().cloned().unwrap_or_default());
            return self.shell.record(&object);
        }
        let time = self.shell.faint(&format!("{:>11.6}", at.0 as f64 / 1e9));
        let line = format!("{time} {kind:<7} {name:<12} {text}");
        self.shell.data(&format!("{}\n", line.trim_end()))
    }
}

fn on(active: bool) -> String {
    if active { "on" } else { "off" }.to_owned()
}

/// The fields of a message; a plain value is called `value`.
fn object(values: &[(String, Scalar)]) -> Map<String, Value> {
    let field = |(path, scalar): &(String, Scalar)| {
        let value = match scalar {
            Scalar::Bool(flag) => json!(flag),
            Scalar::Number(number) => json!(number),
            Scalar::Text(text) => json!(text),
        };
        (if path.is_empty() { "value".to_owned() } else { path.clone() }, value)
    };
    values.iter().map(field).collect()
}
