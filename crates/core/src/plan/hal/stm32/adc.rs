//! embassy-stm32's converters: each is started once, for all the channels that are read of it.

use std::collections::BTreeSet;

use crate::app::{Adc, AnalogSource, PeripheralId};
use crate::catalog::{Chip, InterruptId};
use crate::plan::Facts;
use crate::plan::expression::{Expression, Statement, grouped};
use crate::plan::hal::stm32::clock::switched;
use crate::plan::hal::{Handle, HandleNames, singleton};
use crate::resolved::{Mutex, Resolved};

/// What differs from one generation of the converter to another.
struct Generation {
    /// The version of its registers, as stm32-metapac names it.
    version: &'static str,
    /// The feature of fwc-hal-stm32.
    feature: &'static str,
    /// What the HAL's constructor takes beside the block.
    takes: Takes,
}

/// What a constructor takes beside the block.
enum Takes {
    Nothing,
    Interrupts,
    Config,
    Clock,
    Resolution,
}

/// embassy-stm32 0.6.0, src/adc/mod.rs: the driver of each version. The STM32G0's is told of its clock, which at reset is
/// the core's and too fast: datasheet DS12232, ADC characteristics, 35 MHz at most.
const GENERATIONS: &[Generation] = &[
    Generation { version: "f1", feature: "adc-f1", takes: Takes::Nothing },
    Generation { version: "f3v1", feature: "adc-f3", takes: Takes::Interrupts },
    Generation { version: "v1", feature: "adc-v1", takes: Takes::Interrupts },
    Generation { version: "c0", feature: "adc-c0", takes: Takes::Resolution },
    Generation { version: "l0", feature: "adc-l0", takes: Takes::Interrupts },
    Generation { version: "f3v2", feature: "adc-l1", takes: Takes::Interrupts },
    Generation { version: "v2", feature: "adc-v2", takes: Takes::Nothing },
    Generation { version: "v3", feature: "adc-v3", takes: Takes::Nothing },
    Generation { version: "v4", feature: "adc-v4", takes: Takes::Nothing },
    Generation { version: "g0", feature: "adc-g0", takes: Takes::Clock },
    Generation { version: "u0", feature: "adc-u0", takes: Takes::Nothing },
    Generation { version: "u3", feature: "adc-u3", takes: Takes::Nothing },
    Generation { version: "u5", feature: "adc-u5", takes: Takes::Nothing },
    Generation { version: "wba", feature: "adc-wba", takes: Takes::Nothing },
    Generation { version: "h5", feature: "adc-h5", takes: Takes::Nothing },
    Generation { version: "h7rs", feature: "adc-h5", takes: Takes::Nothing },
    Generation { version: "g4", feature: "adc-g4", takes: Takes::Config },
];

fn generation(chip: &Chip) -> &'static Generation {
    let version = chip.part.as_ref().and_then(|part| part.adc_version.as_deref()).unwrap_or_default();
    let found = GENERATIONS.iter().find(|generation| generation.version == version);
    found.unwrap_or_else(|| panic!("the converter of {} is driven or refused", chip.title))
}

/// Whether a chip's fourth converter is of another kind than its first would be, with a constructor of its own: embassy-stm32
/// 0.6.0, src/adc/adc4.rs.
fn is_another_kind(generation: &Generation, block: &str) -> bool {
    matches!(generation.version, "u5" | "wba") && block == "ADC4"
}

/// The feature of fwc-hal-stm32 that drives the chip's converters.
pub(super) fn feature(chip: &Chip) -> &'static str {
    generation(chip).feature
}

