//! Runs `cargo build` on a generated crate: crate folder in, ELF out, with news on the way.
//!
//! Counts of finished and of all units are cargo's own, read from its progress line, so they neither overshoot nor
//! stop short. Nothing is left running when the build ends early.

mod failure;
mod progress;

pub use failure::BuildError;
pub use progress::BuildEvent;

use crate::diagnose::{Level, RustcFault, SourceFolders, SourceMap, diagnose};
use crate::environment::Environment;
use crate::link::{LinkFault, is_link_failure, read_linker_text};
use crate::process::{Cancel, POLL_INTERVAL, ProcessGroup, RunError};
use crate::toolchain::Toolchain;
use cargo_metadata::{Artifact, CompilerMessage, Message};
use failure::StderrTail;
use progress::{CargoLine, read_cargo_line};
use serde::Serialize;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// How long output may stay away after cargo itself has ended: a daemon that a build started may hold the pipe.
const LAST_OUTPUT: Duration = Duration::from_secs(1);

/// What is built, and how.
#[derive(Debug, Clone)]
pub struct BuildRequest {
    /// Where the sources lie; cargo runs in the generated crate's folder.
    pub folders: SourceFolders,
    /// From generated lines to app.toml.
    pub map: SourceMap,
    /// cargo's profile, `release`.
    pub profile: String,
    /// Where cargo puts its output, unless `CARGO_TARGET_DIR` says otherwise.
    pub target_folder: PathBuf,
    /// Use only what is already downloaded.
    pub offline: bool,
    /// Refuse to change the lock file.
    pub locked: bool,
    /// Whether compiler messages are drawn with colours.
    pub colour: bool,
}

/// A build that worked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Built {
    /// The image with its symbols, where cargo put it.
    pub elf: PathBuf,
    /// Whether cargo had to make the image anew.
    pub changed: bool,
    /// Warnings and notes of all crates; those in foreign crates are told by their origin.
    pub warnings: Vec<RustcFault>,
    /// How many units there were, those that were up to date included.
    pub units: usize,
    /// How long cargo took.
    pub seconds: f64,
}

/// Builds the generated crate.
pub fn build(
    environment: &Environment,
    toolchain: &Toolchain,
    request: &BuildRequest,
    observer: &mut dyn FnMut(BuildEvent),
    cancel: &Cancel,
) -> Result<Built, BuildError> {
    let started = Instant::now();
    let mut command = cargo_build(environment, toolchain, request);
    let start_failed = |source: std::io::Error| BuildError::CargoNotStarted {
        cargo: toolchain.cargo.clone(),
        reason: source.to_string(),
    };
    let mut group = ProcessGroup::spawn(&mut command).map_err(start_failed)?;
    let lines = output_lines(&mut group);
    let mut record = Record { request, observer, stderr: StderrTail::default(), results: Results::default() };
    let success = record.follow(&mut group, &lines, cancel).map_err(start_failed)?;
    let Record { stderr, results, .. } = record;
    match success {
        None => Err(BuildError::Cancelled),
        Some(false) => Err(failure::explain(toolchain, results, &stderr)),
        Some(true) => {
            let (elf, changed) = results.executable.ok_or(BuildError::NoExecutable)?;
            let seconds = started.elapsed().as_secs_f64();
            Ok(Built { elf, changed, warnings: results.faults, units: results.units, seconds })
        }
    }
}

