//! What can go wrong between fwc and the emulator, or a live run on the host, with what to do about it.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::node::{NODE_VERSION, NPM_HELP};

/// Why the emulator could not be set up, or a run came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum EmulatorError {
    /// There is no Node.
    #[error(
        "Node.js is not on PATH, and the RP2040 emulator runs on it: install version {NODE_VERSION} or later \
         (on Debian and Ubuntu `apt install nodejs npm`), or name its binary in FWC_NODE"
    )]
    NodeMissing,
    /// `FWC_NODE` or PATH gives a Node that does not start.
    #[error("`{}` does not start, so the RP2040 emulator cannot run: install Node.js {NODE_VERSION} or later", node.display())]
    NodeBroken {
        /// The binary.
        node: PathBuf,
        /// What starting it said.
        source: io::Error,
    },
    /// The Node that was found is too old.
    #[error(
        "`{}` is Node.js {found}, and the RP2040 emulator needs {NODE_VERSION} or later: install a newer one, \
         or name its binary in FWC_NODE", node.display()
    )]
    NodeTooOld {
        /// The binary.
        node: PathBuf,
        /// What it calls its version.
        found: String,
    },
    /// There is Node, but no npm.
    #[error("npm is not on PATH, and it installs the RP2040 emulator: {NPM_HELP}")]
    NpmMissing,
    /// npm could not install the emulator.
    #[error("`npm ci` failed in {}: {message}", directory.display())]
    InstallFailed {
        /// Where it ran.
        directory: PathBuf,
        /// The last lines that it wrote.
        message: String,
    },
    /// The directory does not hold an installed emulator.
    #[error("there is no installed RP2040 emulator in {}: run `npm ci` there", directory.display())]
    NotInstalled {
        /// The directory.
        directory: PathBuf,
    },
    /// The emulator is a chip alone.
    #[error("the {who} has no debug probe and no boot drive")]
    NoBoard {
        /// Which.
        who: &'static str,
    },
    /// A file or a process could not be used.
    #[error("while {doing}")]
    Io {
        /// What was being done.
        doing: String,
        /// Why it failed.
        source: io::Error,
    },
    /// The emulator refused the job.
    #[error("{what} ({place}): {help}")]
    Refused {
        /// What is wrong.
        what: String,
        /// The image or the key of the job.
        place: String,
        /// What to do about it.
        help: String,
    },
    /// The emulator ended without having come to the end of the run.
    #[error("the {who} ended unexpectedly ({status}): {message}")]
    Died {
        /// What ended.
        who: &'static str,
        /// How the process ended.
        status: String,
        /// The last lines that it wrote.
        message: String,
    },
    /// The emulator wrote a line that is not understood.
    #[error("the {who} wrote a line that is not understood, because {reason}: {line}")]
    Protocol {
        /// What wrote it.
        who: &'static str,
        /// The line.
        line: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The emulator wrote nothing for too long.
    #[error("the {who} has not answered for {}s", limit.as_secs())]
    Silent {
        /// What is silent.
        who: &'static str,
        /// How long was waited.
        limit: Duration,
    },
}

/// What a run can be on, as errors call it.
pub(crate) const EMULATOR: &str = "RP2040 emulator";
pub(crate) const SIMULATION: &str = "simulation";

impl EmulatorError {
    /// For `map_err`: adds what was being done.
    pub(crate) fn io(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Io { doing, source }
    }
}
