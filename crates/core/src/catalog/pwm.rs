//! A wanted pulse frequency to the divider and the period of the counter that come nearest to it.

use fwc_schema::chip::{BinaryCounter, Bounds, PwmModel};
use fwc_schema::units::Frequency;

use super::chip::{Chip, NOT_DRIVEN};

/// How a slice makes a frequency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PwmRate {
    /// What the counter's clock is divided by, in units of the divider's last binary place.
    pub divider: u32,
    /// Steps of the counter in a period.
    pub period: u16,
    /// What comes of it, rounded to a millihertz.
    pub actual: Frequency,
}

/// The greatest error of a frequency, in parts per million.
const TOLERATED_PPM: u128 = 10_000;

impl Chip {
    /// The best way to a frequency; none where every way is too far off.
    ///
    /// The fewer the clocks of a step, the finer the duty, so only dividers up to twice the least possible one count.
    /// Of these the one with the least error is taken; of several the one without a fraction, which would make the steps
    /// of unequal length, and of these the least.
    pub fn pwm_rate(&self, clock_hz: u32, wanted: Frequency) -> Option<PwmRate> {
        if let Some(PwmModel::BinaryCounter(model)) = &self.pwm {
            return binary_rate(model, wanted);
        }
        let slice = Slice::of(self, clock_hz);
        if wanted.0 == 0 {
            return None;
        }
        let least = slice.least_divider(wanted);
        let dividers = least..=least.saturating_mul(2).min(slice.divider.max);
        let candidates =
            dividers.filter(|divider| slice.can_have(*divider)).map(|divider| slice.nearest(divider, wanted));
        let one = 1 << slice.fraction_bits;
        let best = candidates.min_by_key(|rate| {
            (slice.error_ppb(rate, wanted), !rate.divider.is_multiple_of(one), rate.divider)
        })?;
        (slice.error_ppb(&best, wanted) <= TOLERATED_PPM * 1_000).then_some(best)
    }

    /// The frequencies that can be made next to one that cannot: the next lower and the next higher.
    pub fn pwm_rates_beside(&self, clock_hz: u32, wanted: Frequency) -> [Option<Frequency>; 2] {
        if let Some(PwmModel::BinaryCounter(model)) = &self.pwm {
            // Between its limits it can make every frequency.
            let [lowest, highest] = binary_limits(model);
            return [
                Some(highest).filter(|highest| wanted > *highest),
                Some(lowest).filter(|lowest| wanted < *lowest),
            ];
        }
        let slice = Slice::of(self, clock_hz);
        let (dividers, periods) = (slice.divider, slice.period);
        let dividers = (dividers.min..=dividers.max).filter(|divider| slice.can_have(*divider));
        let both = dividers.flat_map(|divider| {
            let exact = slice.places_a_period(wanted) / u128::from(divider);
            let longest = exact.clamp(periods.min.into(), periods.max.into()) as u32;
            [longest, (longest + 1).min(periods.max)].map(|period| slice.actual(divider, period))
        });
        let (lower, higher): (Vec<_>, Vec<_>) = both.partition(|frequency| *frequency < wanted);
        // Frequencies are written in whole millihertz, which far down are coarse.
        let is_made = |frequency: &Frequency| self.pwm_rate(clock_hz, *frequency).is_some();
        let higher = higher.into_iter().min();
        let higher = higher.and_then(|lowest| [lowest, Frequency(lowest.0 + 1)].into_iter().find(is_made));
        [lower.into_iter().max().filter(is_made), higher]
    }

    /// Binary places of a counter's divider.
    pub fn pwm_fraction_bits(&self) -> u32 {
        match self.pwm.as_ref().expect(NOT_DRIVEN) {
            PwmModel::DividedCounter(model) => model.fraction_bits,
            PwmModel::PrescaledCounter(_) => 0,
            PwmModel::BinaryCounter(model) => model.fraction_bits,
        }
    }

    /// What the datasheet calls a counter with its outputs.
    pub fn pwm_word(&self) -> &str {
        match self.pwm.as_ref().expect(NOT_DRIVEN) {
            PwmModel::DividedCounter(model) => &model.block,
            PwmModel::PrescaledCounter(_) => "block",
            PwmModel::BinaryCounter(_) => "timer",
        }
    }

