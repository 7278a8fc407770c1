//! A firmware that was built for the host: a job goes in as lines of words, its events come out as lines of JSON.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};

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
        let mut told = self.output(job, extra, parts())?;
        if let Some(Event::End(end)) = told.events.pop_if(|event| matches!(event, Event::End(_))) {
            return Ok(Trace::new(self.program.clone(), told.events, end));
        }
        if told.status.code().is_some() {
            return Err(told.died());
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
        let mut told = self.output(job, &["polls", "careful"], parts)?;
        let mut events = std::mem::take(&mut told.events);
        let Some((at, task)) = events.iter().rev().find_map(|event| match event {
            Event::Poll { at, task } => Some((*at, task.clone())),
            _ => None,
        }) else {
            return Err(told.died());
        };
        events.retain(|event| !matches!(event, Event::Poll { .. }));
        let overflow = told.complaints.contains("has overflowed its stack");
        let what = if overflow { "overflowed its stack" } else { "crashed" };
        let note = format!("the process ended with {}", told.status);
        events.push(Event::Broken { at, task: Some(task), what: what.to_owned(), note });
        Ok(Trace::new(self.program.clone(), events, end(at)))
    }

    /// Runs the program to its end. Its questions are answered by the parts while it waits; its events are read while it goes
    /// on, since a trace has millions of them.
    fn output(&self, job: &Job, extra: &[&str], mut parts: Parts) -> Result<Told, SimulationError> {
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
        let mut reading = Reading::default();
        let mut bytes = Vec::new();
        let mut stdout = BufReader::with_capacity(64 * 1024, stdout);
        while stdout.read_until(b'\n', &mut bytes).map_err(failed)? > 0 {
            let line = String::from_utf8_lossy(&bytes);
            let line = line.trim_end();
            let heard = parts.hear(line);
            if !heard.is_news && !line.starts_with('!') {
                reading.read(line);
            }
            heard.shown.iter().for_each(|line| reading.read(line));
            if let Some(answer) = heard.answer {
                // A program that does not read any more has ended, which its output tells.
                let _ = stdin.write_all(format!("{answer}\n").as_bytes());
            }
            bytes.clear();
        }
        let status = child.wait().map_err(failed)?;
        let complaints = complaints.join().unwrap_or_default();
        let events = reading.fault.map_or(Ok(reading.events), Err)?;
        Ok(Told { status, events, complaints: String::from_utf8_lossy(&complaints).into_owned() })
    }
}

/// What a program has told until its end.
struct Told {
    status: ExitStatus,
    events: Vec<Event>,
    complaints: String,
}

impl Told {
    fn died(&self) -> SimulationError {
        let message = crate::node::last_lines(&self.complaints);
        SimulationError::Died { status: self.status.to_string(), message }
    }
}

/// Lines that become events, up to the first that is none: the program is heard to its end all the same.
#[derive(Default)]
struct Reading {
    events: Vec<Event>,
    fault: Option<SimulationError>,
}

impl Reading {
    fn read(&mut self, line: &str) {
        let reason = match Event::parse(line) {
            Ok(Parsed::Event(event)) => return self.events.push(event),
            Ok(Parsed::Failure { what, .. }) => what,
            Err(reason) => reason,
        };
        self.fault.get_or_insert_with(|| SimulationError::Protocol { line: line.to_owned(), reason });
    }
}

fn read_all(mut stream: impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    // What could be read before the pipe broke is all there is to show.
    let _ = stream.read_to_end(&mut bytes);
    bytes
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
