//! A period becomes a sequence of ticks that never drifts, and the work of each may be watched.

use core::future::{Future, poll_fn};
use core::mem::take;
use core::task::{Context, Poll};

use embassy_time::{Duration, Instant};

/// What ticks at a steady period.
pub trait Tick {
    /// Waits for the next tick. No tick is lost when the future is dropped.
    fn next(&mut self) -> impl Future<Output = ()>;
}

/// Ticks at a steady period, however long the work between two ticks takes: once in `MICROS` microseconds, which are part of
/// the type, so that a task's memory need not hold them.
///
/// The n-th tick falls n periods after the ticker was made. After work that took longer than a period, the ticks
/// that were missed follow at once, so that their number stays true.
pub struct Ticker<const MICROS: u64> {
    /// When the next tick falls.
    due: Instant,
}

impl<const MICROS: u64> Ticker<MICROS> {
    const PERIOD: Duration = Duration::from_micros(MICROS);

    /// A ticker whose first tick comes one period from now.
    #[expect(clippy::new_without_default, reason = "it begins to run")]
    pub fn new() -> Self {
        Self { due: Instant::now().saturating_add(Self::PERIOD) }
    }

    /// Waits for the next tick. No tick is lost when the future is dropped.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> impl Future<Output = ()> + Send + Sync + '_ {
        poll_fn(|context| {
            let tick = poll_until(self.due, context);
            if tick.is_ready() {
                // Saturating, because the panic of `+` would be in the image for nothing: time does not get that far.
                self.due = self.due.saturating_add(Self::PERIOD);
            }
            tick
        })
    }
}

/// Ready at that time, and not before. What an embassy-time `Timer` would do, without the room that it takes between polls.
#[inline]
fn poll_until(time: Instant, context: &mut Context<'_>) -> Poll<()> {
    if time <= Instant::now() {
        return Poll::Ready(());
    }
    embassy_time_driver::schedule_wake(time.as_ticks(), context.waker());
    Poll::Pending
}

impl<const MICROS: u64> Tick for Ticker<MICROS> {
    fn next(&mut self) -> impl Future<Output = ()> {
        self.next()
    }
}

/// Looks at a task each time when it begins or is done with the work of a tick.
pub trait Monitor {
    /// The work of a tick begins.
    fn begun(&mut self) {}

    /// The work of the tick that fell at `due` is done. Ticks fall once in a `period`.
    fn done(&mut self, due: Instant, period: Duration);
}

/// Both look at the task, one after the other.
impl<A: Monitor, B: Monitor> Monitor for (A, B) {
    fn begun(&mut self) {
        self.0.begun();
        self.1.begun();
    }

    fn done(&mut self, due: Instant, period: Duration) {
        self.0.done(due, period);
        self.1.done(due, period);
    }
}

/// A [`Ticker`] that tells a monitor when the work of a tick begins and when it is done: when the task asks for the next one.
///
/// Its period is part of its type for the reason that [`Ticker`] gives, and what monitors compute from it is a constant.
pub struct MonitoredTicker<M, const MICROS: u64> {
    /// When the tick falls that is waited for, or fell that is worked on.
    due: Instant,
    working: bool,
    monitor: M,
}

impl<M: Monitor, const MICROS: u64> MonitoredTicker<M, MICROS> {
    const PERIOD: Duration = Duration::from_micros(MICROS);

    /// A ticker whose first tick comes one period from now.
    pub fn new(monitor: M) -> Self {
        Self { due: Instant::now().saturating_add(Self::PERIOD), working: false, monitor }
    }

    /// Waits for the next tick. No tick is lost when the future is dropped.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> impl Future<Output = ()> {
        if take(&mut self.working) {
            self.monitor.done(self.due, Self::PERIOD);
            self.due = self.due.saturating_add(Self::PERIOD);
        }
        poll_fn(|context| {
            let tick = poll_until(self.due, context);
            if tick.is_ready() {
                self.working = true;
                self.monitor.begun();
            }
            tick
        })
    }
}

impl<A: Monitor, B: Monitor, const MICROS: u64> MonitoredTicker<(A, B), MICROS> {
    /// A ticker that tells two monitors, whose first tick comes one period from now.
    pub fn both(first: A, second: B) -> Self {
        Self::new((first, second))
    }
}

impl<M: Monitor, const MICROS: u64> Tick for MonitoredTicker<M, MICROS> {
    fn next(&mut self) -> impl Future<Output = ()> {
        self.next()
    }
}
