//! The way by a debug probe.

use fwc_build::Cancel;
use fwc_core::catalog::Board;
use fwc_target::probe::{self, Fault, ProbeError, ProbeFlash, Target};
use fwc_target::{FlashReport, Image, Left};

use crate::arguments::FlashOptions;
use crate::failure::Failure;
use crate::flashing::FlashProgress;
use crate::probing;
use crate::shell::Shell;

/// Whether a probe is plugged in.
pub(super) fn is_there() -> Result<bool, Failure> {
    let probes = probe::list().map_err(|error| probing::failure(&error))?;
    Ok(!probes.is_empty())
}

pub(super) fn flash(
    image: &Image,
    options: &FlashOptions,
    board: &Board,
    shell: &Shell,
    cancel: &Cancel,
) -> Result<(FlashReport, Target), Failure> {
    let how = ProbeFlash { chip_erase: options.chip_erase, verify: !options.no_verify };
    let attached = probing::try_attach(&options.probe, board, how.chip_erase, cancel)?;
    let target = attached.map_err(|error| not_attached(&error))?;
    let mut progress = FlashProgress::new(shell);
    let flashed = probe::flash(target, image, how, &mut |event| progress.show(event), &cancel.flag());
    progress.end()?;
    flashed.map_err(|error| probing::failure(&error))
}

/// Where the chip was not reached, its flash is as it was; where that is plain, it is not said.
fn not_attached(error: &ProbeError) -> Failure {
    let failure = probing::failure(error);
    match error.fault {
        Fault::Open { .. } | Fault::NoTarget { .. } if error.left().is_none() => {
            failure.notes([Left::Untouched.sentence().to_owned()])
        }
        _ => failure,
    }
}
