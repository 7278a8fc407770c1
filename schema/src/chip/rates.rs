//! How blocks make their rates of the clock: uarts, pwms, I2C and SPI, each by its model.

use serde::{Deserialize, Serialize};

use super::Bounds;

/// `[uart]`: how a uart makes its bit rate, and what its frames may be.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(tag = "model", rename_all = "kebab-case")]
pub enum UartModel {
    /// A divider of the peripheral clock with a binary fraction.
    FractionalDivider(FractionalDivider),
    /// Rates that the HAL has names for, and no others.
    RateTable(RateTable),
}

/// The rates of a uart, by name, and what its frames may be.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RateTable {
    /// Where it was read.
    pub source: String,
    /// The rates, slowest first.
    pub rates: Vec<NamedRate>,
    /// Data bits of a frame.
    pub data_bits: Bounds,
    /// Stop bits of a frame.
    pub stop_bits: Bounds,
    /// Whether the parity bit can be odd.
    pub odd_parity: bool,
    /// Bytes of the buffer that the HAL's driver receives into.
    pub receive_buffer: Bounds,
}

/// A rate that a uart can have.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NamedRate {
    /// What is asked for, in bits a second.
    pub baud: u32,
    /// What comes of it.
    pub actual: u32,
    /// The HAL's name of it.
    pub hal: String,
}

/// Bit rate = peripheral clock / (prescaler × oversampling × divider), where the divider has `fraction_bits` binary places.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FractionalDivider {
    /// Where it was read.
    pub source: String,
    /// Clocks a bit at divider 1.
    pub oversampling: u32,
    /// Whether a bit takes half as many clocks where the divider would be below its least; its last place is lost then.
    #[serde(default)]
    pub half_oversampling: bool,
    /// What the clock is divided by before, least first: the first with which the divider is in its bounds. Empty where it is
    /// not divided.
    #[serde(default)]
    pub prescalers: Vec<u32>,
    /// Whose clock is divided before, as the lines' names begin; empty where that of all chips is.
    #[serde(default)]
    pub prescaled_lines: Vec<String>,
    /// Binary places of the divider.
    pub fraction_bits: u32,
    /// The divider's whole part. At its greatest value the fraction must be 0.
    pub divider: Bounds,
    /// How the HAL rounds the divider.
    pub rounding: DividerRounding,
    /// Data bits of a frame.
    pub data_bits: Bounds,
    /// The fastest rate, in baud, where that is less than the divider could make.
    pub max_baud: Option<u32>,
    /// Bytes that can wait to be read; absent where that is a buffer in RAM of any size.
    pub receive_buffer: Option<Bounds>,
}

/// How a HAL rounds a divider that does not come out even.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DividerRounding {
    /// The fraction is rounded half up by itself; a carry into the whole part is lost.
    FractionHalfUpWithoutCarry,
    /// To the nearest divider there is, half up.
    Nearest,
    /// To the next lower divider there is, so to the next higher rate.
    Down,
}

/// `[pwm]`: how a block that pulses makes its frequency.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(tag = "model", rename_all = "kebab-case")]
pub enum PwmModel {
    /// A counter behind a divider of the core's clock with a binary fraction.
    DividedCounter(DividedCounter),
    /// A counter behind a divider of a clock of its own, which is a power of two.
    PrescaledCounter(PrescaledCounter),
    /// A counter of so many bits behind a divider of a clock of its own with a binary fraction (ESP32).
    BinaryCounter(BinaryCounter),
}

/// Frequency = own clock / (divider × 2^bits), where the divider has `fraction_bits` binary places.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BinaryCounter {
    /// Where it was read.
    pub source: String,
    /// The clock, in hertz.
    pub clock_hz: u32,
    /// Binary places of the divider.
    pub fraction_bits: u32,
    /// The divider, in units of its last binary place.
    pub divider: Bounds,
    /// Bits of the counter.
    pub bits: Bounds,
}

/// Frequency = own clock / (divider × period), where the divider is a power of two.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PrescaledCounter {
    /// Where it was read.
    pub source: String,
    /// The clock, in hertz.
    pub clock_hz: u32,
    /// The divider.
    pub divider: Bounds,
    /// Steps of the counter in a period, each of which a pulse may end at.
    pub period: Bounds,
}

