//! A wanted clock of a bus to the one that its master will make.

use fwc_schema::chip::{
    ClockControl, ClockTable, HalfPeriods, I2cModel, NamedClock, PowerOfTwo, PrescaledDivider,
    PrescaledLevels, SclCounters, SpiModel, TwoDividers,
};
use fwc_schema::units::Frequency;

use super::chip::{BlockId, Chip, NOT_DRIVEN};

impl Chip {
    /// The clock of an I2C master that was told `wanted`; none where the HAL refuses it.
    pub fn i2c_rate(&self, clock_hz: u32, wanted: Frequency) -> Option<Frequency> {
        match self.i2c.as_ref()? {
            I2cModel::SclCounters(model) => scl(model, clock_hz, whole_hertz(wanted)?),
            I2cModel::ClockControl(model) => controlled(model, clock_hz, whole_hertz(wanted)?),
            I2cModel::ClockTable(model) => {
                let clock = not_above(model.clocks.iter(), whole_hertz(wanted)?)?;
                Some(hertz(clock.actual.unwrap_or(clock.hz)))
            }
            I2cModel::PrescaledLevels(model) => levels(model, clock_hz, whole_hertz(wanted)?),
            I2cModel::HalfPeriods(model) => half_periods(model, whole_hertz(wanted)?),
        }
    }

    /// What the HAL calls the clock of an I2C master that was told `wanted`, where its clocks have names.
    pub fn named_i2c_clock(&self, wanted: Frequency) -> Option<&NamedClock> {
        let Some(I2cModel::ClockTable(model)) = &self.i2c else { return None };
        not_above(model.clocks.iter(), whole_hertz(wanted)?)
    }

    /// What the HAL calls the clock of an SPI master that was told `wanted`, where its clocks have names.
    pub fn named_spi_clock(&self, block: BlockId, wanted: Frequency) -> Option<&NamedClock> {
        let Some(SpiModel::ClockTable(model)) = &self.spi else { return None };
        not_above(self.clocks_of(block, model), whole_hertz(wanted)?)
    }

    /// The clocks with names that a block can have, slowest first.
    fn clocks_of<'a>(
        &'a self,
        block: BlockId,
        model: &'a ClockTable,
    ) -> impl DoubleEndedIterator<Item = &'a NamedClock> {
        let name = self.block(block).name.as_str();
        model.clocks.iter().filter(move |clock| clock.is_of(name))
    }

    /// The lowest and the highest clock that an I2C master can be told; none where its clock is too slow for any.
    pub fn i2c_limits(&self, clock_hz: u32) -> Option<[Frequency; 2]> {
        let model = match self.i2c.as_ref()? {
            I2cModel::SclCounters(model) => model,
            I2cModel::ClockControl(model) => {
                let lowest = clock_hz.div_ceil(2 * (model.standard_count.max + 1) - 1).max(1);
                let works = controlled(model, clock_hz, model.max_hz).is_some();
                return works.then_some([lowest, model.max_hz].map(hertz));
            }
            I2cModel::ClockTable(model) => return ends(model.clocks.iter()),
            I2cModel::PrescaledLevels(model) => {
                // A clock that is fast enough for a mode can make the mode's greatest frequency.
                let mut able =
                    model.modes.iter().filter(|mode| levels(model, clock_hz, mode.max_hz).is_some());
                let slowest = able.clone().next()?.max_hz;
                let lowest = boundary(1, slowest, |hz| levels(model, clock_hz, hz).is_some());
                return able.next_back().map(|fastest| [lowest, fastest.max_hz].map(hertz));
            }
            I2cModel::HalfPeriods(model) => {
                let lowest = boundary(1, model.max_hz, |hz| half_periods(model, hz).is_some());
                return Some([lowest, model.max_hz].map(hertz));
            }
        };
        let works = |hz: u32| scl(model, clock_hz, hz).is_some();
        // What works is one stretch, and a period in the middle of what the counters hold is in it.
        let middle =
            (clock_hz / model.count.max).clamp(1, model.max_hz).checked_mul(2).filter(|hz| works(*hz))?;
        let lowest = boundary(1, middle, works);
        let highest = if works(model.max_hz) {
            model.max_hz
        } else {
            boundary(middle, model.max_hz, |hz| !works(hz)) - 1
        };
        Some([lowest, highest].map(hertz))
    }

    /// The clock of an SPI master on a block that was told `wanted`: never a faster one. None where it cannot be so slow, or
    /// is wanted faster than it can be.
    pub fn spi_rate(&self, block: BlockId, clock_hz: u32, wanted: Frequency) -> Option<Frequency> {
        let [_, highest] = self.spi_limits(block, clock_hz);
        let hz = whole_hertz(wanted).filter(|_| wanted <= highest)?;
        let clocks = match self.spi.as_ref()? {
            SpiModel::PrescaledDivider(model) => prescaled(model, clock_hz, hz)?,
            SpiModel::PowerOfTwo(model) => power_of_two(model, clock_hz, hz)?,
            SpiModel::ClockTable(_) => {
                return self.named_spi_clock(block, wanted).map(|clock| hertz(clock.hz));
            }
            SpiModel::TwoDividers(model) => {
                let divider = two_dividers(model, hz)?;
                return Some(Frequency(u64::from(model.clock_hz) * 1_000 / u64::from(divider)));
            }
        };
        Some(Frequency(u64::from(clock_hz) * 1_000 / u64::from(clocks)))
    }

    /// The lowest and the highest clock that an SPI master on a block can be told.
    pub fn spi_limits(&self, block: BlockId, clock_hz: u32) -> [Frequency; 2] {
        let [least, greatest] = match self.spi.as_ref().expect(NOT_DRIVEN) {
            SpiModel::PrescaledDivider(model) => {
                [model.prescaler.min * model.divider.min, model.prescaler.max * model.divider.max]
            }
            SpiModel::PowerOfTwo(model) => {
                let highest = (clock_hz / model.divider.min).min(model.max_hz.unwrap_or(u32::MAX));
                return [clock_hz.div_ceil(model.divider.max), highest].map(hertz);
            }
            SpiModel::ClockTable(model) => {
                return ends(self.clocks_of(block, model)).expect("every block of a kind has a clock");
            }
            SpiModel::TwoDividers(model) => {
                let greatest = model.pre_divider.max * model.divider.max;
                return [model.clock_hz.div_ceil(greatest), model.clock_hz].map(hertz);
            }
        };
        [clock_hz.div_ceil(greatest), clock_hz / least].map(hertz)
    }
}

