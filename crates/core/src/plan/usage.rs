//! Who uses each peripheral, looked up once for all that ask.

use crate::app::{Access, App, Body, PeripheralId, PeripheralKind, TaskId};
use crate::plan::crates::log_uart;

/// The users of every peripheral.
pub(super) struct Usage {
    claims: Vec<Vec<Claim>>,
}

/// A user of a peripheral.
#[derive(Clone, Copy)]
pub(super) struct Claim {
    /// The task; none for the log.
    pub(super) task: Option<TaskId>,
    access: Access,
}

/// How a peripheral is handed out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Demand {
    None,
    Whole,
    Halves { read: bool, write: bool },
}

impl Usage {
    pub(super) fn of(app: &App) -> Usage {
        let mut claims: Vec<Vec<Claim>> = app.peripherals.iter().map(|_| Vec::new()).collect();
        for (task, index) in app.tasks.iter().zip(0..) {
            for used in &task.uses {
                // `echo` reads one half and writes the other even where both are of one uart.
                let accesses: &[Access] = match (&task.body, used.access) {
                    (Body::Echo { .. }, Access::Whole) => &[Access::Read, Access::Write],
                    (_, Access::Whole) => &[Access::Whole],
                    (_, Access::Read) => &[Access::Read],
                    (_, Access::Write) => &[Access::Write],
                };
                let of_this = |access: &Access| Claim { task: Some(TaskId(index)), access: *access };
                claims[used.peripheral.index()].extend(accesses.iter().map(of_this));
                for part in parts(app, used.peripheral) {
                    claims[part.index()].push(of_this(&Access::Whole));
                }
            }
        }
        if let Some((watchdog, _)) = app.watchdog() {
            let supervised = app.tasks.iter().zip(0..).filter(|(task, _)| task.supervised.is_some());
            claims[watchdog.index()].extend(
                supervised.map(|(_, index)| Claim { task: Some(TaskId(index)), access: Access::Whole }),
            );
        }
        if let Some(uart) = log_uart(app) {
            claims[uart.index()].push(Claim { task: None, access: Access::Write });
        }
        Usage { claims }
    }

    /// The users of a peripheral, each once.
    pub(super) fn users(&self, id: PeripheralId) -> Vec<Option<TaskId>> {
        let mut users: Vec<Option<TaskId>> = self.claims[id.index()].iter().map(|claim| claim.task).collect();
        users.dedup();
        users
    }

    /// Whether a peripheral has a user.
    pub(super) fn is_used(&self, id: PeripheralId) -> bool {
        !self.claims[id.index()].is_empty()
    }

    /// What of a peripheral is handed out, where it has halves or not.
    pub(super) fn demand(&self, id: PeripheralId, has_halves: bool) -> Demand {
        let claims = &self.claims[id.index()];
        let wants = |access| claims.iter().any(|claim| claim.access == access);
        if claims.is_empty() {
            Demand::None
        } else if !has_halves || wants(Access::Whole) {
            Demand::Whole
        } else {
            Demand::Halves { read: wants(Access::Read), write: wants(Access::Write) }
        }
    }
}

/// What the user of a device has with it: the bus, or a handle of it, and pins.
fn parts(app: &App, id: PeripheralId) -> Vec<PeripheralId> {
    match &app.peripheral(id).kind {
        PeripheralKind::Device(device) => {
            let bus = device.bus.map(|bus| bus.value);
            bus.into_iter().chain(device.chip_select).chain(device.pins.iter().copied()).collect()
        }
        _ => Vec::new(),
    }
}
