//! The probes that are plugged in, and the one that is meant.

use probe_rs::probe::list::{Accessibility, Lister, ProbeListItem};
use probe_rs::probe::{DebugProbeError, DebugProbeSelector, Probe};
use serde::Serialize;

use super::{Fault, PATIENCE, ProbeError};
use crate::limit;

/// A probe as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProbeListing {
    /// Its name.
    pub name: String,
    /// What kind of probe it is.
    pub kind: String,
    /// What selects it: `VID:PID:SERIAL`.
    pub selector: String,
    /// Whether the system lets this user open it.
    pub accessible: bool,
}

/// A probe that was found.
#[derive(Debug)]
pub(crate) struct Found(ProbeListItem);

impl Found {
    pub(super) fn open(&self) -> Result<Probe, DebugProbeError> {
        self.0.info.open()
    }

    pub(super) fn accessible(&self) -> bool {
        self.0.accessibility == Accessibility::Accessible
    }

    pub(super) fn selector(&self) -> String {
        let info = &self.0.info;
        let numbers = format!("{:04x}:{:04x}", info.vendor_id, info.product_id);
        let interface = info.interface.map(|interface| format!("-{interface}")).unwrap_or_default();
        match info.serial_number.as_deref().filter(|serial| !serial.is_empty()) {
            Some(serial) => format!("{numbers}{interface}:{serial}"),
            None => format!("{numbers}{interface}"),
        }
    }

    /// `Debug Probe (CMSIS-DAP) 2e8a:000c:E660…`.
    pub(super) fn described(&self) -> String {
        format!("{} {}", self.0.info.identifier, self.selector())
    }

    pub(super) fn vendor(&self) -> u16 {
        self.0.info.vendor_id
    }
}

/// All probes that are plugged in.
///
/// # Errors
/// The system does not list its devices within a time limit.
pub fn list() -> Result<Vec<ProbeListing>, ProbeError> {
    let listed = limit::within(PATIENCE, || Lister::new().list_all_with_access());
    let items = listed.map_err(|limit| ProbeError::before(Fault::Silent { limit }))?;
    let listing = |item: ProbeListItem| {
        let kind = item.info.probe_type();
        let found = Found(item);
        ProbeListing {
            name: found.0.info.identifier.clone(),
            kind,
            selector: found.selector(),
            accessible: found.accessible(),
        }
    };
    Ok(items.into_iter().map(listing).collect())
}

/// The one that is meant, or the only one.
pub(super) fn one(selector: Option<&str>) -> Result<Found, ProbeError> {
    let lister = Lister::new();
    let parsed: Option<DebugProbeSelector> = selector.and_then(|text| text.parse().ok());
    let mut items = lister.list_with_access(parsed.as_ref());
    if let (Some(text), None) = (selector, &parsed) {
        items.retain(|item| item.info.serial_number.as_deref() == Some(text));
    }
    let mut found: Vec<Found> = items.into_iter().map(Found).collect();
    // A probe with two drivers, an older and a newer one, is listed for each.
    found.dedup_by_key(|one| one.selector());
    match (found.len(), selector) {
        (1, _) => Ok(found.remove(0)),
        (0, None) => Err(ProbeError::before(Fault::NoProbe)),
        (0, Some(selector)) => {
            let others = lister.list_all_with_access().into_iter().map(|item| Found(item).described());
            let others = others.collect();
            Err(ProbeError::before(Fault::NoSuchProbe { selector: selector.to_owned(), others }))
        }
        _ => {
            let probes = found.iter().map(|one| (one.0.info.identifier.clone(), one.selector())).collect();
            Err(ProbeError::before(Fault::SeveralProbes { probes }))
        }
    }
}
