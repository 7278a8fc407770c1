//! The core's frequency to the numbers of its PLL.
//!
//! RP2040 datasheet, section 2.18: core = crystal / refdiv × fbdiv / (postdiv1 × postdiv2), where the oscillator in the
//! middle must stay within its range. USB and ADC have a PLL of their own, so the core's frequency is free.

mod bus_pll;

use std::ops::RangeInclusive;

use fwc_diag::words::listed;
use fwc_diag::{Diagnostic, codes};
use fwc_schema::Spanned;
use fwc_schema::chip::{Bounds, ClockModel, CoreLimit, FixedClocks, KernelClock, RpPllClocks};
use fwc_schema::units::Frequency;

use crate::app::{App, LogOver, Peripheral, PeripheralKind};
use crate::catalog::{BlockId, TimeDriver};
use crate::resolve::context::Context;
use crate::resolved::{BusClock, ClockSolution, PllSolution, RpSolution};

/// Steps of [`Frequency`] in a hertz.
const PER_HERTZ: u64 = Frequency(1_000).0;

/// How fast the core runs, and how that comes about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Core {
    /// In hertz.
    pub(super) hz: u32,
    /// Absent where the HAL's default is kept.
    pub(super) solution: Option<ClockSolution>,
    /// What runs at another clock than the core's.
    pub(super) buses: Vec<BusClock>,
}

impl Core {
    /// With no clock beside the core's.
    fn alone(hz: u32, solution: Option<ClockSolution>) -> Core {
        Core { hz, solution, buses: Vec::new() }
    }

    /// The clock of a block, in hertz.
    pub(super) fn of_block(&self, context: &Context<'_>, block: BlockId) -> u32 {
        self.bus(context, block).map_or(self.hz, |bus| bus.hz)
    }

    /// What a block is clocked by, as a sentence has it: `the core at 125MHz`.
    pub(super) fn words(&self, context: &Context<'_>, block: BlockId) -> String {
        let frequency = Frequency(u64::from(self.of_block(context, block)) * PER_HERTZ);
        match self.bus(context, block) {
            Some(bus) => format!("{} at {frequency}", bus.name),
            None => format!("the core at {frequency}"),
        }
    }

    /// Whether a timer would come out at whole ticks at these clocks.
    pub(super) fn counts_time(&self, driver: &TimeDriver) -> bool {
        bus_pll::counts_time(driver, self.hz, &self.buses)
    }

    fn bus(&self, context: &Context<'_>, block: BlockId) -> Option<&BusClock> {
        let name = context.chip.block(block).clock.as_ref()?;
        self.buses.iter().find(|bus| bus.name == *name)
    }
}

/// The core's clock; nothing where it cannot be had.
pub(super) fn solve(app: &App, faults: &mut Vec<Diagnostic>) -> Option<Core> {
    let limits = match &app.board.chip.clocks {
        ClockModel::RpPll(limits) => limits,
        ClockModel::Fixed(fixed) => return fixed_core(app, fixed, faults),
        ClockModel::BusPll(limits) => return bus_pll::solve(app, limits, faults),
    };
    let crystal_hz =
        app.board.crystal_hz.expect("loading made sure that a chip with this clock tree has a crystal");
    let pll = Pll { limits, crystal_hz };
    let Some(wanted) = &app.clock else { return Some(pll.default_core()) };
    let core = exact_hertz(wanted.value).and_then(|hz| pll.core(hz));
    if core.is_none() {
        faults.push(out_of_reach(app, &pll, wanted));
    }
    core
}

/// The frequency that the core has by itself, or another of the few that it can have.
fn fixed_core(app: &App, clocks: &FixedClocks, faults: &mut Vec<Diagnostic>) -> Option<Core> {
    let all: Vec<u32> = std::iter::once(clocks.core_hz).chain(clocks.other_core_hz.iter().copied()).collect();
    let wanted = app.clock.as_ref();
    let core_hz =
        wanted.map_or(Some(clocks.core_hz), |wanted| exact_hertz(wanted.value).filter(|hz| all.contains(hz)));
    if let (Some(wanted), None) = (wanted, core_hz) {
        let title = format!("{} cannot run at {}", app.board.chip.title, wanted.value);
        let in_words: Vec<String> = all.iter().map(|hz| hertz(*hz).to_string()).collect();
        let written: Vec<String> = in_words.iter().map(|hz| format!("`clock = \"{hz}\"`")).collect();
        faults.push(
            Diagnostic::error(codes::CLOCK_OUT_OF_REACH, title, wanted.span)
                .here(format!("its core runs at {} and at nothing else", listed(&in_words, "or", all.len())))
                .help(format!("remove `clock`, or write {}", listed(&written, "or", all.len()))),
        );
    }
    Some(Core { hz: core_hz?, solution: None, buses: buses_of(&clocks.kernel_clocks).collect() })
}

