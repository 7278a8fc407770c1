//! How the users of a bus take turns.

use std::collections::BTreeSet;

use fwc_diag::words::{listed, quoted};

use crate::app::{BusUser, PeripheralId};
use crate::resolve::context::Context;
use crate::resolved::{BusSharing, Executor, Mutex};

/// Users that a sentence names.
const NAMED_USERS: usize = 4;

/// One user needs no lock. Several take turns: tasks of one executor by a mutex that masks nothing, as none of them
/// interrupts another; see the channels, where it is the same.
pub(super) fn of_bus(context: &Context<'_>, bus: PeripheralId, executors: &[Executor]) -> BusSharing {
    let users = context.app.bus_users(bus);
    let name = |user: &BusUser| match user.device {
        Some(device) => quoted(&context.app.peripheral(device).name),
        None => quoted(&context.app.task(user.task).name),
    };
    let names: Vec<String> = users.iter().map(name).collect();
    let names = listed(&names, "and", NAMED_USERS);
    let on: BTreeSet<Executor> = users.iter().map(|user| executors[user.task.index()]).collect();
    let (mutex, reason) = match (users.len(), on.len()) {
        (0, _) => (None, "nobody uses it".to_owned()),
        (1, _) => (None, format!("{names} has it alone, so there is no lock")),
        (_, 1) if on.contains(&Executor::Thread) => (
            Some(Mutex::Noop),
            format!("{names} take turns; all run on one executor, so none interrupts another"),
        ),
        (_, 1) if on.contains(&Executor::Core1) => (
            Some(Mutex::CriticalSection),
            format!("{names} take turns on core 1, and core 0 has made the bus"),
        ),
        (_, 1) => {
            (Some(Mutex::CriticalSection), format!("{names} take turns; their executor runs in an interrupt"))
        }
        _ if on.first().map(|on| on.core()) != on.last().map(|on| on.core()) => (
            Some(Mutex::CriticalSection),
            format!("{names} take turns; they run on both cores, so at the same time"),
        ),
        (_, executors) => (
            Some(Mutex::CriticalSection),
            format!("{names} take turns; they run on {executors} executors, so one may interrupt another"),
        ),
    };
    BusSharing { mutex, reason }
}
