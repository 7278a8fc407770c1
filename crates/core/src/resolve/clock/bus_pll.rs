//! The frequencies of an STM32's core and buses to the numbers of its PLL and dividers.
//!
//! source / pre-divider × multiplier / divider = core, and core / bus divider = bus, on some chips with one more bus between
//! the two. The core's voltage is the lowest that allows its frequency. The timer that counts time must come out at whole
//! ticks: the HAL divides its clock by a whole number and takes the quotient for exact.

use fwc_diag::{Diagnostic, codes};
use fwc_schema::Spanned;
use fwc_schema::app::CoreSupply;
use fwc_schema::chip::{
    BlockKind, BusPllClocks, ClockTree, LineLimits, PllRange, UsbClock, UsbFile, VoltageLimit,
};
use fwc_schema::units::Frequency;

use super::{Core, buses_of, exact_hertz, hertz, is_port, nearest, numbers, too_fast, uses_usb};
use crate::app::App;
use crate::catalog::TimeDriver;
use crate::resolved::{BusClock, BusPllSetting, BusPllSolution, ClockSolution, ClockSource, MAX_BUSES};

/// The core at what is asked for, or else as fast as the chip can be.
pub(super) fn solve(app: &App, clocks: &BusPllClocks, faults: &mut Vec<Diagnostic>) -> Option<Core> {
    let tree = Tree::of(app, clocks);
    let Some(wanted) = &app.clock else {
        let usual = tree.limits.usual_core_hz.unwrap_or(u32::MAX).min(tree.fastest());
        let nearest = || tree.frequencies().filter(|hz| *hz <= usual).max().and_then(|hz| tree.core(hz));
        let core = tree.core(usual).or_else(nearest);
        if core.is_none() {
            faults.push(nothing_in_reach(app, &tree));
        }
        return core;
    };
    let core = exact_hertz(wanted.value).and_then(|hz| tree.core(hz));
    if core.is_none() {
        faults.push(out_of_reach(app, &tree, wanted));
    }
    core
}

/// Whether USB would have its clock from the chip's own oscillator, which is not exact enough.
pub(super) fn starts_too_loosely_for_usb(app: &App) -> bool {
    let is_internal = app.board.crystal_hz.is_none() && app.board.clock_input_hz.is_none();
    is_internal && has_usb(app) && app.board.chip.usb_clock().is_some_and(is_from_pll)
}

fn is_from_pll(clock: &UsbClock) -> bool {
    matches!(clock, UsbClock::PllQ { .. } | UsbClock::Pll { .. })
}

/// What USB needs of the clocks, where it is in use and they can give it at all.
fn needs_of_usb(app: &App) -> Option<(&UsbFile, &UsbClock)> {
    let needs = app.board.chip.usb.as_ref().zip(app.board.chip.usb_clock());
    needs.filter(|_| uses_usb(app) && has_usb(app) && !starts_too_loosely_for_usb(app))
}

/// Whether the chip has a controller that fwc drives; where it has none, that is said, and no clock is missing.
fn has_usb(app: &App) -> bool {
    let chip = &app.board.chip;
    chip.drives("usb-serial") && chip.blocks_of(BlockKind::Usb).next().is_some()
}

/// Whether a timer comes out at whole ticks.
pub(in crate::resolve) fn counts_time(driver: &TimeDriver, core_hz: u32, buses: &[BusClock]) -> bool {
    let bus = buses.iter().find(|bus| Some(&bus.name) == driver.clock.as_ref());
    let timer = bus.map_or(core_hz, |bus| bus.hz);
    timer.is_multiple_of(driver.tick_hz) && timer / driver.tick_hz <= u32::from(u16::MAX) + 1
}

/// What the core's clock becomes.
struct Buses {
    /// The bus between the core and the others; the core's own clock where there is none.
    ahb_hz: u32,
    /// The buses in the order of the chip's limits, then their timers, then what blocks are clocked by otherwise.
    clocks: Vec<BusClock>,
}

/// A chip's clocks with what its board starts them from.
struct Tree<'a> {
    app: &'a App,
    clocks: &'a BusPllClocks,
    limits: &'a LineLimits,
    source: ClockSource,
    source_hz: u32,
    /// What USB asks for, and where it has its clock from, where it is in use.
    usb: Option<(&'a UsbFile, &'a UsbClock)>,
}

