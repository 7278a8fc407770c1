//! Gives every pin, hardware block, DMA channel and executor one owner, and solves the clocks.
//!
//! In: [`App`], with the board and its chip. Out: [`Resolved`], or every fault that keeps it from being one. A choice
//! is made together with the others, and is the same for the same entries, in whichever order the file has them.
//!
//! A fault is said once: what is at fault counts as absent for the rules that follow, so that a further fault is one
//! that mending the first would not mend.

mod adcs;
mod channels;
mod clock;
mod context;
mod edges;
mod executors;
mod onboard;
mod pins;
mod ports;
mod proposals;
mod pwms;
mod search;
mod undriven;
mod usb;
mod watchdogs;

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::Arc;

use fwc_diag::{Checked, Diagnostic, Severity};
use fwc_schema::Span;

use crate::analyse;
use crate::app::App;
use crate::resolved::Resolved;
use context::Context;
use pins::PinMap;
pub(crate) use ports::uart_dma;

/// Decides everything that the hardware leaves open.
pub fn resolve(app: App) -> Checked<Resolved> {
    resolve_within(app, search::BUDGET)
}

fn resolve_within(app: App, budget: u32) -> Checked<Resolved> {
    let mut faults: Vec<Diagnostic> = Vec::new();
    let pins = PinMap::of(&app);
    let context = Context { app: &app, chip: &app.board.chip, pins: &pins, budget };
    pins::refuse_conflicts(&context, &mut faults);
    undriven::refuse(&context, &mut faults);
    onboard::warn(&context, &mut faults);
    let core = clock::solve(&app, &mut faults);
    faults.extend(analyse::analyse(&app, core.as_ref().map(|core| core.hz)));
    let executors = executors::of_tasks(&app.tasks);
    let ports = ports::wire(&context, core.as_ref(), &executors, &mut faults);
    let pwms = pwms::wire(&context, core.as_ref(), &mut faults);
    let adcs = adcs::wire(&context, &executors, &mut faults);
    let usb_clock = clock::for_usb(&app);
    let usb = usb::wire(&context, core.as_ref(), usb_clock, &mut faults);
    let interrupt_executors = executors::wire(&context, &mut faults);
    edges::refuse(&context, &mut faults);
    watchdogs::refuse(&context, &mut faults);
    let channels = app.channels.iter().map(|channel| channels::wire(channel, &executors)).collect();
    let owners = pins.owners();
    silence_refused_pins(&mut faults);
    app.shared.offer_own(&mut faults);
    faults.sort_by_key(Diagnostic::span);
    let (Some(core), Some(ports), Some(pwms), Some(adcs), Some(usb)) = (core, ports, pwms, adcs, usb) else {
        return Checked { value: None, diagnostics: faults };
    };
    let (time_driver, pwms, of_pwms) = (pwms.time_driver.cloned(), pwms.pwms, pwms.led_strips);
    let mut app = app;
    if let Some(timer) = time_driver {
        Arc::make_mut(&mut Arc::make_mut(&mut app.board).chip).count_time_by(timer);
    }
    let resolved = Resolved {
        pins: owners,
        uarts: ports.uarts,
        i2cs: ports.i2cs,
        spis: ports.spis,
        led_strips: ports.led_strips.into_iter().chain(of_pwms).collect(),
        pwms,
        adcs,
        usb,
        clock: core.solution,
        usb_clock: usb_clock.solution(),
        core_hz: u64::from(core.hz),
        buses: core.buses,
        channels,
        executors,
        interrupt_executors,
        observation: None,
        app,
    };
    Checked::unless_errors(resolved, faults)
}

/// What is wrong with the core's clock of an application that is faulty elsewhere, so that it is told in the same run.
pub(crate) fn clock_faults(app: &App) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    clock::solve(app, &mut faults);
    app.shared.offer_own(&mut faults);
    faults
}

/// A pin that is refused needs no advice about what else it is for.
fn silence_refused_pins(faults: &mut Vec<Diagnostic>) {
    let is_error = |fault: &Diagnostic| fault.severity == Severity::Error;
    let refused: HashSet<Span> =
        faults.iter().filter(|fault| is_error(fault)).map(Diagnostic::span).collect();
    faults.retain(|fault| is_error(fault) || !refused.contains(&fault.span()));
}
