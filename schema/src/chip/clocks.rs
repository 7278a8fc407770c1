//! `[clocks]`: a chip's clock tree, by its model, and what limits it.

use serde::{Deserialize, Serialize};

use super::Bounds;

/// `[clocks]`: which kind of clock tree the chip has, and its limits.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(tag = "model", rename_all = "kebab-case")]
pub enum ClockModel {
    /// Crystal, one PLL for the core, a second one for USB (RP2040).
    RpPll(RpPllClocks),
    /// One frequency and no other, from a crystal or from the chip's own oscillator (nRF52).
    Fixed(FixedClocks),
    /// An oscillator, a PLL for the core, and buses that divide the core's clock (STM32).
    BusPll(BusPllClocks),
}

/// The clocks of an STM32: source / pre-divider × multiplier / divider = core; core / bus divider = bus.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BusPllClocks {
    /// Where the limits were read.
    pub source: String,
    /// How the HAL is told.
    pub tree: ClockTree,
    /// The chip's own oscillator, in hertz: what a board without a crystal starts from.
    pub internal_hz: u32,
    /// Crystals that the oscillator can drive, in hertz.
    pub crystal_hz: Bounds,
    /// Clocks that a board may feed in, in hertz, where it may.
    pub clock_input_hz: Option<Bounds>,
    /// The divider before the PLL.
    pub pre_divider: Bounds,
    /// The divider before the PLL for the chip's own oscillator, where that is another.
    pub internal_pre_divider: Option<Bounds>,
    /// The frequency at the PLL's input, in hertz.
    pub pll_input_hz: Bounds,
    /// The multiplier.
    pub multiplier: Bounds,
    /// The multipliers that there are within these bounds; empty where that is all of them.
    #[serde(default)]
    pub multipliers: Vec<u32>,
    /// The oscillator inside the PLL, in hertz.
    pub vco_hz: Bounds,
    /// A second range of the PLL's input and oscillator, where it has one.
    pub low_range: Option<PllRange>,
    /// What the PLL's oscillator can be divided by for the core.
    pub core_dividers: Vec<u32>,
    /// What the core's clock can be divided by for a bus.
    pub bus_dividers: Vec<u32>,
    /// How fast the chips may be, by their line; the first whose name a chip's line begins with counts.
    pub lines: Vec<LineLimits>,
    /// Whether the HAL can divide the crystal's clock before anything else has it, and must be told not to.
    #[serde(default)]
    pub divided_source: bool,
    /// The core's frequency in hertz above which its regulator's voltage is to be boosted, where it has such a thing.
    pub boost_above_hz: Option<u32>,
    /// How fast a second core may be that is clocked by the first one's, in hertz, where there is one.
    pub second_core_max_hz: Option<u32>,
    /// Clocks of blocks that always have one frequency, whatever the core's is.
    #[serde(default)]
    pub kernel_clocks: Vec<KernelClock>,
}

/// A range of a PLL: what goes in, and what its oscillator makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PllRange {
    /// The frequency at the PLL's input, in hertz.
    pub input_hz: Bounds,
    /// The oscillator inside the PLL, in hertz.
    pub vco_hz: Bounds,
}

/// A clock of some blocks that has nothing to do with the core's.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct KernelClock {
    /// Its name.
    pub name: String,
    /// Its frequency, in hertz.
    pub hz: u32,
}

/// How an HAL is told of clocks: the module of its sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClockTree {
    /// embassy-stm32's `rcc/f247.rs`: the core runs from the PLL's output P.
    F247,
    /// embassy-stm32's `rcc/g0.rs` and `rcc/g4.rs`: the core runs from the PLL's output R.
    PllR,
    /// embassy-stm32's `rcc/l.rs` on the STM32L0 and L1: the core runs from the PLL's one output, and the scales of its
    /// voltage are called ranges.
    PllDiv,
    /// embassy-stm32's `rcc/l.rs`: the core runs from the PLL's output R, and until then from an oscillator that is none of
    /// those that the PLL starts from here, which are off.
    MsiPllR,
    /// embassy-stm32's `rcc/u3.rs`: there is no PLL, the chip's own oscillator has several ranges, and the scales of the voltage
    /// are called ranges as well.
    U3,
    /// embassy-stm32's `rcc/u5.rs`: the core runs from the first PLL's output R, and the scales of its voltage are called ranges.
    U5,
    /// embassy-stm32's `rcc/wba.rs`: the core runs from the PLL's output R, the crystal has one frequency, and the radio has a bus.
    Wba,
    /// embassy-stm32's `rcc/c0.rs`: there is no PLL, and what the core runs from is divided.
    C0,
    /// embassy-stm32's `rcc/f013.rs`: the core runs from the PLL as it is.
    F013,
    /// embassy-stm32's `rcc/h.rs`: the core runs from the first PLL's output P, and a bus of its own lies between it and
    /// the peripherals'.
    H7,
    /// The same on the STM32H7R and H7S, whose PLL has two more outputs, and whose two voltages have names.
    H7rs,
}

