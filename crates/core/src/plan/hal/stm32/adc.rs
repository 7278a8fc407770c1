//! embassy-stm32's converters: each is started once, for all the channels that are read of it.

use crate::app::{Adc, AnalogSource, PeripheralId};
use crate::catalog::{Chip, InterruptId};
use crate::plan::Facts;
use crate::plan::expression::{Expression, Statement, grouped};
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

/// Whether a converter is read that has its clock from the chip's own oscillator whatever the core does: embassy-stm32 0.6.0,
/// src/adc/f3_v1_1.rs (ADC_FREQ); where the core is faster than a converter may be it has it by way of a PLL or without
/// (datasheets, ADC characteristics: 35 MHz on the STM32U0 and 80 MHz on the STM32L5). The STM32U5's could have the core's clock
/// divided; on the oscillator, which is slower, a sample takes the longest, as the chip's own sensor wants it.
pub(super) fn runs_on_oscillator(resolved: &Resolved) -> bool {
    let chip = &resolved.app.board.chip;
    let version = chip.part.as_ref().and_then(|part| part.adc_version.as_deref());
    let on_oscillator = version == Some("f3v2") || matches!(chip.family(), "stm32l5" | "stm32u0" | "stm32u5");
    on_oscillator && !resolved.adcs.is_empty()
}

/// The STM32L5's PLL for what is not the core, which makes 32 MHz of its oscillator's 16 for the converters.
const L5_CONVERTERS: &[&str] = &[
    "config.rcc.pllsai1 = Some(rcc::Pll {",
    "    source: rcc::PllSource::HSI,",
    "    prediv: rcc::PllPreDiv::DIV1,",
    "    mul: rcc::PllMul::MUL8,",
    "    divp: None,",
    "    divq: None,",
    "    divr: Some(rcc::PllRDiv::DIV4),",
    "});",
    "config.rcc.mux.adcsel = rcc::mux::Adcsel::PLLSAI1_R;",
];

/// How the HAL is told what clocks the converters, where that is nothing at reset: the core's clock where it can be.
pub(super) fn clock(resolved: &Resolved) -> Vec<String> {
    let chip = &resolved.app.board.chip;
    let read: Vec<&str> =
        resolved.adcs.values().map(|wiring| chip.block(wiring.block).name.as_str()).collect();
    let field = |field: &str| format!("config.rcc.mux.{field} = rcc::mux::Adcsel::SYS;");
    let any_of = |names: &[&str]| read.iter().any(|block| names.contains(block));
    match chip.family() {
        "stm32l4" | "stm32wb" if !read.is_empty() => vec![field("adcsel")],
        "stm32l5" if !read.is_empty() => L5_CONVERTERS.iter().copied().map(str::to_owned).collect(),
        "stm32u0" | "stm32wba" if !read.is_empty() => {
            vec!["config.rcc.mux.adcsel = rcc::mux::Adcsel::HSI;".to_string()]
        }
        // The chip's own oscillator, which the HAL divides until it is slow enough.
        "stm32h5" | "stm32u5" if !read.is_empty() => {
            vec!["config.rcc.mux.adcdacsel = rcc::mux::Adcdacsel::HSI;".to_string()]
        }
        // The one of its oscillators that the core's clock has nothing to do with: the HAL divides nothing here.
        "stm32u3" if !read.is_empty() => {
            vec!["config.rcc.mux.adcdacsel = rcc::mux::Adcdacsel::MSIK;".to_string()]
        }
        "stm32h7" if !read.is_empty() => vec!["config.rcc.mux.adcsel = rcc::mux::Adcsel::PER;".to_string()],
        "stm32g4" => {
            let first = any_of(&["ADC1", "ADC2"]).then(|| field("adc12sel"));
            let second = any_of(&["ADC3", "ADC4", "ADC5"]).then(|| field("adc345sel"));
            first.into_iter().chain(second).collect()
        }
        _ => Vec::new(),
    }
}
