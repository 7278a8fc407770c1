//! A record to the Trace Event Format, which <https://ui.perfetto.dev> and `chrome://tracing` open.

use fwc_core::app::{App, PeripheralKind};
use fwc_parts::Nanos;
use fwc_schema::app::Initial;
use serde_json::{Value, json};

use crate::{Record, What};

/// Threads of the one process: each is a row of the viewer.
const LOG: usize = 1;
const FIRST_PERIPHERAL: usize = 100;
const FIRST_CHANNEL: usize = 10_000;
const FIRST_TASK: usize = 20_000;

/// One run as a JSON document.
#[must_use]
pub fn perfetto(record: &Record, app: &App) -> String {
    let mut events = names(app);
    for fact in &record.facts {
        events.extend(event(&fact.what, fact.at, app));
    }
    events.extend(levels(record, app));
    json!({ "displayTimeUnit": "ms", "traceEvents": events }).to_string()
}

fn names(app: &App) -> Vec<Value> {
    let row = |id: usize, name: String| json!({ "ph": "M", "pid": 1, "tid": id, "name": "thread_name", "args": { "name": name } });
    let mut rows = vec![
        json!({ "ph": "M", "pid": 1, "name": "process_name", "args": { "name": app.name.value } }),
        row(LOG, "log".to_string()),
    ];
    let peripherals = app.peripherals.iter().enumerate();
    rows.extend(peripherals.map(|(index, one)| row(FIRST_PERIPHERAL + index, one.name.value.clone())));
    let channels = app.channels.iter().enumerate();
    rows.extend(
        channels.map(|(index, one)| row(FIRST_CHANNEL + index, format!("channel {}", one.name.value))),
    );
    let tasks = app.tasks.iter().enumerate();
    rows.extend(tasks.map(|(index, one)| row(FIRST_TASK + index, format!("task {}", one.name.value))));
    rows
}

fn event(what: &What, at: Nanos, app: &App) -> Option<Value> {
    let instant = |row: usize, name: &str, args: Value| json!({ "ph": "i", "s": "t", "pid": 1, "tid": row, "ts": micros(at), "name": name, "args": args });
    match what {
        What::Duty { pwm, duty } => Some(json!({
            "ph": "C", "pid": 1, "ts": micros(at), "name": format!("{} duty", app.peripheral(*pwm).name.value),
            "args": { "percent": *duty as f64 / 10_000.0 },
        })),
        What::Shown { device, lines } => {
            Some(instant(FIRST_PERIPHERAL + device.index(), &lines.join(" / "), json!({})))
        }
        What::Sent { uart, bytes } => {
            let text = String::from_utf8_lossy(bytes);
            Some(instant(FIRST_PERIPHERAL + uart.index(), &text.escape_debug().to_string(), json!({})))
        }
        What::Lost { uart, reason, count } => Some(instant(
            FIRST_PERIPHERAL + uart.index(),
            "lost",
            json!({ "bytes": count, "reason": reason }),
        )),
        What::Log { message, .. } => Some(instant(LOG, message, json!({}))),
        What::Message { channel, values } => {
            let message = crate::judge::message(values);
            Some(instant(FIRST_CHANNEL + channel.index(), &message, json!({})))
        }
        What::Poll { task } => Some(instant(FIRST_TASK + task.index(), "poll", json!({}))),
        What::Reset { cause } => Some(instant(LOG, &format!("reset by {cause}"), json!({}))),
        What::Output { .. } | What::Input { .. } => None,
    }
}

/// The times in which outputs and inputs are active, as bars.
fn levels(record: &Record, app: &App) -> Vec<Value> {
    let mut bars = Vec::new();
    for (index, peripheral) in app.peripherals.iter().enumerate() {
        let mut since = match &peripheral.kind {
            PeripheralKind::Output(output) => (output.initial == Initial::On).then_some(Nanos(0)),
            PeripheralKind::Input(_) => None,
            _ => continue,
        };
        let mut bar = |from: Nanos, to: Nanos| {
            bars.push(json!({
                "ph": "X", "pid": 1, "tid": FIRST_PERIPHERAL + index, "ts": micros(from), "dur": micros(to - from),
                "name": "active",
            }));
        };
        for fact in &record.facts {
            let active = match fact.what {
                What::Output { output: id, active } | What::Input { input: id, active }
                    if id.index() == index =>
                {
                    active
                }
                _ => continue,
            };
            match (active, since) {
                (true, None) => since = Some(fact.at),
                (false, Some(from)) => {
                    bar(from, fact.at);
                    since = None;
                }
                _ => {}
            }
        }
        if let Some(from) = since {
            bar(from, record.end);
        }
    }
    bars
}

fn micros(at: Nanos) -> f64 {
    at.0 as f64 / 1_000.0
}
