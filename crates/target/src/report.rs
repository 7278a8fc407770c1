//! What flashing does, step by step, and what it came to.

use std::time::Instant;

use serde::Serialize;

use crate::Way;

/// A step of flashing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// What is in the flash already is found out.
    Compare,
    /// Sectors are erased.
    Erase,
    /// They are written anew.
    Program,
    /// What was written is read back.
    Verify,
    /// The file is written to the boot drive.
    Copy,
    /// The board starts the new firmware.
    Start,
}

impl Step {
    /// `Copying`, as a status line says it.
    #[must_use]
    pub fn doing(self) -> &'static str {
        match self {
            Step::Compare => "Comparing",
            Step::Erase => "Erasing",
            Step::Program => "Programming",
            Step::Verify => "Verifying",
            Step::Copy => "Copying",
            Step::Start => "Starting",
        }
    }

    /// `comparing`, for the middle of a sentence.
    #[must_use]
    pub fn noun(self) -> String {
        self.doing().to_lowercase()
    }
}

/// News of flashing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum FlashEvent {
    /// A step begins.
    Begin {
        /// Which.
        step: Step,
        /// Its size in bytes, where it is known.
        total: Option<u64>,
    },
    /// So much of a step is done.
    Progress {
        /// Which.
        step: Step,
        /// How many bytes.
        done: u64,
    },
    /// A step is done.
    End {
        /// Which.
        step: Step,
    },
}

/// What flashing came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FlashReport {
    /// The way.
    pub way: Way,
    /// The probe or drive.
    pub device: String,
    /// The steps, in order.
    pub steps: Vec<StepReport>,
}

/// A step that is done.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct StepReport {
    /// Which.
    pub step: Step,
    /// How many bytes it was about.
    pub bytes: u64,
    /// How long it took.
    pub milliseconds: f64,
}

impl FlashReport {
    /// How long all steps took together.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.steps.iter().map(|step| step.milliseconds).sum::<f64>() / 1000.0
    }

    /// How many bytes a step was about; none where there was no such step.
    #[must_use]
    pub fn bytes(&self, step: Step) -> u64 {
        self.steps.iter().filter(|done| done.step == step).map(|done| done.bytes).sum()
    }
}

/// An event and when it came to be, which may be a while before it is heard.
pub(crate) type TimedEvent = (Instant, FlashEvent);

/// What comes to be now.
pub(crate) fn now(event: FlashEvent) -> TimedEvent {
    (Instant::now(), event)
}

/// Events -> times of steps, for the report.
#[derive(Debug, Default)]
pub(crate) struct StepTimes {
    running: Option<(Step, Instant, u64)>,
    pub(crate) done: Vec<StepReport>,
}

impl StepTimes {
    /// The step that began last.
    pub(crate) fn step(&self) -> Option<Step> {
        self.running.map(|(step, ..)| step).or_else(|| self.done.last().map(|done| done.step))
    }

    pub(crate) fn hear(&mut self, (at, event): TimedEvent) {
        match event {
            FlashEvent::Begin { step, .. } => self.running = Some((step, at, 0)),
            FlashEvent::Progress { done, .. } => {
                if let Some((_, _, bytes)) = &mut self.running {
                    *bytes = done;
                }
            }
            FlashEvent::End { .. } => {
                if let Some((step, begun, bytes)) = self.running.take() {
                    let milliseconds = (at - begun).as_secs_f64() * 1000.0;
                    self.done.push(StepReport { step, bytes, milliseconds });
                }
            }
        }
    }
}
