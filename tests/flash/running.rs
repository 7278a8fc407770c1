//! A command that goes on until Ctrl-C: its lines as they come.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use fwc_tests::{Ran, fwc_command};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// What comes at all comes in seconds; a machine that is busy with other tests takes its time.
const PATIENCE: Duration = Duration::from_secs(180);

/// A `fwc` that goes on, and the lines that it gives.
pub(crate) struct Running {
    child: Child,
    pub(crate) stdout: Receiver<String>,
    pub(crate) stderr: Receiver<String>,
}

impl Running {
    /// Starts it.
    pub(crate) fn start(project: &Path, arguments: &[&str]) -> Running {
        let mut command = fwc_command(project, arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stdout = lines(child.stdout.take().unwrap());
        let stderr = lines(child.stderr.take().unwrap());
        Running { child, stdout, stderr }
    }

    /// The lines up to the first that has these words. That they cannot come any more is known when the command ends.
    pub(crate) fn until(from: &Receiver<String>, words: &str) -> Vec<String> {
        let begun = Instant::now();
        let mut seen = Vec::new();
        while let Ok(line) = from.recv_timeout(PATIENCE.saturating_sub(begun.elapsed())) {
            let found = line.contains(words);
            seen.push(line);
            if found {
                return seen;
            }
        }
        panic!("`{words}` does not come: {seen:#?}");
    }

    /// Ctrl-C, and what it comes to.
    pub(crate) fn interrupt(self) -> Ran {
        kill_process(Pid::from_child(&self.child), Signal::INT).unwrap();
        self.end()
    }

    /// What it comes to by itself.
    pub(crate) fn end(mut self) -> Ran {
        let code = self.child.wait().unwrap().code();
        let text = |lines: &Receiver<String>| lines.iter().map(|line| line + "\n").collect();
        Ran { code, stdout: text(&self.stdout), stderr: text(&self.stderr) }
    }
}

/// A test that fails leaves nothing behind.
impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(stream: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

/// A serial port whose other end is the test's: that end, and the port's path.
pub(crate) fn pseudo_terminal() -> (File, String) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let port = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    (File::from(master), port)
}