/// The greatest of the clocks, slowest first, that is not above `hz` and not beyond them all.
fn not_above<'a>(clocks: impl DoubleEndedIterator<Item = &'a NamedClock>, hz: u32) -> Option<&'a NamedClock> {
    let mut clocks = clocks.rev().peekable();
    let reaches = clocks.peek().is_some_and(|fastest| hz <= fastest.hz);
    clocks.find(|clock| clock.hz <= hz).filter(|_| reaches)
}

/// The slowest and the fastest of the clocks.
fn ends<'a>(clocks: impl DoubleEndedIterator<Item = &'a NamedClock>) -> Option<[Frequency; 2]> {
    let mut clocks = clocks.map(|clock| hertz(clock.hz));
    let first = clocks.next()?;
    Some([first, clocks.next_back().unwrap_or(first)])
}

/// SCL's frequency with the counts that the HAL sets.
fn scl(model: &SclCounters, clock_hz: u32, hz: u32) -> Option<Frequency> {
    let period = u64::from((clock_hz + hz / 2) / hz);
    let low = period * u64::from(model.low_percent) / 100;
    let high = period - low;
    let fast = model.fast_mode_plus;
    let is_fast = hz >= fast.from_hz;
    let hold_ns = if is_fast { fast.hold_ns } else { model.hold_ns };
    let hold = u64::from(clock_hz) * u64::from(hold_ns) / 1_000_000_000 + 1;
    let able = hz <= model.max_hz
        && model.count.contains(low)
        && model.count.contains(high)
        && (!is_fast || clock_hz > fast.clock_above_hz)
        && hold + 2 <= low;
    let spike = (low / u64::from(model.spike_divider)).max(1) as u8;
    let extra = u64::from(spike) + u64::from(model.high_extra) + u64::from(model.low_extra);
    able.then(|| Frequency(u64::from(clock_hz) * 1_000 / (period + extra)))
}

/// SCL's frequency with the count that the HAL sets: rounded down, so that SCL is rather a little too fast.
fn controlled(model: &ClockControl, clock_hz: u32, hz: u32) -> Option<Frequency> {
    if hz > model.max_hz || !model.clock_hz.contains(clock_hz.into()) {
        return None;
    }
    let (clocks, bounds) = match hz <= model.standard_max_hz {
        true => (2, model.standard_count),
        false => (3, model.fast_count),
    };
    let count = (clock_hz / hz.checked_mul(clocks)?).max(bounds.min);
    bounds.contains(count.into()).then(|| Frequency(u64::from(clock_hz) * 1_000 / u64::from(clocks * count)))
}

