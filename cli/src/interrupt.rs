//! Ctrl-C to a flag that long work looks at, so that nothing is left half-made or running.

use fwc_build::Cancel;

use crate::Outcome;
use crate::failure::Failure;

/// From now on Ctrl-C, and being asked to end, cancels the token instead of ending the process.
pub(crate) fn cancel_on_signal() -> Result<Cancel, Failure> {
    let cancel = Cancel::new();
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, cancel.flag())
            .map_err(|error| Failure::world(format!("while waiting for signals: {error}")))?;
    }
    Ok(cancel)
}

/// Ends the work between two steps.
pub(crate) fn check(cancel: &Cancel) -> Outcome {
    if cancel.is_cancelled() { Err(Failure::interrupted()) } else { Ok(()) }
}