/// `[usb]`: what a family's USB controller needs of its surroundings.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct UsbFile {
    /// Where it was read.
    pub source: String,
    /// Where its clock comes from.
    pub clock: UsbClock,
    /// Chips of the family that have it from elsewhere, as their names begin.
    #[serde(default)]
    pub others: Vec<UsbOthers>,
    /// The HAL's name of the switch that gives it its clock, where there is one.
    pub switch: Option<String>,
    /// The frequency of the clock, in hertz.
    pub hz: u32,
    /// The least that the core and its bus may have, in hertz.
    pub core_min_hz: u32,
    /// Serial ports for which it has endpoints: two that send for each.
    pub ports: u8,
    /// Whether the resistor by which the host knows of a device is the board's, so that a host sees one all the time.
    #[serde(default)]
    pub outer_pull_up: bool,
}

impl UsbFile {
    /// Where the controller of a chip has its clock from.
    pub fn clock_of(&self, chip: &str) -> &UsbClock {
        let other = self.others.iter().find(|other| other.of.iter().any(|of| chip.starts_with(of)));
        other.map_or(&self.clock, |other| &other.clock)
    }
}

/// Chips whose USB controller has its clock from elsewhere than the rest of the family's.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct UsbOthers {
    /// The chips, as their names begin.
    pub of: Vec<String>,
    /// Where its clock comes from.
    pub clock: UsbClock,
}

/// Where a USB controller has its clock from. The chip's own oscillator is not exact enough to start a PLL from for it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(tag = "from", rename_all = "kebab-case", deny_unknown_fields)]
pub enum UsbClock {
    /// An output of the core's PLL with a divider of its own.
    PllQ {
        /// What the PLL's oscillator can be divided by.
        dividers: Vec<u32>,
    },
    /// What the core runs from, by a divider that the HAL chooses where there is one.
    Pll {
        /// What the PLL makes then, in hertz.
        #[serde(rename = "pll-hz")]
        pll_hz: Vec<u32>,
    },
    /// An oscillator of its own, which follows the host's frames.
    Hsi48 {},
}

/// How fast the chips of a line may be.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LineLimits {
    /// The lines, as their names begin.
    pub of: Vec<String>,
    /// The core at least, in hertz, where the HAL holds it to that; its buses are not slower either.
    pub core_min_hz: Option<u32>,
    /// The core at most, in hertz.
    pub core_max_hz: u32,
    /// What the chip could do beyond that, and why it does not: a clause.
    pub why_no_faster: Option<String>,
    /// The core where nobody asks for another frequency, in hertz, where that is less than it could be.
    pub usual_core_hz: Option<u32>,
    /// What the PLL's oscillator can be divided by for the core beside what it can be in the whole family.
    #[serde(default)]
    pub more_core_dividers: Vec<u32>,
    /// The buses by name, in hertz.
    pub buses: Vec<BusLimit>,
    /// What the core's voltage allows, the lowest voltage first; empty where the chip has one voltage.
    #[serde(default)]
    pub voltages: Vec<VoltageLimit>,
    /// Where the line's PLL, and what it starts from, differ from the family's.
    pub pll: Option<LinePll>,
}

/// What a line has in place of its family's values; absent is the family's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LinePll {
    /// Crystals that the oscillator can drive, in hertz.
    pub crystal_hz: Option<Bounds>,
    /// Clocks that a board may feed in, in hertz.
    pub clock_input_hz: Option<Bounds>,
    /// The divider before the PLL.
    pub pre_divider: Option<Bounds>,
    /// The frequency at the PLL's input, in hertz.
    pub pll_input_hz: Option<Bounds>,
    /// The multiplier.
    pub multiplier: Option<Bounds>,
    /// The oscillator inside the PLL, in hertz.
    pub vco_hz: Option<Bounds>,
    /// The second range.
    pub low_range: Option<PllRange>,
}

