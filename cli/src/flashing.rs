//! News of flashing to a bar on a terminal and to records for programs; lines come at the end.

use fwc_target::{FlashEvent, Step};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::Outcome;
use crate::shell::Shell;

/// What is shown while a board is flashed.
pub(crate) struct FlashProgress<'a> {
    shell: &'a Shell,
    bar: Option<ProgressBar>,
    /// The first record that could not be written.
    output: Outcome,
}

impl FlashProgress<'_> {
    pub(crate) fn new(shell: &Shell) -> FlashProgress<'_> {
        FlashProgress { shell, bar: None, output: Ok(()) }
    }

    /// Shows an event.
    pub(crate) fn show(&mut self, event: FlashEvent) {
        if self.shell.is_json() && self.output.is_ok() {
            self.output = self.shell.record(&json!({ "reason": "flash-progress", "event": event }));
        }
        if !self.shell.draws_progress() {
            return;
        }
        match event {
            FlashEvent::Begin { step, total } => self.bar = Some(begin(step, total, self.shell)),
            FlashEvent::Progress { done, .. } => {
                if let Some(bar) = &self.bar {
                    bar.set_position(done);
                }
            }
            FlashEvent::End { .. } => self.clear(),
        }
    }

    /// Takes the bar away, and says whether all records were written.
    pub(crate) fn end(mut self) -> Outcome {
        self.clear();
        self.output
    }

    fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

fn begin(step: Step, total: Option<u64>, shell: &Shell) -> ProgressBar {
    let bar = match total {
        Some(total) => ProgressBar::new(total).with_style(style("{prefix} [{bar:25}] {bytes}/{total_bytes}")),
        None => ProgressBar::new_spinner().with_style(style("{prefix}")),
    };
    let bar = bar.with_prefix(shell.status_word(step.doing()));
    bar.tick();
    bar
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the template is well formed").progress_chars("=> ")
}
