//! The emulators as this machine has them: Node and an installed package, or a program -> runs.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::EMULATOR;
use crate::node::find_node;
use crate::{Board, BoardSetup, EmulatorError, Event, Job, Live, Parts, Trace, install};

/// Something that runs images, and is told what by lines on its stdin.
#[derive(Debug, Clone)]
pub struct Emulator {
    /// What errors call it.
    name: &'static str,
    program: PathBuf,
    arguments: Vec<OsString>,
    /// The script that is a whole board instead, where there is one.
    board: Option<PathBuf>,
}

impl Emulator {
    /// Installs the RP2040's emulator, which is embedded in this crate, below `cache`, where it is not there yet.
    ///
    /// # Errors
    /// Node or npm is missing or too old, or npm could not install.
    pub fn install(cache: &Path) -> Result<Self, EmulatorError> {
        let node = find_node()?;
        Ok(Self::under_node(node, &install::install(cache)?))
    }

    /// Uses the RP2040's emulator in a directory where `npm ci` has run.
    ///
    /// # Errors
    /// Node is missing or too old, or the directory holds no installed emulator.
    pub fn at(package: &Path) -> Result<Self, EmulatorError> {
        let node = find_node()?;
        if !install::is_installed(package) {
            return Err(EmulatorError::NotInstalled { directory: package.to_owned() });
        }
        Ok(Self::under_node(node, package))
    }

    /// Uses a program that speaks the protocol of this crate's README; errors call it by `name`.
    pub fn program(
        name: &'static str,
        program: impl Into<PathBuf>,
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Self {
        let arguments = arguments.into_iter().map(Into::into).collect();
        Self { name, program: program.into(), arguments, board: None }
    }

    fn under_node(node: PathBuf, package: &Path) -> Self {
        let board = Some(package.join("board/run.mjs"));
        Self { name: EMULATOR, program: node, arguments: vec![package.join("run.mjs").into()], board }
    }

    /// Runs a job to its end.
    ///
    /// # Errors
    /// The job was refused, or the emulator broke off. A fault of the firmware is no error, but an event.
    pub fn run(&self, job: &Job) -> Result<Trace, EmulatorError> {
        self.run_with(job, Parts::new()).map(|(trace, _)| trace)
    }

    /// Runs a job to its end with parts on the chip's wires, and hands them back as the run has left them.
    ///
    /// # Errors
    /// As those of [`Emulator::run`].
    pub fn run_with(&self, job: &Job, parts: Parts) -> Result<(Trace, Parts), EmulatorError> {
        let mut live = self.start_with(job, parts)?;
        let mut events = Vec::new();
        loop {
            match live.next_event()? {
                Some(Event::End(end)) => {
                    // Where the emulator looks whether work ends that the run has ended in, parts may show more.
                    events.retain(|event: &Event| event.at() <= end.at);
                    let trace = Trace::new(job.elf().to_owned(), events, end);
                    return Ok((trace, live.into_parts()));
                }
                Some(event) => events.push(event),
                None => return Err(live.death()),
            }
        }
    }

    /// Starts a job and hands out its events as they come.
    ///
    /// # Errors
    /// The emulator could not be started.
    pub fn start(&self, job: &Job) -> Result<Live, EmulatorError> {
        self.start_with(job, Parts::new())
    }

    /// Starts a job with parts on the chip's wires.
    ///
    /// # Errors
    /// The emulator could not be started.
    pub fn start_with(&self, job: &Job, parts: Parts) -> Result<Live, EmulatorError> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        let first = job.to_line(&parts);
        Live::start(self.name, command, &first, parts, job.wall_time())
    }

    /// Powers a board up.
    ///
    /// # Errors
    /// It could not be started, or the emulator has no board with a debug probe and a boot drive.
    pub fn power_up(&self, setup: &BoardSetup) -> Result<Board, EmulatorError> {
        match &self.board {
            Some(script) => Board::start(&self.program, script, setup),
            None => Err(EmulatorError::NoBoard { who: self.name }),
        }
    }
}
