//! `drive`: a number of each message becomes a duty, by a straight line.

use core::convert::Infallible;
use core::future::Future;

use embedded_hal::pwm::SetDutyCycle;

use crate::channel::Subscribe;

/// All of a ramp's way, and all of a period.
const WHOLE: u32 = u16::MAX as u32;

/// Maps a number of each message to a pwm's duty. A number that is none (NaN) leaves the duty as it is.
pub fn drive<M, T: Scalar>(
    mut subscriber: impl Subscribe<M>,
    mut pwm: impl SetDutyCycle<Error = Infallible>,
    number: impl Fn(M) -> T,
    ramp: Ramp<T>,
) -> impl Future<Output = ()> {
    async move {
        loop {
            let number = number(subscriber.next().await);
            if let Some(duty) = ramp.duty(number, pwm.max_duty_cycle()) {
                let Ok(()) = pwm.set_duty_cycle(duty);
            }
        }
    }
}

/// A straight line from numbers to duties, level beyond its two ends.
pub struct Ramp<T> {
    from: [T; 2],
    to: [u16; 2],
}

impl<T: Scalar> Ramp<T> {
    /// The line through two numbers, which differ, and the duties at them in 65,535ths of a period.
    pub fn new(from: [T; 2], to: [u16; 2]) -> Self {
        Self { from, to }
    }

    /// The duty at a number, where a whole period is `period`; none where the number is none.
    pub fn duty(&self, number: T, period: u16) -> Option<u16> {
        let way = u32::from(number.way(self.from)?);
        let [first, second] = self.to.map(u32::from);
        // Products of two 16-bit numbers and half of one more just fit.
        let half = WHOLE / 2;
        let ratio = if first <= second {
            first + (way * (second - first) + half) / WHOLE
        } else {
            first - (way * (first - second) + half) / WHOLE
        };
        Some(((ratio * u32::from(period) + half) / WHOLE) as u16)
    }
}

/// The arithmetic that a ramp needs.
pub trait Scalar: Copy {
    /// How far along the way from one number to another this one is, in 65,535ths; none where it is no number.
    fn way(self, ends: [Self; 2]) -> Option<u16>;
}

impl Scalar for i64 {
    /// The ends are at most 2^40 from 0, so that the product fits.
    fn way(self, [first, second]: [i64; 2]) -> Option<u16> {
        let number = self.clamp(first.min(second), first.max(second));
        let (done, all) = ((number - first).abs(), (second - first).abs());
        Some(((done * i64::from(WHOLE) + all / 2) / all) as u16)
    }
}

/// Both floating types do it alike.
macro_rules! floats {
    ($($float:ident),+) => {$(
        impl Scalar for $float {
            fn way(self, [first, second]: [$float; 2]) -> Option<u16> {
                let way = (self - first) / (second - first);
                // The cast cuts off, so that what is beyond an end is at it.
                (!way.is_nan()).then_some((way * WHOLE as $float + 0.5) as u16)
            }
        }
    )+};
}

floats!(f32, f64);

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [u16; 2] = [0, u16::MAX];

    #[test]
    fn a_number_between_the_ends_is_mapped_in_proportion() {
        let ramp = Ramp::new([20.0_f32, 40.0], ALL);
        let duties = [20.0, 25.0, 30.0, 40.0].map(|celsius| ramp.duty(celsius, 5_000));
        assert_eq!(duties, [Some(0), Some(1_250), Some(2_500), Some(5_000)]);
    }

    #[test]
    fn beyond_the_ends_the_duty_is_that_of_the_end() {
        let ramp = Ramp::new([20.0_f64, 40.0], [6_554, 58_982]);
        let duties = [-1e300, 20.0, 40.0, 1e300, f64::INFINITY].map(|celsius| ramp.duty(celsius, 1_000));
        assert_eq!(duties, [Some(100), Some(100), Some(900), Some(900), Some(900)]);
        let whole = Ramp::new([-100, 100], ALL);
        assert_eq!([i64::MIN, i64::MAX].map(|number| whole.duty(number, 62_500)), [Some(0), Some(62_500)]);
    }

    #[test]
    fn both_directions_may_fall() {
        let falling = Ramp::new([0, 3_300], [u16::MAX, 0]);
        assert_eq!(
            [0, 825, 3_300].map(|number| falling.duty(number, 1_000)),
            [Some(1_000), Some(750), Some(0)]
        );
        let reversed = Ramp::new([40.0_f32, 20.0], ALL);
        assert_eq!(
            [40.0, 35.0, 20.0].map(|number| reversed.duty(number, 1_000)),
            [Some(0), Some(250), Some(1_000)]
        );
    }

    #[test]
    fn the_largest_values_fit() {
        let far = 1_i64 << 40;
        let ramp = Ramp::new([-far, far], ALL);
        assert_eq!(
            [-far, 0, far].map(|number| ramp.duty(number, u16::MAX)),
            [Some(0), Some(32_768), Some(65_535)]
        );
    }

    #[test]
    fn what_is_no_number_changes_nothing() {
        assert_eq!(Ramp::new([0.0_f32, 1.0], ALL).duty(f32::NAN, 1_000), None);
    }
}
