//! The watchdog of the second timer group: started before the tasks that keep it fed.

use crate::app::Watchdog;
use crate::plan::expression::{Expression, grouped};
use crate::plan::hal::{Handle, HandleNames, watchdog_reports};
use crate::plan::pace;
use crate::resolved::Resolved;

/// What starts the watchdog, once it has told which tasks it bit for.
pub(super) fn handle(resolved: &Resolved, watchdog: &Watchdog, names: &HandleNames) -> Handle {
    Handle {
        before: watchdog_reports(resolved, names),
        ..Handle::new(
            format!(
                "fwc_hal_esp::watchdog::Watchdog<{}, {}>",
                grouped(pace::micros(watchdog.timeout.value)),
                resolved.app.supervised().count()
            ),
            Expression::call(format!("board::{}::start", names.alias), [Expression::plain("p.TIMG1")]),
        )
    }
}
