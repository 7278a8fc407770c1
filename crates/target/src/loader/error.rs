//! Why the way over a chip's loader failed, what that leaves in the flash, and what to do.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serialport::ErrorKind;

use crate::probe::chain;
use crate::{Left, Step};

/// A failure.
#[derive(Debug)]
pub struct LoaderError {
    /// What went wrong.
    pub fault: LoaderFault,
    /// In which step; `None` before the first.
    pub step: Option<Step>,
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum LoaderFault {
    /// No port is there behind which a board could be.
    #[error("no serial port of an Espressif board is there")]
    NoPort {
        /// The ports that are there.
        others: Vec<String>,
    },
    /// More than one could be meant.
    #[error("{} serial ports can have the board behind them", ports.len())]
    SeveralPorts {
        /// Paths and what they are.
        ports: Vec<(String, String)>,
    },
    /// The system does not let this user open it.
    #[error("the system does not let you open the serial port `{port}`")]
    NoPermission {
        /// Its path.
        port: String,
    },
    /// Another program has it.
    #[error("another program has the serial port `{port}`")]
    Busy {
        /// Its path.
        port: String,
    },
    /// It cannot be opened.
    #[error("while opening the serial port `{port}`: {reason}")]
    Open {
        /// Its path.
        port: String,
        /// What the system said.
        reason: String,
    },
    /// No chip is known by that name.
    #[error("there is no Espressif chip `{chip}`")]
    UnknownChip {
        /// The name.
        chip: String,
    },
    /// The file is no image for the chip.
    #[error("{} is no image for an {chip}: {reason}", file.display())]
    Image {
        /// The file.
        file: PathBuf,
        /// The chip.
        chip: String,
        /// Why not.
        reason: String,
    },
    /// Nothing speaks the loader's protocol.
    #[error("no loader answers at the serial port")]
    NoLoader,
    /// The chip runs its firmware, not its loader.
    #[error("the chip runs its firmware, not its loader ({reason})")]
    NotInLoader {
        /// What its ROM has said.
        reason: String,
    },
    /// It is another chip.
    #[error("the board has an {chip}, but {found} answers at the serial port")]
    OtherChip {
        /// The board's.
        chip: String,
        /// What is there.
        found: String,
    },
    /// The loader has refused.
    #[error("the chip's loader refuses: {reason}")]
    Refused {
        /// What it said.
        reason: String,
    },
    /// The chip does not reach its flash.
    #[error("the chip does not reach its flash")]
    NoFlash,
    /// The flash does not hold what was written.
    #[error("the flash does not hold what was written to it")]
    Mismatch,
    /// The port is gone.
    #[error("the serial port `{port}` is gone")]
    Gone {
        /// Its path.
        port: String,
    },
    /// The chip has stopped to answer.
    #[error("the chip does not answer any more: {reason}")]
    NoAnswer {
        /// What the library said.
        reason: String,
    },
    /// Nothing happened for too long.
    #[error("nothing came from the chip within {} s", limit.as_secs())]
    Silent {
        /// How long it was waited for.
        limit: Duration,
    },
    /// The user pressed Ctrl-C.
    #[error("interrupted")]
    Cancelled,
}

impl LoaderFault {
    pub(super) fn opening(port: &str, error: &serialport::Error) -> LoaderFault {
        let port = port.to_owned();
        match error.kind {
            ErrorKind::Io(io::ErrorKind::PermissionDenied) => LoaderFault::NoPermission { port },
            ErrorKind::Io(io::ErrorKind::ResourceBusy) => LoaderFault::Busy { port },
            _ if error.description.to_lowercase().contains("busy") => LoaderFault::Busy { port },
            _ => LoaderFault::Open { port, reason: error.description.clone() },
        }
    }

