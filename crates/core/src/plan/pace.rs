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

/// What looks at each tick of a task: its type, and how it is made.
struct Monitor {
    rust_type: String,
    values: Vec<String>,
}

/// Makes the ticker of a task that has a pace. `tasks` is the path to the module with the deadlines, from where the
/// ticker is made; `guard` is the type of the watchdog.
pub(super) fn ticker(task: &Task, tasks: &str, guard: Option<&str>) -> Option<Expression> {
    let micros = grouped(micros(task.period.as_ref()?.value));
    Some(match monitor(task, tasks, guard) {
        None => Expression::call(format!("Ticker::<{micros}>::new"), []),
        Some(monitor) => {
            let function = if monitor.values.len() == 1 { "new" } else { "both" };
            Expression::call(
                format!("MonitoredTicker::<_, {micros}>::{function}"),
                monitor.values.into_iter().map(Expression::plain),
            )
        }
    })
}

/// The type of the ticker of a task that has a pace.
pub(super) fn ticker_type(task: &Task, guard: Option<&str>) -> Option<String> {
    let micros = micros(task.period.as_ref()?.value);
    Some(match monitor(task, "", guard) {
        Some(monitor) => format!("MonitoredTicker<{}, {}>", monitor.rust_type, grouped(micros)),
        None => format!("Ticker<{}>", grouped(micros)),
    })
}

fn monitor(task: &Task, tasks: &str, guard: Option<&str>) -> Option<Monitor> {
    let deadline = deadline(task).map(|deadline| Monitor {
        rust_type: "&'static Deadline".to_string(),
        values: vec![format!("&{tasks}{}", deadline.name)],
    });
    let supervised = task.supervised.zip(guard).map(|(supervised, guard)| Monitor {
        rust_type: format!("Supervised<{guard}, {}>", supervised.value),
        values: vec![format!("{guard}::task::<{}>()", supervised.value)],
    });
    match (deadline, supervised) {
        (Some(deadline), Some(supervised)) => Some(Monitor {
            rust_type: format!("({}, {})", deadline.rust_type, supervised.rust_type),
            values: [deadline.values, supervised.values].concat(),
        }),
        (deadline, supervised) => deadline.or(supervised),
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
