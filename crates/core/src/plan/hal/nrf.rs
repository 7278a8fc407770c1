//! embassy-nrf 0.11: the drivers of nRF51 and nRF52 chips, one function each.
//!
//! Argument orders are those of the published crate; every one of them is compiled by the golden tests.

mod adc;
mod buses;
mod led_strip;
mod pwm;
mod uart;
mod watchdog;

use fwc_schema::app::{Drain, OnPanic, Pull};
use fwc_schema::chip::{Hal, LimitationKind};

use crate::app::{Input, LogOver, Output, PeripheralId, PeripheralKind};
use crate::catalog::InterruptId;
use crate::plan::Facts;
use crate::plan::crates::Logging;
use crate::plan::expression::Expression;
use crate::plan::hal::{
    CrateUse, Handle, HandleNames, first_level, input_on, polarity, refused, singleton, usb,
};
use crate::resolved::Resolved;

/// cortex-m-rt's.
pub(super) const LINKER_SCRIPTS: &[&str] = &["link.x"];

/// Every input's edges come in at this vector (embassy-nrf 0.11.0, src/gpiote.rs).
const EDGES: &str = "GPIOTE";

/// The vector of power and clocks (embassy-nrf 0.11.0, src/usb/vbus_detect.rs).
const POWER: &str = "CLOCK_POWER";

pub(super) fn crates(resolved: &Resolved, logging: Logging) -> Vec<CrateUse> {
    let chip: &'static str = match resolved.app.board.chip.name.as_str() {
        "nrf51822" => "nrf51",
        "nrf52832" => "nrf52832",
        "nrf52833" => "nrf52833",
        "nrf52840" => "nrf52840",
        other => panic!("no chip `{other}` is known to embassy-nrf"),
    };
    let mut features = vec![chip, "gpiote", "time-driver-rtc1"];
    features.extend(logging.feature());
    let antenna =
        |pin| resolved.app.board.chip.limits_of(pin).any(|limit| limit == LimitationKind::NfcAntenna);
    if resolved.pins.keys().any(|pin| antenna(*pin)) {
        features.push("nfc-pins-as-gpio");
    }
    // What a panic handler of the generated crate's own writes to.
    let panic = match (logging, resolved.app.on_panic) {
        (Logging::Defmt, OnPanic::Reset) => Some("defmt"),
        (Logging::Log, _) if resolved.app.log_over != LogOver::Usb => Some("uart-panic"),
        _ => None,
    };
    let executors = (!resolved.interrupt_executors.is_empty()).then_some("interrupt-executors");
    let adc = (!resolved.adcs.is_empty()).then_some("adc");
    let pwm = (!resolved.pwms.is_empty()).then_some("pwm");
    let led_strip = (!resolved.led_strips.is_empty()).then_some("led-strip");
    let watchdog = resolved.app.watchdog().map(|_| "watchdog");
    let uart = (!resolved.uarts.is_empty()).then_some("uart");
    let i2c = (!resolved.i2cs.is_empty()).then_some("i2c");
    let spi = (!resolved.spis.is_empty()).then_some("spi");
    // nRF52832 Errata, 58.
    let single = spi.filter(|_| chip == "nrf52832").map(|_| "spi-single");
    let fast = spi.filter(|_| buses::is_fast(resolved)).map(|_| "spi-fast");
    let crates = vec![
        CrateUse::new("cortex-m", ["critical-section-single-core", "inline-asm"]),
        CrateUse::new("cortex-m-rt", [""; 0]),
        CrateUse::new("embassy-nrf", features),
        CrateUse::new(
            "fwc-hal-nrf",
            [
                panic,
                executors,
                uart,
                i2c,
                spi,
                fast,
                single,
                adc,
                pwm,
                led_strip,
                watchdog,
                usb::feature(resolved),
            ]
            .into_iter()
            .flatten(),
        ),
    ];
    crates.into_iter().chain(usb::device_crate(resolved)).collect()
}

/// The clocks from the board's crystals. Without the slow one, time is counted by the fast one where there is that, and
/// else by the chip's own oscillator.
pub(super) fn clock_code(resolved: &Resolved) -> Vec<String> {
    let board = &resolved.app.board;
    let fast = board.crystal_hz.map(|_| "config.hfclk_source = config::HfclkSource::ExternalXtal;");
    let slow = match (board.slow_crystal_hz, board.crystal_hz) {
        (Some(_), _) => Some("config.lfclk_source = config::LfclkSource::ExternalXtal;"),
        (None, Some(_)) => Some("config.lfclk_source = config::LfclkSource::Synthesized;"),
        (None, None) => None,
    };
    let sources: Vec<String> = fast.into_iter().chain(slow).map(str::to_string).collect();
    if sources.is_empty() {
        return vec!["config::Config::default()".to_string()];
    }
    std::iter::once("let mut config = config::Config::default();".to_string())
        .chain(sources)
        .chain(["config".to_string()])
        .collect()
}

