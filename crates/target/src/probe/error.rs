//! Why work by a probe failed, what that leaves in the flash, and what to do.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use probe_rs::architecture::arm::ArmError;
use probe_rs::probe::DebugProbeError;

use super::select::Found;
use crate::{Left, Step};

/// A failure.
#[derive(Debug)]
pub struct ProbeError {
    /// What went wrong.
    pub fault: Fault,
    /// In which step of flashing; `None` before the first, and in other work.
    pub step: Option<Step>,
    /// Whether the probe has had the chip by then, so that it may have halted it.
    pub held: bool,
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// No probe is plugged in.
    #[error("no debug probe is plugged in")]
    NoProbe,
    /// More than one could be meant.
    #[error("{} debug probes are plugged in", probes.len())]
    SeveralProbes {
        /// Names and selectors.
        probes: Vec<(String, String)>,
    },
    /// The selector fits none.
    #[error("there is no debug probe `{selector}`")]
    NoSuchProbe {
        /// What was asked for.
        selector: String,
        /// What is there.
        others: Vec<String>,
    },
    /// The system does not let this user open it.
    #[error("the system does not let you open the debug probe `{probe}`")]
    NoPermission {
        /// Its name and selector.
        probe: String,
        /// Its USB vendor.
        vendor: u16,
    },
    /// It cannot be opened.
    #[error("while opening the debug probe `{probe}`: {reason}")]
    Open {
        /// Its name and selector.
        probe: String,
        /// What the driver said.
        reason: String,
    },
    /// The chip does not answer, or it is another.
    #[error("no {chip} answers the probe: {reason}")]
    NoTarget {
        /// The chip that the board has.
        chip: String,
        /// What the library said.
        reason: String,
    },
    /// Another chip answers than the board has.
    #[error("{board} has an {chip}, but {found} answers the probe")]
    OtherChip {
        /// The board's name.
        board: String,
        /// Its chip.
        chip: String,
        /// What is there, with its article.
        found: String,
        /// The chips that it can be; `None` for one that is not known.
        found_chips: Option<String>,
    },
    /// The chip refuses debuggers.
    #[error("the {chip} is locked: {reason}")]
    Locked {
        /// The chip.
        chip: String,
        /// How.
        reason: String,
        /// Another program's command that unlocks it; `None` where erasing by the probe does.
        unlock: Option<String>,
    },
    /// The probe does not answer any more.
    #[error("the probe is gone: {reason}")]
    Gone {
        /// What the system said.
        reason: String,
    },
    /// Neither probe nor chip gave a sign of life.
    #[error("nothing came from the probe within {} s", limit.as_secs())]
    Silent {
        /// How long it was waited for.
        limit: Duration,
    },
    /// The flash does not hold what was written.
    #[error("the flash does not hold what was written to it")]
    Mismatch,
    /// The library gave up.
    #[error("{0}")]
    Library(String),
    /// The user pressed Ctrl-C.
    #[error("interrupted")]
    Cancelled,
}

impl Fault {
    pub(super) fn opening(item: &Found, error: &DebugProbeError) -> Fault {
        let probe = item.described();
        if !item.accessible() {
            return Fault::NoPermission { probe, vendor: item.vendor() };
        }
        Fault::Open { probe, reason: chain(error) }
    }

    pub(super) fn attaching(chip: &str, error: &probe_rs::Error) -> Fault {
        let (chip, reason) = (chip.to_owned(), chain(error));
        match error {
            probe_rs::Error::MissingPermissions(_)
            | probe_rs::Error::Arm(ArmError::MissingPermissions(_)) => Fault::Locked {
                chip,
                reason: "it lets a debugger do nothing but erase it (APPROTECT)".to_owned(),
                unlock: None,
            },
            error if is_input_output(error) => Fault::Gone { reason },
            _ => Fault::NoTarget { chip, reason },
        }
    }

    /// What the library said in the middle of work.
    pub(crate) fn working(error: &(dyn Error + 'static)) -> Fault {
        let reason = chain(error);
        if is_input_output(error) { Fault::Gone { reason } } else { Fault::Library(reason) }
    }
}

impl fmt::Display for ProbeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.fault, self.step) {
            (Fault::Cancelled, Some(step)) => write!(formatter, "interrupted while {}", step.noun()),
            (fault, Some(step)) => write!(formatter, "while {}: {fault}", step.noun()),
            (fault, None) => write!(formatter, "{fault}"),
        }
    }
}

