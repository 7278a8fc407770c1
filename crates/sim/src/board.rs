//! An emulated board on the desk: powered, with a debug probe on a unix socket and a boot drive that is a folder.
//!
//! It is for tests of what flashes and debugs boards. Where a [`Job`](crate::Job) runs one image to its end, a board
//! starts whatever is in its flash, and goes on until it is dropped.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::EmulatorError;
use crate::error::EMULATOR;

/// What a board is when its power comes on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct BoardSetup {
    /// The socket on which its probe listens; there is none without.
    pub probe: Option<PathBuf>,
    /// The folder that is its boot drive; with one, the board starts as a drive, as if its button was held.
    pub drive: Option<PathBuf>,
    /// What all of the flash holds; erased without.
    pub filled: Option<u8>,
    /// What is broken in it.
    pub faults: FlashFaults,
    /// What happens to it by itself.
    pub acts: Vec<Planned>,
    /// What a debugger takes its chip for; the RP2040 that it is without.
    pub disguise: Option<Disguise>,
}

/// What makes a debugger take a board's chip for another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Disguise {
    /// DPIDR of a chip that has the wires for itself; without, it is selected as the RP2040 is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub debug_port: Option<u32>,
    /// What registers hold, by address.
    pub words: BTreeMap<u32, u32>,
    /// An access port that locks and unlocks the chip.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control_port: Option<ControlPort>,
}

/// An access port that alone answers while the chip is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ControlPort {
    /// Its number.
    pub port: u8,
    /// Its IDR.
    pub idr: u32,
    /// Whether the chip is locked.
    pub locked: bool,
}

/// Sectors of the flash that do not do what they should, by their offset.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FlashFaults {
    /// Programming does not change them.
    pub stuck_sectors: Vec<u32>,
    /// Erasing does not change them.
    pub kept_sectors: Vec<u32>,
}

/// Something that happens when an event has come so many times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Planned {
    /// The event's key: `halted`, `looked`, `programmed`, `erased`, `reset`, `probe`.
    pub after: String,
    /// Its count.
    pub count: u32,
    /// What happens then.
    pub act: Act,
}

/// Something that is done to a board.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Act {
    /// The probe is pulled.
    #[serde(skip_serializing_if = "is_false")]
    pub unplug: bool,
    /// It is plugged in again.
    #[serde(skip_serializing_if = "is_false")]
    pub plug: bool,
    /// The probe stops to answer, or answers again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub silent: Option<bool>,
    /// The chip stops to answer the probe, or answers again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deaf: Option<bool>,
    /// The reset button is pressed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reset: Option<String>,
    /// It restarts as its boot drive, as firmware does that is asked for it.
    #[serde(skip_serializing_if = "is_false")]
    pub drive: bool,
    /// From now on something else will happen by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<Box<Planned>>,
    /// The first bytes of the flash are told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dump: Option<u32>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// What happened on a board.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum BoardEvent {
    /// It is powered, and its probe listens.
    Ready {
        /// Always so.
        ready: bool,
    },
    /// The mask ROM has decided: `flash` or `drive`.
    Boot {
        /// What it starts.
        boot: String,
    },
    /// The chip was reset.
    Reset {
        /// By whom.
        reset: String,
    },
    /// A pin has changed.
    Pin {
        /// Its number.
        pin: u8,
        /// 1 for high.
        level: u8,
    },
    /// A uart has sent.
    Uart {
        /// Its number.
        uart: u8,
        /// What.
        byte: u8,
    },
    /// The core has faulted.
    Fault {
        /// Why.
        fault: String,
        /// Where.
        pc: u32,
    },
    /// The core has locked up.
    Lockup {
        /// Why.
        lockup: String,
    },
    /// The debugger, a breakpoint or a caught fault has halted the core.
    Halted {
        /// Which: the bit of DFSR.
        halted: u32,
    },
    /// Flash was erased.
    Erased {
        /// From this offset on.
        erased: u32,
        /// So many bytes.
        size: u32,
    },
    /// Flash was programmed.
    Programmed {
        /// From this offset on.
        programmed: u32,
        /// So many bytes.
        size: u32,
    },
    /// The debugger has begun to read the flash, for the first time since a reset or a change of it.
    Looked {
        /// From this offset on.
        looked: u32,
    },
    /// A flash function was called wrongly.
    Misuse {
        /// How.
        misuse: String,
    },
    /// The probe was `opened` or `closed`.
    Probe {
        /// Which of both.
        probe: String,
    },
    /// The boot drive was `mounted` or `ejected`.
    Drive {
        /// Which of both.
        drive: String,
    },
    /// The first bytes of the flash.
    Dumped {
        /// In hexadecimal.
        dumped: String,
    },
}