    /// The lowest and the highest frequency that a counter can make.
    pub fn pwm_limits(&self, clock_hz: u32) -> [Frequency; 2] {
        if let Some(PwmModel::BinaryCounter(model)) = &self.pwm {
            return binary_limits(model);
        }
        let slice = Slice::of(self, clock_hz);
        let (dividers, periods) = (slice.divider, slice.period);
        let places = u128::from(dividers.max) * u128::from(periods.max);
        let lowest = Frequency(slice.scaled_clock().div_ceil(places) as u64);
        [lowest, slice.actual(dividers.min, periods.min)]
    }
}

/// The rate with the most bits, and so the finest duty, whose divider is nearest.
fn binary_rate(model: &BinaryCounter, wanted: Frequency) -> Option<PwmRate> {
    let clock = (u128::from(model.clock_hz) * 1_000) << model.fraction_bits;
    let nearest = |bits: u32| {
        let step = u128::from(wanted.0) << bits;
        let exact = (clock + step / 2).checked_div(step)?;
        let divider = exact.clamp(model.divider.min.into(), model.divider.max.into());
        let error = (divider * step).abs_diff(clock) * 1_000_000 / clock;
        let actual = (clock + (divider << bits) / 2) / (divider << bits);
        let rate = PwmRate { divider: divider as u32, period: 1 << bits, actual: Frequency(actual as u64) };
        (error <= TOLERATED_PPM).then_some(rate)
    };
    (model.bits.min..=model.bits.max).rev().find_map(nearest)
}

/// The lowest and the highest frequency.
fn binary_limits(model: &BinaryCounter) -> [Frequency; 2] {
    let clock = (u64::from(model.clock_hz) * 1_000) << model.fraction_bits;
    let made = |divider: u32, bits: u32| Frequency(clock / (u64::from(divider) << bits));
    [made(model.divider.max, model.bits.max), made(model.divider.min, model.bits.min)]
}

/// A counter at its clock.
struct Slice {
    clock_hz: u32,
    /// Binary places of the divider.
    fraction_bits: u32,
    /// The divider, in units of its last binary place.
    divider: Bounds,
    /// Whether it is a power of two.
    doubles: bool,
    period: Bounds,
}

impl Slice {
    fn of(chip: &Chip, clock_hz: u32) -> Slice {
        match chip.pwm.as_ref().expect(NOT_DRIVEN) {
            PwmModel::DividedCounter(model) => Slice {
                clock_hz,
                fraction_bits: model.fraction_bits,
                divider: model.divider,
                doubles: false,
                period: model.period,
            },
            PwmModel::PrescaledCounter(model) => Slice {
                clock_hz: model.clock_hz,
                fraction_bits: 0,
                divider: model.divider,
                doubles: true,
                period: model.period,
            },
            PwmModel::BinaryCounter(_) => {
                unreachable!("its periods are powers of two, which no slice counts in")
            }
        }
    }

    /// Whether the divider can be set so.
    fn can_have(&self, divider: u32) -> bool {
        !self.doubles || divider.is_power_of_two()
    }

    /// The clock in millihertz, times the value of the divider's last place.
    fn scaled_clock(&self) -> u128 {
        (u128::from(self.clock_hz) * 1_000) << self.fraction_bits
    }

    /// Divider times period for a frequency, rounded down.
    fn places_a_period(&self, wanted: Frequency) -> u128 {
        self.scaled_clock() / u128::from(wanted.0.max(1))
    }

    /// The least divider at which a period is short enough for the counter.
    fn least_divider(&self, wanted: Frequency) -> u32 {
        let least = self.places_a_period(wanted).div_ceil(self.period.max.into());
        least.clamp(self.divider.min.into(), self.divider.max.into()) as u32
    }

    /// The period that comes nearest; a frequency just beyond the limits is made by the limit.
    fn nearest(&self, divider: u32, wanted: Frequency) -> PwmRate {
        let step = u128::from(divider) * u128::from(wanted.0);
        let exact = (self.scaled_clock() + step / 2) / step;
        let period = exact.clamp(self.period.min.into(), self.period.max.into()) as u32;
        PwmRate { divider, period: period as u16, actual: self.actual(divider, period) }
    }

