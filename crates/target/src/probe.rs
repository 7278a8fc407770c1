//! A debug probe and the chip behind it: chosen, opened, attached.
//!
//! All of it is done by the probe-rs library, which has no time limits of its own for much of what it does: each call
//! runs in a thread that is given up when it is silent for too long.

mod compare;
mod error;
mod flash;
mod identity;
mod inspect;
mod look;
mod select;
mod whole;

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use probe_rs::probe::{Probe, WireProtocol};
use probe_rs::{MemoryInterface, Permissions, Session};

pub use compare::differing_bytes;
pub(crate) use error::chain;
pub use error::{Fault, ProbeError, if_none};
pub use flash::{ProbeFlash, flash};
pub use identity::{Expected, Lock, Mark, Seen};
pub use inspect::{Inspection, Register, inspect};
pub use look::explain;
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

/// Opens the probe, attaches to the chip, and makes sure that it is the board's. `unlocks` permits the erasing of all
/// flash where only that unlocks a chip.
///
/// # Errors
/// There is no such probe, or several, the chip does not answer, is another, or is locked. [`explain`] then tells more.
pub fn attach(
    choice: &ProbeChoice,
    expected: &Expected,
    unlocks: bool,
    cancel: &AtomicBool,
) -> Result<Target, ProbeError> {
    let (choice, expected) = (choice.clone(), expected.clone());
    let attached = limit::supervised(PATIENCE, cancel, &mut |()| {}, move |_| {
        let item = select::one(choice.selector.as_deref())?;
        let attempt = |permissions| enter(open(&item, &choice)?, &expected, permissions, &choice);
        let mut session = match attempt(Permissions::new()) {
            // Nothing is erased before it is certain that it is the board's chip that is locked, and no other.
            Err(ProbeError { fault: Fault::Locked { .. }, .. })
                if unlocks && look::look(&item, &choice, &expected, &[]).is_locked(&expected) =>
            {
                attempt(Permissions::new().allow_erase_all())
            }
            session => session,
        }?;
        check(&mut session, &expected).map_err(ProbeError::amid)?;
        Ok(Target { session, probe: item.described() })
    });
    attached.unwrap_or_else(|broken| {
        Err(ProbeError::amid(match broken {
            Broken::Silent(limit) => Fault::Silent { limit },
            Broken::Cancelled => Fault::Cancelled,
        }))
    })
}

/// Whether it is the board's chip, and open. A register that cannot be read says nothing.
fn check(session: &mut Session, expected: &Expected) -> Result<(), Fault> {
    let mut core = session.core(0).map_err(|error| Fault::attaching(&expected.chip, &error))?;
    if let Some(mark) = &expected.mark {
        let other = |word: u32, address: u64| Fault::OtherChip {
            board: expected.board.clone(),
            chip: expected.chip.clone(),
            found: format!("a chip with {word:#010x} at {address:#010x}"),
            found_chips: None,
        };
        if let Ok(word) = core.read_word_32(mark.address)
            && mark.fits(word) == Some(false)
        {
            return Err(other(word, mark.address));
        }
        // Not every core has a CPUID to read.
        if mark.core_part.is_some()
            && let Ok(cpuid) = core.read_word_32(look::CPUID)
            && !mark.fits_core(cpuid)
        {
            return Err(other(cpuid, look::CPUID));
        }
    }
    if let Some(Lock::OptionBits { address, mask, open, unlock }) = &expected.lock
        && let Ok(word) = core.read_word_32(*address)
        && word & mask != *open
    {
        return Err(Fault::Locked {
            chip: expected.chip.clone(),
            reason: "its option bytes keep debuggers from its flash (RDP)".to_owned(),
            unlock: Some(unlock.clone()),
        });
    }
    Ok(())
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

fn enter(
    probe: Probe,
    expected: &Expected,
    permissions: Permissions,
    choice: &ProbeChoice,
) -> Result<Session, ProbeError> {
    let session = if choice.under_reset {
        probe.attach_under_reset(expected.probe_rs.as_str(), permissions)
    } else {
        probe.attach(expected.probe_rs.as_str(), permissions)
    };
    session.map_err(|error| ProbeError::amid(Fault::attaching(&expected.chip, &error)))
}