impl<'a> Tree<'a> {
    fn of(app: &'a App, clocks: &'a BusPllClocks) -> Tree<'a> {
        let board = &app.board;
        let line = board.chip.part.as_ref().map_or("", |part| part.line.as_str());
        let limits = clocks.lines.iter().find(|limits| limits.of.iter().any(|of| line.starts_with(of)));
        let limits =
            limits.unwrap_or_else(|| panic!("the limits of the line `{line}` are in its family's file"));
        let (source, source_hz) = match (board.crystal_hz, board.clock_input_hz) {
            (Some(hz), _) => (ClockSource::Crystal, hz),
            (None, Some(hz)) => (ClockSource::ClockInput, hz),
            (None, None) => (ClockSource::Internal, clocks.internal_hz),
        };
        Tree { app, clocks, limits, source, source_hz, usb: needs_of_usb(app) }
    }

    /// The same where USB is not in use.
    fn without_usb(&self) -> Tree<'a> {
        Tree { usb: None, ..Tree::of(self.app, self.clocks) }
    }

    /// What the clocks start from, as a sentence has it.
    fn start(&self) -> String {
        let board = &self.app.board;
        match self.source {
            ClockSource::Crystal => format!("the crystal of {}", board.name),
            ClockSource::ClockInput => format!("the clock that {} feeds in", board.name),
            ClockSource::Internal => format!("the oscillator of {}", board.chip.title),
        }
    }

    fn how_it_is_made(&self) -> String {
        format!(
            "the clock is {}, multiplied and divided by whole numbers, and time is counted in ticks of {}",
            hertz(self.source_hz),
            hertz(self.app.board.chip.time_driver.tick_hz)
        )
    }

    /// The core at exactly `hz`: from the source itself, or by the first setting of the PLL.
    fn core(&self, hz: u32) -> Option<Core> {
        let Buses { ahb_hz, clocks: buses } = self.buses(hz)?;
        let pll =
            if hz == self.source_hz && self.runs_from_source() { None } else { Some(self.setting(hz)?) };
        let oscillator_hz = pll.map_or(0, |setting| self.oscillator(setting));
        let mut bus_dividers = [1; MAX_BUSES];
        for (divider, bus) in bus_dividers.iter_mut().zip(&buses[..self.limits.buses.len()]) {
            *divider = ahb_hz / bus.hz;
        }
        let solution = BusPllSolution {
            source: self.source,
            source_hz: self.source_hz,
            pll,
            ahb_divider: hz / ahb_hz,
            bus_dividers,
            voltage_scale: self.voltage(hz, oscillator_hz).map(|voltage| voltage.scale),
        };
        Some(Core { hz, solution: Some(ClockSolution::BusPll(solution)), buses })
    }

    /// The first setting of the PLL that makes `hz`, of those that need no more voltage than the core does where there are some.
    fn setting(&self, hz: u32) -> Option<BusPllSetting> {
        let able = || self.settings().filter(|(_, made)| *made == hz).map(|(setting, _)| setting);
        let lowest = self.voltage(hz, 0).map(|voltage| voltage.scale);
        let scale = |setting| self.voltage(hz, self.oscillator(setting)).map(|voltage| voltage.scale);
        able().find(|setting| scale(*setting) == lowest).or_else(|| able().next())
    }

    /// The frequency of the PLL's oscillator, in hertz.
    fn oscillator(&self, setting: BusPllSetting) -> u32 {
        self.source_hz / setting.prediv * setting.mul
    }

    /// Whether the core can do without the PLL. On an STM32H7 it never does: its source is the PLL's output in any case, so
    /// that there is one way to set it up.
    fn runs_from_source(&self) -> bool {
        let always_multiplied = matches!(self.clocks.tree, ClockTree::H7 | ClockTree::H7rs);
        !always_multiplied && !self.usb.is_some_and(|(_, clock)| is_from_pll(clock))
    }

    /// The divider that gives USB its clock, where it has one; nothing outside where this oscillator cannot give it.
    fn usb_divider(&self, vco_hz: u32) -> Option<Option<u32>> {
        match self.usb {
            Some((usb, UsbClock::PllQ { dividers })) => {
                let exact = vco_hz.is_multiple_of(usb.hz) && dividers.contains(&(vco_hz / usb.hz));
                exact.then_some(Some(vco_hz / usb.hz))
            }
            Some((_, UsbClock::Pll { pll_hz })) => pll_hz.contains(&vco_hz).then_some(None),
            Some((_, UsbClock::Hsi48 {})) | None => Some(None),
        }
    }

    /// The lowest voltage of those that the chip has at which the core can run at `hz`, and the PLL's oscillator at its
    /// frequency.
    fn voltage(&self, hz: u32, oscillator_hz: u32) -> Option<&VoltageLimit> {
        let allows = |voltage: &&VoltageLimit| {
            hz <= voltage.core_max_hz && voltage.vco_max_hz.is_none_or(|most| oscillator_hz <= most)
        };
        self.voltages().find(allows)
    }

    /// The voltages that the regulator in use can make, the lowest first.
    fn voltages(&self) -> impl Iterator<Item = &VoltageLimit> {
        let is_switched = self.app.board.power.core_supply == Some(CoreSupply::Smps);
        self.limits.voltages.iter().filter(move |voltage| !(is_switched && voltage.ldo_only))
    }

    /// The fastest that the core can be at what its regulator makes, in hertz.
    fn fastest(&self) -> u32 {
        let by_voltage = self.voltages().map(|voltage| voltage.core_max_hz).max();
        by_voltage.unwrap_or(u32::MAX).min(self.limits.core_max_hz)
    }

    /// The buses of a core at `hz`, each as fast as it may be; none where the core is too fast, or time cannot be counted.
    fn buses(&self, hz: u32) -> Option<Buses> {
        let least = self.usb.map(|(usb, _)| usb.core_min_hz).max(self.limits.core_min_hz);
        if hz > self.fastest() || least.is_some_and(|least| hz < least) {
            return None;
        }
        // What a higher voltage than this, for the PLL's sake, allows as well.
        let voltage = self.voltage(hz, 0);
        let divided = |from_hz: u32, max_hz: u32| {
            let mut dividers = self.clocks.bus_dividers.iter();
            let fits = |divider: &&u32| from_hz.is_multiple_of(**divider) && from_hz / **divider <= max_hz;
            dividers.find(fits).map(|divider| from_hz / divider)
        };
        let ahb_hz = voltage.map_or(Some(hz), |voltage| divided(hz, voltage.ahb_max_hz))?;
        let bus = |limit: &fwc_schema::chip::BusLimit| {
            let max_hz = voltage.map_or(limit.max_hz, |voltage| limit.max_hz.min(voltage.bus_max_hz));
            Some(BusClock { name: limit.name.clone(), hz: divided(ahb_hz, max_hz)? })
        };
        let mut clocks: Vec<BusClock> = self.limits.buses.iter().map(bus).collect::<Option<_>>()?;
        // Reference manuals, RCC: a timer runs at its bus's clock, or at twice that where the bus is divided.
        let timers = clocks.iter().map(|bus| {
            let twice = if bus.hz == ahb_hz { 1 } else { 2 };
            BusClock { name: format!("{}_TIM", bus.name), hz: bus.hz * twice }
        });
        let timers: Vec<BusClock> = timers.collect();
        clocks.extend(timers);
        clocks.extend(buses_of(&self.clocks.kernel_clocks));
        let driver = &self.app.board.chip.time_driver;
        counts_time(driver, hz, &clocks).then_some(Buses { ahb_hz, clocks })
    }

    /// Every setting of the PLL within its limits, with what comes out, in the order of preference: the PLL's input as
    /// fast as it may be, which makes its output steadier, and then its oscillator.
    fn settings(&self) -> impl Iterator<Item = (BusPllSetting, u32)> + '_ {
        let internal = self.clocks.internal_pre_divider.filter(|_| self.source == ClockSource::Internal);
        let predivs = internal.unwrap_or(self.clocks.pre_divider);
        let usual = PllRange { input_hz: self.clocks.pll_input_hz, vco_hz: self.clocks.vco_hz };
        let ranges = std::iter::once(usual).chain(self.clocks.low_range);
        let inputs = ranges.flat_map(move |range| {
            let is_input = move |prediv: &u32| {
                let whole = self.source_hz.is_multiple_of(*prediv);
                whole && range.input_hz.contains(u64::from(self.source_hz / prediv))
            };
            numbers(predivs).filter(is_input).map(move |prediv| (prediv, range.vco_hz))
        });
        inputs.flat_map(move |(prediv, vcos_hz)| {
            let input_hz = u64::from(self.source_hz / prediv);
            let there =
                |mul: &u32| self.clocks.multipliers.is_empty() || self.clocks.multipliers.contains(mul);
            let multipliers = numbers(self.clocks.multiplier).rev().filter(there);
            let oscillators = multipliers.filter_map(move |mul| {
                let vco_hz = input_hz * u64::from(mul);
                vcos_hz.contains(vco_hz).then_some((mul, vco_hz as u32))
            });
            let oscillators =
                oscillators.filter_map(|(mul, vco_hz)| Some((mul, vco_hz, self.usb_divider(vco_hz)?)));
            oscillators.flat_map(move |(mul, vco_hz, usb_div)| {
                let dividers = self.limits.more_core_dividers.iter().chain(&self.clocks.core_dividers);
                let dividers = dividers.filter(move |div| vco_hz.is_multiple_of(**div));
                dividers.map(move |div| (BusPllSetting { prediv, mul, div: *div, usb_div }, vco_hz / div))
            })
        })
    }

    /// Every frequency of whole hertz that the core can have.
    fn frequencies(&self) -> impl Iterator<Item = u32> + '_ {
        let made = self.settings().map(|(_, hz)| hz);
        let source = Some(self.source_hz).filter(|_| self.runs_from_source());
        made.chain(source).filter(|hz| self.buses(*hz).is_some())
    }
}

