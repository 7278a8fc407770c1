//! A sound application to what its numbers say: rates that a line cannot carry, queues that fill up, more in RAM than there is, rings of tasks that
//! wait for each other, periods that cannot be kept.
//!
//! In: [`App`]. Out: diagnostics. An error says what is certain; what depends on user code or on values is a warning,
//! and what nobody can know, such as how often a button is pressed, is silent.

mod buses;
mod lines;
mod memory;
mod pace;
mod queues;
mod rates;
mod uarts;
mod waits;

#[cfg(test)]
mod tests;

use fwc_diag::Diagnostic;

use crate::app::App;

/// Everything that the numbers of an application say against it. `core_hz` is the core's frequency, where it is known.
pub(crate) fn analyse(app: &App, core_hz: Option<u32>) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    pace::judge(app, core_hz, &mut faults);
    uarts::judge(app, &mut faults);
    buses::judge(app, &mut faults);
    queues::judge(app, &mut faults);
    waits::judge(app, &mut faults);
    memory::judge(app, &mut faults);
    faults
}