    /// What the library said. Its inner errors have no types of their own outside, so they are told by their words.
    pub(super) fn working(error: &espflash::Error, chip: &str) -> LoaderFault {
        let reason = chain(error);
        match error {
            espflash::Error::ChipMismatch(_, found) => {
                LoaderFault::OtherChip { chip: chip.to_owned(), found: format!("an {found}") }
            }
            espflash::Error::ChipDetectError(_) => {
                LoaderFault::OtherChip { chip: chip.to_owned(), found: "another chip".to_owned() }
            }
            espflash::Error::VerifyFailed => LoaderFault::Mismatch,
            espflash::Error::FlashConnect => LoaderFault::NoFlash,
            _ if reason.contains("rong boot mode") => LoaderFault::NotInLoader { reason },
            _ if reason.contains("ailed to connect to the device") || reason.contains("no sync reply") => {
                LoaderFault::NoLoader
            }
            espflash::Error::RomError(_) => LoaderFault::Refused { reason },
            _ if reason.contains("rror while running") && !reason.contains("imeout") => {
                LoaderFault::Refused { reason }
            }
            _ => LoaderFault::NoAnswer { reason },
        }
    }

    /// Whatever is said of a port that is not there any more, that is the reason.
    pub(super) fn at(self, port: &str) -> LoaderFault {
        match self {
            LoaderFault::NoAnswer { .. } | LoaderFault::NoLoader | LoaderFault::Silent { .. }
                if is_gone(port) =>
            {
                LoaderFault::Gone { port: port.to_owned() }
            }
            fault => fault,
        }
    }
}

fn is_gone(port: &str) -> bool {
    if cfg!(windows) {
        !serialport::available_ports().unwrap_or_default().iter().any(|one| one.port_name == port)
    } else {
        !Path::new(port).exists()
    }
}

impl fmt::Display for LoaderError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.fault, self.step) {
            (LoaderFault::Cancelled, Some(step)) => write!(formatter, "interrupted while {}", step.noun()),
            (fault, Some(step)) => write!(formatter, "while {}: {fault}", step.noun()),
            (fault, None) => write!(formatter, "{fault}"),
        }
    }
}

impl Error for LoaderError {}

impl LoaderError {
    pub(super) fn before(fault: LoaderFault) -> LoaderError {
        LoaderError { fault, step: None }
    }

    /// What is in the flash; `None` where nothing was begun.
    #[must_use]
    pub fn left(&self) -> Option<Left> {
        match self.step {
            None => match self.fault {
                LoaderFault::NoPort { .. }
                | LoaderFault::SeveralPorts { .. }
                | LoaderFault::UnknownChip { .. }
                | LoaderFault::Image { .. } => None,
                _ => Some(Left::Untouched),
            },
            Some(Step::Compare) => Some(Left::Untouched),
            Some(Step::Erase | Step::Program | Step::Verify | Step::Copy) => Some(Left::HalfWritten),
            Some(Step::Start) => Some(Left::Written),
        }
    }

    /// What to do; `button` is the board's, which starts the loader.
    #[must_use]
    pub fn remedies(&self, button: Option<&str>) -> Vec<String> {
        let mut helps = self.fault.remedies();
        match self.fault {
            LoaderFault::NoLoader | LoaderFault::NotInLoader { .. } => {
                let button = button.unwrap_or("BOOT");
                helps.insert(
                    0,
                    format!("hold {button} while you press the board's reset, or plug it in; then again"),
                );
            }
            _ => {}
        }
        match self.left() {
            Some(Left::HalfWritten) => helps.push("then `fwc flash` writes it anew".to_owned()),
            Some(Left::Written) => helps.push("the board's reset starts it".to_owned()),
            Some(Left::Untouched | Left::Held) if self.fault.breaks_off() => {
                helps.push("then `fwc flash` again".to_owned());
            }
            Some(Left::Untouched | Left::Held) | None => {}
        }
        helps
    }
}

impl LoaderFault {
    /// Whether it broke off what had begun.
    fn breaks_off(&self) -> bool {
        matches!(self, LoaderFault::Gone { .. } | LoaderFault::NoAnswer { .. } | LoaderFault::Silent { .. })
    }

