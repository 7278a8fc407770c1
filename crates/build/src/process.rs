//! Child processes that never outlive the work they were started for.
//!
//! In: a command. Out: its output, within a time limit, or the reason why there is none. Each child leads a
//! process group of its own, so that cargo's compilers, and theirs, end together with it.

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often a wait looks at the cancel token and at the clock.
pub(crate) const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// How long a child may take to end by itself once it was asked to.
const GRACE: Duration = Duration::from_secs(2);

/// Says from another thread, or from a signal handler, that the work is no longer wanted.
///
/// Children do not see the terminal's Ctrl-C, since they are in groups of their own: a program that uses this crate
/// sets `flag` at SIGINT and SIGTERM.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// A token that nobody has cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the work soon: running children are asked to stop, then stopped.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody has called `cancel`.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// The flag itself, for libraries that set a flag at a signal.
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }
}

/// Why a command gave no output.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    #[error("could not be started: {0}")]
    Start(#[from] std::io::Error),
    #[error("did not finish within {} s", .0.as_secs())]
    TimeLimit(Duration),
    #[error("was cancelled")]
    Cancelled,
}

/// What a finished command said.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) success: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs a command to its end and gathers what it wrote.
pub(crate) fn run(mut command: Command, limit: Duration, cancel: &Cancel) -> Result<Output, RunError> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut group = ProcessGroup::spawn(&mut command)?;
    let stdout = group.child.stdout.take().map(read_in_background);
    let stderr = group.child.stderr.take().map(read_in_background);
    let status = group.wait(limit, cancel)?;
    let gathered = |reader: Option<std::sync::mpsc::Receiver<String>>| {
        // A grandchild may hold the pipe open after the command itself has ended.
        reader.and_then(|reader| reader.recv_timeout(GRACE).ok()).unwrap_or_default()
    };
    Ok(Output { success: status.success(), stdout: gathered(stdout), stderr: gathered(stderr) })
}

fn read_in_background(mut stream: impl Read + Send + 'static) -> std::sync::mpsc::Receiver<String> {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // What could be read before a failure is still worth showing.
        let _ = stream.read_to_end(&mut bytes);
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}

/// A child with all its descendants; dropping it ends them.
pub(crate) struct ProcessGroup {
    pub(crate) child: Child,
    finished: bool,
}

impl ProcessGroup {
    pub(crate) fn spawn(command: &mut Command) -> std::io::Result<Self> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        Ok(Self { child: command.spawn()?, finished: false })
    }

    /// The exit status once there is one.
    pub(crate) fn try_wait(&mut self) -> std::io::Result<Option<ExitStatus>> {
        let status = self.child.try_wait()?;
        self.finished |= status.is_some();
        Ok(status)
    }

    /// Waits for the end, at most for the time given.
    pub(crate) fn wait(&mut self, limit: Duration, cancel: &Cancel) -> Result<ExitStatus, RunError> {
        let started = Instant::now();
        let mut pause = Duration::from_millis(1);
        loop {
            if let Some(status) = self.try_wait()? {
                return Ok(status);
            }
            if cancel.is_cancelled() {
                return Err(RunError::Cancelled);
            }
            if started.elapsed() > limit {
                return Err(RunError::TimeLimit(limit));
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(POLL_INTERVAL);
        }
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        if !self.finished {
            end_group(&mut self.child);
        }
    }
}

#[cfg(unix)]
fn end_group(child: &mut Child) {
    use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
    let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else { return };
    // Failures mean that the group is gone already, which is what is wanted.
    let _ = kill_process_group(group, Signal::TERM);
    let asked = Instant::now();
    // The leader is looked at, not reaped: until it is, its id cannot be given to a stranger.
    let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    while matches!(waitid(WaitId::Pid(group), look), Ok(None)) && asked.elapsed() < GRACE {
        std::thread::sleep(POLL_INTERVAL);
    }
    let _ = kill_process_group(group, Signal::KILL);
    // Without its group, the child itself at least: the wait must come to an end.
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(not(unix))]
fn end_group(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn both_outputs_and_the_status_are_gathered() {
        let output = run(shell("echo out; echo err >&2; exit 3"), Duration::from_secs(30), &Cancel::new());
        let output = output.unwrap();
        assert_eq!(
            (output.success, output.stdout.as_str(), output.stderr.as_str()),
            (false, "out\n", "err\n")
        );
    }

    #[test]
    fn more_output_than_a_pipe_holds_does_not_block() {
        let script =
            "i=0; while [ $i -lt 3000 ]; do echo 0123456789012345678901234567890123456789; i=$((i+1)); done";
        let output = run(shell(script), Duration::from_secs(60), &Cancel::new()).unwrap();
        assert_eq!(output.stdout.len(), 3000 * 41);
    }

    #[test]
    fn a_command_that_takes_too_long_is_ended() {
        let started = Instant::now();
        let result = run(shell("sleep 600 & wait"), Duration::from_millis(100), &Cancel::new());
        assert!(matches!(result, Err(RunError::TimeLimit(_))));
        assert!(started.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn a_command_that_ignores_the_request_is_stopped() {
        let started = Instant::now();
        let deaf = shell("trap '' TERM; while :; do sleep 1; done");
        let result = run(deaf, Duration::from_millis(200), &Cancel::new());
        assert!(matches!(result, Err(RunError::TimeLimit(_))));
        assert!(started.elapsed() >= GRACE, "it was asked before");
    }

    #[test]
    fn a_program_that_is_not_there_is_told() {
        let result = run(Command::new("/no/such/program"), GRACE, &Cancel::new());
        assert!(matches!(result, Err(RunError::Start(_))));
    }
}
