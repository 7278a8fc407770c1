//! Quantities: a string with its unit (`"100ms"`, `"12MHz"`, `"16KiB"`, `"35%"`) to an exact integer.

use std::fmt;

use serde::Serialize;

/// A time span in whole nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Duration(pub u64);

/// A frequency in whole millihertz, so that `"0.5Hz"` is exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Frequency(pub u64);

/// A size in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Size(pub u64);

/// A ratio in parts per million: `"100%"` is 1,000,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Ratio(pub u64);

/// A voltage in whole millivolts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Voltage(pub u64);

/// A small difference in parts per million.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Millionths(pub u64);

/// A kind of quantity: its units, and how many of its smallest step each is.
pub trait Quantity: Sized + Copy {
    /// What it is called in messages.
    const NAME: &'static str;
    /// How it is spelled, for help texts.
    const SPELLING: &'static str;
    /// Units, smallest first, with their size in steps.
    const UNITS: &'static [(&'static str, u64)];

    /// From a count of steps.
    fn from_steps(steps: u64) -> Self;
    /// The count of steps.
    fn steps(self) -> u64;
}

macro_rules! quantity {
    ($type:ident, $name:literal, $spelling:literal, [$(($unit:literal, $steps:expr)),* $(,)?]) => {
        impl Quantity for $type {
            const NAME: &'static str = $name;
            const SPELLING: &'static str = $spelling;
            const UNITS: &'static [(&'static str, u64)] = &[$(($unit, $steps)),*];

            fn from_steps(steps: u64) -> Self {
                $type(steps)
            }

            fn steps(self) -> u64 {
                self.0
            }
        }

        impl fmt::Display for $type {
            /// The largest unit in which the value is short: `1.5s`, `400kHz`.
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_quantity(formatter, self.0, Self::UNITS)
            }
        }
    };
}

quantity!(
    Duration,
    "a time",
    "`\"250us\"`, `\"100ms\"`, `\"2s\"`, `\"1.5s\"` or `\"10min\"`",
    [
        ("ns", 1),
        ("us", 1_000),
        ("ms", 1_000_000),
        ("s", 1_000_000_000),
        ("min", 60_000_000_000),
        ("h", 3_600_000_000_000)
    ]
);
quantity!(
    Frequency,
    "a frequency",
    "`\"10Hz\"`, `\"400kHz\"` or `\"12MHz\"`",
    [("Hz", 1_000), ("kHz", 1_000_000), ("MHz", 1_000_000_000), ("GHz", 1_000_000_000_000)]
);
quantity!(
    Size,
    "a size",
    "`\"512B\"`, `\"16KiB\"` or `\"2MiB\"`",
    [("B", 1), ("KiB", 1024), ("MiB", 1024 * 1024)]
);
quantity!(Ratio, "a ratio", "`\"35%\"`", [("%", 10_000)]);
quantity!(Voltage, "a voltage", "`\"1250mV\"` or `\"1.25V\"`", [("mV", 1), ("V", 1_000)]);

quantity!(Millionths, "a drift", "`\"50ppm\"` or `\"-50ppm\"`", [("ppm", 1)]);

/// Why a text is not a quantity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuantityFault {
    /// There is no number in front.
    NoNumber,
    /// A number without a unit.
    NoUnit,
    /// A unit that this kind of quantity does not have.
    UnknownUnit(String),
    /// Finer than the smallest step, such as `"0.5ns"`.
    TooFine,
    /// Larger than fits.
    TooLarge,
}

/// Reads a quantity. White space between number and unit is accepted; signs and exponents are not.
pub fn parse<Q: Quantity>(text: &str) -> Result<Q, QuantityFault> {
    let text = text.trim();
    let number_len =
        text.bytes().take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'_')).count();
    let (number, unit) = text.split_at(number_len);
    let number = number.replace('_', "");
    let (whole, fraction) = number.split_once('.').unwrap_or((&number, ""));
    let digits_only = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits_only(whole) || !digits_only(fraction) {
        return Err(QuantityFault::NoNumber);
    }
    let unit = unit.trim();
    if unit.is_empty() {
        return Err(QuantityFault::NoUnit);
    }
    // The micro sign and the Greek letter are how datasheets write it.
    let unit = if matches!(unit, "µs" | "μs") { "us" } else { unit };
    let Some(&(_, steps)) = Q::UNITS.iter().find(|(name, _)| *name == unit) else {
        return Err(QuantityFault::UnknownUnit(unit.to_string()));
    };
    exact_steps(whole, fraction, steps).map(Q::from_steps)
}

