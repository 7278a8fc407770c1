//! embassy-stm32 0.6: the drivers of STM32 chips, one function each.
//!
//! Argument orders are those of the published crate; every one of them is compiled by the golden tests.

mod adc;
mod buses;
mod clock;
mod led_strip;
mod pwm;
mod uart;
mod watchdog;

use fwc_schema::app::{Drain, OnPanic, Pull};
use fwc_schema::chip::Hal;

use crate::app::{Input, LogOver, Output, PeripheralId, PeripheralKind};
use crate::catalog::{Chip, InterruptId};
use crate::plan::Facts;
use crate::plan::crates::Logging;
use crate::plan::expression::Expression;
use crate::plan::hal::{
    CrateUse, Handle, HandleNames, first_level, input_on, polarity, refused, singleton, usb,
};
use crate::resolved::Resolved;

pub(super) use clock::code as clock_code;
pub(super) use led_strip::clock as led_strip_clock;

/// cortex-m-rt's.
pub(super) const LINKER_SCRIPTS: &[&str] = &["link.x"];

/// The generations of the uart's registers that have one register for what is sent and what is received.
const EARLY_UARTS: u8 = 2;

pub(super) fn crates(resolved: &Resolved, logging: Logging) -> Vec<CrateUse> {
    let chip = &resolved.app.board.chip;
    let mut features = vec![chip.name.clone(), time_driver(chip)];
    features.extend(logging.feature().map(str::to_string));
    let two_banks = chip.part.as_ref().is_some_and(|part| part.two_banks);
    features.extend(two_banks.then(|| "dual-bank".to_string()));
    let early = chip.part.as_ref().is_some_and(|part| part.uart_version <= EARLY_UARTS);
    // What a panic handler of the generated crate's own writes to.
    let panic = match (logging, resolved.app.on_panic) {
        (Logging::Defmt, OnPanic::Reset) => Some("defmt"),
        (Logging::Log, _) if resolved.app.log_over == LogOver::Usb => None,
        (Logging::Log, _) if early => Some("uart-panic-early"),
        (Logging::Log, _) => Some("uart-panic"),
        (Logging::Defmt, OnPanic::Halt) | (Logging::None, _) => None,
    };
    let executors = (!resolved.interrupt_executors.is_empty()).then_some("interrupt-executors");
    let i2c = (!resolved.i2cs.is_empty()).then_some("i2c");
    let spi = (!resolved.spis.is_empty()).then_some("spi");
    let pwm = (!resolved.pwms.is_empty()).then_some("pwm");
    let adc = (!resolved.adcs.is_empty()).then(|| adc::feature(chip));
    let watchdog = resolved.app.watchdog().map(|_| "watchdog");
    let led_strip = (!resolved.led_strips.is_empty()).then_some("led-strip");
    let afio = maps_in_groups(chip).then_some("afio");
    let start = start(resolved).map(|(_, feature)| feature);
    let crates = vec![
        CrateUse::new("cortex-m", ["critical-section-single-core", "inline-asm"]),
        CrateUse::new("cortex-m-rt", [""; 0]),
        CrateUse::new("embassy-stm32", features),
        CrateUse::new(
            "fwc-hal-stm32",
            [panic, executors, afio, start, pwm, adc, i2c, spi, led_strip, watchdog, usb::feature(resolved)]
                .into_iter()
                .flatten(),
        ),
    ];
    crates.into_iter().chain(usb::device_crate(resolved)).collect()
}

/// Whether the pins of a block are mapped in groups, as on the STM32F1: the HAL's types have one parameter more there.
fn maps_in_groups(chip: &Chip) -> bool {
    chip.blocks.iter().any(|block| !block.remaps.is_empty())
}

/// Whether the HAL counts the chip among those of two cores, of which it is told one: its name ends in the core's, as in
/// `stm32wl55jc-cm4`.
fn is_one_core_of_two(chip: &Chip) -> bool {
    chip.name.contains("-cm")
}

/// What sets the chip up instead of the HAL's `init`, and the feature of fwc-hal-stm32 that has it.
fn start(resolved: &Resolved) -> Option<(&'static str, &'static str)> {
    if is_one_core_of_two(&resolved.app.board.chip) {
        return Some(("fwc_hal_stm32::dual_core::init", "dual-core"));
    }
    clock::needs_booster(resolved).then_some(("fwc_hal_stm32::boosted::init", "boosted"))
}

/// What sets the chip up instead of the HAL's `init`.
pub(super) fn own_init(resolved: &Resolved) -> Option<&'static str> {
    start(resolved).map(|(init, _)| init)
}