/// Frequency = core clock / (divider × period), where the divider has `fraction_bits` binary places.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DividedCounter {
    /// Where it was read.
    pub source: String,
    /// What the datasheet calls a counter with its outputs.
    pub block: String,
    /// Binary places of the divider.
    pub fraction_bits: u32,
    /// The divider, in units of its last binary place.
    pub divider: Bounds,
    /// Steps of the counter in a period, each of which a pulse may end at.
    pub period: Bounds,
}

/// `[i2c]`: how an I2C master makes its clock.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(tag = "model", rename_all = "kebab-case")]
pub enum I2cModel {
    /// Two counters of the peripheral clock, for the two levels of SCL.
    SclCounters(SclCounters),
    /// One counter, which SCL's levels last for by turns (STM32F1, F2, F4, L1).
    ClockControl(ClockControl),
    /// Clocks that the HAL has names for, and no others.
    ClockTable(ClockTable),
    /// A prescaler, and a counter for each level of SCL behind it (all later STM32).
    PrescaledLevels(PrescaledLevels),
    /// A divider of a clock of its own, and a counter of half a period behind it (ESP32).
    HalfPeriods(HalfPeriods),
}

/// The own clock is divided by the least number that leaves a period no more than so many clocks; half of these, rounded
/// down, are a level of SCL.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct HalfPeriods {
    /// Where it was read.
    pub source: String,
    /// The clock, in hertz.
    pub clock_hz: u32,
    /// The divider.
    pub divider: Bounds,
    /// Clocks of a period behind the divider, at most.
    pub period: u32,
    /// The greatest frequency.
    pub max_hz: u32,
}

/// The clocks that a bus can have, by name. The HAL is told the greatest that is not above the wanted one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ClockTable {
    /// Where it was read.
    pub source: String,
    /// The clocks, slowest first.
    pub clocks: Vec<NamedClock>,
}

/// A clock that a bus can have.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NamedClock {
    /// What it is called, in hertz.
    pub hz: u32,
    /// What it is, where that differs.
    pub actual: Option<u32>,
    /// The HAL's name of it.
    pub hal: String,
    /// The blocks that have it; absent where all have.
    pub blocks: Option<Vec<String>>,
}

impl NamedClock {
    /// Whether a block has it.
    pub fn is_of(&self, block: &str) -> bool {
        self.blocks.as_ref().is_none_or(|blocks| blocks.iter().any(|name| name == block))
    }
}

/// The clocks of a period are divided by the mode's counts, rounded up, for the prescaler, and what is left goes to the two
/// levels.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PrescaledLevels {
    /// Where it was read.
    pub source: String,
    /// The prescaler.
    pub prescaler: Bounds,
    /// Clocks of a period, at least.
    pub least_period: u32,
    /// Clocks beyond those that are counted, at least: SCL is looked at before a count begins.
    pub extra: u32,
    /// The modes, slowest first.
    pub modes: Vec<LevelsMode>,
}

/// A mode of I2C.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LevelsMode {
    /// The greatest frequency of the mode.
    pub max_hz: u32,
    /// The block's own clock, at least.
    pub clock_min_hz: u32,
    /// What the counters of both levels hold together.
    pub counts: u32,
    /// How many times as long SCL is low as it is high.
    pub low_parts: u32,
    /// The frequency whose period data stands before SCL rises.
    pub setup_hz: u32,
}

/// Up to the standard mode's frequency SCL is low for the count and high for the count; above, low for twice the count.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ClockControl {
    /// Where it was read.
    pub source: String,
    /// The greatest frequency of the standard mode.
    pub standard_max_hz: u32,
    /// The greatest frequency.
    pub max_hz: u32,
    /// The count in the standard mode.
    pub standard_count: Bounds,
    /// The count above it.
    pub fast_count: Bounds,
    /// The block's own clock, in hertz.
    pub clock_hz: Bounds,
}