/// A running board. Dropping it takes its power away.
#[derive(Debug)]
pub struct Board {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
    /// Everything that has happened so far and was looked at.
    pub events: Vec<BoardEvent>,
}

impl Board {
    pub(crate) fn start(node: &Path, script: &Path, setup: &BoardSetup) -> Result<Board, EmulatorError> {
        let starting = || format!("starting {}", node.display());
        let mut child = Command::new(node)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(EmulatorError::io(starting()))?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            unreachable!("both streams were asked for as pipes");
        };
        let mut board = Board { child, stdin, lines: read_lines(stdout), events: Vec::new() };
        board.write(setup)?;
        board.wait(|event| matches!(event, BoardEvent::Ready { .. }))?;
        Ok(board)
    }

    /// Does something to the board.
    ///
    /// # Errors
    /// The board's process has ended.
    pub fn act(&mut self, act: &Act) -> Result<(), EmulatorError> {
        self.write(act)
    }

    /// Waits for an event that comes from now on.
    ///
    /// # Errors
    /// It does not come within a minute, which is long for a machine that is busy with other tests, too.
    pub fn wait(&mut self, wanted: impl Fn(&BoardEvent) -> bool) -> Result<BoardEvent, EmulatorError> {
        const LIMIT: Duration = Duration::from_secs(60);
        let begun = Instant::now();
        loop {
            let left = LIMIT.saturating_sub(begun.elapsed());
            match self.next(left)? {
                Some(event) if wanted(&event) => return Ok(event),
                Some(_) => {}
                None => return Err(EmulatorError::Silent { who: EMULATOR, limit: LIMIT }),
            }
        }
    }

    /// Looks at everything that has happened by now.
    ///
    /// # Errors
    /// The board's process has ended, or told what is no event.
    pub fn catch_up(&mut self) -> Result<(), EmulatorError> {
        while self.next(Duration::from_millis(100))?.is_some() {}
        Ok(())
    }

    /// The first bytes of its flash.
    ///
    /// # Errors
    /// The board's process has ended.
    pub fn flash(&mut self, bytes: u32) -> Result<Vec<u8>, EmulatorError> {
        self.act(&Act { dump: Some(bytes), ..Act::default() })?;
        match self.wait(|event| matches!(event, BoardEvent::Dumped { .. }))? {
            BoardEvent::Dumped { dumped } => Ok(from_hex(&dumped)),
            other => unreachable!("{other:?} was not waited for"),
        }
    }

    fn next(&mut self, wait: Duration) -> Result<Option<BoardEvent>, EmulatorError> {
        let line = match self.lines.recv_timeout(wait) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => return Ok(None),
            Err(RecvTimeoutError::Disconnected) => {
                let status =
                    self.child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
                return Err(EmulatorError::Died { who: EMULATOR, status, message: String::new() });
            }
        };
        let event: BoardEvent = serde_json::from_str(&line).map_err(|error| EmulatorError::Protocol {
            who: EMULATOR,
            line,
            reason: error.to_string(),
        })?;
        self.events.push(event.clone());
        Ok(Some(event))
    }

    fn write(&mut self, value: &impl Serialize) -> Result<(), EmulatorError> {
        let line = serde_json::to_string(value).expect("what is sent has names for keys");
        writeln!(self.stdin, "{line}").map_err(EmulatorError::io("writing to the emulated board"))
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        // It may have ended by itself, and there is nobody to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_lines(stdout: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

fn from_hex(text: &str) -> Vec<u8> {
    let digit = |digit: u8| (digit as char).to_digit(16).unwrap_or_default() as u8;
    text.as_bytes().chunks_exact(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}
