//! The line to whoever runs the emulator: events and news go out, questions go out and their answers come in.
//!
//! A line that begins with `?` is answered while virtual time stands still, one that begins with `!` is not. `README.md` of
//! crates/sim has the lines.

use std::fmt::Write as _;
use std::io::{BufRead, Write};
use std::time::{Duration, Instant};

use serde_json::Value;

const PIECE: usize = 64 * 1024;
const INTERVAL: Duration = Duration::from_millis(50);

/// Both directions.
pub(crate) struct Bridge<'a> {
    input: &'a mut dyn BufRead,
    output: &'a mut dyn Write,
    text: String,
    flushed: Instant,
    /// Whether nobody is there any more.
    pub(crate) is_down: bool,
}

impl<'a> Bridge<'a> {
    pub(crate) fn new(input: &'a mut dyn BufRead, output: &'a mut dyn Write) -> Bridge<'a> {
        Bridge { input, output, text: String::new(), flushed: Instant::now(), is_down: false }
    }

    /// The next line; nothing where nobody sends any more.
    pub(crate) fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        match self.input.read_line(&mut line) {
            Ok(count) if count > 0 => Some(line.trim_end_matches(['\n', '\r']).to_owned()),
            _ => {
                self.is_down = true;
                None
            }
        }
    }

    /// Puts an event out.
    pub(crate) fn event(&mut self, event: &Value) {
        self.write(&event.to_string());
    }

    /// Asks, and waits for the answer; an empty one where nobody is there.
    pub(crate) fn ask(&mut self, question: &str) -> String {
        self.write(&format!("?{question}"));
        self.flush();
        self.line().unwrap_or_default()
    }

    /// Tells what nobody answers.
    pub(crate) fn tell(&mut self, news: &str) {
        self.write(&format!("!{news}"));
    }

    fn write(&mut self, line: &str) {
        writeln!(self.text, "{line}").expect("text takes text");
        if self.text.len() >= PIECE {
            self.flush();
        }
    }

    pub(crate) fn flush_if_due(&mut self) {
        if self.flushed.elapsed() >= INTERVAL {
            self.flush();
        }
    }

    pub(crate) fn flush(&mut self) {
        let written = self.output.write_all(self.text.as_bytes()).and_then(|()| self.output.flush());
        self.is_down |= written.is_err();
        self.text.clear();
        self.flushed = Instant::now();
    }
}