impl Error for ProbeError {}

impl ProbeError {
    /// A failure before anything was done to the chip.
    pub(crate) fn before(fault: Fault) -> ProbeError {
        ProbeError { fault, step: None, held: false }
    }

    /// A failure while the chip is attached to, or looked at: where it breaks off, the chip may be halted.
    pub(crate) fn amid(fault: Fault) -> ProbeError {
        let held = matches!(fault, Fault::Gone { .. } | Fault::Silent { .. } | Fault::Library(_));
        ProbeError { fault, step: None, held }
    }

    /// A failure in a step of flashing.
    pub(crate) fn within(step: Step, fault: Fault) -> ProbeError {
        ProbeError { fault, step: Some(step), held: true }
    }

    /// What is in the flash; `None` where nothing was begun.
    #[must_use]
    pub fn left(&self) -> Option<Left> {
        match self.step {
            None => self.held.then_some(Left::Held),
            Some(Step::Compare) => Some(Left::Held),
            Some(Step::Erase | Step::Program | Step::Verify | Step::Copy) => Some(Left::HalfWritten),
            Some(Step::Start) => Some(Left::Written),
        }
    }

    /// What to do.
    #[must_use]
    pub fn remedies(&self) -> Vec<String> {
        let mut helps = self.fault.remedies();
        match self.left() {
            Some(Left::Held) if self.step.is_none() => {
                helps.push(
                    "then the same again; `fwc reset`, or the board's reset, starts its firmware".to_owned(),
                );
            }
            Some(Left::Untouched | Left::Held | Left::HalfWritten) => {
                helps.push("then `fwc flash` writes everything that is missing".to_owned());
            }
            Some(Left::Written) => helps.push("`fwc reset`, or the board's reset, starts it".to_owned()),
            None => {}
        }
        helps
    }
}

impl Fault {
    fn remedies(&self) -> Vec<String> {
        match self {
            Fault::NoProbe => {
                let mut helps = vec![
                    "plug one in with a cable that has data wires; `fwc probes` lists what is seen".to_owned(),
                    "`--via uf2` does without one, where the board has a boot drive".to_owned(),
                ];
                helps.extend(if_none());
                helps
            }
            Fault::SeveralProbes { probes } => {
                probes.iter().map(|(name, selector)| format!("`--probe {selector}` takes {name}")).collect()
            }
            Fault::NoSuchProbe { others, .. } if others.is_empty() => {
                vec!["no probe is plugged in; `--probe` takes VID:PID, VID:PID:SERIAL or a serial number".to_owned()]
            }
            Fault::NoSuchProbe { others, .. } => {
                others.iter().map(|other| format!("there is {other}")).collect()
            }
            Fault::NoPermission { vendor, .. } => vec![permission(*vendor)],
            Fault::Open { .. } => vec![
                "does another program hold it, such as a debugger or another fwc? A probe has one user at a time"
                    .to_owned(),
            ],
            Fault::NoTarget { .. } => vec![
                "check that the board has power, and the wires SWDIO, SWCLK and GND".to_owned(),
                "`--speed 1000` helps with long wires, `--connect-under-reset` with firmware that switches debugging off"
                    .to_owned(),
            ],
            Fault::OtherChip { .. } => vec![
                "`--board`, or `board` in app.toml, names the board that is there; `fwc boards` lists them"
                    .to_owned(),
            ],
            Fault::Locked { unlock: None, .. } => {
                vec!["`fwc erase` unlocks it by erasing all of its flash; then `fwc flash` writes it".to_owned()]
            }
            Fault::Locked { unlock: Some(command), .. } => vec![
                format!("fwc cannot open it; OpenOCD can, by erasing all of its flash: {command}"),
                "then take the board's power away for a moment, and `fwc flash`".to_owned(),
            ],
            Fault::Gone { .. } | Fault::Silent { .. } => vec!["plug the probe in again".to_owned()],
            Fault::Mismatch => vec![
                "if it fails at the same place again, the flash chip is worn or is not the board's usual one"
                    .to_owned(),
            ],
            Fault::Library(_) | Fault::Cancelled => Vec::new(),
        }
    }
}

