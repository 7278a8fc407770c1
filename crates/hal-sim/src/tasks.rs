//! Which task is at work: for the message of a run that breaks off, and for the trace of polls.

use std::panic::PanicHookInfo;
use std::pin::Pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::{report, world};

/// The names of all tasks.
static NAMES: Mutex<Vec<&str>> = Mutex::new(Vec::new());

/// Where the name of the task that is polled now, or was last, stands among them; behind them before the first poll.
static CURRENT: AtomicUsize = AtomicUsize::new(usize::MAX);

pin_project! {
    /// A task that is known by its name whenever it is polled.
    ///
    /// The hooks of embassy-executor would tell as much, but calls of them would be in the way of each poll.
    pub struct Named<F> {
        name: &'static str,
        place: usize,
        #[pin]
        task: F,
    }
}

/// Gives a task its name.
pub fn named<F: Future>(name: &'static str, task: F) -> Named<F> {
    let mut names = NAMES.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    names.push(name);
    Named { name, place: names.len() - 1, task }
}

impl<F: Future> Future for Named<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        CURRENT.store(*this.place, Ordering::Relaxed);
        if report::reports_polls() {
            report::poll(world::now(), this.name);
        }
        this.task.poll(context)
    }
}

/// The task that is polled now, or was last.
pub(crate) fn last() -> Option<&'static str> {
    let names = NAMES.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    names.get(CURRENT.load(Ordering::Relaxed)).copied()
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