    fn actual(&self, divider: u32, period: u32) -> Frequency {
        let places = u128::from(divider) * u128::from(period);
        Frequency(((self.scaled_clock() + places / 2) / places) as u64)
    }

    /// How far a rate is off, in parts per thousand million.
    fn error_ppb(&self, rate: &PwmRate, wanted: Frequency) -> u128 {
        let made = u128::from(rate.divider) * u128::from(rate.period) * u128::from(wanted.0);
        made.abs_diff(self.scaled_clock()) * 1_000_000_000 / self.scaled_clock()
    }
}

#[cfg(test)]
mod tests {
    use fwc_schema::units;

    use crate::catalog::Catalog;

    /// Divider in sixteenths, period and millihertz of a frequency with the core at 125 MHz.
    fn rate(wanted: &str) -> Option<(u32, u16, u64)> {
        let chip =
            Catalog::default().board("rpi-pico").expect("it is bundled").expect("it is sound").chip.clone();
        let rate = chip.pwm_rate(125_000_000, units::parse(wanted).expect("a frequency"))?;
        Some((rate.divider, rate.period, rate.actual.0))
    }

    #[test]
    fn fast_pulses_need_no_divider() {
        assert_eq!(rate("25kHz"), Some((16, 5_000, 25_000_000)));
        assert_eq!(rate("2kHz"), Some((16, 62_500, 2_000_000)));
    }

    #[test]
    fn slow_pulses_are_exact_where_a_divider_makes_them_so() {
        assert_eq!(rate("50Hz"), Some((640, 62_500, 50_000)));
        assert_eq!(rate("1kHz"), Some((32, 62_500, 1_000_000)));
    }

    #[test]
    fn a_divider_that_doubles_takes_the_finest_steps_that_reach() {
        let chip = Catalog::default()
            .board("nrf52840-dk")
            .expect("it is bundled")
            .expect("it is sound")
            .chip
            .clone();
        let rate = |wanted: &str| {
            let rate = chip.pwm_rate(64_000_000, units::parse(wanted).expect("a frequency"))?;
            Some((rate.divider, rate.period, rate.actual.0))
        };
        assert_eq!(rate("25kHz"), Some((1, 640, 25_000_000)));
        assert_eq!(rate("50Hz"), Some((16, 20_000, 50_000)));
        assert_eq!(rate("4Hz"), Some((128, 31_250, 4_000)));
        assert_eq!((rate("3Hz"), rate("6MHz")), (None, None));
    }

    /// Counted by hand: 80 MHz over 1 and 25/128 and over 2^11; over 195 and 5/16, and over 2^13; undivided, over 2.
    #[test]
    fn a_counter_of_bits_has_as_many_as_its_divider_leaves_it() {
        let chip = Catalog::default()
            .board("esp32-c3-devkitm")
            .expect("it is bundled")
            .expect("it is sound")
            .chip
            .clone();
        let rate = |wanted: &str| {
            let rate = chip.pwm_rate(80_000_000, units::parse(wanted).expect("a frequency"))?;
            Some((rate.divider, rate.period, rate.actual.0))
        };
        assert_eq!(rate("25kHz"), Some((400, 2_048, 25_000_000)));
        assert_eq!(rate("50Hz"), Some((50_000, 8_192, 50_000)));
        assert_eq!(rate("40MHz"), Some((256, 2, 40_000_000_000)));
        assert_eq!((rate("9Hz"), rate("41MHz"), rate("0Hz")), (None, None, None));
        let limits = chip.pwm_limits(80_000_000).map(|limit| limit.to_string());
        assert_eq!(limits, ["9.536Hz", "40MHz"]);
    }

    #[test]
    fn limits_are_refused_beyond_and_made_within() {
        assert_eq!(rate("62.5MHz"), Some((16, 2, 62_500_000_000)));
        assert_eq!(rate("100MHz"), None);
        assert_eq!(rate("8Hz").map(|(_, _, made)| made.abs_diff(8_000) < 10), Some(true));
        assert_eq!(rate("7.452Hz"), Some((4_095, 65_535, 7_453)));
        assert_eq!(rate("7Hz"), None);
        assert_eq!(rate("0Hz"), None);
    }
}
