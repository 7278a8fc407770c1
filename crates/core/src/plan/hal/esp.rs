//! esp-hal 1.2: the drivers of ESP32 chips with RISC-V cores, one function each.
//!
//! Argument orders are those of `crates/hal-esp`; every one of them is compiled by the golden tests.

mod adc;
mod buses;
mod led_strip;
mod pwm;
mod uart;
mod watchdog;

use fwc_schema::app::{Drain, Pull};
use fwc_schema::chip::ClockModel;

use crate::app::{Input, LogOver, Output, PeripheralId, PeripheralKind};
use crate::plan::crates::Logging;
use crate::plan::expression::Expression;
use crate::plan::hal::{CrateUse, Handle, HandleNames, first_level, input_on, polarity, refused, singleton};
use crate::plan::pace::StaticCode;
use crate::plan::peripherals::HalvesPlan;
use crate::resolved::Resolved;

/// esp-hal's, which includes all others.
pub(super) const LINKER_SCRIPTS: &[&str] = &["linkall.x"];

pub(super) fn crates(resolved: &Resolved, logging: Logging) -> Vec<CrateUse> {
    let chip = resolved.app.board.chip.name.as_str();
    let hal = [chip, "unstable"].into_iter().chain((logging == Logging::Defmt).then_some("defmt"));
    let scheduler = [chip, "embassy"].into_iter().chain((logging == Logging::Defmt).then_some("defmt"));
    // What the panic handler of the generated crate writes to.
    let panic = match logging {
        Logging::Defmt => Some("defmt"),
        Logging::Log if resolved.app.log_over != LogOver::Usb => Some("uart-panic"),
        Logging::Log | Logging::None => None,
    };
    let executors = (!resolved.interrupt_executors.is_empty()).then_some("interrupt-executors");
    let adc = (!resolved.adcs.is_empty()).then_some("adc");
    let watchdog = resolved.app.watchdog().map(|_| "watchdog");
    let usb = resolved.usb.map(|_| "usb");
    let has_pwms = !resolved.pwms.is_empty();
    let pwm = has_pwms.then_some("pwm");
    // esp-hal 1.2.2, src/ledc/low_level: the controller of this chip is of another version.
    let gamma = (has_pwms && chip == "esp32c6").then_some("pwm-gamma");
    let i2c = (!resolved.i2cs.is_empty()).then_some("i2c");
    let spi = (!resolved.spis.is_empty()).then_some("spi");
    let led_strip = (!resolved.led_strips.is_empty()).then_some("led-strip");
    vec![
        CrateUse::new("esp-bootloader-esp-idf", [chip]),
        CrateUse::new("esp-hal", hal),
        CrateUse::new("esp-rtos", scheduler),
        CrateUse::new(
            "fwc-hal-esp",
            [panic, executors, i2c, spi, adc, pwm, gamma, led_strip, usb, watchdog].into_iter().flatten(),
        ),
    ]
}

/// The core at the frequency that the HAL has by itself, or at another one.
pub(super) fn clock_code(resolved: &Resolved) -> Vec<String> {
    let ClockModel::Fixed(clocks) = &resolved.app.board.chip.clocks else {
        unreachable!("an ESP32's core has one of a few frequencies")
    };
    let megahertz = resolved.core_hz / 1_000_000;
    let choice = (resolved.core_hz != u64::from(clocks.core_hz))
        .then(|| format!(".with_cpu_clock(esp_hal::clock::CpuClock::_{megahertz}MHz)"));
    vec![format!("esp_hal::Config::default(){}", choice.unwrap_or_default())]
}

pub(super) fn handle(resolved: &Resolved, id: PeripheralId, names: &HandleNames) -> Handle {
    match &resolved.app.peripheral(id).kind {
        PeripheralKind::Output(output) => output_handle(resolved, output, names),
        PeripheralKind::Input(input) => input_handle(resolved, input, names),
        PeripheralKind::Uart(uart) => uart::handle(resolved, uart, &resolved.uarts[&id], names),
        PeripheralKind::Pwm(pwm) => pwm::handle(resolved, id, pwm, names),
        PeripheralKind::Adc(adc) => adc::handle(resolved, id, adc, names),
        PeripheralKind::Watchdog(watchdog) => watchdog::handle(resolved, watchdog, names),
        PeripheralKind::I2c(i2c) => buses::i2c_handle(resolved, id, i2c, names),
        PeripheralKind::Spi(spi) => buses::spi_handle(resolved, id, spi, names),
        PeripheralKind::UsbSerial(_) => usb_handle(resolved),
        PeripheralKind::LedStrip(strip) => led_strip::handle(resolved, id, strip, names),
        other => refused(&format!("{other:?}")),
    }
}

fn usb_handle(resolved: &Resolved) -> Handle {
    let wiring = resolved.usb.expect("a port is planned where one was resolved");
    let block = &resolved.app.board.chip.block(wiring.block).name;
    let port = |half: &str| format!("fwc_hal_esp::usb::{half}");
    Handle {
        halves: Some(HalvesPlan { reader: port("PortReader"), writer: port("PortWriter") }),
        ..Handle::new(
            port("SerialPort"),
            Expression::call("fwc_hal_esp::usb::SerialPort::new", [Expression::plain(format!("p.{block}"))]),
        )
    }
}

fn output_handle(resolved: &Resolved, output: &Output, names: &HandleNames) -> Handle {
    let config = match output.drain {
        Drain::PushPull => "OutputConfig::default()",
        Drain::Open => "OutputConfig::default().with_drive_mode(DriveMode::OpenDrain)",
    };
    let level = Expression::plain(first_level(output));
    let arguments = [singleton(resolved, output.pin), level, Expression::plain(config)];
    let pin = Expression::call("Output::new", arguments);
    Handle::new(
        format!("gpio::Output<esp_hal::gpio::Output<'static>, gpio::{}>", polarity(output.active)),
        Expression::call(format!("board::{}::new", names.alias), [pin]),
    )
}

fn input_handle(resolved: &Resolved, input: &Input, names: &HandleNames) -> Handle {
    let pull = match input.pull {
        Pull::Up => "InputConfig::default().with_pull(Pull::Up)",
        Pull::Down => "InputConfig::default().with_pull(Pull::Down)",
        Pull::None => "InputConfig::default()",
    };
    let pin = Expression::call("Input::new", [singleton(resolved, input.pin), Expression::plain(pull)]);
    input_on(pin, "esp_hal::gpio::Input<'static>", input, names)
}

/// Where an executor in a software interrupt with this number is put.
pub(super) fn executor_memory(name: &str, number: u16) -> StaticCode {
    StaticCode {
        name: name.to_string(),
        rust_type: format!("MaybeUninit<InterruptExecutor<{number}>>"),
        value: Expression::call("MaybeUninit::uninit", []),
    }
}

/// How it is started there.
pub(super) fn executor_start(name: &str, vector: &str, level: u8) -> Expression {
    let arguments = [name.to_string(), format!("p.{vector}"), format!("Priority::Priority{level}")];
    Expression::call("executor::start", arguments.map(Expression::plain))
}
