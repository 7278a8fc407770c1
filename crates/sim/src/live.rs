//! A run that goes on: events come out as they happen, stimuli go in.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::error::SIMULATION;
use crate::event::Output;
use crate::node::last_lines;
use crate::{EmulatorError, Event, Nanos, Parts, Stimulus};

/// How much longer than the job's own wall limit is waited for a line: Node starts, and answers between two slices.
const GRACE: Duration = Duration::from_secs(10);

/// A running emulator, or firmware that runs on the host. Dropping it ends the run.
#[derive(Debug)]
pub struct Live {
    who: &'static str,
    child: Child,
    stdin: Arc<Mutex<ChildStdin>>,
    lines: Receiver<io::Result<String>>,
    reader: Option<JoinHandle<Parts>>,
    /// Stimuli that the emulator has not asked for yet.
    waiting: Arc<Mutex<Vec<String>>>,
    complaints: Option<JoinHandle<String>>,
    patience: Duration,
    ended: bool,
}

impl Live {
    /// Starts a program with its job. `wall_time` is how long the job itself may take.
    pub(crate) fn start(
        who: &'static str,
        mut command: Command,
        job: &str,
        parts: Parts,
        wall_time: Duration,
    ) -> Result<Self, EmulatorError> {
        // Ctrl-C is for fwc alone, which ends its children when it has put things in order.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let program = command.get_program().display().to_string();
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(EmulatorError::io(format!("starting {program}")))?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(mut stdin), Some(stdout), Some(stderr)) = (stdin, stdout, stderr) else {
            unreachable!("all three streams were asked for as pipes");
        };
        // A child that has died before it read anything is found out at the first event.
        match stdin.write_all(job.as_bytes()).and_then(|()| stdin.flush()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                return Err(EmulatorError::io(format!("writing to the {who}"))(error));
            }
            _ => {}
        }
        let waiting = Arc::default();
        let (sender, lines) = channel();
        let stdin = Arc::new(Mutex::new(stdin));
        let mut desk = Desk { stdin: Arc::clone(&stdin), sender, parts, waiting: Arc::clone(&waiting) };
        Ok(Self {
            who,
            child,
            stdin,
            lines,
            reader: Some(thread::spawn(move || {
                desk.serve(stdout);
                desk.parts
            })),
            waiting,
            complaints: Some(thread::spawn(move || read_all(stderr))),
            patience: wall_time.saturating_add(GRACE),
            ended: false,
        })
    }

    /// The next event, once it has happened; `None` after the end.
    ///
    /// # Errors
    /// The job was refused, the emulator broke off, or it has not answered for longer than the job may take.
    pub fn next_event(&mut self) -> Result<Option<Event>, EmulatorError> {
        match self.next_within(self.patience)? {
            Some(event) => Ok(Some(event)),
            None if self.ended => Ok(None),
            None => Err(EmulatorError::Silent { who: self.who, limit: self.patience }),
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
            Ok(line) => line.map_err(EmulatorError::io(format!("reading from the {}", self.who)))?,
            Err(RecvTimeoutError::Timeout) => return Ok(None),
            Err(RecvTimeoutError::Disconnected) => return Err(self.death()),
        };
        match Event::parse(&line) {
            Ok(Output::Event(event)) => {
                self.ended = matches!(event, Event::End(_));
                Ok(Some(event))
            }
            Ok(Output::Failure { what, place, help }) => Err(EmulatorError::Refused { what, place, help }),
            Err(reason) => Err(EmulatorError::Protocol { who: self.who, line, reason }),
        }
    }

    /// Applies a stimulus at a moment of the run, or at once. Only a run at the pace of the wall clock takes them so.
    ///
    /// # Errors
    /// The emulator has ended.
    pub fn apply(&mut self, at: Option<Nanos>, stimulus: &Stimulus) -> Result<(), EmulatorError> {
        if self.ended || matches!(self.child.try_wait(), Ok(Some(_))) {
            return Err(self.death());
        }
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(stimulus.to_line(at));
        Ok(())
    }

    /// Lets a run by steps, which waits, go on up to a moment; meanwhile stimuli act, each at its moment of that step.
    ///
    /// # Errors
    /// The run has ended.
    pub fn go_on(&mut self, until: Nanos, stimuli: &[(Nanos, Stimulus)]) -> Result<(), EmulatorError> {
        if self.ended {
            return Err(self.death());
        }
        let text = if self.is_on_host() {
            let orders = stimuli.iter().map(|(at, stimulus)| stimulus.to_words(*at));
            format!("{}until {}\n", orders.collect::<String>(), until.0)
        } else {
            let lines = stimuli.iter().map(|(at, stimulus)| stimulus.to_line(Some(*at)));
            format!("{} {}\n{}", stimuli.len(), until.0, lines.collect::<String>())
        };
        write(&self.stdin, &text);
        Ok(())
    }

    /// Whether it is firmware that was built for the host.
    #[must_use]
    pub fn is_on_host(&self) -> bool {
        self.who == SIMULATION
    }

    /// Whether the last event was the end.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// The parts, once the run has ended.
    pub fn into_parts(mut self) -> Parts {
        // A run that has not ended yet ends here.
        let _ = self.child.kill();
        self.reader.take().and_then(|reader| reader.join().ok()).unwrap_or_default()
    }

    /// What the emulator left behind when it ended without an end of the run.
    pub(crate) fn death(&mut self) -> EmulatorError {
        self.ended = true;
        let status = self.child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
        let complaints = self.complaints.take().and_then(|reader| reader.join().ok()).unwrap_or_default();
        EmulatorError::Died { who: self.who, status, message: last_lines(&complaints) }
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

/// Where the emulator's lines come in: events are passed on, questions are answered at once, since the chip stands still
/// until they are.
struct Desk {
    stdin: Arc<Mutex<ChildStdin>>,
    sender: Sender<io::Result<String>>,
    parts: Parts,
    waiting: Arc<Mutex<Vec<String>>>,
}

impl Desk {
    fn serve(&mut self, stdout: impl Read) {
        for line in BufReader::new(stdout).lines() {
            let Ok(text) = line else {
                let _ = self.sender.send(line);
                return;
            };
            let served = match text.as_str() {
                "?stimuli" => self.hand_out_stimuli(),
                // Who leads the run answers it.
                step if step.starts_with("?step ") => {
                    let event = format!("{{\"t\":{},\"reached\":true}}", &step["?step ".len()..]);
                    self.sender.send(Ok(event)).is_ok()
                }
                _ => false,
            };
            if !served && !self.pass_on(text) {
                return;
            }
        }
    }

    /// Has the parts hear a line; what is not for them is passed on, a question without sense too, which is found out where
    /// events are read. `false` where nobody listens any more.
    fn pass_on(&mut self, line: String) -> bool {
        let heard = self.parts.hear(&line);
        if let Some(answer) = heard.answer {
            write(&self.stdin, &format!("{answer}\n"));
        }
        let event = (!heard.is_news).then_some(line);
        event.into_iter().chain(heard.shown).all(|line| self.sender.send(Ok(line)).is_ok())
    }

    fn hand_out_stimuli(&mut self) -> bool {
        let stimuli = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        write(&self.stdin, &format!("{}\n{}", stimuli.len(), stimuli.concat()));
        true
    }
}

/// What does not read any more has ended, which its output tells.
fn write(stdin: &Mutex<ChildStdin>, text: &str) {
    let mut stdin = stdin.lock().unwrap_or_else(PoisonError::into_inner);
    let _ = stdin.write_all(text.as_bytes()).and_then(|()| stdin.flush());
}

fn read_all(mut stderr: impl Read) -> String {
    let mut bytes = Vec::new();
    // What could be read before the pipe broke is all there is to show.
    let _ = stderr.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}
