//! A command at a terminal, with somebody in front of it who looks, types and makes the window larger and smaller.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

/// A wait ends in a failure rather than never: the first build takes long.
const PATIENCE: Duration = Duration::from_secs(180);
const ROWS: u16 = 24;
const COLUMNS: u16 = 80;

/// A terminal of 80 columns and 24 rows, and the command that has it.
#[derive(Debug)]
pub struct Terminal {
    keyboard: File,
    /// Kept open, so that what is left of the terminal can be looked at.
    line: OwnedFd,
    output: Receiver<Vec<u8>>,
    screen: Screen,
    child: Child,
}

/// What is to be seen.
struct Screen(vt100::Parser);

impl Screen {
    /// Each row of the screen by itself, whether or not the text goes on from one to the next.
    fn rows(&self) -> String {
        let screen = self.0.screen();
        screen.rows(0, screen.size().1).collect::<Vec<_>>().join("\n")
    }
}

impl std::fmt::Debug for Screen {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.rows())
    }
}

impl Terminal {
    /// Starts it.
    pub fn start(mut command: Command) -> Terminal {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("there is a terminal");
        grantpt(&master).expect("it is ours");
        unlockpt(&master).expect("it can be used");
        let path = ptsname(&master, Vec::new()).expect("it has a name").into_string().expect("of text");
        let line = File::options().read(true).write(true).open(path).expect("it can be opened");
        set_size(&line, ROWS, COLUMNS);
        let stdio = || Stdio::from(line.try_clone().expect("it can be opened again"));
        command.stdin(stdio()).stdout(stdio()).stderr(stdio()).env("TERM", "xterm");
        // SAFETY: between fork and exec, there are system calls alone.
        #[allow(unsafe_code, reason = "a terminal belongs to a session")]
        unsafe {
            command.pre_exec(|| {
                rustix::process::setsid()?;
                rustix::process::ioctl_tiocsctty(rustix::stdio::stdin())?;
                Ok(())
            });
        }
        let child = command.spawn().expect("it starts");
        let master = File::from(master);
        let mut reader = master.try_clone().expect("it can be opened again");
        let (sender, output) = channel();
        thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(count) = reader.read(&mut piece) {
                if sender.send(piece[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        let screen = Screen(vt100::Parser::new(ROWS, COLUMNS, 0));
        Terminal { keyboard: master, line: line.into(), output, screen, child }
    }

    /// Waits until a text is on the screen.
    #[track_caller]
    pub fn sees(&mut self, text: &str) {
        self.sees_that(&format!("`{text}`"), |screen| screen.contains(text));
    }

    /// Waits until the screen is as it should be.
    #[track_caller]
    pub fn sees_that(&mut self, what: &str, is_so: impl Fn(&str) -> bool) {
        let started = Instant::now();
        while !is_so(&self.screen.rows()) {
            match self.output.recv_timeout(Duration::from_millis(20)) {
                Ok(bytes) => self.screen.0.process(&bytes),
                Err(RecvTimeoutError::Timeout) if started.elapsed() < PATIENCE => {}
                Err(_) => panic!("{what} is not on the screen:\n{}", self.screen.rows()),
            }
        }
    }

    /// Presses keys.
    pub fn types(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("the terminal takes keys");
    }

    /// Makes the window another size, of which the command is told by a signal.
    pub fn resize(&mut self, rows: u16, columns: u16) {
        // What was written for the size before is not part of what comes.
        while let Ok(bytes) = self.output.try_recv() {
            self.screen.0.process(&bytes);
        }
        self.screen.0.screen_mut().set_size(rows, columns);
        set_size(&self.line, rows, columns);
    }

    /// Sends a signal to the command.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it runs");
    }

    /// The processes that the command has started.
    pub fn children(&self) -> Vec<String> {
        let id = self.child.id();
        let list = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children"));
        list.unwrap_or_default().split_whitespace().map(str::to_owned).collect()
    }

    /// Waits for the end; gives the exit code and what is on the screen then. The terminal must be as it was, and none of the
    /// processes may be left.
    #[track_caller]
    pub fn ends(mut self, children: &[String]) -> (Option<i32>, String) {
        let code = self.child.wait().expect("it was started").code();
        while let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(100)) {
            self.screen.0.process(&bytes);
        }
        let screen = self.screen.0.screen();
        assert!(!screen.alternate_screen() && !screen.hide_cursor(), "the screen is given back");
        let modes = tcgetattr(&self.line).expect("it is still open").local_modes;
        assert!(modes.contains(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG), "{modes:?}");
        for child in children {
            let still = std::fs::read_to_string(format!("/proc/{child}/cmdline")).unwrap_or_default();
            assert!(still.is_empty(), "{still} is left running");
        }
        (code, screen.contents())
    }
}

/// A test that fails leaves nothing behind.
impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn set_size(line: &impl std::os::fd::AsFd, rows: u16, columns: u16) {
    let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(line, size).expect("a terminal has a size");
}