fn out_of_reach(app: &App, tree: &Tree<'_>, wanted: &Spanned<Frequency>) -> Diagnostic {
    let lower = tree.frequencies().filter(|hz| hertz(*hz) < wanted.value).max();
    let higher = tree.frequencies().filter(|hz| hertz(*hz) > wanted.value).min();
    let fastest = tree.fastest();
    if wanted.value > hertz(fastest) {
        let fault = too_fast(app, wanted, fastest).help_if(nearest(lower, higher));
        let fault = tree.limits.why_no_faster.iter().fold(fault, Diagnostic::note);
        let most = tree.limits.core_max_hz;
        return match fastest < most {
            true => fault.note(format!(
                "up to {} the core needs a voltage that only the chip's linear regulator makes",
                hertz(most)
            )),
            false => fault,
        };
    }
    let without = tree.without_usb();
    let needed = tree.usb.filter(|_| exact_hertz(wanted.value).and_then(|hz| without.core(hz)).is_some());
    if let Some((usb, clock)) = needed {
        let title = format!("{} cannot run at {} and have USB", app.board.chip.title, wanted.value);
        return Diagnostic::error(codes::CLOCK_OUT_OF_REACH, title, wanted.span)
            .note(what_usb_needs(usb, clock, Some(wanted.value)))
            .help_if(nearest(lower, higher));
    }
    let title = format!("{} cannot be turned into exactly {}", tree.start(), wanted.value);
    Diagnostic::error(codes::CLOCK_OUT_OF_REACH, title, wanted.span)
        .note(tree.how_it_is_made())
        .help_if(nearest(lower, higher))
}

