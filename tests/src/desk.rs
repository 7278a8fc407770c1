//! A desk with an emulated board on it, and `fwc` beside: what a user does with hardware.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use fwc_sim::{Act, Board, BoardSetup};

use crate::{emulator, fwc, one_build_at_a_time, own_build_folder};

/// A board, and the folder that its socket and drive are in.
#[derive(Debug)]
pub struct Desk {
    /// The board.
    pub board: Board,
    folder: tempfile::TempDir,
}

/// What a run of `fwc` came to.
#[derive(Debug)]
pub struct Ran {
    /// The exit code.
    pub code: Option<i32>,
    /// What it gave.
    pub stdout: String,
    /// What it said.
    pub stderr: String,
}

impl Desk {
    /// A board with a debug probe.
    pub fn with_probe(setup: BoardSetup) -> Desk {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let setup = BoardSetup { probe: Some(folder.path().join("probe.sock")), ..setup };
        Desk { board: emulator().power_up(&setup).unwrap_or_else(|error| panic!("{error}")), folder }
    }

    /// A board whose boot button was held.
    pub fn with_drive() -> Desk {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let setup = BoardSetup { drive: Some(folder.path().join("RPI-RP2")), ..BoardSetup::default() };
        let mut board = emulator().power_up(&setup).unwrap_or_else(|error| panic!("{error}"));
        board
            .wait(|event| matches!(event, fwc_sim::BoardEvent::Drive { drive } if drive == "mounted"))
            .unwrap_or_else(|error| panic!("{error}"));
        Desk { board, folder }
    }

    /// What selects its probe.
    pub fn probe(&self) -> String {
        format!("20b7:9db1:unix:{}", self.folder.path().join("probe.sock").display())
    }

    /// Where its boot drive is.
    pub fn drive(&self) -> PathBuf {
        self.folder.path().join("RPI-RP2")
    }

    /// Does something to the board.
    pub fn act(&mut self, act: &Act) {
        self.board.act(act).unwrap_or_else(|error| panic!("{error}"));
    }

    /// `fwc` for a project, with this desk's probe.
    pub fn fwc(&self, project: &Path, arguments: &[&str]) -> Ran {
        let probe = self.probe();
        let mut all = arguments.to_vec();
        all.extend(["--probe", &probe]);
        run_fwc(project, &all)
    }
}

/// Runs `fwc` for a project, which builds in this test program's own folder.
pub fn run_fwc(project: &Path, arguments: &[&str]) -> Ran {
    let _building = one_build_at_a_time();
    let output = fwc_command(project, arguments).output().expect("fwc starts");
    Ran::of(output)
}

/// `fwc` for a project on a Raspberry Pi Pico, ready to run.
pub fn fwc_command(project: &Path, arguments: &[&str]) -> Command {
    fwc_command_for("rpi-pico", project, arguments)
}

/// `fwc` for a project and a board, ready to run.
pub fn fwc_command_for(board: &str, project: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(fwc());
    command.args(arguments).args(["--board", board, "--project"]).arg(project);
    command.env("CARGO_TARGET_DIR", own_build_folder()).env_remove("NO_COLOR");
    command
}

impl Ran {
    /// What a finished process left.
    pub fn of(output: Output) -> Ran {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("fwc writes UTF-8");
        Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// The objects of a run with `--message-format json`.
    pub fn records(&self) -> Vec<serde_json::Value> {
        let parse = |line: &str| serde_json::from_str(line).expect("a line is an object");
        self.stdout.lines().map(parse).collect()
    }

    /// The exit code must be this one.
    #[track_caller]
    pub fn ends(&self, code: i32) -> &Ran {
        assert_eq!(self.code, Some(code), "{}{}", self.stdout, self.stderr);
        self
    }
}