    /// What to do about the fault itself.
    pub(super) fn remedies(&self) -> Vec<String> {
        let text = |help: &str| vec![help.to_owned()];
        match self {
            LoaderFault::NoPort { others } => {
                let mut helps = vec![
                    "plug the board in with a cable that has data wires".to_owned(),
                    driver_hint().to_owned(),
                ];
                if !others.is_empty() {
                    helps.push(format!("`--port` takes another port; there is {}", others.join(", ")));
                }
                helps
            }
            LoaderFault::SeveralPorts { ports } => {
                ports.iter().map(|(path, product)| format!("`--port {path}` takes {product}")).collect()
            }
            LoaderFault::NoPermission { .. } => text(permission_hint()),
            LoaderFault::Busy { .. } => {
                text("end the program that has it, such as a terminal or `fwc monitor --serial`")
            }
            LoaderFault::Open { .. } => text("`--port` names it; is the board plugged in?"),
            LoaderFault::UnknownChip { .. } => {
                text("the board's file names it in `[[flash]]`, such as `chip = \"esp32c3\"`")
            }
            LoaderFault::NoLoader => text("if another board is at that port, `--port` names the right one"),
            LoaderFault::OtherChip { .. } => text(
                "`--board`, or `board` in app.toml, names the board that is there; `fwc boards` lists them",
            ),
            LoaderFault::NoFlash => {
                text("is the board's flash chip powered, and the firmware's module the board's?")
            }
            LoaderFault::Mismatch => text(
                "if it fails at the same place again, the flash chip is worn or is not the board's usual one",
            ),
            LoaderFault::Gone { .. } => text("plug the board in again"),
            LoaderFault::NoAnswer { .. } | LoaderFault::Silent { .. } => {
                text("a shorter cable, or a port of the machine itself instead of a hub's, may help")
            }
            LoaderFault::Refused { .. }
            | LoaderFault::NotInLoader { .. }
            | LoaderFault::Image { .. }
            | LoaderFault::Cancelled => Vec::new(),
        }
    }
}

fn driver_hint() -> &'static str {
    if cfg!(target_os = "linux") {
        "`sudo dmesg` says what the system made of it; in a virtual machine, the USB device must be handed to it"
    } else {
        "the USB bridge may need its vendor's driver: CP210x by Silicon Labs, CH34x by WCH"
    }
}

fn permission_hint() -> &'static str {
    if cfg!(target_os = "linux") {
        "`sudo usermod -aG dialout $USER` (on Arch `uucp`), then log out and in again"
    } else {
        "run it as a user who may use serial ports"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opening_tells_why_it_failed() {
        let error = |kind, words: &str| serialport::Error::new(kind, words);
        let told = |error: &serialport::Error| LoaderFault::opening("/dev/ttyUSB0", error);
        let denied = error(ErrorKind::Io(io::ErrorKind::PermissionDenied), "Permission denied");
        assert!(matches!(told(&denied), LoaderFault::NoPermission { .. }));
        let busy = error(ErrorKind::NoDevice, "Device or resource busy");
        assert!(matches!(told(&busy), LoaderFault::Busy { .. }));
        let missing = error(ErrorKind::NoDevice, "No such file or directory");
        assert!(matches!(told(&missing), LoaderFault::Open { .. }));
    }

    #[test]
    fn another_chip_is_told_by_both_names() {
        let error = espflash::Error::ChipMismatch("esp32c3".to_owned(), "esp32c6".to_owned());
        let error = LoaderError::before(LoaderFault::working(&error, "esp32c3"));
        assert_eq!(error.to_string(), "the board has an esp32c3, but an esp32c6 answers at the serial port");
        assert_eq!(error.left(), Some(Left::Untouched));
    }

    #[test]
    fn a_chip_that_does_not_answer_is_put_into_its_loader_by_the_boards_button() {
        let error = LoaderError::before(LoaderFault::NoLoader);
        assert!(error.remedies(Some("IO0"))[0].starts_with("hold IO0 while you press the board's reset"));
        assert!(error.remedies(None)[0].starts_with("hold BOOT "));
    }
}
