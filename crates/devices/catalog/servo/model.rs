//! A hobby servo: its arm follows the length of the pulses that come 50 times a second.
//!
//! There is no one datasheet; the Futaba S3003's and the TowerPro SG90's agree on 50 Hz and on 1.5 ms for the middle.
//! The arm here is at once where it is sent to, and goes from end to end between 0.5 ms and 2.5 ms.

use fwc_parts::{Level, Nanos, Part, PinPart, Quantity, SetError};

/// Shorter and longer pulses are none.
const PULSES: std::ops::RangeInclusive<u64> = 400_000..=2_600_000;

/// A simulated servo.
#[derive(Default)]
pub(crate) struct Model {
    high_since: Option<Nanos>,
    /// The length of the last pulse.
    pulse: Option<Nanos>,
}

impl Part for Model {
    fn quantities(&self) -> &'static [Quantity] {
        &[]
    }

    fn set(&mut self, _quantity: &str, _value: f64, _now: Nanos) -> Result<(), SetError> {
        Err(SetError::Unknown)
    }

    /// The pulse that the arm follows, in whole microseconds.
    fn shows(&self) -> Vec<String> {
        self.pulse.map(|pulse| format!("{} µs", (pulse.0 + 500) / 1_000)).into_iter().collect()
    }

    fn face(&self) -> Option<u64> {
        Some(self.pulse.map_or(0, |pulse| pulse.0))
    }

    fn power_up(&mut self, _now: Nanos) {
        *self = Self::default();
    }
}

impl PinPart for Model {
    fn driven(&mut self, _pin: usize, level: Level, now: Nanos) {
        match (level, self.high_since) {
            (Level::High, None) => self.high_since = Some(now),
            (Level::Low, Some(since)) => {
                self.high_since = None;
                self.pulse = Some(now - since).filter(|pulse| PULSES.contains(&pulse.0)).or(self.pulse);
            }
            _ => {}
        }
    }

    fn next_change(&self, _now: Nanos) -> Option<(Nanos, usize, Level)> {
        None
    }

    fn changed(&mut self, _now: Nanos) {}
}
