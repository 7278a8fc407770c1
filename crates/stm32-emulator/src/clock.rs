//! The chip's time: cycles of the core, and what moment of the world and which tick of a block each of them is.
//!
//! The core's cycles are counted from the start of the run. Their rate changes when the firmware sets its clocks up, or when
//! the world lets them drift; between two such changes all is whole numbers.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rsemu::core::clock::Rational;
use rsemu::core::device::Device;
use rsemu::core::space::{AccessConstraints, MemAttrs, MemOps, MemResult, Region, RegionKind, RegionRef};

const PICOS: u128 = 1_000_000_000_000;

/// What blocks and the loop share.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    /// The cycle in which the core's present instruction began.
    cycle: AtomicU64,
    /// Whether something happened that may change what is to happen next.
    stirred: AtomicBool,
}

impl Clock {
    pub(crate) fn set(&self, cycle: u64) {
        self.cycle.store(cycle, Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> u64 {
        self.cycle.load(Ordering::Relaxed)
    }

    pub(crate) fn stir(&self) {
        self.stirred.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_stirred(&self) -> bool {
        self.stirred.load(Ordering::Relaxed)
    }

    pub(crate) fn take_stirred(&self) -> bool {
        self.stirred.load(Ordering::Relaxed) && self.stirred.swap(false, Ordering::Relaxed)
    }
}

/// Cycles of the core as moments of the world.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timebase {
    cycle: u64,
    picos: u64,
    /// Cycles a second, as a fraction.
    rate: (u128, u128),
}

impl Timebase {
    pub(crate) fn new(hz: Rational) -> Timebase {
        Timebase { cycle: 0, picos: 0, rate: (hz.num().into(), hz.den().into()) }
    }

    /// The same moment, from which on the core has another rate; `drift` is in parts per million.
    pub(crate) fn changed(self, cycle: u64, hz: Rational, drift: i32) -> Timebase {
        let drifted = 1_000_000 + i128::from(drift);
        let drifted = u128::try_from(drifted).expect("a drift is less than the whole rate");
        let rate = (u128::from(hz.num()) * drifted, u128::from(hz.den()) * 1_000_000);
        Timebase { cycle, picos: self.picos(cycle), rate }
    }

    pub(crate) fn picos(&self, cycle: u64) -> u64 {
        let (hz, of) = self.rate;
        self.picos + (u128::from(cycle.saturating_sub(self.cycle)) * PICOS * of / hz) as u64
    }

    /// The moment of a cycle in nanoseconds, rounded.
    pub(crate) fn nanos(&self, cycle: u64) -> u64 {
        (self.picos(cycle) + 500) / 1000
    }

    /// The first cycle that is not before a moment.
    pub(crate) fn cycle(&self, nanos: u64) -> u64 {
        let (hz, of) = self.rate;
        let picos = u128::from(nanos) * 1000;
        let since = picos.saturating_sub(self.picos.into());
        self.cycle + (since * hz).div_ceil(PICOS * of) as u64
    }
}

/// A block that counts ticks of a clock of its own, and is brought up to date when it is looked at.
#[derive(Debug)]
pub(crate) struct Counting {
    device: Arc<dyn Device>,
    scale: Mutex<Scale>,
}

/// From which cycle on which of its ticks is which.
#[derive(Clone, Copy, Debug)]
struct Scale {
    cycle: u64,
    tick: u64,
    /// Ticks a cycle, as a fraction.
    ratio: (u128, u128),
}

impl Counting {
    pub(crate) fn new(device: Arc<dyn Device>) -> Counting {
        Counting { device, scale: Mutex::new(Scale { cycle: 0, tick: 0, ratio: (1, 1) }) }
    }

    /// Gives it another rate beside the core's.
    pub(crate) fn rate(&self, cycle: u64, ticks_hz: Rational, core_hz: Rational) {
        let tick = self.tick(cycle);
        self.device.advance_to(tick);
        let ratio = (
            u128::from(ticks_hz.num()) * u128::from(core_hz.den()),
            u128::from(ticks_hz.den()) * u128::from(core_hz.num()),
        );
        *self.scale.lock().unwrap_or_else(PoisonError::into_inner) = Scale { cycle, tick, ratio };
    }

    fn scale(&self) -> Scale {
        *self.scale.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tick(&self, cycle: u64) -> u64 {
        let Scale { cycle: from, tick, ratio: (ticks, cycles) } = self.scale();
        tick + (u128::from(cycle.saturating_sub(from)) * ticks / cycles) as u64
    }

    /// Brings it up to a cycle.
    pub(crate) fn catch_up(&self, cycle: u64) {
        let tick = self.tick(cycle);
        if tick > self.device.current_tick() {
            self.device.advance_to(tick);
        }
    }

    /// The cycle of what it does next by itself.
    pub(crate) fn next(&self) -> Option<u64> {
        let next = self.device.next_event_tick()?;
        let Scale { cycle, tick, ratio: (ticks, cycles) } = self.scale();
        if ticks == 0 {
            return None;
        }
        let later = u128::from(next.saturating_sub(tick)) * cycles;
        Some(cycle + later.div_ceil(ticks) as u64)
    }
}

/// Registers of a block: before they are looked at it is brought up to date, and a write may change what it does next.
#[derive(Debug)]
pub(crate) struct Watched {
    inner: Arc<dyn MemOps>,
    counting: Option<Arc<Counting>>,
    clock: Arc<Clock>,
}

impl Watched {
    /// The region of a device, watched. The second is the device as what counts, where it does.
    pub(crate) fn region(
        region: &RegionRef,
        counting: Option<&Arc<Counting>>,
        clock: &Arc<Clock>,
    ) -> RegionRef {
        let RegionKind::Io(inner) = region.kind() else { return Arc::clone(region) };
        let watched =
            Watched { inner: Arc::clone(inner), counting: counting.cloned(), clock: Arc::clone(clock) };
        Arc::new(Region::io(region.name(), region.len(), Arc::new(watched)))
    }

    fn catch_up(&self, attributes: MemAttrs) {
        if let (Some(counting), false) = (&self.counting, attributes.debug) {
            counting.catch_up(self.clock.now());
        }
    }
}

impl MemOps for Watched {
    fn read(&self, offset: u64, bytes: &mut [u8], attributes: MemAttrs) -> MemResult {
        self.catch_up(attributes);
        self.inner.read(offset, bytes, attributes)
    }

    fn write(&self, offset: u64, bytes: &[u8], attributes: MemAttrs) -> MemResult {
        self.catch_up(attributes);
        self.clock.stir();
        self.inner.write(offset, bytes, attributes)
    }

    fn constraints(&self) -> AccessConstraints {
        self.inner.constraints()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cycles_are_moments_and_moments_are_cycles_across_a_change_of_the_rate() {
        let slow = Timebase::new(Rational::integer(16_000_000));
        assert_eq!((slow.nanos(16), slow.cycle(1_000), slow.cycle(1_001)), (1_000, 16, 17));
        let fast = slow.changed(16, Rational::integer(168_000_000), 0);
        assert_eq!((fast.nanos(16), fast.nanos(16 + 168)), (1_000, 2_000));
        assert_eq!(fast.cycle(2_000), 16 + 168);
        // A clock that is a thousandth fast does a thousandth more in the same time.
        let drifting = fast.changed(184, Rational::integer(168_000_000), 1_000);
        assert_eq!(drifting.cycle(1_002_000), 184 + 168_168);
    }
}