impl BusPllClocks {
    /// The clocks of the chips of a line; the limits of others than it stay in the list.
    fn of_line(self, line: &str) -> BusPllClocks {
        let limits = self.lines.iter().find(|limits| limits.of.iter().any(|start| line.starts_with(start)));
        let Some(pll) = limits.and_then(|limits| limits.pll) else { return self };
        BusPllClocks {
            crystal_hz: pll.crystal_hz.unwrap_or(self.crystal_hz),
            clock_input_hz: pll.clock_input_hz.or(self.clock_input_hz),
            pre_divider: pll.pre_divider.unwrap_or(self.pre_divider),
            pll_input_hz: pll.pll_input_hz.unwrap_or(self.pll_input_hz),
            multiplier: pll.multiplier.unwrap_or(self.multiplier),
            vco_hz: pll.vco_hz.unwrap_or(self.vco_hz),
            low_range: pll.low_range.or(self.low_range),
            ..self
        }
    }
}

impl ClockModel {
    /// The clocks of the chips of a family's line.
    #[must_use]
    pub(super) fn of_line(self, line: &str) -> ClockModel {
        match self {
            ClockModel::BusPll(clocks) => ClockModel::BusPll(clocks.of_line(line)),
            other @ (ClockModel::RpPll(_) | ClockModel::Fixed(_)) => other,
        }
    }
}

/// What a voltage of the core allows. The bus between the core and the others' has this limit only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct VoltageLimit {
    /// The number of the scale, as the reference manual has it: 0 is the highest voltage.
    pub scale: u8,
    /// The core, in hertz.
    pub core_max_hz: u32,
    /// The bus between the core and the others, in hertz.
    pub ahb_max_hz: u32,
    /// Each bus behind it, in hertz.
    pub bus_max_hz: u32,
    /// The oscillator inside the PLL, in hertz, where the voltage limits that.
    pub vco_max_hz: Option<u32>,
    /// Whether the linear regulator alone makes it, where the chip has a switched one beside it.
    #[serde(default)]
    pub ldo_only: bool,
}

/// How fast a bus may be.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BusLimit {
    /// Its name.
    pub name: String,
    /// The greatest frequency, in hertz.
    pub max_hz: u32,
}

/// A core that runs at one frequency.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FixedClocks {
    /// Where it was read.
    pub source: String,
    /// The core's frequency in hertz, where nobody asks for another.
    pub core_hz: u32,
    /// Other frequencies that it can have, in hertz.
    #[serde(default)]
    pub other_core_hz: Vec<u32>,
    /// Clocks of blocks that always have one frequency, whatever the core's is.
    #[serde(default)]
    pub kernel_clocks: Vec<KernelClock>,
    /// The crystal from which it is made exactly, in hertz; a board without one runs from the chip's own oscillator.
    pub crystal_hz: u32,
    /// The crystal that counts time, in hertz; a board without one counts by the other clock.
    pub slow_crystal_hz: u32,
    /// Whether USB has its clock from that first crystal, so that a board without one has no USB.
    #[serde(default)]
    pub usb_needs_crystal: bool,
}

/// The RP2040's clocks: crystal / reference divider × feedback divider / post divider 1 / post divider 2 = core.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RpPllClocks {
    /// Where the limits were read.
    pub source: String,
    /// The core's frequency in hertz where nobody asks for another, with the crystal below.
    pub default_core_hz: u32,
    /// The crystal for which the HAL's default is made, in hertz.
    pub default_crystal_hz: u32,
    /// Crystals that the oscillator can drive, in hertz.
    pub crystal_hz: Bounds,
    /// The reference divider, before the PLL.
    pub reference_divider: Bounds,
    /// The least frequency at the PLL's input, in hertz.
    pub reference_min_hz: u32,
    /// The oscillator inside the PLL, in hertz.
    pub vco_hz: Bounds,
    /// The multiplier.
    pub feedback_divider: Bounds,
    /// Each of the two dividers after the PLL; the first is never less than the second.
    pub post_divider: Bounds,
    /// How fast the core may run at which voltage, slowest first.
    pub core_limits: Vec<CoreLimit>,
    /// The frequency that USB and ADC are given by the second PLL, in hertz.
    pub usb_hz: u32,
}

/// How fast the core may run at a voltage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CoreLimit {
    /// The greatest frequency, in hertz.
    pub max_hz: u32,
    /// The core voltage that it needs, in millivolts.
    pub millivolts: u32,
}