fn cargo_build(environment: &Environment, toolchain: &Toolchain, request: &BuildRequest) -> Command {
    let mut command = toolchain.cargo_command(environment);
    command.current_dir(&request.folders.generated).arg("build").args(["--profile", &request.profile]);
    command.args(toolchain.cargo_arguments());
    let format = if request.colour { "json-diagnostic-rendered-ansi" } else { "json" };
    command.args(["--message-format", format]);
    command.args(request.offline.then_some("--offline"));
    command.args(request.locked.then_some("--locked"));
    let target_folder = environment.target_folder().unwrap_or_else(|| request.target_folder.clone());
    command.env("CARGO_TARGET_DIR", target_folder);
    // The progress line is read, never shown; its colours and its fit to a terminal would be in the way.
    command.env("CARGO_TERM_COLOR", "never");
    command.env("CARGO_TERM_PROGRESS_WHEN", "always").env("CARGO_TERM_PROGRESS_WIDTH", "240");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A line of cargo's output.
enum Line {
    Message(Vec<u8>),
    Talk(Vec<u8>),
}

/// Both outputs as one stream of lines, which ends when both have ended.
fn output_lines(group: &mut ProcessGroup) -> Receiver<Line> {
    let (sender, receiver) = channel();
    if let Some(stdout) = group.child.stdout.take() {
        let sender = sender.clone();
        std::thread::spawn(move || send_lines(stdout, b"\n", Line::Message, &sender));
    }
    if let Some(stderr) = group.child.stderr.take() {
        // The progress line is redrawn after a carriage return.
        std::thread::spawn(move || send_lines(stderr, b"\r\n", Line::Talk, &sender));
    }
    receiver
}

fn send_lines(stream: impl Read, ends: &[u8], wrap: fn(Vec<u8>) -> Line, sender: &Sender<Line>) {
    let mut reader = BufReader::with_capacity(1 << 16, stream);
    let mut line = Vec::new();
    loop {
        let available = match reader.fill_buf() {
            Ok(available) if !available.is_empty() => available,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            // Empty, or broken: the pipe has ended.
            _ => break,
        };
        let end = available.iter().position(|byte| ends.contains(byte));
        line.extend_from_slice(&available[..end.unwrap_or(available.len())]);
        let used = end.map_or(available.len(), |end| end + 1);
        reader.consume(used);
        if end.is_some() && !line.is_empty() && sender.send(wrap(std::mem::take(&mut line))).is_err() {
            return;
        }
    }
    // The receiver may have left; then nobody misses the last line.
    let _ = sender.send(wrap(line));
}

/// What cargo's messages add up to.
#[derive(Default)]
struct Results {
    executable: Option<(PathBuf, bool)>,
    faults: Vec<RustcFault>,
    link: Option<LinkFault>,
    units: usize,
}

struct Record<'a> {
    request: &'a BuildRequest,
    observer: &'a mut dyn FnMut(BuildEvent),
    stderr: StderrTail,
    results: Results,
}

impl Record<'_> {
    /// Reads until cargo has ended: whether it succeeded, or none when it was cancelled.
    fn follow(
        &mut self,
        group: &mut ProcessGroup,
        lines: &Receiver<Line>,
        cancel: &Cancel,
    ) -> std::io::Result<Option<bool>> {
        let mut ended: Option<Instant> = None;
        loop {
            if cancel.is_cancelled() {
                return Ok(None);
            }
            match lines.recv_timeout(POLL_INTERVAL) {
                Ok(Line::Message(line)) => self.message(&line),
                Ok(Line::Talk(line)) => self.talk(&line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout)
                    if ended.is_some_and(|since| since.elapsed() > LAST_OUTPUT) =>
                {
                    break;
                }
                Err(RecvTimeoutError::Timeout) if ended.is_none() && group.try_wait()?.is_some() => {
                    ended = Some(Instant::now());
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
        match group.wait(Duration::MAX, cancel) {
            Ok(status) => Ok(Some(status.success())),
            Err(RunError::Start(source)) => Err(source),
            Err(RunError::Cancelled | RunError::TimeLimit(_)) => Ok(None),
        }
    }

    fn message(&mut self, line: &[u8]) {
        // A line that is no message of cargo's is something that a build script printed.
        match serde_json::from_slice(line) {
            Ok(Message::CompilerArtifact(artifact)) => self.artifact(artifact),
            Ok(Message::CompilerMessage(message)) => self.compiler_message(&message),
            _ => {}
        }
    }

    fn artifact(&mut self, artifact: Artifact) {
        self.results.units += 1;
        let is_program = artifact.target.is_bin();
        if let Some(path) = artifact.executable.filter(|_| is_program) {
            self.results.executable = Some((path.into_std_path_buf(), !artifact.fresh));
        }
    }

    fn compiler_message(&mut self, message: &CompilerMessage) {
        let diagnostic = &message.message;
        if is_link_failure(&diagnostic.message) {
            let text: Vec<&str> = diagnostic.children.iter().map(|child| child.message.as_str()).collect();
            self.results.link = Some(read_linker_text(&text.join("\n")));
        }
        let Some(fault) = diagnose(&self.request.folders, &self.request.map, message) else { return };
        // A file that is compiled twice, for host and chip, complains twice.
        if !self.results.faults.contains(&fault) {
            self.results.faults.push(fault.clone());
            (self.observer)(BuildEvent::Fault(Box::new(fault)));
        }
    }

    fn talk(&mut self, line: &[u8]) {
        let text = String::from_utf8_lossy(line);
        match read_cargo_line(&text) {
            CargoLine::Event(event) => (self.observer)(event),
            CargoLine::Noise => {}
            CargoLine::Other => self.stderr.push(text.trim_end()),
        }
    }
}

impl Results {
    /// The faults that failed the build.
    fn errors(self) -> Vec<RustcFault> {
        self.faults.into_iter().filter(|fault| fault.level == Level::Error).collect()
    }
}
