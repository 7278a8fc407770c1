//! A run that goes on: events come out as they happen, stimuli go in.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::event::Output;
use crate::node::last_lines;
use crate::{EmulatorError, Event, Job, Nanos, Stimulus};

/// How much longer than the job's own wall limit is waited for a line: Node starts, and answers between two slices.
const GRACE: Duration = Duration::from_secs(10);

/// A running emulator. Dropping it ends the run.
#[derive(Debug)]
pub struct Live {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<std::io::Result<String>>,
    complaints: Option<JoinHandle<String>>,
    patience: Duration,
    ended: bool,
}

impl Live {
    pub(crate) fn start(node: &Path, script: &Path, job: &Job) -> Result<Self, EmulatorError> {
        let mut child = Command::new(node)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(EmulatorError::io(format!("starting {}", node.display())))?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(stdin), Some(stdout), Some(stderr)) = (stdin, stdout, stderr) else {
            unreachable!("all three streams were asked for as pipes");
        };
        let mut live = Self {
            child,
            stdin: Some(stdin),
            lines: read_lines(stdout),
            complaints: Some(thread::spawn(move || read_all(stderr))),
            patience: job.wall_time().saturating_add(GRACE),
            ended: false,
        };
        live.write(&job.to_line())?;
        Ok(live)
    }

    /// The next event, once it has happened; `None` after the end.
    ///
    /// # Errors
    /// The job was refused, the emulator broke off, or it has not answered for longer than the job may take.
    pub fn next_event(&mut self) -> Result<Option<Event>, EmulatorError> {
        match self.next_within(self.patience)? {
            Some(event) => Ok(Some(event)),
            None if self.ended => Ok(None),
            None => Err(EmulatorError::Silent { limit: self.patience }),
        }
    }

    /// The next event, if it comes within `wait`; `None` where it does not, and after the end.
    ///
    /// # Errors
    /// The job was refused, or the emulator broke off.
    pub fn next_within(&mut self, wait: Duration) -> Result<Option<Event>, EmulatorError> {
        if self.ended {
            return Ok(None);
        }
        let line = match self.lines.recv_timeout(wait) {
            Ok(line) => line.map_err(EmulatorError::io("reading from the RP2040 emulator"))?,
            Err(RecvTimeoutError::Timeout) => return Ok(None),
            Err(RecvTimeoutError::Disconnected) => return Err(self.death()),
        };
        match Event::parse(&line) {
            Ok(Output::Event(event)) => {
                self.ended = matches!(event, Event::End(_));
                Ok(Some(event))
            }
            Ok(Output::Failure { what, place, help }) => Err(EmulatorError::Refused { what, place, help }),
            Err(reason) => Err(EmulatorError::Protocol { line, reason }),
        }
    }

    /// Applies a stimulus at a moment of the run, or at once. Only a run at the pace of the wall clock takes them.
    ///
    /// # Errors
    /// The emulator has ended.
    pub fn apply(&mut self, at: Option<Nanos>, stimulus: &Stimulus) -> Result<(), EmulatorError> {
        self.write(&stimulus.to_line(at))
    }

    fn write(&mut self, line: &str) -> Result<(), EmulatorError> {
        let Some(stdin) = &mut self.stdin else { return Err(self.death()) };
        match stdin.write_all(line.as_bytes()).and_then(|()| stdin.flush()) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(self.death()),
            other => other.map_err(EmulatorError::io("writing to the RP2040 emulator")),
        }
    }

    /// What the emulator left behind when it ended without an end of the run.
    pub(crate) fn death(&mut self) -> EmulatorError {
        self.ended = true;
        drop(self.stdin.take());
        let status = self.child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
        let complaints = self.complaints.take().and_then(|reader| reader.join().ok()).unwrap_or_default();
        EmulatorError::Died { status, message: last_lines(&complaints) }
    }
}

impl Iterator for Live {
    type Item = Result<Event, EmulatorError>;

    fn next(&mut self) -> Option<Self::Item> {
        let event = self.next_event();
        if event.is_err() {
            self.ended = true;
        }
        event.transpose()
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        // It may have ended by itself, and there is nobody to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_lines(stdout: impl Read + Send + 'static) -> Receiver<std::io::Result<String>> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines() {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

fn read_all(mut stderr: impl Read) -> String {
    let mut bytes = Vec::new();
    // What could be read before the pipe broke is all there is to show.
    let _ = stderr.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}
