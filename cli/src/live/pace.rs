//! How far virtual time may go: the wall clock's time to the end of the next step.

use std::time::Duration;

use fwc_parts::Nanos;

/// What a step of a run that follows no clock takes, so that keys act soon.
const FAST_STEP: Nanos = Nanos::from_millis(50);

/// The shortest step of a run that follows the wall clock: a fast machine rests until it is due, and none works for the clock's
/// every tick.
const SHORTEST_STEP: Nanos = Nanos::from_millis(4);

/// The longest step of a run that follows the wall clock.
const LONGEST_STEP: Nanos = Nanos::from_millis(20);

/// A machine that is so far behind does not hurry after the clock any more: it is too slow.
const MOST_BEHIND: Nanos = Nanos::from_millis(100);

/// Over how much wall time a speed is measured.
const MEASURED_OVER: Duration = Duration::from_millis(500);

/// The two clocks.
#[derive(Debug)]
pub(crate) struct Pace {
    is_fast: bool,
    /// A moment of wall time, and the virtual one that belongs to it.
    anchor: (Duration, Nanos),
    /// Where the measurement of the speed has begun.
    measured: (Duration, Nanos),
    speed: f64,
}

impl Pace {
    pub(crate) fn new(is_fast: bool) -> Pace {
        let start = (Duration::ZERO, Nanos(0));
        Pace { is_fast, anchor: start, measured: start, speed: 1.0 }
    }

    /// The end of the next step, where it is time for one. `wall` is the time since the start.
    pub(crate) fn next(&mut self, wall: Duration, now: Nanos) -> Option<Nanos> {
        self.measure(wall, now);
        if self.is_fast {
            return Some(now + FAST_STEP);
        }
        let due = self.anchor.1 + Nanos::from(wall.saturating_sub(self.anchor.0));
        if due - now > MOST_BEHIND {
            self.anchor = (wall, now);
            return Some(now + LONGEST_STEP);
        }
        (due >= now + SHORTEST_STEP).then(|| due.min(now + LONGEST_STEP))
    }

    /// Time stands still until now, on purpose.
    pub(crate) fn rest(&mut self, wall: Duration, now: Nanos) {
        self.anchor = (wall, now);
        self.measured = (wall, now);
    }

    /// Virtual seconds in one of the wall clock; nothing where both go alike.
    pub(crate) fn speed(&self) -> Option<f64> {
        (self.is_fast || self.speed < 0.95).then_some(self.speed)
    }

    fn measure(&mut self, wall: Duration, now: Nanos) {
        let past = wall.saturating_sub(self.measured.0);
        if past >= MEASURED_OVER {
            self.speed = (now - self.measured.1).0 as f64 / past.as_nanos() as f64;
            self.measured = (wall, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn virtual_time_follows_the_wall_clock_in_short_steps() {
        let mut pace = Pace::new(false);
        assert_eq!(pace.next(ms(5), Nanos(0)), Some(Nanos::from_millis(5)));
        assert_eq!(pace.next(ms(5), Nanos::from_millis(5)), None);
        assert_eq!(pace.next(ms(8), Nanos::from_millis(5)), None, "it rests for the length of a step");
        assert_eq!(pace.next(ms(60), Nanos::from_millis(5)), Some(Nanos::from_millis(25)));
        assert_eq!(pace.speed(), None);
    }

    #[test]
    fn a_machine_that_is_too_slow_is_not_hurried() {
        let mut pace = Pace::new(false);
        assert_eq!(pace.next(ms(1_000), Nanos::from_millis(400)), Some(Nanos::from_millis(420)));
        // From here on, it counts anew.
        assert_eq!(pace.next(ms(1_010), Nanos::from_millis(400)), Some(Nanos::from_millis(410)));
        assert_eq!(pace.speed(), Some(0.4));
    }

    #[test]
    fn a_fast_run_never_waits() {
        let mut pace = Pace::new(true);
        assert_eq!(pace.next(ms(0), Nanos::from_millis(900)), Some(Nanos::from_millis(950)));
        assert_eq!(pace.next(ms(500), Nanos::from_millis(5_000)), Some(Nanos::from_millis(5_050)));
        assert_eq!(pace.speed(), Some(10.0));
    }

    #[test]
    fn a_pause_is_not_caught_up() {
        let mut pace = Pace::new(false);
        pace.rest(ms(5_000), Nanos::from_millis(100));
        assert_eq!(pace.next(ms(5_010), Nanos::from_millis(100)), Some(Nanos::from_millis(110)));
        assert_eq!(pace.speed(), None);
    }
}