pub(super) fn handle(resolved: &Resolved, id: PeripheralId, names: &HandleNames) -> Handle {
    match &resolved.app.peripheral(id).kind {
        PeripheralKind::Output(output) => output_handle(resolved, output, names),
        PeripheralKind::Input(input) => input_handle(resolved, input, names),
        PeripheralKind::Uart(uart) => uart::handle(resolved, uart, &resolved.uarts[&id], names),
        PeripheralKind::Pwm(_) => pwm::handle(resolved, id, names),
        PeripheralKind::Adc(adc) => adc::handle(resolved, id, adc, names),
        PeripheralKind::Watchdog(watchdog) => watchdog::handle(resolved, watchdog, names),
        PeripheralKind::I2c(i2c) => buses::i2c_handle(resolved, id, i2c, names),
        PeripheralKind::Spi(spi) => buses::spi_handle(resolved, id, spi, names),
        PeripheralKind::LedStrip(strip) => led_strip::handle(resolved, id, strip, names),
        PeripheralKind::UsbSerial(_) => usb::handle(Hal::Nrf),
        other => refused(&format!("{other:?}")),
    }
}

fn output_handle(resolved: &Resolved, output: &Output, names: &HandleNames) -> Handle {
    let drive = match output.drain {
        Drain::PushPull => "Standard",
        Drain::Open => "Standard0Disconnect1",
    };
    let level = Expression::plain(first_level(output));
    let arguments =
        [singleton(resolved, output.pin), level, Expression::plain(format!("OutputDrive::{drive}"))];
    let pin = Expression::call("Output::new", arguments);
    Handle::new(
        format!("gpio::Output<embassy_nrf::gpio::Output<'static>, gpio::{}>", polarity(output.active)),
        Expression::call(format!("board::{}::new", names.alias), [pin]),
    )
}

fn input_handle(resolved: &Resolved, input: &Input, names: &HandleNames) -> Handle {
    let pull = Expression::plain(match input.pull {
        Pull::Up => "Pull::Up",
        Pull::Down => "Pull::Down",
        Pull::None => "Pull::None",
    });
    let pin = Expression::call("Input::new", [singleton(resolved, input.pin), pull]);
    input_on(pin, "embassy_nrf::gpio::Input<'static>", input, names)
}

pub(super) fn handlers(facts: &Facts<'_>) -> Vec<(PeripheralId, InterruptId, String)> {
    let uarts = facts.resolved.uarts.iter().filter(|(id, _)| facts.usage.is_used(**id));
    let mut handlers: Vec<_> = uarts.map(|(id, wiring)| uart::handler(facts, *id, wiring)).collect();
    handlers.extend(buses::handlers(facts));
    // One handler serves all inputs of the converter.
    let read = facts.resolved.adcs.iter().find(|(id, _)| facts.usage.is_used(**id));
    handlers.extend(read.map(|(id, wiring)| {
        (*id, facts.app().board.chip.block(wiring.block).interrupts[0], adc::HANDLER.to_string())
    }));
    handlers.sort_by_key(|(id, vector, _)| (*vector, *id));
    handlers
}

/// The controller's own vector, and the one that tells when the cable brings power.
pub(super) fn usb_handlers(resolved: &Resolved) -> Vec<(InterruptId, String)> {
    let Some(own) = usb::handler(resolved) else { return Vec::new() };
    let chip = &resolved.app.board.chip;
    let power = chip.interrupts.iter().zip(0..).filter(|(interrupt, _)| interrupt.name == POWER);
    let power =
        power.map(|(_, index)| (InterruptId(index), "usb::vbus_detect::InterruptHandler".to_string()));
    power.chain([own]).collect()
}

/// The vector of the edges of inputs, where there is an input.
pub(super) fn own_interrupts(facts: &Facts<'_>) -> Vec<(InterruptId, String)> {
    let app = facts.app();
    let waits = |(index, kind): (usize, &PeripheralKind)| {
        matches!(kind, PeripheralKind::Input(_)) && facts.usage.is_used(PeripheralId(index as u32))
    };
    let inputs = app.peripherals.iter().map(|peripheral| &peripheral.kind).enumerate().any(waits);
    let interrupts = app.board.chip.interrupts.iter().zip(0..);
    let edges = interrupts.filter(|(interrupt, _)| inputs && interrupt.name == EDGES);
    edges.map(|(_, index)| (InterruptId(index), "edges of inputs, handled by the HAL".to_string())).collect()
}
