//! `threshold`: a number of each message tells whether something is on, with a hysteresis.

use core::convert::Infallible;
use core::future::Future;

use embedded_hal::digital::{OutputPin, PinState};

use crate::channel::{Publish, Subscribe};

/// Switches an output.
pub fn threshold<M, T: PartialOrd>(
    mut subscriber: impl Subscribe<M>,
    number: impl Fn(M) -> T,
    mut band: Band<T>,
    mut output: impl OutputPin<Error = Infallible>,
) -> impl Future<Output = ()> {
    async move {
        loop {
            if let Some(on) = band.change(number(subscriber.next().await)) {
                let Ok(()) = output.set_state(PinState::from(on));
            }
        }
    }
}

/// Publishes each change.
pub fn threshold_events<M, T: PartialOrd>(
    mut subscriber: impl Subscribe<M>,
    number: impl Fn(M) -> T,
    mut band: Band<T>,
    mut publisher: impl Publish<bool>,
) -> impl Future<Output = ()> {
    async move {
        loop {
            if let Some(on) = band.change(number(subscriber.next().await)) {
                publisher.publish(on).await;
            }
        }
    }
}

/// Switches an output, and then publishes that it did.
pub fn threshold_with_events<M, T: PartialOrd>(
    mut subscriber: impl Subscribe<M>,
    number: impl Fn(M) -> T,
    mut band: Band<T>,
    mut output: impl OutputPin<Error = Infallible>,
    mut publisher: impl Publish<bool>,
) -> impl Future<Output = ()> {
    async move {
        loop {
            if let Some(on) = band.change(number(subscriber.next().await)) {
                let Ok(()) = output.set_state(PinState::from(on));
                publisher.publish(on).await;
            }
        }
    }
}

/// A limit with a hysteresis, and whether it is on.
///
/// Until a number is beyond the limit, or at or behind the place where it is off, neither is known.
pub struct Band<T> {
    limit: T,
    off: T,
    is_above: bool,
    on: Option<bool>,
}

impl<T: PartialOrd> Band<T> {
    /// On when a number is greater than `limit`, off when it is `off` or less.
    pub fn above(limit: T, off: T) -> Self {
        Self { limit, off, is_above: true, on: None }
    }

    /// On when a number is less than `limit`, off when it is `off` or greater.
    pub fn below(limit: T, off: T) -> Self {
        Self { limit, off, is_above: false, on: None }
    }

    /// Takes a number; whether it is on, where this number changed that. A number that is none (NaN) changes nothing.
    pub fn change(&mut self, number: T) -> Option<bool> {
        let (is_on, is_off) = match self.is_above {
            true => (number > self.limit, number <= self.off),
            false => (number < self.limit, number >= self.off),
        };
        let decided = is_on || is_off;
        if !decided || self.on == Some(is_on) {
            return None;
        }
        self.on = Some(is_on);
        self.on
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes<T: PartialOrd, const N: usize>(mut band: Band<T>, numbers: [T; N]) -> [Option<bool>; N] {
        numbers.map(|number| band.change(number))
    }

    #[test]
    fn above_goes_on_beyond_the_limit_and_off_at_the_end_of_the_band() {
        assert_eq!(
            changes(Band::above(30.0_f32, 28.0), [25.0, 29.0, 30.0, 30.1, 29.0, 28.1, 28.0, 31.0]),
            [Some(false), None, None, Some(true), None, None, Some(false), Some(true)]
        );
    }

    #[test]
    fn below_is_its_mirror() {
        assert_eq!(
            changes(Band::below(1_000_i64, 1_100), [1_050, 1_000, 999, 1_050, 1_099, 1_100, 999]),
            [None, None, Some(true), None, None, Some(false), Some(true)]
        );
    }

    #[test]
    fn without_hysteresis_the_limit_itself_is_off() {
        assert_eq!(changes(Band::above(5_i64, 5), [6, 5, 5, 6]), [Some(true), Some(false), None, Some(true)]);
        assert_eq!(changes(Band::below(5_i64, 5), [4, 5, 4]), [Some(true), Some(false), Some(true)]);
    }

    #[test]
    fn what_is_no_number_changes_nothing() {
        assert_eq!(changes(Band::above(5.0_f64, 5.0), [f64::NAN, 6.0, f64::NAN]), [None, Some(true), None]);
    }
}
