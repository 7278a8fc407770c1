//! Image -> the chip's flash, by a probe: compared, erased, programmed, verified, started.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use probe_rs::Session;
use probe_rs::flashing::{DownloadOptions, FlashError, FlashProgress, ProgressEvent, ProgressOperation};
use probe_rs::rtt::{Rtt, ScanRegion};

use super::{Fault, HALT, PATIENCE, ProbeError, Target, compare};
use crate::limit::{self, Broken};
use crate::report::{self, StepTimes};
use crate::{FlashEvent, FlashReport, Image, Part, Step, Way};

/// Erasing a chip of 16 MiB as a whole takes this long without a sign of life (W25Q128JV datasheet, section 9.6: at most
/// 200 s).
pub(super) const CHIP_ERASE_PATIENCE: Duration = Duration::from_secs(210);

/// How flash is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProbeFlash {
    /// Erase all of it first, not only the sectors that change.
    pub chip_erase: bool,
    /// Read back what was written.
    pub verify: bool,
}

/// Writes what differs and starts the chip. The chip is handed back, running.
///
/// # Errors
/// [`ProbeError::left`] says what then is in the flash.
pub fn flash(
    target: Target,
    image: &Image,
    how: ProbeFlash,
    on_event: &mut dyn FnMut(FlashEvent),
    cancel: &AtomicBool,
) -> Result<(FlashReport, Target), ProbeError> {
    let mut times = StepTimes::default();
    let mut hear = |(at, event)| {
        times.hear((at, event));
        on_event(event);
    };
    let patience = if how.chip_erase { CHIP_ERASE_PATIENCE } else { PATIENCE };
    let device = target.probe.clone();
    let image = image.clone();
    let mut target = target;
    let worked = limit::supervised(patience, cancel, &mut hear, move |news| {
        let done = work(&mut target.session, &image, how, &mut |event| news.note(report::now(event)));
        done.map(|()| target)
    });
    let fault = match worked {
        Ok(Ok(target)) => {
            return Ok((FlashReport { way: Way::Probe, device, steps: times.done }, target));
        }
        Ok(Err(fault)) => fault,
        Err(Broken::Silent(limit)) => Fault::Silent { limit },
        Err(Broken::Cancelled) => Fault::Cancelled,
    };
    Err(ProbeError::within(times.step().unwrap_or(Step::Compare), fault))
}

fn work(
    session: &mut Session,
    image: &Image,
    how: ProbeFlash,
    tell: &mut dyn FnMut(FlashEvent),
) -> Result<(), Fault> {
    let parts = if how.chip_erase { image.parts.clone() } else { changed(session, image, tell)? };
    if !parts.is_empty() {
        write(session, &parts, how, tell)?;
    }
    tell(FlashEvent::Begin { step: Step::Start, total: None });
    start(session, image.log_block)?;
    tell(FlashEvent::End { step: Step::Start });
    Ok(())
}

fn changed(
    session: &mut Session,
    image: &Image,
    tell: &mut dyn FnMut(FlashEvent),
) -> Result<Vec<Part>, Fault> {
    tell(FlashEvent::Begin { step: Step::Compare, total: Some(image.bytes()) });
    let target = session.target().clone();
    let mut core = session.core(0).map_err(|error| Fault::working(&error))?;
    core.halt(HALT).map_err(|error| Fault::working(&error))?;
    let parts = compare::changed(&mut core, &target, image, &mut |done| {
        tell(FlashEvent::Progress { step: Step::Compare, done });
    })?;
    tell(FlashEvent::End { step: Step::Compare });
    Ok(parts)
}

fn write(
    session: &mut Session,
    parts: &[Part],
    how: ProbeFlash,
    tell: &mut dyn FnMut(FlashEvent),
) -> Result<(), Fault> {
    let mut loader = session.target().flash_loader();
    for part in parts {
        loader.add_data(part.address, &part.bytes).map_err(|error| Fault::working(&error))?;
    }
    let mut bars = Bars::default();
    let mut options = DownloadOptions::new();
    options.do_chip_erase = how.chip_erase;
    options.verify = how.verify;
    options.progress = FlashProgress::new(|event| bars.hear(&event, tell));
    loader.commit(session, options).map_err(|error| match error {
        FlashError::Verify => Fault::Mismatch,
        error => Fault::working(&error),
    })
}

/// Starts what is in the flash: the chip comes out of a reset with nothing left of the flash loader, and with no log of
/// an earlier firmware that could be taken for this one's. RAM keeps what it holds through the reset, so that log is cleared
/// before it, while the core stands still as comparing and writing leave it.
fn start(session: &mut Session, log_block: Option<u64>) -> Result<(), Fault> {
    let mut core = session.core(0).map_err(|error| Fault::working(&error))?;
    if let Some(block) = log_block {
        Rtt::clear_control_block(&mut core, &ScanRegion::Exact(block))
            .map_err(|error| Fault::working(&error))?;
    }
    core.reset().map_err(|error| Fault::working(&error))
}

/// The library's events -> ours, which say how much of a step is done.
#[derive(Default)]
struct Bars {
    totals: Vec<(Step, Option<u64>)>,
    done: u64,
}

impl Bars {
    fn hear(&mut self, event: &ProgressEvent, tell: &mut dyn FnMut(FlashEvent)) {
        match event {
            ProgressEvent::AddProgressBar { operation, total } => {
                if let Some(step) = step(*operation) {
                    self.totals.push((step, *total));
                }
            }
            ProgressEvent::Started(operation) => {
                let Some(step) = step(*operation) else { return };
                self.done = 0;
                let total = self.totals.iter().find(|(of, _)| *of == step).and_then(|(_, total)| *total);
                tell(FlashEvent::Begin { step, total });
            }
            ProgressEvent::Progress { operation, size, .. } => {
                let Some(step) = step(*operation) else { return };
                self.done += size;
                tell(FlashEvent::Progress { step, done: self.done });
            }
            ProgressEvent::Finished(operation) => {
                if let Some(step) = step(*operation) {
                    tell(FlashEvent::End { step });
                }
            }
            _ => {}
        }
    }
}

/// Filling does not happen: what the image does not cover of a sector is not kept.
fn step(operation: ProgressOperation) -> Option<Step> {
    match operation {
        ProgressOperation::Fill => None,
        ProgressOperation::Erase => Some(Step::Erase),
        ProgressOperation::Program => Some(Step::Program),
        ProgressOperation::Verify => Some(Step::Verify),
    }
}
