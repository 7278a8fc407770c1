//! embassy-time's driver: virtual microseconds.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Waker;

use embassy_time_driver::{Driver, TICK_HZ};

use crate::world;

/// Nanoseconds of a tick.
pub(crate) const TICK: u64 = 1_000_000_000 / TICK_HZ;

/// How the chip's clock runs: from a moment of the world and one of its own on, fast by so many parts per million.
#[derive(Clone, Copy, Default)]
struct Rate {
    world: u64,
    own: u64,
    millionths: i32,
}

thread_local! {
    static RATE: Cell<Rate> = const { Cell::new(Rate { world: 0, own: 0, millionths: 0 }) };
}

/// What the chip's clock shows. Every poll looks at it, so it is kept instead of being made of the world's time each time.
static SHOWN: AtomicU64 = AtomicU64::new(0);

/// From now on, the chip's clock is fast by so many parts per million, or slow.
pub(crate) fn drift(millionths: i32) {
    let world = world::now();
    RATE.set(Rate { world, own: RATE.get().own(world), millionths });
    show();
    world::ask_for_ticks_again();
}

/// The world's time has gone on.
pub(crate) fn show() {
    SHOWN.store(RATE.get().own(world::now()) / TICK, Ordering::Relaxed);
}

/// The chip's clock begins at zero when the chip does.
pub(crate) fn start() {
    RATE.set(Rate { world: world::now(), ..Rate::default() });
    world::forget_ticks();
    show();
}

impl Rate {
    // Divisions of 128 bits are slow, and few clocks drift.
    fn own(self, world: u64) -> u64 {
        match self.millionths {
            0 => world.saturating_sub(self.world).saturating_add(self.own),
            _ => self.drifted_own(world),
        }
    }

    /// The first moment of the world at which the chip's clock shows this.
    fn world(self, own: u64) -> u64 {
        match self.millionths {
            0 => own.saturating_sub(self.own).saturating_add(self.world),
            _ => self.drifted_world(own),
        }
    }

    #[cold]
    fn drifted_own(self, world: u64) -> u64 {
        let passed = i128::from(world) - i128::from(self.world);
        let own = i128::from(self.own) + passed * (1_000_000 + i128::from(self.millionths)) / 1_000_000;
        u64::try_from(own).unwrap_or_default()
    }

    #[cold]
    fn drifted_world(self, own: u64) -> u64 {
        let passed = i128::from(own) - i128::from(self.own);
        let rate = 1_000_000 + i128::from(self.millionths);
        let world = i128::from(self.world) + (passed * 1_000_000 + rate - 1).div_euclid(rate);
        // What lies behind the end of all time never comes, as a timer that is set for it asks for.
        u64::try_from(world.max(0)).unwrap_or(u64::MAX)
    }
}

struct Clock;

embassy_time_driver::time_driver_impl!(static CLOCK: Clock = Clock);

impl Driver for Clock {
    fn now(&self) -> u64 {
        SHOWN.load(Ordering::Relaxed)
    }

    fn schedule_wake(&self, at: u64, waker: &Waker) {
        if !world::wake_with_others(at, waker) {
            wake_at_tick(at, waker);
        }
    }
}

/// For the first task that asks for a tick; the others need not save what this works with.
#[cold]
#[inline(never)]
fn wake_at_tick(tick: u64, waker: &Waker) {
    world::wake_at_tick(tick, RATE.get().world(tick.saturating_mul(TICK)), waker);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_of_the_world_is_the_first_at_which_the_clock_shows_it() {
        for millionths in [-50_000, -37, 0, 41, 50_000] {
            let rate = Rate { world: 1_000, own: 500, millionths };
            for own in [500, 501, 12_345, 987_654_321] {
                let world = rate.world(own);
                assert!(rate.own(world) >= own && rate.own(world - 1) <= own, "{millionths} {own}");
            }
        }
        let later = Rate { world: 1_000, own: 0, millionths: 0 };
        assert_eq!(later.world(u64::MAX), u64::MAX, "a timer for never is not one for now");
        let fast = Rate { world: 0, own: 0, millionths: 1_000 };
        assert_eq!((fast.own(1_000_000), fast.world(1_001_000)), (1_001_000, 1_000_000));
    }
}
