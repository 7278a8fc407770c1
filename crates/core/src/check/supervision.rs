//! Tasks that keep the watchdog fed. Whether it can wait for them is a question to the chip, and asked later.

use fwc_diag::{Diagnostic, codes};
use fwc_schema::Spanned;
use fwc_schema::app::{AppFile, PeripheralKeys};

use crate::check::tasks::Tasks;

/// Numbers the supervised tasks, and refuses them where there is no watchdog.
pub(super) fn check(file: &AppFile, tasks: &mut Tasks, faults: &mut Vec<Diagnostic>) {
    for (supervised, number) in tasks.list.iter_mut().filter_map(|task| task.supervised.as_mut()).zip(0..) {
        supervised.value = number;
    }
    // One that is faulty has its own fault.
    let is_declared =
        file.peripherals.iter().any(|named| matches!(named.entry.keys, PeripheralKeys::Watchdog(_)));
    let first = tasks.list.iter().find_map(|task| task.supervised);
    if let (Some(first), false) = (first, is_declared) {
        faults.push(no_watchdog(first));
    }
}

fn no_watchdog(supervised: Spanned<u32>) -> Diagnostic {
    Diagnostic::error(codes::NOT_APPLICABLE, "`supervised` needs a watchdog", supervised.span)
        .here("nothing would follow when the task stops")
        .help("declare one: `[peripherals.guard]` with `kind = \"watchdog\"` and for example `timeout = \"2s\"`")
}
