//! embassy-time's driver: virtual microseconds.

use std::task::Waker;

use embassy_time_driver::{Driver, TICK_HZ};

use crate::world;

/// Nanoseconds of a tick.
pub(crate) const TICK: u64 = 1_000_000_000 / TICK_HZ;

struct Clock;

embassy_time_driver::time_driver_impl!(static CLOCK: Clock = Clock);

impl Driver for Clock {
    fn now(&self) -> u64 {
        world::now() / TICK
    }

    fn schedule_wake(&self, at: u64, waker: &Waker) {
        world::wake_at(at.saturating_mul(TICK), waker);
    }
}
