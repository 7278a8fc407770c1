//! A panic is a bug of fwc's: it is said so, with what a report needs.

use std::any::Any;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook};

use crate::failure::{Failure, Kind, report};
use crate::live::screen;
use crate::shell::Shell;

/// Runs `work`; none when it panicked, which has then been said.
pub(crate) fn caught<T>(shell: Shell, work: impl FnOnce() -> T) -> Option<T> {
    set_hook(Box::new(move |info| {
        // On the screen of a view, nobody could read it.
        screen::restore();
        shell.failure(&failure(info));
    }));
    // The work's data is not looked at again after a panic.
    catch_unwind(AssertUnwindSafe(work)).ok()
}

fn failure(info: &PanicHookInfo<'_>) -> Failure {
    let place = info.location().map(|place| format!(" ({}:{})", place.file(), place.line()));
    let message = format!("fwc stumbled: {}{}", text(info.payload()), place.unwrap_or_default());
    Failure::new(Kind::Bug, message).help(report())
}

fn text(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
