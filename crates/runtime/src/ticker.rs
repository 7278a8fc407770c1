//! A period becomes a sequence of ticks that never drifts.

use core::future::Future;

use embassy_time::Duration;

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