/// The operating system whose words are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum System {
    Linux,
    Windows,
    Other,
}

const HERE: System = match () {
    () if cfg!(target_os = "linux") => System::Linux,
    () if cfg!(windows) => System::Windows,
    () => System::Other,
};

/// USB vendors of debug probes: ST-Link, J-Link, Raspberry Pi's, Arm's CMSIS-DAP, Black Magic and OpenMoko's ids, WCH-Link,
/// Espressif's built-in JTAG, FTDI, Glasgow (the rules that probe-rs publishes, and usb.ids).
const VENDORS: [u16; 9] = [0x0483, 0x1366, 0x2e8a, 0x0d28, 0x1d50, 0x1a86, 0x303a, 0x0403, 0x20b7];

/// What to do where a probe is plugged in and none is seen.
#[must_use]
pub fn if_none() -> Vec<String> {
    vec![unseen(HERE)]
}

fn unseen(system: System) -> String {
    match system {
        System::Linux => format!("if `lsusb` shows it, the system keeps it from you: {}", udev(&VENDORS)),
        System::Windows => {
            "if the device manager shows it with a warning, give it the WinUSB driver, for instance with Zadig".to_owned()
        }
        System::Other => {
            "if the system's list of USB devices lacks it, try another cable, another port and no hub".to_owned()
        }
    }
}

/// What lets a user open a USB device.
fn permission(vendor: u16) -> String {
    permission_on(HERE, vendor)
}

fn permission_on(system: System, vendor: u16) -> String {
    match system {
        System::Linux => udev(&[vendor]),
        System::Windows => "give the probe the WinUSB driver, for instance with Zadig".to_owned(),
        System::Other => "close other programs that use it".to_owned(),
    }
}

/// The rule that gives whoever is logged in the devices of these vendors.
fn udev(vendors: &[u16]) -> String {
    let vendors: Vec<String> = vendors.iter().map(|vendor| format!("{vendor:04x}")).collect();
    format!(
        "as root, write this line to /etc/udev/rules.d/69-debug-probe.rules, then plug the probe in again:\n\
         SUBSYSTEM==\"usb\", ATTR{{idVendor}}==\"{}\", MODE=\"0660\", TAG+=\"uaccess\"",
        vendors.join("|")
    )
}

/// An error and what is behind it, in one line: outer words that the inner ones repeat are said once.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = sentence(error);
    let mut inner = error.source();
    while let Some(error) = inner {
        let more = sentence(error);
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        inner = error.source();
    }
    text
}

/// One error's own words as a part of a line.
fn sentence(error: &dyn Error) -> String {
    let text = error.to_string();
    let text = text.trim().trim_end_matches('.');
    let mut characters = text.chars();
    let second_is_lower = text.chars().nth(1).is_some_and(char::is_lowercase);
    match characters.next() {
        Some(first) if second_is_lower => first.to_lowercase().chain(characters).collect(),
        _ => text.to_owned(),
    }
}

/// Whether the system, and not the chip, has failed: a plug was pulled.
fn is_input_output(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<io::Error>() || matches!(error.downcast_ref(), Some(DebugProbeError::Usb(_))) {
            return true;
        }
        next = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_system_has_its_own_words() {
        assert_eq!(
            permission_on(System::Linux, 0x2e8a),
            "as root, write this line to /etc/udev/rules.d/69-debug-probe.rules, then plug the probe in again:\n\
             SUBSYSTEM==\"usb\", ATTR{idVendor}==\"2e8a\", MODE=\"0660\", TAG+=\"uaccess\""
        );
        assert!(unseen(System::Linux).contains("ATTR{idVendor}==\"0483|1366|2e8a|"));
        assert!(unseen(System::Windows).contains("WinUSB"));
        assert!(permission_on(System::Windows, 0x2e8a).contains("Zadig"));
        assert!(!unseen(System::Other).contains("udev"));
    }
}
