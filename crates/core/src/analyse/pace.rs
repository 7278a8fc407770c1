//! Periods against what the time driver can tick and what a processor can follow, and deadlines against periods.

use fwc_diag::{Diagnostic, codes};
use fwc_schema::Spanned;
use fwc_schema::units::{Duration, Frequency};

use crate::analyse::rates::decimal;
use crate::app::{App, Task};

/// How far a pace may be off before it is worth a word, in parts per million: crystals of boards are off by up to 50.
const TOLERATED_PPM: u64 = 100;

const SECOND: u64 = 1_000_000_000;

const MICROSECOND: u64 = 1_000;

pub(super) fn judge(app: &App, core_hz: Option<u32>, faults: &mut Vec<Diagnostic>) {
    for task in &app.tasks {
        let Some(period) = &task.period else { continue };
        faults.extend(late_deadline(task, period));
        faults.extend(too_short(task, period, core_hz).or_else(|| drift(app, period)));
    }
}

/// A deadline that counts on into the next tick.
fn late_deadline(task: &Task, period: &Spanned<Duration>) -> Option<Diagnostic> {
    let deadline = task.deadline.as_ref().filter(|deadline| deadline.value > period.value)?;
    let title = format!("the deadline of {} is longer than the period of {}", deadline.value, period.value);
    Some(
        Diagnostic::warning(codes::LATE_DEADLINE, title, deadline.span)
            .also(period.span, "the next tick falls this long after")
            .note("work that takes longer than a period falls further behind at each tick, and no miss is counted")
            .help(format!("give it at most `deadline = \"{}\"`", period.value)),
    )
}

/// The cycles from one sleep to the next: the alarm's interrupt, the timer queue and the executor's turn.
///
/// Measured in the emulator, RP2040 at 125 MHz: the ticks of a `blink` with a period of 1 us come in bunches that are
/// 658 cycles apart.
const WAKE_CYCLES: u64 = 650;

/// A pace that leaves no time to sleep between two ticks.
fn too_short(task: &Task, period: &Spanned<Duration>, core_hz: Option<u32>) -> Option<Diagnostic> {
    let core_hz = u64::from(core_hz?);
    let cycles = u128::from(period.value.0) * u128::from(core_hz) / u128::from(SECOND);
    if cycles >= u128::from(WAKE_CYCLES) {
        return None;
    }
    // To whole microseconds, upwards.
    let least = Duration((WAKE_CYCLES * SECOND).div_ceil(core_hz).next_multiple_of(1_000));
    let title = format!("`{}` cannot be woken every {}", task.name.value, shown(period.value));
    Some(
        Diagnostic::warning(codes::PERIOD_TOO_SHORT, title, period.span)
            .here(format!("{cycles} cycles of the core"))
            .note(format!(
                "to wake a task takes about {WAKE_CYCLES} cycles, {} at {}: the ticks would come in bunches",
                shown(least),
                Frequency(core_hz * 1_000)
            ))
            .note("the processor would never sleep, and what has a lower priority would hardly run")
            .help("let hardware keep such a pace: a `pwm` pulses by itself"),
    )
}

/// A pace that is no whole number of ticks, so that it is another one.
fn drift(app: &App, period: &Spanned<Duration>) -> Option<Diagnostic> {
    let tick_hz = u64::from(app.board.chip.time_driver.tick_hz);
    let kept = kept(period.value, tick_hz);
    let off = kept.0.abs_diff(period.value.0);
    let ppm = u128::from(off) * 1_000_000 / u128::from(period.value.0.max(1));
    // No period of whole microseconds comes nearer to what is kept than this one.
    let is_nearest = in_microseconds(kept) == period.value;
    if ppm <= u128::from(TOLERATED_PPM) || is_nearest {
        return None;
    }
    let direction = if kept > period.value { "slow" } else { "fast" };
    let percent = decimal(u64::try_from(ppm / 100).unwrap_or(u64::MAX));
    let title = format!("a period of {} cannot be kept", shown(period.value));
    Some(
        Diagnostic::warning(codes::TICK_DRIFT, title, period.span)
            .here(format!("it is {}, {percent} % too {direction}", shown(kept)))
            .note(format!(
                "time is counted in ticks of {}, and a period is a whole number of them",
                shown(Duration(SECOND / tick_hz.max(1)))
            ))
            .help(format!("if that is near enough, say so: `every = \"{}\"`", in_microseconds(kept))),
    )
}

/// The period that a ticker has: Embassy's durations are made of whole microseconds, and rounded up to ticks.
fn kept(period: Duration, tick_hz: u64) -> Duration {
    let micros = u128::from(period.0.saturating_add(500) / 1_000);
    let ticks = (micros * u128::from(tick_hz)).div_ceil(1_000_000).max(1);
    let nanos = ticks * u128::from(SECOND) / u128::from(tick_hz.max(1));
    Duration(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// A time to three digits after the point, which is as fine as its ticks are.
fn shown(time: Duration) -> String {
    let (unit, name) = match time.0 {
        0..1_000 => (1, "ns"),
        1_000..1_000_000 => (1_000, "us"),
        1_000_000..1_000_000_000 => (1_000_000, "ms"),
        _ => (1_000_000_000, "s"),
    };
    let thousandths = u128::from(time.0) * 1_000 / unit;
    let text = format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000);
    format!("{}{name}", text.trim_end_matches('0').trim_end_matches('.'))
}

/// The period to write for one that is kept: its whole microseconds, which become the same number of ticks. The next
/// ones would become one tick more.
fn in_microseconds(kept: Duration) -> Duration {
    Duration(kept.0 / MICROSECOND * MICROSECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// nRF52840: 32,768 ticks a second.
    #[test]
    fn a_period_that_is_offered_is_kept_as_the_first_one_was() {
        for micros in 1..=100_000 {
            let first = kept(Duration(micros * MICROSECOND), 32_768);
            let offered = in_microseconds(first);
            assert_eq!(in_microseconds(kept(offered, 32_768)), offered, "{micros}us");
        }
    }
}