/// `whole.fraction` times `steps`, when that is a whole number that fits.
fn exact_steps(whole: &str, fraction: &str, steps: u64) -> Result<u64, QuantityFault> {
    let fraction = fraction.trim_end_matches('0');
    let steps = u128::from(steps);
    let whole: u128 = match whole.trim_start_matches('0') {
        "" => 0,
        digits => digits.parse().map_err(|_| QuantityFault::TooLarge)?,
    };
    let whole = whole.checked_mul(steps).ok_or(QuantityFault::TooLarge)?;
    let mut part = 0;
    if !fraction.is_empty() {
        // The largest unit has 13 digits of steps, so a longer fraction cannot be a whole number of them.
        if fraction.len() > 18 {
            return Err(QuantityFault::TooFine);
        }
        let numerator: u128 = fraction.parse().map_err(|_| QuantityFault::NoNumber)?;
        let scale = 10u128.pow(fraction.len() as u32);
        if !(numerator * steps).is_multiple_of(scale) {
            return Err(QuantityFault::TooFine);
        }
        part = numerator * steps / scale;
    }
    u64::try_from(whole + part).map_err(|_| QuantityFault::TooLarge)
}

fn write_quantity(formatter: &mut fmt::Formatter<'_>, steps: u64, units: &[(&str, u64)]) -> fmt::Result {
    // A part of a minute or an hour is told in seconds: a third of one has no end of digits.
    let is_told_in = |size: u64| {
        size == units[0].1
            || size.is_power_of_two()
            || 10u64.pow(size.ilog10()) == size
            || steps.is_multiple_of(size)
    };
    let mut fitting = units.iter().rev().filter(|(_, size)| steps >= *size && is_told_in(*size));
    let (name, size) = *fitting.next().unwrap_or(&units[0]);
    let whole = steps / size;
    let rest = steps % size;
    if rest == 0 {
        return write!(formatter, "{whole}{name}");
    }
    // Decimal digits of the rest, which end, as the unit is a power of ten or of two.
    let mut digits = String::new();
    let mut rest = u128::from(rest) * 10;
    let size = u128::from(size);
    while rest != 0 {
        digits.push(char::from(b'0' + (rest / size) as u8));
        rest = rest % size * 10;
    }
    write!(formatter, "{whole}.{digits}{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_exact() {
        assert_eq!(parse("1.5s"), Ok(Duration(1_500_000_000)));
        assert_eq!(parse("250us"), Ok(Duration(250_000)));
        assert_eq!(parse("250 µs"), Ok(Duration(250_000)));
        assert_eq!(parse("10min"), Ok(Duration(600_000_000_000)));
        assert_eq!(parse("0.5Hz"), Ok(Frequency(500)));
        assert_eq!(parse("12MHz"), Ok(Frequency(12_000_000_000)));
        assert_eq!(parse("16KiB"), Ok(Size(16_384)));
        assert_eq!(parse("0.5KiB"), Ok(Size(512)));
        assert_eq!(parse("35%"), Ok(Ratio(350_000)));
        assert_eq!(parse("1_000ms"), Ok(Duration(1_000_000_000)));
    }

    #[test]
    fn faults_say_what_is_wrong() {
        assert_eq!(parse::<Duration>("100"), Err(QuantityFault::NoUnit));
        assert_eq!(parse::<Duration>("ms"), Err(QuantityFault::NoNumber));
        assert_eq!(parse::<Duration>(""), Err(QuantityFault::NoNumber));
        assert_eq!(parse::<Duration>("-1s"), Err(QuantityFault::NoNumber));
        assert_eq!(parse::<Duration>("1.2.3s"), Err(QuantityFault::NoNumber));
        assert_eq!(parse::<Duration>("5 sec"), Err(QuantityFault::UnknownUnit("sec".into())));
        assert_eq!(parse::<Duration>("0.5ns"), Err(QuantityFault::TooFine));
        assert_eq!(parse::<Duration>("99999999999999999999999h"), Err(QuantityFault::TooLarge));
        assert_eq!(parse::<Duration>("99999999999h"), Err(QuantityFault::TooLarge));
    }

    #[test]
    fn display_reads_back() {
        for text in [
            "1.5s",
            "250us",
            "100ms",
            "10min",
            "1ns",
            "0ns",
            "1000s",
            "999.5s",
            "90s",
            "90min",
            "2h",
            "3661.000000001s",
        ] {
            assert_eq!(parse::<Duration>(text).map(|value| value.to_string()), Ok(text.to_string()));
        }
        assert_eq!(Frequency(133_000_000_000).to_string(), "133MHz");
        assert_eq!(Size(1536).to_string(), "1.5KiB");
        assert_eq!(Frequency(1).to_string(), "0.001Hz");
        assert_eq!(Ratio(333_333).to_string(), "33.3333%");
    }
}
