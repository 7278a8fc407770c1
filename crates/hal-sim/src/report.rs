//! What happens, as JSON on stdout: one object a line, in the form of the emulator's events.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::orders::{Channels, Job};

/// Lines are written when there are so many bytes of them.
const PIECE: usize = 64 * 1024;

/// Lines that are not written yet. The main thread fills it; the one that watches it may have the last word.
static LINES: Mutex<String> = Mutex::new(String::new());
static POLLS: AtomicBool = AtomicBool::new(false);
static CAREFUL: AtomicBool = AtomicBool::new(false);
static CHANNELS: Mutex<Channels> = Mutex::new(Channels::Some(Vec::new()));

pub(crate) fn start(job: &Job) {
    POLLS.store(job.polls, Ordering::Relaxed);
    CAREFUL.store(job.careful, Ordering::Relaxed);
    *CHANNELS.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = job.channels.clone();
}

/// Whether the messages of a channel are lines.
pub(crate) fn reports_channel(name: &str) -> bool {
    match &*CHANNELS.lock().unwrap_or_else(std::sync::PoisonError::into_inner) {
        Channels::All => true,
        Channels::Some(names) => names.iter().any(|wanted| wanted == name),
    }
}

/// Adds a line, whose rest of the object behind the time is `rest`.
pub(crate) fn line(at: u64, rest: std::fmt::Arguments<'_>) {
    let mut lines = LINES.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    // Writing into a String cannot fail.
    let _ = write!(lines, "{{\"t\":{at},");
    let _ = lines.write_fmt(rest);
    lines.push_str("}\n");
    if lines.len() >= PIECE || CAREFUL.load(Ordering::Relaxed) {
        write_out(&mut lines);
    }
}

pub(crate) fn level(at: u64, pin: u8, level: bool, by: &str) {
    line(at, format_args!("\"pin\":{pin},\"level\":{},\"by\":\"{by}\"", u8::from(level)));
}

/// Whether each poll of a task is a line.
#[inline]
pub(crate) fn reports_polls() -> bool {
    POLLS.load(Ordering::Relaxed)
}

#[cold]
pub(crate) fn poll(at: u64, task: &str) {
    line(at, format_args!("\"poll\":\"{task}\""));
}

/// A step of a run that is led is over.
pub(crate) fn reached(at: u64) {
    line(at, format_args!("\"reached\":true"));
    flush();
}

/// The last line: why the run is over.
pub(crate) fn end(at: u64, reason: &str) {
    line(at, format_args!("\"end\":true,\"reason\":\"{reason}\""));
    flush();
}

/// The run breaks off: what happened, in words that complete "the firmware …", the task, and more about it.
pub(crate) fn broken(at: u64, what: &str, task: Option<&str>, note: &str) {
    let task = task.map(|task| format!(",\"task\":\"{}\"", escape(task))).unwrap_or_default();
    line(at, format_args!("\"broken\":\"{}\",\"note\":\"{}\"{task}", escape(what), escape(note)));
    line(at, format_args!("\"end\":true,\"reason\":\"stopped\""));
    flush();
}

/// A question, behind all that has happened before it.
pub(crate) fn question(words: std::fmt::Arguments<'_>) {
    let mut lines = LINES.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let _ = writeln!(lines, "?{words}");
    write_out(&mut lines);
}

/// What nobody answers.
pub(crate) fn news(words: std::fmt::Arguments<'_>) {
    let mut lines = LINES.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let _ = writeln!(lines, "!{words}");
}

pub(crate) fn flush() {
    write_out(&mut LINES.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
}

fn write_out(lines: &mut String) {
    let mut stdout = std::io::stdout().lock();
    if stdout.write_all(lines.as_bytes()).and_then(|()| stdout.flush()).is_err() {
        // Nobody reads any more: fwc was interrupted.
        std::process::exit(0);
    }
    lines.clear();
}

/// A text as it stands in a string of JSON.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' => escaped.push_str("\\\""),
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            control if control < ' ' => {
                let _ = write!(escaped, "\\u{:04x}", u32::from(control));
            }
            other => escaped.push(other),
        }
    }
    escaped
}
