//! How a task's ticks are made, and what watches the work between them.

use fwc_schema::units::Duration;
use serde::Serialize;

use crate::app::Task;
use crate::names::screaming_case;
use crate::plan::expression::{Expression, grouped};

/// A static of the generated code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StaticCode {
    /// Its name.
    pub name: String,
    /// Its type.
    pub rust_type: String,
    /// Its first value.
    pub value: Expression,
}

/// Makes the ticker of a task that has a pace. `tasks` is the path to the module with the deadlines, from where the
/// ticker is made.
pub(super) fn ticker(task: &Task, tasks: &str) -> Option<Expression> {
    let period = duration(task.period.as_ref()?.value);
    let Some(deadline) = deadline(task) else { return Some(Expression::call("Ticker::every", [period])) };
    let monitor = Expression::plain(format!("&{tasks}{}", deadline.name));
    Some(Expression::call("MonitoredTicker::every", [period, monitor]))
}

/// The ticker's type.
pub(super) fn ticker_type(task: &Task) -> String {
    match task.deadline {
        Some(_) => "MonitoredTicker<&'static Deadline>".to_string(),
        None => "Ticker".to_string(),
    }
}

/// The static that counts how often a task missed its deadline.
pub(super) fn deadline(task: &Task) -> Option<StaticCode> {
    let limit = duration(task.deadline.as_ref()?.value);
    let name = Expression::plain(format!("{:?}", task.name.value));
    Some(StaticCode {
        name: format!("{}_DEADLINE", screaming_case(&task.name.value)),
        rust_type: "Deadline".to_string(),
        value: Expression::call("Deadline::new", [name, limit]),
    })
}

/// In the largest unit in which it is whole; time is counted in microseconds, to the nearest.
pub(super) fn duration(time: Duration) -> Expression {
    let micros = micros(time);
    let (unit, count) = [("secs", 1_000_000), ("millis", 1_000)]
        .into_iter()
        .find(|(_, size)| micros.is_multiple_of(*size))
        .map_or(("micros", micros), |(unit, size)| (unit, micros / size));
    Expression::plain(format!("Duration::from_{unit}({})", grouped(count)))
}

pub(super) fn micros(time: Duration) -> u64 {
    time.0.saturating_add(500) / 1_000
}