/// The feature that gives `embassy-time` its timer.
fn time_driver(chip: &Chip) -> String {
    format!("time-driver-{}", chip.time_driver.timer.to_lowercase())
}

/// The bits of a priority that the HAL has and the chip has not: the least of them mean nothing.
///
/// embassy-stm32 0.6.0, build.rs: the priorities of every chip have names for four bits.
pub(super) fn unused_priority_bits(chip: &Chip) -> u8 {
    const NAMED_BITS: u8 = 4;
    NAMED_BITS.saturating_sub(chip.interrupt_priority_bits)
}

pub(super) fn handle(resolved: &Resolved, id: PeripheralId, names: &HandleNames) -> Handle {
    match &resolved.app.peripheral(id).kind {
        PeripheralKind::Output(output) => output_handle(resolved, output, names),
        PeripheralKind::Input(input) => input_handle(resolved, input, names),
        PeripheralKind::Uart(uart) => uart::handle(resolved, uart, &resolved.uarts[&id], names),
        PeripheralKind::I2c(i2c) => buses::i2c_handle(resolved, id, i2c, names),
        PeripheralKind::Spi(spi) => buses::spi_handle(resolved, id, spi, names),
        PeripheralKind::UsbSerial(_) => usb::handle(Hal::Stm32),
        PeripheralKind::Pwm(pwm) => pwm::handle(resolved, id, pwm, names),
        PeripheralKind::Adc(adc) => adc::handle(resolved, id, adc, names),
        PeripheralKind::Watchdog(watchdog) => watchdog::handle(resolved, watchdog, names),
        PeripheralKind::LedStrip(strip) => led_strip::handle(resolved, id, strip, names),
        other => refused(&format!("{other:?}")),
    }
}

fn output_handle(resolved: &Resolved, output: &Output, names: &HandleNames) -> Handle {
    let driver = match output.drain {
        Drain::PushPull => "Output",
        Drain::Open => "OutputOpenDrain",
    };
    let level = Expression::plain(first_level(output));
    // The slowest edges that the pin has are fast enough for software, and disturb least.
    let arguments = [singleton(resolved, output.pin), level, Expression::plain("Speed::Low")];
    let pin = Expression::call(format!("{driver}::new"), arguments);
    Handle::new(
        format!("gpio::Output<embassy_stm32::gpio::{driver}<'static>, gpio::{}>", polarity(output.active)),
        Expression::call(format!("board::{}::new", names.alias), [pin]),
    )
}

fn input_handle(resolved: &Resolved, input: &Input, names: &HandleNames) -> Handle {
    let pull = Expression::plain(match input.pull {
        Pull::Up => "Pull::Up",
        Pull::Down => "Pull::Down",
        Pull::None => "Pull::None",
    });
    let (line, _) =
        resolved.app.board.chip.edge_line(input.pin.pin).expect("every STM32 has lines for edges");
    let arguments = [
        singleton(resolved, input.pin),
        Expression::plain(format!("p.EXTI{line}")),
        pull,
        Expression::plain("Irqs"),
    ];
    let pin = Expression::call("ExtiInput::new", arguments);
    let driver = "embassy_stm32::exti::ExtiInput<'static, embassy_stm32::mode::Async>";
    input_on(pin, driver, input, names)
}

pub(super) fn handlers(facts: &Facts<'_>) -> Vec<(PeripheralId, InterruptId, String)> {
    let uarts = facts.resolved.uarts.iter().filter(|(id, _)| facts.usage.is_used(**id));
    let mut handlers: Vec<_> = uarts.flat_map(|(id, wiring)| uart::handlers(facts, *id, wiring)).collect();
    let chip = &facts.app().board.chip;
    let numbered = (0..).map(PeripheralId).zip(&facts.app().peripherals);
    let inputs = numbered.filter(|(id, _)| facts.usage.is_used(*id)).filter_map(|(id, peripheral)| {
        let PeripheralKind::Input(input) = &peripheral.kind else { return None };
        let (_, vector) = chip.edge_line(input.pin.pin)?;
        let name = &chip.interrupt(vector).name;
        Some((id, vector, format!("exti::InterruptHandler<interrupt::typelevel::{name}>")))
    });
    handlers.extend(inputs);
    handlers.extend(buses::handlers(facts));
    handlers.extend(adc::handlers(facts));
    handlers.sort_by_key(|(id, vector, _)| (*vector, *id));
    handlers
}