/// SCL is low for the low count and one clock more, high for the high count, the spike filter's length and some clocks
/// more.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SclCounters {
    /// Where it was read.
    pub source: String,
    /// The greatest frequency that the HAL takes.
    pub max_hz: u32,
    /// Each of the two counts.
    pub count: Bounds,
    /// The part of a period, in percent, that the HAL makes the low count.
    pub low_percent: u32,
    /// What the HAL divides the low count by for the spike filter's length, which is a byte.
    pub spike_divider: u32,
    /// Clocks beyond the high count and the spike filter.
    pub high_extra: u32,
    /// Clocks beyond the low count.
    pub low_extra: u32,
    /// How long data is held after a falling edge of SCL, in nanoseconds; the low count must be longer by two clocks.
    pub hold_ns: u32,
    /// From where on other limits count.
    pub fast_mode_plus: FastModePlus,
}

/// The limits of I2C's fast mode plus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FastModePlus {
    /// The least frequency of the mode.
    pub from_hz: u32,
    /// The peripheral clock must be faster than this.
    pub clock_above_hz: u32,
    /// How long data is held, in nanoseconds.
    pub hold_ns: u32,
}

/// `[spi]`: how an SPI master makes its clock.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(tag = "model", rename_all = "kebab-case")]
pub enum SpiModel {
    /// An even prescaler and a divider behind it.
    PrescaledDivider(PrescaledDivider),
    /// The clock over a power of two.
    PowerOfTwo(PowerOfTwo),
    /// Clocks that the HAL has names for, and no others.
    ClockTable(ClockTable),
    /// A clock of its own, or that over two dividers (ESP32).
    TwoDividers(TwoDividers),
}

/// Frequency = own clock, or that / (pre-divider × divider); the next one that is not above the wanted one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TwoDividers {
    /// Where it was read.
    pub source: String,
    /// The clock, in hertz.
    pub clock_hz: u32,
    /// The pre-divider.
    pub pre_divider: Bounds,
    /// The divider.
    pub divider: Bounds,
}

/// Frequency = peripheral clock / a power of two; the next one that is not above the wanted one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PowerOfTwo {
    /// Where it was read.
    pub source: String,
    /// The least and the greatest divider.
    pub divider: Bounds,
    /// The highest clock that the datasheet allows, in hertz; absent where the divider keeps it.
    pub max_hz: Option<u32>,
    /// Whether a master that only reads has its clock without sending anything.
    #[serde(default)]
    pub clocks_by_itself: bool,
}

/// Frequency = peripheral clock / (prescaler × divider); the HAL takes the next one that is not above the wanted one,
/// with the least prescaler.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PrescaledDivider {
    /// Where it was read.
    pub source: String,
    /// The prescaler, an even number.
    pub prescaler: Bounds,
    /// The divider.
    pub divider: Bounds,
}

/// `[led-strip]`: what makes the pulses of a chain of WS2812 lights.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(tag = "model", rename_all = "kebab-case")]
pub enum LedStripModel {
    /// A state machine of a PIO block, fed by DMA.
    PioProgram(PioProgram),
    /// A pwm block alone, which reads the duty of each of its periods by its own DMA: a period is a bit.
    PwmSequence(PwmSequence),
    /// An SPI master without a clock line, fed by DMA: some of its bits are one of the lights'.
    SpiBits(SpiBits),
    /// A channel of an RMT block, which sends levels that are so many ticks long (ESP32).
    PulseCodes(PulseCodes),
}

/// Bits of an SPI master, whose clocks are those of `[spi]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SpiBits {
    /// Where it was read.
    pub source: String,
}

/// Levels of an RMT channel.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PulseCodes {
    /// Where it was read.
    pub source: String,
    /// Ticks a second.
    pub clock_hz: u32,
    /// Blocks of memory for what is sent, one for each channel of the RMT: a channel can have those behind its own as well.
    pub memories: u8,
}

/// A program of a PIO block.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PioProgram {
    /// Where it was read.
    pub source: String,
}

/// A sequence of duties.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PwmSequence {
    /// Where it was read.
    pub source: String,
    /// The clock that a period is counted by, in hertz.
    pub clock_hz: u32,
    /// The duties of a sequence at most.
    pub duties: u32,
}

impl PwmSequence {
    /// Behind the last bit the line must stay low, which takes a duty of its own.
    pub const LAST_DUTIES: u32 = 1;
}