/// SCL's frequency with the counts that the HAL sets.
fn levels(model: &PrescaledLevels, clock_hz: u32, hz: u32) -> Option<Frequency> {
    let mode = model.modes.iter().find(|mode| hz <= mode.max_hz && clock_hz >= mode.clock_min_hz)?;
    let period = clock_hz / hz;
    let prescaler = (period.checked_sub(1)? / mode.counts).checked_add(1)?;
    let parts = 1 + mode.low_parts;
    let high = (period / prescaler).checked_sub(parts)? / parts + 1;
    let able = period >= model.least_period
        && model.prescaler.contains(prescaler.into())
        && clock_hz / mode.setup_hz / prescaler >= 1;
    let clocks = parts * high * prescaler + model.extra;
    able.then(|| Frequency(u64::from(clock_hz) * 1_000 / u64::from(clocks)))
}

/// SCL's frequency with the divider and the count that the HAL sets.
fn half_periods(model: &HalfPeriods, hz: u32) -> Option<Frequency> {
    let divider = model.clock_hz / hz.checked_mul(model.period)? + 1;
    let clock = model.clock_hz / divider;
    let half = clock / hz / 2;
    let able = hz <= model.max_hz && model.divider.contains(divider.into()) && half > 0;
    able.then(|| Frequency(u64::from(clock) * 1_000 / u64::from(2 * half)))
}

/// The least power of two that leaves no more than `hz`.
fn power_of_two(model: &PowerOfTwo, clock_hz: u32, hz: u32) -> Option<u32> {
    let dividers = std::iter::successors(Some(model.divider.min), |divider| divider.checked_mul(2));
    let mut dividers = dividers.take_while(|divider| *divider <= model.divider.max);
    dividers.find(|divider| clock_hz.div_ceil(*divider) <= hz)
}

/// The least divider, made of two, that leaves no more than `hz`.
fn two_dividers(model: &TwoDividers, hz: u32) -> Option<u32> {
    let least = model.clock_hz.div_ceil(hz);
    if least <= 1 {
        return Some(1);
    }
    let whole = |pre: u32| {
        let divider = least.div_ceil(pre).max(model.divider.min);
        (divider <= model.divider.max).then_some(pre * divider)
    };
    (model.pre_divider.min..=model.pre_divider.max).filter_map(whole).min()
}

/// The clocks of a period that the HAL makes of prescaler and divider.
fn prescaled(model: &PrescaledDivider, clock_hz: u32, hz: u32) -> Option<u32> {
    let pairs = clock_hz.div_ceil(hz.checked_mul(model.prescaler.min)?);
    let half_prescaler = pairs.div_ceil(model.divider.max);
    let divider = pairs.div_ceil(half_prescaler);
    let prescaler = half_prescaler * model.prescaler.min;
    (prescaler <= model.prescaler.max).then_some(prescaler * divider)
}

/// The first of `from..=to` for which `is` holds; `is` holds for `to`, and from some number on.
pub(super) fn boundary(mut from: u32, mut to: u32, is: impl Fn(u32) -> bool) -> u32 {
    while from < to {
        let middle = from + (to - from) / 2;
        if is(middle) {
            to = middle;
        } else {
            from = middle + 1;
        }
    }
    to
}

/// What the HAL is told: it counts hertz.
fn whole_hertz(frequency: Frequency) -> Option<u32> {
    u32::try_from(frequency.0 / 1_000).ok().filter(|hz| *hz > 0)
}

