//! A debug probe and the chip behind it: chosen, opened, attached.
//!
//! All of it is done by the probe-rs library, which has no time limits of its own for much of what it does: each call
//! runs in a thread that is given up when it is silent for too long.

mod compare;
mod error;
mod flash;
mod inspect;
mod select;
mod whole;

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use probe_rs::probe::{Probe, WireProtocol};
use probe_rs::{Permissions, Session};

pub use compare::differing_bytes;
pub use error::{Fault, ProbeError};
pub use flash::{ProbeFlash, flash};
pub use inspect::{Inspection, Register, inspect};
pub use select::{ProbeListing, list};
pub use whole::{erase, reset};

use crate::limit::{self, Broken};

/// A call of a driver that takes longer than this hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// A core that runs halts within microseconds; one that does not has no clock.
pub(crate) const HALT: Duration = Duration::from_millis(500);

/// Which probe, and how it talks to the chip.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProbeChoice {
    /// `VID:PID`, `VID:PID:SERIAL` or a serial number; `None` for the only one there is.
    pub selector: Option<String>,
    /// The clock on the wire in kilohertz; `None` for the driver's usual one.
    pub speed: Option<u32>,
    /// The wires' protocol; `None` for the driver's usual one.
    pub protocol: Option<Protocol>,
    /// Whether the chip is held in reset while the probe attaches.
    pub under_reset: bool,
}

/// What the wires between probe and chip speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Serial wire debug.
    Swd,
    /// JTAG.
    Jtag,
}

/// An attached chip.
pub struct Target {
    pub(crate) session: Session,
    /// The probe's name and its selector.
    pub probe: String,
}

impl std::fmt::Debug for Target {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Target({} by {})", self.session.target().name, self.probe)
    }
}

/// Opens the probe and attaches to the chip. `unlocks` permits the erasing of all flash where only that unlocks a chip.
///
/// # Errors
/// There is no such probe, or several, or the chip does not answer.
pub fn attach(
    choice: &ProbeChoice,
    chip: &str,
    unlocks: bool,
    cancel: &AtomicBool,
) -> Result<Target, ProbeError> {
    let (choice, name) = (choice.clone(), chip.to_owned());
    let attached = limit::supervised(PATIENCE, cancel, &mut |()| {}, move |_| {
        let item = select::one(choice.selector.as_deref())?;
        let probe = open(&item, &choice)?;
        let session = enter(probe, &name, unlocks, &choice)?;
        Ok(Target { session, probe: item.described() })
    });
    attached.unwrap_or_else(|broken| {
        Err(ProbeError::before(match broken {
            Broken::Silent(limit) => Fault::Silent { limit },
            Broken::Cancelled => Fault::Cancelled,
        }))
    })
}

fn open(item: &select::Found, choice: &ProbeChoice) -> Result<Probe, ProbeError> {
    let opened = item.open().and_then(|mut probe| {
        if let Some(protocol) = choice.protocol {
            probe.select_protocol(match protocol {
                Protocol::Swd => WireProtocol::Swd,
                Protocol::Jtag => WireProtocol::Jtag,
            })?;
        }
        if let Some(speed) = choice.speed {
            probe.set_speed(speed)?;
        }
        Ok(probe)
    });
    opened.map_err(|error| ProbeError::before(Fault::opening(item, &error)))
}

fn enter(probe: Probe, chip: &str, unlocks: bool, choice: &ProbeChoice) -> Result<Session, ProbeError> {
    let permissions = if unlocks { Permissions::new().allow_erase_all() } else { Permissions::new() };
    let session = if choice.under_reset {
        probe.attach_under_reset(chip, permissions)
    } else {
        probe.attach(chip, permissions)
    };
    session.map_err(|error| ProbeError::before(Fault::attaching(chip, &error)))
}
