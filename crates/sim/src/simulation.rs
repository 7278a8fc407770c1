//! A firmware that was built for the host: a job goes in as lines of words, its events come out as lines of JSON.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use crate::error::SIMULATION;
use crate::event::Output as Parsed;
use crate::{EmulatorError, End, EndReason, Event, Job, Live, Nanos, Pace, Parts, Trace};

/// A program that `fwc` built from the simulated HAL.
#[derive(Debug, Clone)]
pub struct Simulation {
    program: PathBuf,
}

/// Why a run on the host came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    /// The program does not start, or its pipes broke.
    #[error("while running `{}`", program.display())]
    Io {
        /// The program.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It wrote a line that is not understood.
    #[error("the simulation wrote a line that is not understood, because {reason}: {line}")]
    Protocol {
        /// The line.
        line: String,
        /// What is wrong with it.
        reason: String,
    },
    /// It ended without having come to an end of the run, and not by a fault of the firmware.
    #[error("the simulation ended unexpectedly ({status}): {message}")]
    Died {
        /// How.
        status: String,
        /// What it wrote last.
        message: String,
    },
}

impl Simulation {
    /// The program at a path.
    pub fn at(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into() }
    }

    /// Runs a job to its end, as fast as the machine can, with new parts on the wires. With `polls`, each poll of a task
    /// is an event.
    ///
    /// # Errors
    /// The program cannot be run. What the firmware does wrong is no error, but an event.
    pub fn run(&self, job: &Job, polls: bool, parts: impl Fn() -> Parts) -> Result<Trace, SimulationError> {
        let extra: &[&str] = if polls { &["polls"] } else { &[] };
        let output = self.output(job, extra, parts())?;
        let mut events = parse(&output)?;
        if let Some(Event::End(end)) = events.pop_if(|event| matches!(event, Event::End(_))) {
            return Ok(Trace::new(self.program.clone(), events, end));
        }
        if output.status.code().is_some() {
            return Err(died(&output));
        }
        self.crashed(job, parts())
    }

    /// Starts a job by steps with parts on the wires, and hands out its events as they come: [`Live::go_on`] says how far it
    /// goes. With `polls`, each poll of a task is an event.
    ///
    /// # Errors
    /// The program does not start.
    pub fn start(&self, job: &Job, polls: bool, parts: Parts) -> Result<Live, EmulatorError> {
        let extra: &[&str] = if polls { &["polls"] } else { &[] };
        let job = job.clone().pace(Pace::Steps);
        let command = Command::new(&self.program);
        let text = job.to_words(extra, &parts);
        Live::start(SIMULATION, command, &text, parts, job.wall_time())
    }

    /// A signal ended the process in the middle of a poll. Two runs are the same, so one that writes each line at once
    /// shows which.
    fn crashed(&self, job: &Job, parts: Parts) -> Result<Trace, SimulationError> {
        let output = self.output(job, &["polls", "careful"], parts)?;
        let mut events = parse(&output)?;
        let Some((at, task)) = events.iter().rev().find_map(|event| match event {
            Event::Poll { at, task } => Some((*at, task.clone())),
            _ => None,
        }) else {
            return Err(died(&output));
        };
        events.retain(|event| !matches!(event, Event::Poll { .. }));
        let overflow = String::from_utf8_lossy(&output.stderr).contains("has overflowed its stack");
        let what = if overflow { "overflowed its stack" } else { "crashed" };
        let note = format!("the process ended with {}", output.status);
        events.push(Event::Broken { at, task: Some(task), what: what.to_owned(), note });
        Ok(Trace::new(self.program.clone(), events, end(at)))
    }

    /// Everything that the program wrote but its questions, which the parts answer while it waits.
    fn output(&self, job: &Job, extra: &[&str], mut parts: Parts) -> Result<Output, SimulationError> {
        let failed = |source| SimulationError::Io { program: self.program.clone(), source };
        let mut child = Command::new(&self.program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let (Some(mut stdin), Some(stdout), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            unreachable!("all three streams were asked for as pipes");
        };
        let complaints = std::thread::spawn(move || read_all(stderr));
        // The program reads all of the job before it writes, so neither waits for the other.
        match stdin.write_all(job.to_words(extra, &parts).as_bytes()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(failed(error)),
            _ => {}
        }
        let mut text = Vec::new();
        let mut stdout = BufReader::with_capacity(64 * 1024, stdout);
        loop {
            let begun = text.len();
            if stdout.read_until(b'\n', &mut text).map_err(failed)? == 0 {
                break;
            }
            let line = String::from_utf8_lossy(&text[begun..]);
            let heard = parts.hear(line.trim_end());
            // A question that makes no sense is found out where events are read.
            if heard.is_news || line.starts_with('!') {
                text.truncate(begun);
            }
            text.extend(heard.shown.iter().flat_map(|event| [event.as_bytes(), b"\n"].concat()));
            if let Some(answer) = heard.answer {
                // A program that does not read any more has ended, which its output tells.
                let _ = stdin.write_all(format!("{answer}\n").as_bytes());
            }
        }
        let status = child.wait().map_err(failed)?;
        Ok(Output { status, stdout: text, stderr: complaints.join().unwrap_or_default() })
    }
}

fn read_all(mut stream: impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    // What could be read before the pipe broke is all there is to show.
    let _ = stream.read_to_end(&mut bytes);
    bytes
}

fn parse(output: &Output) -> Result<Vec<Event>, SimulationError> {
    let text = String::from_utf8_lossy(&output.stdout);
    let event = |line: &str| match Event::parse(line) {
        Ok(Parsed::Event(event)) => Ok(event),
        Ok(Parsed::Failure { what, .. }) => {
            Err(SimulationError::Protocol { line: line.to_owned(), reason: what })
        }
        Err(reason) => Err(SimulationError::Protocol { line: line.to_owned(), reason }),
    };
    text.lines().map(event).collect()
}

fn end(at: Nanos) -> End {
    End {
        at,
        reason: EndReason::Stopped,
        retired_instructions: 0,
        slept: Nanos(0),
        resets: 0,
        unmodelled: Default::default(),
    }
}

fn died(output: &Output) -> SimulationError {
    let message = crate::node::last_lines(&String::from_utf8_lossy(&output.stderr));
    SimulationError::Died { status: output.status.to_string(), message }
}
