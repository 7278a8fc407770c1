//! Ctrl-C to a flag that long work looks at, so that nothing is left half-made or running.

use fwc_build::Cancel;
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::Outcome;
use crate::failure::Failure;

/// Ctrl-C, being asked to end, and a terminal that is closed.
#[cfg(unix)]
const SIGNALS: &[i32] = &[SIGINT, SIGTERM, signal_hook::consts::SIGHUP];
#[cfg(not(unix))]
const SIGNALS: &[i32] = &[SIGINT, SIGTERM];

/// From now on these signals cancel the token instead of ending the process.
pub(crate) fn cancel_on_signal() -> Result<Cancel, Failure> {
    let cancel = Cancel::new();
    for signal in SIGNALS {
        signal_hook::flag::register(*signal, cancel.flag())
            .map_err(|error| Failure::world(format!("while waiting for signals: {error}")))?;
    }
    Ok(cancel)
}

/// Ends the work between two steps.
pub(crate) fn check(cancel: &Cancel) -> Outcome {
    if cancel.is_cancelled() { Err(Failure::interrupted()) } else { Ok(()) }
}
