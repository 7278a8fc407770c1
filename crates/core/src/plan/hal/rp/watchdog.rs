//! embassy-rp's watchdog: started before the tasks that keep it fed.

use crate::app::Watchdog;
use crate::plan::expression::{Expression, Statement, grouped};
use crate::plan::hal::{Handle, HandleNames};
use crate::plan::pace;
use crate::resolved::Resolved;

/// What starts the watchdog, once it has told which tasks it bit for.
pub(super) fn handle(resolved: &Resolved, watchdog: &Watchdog, names: &HandleNames) -> Handle {
    let tasks = resolved.app.supervised();
    let reports = tasks.zip(0..).map(|(task, number): (_, u32)| {
        let arguments = [number.to_string(), format!("{:?}", task.name.value)];
        Statement::run(Expression::call(
            format!("board::{}::report", names.alias),
            arguments.map(Expression::plain),
        ))
    });
    Handle {
        before: reports.collect(),
        ..Handle::new(
            format!(
                "fwc_hal_rp::watchdog::Watchdog<{}, {}>",
                grouped(pace::micros(watchdog.timeout.value)),
                resolved.app.supervised().count()
            ),
            Expression::call(format!("board::{}::start", names.alias), [Expression::plain("p.WATCHDOG")]),
        )
    }
}
