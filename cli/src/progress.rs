//! News of a build to a bar on a terminal, to lines elsewhere, and to records for programs.

use fwc_build::BuildEvent;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::faults::Faults;
use crate::shell::Shell;

/// What is shown of a running build.
pub(crate) struct Progress<'a> {
    shell: &'a Shell,
    bar: Option<ProgressBar>,
}

impl Progress<'_> {
    pub(crate) fn new(shell: &Shell) -> Progress<'_> {
        let bar = shell.draws_progress().then(|| {
            // Nothing is drawn before there is something to say.
            ProgressBar::new(0).with_style(style()).with_prefix(shell.status_word("Building"))
        });
        Progress { shell, bar }
    }

    /// Shows an event; compiler messages are handed on.
    pub(crate) fn show(&mut self, event: BuildEvent, faults: &mut Faults<'_>) {
        match (&self.bar, event) {
            (Some(bar), BuildEvent::Fault(fault)) => bar.suspend(|| faults.say(&fault)),
            (None, BuildEvent::Fault(fault)) => faults.say(&fault),
            (Some(bar), event) => draw(bar, event),
            (None, event) if self.shell.is_json() => {
                faults.keep(self.shell.record(&json!({ "reason": "progress", "event": event })));
            }
            (None, event) => self.line(event),
        }
    }

    /// Takes the bar away.
    pub(crate) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn line(&self, event: BuildEvent) {
        match event {
            BuildEvent::Compiling { what } => self.shell.status("Compiling", &what),
            BuildEvent::Fetching { what } => self.shell.status("Fetching", &what),
            BuildEvent::Waiting { what } => {
                self.shell.status("Waiting", what.strip_prefix("waiting ").unwrap_or(&what));
            }
            // Counts are of use only where they replace each other; faults were handed on.
            BuildEvent::Progress { .. } | BuildEvent::Fault(_) => {}
        }
    }
}

fn draw(bar: &ProgressBar, event: BuildEvent) {
    match event {
        BuildEvent::Progress { done, total, active } => {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
            bar.set_message(active.join(", "));
        }
        BuildEvent::Fetching { what } => bar.set_message(format!("fetching {what}")),
        BuildEvent::Waiting { what } => bar.set_message(what),
        // The counts name what is being compiled.
        BuildEvent::Compiling { .. } | BuildEvent::Fault(_) => {}
    }
}

fn style() -> ProgressStyle {
    let template = "{prefix} [{bar:25}] {pos}/{len}: {wide_msg}";
    ProgressStyle::with_template(template).expect("the template is well formed").progress_chars("=> ")
}