/// The handle of an analog input. The first that is made of a converter starts it.
pub(super) fn handle(resolved: &Resolved, id: PeripheralId, adc: &Adc, names: &HandleNames) -> Handle {
    let board = &resolved.app.board;
    let wiring = &resolved.adcs[&id];
    let turns = match wiring.mutex {
        Mutex::Noop => "OneExecutor",
        Mutex::CriticalSection => "SeveralExecutors",
    };
    let block = &board.chip.block(wiring.block).hal;
    let generation = generation(&board.chip);
    let (new, taken) = match generation.takes {
        Takes::Nothing if is_another_kind(generation, block) => ("new_adc4", None),
        Takes::Nothing => ("new", None),
        Takes::Interrupts => ("new", Some(Expression::plain("Irqs"))),
        Takes::Config => ("new", Some(Expression::plain("embassy_stm32::adc::AdcConfig::default()"))),
        Takes::Resolution => ("new", Some(Expression::plain("embassy_stm32::adc::Resolution::BITS12"))),
        Takes::Clock => ("new_with_clock", Some(quarter_of_bus())),
    };
    let arguments = std::iter::once(Expression::plain(format!("p.{block}"))).chain(taken);
    let driver = Expression::call(format!("embassy_stm32::adc::Adc::{new}"), arguments);
    let start =
        Statement::bind(&names.shared, Expression::call("fwc_hal_stm32::adc::Converter::start", [driver]));
    let channel = match adc.source {
        AnalogSource::Pin(pin) => singleton(resolved, pin),
        AnalogSource::Temperature(_) => Expression::plain(format!("{}.thermometer()", names.shared)),
    };
    let arguments = [Expression::plain(format!("&{}", names.shared)), channel];
    Handle {
        before: names.makes_shared.then_some(start).into_iter().collect(),
        ..Handle::new(
            format!(
                "fwc_hal_stm32::adc::AnalogChannel<peripherals::{block}, fwc_runtime::analog::{turns}, {}>",
                grouped(board.power.logic_millivolts.into())
            ),
            Expression::call(format!("board::{}::new", names.alias), arguments),
        )
    }
}

/// The clock of the bus by four.
fn quarter_of_bus() -> Expression {
    let divider = Expression::plain("embassy_stm32::adc::CkModePclk::DIV4");
    Expression::Struct {
        name: "embassy_stm32::adc::Clock::Sync".to_string(),
        fields: vec![("div".to_string(), divider)],
    }
}

/// What the converters' interrupts are handled by, where the HAL's driver waits for them.
pub(super) fn handlers(facts: &Facts<'_>) -> Vec<(PeripheralId, InterruptId, String)> {
    let chip = &facts.app().board.chip;
    let read = facts.resolved.adcs.iter().filter(|(id, _)| facts.usage.is_used(**id));
    let handlers = read.flat_map(|(id, wiring)| {
        let block = chip.block(wiring.block);
        let handler = format!("adc::InterruptHandler<peripherals::{}>", block.hal);
        block.interrupts.iter().map(move |vector| (*id, *vector, handler.clone()))
    });
    let mut handlers: Vec<_> = handlers.collect();
    // All the inputs of a converter have one.
    handlers.sort_by(|(_, _, one), (_, _, other)| one.cmp(other));
    handlers.dedup_by(|(_, _, one), (_, _, other)| one == other);
    handlers
}

/// Whether a converter is read that has its clock from the chip's own oscillator whatever the core does.
pub(super) fn runs_on_oscillator(resolved: &Resolved) -> bool {
    let converters = resolved.app.board.chip.converters.as_ref();
    converters.is_some_and(|converters| converters.on_oscillator) && !resolved.adcs.is_empty()
}

/// A PLL that is not the core's, which makes 32 MHz of the 16 of the chip's own oscillator for the converters.
const PLL_OF_CONVERTERS: (&str, &[&str]) = (
    "PLLSAI1_R",
    &[
        "config.rcc.pllsai1 = Some(rcc::Pll {",
        "    source: rcc::PllSource::HSI,",
        "    prediv: rcc::PllPreDiv::DIV1,",
        "    mul: rcc::PllMul::MUL8,",
        "    divp: None,",
        "    divq: None,",
        "    divr: Some(rcc::PllRDiv::DIV4),",
        "});",
    ],
);

/// How the HAL is told what clocks the converters that are read, where that is to be chosen.
pub(super) fn clock(resolved: &Resolved) -> Vec<String> {
    let chip = &resolved.app.board.chip;
    let Some(clock) = chip.converters.as_ref().and_then(|converters| converters.clock.as_deref()) else {
        return Vec::new();
    };
    let read = resolved.adcs.values().filter_map(|wiring| chip.block(wiring.block).switch.as_ref());
    let switches: BTreeSet<String> = read.map(|switch| switched(switch, clock)).collect();
    let (of_pll, pll) = PLL_OF_CONVERTERS;
    let pll = if clock == of_pll && !switches.is_empty() { pll } else { &[] };
    pll.iter().copied().map(str::to_owned).chain(switches).collect()
}
