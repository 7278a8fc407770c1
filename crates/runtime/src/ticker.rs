//! A period becomes a sequence of ticks that never drifts, and the work of each may be watched.

use core::future::Future;
use core::mem::take;

use embassy_time::{Duration, Instant};

/// What ticks at a steady period.
pub trait Tick {
    /// Waits for the next tick. No tick is lost when the future is dropped.
    fn next(&mut self) -> impl Future<Output = ()>;
}

/// Ticks at a steady period, however long the work between two ticks takes.
///
/// The n-th tick falls n periods after the ticker was made. After work that took longer than a period, the ticks
/// that were missed follow at once, so that their number stays true.
pub struct Ticker(embassy_time::Ticker);

impl Ticker {
    /// A ticker whose first tick comes one `period` from now.
    pub fn every(period: Duration) -> Self {
        Self(embassy_time::Ticker::every(period))
    }

    /// Waits for the next tick. No tick is lost when the future is dropped.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> impl Future<Output = ()> + Send + Sync + '_ {
        self.0.next()
    }
}

impl Tick for Ticker {
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
pub struct MonitoredTicker<M> {
    ticker: embassy_time::Ticker,
    period: Duration,
    /// When the tick falls that is waited for, or fell that is worked on.
    due: Instant,
    working: bool,
    monitor: M,
}

impl<M: Monitor> MonitoredTicker<M> {
    /// A ticker whose first tick comes one `period` from now.
    pub fn every(period: Duration, monitor: M) -> Self {
        let start = Instant::now();
        let mut ticker = embassy_time::Ticker::every(period);
        ticker.reset_at(start);
        Self { ticker, period, due: start.saturating_add(period), working: false, monitor }
    }

    /// Waits for the next tick. No tick is lost when the future is dropped.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> impl Future<Output = ()> {
        if take(&mut self.working) {
            self.monitor.done(self.due, self.period);
            self.due = self.due.saturating_add(self.period);
        }
        let Self { ticker, working, monitor, .. } = self;
        async move {
            ticker.next().await;
            *working = true;
            monitor.begun();
        }
    }
}

impl<M: Monitor> Tick for MonitoredTicker<M> {
    fn next(&mut self) -> impl Future<Output = ()> {
        self.next()
    }
}
