//! Tasks that no entry of the file declares: the log's, and the USB device's.

use crate::app::Access;
use crate::plan::crates::log_uart;
use crate::plan::entry::Entry;
use crate::plan::expression::Expression;
use crate::plan::hal;
use crate::plan::names::Scope;
use crate::plan::tasks::{Call, Parts, TaskCode, TaskPlan, UsePlan};
use crate::plan::usb::UsbPlan;
use crate::resolved::Executor;

impl Parts<'_> {
    /// The task that sends what is logged, where it leaves as text.
    pub(super) fn log_task(&self, functions: &mut Scope) -> Option<TaskPlan> {
        let mut call = Call::new(self);
        let uart = log_uart(self.facts.app());
        let port = self.usb.and_then(|usb| usb.code.log.as_ref());
        let (writer, uses) = match (uart, port) {
            (Some(uart), _) => (call.handle(uart, Access::Write), vec![self.used(uart, Access::Write)]),
            (None, Some(port)) => {
                let log = Expression::plain(format!("{}.into_log()", port.name));
                (call.parameter("port", "", port.rust_type.clone(), log), Vec::new())
            }
            (None, None) => return None,
        };
        let drain = Expression::call("crate::LOGGER.drain", [writer]);
        let from = Entry { entry: "app".to_string(), line: self.facts.lines.line(self.facts.app().span) };
        Some(own_task("log", from, uses, functions.take("drain_log", "_task"), |function| {
            call.finish(function, Executor::Thread, Vec::new(), drain)
        }))
    }

    /// The task that answers the USB host.
    pub(super) fn usb_task(&self, usb: &UsbPlan, function: String) -> TaskPlan {
        let mut call = Call::new(self);
        let device = &usb.code.device;
        let parameter =
            call.parameter("device", "", device.rust_type.clone(), Expression::plain(&device.name));
        let run = Expression::call(hal::usb_run(self.facts.app().board.chip.hal), [parameter]);
        own_task("usb", usb.from.clone(), Vec::new(), function, |function| TaskCode {
            never_ends: true,
            ..call.finish(function, Executor::Thread, Vec::new(), run)
        })
    }
}

/// A task that no entry of the file declares.
fn own_task(
    does: &str,
    from: Entry,
    uses: Vec<UsePlan>,
    function: String,
    code: impl FnOnce(&str) -> TaskCode,
) -> TaskPlan {
    let code = code(&function);
    TaskPlan {
        name: function,
        from,
        does: does.to_string(),
        module: None,
        behavior: None,
        executor: Executor::Thread,
        period_us: None,
        deadline_us: None,
        supervised: false,
        uses,
        publishes: Vec::new(),
        subscribes: Vec::new(),
        code,
    }
}