/// The clocks of blocks that always have one frequency.
fn buses_of(kernel_clocks: &[KernelClock]) -> impl Iterator<Item = BusClock> {
    kernel_clocks.iter().map(|clock| BusClock { name: clock.name.clone(), hz: clock.hz })
}

fn is_port(peripheral: &Peripheral) -> bool {
    matches!(peripheral.kind, PeripheralKind::UsbSerial(_))
}

/// Whether anything goes over USB.
fn uses_usb(app: &App) -> bool {
    app.log_over == LogOver::Usb || app.peripherals.iter().any(is_port)
}

/// How the clock of USB and of the analog converter is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UsbClock {
    /// As the HAL makes it from the usual crystal.
    Default,
    /// In another way.
    Solved(PllSolution),
    /// The crystal cannot be turned into it.
    OutOfReach,
}

impl UsbClock {
    /// The way, where it is not the HAL's.
    pub(super) fn solution(self) -> Option<PllSolution> {
        match self {
            UsbClock::Solved(solution) => Some(solution),
            UsbClock::Default | UsbClock::OutOfReach => None,
        }
    }
}

/// The clock of the second PLL, which has one frequency and no other.
pub(super) fn for_usb(app: &App) -> UsbClock {
    let limits = match &app.board.chip.clocks {
        ClockModel::RpPll(limits) => limits,
        ClockModel::Fixed(fixed) if fixed.usb_needs_crystal && app.board.crystal_hz.is_none() => {
            return UsbClock::OutOfReach;
        }
        ClockModel::BusPll(_) if bus_pll::starts_too_loosely_for_usb(app) => return UsbClock::OutOfReach,
        ClockModel::Fixed(_) | ClockModel::BusPll(_) => return UsbClock::Default,
    };
    let crystal_hz = app.board.crystal_hz.unwrap_or(limits.default_crystal_hz);
    if crystal_hz == limits.default_crystal_hz {
        return UsbClock::Default;
    }
    let setting =
        Pll { limits, crystal_hz }.settings().find(|setting| setting.exact_hz() == Some(limits.usb_hz));
    setting.map_or(UsbClock::OutOfReach, |setting| {
        UsbClock::Solved(PllSolution {
            refdiv: setting.refdiv as u8,
            fbdiv: setting.fbdiv as u16,
            postdiv1: setting.postdiv1 as u8,
            postdiv2: setting.postdiv2 as u8,
        })
    })
}

fn exact_hertz(frequency: Frequency) -> Option<u32> {
    let whole = frequency.0.is_multiple_of(PER_HERTZ);
    whole.then_some(frequency.0 / PER_HERTZ).and_then(|hz| u32::try_from(hz).ok())
}

/// A PLL with its crystal.
struct Pll<'a> {
    limits: &'a RpPllClocks,
    crystal_hz: u32,
}

/// A way to set a PLL, and what comes out.
#[derive(Clone, Copy)]
struct Setting {
    refdiv: u32,
    fbdiv: u32,
    postdiv1: u32,
    postdiv2: u32,
    /// What goes into the post dividers.
    vco_hz: u32,
}

impl Setting {
    fn post_divider(self) -> u32 {
        self.postdiv1 * self.postdiv2
    }

    /// The frequency, when it is a whole number of hertz.
    fn exact_hz(self) -> Option<u32> {
        self.vco_hz.is_multiple_of(self.post_divider()).then(|| self.vco_hz / self.post_divider())
    }
}

