//! The simulated HAL: handles that know their pin, uart or channel by its number on the chip, and need nothing else.

use fwc_schema::app::{Active, Drain, Initial, Parity, Priority, Pull};
use fwc_schema::chip::Signal;

use crate::app::{AnalogSource, Input, Output, PeripheralId, PeripheralKind, PinUse, Pwm, Uart};
use crate::plan::expression::{Expression, grouped};
use crate::plan::hal::{CrateUse, Handle, HandleNames};
use crate::plan::peripherals::HalvesPlan;
use crate::resolved::{Executor, Resolved, UartDriver, UartWiring};

/// The crate.
pub(super) const CRATE: &str = "fwc-hal-sim";

pub(super) fn crates() -> Vec<CrateUse> {
    vec![CrateUse { name: CRATE, features: Vec::new() }]
}

pub(super) fn handle(resolved: &Resolved, id: PeripheralId, names: &HandleNames) -> Handle {
    let new = format!("board::{}::new", names.alias);
    match &resolved.app.peripheral(id).kind {
        PeripheralKind::Output(output) => output_handle(resolved, output, new),
        PeripheralKind::Input(input) => input_handle(resolved, input, new),
        PeripheralKind::Uart(uart) => uart_handle(resolved, uart, &resolved.uarts[&id], names, new),
        PeripheralKind::Pwm(pwm) => pwm_handle(resolved, pwm, resolved.pwms[&id].period, new),
        PeripheralKind::Adc(adc) => {
            let reference = grouped(resolved.app.board.power.logic_millivolts.into());
            let channel = Expression::plain(channel(resolved, adc.source).to_string());
            Handle::new(
                format!("fwc_hal_sim::adc::AnalogChannel<{reference}>"),
                Expression::call(new, [channel]),
            )
        }
        other => refused(&format!("{other:?}")),
    }
}

/// What has no simulation does not come here.
pub(super) fn refused(what: &str) -> ! {
    panic!("`simulate` refuses what has no simulation: {what}")
}

/// Where an executor stands among those that are polled: the thread executor is 0.
pub(super) fn executor_start(executor: Executor) -> Expression {
    let level = match (executor.core(), executor.priority()) {
        (0, Priority::High) => 1,
        (0, Priority::Highest) => 2,
        _ => refused(executor.word()),
    };
    Expression::call("executor::start", [Expression::plain(level.to_string())])
}

fn output_handle(resolved: &Resolved, output: &Output, new: String) -> Handle {
    let driver = match output.drain {
        Drain::PushPull => "Output",
        Drain::Open => "OpenDrain",
    };
    let high = (output.active == Active::High) == (output.initial == Initial::On);
    let arguments = [number(resolved, output.pin), Expression::plain(high.to_string())];
    let pin = Expression::call(format!("fwc_hal_sim::gpio::{driver}::new"), arguments);
    let rust_type = format!("gpio::Output<fwc_hal_sim::gpio::{driver}, gpio::{}>", polarity(output.active));
    Handle::new(rust_type, Expression::call(new, [pin]))
}

fn input_handle(resolved: &Resolved, input: &Input, new: String) -> Handle {
    let pull = match input.pull {
        Pull::Up => "Up",
        Pull::Down => "Down",
        Pull::None => "None",
    };
    let pull = Expression::plain(format!("fwc_hal_sim::gpio::Pull::{pull}"));
    let pin = Expression::call("fwc_hal_sim::gpio::Input::new", [number(resolved, input.pin), pull]);
    let plain = format!("gpio::Input<fwc_hal_sim::gpio::Input, gpio::{}>", polarity(input.active));
    match input.debounce {
        None => Handle::new(plain, Expression::call(new, [pin])),
        Some(time) => {
            let micros = grouped(time.0.div_ceil(1_000).min(u32::MAX.into()));
            let inner = Expression::call("fwc_runtime::gpio::Input::new", [pin]);
            Handle::new(format!("gpio::Debounced<{plain}, {micros}>"), Expression::call(new, [inner]))
        }
    }
}

fn uart_handle(
    resolved: &Resolved,
    uart: &Uart,
    wiring: &UartWiring,
    names: &HandleNames,
    new: String,
) -> Handle {
    let adapter = match wiring.driver {
        UartDriver::Buffered => "Uart",
        UartDriver::BufferedRx => "UartReader",
        UartDriver::BufferedTx | UartDriver::DmaTx { .. } => "UartWriter",
    };
    // DMA sends straight from the writer's memory: there is no buffer between.
    let buffer = if matches!(wiring.driver, UartDriver::DmaTx { .. }) { 0 } else { uart.buffer };
    let parity = u32::from(uart.parity != Parity::None);
    let bits = 1 + u32::from(uart.data_bits) + parity + u32::from(uart.stop_bits);
    let block = &resolved.app.board.chip.block(wiring.block).name;
    let digits = block.trim_start_matches(|letter: char| !letter.is_ascii_digit());
    let tx = uart.tx.map_or("None".to_string(), |pin| format!("Some({})", number(resolved, pin)));
    let body = vec![
        "fwc_hal_sim::uart::Config {".to_string(),
        format!("    uart: {digits},"),
        format!("    baud: {},", grouped(wiring.actual_baud.into())),
        format!("    frame_bits: {bits},"),
        format!("    buffer: {},", grouped(buffer.into())),
        format!("    tx: {tx},"),
        format!("    rx: {},", uart.rx.is_some()),
        "}".to_string(),
    ];
    let config = Expression::call(format!("board::{}", names.config), []);
    Handle {
        halves: (wiring.driver == UartDriver::Buffered).then(|| HalvesPlan {
            reader: "fwc_hal_sim::uart::UartReader".to_string(),
            writer: "fwc_hal_sim::uart::UartWriter".to_string(),
        }),
        config: Some(("fwc_hal_sim::uart::Config".to_string(), body)),
        ..Handle::new(format!("fwc_hal_sim::uart::{adapter}"), Expression::call(new, [config]))
    }
}

fn pwm_handle(resolved: &Resolved, pwm: &Pwm, period: u16, new: String) -> Handle {
    let first = (pwm.initial.0 * u64::from(period) + 500_000) / 1_000_000;
    let arguments = [number(resolved, pwm.pin), Expression::plain(grouped(first))];
    let rust_type = format!("fwc_hal_sim::pwm::PwmOutput<{}>", grouped(period.into()));
    Handle::new(rust_type, Expression::call(new, arguments))
}

/// The channel of the converter; the chip's own sensor is the one behind those of pins.
fn channel(resolved: &Resolved, source: AnalogSource) -> u8 {
    let chip = &resolved.app.board.chip;
    let channels = |pin: &crate::catalog::Pin| {
        let channels = pin.functions.iter().filter_map(|function| match function.signal {
            Signal::In(channel) => Some(channel),
            _ => None,
        });
        channels.max()
    };
    match source {
        AnalogSource::Pin(pin) => channels(chip.pin(pin.pin)).unwrap_or_default(),
        AnalogSource::Temperature(_) => {
            chip.pins.iter().filter_map(channels).max().map_or(0, |last| last + 1)
        }
    }
}

fn number(resolved: &Resolved, pin: PinUse) -> Expression {
    Expression::plain(resolved.app.board.chip.pin(pin.pin).number.to_string())
}

fn polarity(active: Active) -> &'static str {
    match active {
        Active::High => "ActiveHigh",
        Active::Low => "ActiveLow",
    }
}