fn hertz(hz: u32) -> Frequency {
    Frequency(u64::from(hz) * 1_000)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use fwc_schema::units::{self, Frequency};

    use crate::catalog::{BlockId, Catalog, Chip};

    const CORE: u32 = 125_000_000;

    fn bundled(board: &str) -> Arc<Chip> {
        Catalog::default().board(board).expect("it is bundled").expect("it is sound").chip.clone()
    }

    fn chip() -> Arc<Chip> {
        bundled("rpi-pico")
    }

    fn master() -> BlockId {
        chip().block_named("SPI0").expect("it has one")
    }

    fn frequency(text: &str) -> Frequency {
        units::parse(text).expect("a frequency")
    }

    /// Counted by hand: 750 low, 500 high, 46 for the filter, and 8 more.
    #[test]
    fn scl_has_the_counts_of_the_hal_and_the_clocks_that_the_block_adds() {
        let made = |wanted| chip().i2c_rate(CORE, frequency(wanted)).map(|made| made.0);
        assert_eq!(made("100kHz"), Some(125_000_000_000 / 1_304));
        assert_eq!(made("400kHz"), Some(125_000_000_000 / (187 + 126 + 11 + 8)));
        assert_eq!(made("1MHz"), Some(125_000_000_000 / (75 + 50 + 4 + 8)));
        assert_eq!(made("1.1MHz"), None);
    }

    #[test]
    fn the_limits_of_i2c_work_and_what_is_beyond_them_does_not() {
        for core in [12_000_000, 48_000_000, CORE, 200_000_000] {
            let [lowest, highest] = chip().i2c_limits(core).expect("fast enough");
            for (limit, beyond) in [(lowest, lowest.0 - 1_000), (highest, highest.0 + 1_000)] {
                assert!(chip().i2c_rate(core, limit).is_some(), "{core} {limit}");
                assert_eq!(chip().i2c_rate(core, Frequency(beyond)), None, "{core} {beyond}");
            }
        }
        assert_eq!(chip().i2c_limits(12_000_000).expect("fast enough")[1].to_string(), "685.714kHz");
    }

    /// Counted by hand: 40 MHz undivided and 400 clocks, or over 40 and two times 500.
    #[test]
    fn two_levels_of_scl_are_one_count_behind_a_divider() {
        let espressif = bundled("esp32-c3-devkitm");
        let made = |wanted| espressif.i2c_rate(80_000_000, frequency(wanted)).map(|made| made.to_string());
        assert_eq!(made("100kHz").as_deref(), Some("100kHz"));
        assert_eq!(made("333kHz").as_deref(), Some("333.333333kHz"));
        assert_eq!(made("1kHz").as_deref(), Some("1kHz"));
        assert_eq!((made("401kHz"), made("152Hz")), (None, None));
        let limits = espressif.i2c_limits(80_000_000).map(|limits| limits.map(|limit| limit.to_string()));
        assert_eq!(limits, Some(["153Hz".to_string(), "400kHz".to_string()]));
    }

    #[test]
    fn spi_is_never_faster_than_wanted() {
        let made = |wanted| chip().spi_rate(master(), CORE, frequency(wanted)).map(|made| made.to_string());
        assert_eq!(made("62.5MHz").as_deref(), Some("62.5MHz"));
        assert_eq!(made("50MHz").as_deref(), Some("31.25MHz"));
        assert_eq!(made("1MHz").as_deref(), Some("992.063492kHz"));
        assert_eq!(made("63MHz"), None);
        assert_eq!(made("1.9kHz"), None);
        assert!(made("1.923kHz").is_some());
        assert_eq!(chip().spi_limits(master(), CORE).map(|limit| limit.to_string()), ["1.923kHz", "62.5MHz"]);
    }

    #[test]
    fn two_dividers_make_what_one_cannot() {
        let espressif = bundled("esp32-c6-devkitc");
        let block = espressif.block_named("SPI2").expect("it has one");
        let made =
            |wanted| espressif.spi_rate(block, 80_000_000, frequency(wanted)).map(|made| made.to_string());
        assert_eq!(made("80MHz").as_deref(), Some("80MHz"));
        assert_eq!(made("79MHz").as_deref(), Some("40MHz"));
        assert_eq!(made("1MHz").as_deref(), Some("1MHz"));
        // 134 = 2 × 67 is no product of the two, as 67 is prime and too much for one; 135 = 3 × 45 is.
        assert_eq!(made("600kHz").as_deref(), Some("592.592592kHz"));
        assert_eq!((made("81MHz"), made("78kHz")), (None, None));
        let limits = espressif.spi_limits(block, 80_000_000).map(|limit| limit.to_string());
        assert_eq!(limits, ["78.125kHz", "80MHz"]);
    }

    #[test]
    fn clocks_with_names_are_the_next_ones_below_and_some_are_of_one_block() {
        let nordic = bundled("nrf52840-dk");
        let bus = |wanted| nordic.i2c_rate(64_000_000, frequency(wanted)).map(|made| made.to_string());
        assert_eq!(bus("100kHz").as_deref(), Some("100kHz"));
        assert_eq!(bus("399kHz").as_deref(), Some("250kHz"));
        assert_eq!(bus("400kHz").as_deref(), Some("410.256kHz"));
        assert_eq!((bus("401kHz"), bus("99kHz")), (None, None));
        let made = |block, wanted| {
            let block = nordic.block_named(block).expect("it has one");
            nordic.spi_rate(block, 64_000_000, frequency(wanted)).map(|made| made.to_string())
        };
        assert_eq!(made("SPIM0", "7.9MHz").as_deref(), Some("4MHz"));
        assert_eq!(made("SPIM0", "16MHz"), None);
        assert_eq!(made("SPIM3", "20MHz").as_deref(), Some("16MHz"));
        assert_eq!(made("SPIM3", "100kHz"), None);
    }
}
