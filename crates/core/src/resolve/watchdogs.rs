//! The chip's one watchdog, and how long it can be left unfed.

use fwc_diag::words::quoted;
use fwc_diag::{Diagnostic, codes};
use fwc_schema::chip::WatchdogFile;
use fwc_schema::units::Duration;

use crate::app::{Peripheral, PeripheralKind, Watchdog};
use crate::resolve::context::Context;

/// Nanoseconds in a microsecond.
const MICROSECOND: u64 = 1_000;

/// Refuses what the chip's watchdog cannot do.
pub(super) fn refuse(context: &Context<'_>, faults: &mut Vec<Diagnostic>) {
    let Some(limits) = &context.chip.watchdog else { return };
    let watchdogs = context.app.peripherals.iter().filter_map(|peripheral| match &peripheral.kind {
        PeripheralKind::Watchdog(watchdog) => Some((peripheral, watchdog)),
        _ => None,
    });
    let watchdogs: Vec<(&Peripheral, &Watchdog)> = watchdogs.collect();
    match watchdogs[..] {
        [(peripheral, watchdog)] => {
            let fault = out_of_range(context, limits, watchdog)
                .or_else(|| too_hasty(context, limits, peripheral, watchdog));
            faults.extend(fault);
        }
        [(first, _), (second, _), ..] => faults.push(more_than_one(context, first, second)),
        [] => {}
    }
    faults.extend(too_many_tasks(context, limits));
}

fn out_of_range(context: &Context<'_>, limits: &WatchdogFile, watchdog: &Watchdog) -> Option<Diagnostic> {
    let limits = limits.timeout_us;
    let [least, most] = [limits.min, limits.max].map(|micros| Duration(u64::from(micros) * MICROSECOND));
    let timeout = watchdog.timeout;
    let title = format!("the watchdog of {} cannot wait for `{}`", context.chip.title, timeout.value);
    let fault = Diagnostic::error(codes::BAD_VALUE, title, timeout.span);
    if timeout.value < least {
        return Some(fault.here(format!("must be at least `{least}`")));
    }
    (timeout.value > most).then(|| {
        fault
            .here(format!("can be `{most}` at most"))
            .help("let a task that ticks more often watch over the slow one, and supervise that")
    })
}

/// How many periods of a task the timeout must have room for: the work of one tick may be done at once, and that of
/// the next only just before its next tick.
const PERIODS: u64 = 2;

/// The fault of a timeout in which the slowest task is not sure to be heard of.
fn too_hasty(
    context: &Context<'_>,
    limits: &WatchdogFile,
    peripheral: &Peripheral,
    watchdog: &Watchdog,
) -> Option<Diagnostic> {
    let periods = context.app.supervised().filter_map(|task| Some((task, task.period?)));
    let (task, period) = periods.max_by_key(|(_, period)| period.value)?;
    let least = Duration(period.value.0.saturating_mul(PERIODS));
    if watchdog.timeout.value >= least {
        return None;
    }
    let title =
        format!("{} would bite while {} keeps its pace", quoted(&peripheral.name), quoted(&task.name));
    let fault = Diagnostic::error(codes::BAD_VALUE, title, watchdog.timeout.span)
        .here(format!("must be at least `{least}`"))
        .also(period.span, format!("ticks every {}", period.value))
        .note("from the end of a tick's work to the end of the next one's can be as long as two periods");
    let most = Duration(u64::from(limits.timeout_us.max) * MICROSECOND);
    Some(if least <= most {
        fault.help(format!("write `timeout = \"{least}\"` or more, or let the task tick more often"))
    } else {
        fault.help(format!(
            "{} cannot wait for longer than `{most}`: let the task tick more often",
            context.chip.title
        ))
    })
}

fn more_than_one(context: &Context<'_>, first: &Peripheral, second: &Peripheral) -> Diagnostic {
    let title = format!(
        "{} has one watchdog: {} and {} cannot both have it",
        context.chip.title,
        quoted(&first.name),
        quoted(&second.name)
    );
    Diagnostic::error(codes::BLOCK_EXHAUSTED, title, second.name.span)
        .here("the second")
        .also(first.name.span, "the first")
        .help("keep one: it supervises all tasks with `supervised = true`")
}

fn too_many_tasks(context: &Context<'_>, limits: &WatchdogFile) -> Option<Diagnostic> {
    let most = limits.tasks;
    let beyond =
        context.app.supervised().filter_map(|task| task.supervised).find(|task| task.value >= most)?;
    let title = format!("the watchdog of {} supervises {most} tasks at most", context.chip.title);
    Some(
        Diagnostic::error(codes::BLOCK_EXHAUSTED, title, beyond.span)
            .here("one too many")
            .help("leave out tasks that others wait for: one that stops makes those stop too"),
    )
}
