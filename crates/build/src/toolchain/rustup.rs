//! Asks rustup for the active compiler, and has it add a target.

use super::compiler::is_proxy;
use crate::environment::Environment;
use crate::process::{Cancel, RunError, run};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A question to rustup takes 50 ms.
const QUESTION_LIMIT: Duration = Duration::from_secs(20);

/// A target's library is a download of a few MB; a network that needs longer than this is as good as none.
const ADD_LIMIT: Duration = Duration::from_secs(120);

/// The rustup of a machine.
#[derive(Debug)]
pub(crate) struct Rustup<'a> {
    environment: &'a Environment,
    pub(crate) program: PathBuf,
}

impl<'a> Rustup<'a> {
    pub(crate) fn of(environment: &'a Environment) -> Option<Self> {
        environment.program("rustup").map(|program| Self { environment, program })
    }

    /// The compiler that rustup would run in a folder: `RUSTUP_TOOLCHAIN`, a `rust-toolchain` file, an
    /// override or the default decide, as rustup itself reads them.
    pub(crate) fn active_rustc(&self, folder: &Path, cancel: &Cancel) -> Result<PathBuf, String> {
        let mut command = self.environment.command(&self.program);
        command.args(["which", "rustc"]).current_dir(existing_folder(folder));
        // A pinned toolchain of hundreds of MB is installed by the user's own command, never by a question.
        command.env("RUSTUP_AUTO_INSTALL", "0");
        let output = run(command, QUESTION_LIMIT, cancel).map_err(|error| format!("rustup {error}"))?;
        let path = PathBuf::from(output.stdout.trim());
        if output.success && path.is_file() && !is_proxy(&path) {
            Ok(path)
        } else {
            Err(last_words(&output.stderr))
        }
    }

    /// Downloads a target's library; what stopped it is a sentence's end.
    pub(crate) fn add_target(&self, toolchain: &str, target: &str, cancel: &Cancel) -> Result<(), String> {
        let mut command = self.environment.command(&self.program);
        command.args(["target", "add", "--toolchain", toolchain, target]);
        match run(command, ADD_LIMIT, cancel) {
            Ok(output) if output.success => Ok(()),
            Ok(output) => Err(last_words(&output.stderr)),
            Err(error @ (RunError::Cancelled | RunError::Start(_) | RunError::TimeLimit(_))) => {
                Err(format!("rustup {error}"))
            }
        }
    }
}

/// The toolchain that a compiler inside rustup's folder belongs to.
pub(crate) fn toolchain_name(environment: &Environment, rustc: &Path) -> Option<String> {
    let inside = rustc.strip_prefix(environment.rustup_home()?.join("toolchains")).ok()?;
    inside.components().next()?.as_os_str().to_str().map(str::to_owned)
}

fn existing_folder(folder: &Path) -> &Path {
    folder.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("."))
}

/// rustup explains itself in `error:` lines; the first says what, the others which request failed.
fn last_words(stderr: &str) -> String {
    let error = stderr.lines().find_map(|line| line.trim().strip_prefix("error: "));
    let cause = stderr.lines().rev().map(str::trim).find(|line| !line.is_empty());
    error.or(cause).unwrap_or("rustup failed without a message").to_owned()
}