/// No frequency asked for, and none that the core could have.
fn nothing_in_reach(app: &App, tree: &Tree<'_>) -> Diagnostic {
    let able = tree.without_usb().frequencies().next().is_some();
    if let Some((usb, clock)) = tree.usb.filter(|_| able) {
        let port = app.peripherals.iter().find(|peripheral| is_port(peripheral));
        let place = port.map_or(app.span, |port| port.name.span);
        let title = format!("{} cannot be turned into clocks for the core and USB", tree.start());
        return Diagnostic::error(codes::CLOCK_OUT_OF_REACH, title, place)
            .note(what_usb_needs(usb, clock, None))
            .help("use a uart, or a board with another crystal");
    }
    let title = format!("{} cannot be turned into a clock for the core", tree.start());
    Diagnostic::error(codes::CLOCK_OUT_OF_REACH, title, app.clock_source.unwrap_or(app.span))
        .note(tree.how_it_is_made())
        .help("leave the crystal out of the board's file: the chip then runs from its own oscillator")
}

/// Why USB leaves the core no such frequency, or none at all.
fn what_usb_needs(usb: &UsbFile, clock: &UsbClock, wanted: Option<Frequency>) -> String {
    match clock {
        UsbClock::PllQ { .. } if wanted.is_none_or(|wanted| wanted >= hertz(usb.core_min_hz)) => {
            format!("USB needs exactly {}, and has it from the PLL that the core runs from", hertz(usb.hz))
        }
        UsbClock::Pll { pll_hz } => {
            let makes: Vec<String> = pll_hz.iter().map(|hz| hertz(*hz).to_string()).collect();
            let makes = makes.join(" or ");
            format!("USB needs exactly {}, which the core's PLL gives while it makes {makes}", hertz(usb.hz))
        }
        UsbClock::PllQ { .. } | UsbClock::Hsi48 {} => {
            format!("USB needs a core of at least {}", hertz(usb.core_min_hz))
        }
    }
}
