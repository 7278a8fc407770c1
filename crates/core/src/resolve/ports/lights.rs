//! The bits of WS2812 lights as bits of an SPI master: how many of its own make one of theirs, on its clock.

use fwc_diag::words::quoted;
use fwc_diag::{Diagnostic, codes};
use fwc_schema::units::Frequency;

use crate::app::LedStrip;
use crate::catalog::{BlockId, Chip};
use crate::resolve::context::Context;
use crate::resolve::ports::Port;
use crate::resolved::LightBits;

/// WS2812B datasheet, "data transfer time", in nanoseconds: for how long the line is high in a 0 and in a 1, and low behind that.
const HIGH: [u64; 2] = [400, 800];
const LOW: [u64; 2] = [850, 450];
/// The same, at most beside these.
const TOLERANCE: u64 = 150;

/// The bits of a master at most that are tried for one of the lights': each is RAM.
const MOST_BITS: u64 = 16;

/// How a master that runs on `clock_hz` makes the bits of lights, with the fewest of its own.
pub(super) fn bits(chip: &Chip, block: BlockId, clock_hz: u32) -> Option<LightBits> {
    clocks(chip, block, clock_hz).find_map(in_tolerance)
}

/// The clocks of a master, slowest first. Each is half of the next one; a rate is asked for in whole hertz, which it need
/// not have.
fn clocks(chip: &Chip, block: BlockId, clock_hz: u32) -> impl Iterator<Item = Frequency> {
    let [slowest, fastest] = chip.spi_limits(block, clock_hz);
    std::iter::successors(chip.spi_rate(block, clock_hz, slowest), move |clock| {
        let doubled = Frequency((clock.0 * 2).next_multiple_of(1_000));
        chip.spi_rate(block, clock_hz, doubled.min(fastest)).filter(|next| next > clock)
    })
}

/// The bits at a clock, where they can be in tolerance.
fn in_tolerance(clock: Frequency) -> Option<LightBits> {
    // A clock is in millihertz.
    let nanos = |bits: u64| bits * 1_000_000_000_000 / clock.0;
    let is_near = |bits: u64, nominal: u64| nanos(bits).abs_diff(nominal) <= TOLERANCE;
    let nearest = |nominal: u64| {
        let bits = (1..MOST_BITS).min_by_key(|bits| nanos(*bits).abs_diff(nominal))?;
        is_near(bits, nominal).then_some(bits)
    };
    let [zero, one] = HIGH.map(nearest);
    let (zero, one) = (zero?, one?);
    let all_low = |bits: &u64| is_near(bits - zero, LOW[0]) && is_near(bits - one, LOW[1]);
    let bits = (one + 1..=MOST_BITS).find(all_low)?;
    Some(LightBits {
        clock_hz: u32::try_from(clock.0 / 1_000).ok()?,
        bits: bits as u8,
        high: [zero as u8, one as u8],
    })
}

/// Says that no clock of a block has bits that lights understand. `clock` is what it runs on, and what that is called.
pub(super) fn out_of_reach(
    context: &Context<'_>,
    block: BlockId,
    clock: &(u32, String),
    port: &Port<'_>,
    strip: &LedStrip,
) -> Diagnostic {
    let (clock_hz, words) = clock;
    let [slowest, fastest] = context.chip.spi_limits(block, *clock_hz);
    let name = quoted(context.app.peripheral(port.id).entry().1);
    let title = format!("{} cannot make the pulses of {name}", context.chip.title);
    Diagnostic::error(codes::FREQUENCY_OUT_OF_REACH, title, strip.pin.span)
        .here(format!("{} sends them", context.block_title(block)))
        .note(format!(
            "with {words} its bits are at {slowest} to {fastest}, each rate half of the next; lights take pulses of {} and {} ns, {TOLERANCE} ns more or less",
            HIGH[0], HIGH[1]
        ))
        .help("give the core another `clock`, or a higher one")
}

#[cfg(test)]
mod tests {
    use fwc_schema::chip::BlockKind;

    use super::*;
    use crate::catalog::Catalog;

    #[track_caller]
    fn check(clock_hz: u64, expected: Option<(u8, [u8; 2])>) {
        let found = in_tolerance(Frequency(clock_hz * 1_000));
        assert_eq!(found.map(|of| (of.bits, of.high)), expected, "at {clock_hz} Hz");
    }

    #[test]
    fn the_fewest_bits_that_are_in_tolerance() {
        // 444 and 889 ns of 1333, 400 and 800 ns of 1200, 381 and 762 ns of 1143.
        check(2_250_000, Some((3, [1, 2])));
        check(2_500_000, Some((3, [1, 2])));
        check(2_625_000, Some((3, [1, 2])));
        // 500 and 750 ns of 1250.
        check(4_000_000, Some((5, [2, 3])));
        check(6_250_000, Some((7, [2, 5])));
    }

    #[test]
    fn what_is_between_is_refused() {
        // 320 ns and 960 ns, or 640 ns; 500 ns and a microsecond.
        check(3_125_000, None);
        check(2_000_000, None);
        check(1_000_000, None);
        check(50_000_000, None);
    }

    #[test]
    fn every_clock_of_a_master_comes_once() {
        let board =
            Catalog::default().board("chip:stm32f446re").expect("it is bundled").expect("it is sound");
        let chip = &board.chip;
        let block = chip.blocks_of(BlockKind::Spi).next().expect("it has masters");
        for clock_hz in [16_000_000, 22_500_000, 45_000_000, 90_000_000] {
            let clocks: Vec<u64> = clocks(chip, block, clock_hz).map(|clock| clock.0).collect();
            let divided = (1..=8).rev().map(|power| u64::from(clock_hz) * 1_000 / (1 << power));
            assert_eq!(clocks, divided.collect::<Vec<u64>>(), "of {clock_hz} Hz");
        }
    }

    #[test]
    fn every_time_of_what_is_taken_is_in_tolerance() {
        for clock_hz in (500_000..20_000_000).step_by(12_345) {
            let Some(found) = in_tolerance(Frequency(clock_hz * 1_000)) else { continue };
            let nanos = |bits: u8| f64::from(bits) * 1e9 / clock_hz as f64;
            for (level, (high, low)) in [(400.0, 850.0), (800.0, 450.0)].into_iter().enumerate() {
                let is_high = found.high[level];
                assert!((nanos(is_high) - high).abs() <= 151.0, "{found:?}");
                assert!((nanos(found.bits - is_high) - low).abs() <= 151.0, "{found:?}");
            }
        }
    }
}
