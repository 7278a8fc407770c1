//! A wanted bit rate to the one that a chip's uart will have.

use std::ops::RangeInclusive;

use fwc_schema::chip::{DividerRounding, FractionalDivider, NamedRate, UartModel};

use super::chip::Chip;

/// The bit rate that a uart has when another is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UartRate {
    /// Thousandths of a bit a second.
    pub millibaud: u64,
    /// How much faster than wanted, in parts per million.
    pub error_ppm: i64,
}

impl Chip {
    /// The bit rate of a uart on a clock of `clock_hz` that was told `baud`; none where its divider cannot go so far.
    pub fn uart_rate(&self, clock_hz: u32, baud: u32) -> Option<UartRate> {
        let millibaud = match &self.uart {
            UartModel::FractionalDivider(model) => {
                if model.max_baud.is_some_and(|most| baud > most) {
                    return None;
                }
                let places = divider(model, clock_hz, baud)?;
                // A divider is at least 1, so the rate is below the clock, and 64 bits hold all of this.
                let one_second = (u64::from(clock_hz) * 1000) << model.fraction_bits;
                one_second / (u64::from(model.oversampling) * places)
            }
            UartModel::RateTable(_) => u64::from(self.named_rate(baud)?.actual) * 1000,
        };
        let wanted = i128::from(baud) * 1000;
        let error_ppm = (i128::from(millibaud) - wanted) * 1_000_000 / wanted;
        Some(UartRate { millibaud, error_ppm: error_ppm as i64 })
    }

    /// The bit rates that a uart's divider can come near to.
    pub fn uart_rates(&self, clock_hz: u32) -> RangeInclusive<u32> {
        let model = match &self.uart {
            UartModel::FractionalDivider(model) => model,
            UartModel::RateTable(model) => {
                let bauds = || model.rates.iter().map(|rate| rate.baud);
                return bauds().min().unwrap_or_default()..=bauds().max().unwrap_or_default();
            }
        };
        let slowest =
            u64::from(clock_hz) / (u64::from(model.oversampling) * (u64::from(model.divider.max) + 1));
        let fastest = clock_hz / (model.oversampling * model.divider.min);
        slowest as u32 + 1..=fastest.min(model.max_baud.unwrap_or(u32::MAX))
    }

    /// The rate of that name, where the uart's rates have names.
    pub fn named_rate(&self, baud: u32) -> Option<&NamedRate> {
        match &self.uart {
            UartModel::FractionalDivider(_) => None,
            UartModel::RateTable(model) => model.rates.iter().find(|rate| rate.baud == baud),
        }
    }
}

/// The divider that the HAL sets, in units of its last binary place.
fn divider(model: &FractionalDivider, clock_hz: u32, baud: u32) -> Option<u64> {
    let one = 1_u64 << model.fraction_bits;
    if model.rounding == DividerRounding::Down {
        let bits = u64::from(model.oversampling) * u64::from(baud);
        let places = (one * u64::from(clock_hz)).checked_div(bits)?;
        return model.divider.contains(places / one).then_some(places);
    }
    if model.rounding == DividerRounding::Nearest {
        let bits = u64::from(model.oversampling) * u64::from(baud);
        let places = (2 * one * u64::from(clock_hz)).checked_div(bits)?.div_ceil(2);
        return model.divider.contains(places / one).then_some(places);
    }
    let half_places =
        (2 * one * u64::from(clock_hz)).checked_div(u64::from(model.oversampling) * u64::from(baud))?;
    let whole = half_places / (2 * one);
    let fraction = match model.rounding {
        DividerRounding::FractionHalfUpWithoutCarry => (half_places % (2 * one)).div_ceil(2) % one,
        DividerRounding::Nearest | DividerRounding::Down => unreachable!("it is rounded as a whole"),
    };
    match whole {
        _ if !model.divider.contains(whole) => None,
        _ if whole == u64::from(model.divider.max) => Some(whole * one),
        _ => Some(whole * one + fraction),
    }
}
