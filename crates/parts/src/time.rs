//! Virtual time in nanoseconds since the start of a run.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

/// A moment of a run, or the distance between two.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct Nanos(pub u64);

impl Nanos {
    /// Whole microseconds.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros * 1_000)
    }

    /// Whole milliseconds.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis * 1_000_000)
    }

    /// Whole seconds.
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs * 1_000_000_000)
    }

    /// How far apart two moments are, whichever comes first.
    #[must_use]
    pub const fn abs_diff(self, other: Self) -> Self {
        Self(self.0.abs_diff(other.0))
    }
}

impl From<Duration> for Nanos {
    /// A duration beyond 584 years becomes the longest time there is.
    fn from(duration: Duration) -> Self {
        Self(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
    }
}

impl From<Nanos> for Duration {
    fn from(nanos: Nanos) -> Self {
        Self::from_nanos(nanos.0)
    }
}

impl Add for Nanos {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Nanos {
    type Output = Self;
    /// The difference, which is zero where `other` is the later moment.
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// In the largest unit that leaves a whole part, without trailing zeros: `100.64116ms`.
impl fmt::Display for Nanos {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&Duration::from(*self), formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_largest_unit_that_leaves_a_whole_part() {
        assert_eq!(Nanos(7).to_string(), "7ns");
        assert_eq!(Nanos::from_micros(250).to_string(), "250µs");
        assert_eq!(Nanos(100_641_160).to_string(), "100.64116ms");
        assert_eq!(Nanos::from_millis(1_500).to_string(), "1.5s");
    }

    #[test]
    fn differences_never_wrap() {
        assert_eq!(Nanos(3) - Nanos(5), Nanos(0));
        assert_eq!(Nanos(3).abs_diff(Nanos(5)), Nanos(2));
        assert_eq!(Nanos(u64::MAX) + Nanos(1), Nanos(u64::MAX));
    }
}