impl Pll<'_> {
    /// The core at exactly `hz`.
    fn core(&self, hz: u32) -> Option<Core> {
        let limit = self.limit(hz)?;
        if hz == self.limits.default_core_hz && self.crystal_hz == self.limits.default_crystal_hz {
            return Some(Core::alone(hz, None));
        }
        let setting = self.settings().find(|setting| setting.exact_hz() == Some(hz))?;
        Some(Core::alone(hz, Some(solution(setting, limit))))
    }

    /// The default frequency; with a crystal that does not give it, the next lower one.
    fn default_core(&self) -> Core {
        let default = self.limits.default_core_hz;
        let nearest =
            || self.exact_frequencies().filter(|hz| *hz <= default).max().and_then(|hz| self.core(hz));
        self.core(default)
            .or_else(nearest)
            .expect("a PLL whose range spans an octave reaches far below its default")
    }

    /// The lowest limit that allows the frequency.
    fn limit(&self, hz: u32) -> Option<CoreLimit> {
        self.limits.core_limits.iter().copied().find(|limit| hz <= limit.max_hz)
    }

    /// Every setting that the datasheet allows, in the order of preference.
    ///
    /// Section 2.18.2: the higher the oscillator's frequency, the less jitter; postdiv1 is to be the greater of the
    /// two. A reference divider of 1 comes first, since it gives the PLL the most edges to follow. For 125 MHz from
    /// 12 MHz this order finds the very numbers that embassy-rp has by default (1500 MHz / 6 / 2).
    fn settings(&self) -> impl Iterator<Item = Setting> + '_ {
        self.reference_dividers()
            .flat_map(move |refdiv| {
                let reference_hz = self.crystal_hz / refdiv;
                numbers(self.limits.feedback_divider).rev().filter_map(move |fbdiv| {
                    let vco_hz = u64::from(reference_hz) * u64::from(fbdiv);
                    let allowed = self.limits.vco_hz.contains(vco_hz);
                    allowed.then_some((refdiv, fbdiv, vco_hz as u32))
                })
            })
            .flat_map(move |(refdiv, fbdiv, vco_hz)| {
                self.post_dividers().map(move |(postdiv1, postdiv2)| Setting {
                    refdiv,
                    fbdiv,
                    postdiv1,
                    postdiv2,
                    vco_hz,
                })
            })
    }

    /// The reference dividers that leave a whole number of hertz, as the HAL computes with.
    fn reference_dividers(&self) -> impl Iterator<Item = u32> + '_ {
        numbers(self.limits.reference_divider).filter(|refdiv| {
            self.crystal_hz.is_multiple_of(*refdiv)
                && self.crystal_hz / refdiv >= self.limits.reference_min_hz
        })
    }

    fn post_dividers(&self) -> impl Iterator<Item = (u32, u32)> + use<> {
        let range = self.limits.post_divider;
        numbers(range)
            .rev()
            .flat_map(move |postdiv1| (range.min..=postdiv1).rev().map(move |postdiv2| (postdiv1, postdiv2)))
    }

    /// Every frequency of whole hertz that the PLL makes and the core stands.
    fn exact_frequencies(&self) -> impl Iterator<Item = u32> + '_ {
        self.settings().filter_map(Setting::exact_hz).filter(|hz| self.limit(*hz).is_some())
    }
}

fn numbers(bounds: Bounds) -> RangeInclusive<u32> {
    bounds.min..=bounds.max
}

fn solution(setting: Setting, limit: CoreLimit) -> ClockSolution {
    ClockSolution::Rp(RpSolution {
        refdiv: setting.refdiv as u8,
        fbdiv: setting.fbdiv as u16,
        postdiv1: setting.postdiv1 as u8,
        postdiv2: setting.postdiv2 as u8,
        core_millivolts: limit.millivolts as u16,
    })
}

fn out_of_reach(app: &App, pll: &Pll<'_>, wanted: &Spanned<Frequency>) -> Diagnostic {
    let fastest = pll.limits.core_limits.iter().map(|limit| limit.max_hz).max().unwrap_or(0);
    // What is slower than USB needs is refused with it.
    let least = if uses_usb(app) { pll.limits.usb_hz } else { 0 };
    let frequencies = || pll.exact_frequencies().filter(|hz| *hz >= least);
    let lower = frequencies().filter(|hz| hertz(*hz) < wanted.value).max();
    let higher = frequencies().filter(|hz| hertz(*hz) > wanted.value).min();
    let fault = if wanted.value > hertz(fastest) {
        too_fast(app, wanted, fastest)
    } else {
        let crystal = hertz(pll.crystal_hz);
        let title =
            format!("the crystal of {} cannot be turned into exactly {}", app.board.name, wanted.value);
        Diagnostic::error(codes::CLOCK_OUT_OF_REACH, title, wanted.span)
            .note(format!("the clock is the crystal's {crystal}, multiplied and divided by whole numbers"))
    };
    fault.help_if(nearest(lower, higher))
}

/// Faster than the core can be.
fn too_fast(app: &App, wanted: &Spanned<Frequency>, fastest: u32) -> Diagnostic {
    let title = format!("{} cannot run at {}", app.board.chip.title, wanted.value);
    Diagnostic::error(codes::CLOCK_OUT_OF_REACH, title, wanted.span)
        .here(format!("its core runs at up to {}", hertz(fastest)))
}

fn hertz(hz: u32) -> Frequency {
    Frequency(u64::from(hz) * PER_HERTZ)
}

/// The frequencies that can be had next to one that cannot.
fn nearest(lower: Option<u32>, higher: Option<u32>) -> Option<String> {
    match (lower, higher) {
        (Some(lower), Some(higher)) => {
            Some(format!("the nearest are `\"{}\"` and `\"{}\"`", hertz(lower), hertz(higher)))
        }
        (Some(highest), None) => Some(format!("the highest is `\"{}\"`", hertz(highest))),
        (None, Some(lowest)) => Some(format!("the lowest is `\"{}\"`", hertz(lowest))),
        (None, None) => None,
    }
}
