//! Why a command did not do what it was asked for: a message for people, and whose fault it is for the exit code.

use std::io;
use std::path::Path;

/// Whose fault it is; the gravest last of those that a run can go on behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// The user's files.
    Files,
    /// What was typed.
    Usage,
    /// The machine: a tool, the network, a disk.
    World,
    /// Ours.
    Bug,
    /// Nobody's: the user pressed Ctrl-C.
    Interrupted,
    /// Nobody's: who read our output has had enough of it (`fwc boards | head -1`).
    OutputClosed,
}

impl Kind {
    /// The exit codes of docs/cli.md and of `fwc --help`.
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Kind::OutputClosed => 0,
            Kind::Files => 1,
            Kind::Usage => 2,
            Kind::World => 3,
            Kind::Bug => 4,
            Kind::Interrupted => 130,
        }
    }
}

/// A failed command.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    /// What is wrong: lower case, no full stop, names in backticks.
    pub(crate) message: String,
    /// Why.
    pub(crate) notes: Vec<String>,
    /// What to do next.
    pub(crate) helps: Vec<String>,
}

impl Failure {
    /// The user's files are at fault.
    pub(crate) fn files(message: impl Into<String>) -> Failure {
        Failure::new(Kind::Files, message)
    }

    /// The command line is at fault.
    pub(crate) fn usage(message: impl Into<String>) -> Failure {
        Failure::new(Kind::Usage, message)
    }

    /// The machine is at fault.
    pub(crate) fn world(message: impl Into<String>) -> Failure {
        Failure::new(Kind::World, message)
    }

    /// The user pressed Ctrl-C.
    pub(crate) fn interrupted() -> Failure {
        Failure::new(Kind::Interrupted, "interrupted")
    }

    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Failure {
        Failure { kind, message: message.into(), notes: Vec::new(), helps: Vec::new() }
    }

    /// Why, in many words.
    pub(crate) fn notes(mut self, texts: impl IntoIterator<Item = String>) -> Failure {
        self.notes.extend(texts);
        self
    }

    /// What to do next.
    pub(crate) fn help(mut self, text: impl Into<String>) -> Failure {
        self.helps.push(text.into());
        self
    }

    /// What to do next, in many ways.
    pub(crate) fn helps(mut self, texts: impl IntoIterator<Item = String>) -> Failure {
        self.helps.extend(texts);
        self
    }

    /// Output that cannot be written.
    pub(crate) fn of_output(error: io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::new(Kind::OutputClosed, "the output was closed"),
            _ => Failure::world(format!("while writing the output: {error}")),
        }
    }
}

/// Where and how a bug of ours is reported.
pub(crate) fn report() -> String {
    let url = concat!(env!("CARGO_PKG_REPOSITORY"), "/issues");
    let (version, system) = (env!("CARGO_PKG_VERSION"), std::env::consts::OS);
    format!(
        "this is a bug of fwc {version} (on {system} {}): please report it at {url} with app.toml, the command line \
         and this output",
        std::env::consts::ARCH
    )
}

/// Says of a failed operation what was done, and to which path.
pub(crate) trait While<T> {
    /// `while reading `app.toml`: permission denied`
    fn doing(self, what: &str, path: &Path) -> Result<T, Failure>;
}

impl<T> While<T> for io::Result<T> {
    fn doing(self, what: &str, path: &Path) -> Result<T, Failure> {
        self.map_err(|error| Failure::world(format!("while {what} `{}`: {}", path.display(), reason(&error))))
    }
}

/// What the system said, in the lower case of our messages and without its number.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(characters).collect()
}
