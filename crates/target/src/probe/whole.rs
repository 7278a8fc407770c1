//! What is done to a chip as a whole: a reset, the erasing of all its flash.

use std::sync::atomic::AtomicBool;

use probe_rs::flashing::{FlashProgress, ProgressEvent, ProgressOperation, erase_all};

use super::flash::CHIP_ERASE_PATIENCE;
use super::{Fault, PATIENCE, ProbeError, Target};
use crate::limit::{self, Broken};
use crate::{FlashEvent, Step};

/// Lets the chip start anew. It is handed back, running.
///
/// # Errors
/// The probe or the chip does not answer.
pub fn reset(target: Target, cancel: &AtomicBool) -> Result<Target, ProbeError> {
    let mut target = target;
    let reset = limit::supervised(PATIENCE, cancel, &mut |()| {}, move |_| {
        target.session.core(0).and_then(|mut core| core.reset()).map(|()| target)
    });
    let fault = match reset {
        Ok(Ok(target)) => return Ok(target),
        Ok(Err(error)) => Fault::working(&error),
        Err(broken) => broken_fault(broken),
    };
    Err(ProbeError::amid(fault))
}

/// Erases all flash, which also unlocks a locked chip, and lets the chip start into that.
///
/// # Errors
/// The probe or the chip does not answer, or the chip cannot do it.
pub fn erase(
    target: Target,
    on_event: &mut dyn FnMut(FlashEvent),
    cancel: &AtomicBool,
) -> Result<(), ProbeError> {
    let mut target = target;
    let erased = limit::supervised(CHIP_ERASE_PATIENCE, cancel, on_event, move |news| {
        let mut done = 0;
        let mut progress = FlashProgress::new(|event| {
            if let ProgressEvent::Progress { operation: ProgressOperation::Erase, size, .. } = event {
                done += size;
                news.say(FlashEvent::Progress { step: Step::Erase, done });
            }
        });
        news.say(FlashEvent::Begin { step: Step::Erase, total: None });
        erase_all(&mut target.session, &mut progress, false).map_err(|error| Fault::working(&error))?;
        drop(progress);
        news.say(FlashEvent::End { step: Step::Erase });
        target.session.core(0).and_then(|mut core| core.reset()).map_err(|error| Fault::working(&error))
    });
    let fault = match erased {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(fault)) => fault,
        Err(broken) => broken_fault(broken),
    };
    Err(ProbeError::within(Step::Erase, fault))
}

fn broken_fault(broken: Broken) -> Fault {
    match broken {
        Broken::Silent(limit) => Fault::Silent { limit },
        Broken::Cancelled => Fault::Cancelled,
    }
}
