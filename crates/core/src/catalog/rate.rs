//! A wanted bit rate to the one that a chip's uart will have.

use std::ops::RangeInclusive;

use fwc_schema::chip::{DividerRounding, FractionalDivider, NamedRate, UartModel};

use super::bus::boundary;
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
                let Divided { prescaler, places } = self.divided(model, clock_hz, baud)?;
                // The rate is below the clock, and 64 bits hold all of this.
                let one_second = (u64::from(clock_hz) * 1000) << model.fraction_bits;
                one_second / (u64::from(prescaler * model.oversampling) * places)
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
        let shortest = match model.half_oversampling {
            true => model.oversampling / 2,
            false => model.oversampling,
        };
        let fastest = (clock_hz / (shortest * model.divider.min)).min(model.max_baud.unwrap_or(u32::MAX));
        // From the slowest on the divider is in its bounds.
        let slowest = boundary(1, fastest, |baud| self.divided(model, clock_hz, baud).is_some());
        slowest..=fastest
    }

    /// What the HAL divides the clock by.
    fn divided(&self, model: &FractionalDivider, clock_hz: u32, baud: u32) -> Option<Divided> {
        let line = self.part.as_ref().map_or("", |part| &part.line);
        let mut lines = model.prescaled_lines.iter();
        let prescalers = match model.prescaled_lines.is_empty() || lines.any(|of| line.starts_with(of)) {
            true => &model.prescalers[..],
            false => &[],
        };
        if prescalers.is_empty() {
            return divider(model, clock_hz, baud).map(|places| Divided { prescaler: 1, places });
        }
        prescalers.iter().find_map(|prescaler| {
            let places = divider(model, clock_hz / prescaler, baud)?;
            Some(Divided { prescaler: *prescaler, places })
        })
    }

    /// The rate of that name, where the uart's rates have names.
    pub fn named_rate(&self, baud: u32) -> Option<&NamedRate> {
        match &self.uart {
            UartModel::FractionalDivider(_) => None,
            UartModel::RateTable(model) => model.rates.iter().find(|rate| rate.baud == baud),
        }
    }
}

/// What a uart's clock is divided by.
struct Divided {
    prescaler: u32,
    /// The divider in units of its last binary place.
    places: u64,
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
        let is_half = model.half_oversampling && model.divider.contains(2 * places / one);
        return (model.divider.contains(places / one) || is_half && places < one).then_some(places);
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

#[cfg(test)]
mod tests {
    use crate::catalog::Catalog;

    /// The clocks of a bit that `find_and_set_brr` of embassy-stm32 0.6.0 (src/usart/mod.rs) sets, or nothing where it refuses.
    fn of_the_hal(prescalers: &[u32], has_over8: bool, clock_hz: u32, baud: u32) -> Option<u64> {
        for prescaler in prescalers {
            let clock = clock_hz / prescaler;
            let brr = clock / baud + ((clock % baud) + baud / 2) / baud;
            if brr < 0x10 {
                return (has_over8 && brr * 2 >= 0x10).then(|| u64::from(brr * prescaler));
            }
            if brr < 0x1_0000 {
                return Some(u64::from(brr * prescaler));
            }
        }
        None
    }

    #[test]
    fn rates_of_an_stm32_are_those_that_the_hal_sets() {
        const PRESCALERS: &[u32] = &[1, 2, 4, 6, 8, 10, 12, 16, 32, 64, 128, 256];
        let chips: [(&str, &[u32], bool); 5] = [
            ("stm32f103c8", &[1], false),
            ("stm32f407vg", &[1], true),
            ("stm32l476rg", &[1], true),
            ("stm32l4r5zi", PRESCALERS, true),
            ("stm32g431cb", PRESCALERS, true),
        ];
        for (name, prescalers, has_over8) in chips {
            let board = Catalog::default().board(&format!("chip:{name}")).unwrap().unwrap();
            for clock_hz in [4_000_000, 42_000_000, 72_000_000, 170_000_000] {
                let bauds = (0..33).flat_map(|power: u32| [5_u64, 6, 7].map(|part| (part << power) / 4));
                for baud in bauds.filter_map(|baud| u32::try_from(baud).ok()).filter(|baud| *baud > 0) {
                    let expected = of_the_hal(prescalers, has_over8, clock_hz, baud)
                        .map(|clocks| u64::from(clock_hz) * 1_000 / clocks);
                    let found = board.chip.uart_rate(clock_hz, baud).map(|rate| rate.millibaud);
                    assert_eq!(found, expected, "{name}: {baud} baud of {clock_hz} Hz");
                }
                let rates = board.chip.uart_rates(clock_hz);
                for (baud, is_there) in
                    [(*rates.start() - 1, false), (*rates.start(), true), (*rates.end(), true)]
                {
                    assert!(
                        baud == 0 || board.chip.uart_rate(clock_hz, baud).is_some() == is_there,
                        "{name}: {baud}"
                    );
                }
            }
        }
    }
}
