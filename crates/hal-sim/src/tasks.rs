//! Which task is at work: for the message of a run that breaks off, and for the trace of polls.

use std::cell::RefCell;
use std::collections::HashMap;
use std::panic::PanicHookInfo;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::{report, world};

thread_local! {
    static NAMES: RefCell<HashMap<u32, &'static str>> = RefCell::new(HashMap::new());
}

/// The task that is polled now, or was last.
static CURRENT: AtomicU32 = AtomicU32::new(0);
/// The names once more, for the thread that watches.
static KNOWN: Mutex<Vec<(u32, &'static str)>> = Mutex::new(Vec::new());

/// A task is called so.
pub(crate) fn know(id: u32, name: &'static str) {
    NAMES.with_borrow_mut(|names| names.insert(id, name));
    KNOWN.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((id, name));
}

/// The task that is polled now, or was last.
pub(crate) fn last() -> Option<&'static str> {
    let id = CURRENT.load(Ordering::Relaxed);
    let known = KNOWN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    known.iter().find(|(task, _)| *task == id).map(|(_, name)| *name)
}

/// A panic ends the run with its words, its place and the task, whatever app.toml says of panics.
pub(crate) fn report_panics() {
    std::panic::set_hook(Box::new(|panic: &PanicHookInfo<'_>| {
        let payload = panic.payload();
        let text = payload.downcast_ref::<&str>().map(ToString::to_string);
        let text = text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default();
        let place = panic.location().map(|place| format!("\nin {place}")).unwrap_or_default();
        report::broken(world::now(), "panicked", last(), &format!("{text}{place}"));
        std::process::exit(1);
    }));
}

/// embassy-executor's hooks, which it finds by their names; all of them must be there.
#[allow(unsafe_code)]
mod hooks {
    use super::{CURRENT, NAMES, Ordering, report, world};

    #[unsafe(no_mangle)]
    fn _embassy_trace_poll_start(_executor: u32) {}

    #[unsafe(no_mangle)]
    fn _embassy_trace_task_new(_executor: u32, _task: u32) {}

    #[unsafe(no_mangle)]
    fn _embassy_trace_task_end(_executor: u32, _task: u32) {}

    #[unsafe(no_mangle)]
    fn _embassy_trace_task_exec_begin(_executor: u32, task: u32) {
        CURRENT.store(task, Ordering::Relaxed);
        if report::reports_polls() {
            let name = NAMES.with_borrow(|names| names.get(&task).copied());
            report::poll(world::now(), name.unwrap_or("a task"));
        }
    }

    #[unsafe(no_mangle)]
    fn _embassy_trace_task_exec_end(_executor: u32, _task: u32) {}

    #[unsafe(no_mangle)]
    fn _embassy_trace_task_ready_begin(_executor: u32, _task: u32) {}

    #[unsafe(no_mangle)]
    fn _embassy_trace_executor_idle(_executor: u32) {}
}
