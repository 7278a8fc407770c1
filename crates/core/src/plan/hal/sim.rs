//! The simulated HAL: handles that know their pin, uart or channel by its number on the chip, and need nothing else.

use fwc_schema::app::{Active, Drain, Parity, Priority, Pull};
use fwc_schema::chip::{Hal, Signal};

use crate::app::{AnalogSource, I2c, Input, Output, PeripheralId, PeripheralKind, PinUse, Pwm, Spi, Uart};
use crate::catalog::BlockId;
use crate::plan::expression::{Expression, Statement, grouped};
use crate::plan::hal::{CrateUse, Handle, HandleNames, input_on, starts_high, usb};
use crate::plan::pace::{self, StaticCode};
use crate::plan::peripherals::{ConfigCode, HalvesPlan};
use crate::plan::usb::{DeviceNames, UsbCode, UsbIdentity, VariableCode};
use crate::resolved::{Executor, Resolved, UartDriver, UartWiring};

/// The crate.
pub(super) const CRATE: &str = "fwc-hal-sim";

pub(super) fn crates(resolved: &Resolved) -> Vec<CrateUse> {
    let led_strip = (!resolved.led_strips.is_empty()).then_some("led-strip");
    vec![CrateUse::new(CRATE, led_strip)]
}

pub(super) fn handle(resolved: &Resolved, id: PeripheralId, names: &HandleNames) -> Handle {
    let new = format!("board::{}::new", names.alias);
    match &resolved.app.peripheral(id).kind {
        PeripheralKind::Output(output) => output_handle(resolved, output, new),
        PeripheralKind::Input(input) => input_handle(resolved, input, names),
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
        PeripheralKind::I2c(i2c) => i2c_handle(resolved, id, i2c, names),
        PeripheralKind::Spi(spi) => spi_handle(resolved, id, spi, names),
        PeripheralKind::LedStrip(strip) => Handle::new(
            format!("fwc_hal_sim::led_strip::LedStrip<{}>", strip.lights),
            Expression::call(new, [number(resolved, strip.pin)]),
        ),
        PeripheralKind::UsbSerial(_) => usb::handle(Hal::Sim),
        PeripheralKind::Watchdog(watchdog) => {
            let rust_type = format!(
                "fwc_hal_sim::watchdog::Watchdog<{}, {}>",
                grouped(pace::micros(watchdog.timeout.value)),
                resolved.app.supervised().count()
            );
            let start = Expression::call(format!("board::{}::start", names.alias), []);
            Handle { before: super::watchdog_reports(resolved, names), ..Handle::new(rust_type, start) }
        }
        PeripheralKind::Device(_) => unreachable!("a device is planned without the HAL"),
    }
}

/// The handle of an I2C bus.
fn i2c_handle(resolved: &Resolved, id: PeripheralId, i2c: &I2c, names: &HandleNames) -> Handle {
    let wiring = &resolved.i2cs[&id];
    let hertz = grouped(i2c.frequency.value.0 / 1_000);
    let timeout = grouped(pace::micros(i2c.timeout));
    let arguments = [
        format!("{:?}", resolved.app.peripheral(id).name.value),
        block_number(resolved, wiring.block).to_string(),
        grouped(wiring.actual.0),
    ];
    let driver = format!("fwc_hal_sim::i2c::I2cBus<{hertz}, {timeout}>");
    let arguments = arguments.map(Expression::plain);
    super::bus(driver, "fwc_hal_sim::i2c::I2cBus", arguments, &wiring.sharing, names)
}

/// The handle of an SPI bus.
fn spi_handle(resolved: &Resolved, id: PeripheralId, spi: &Spi, names: &HandleNames) -> Handle {
    let wiring = &resolved.spis[&id];
    let arguments = [block_number(resolved, wiring.block).to_string(), grouped(wiring.actual.0 / 1_000)]
        .map(Expression::plain);
    let driver = format!("fwc_hal_sim::spi::SpiBus<{}>", spi.miso.is_some());
    super::bus(driver, "fwc_hal_sim::spi::SpiBus", arguments, &wiring.sharing, names)
}

/// The device and its ports.
pub(super) fn usb_device(identity: &UsbIdentity, names: &DeviceNames<'_>) -> UsbCode {
    let config = Expression::call(format!("board::{}", names.config), []);
    let (vendor, product) = (identity.ids.vendor_id, identity.ids.product_id);
    UsbCode {
        memory: StaticCode {
            name: names.memory.to_string(),
            value: Expression::call("fwc_hal_sim::usb::Memory::new", []),
            rust_type: format!("fwc_hal_sim::usb::Memory<{}>", names.ports.len()),
        },
        config: ConfigCode {
            function: names.config.to_string(),
            rust_type: "fwc_hal_sim::usb::Config".to_string(),
            body: vec![format!(
                "fwc_hal_sim::usb::Config {{ vendor_id: {vendor:#06x}, product_id: {product:#06x} }}"
            )],
        },
        setup: Statement::bind(
            format!("({}, [{}])", names.device, names.ports.join(", ")),
            Expression::call(format!("{}.start", names.memory), [config]),
        ),
        device: VariableCode {
            name: names.device.to_string(),
            rust_type: "fwc_hal_sim::usb::Device".to_string(),
        },
        log: None,
    }
}

/// The number of a block, by which scenarios know its wires.
fn block_number(resolved: &Resolved, block: BlockId) -> u32 {
    let name = &resolved.app.board.chip.block(block).name;
    let digits = name.rsplit(|letter: char| !letter.is_ascii_digit()).next();
    let number = digits.and_then(|digits| digits.parse().ok());
    number.unwrap_or_else(|| panic!("the block `{name}` has no number"))
}

/// Where the second core's executors stand (crates/hal-sim/src/executor.rs).
const FIRST_OF_CORE1: u8 = 3;

/// Where an executor stands among those that are polled: the thread executor is 0.
pub(super) fn executor_start(executor: Executor) -> Expression {
    let urgency = match executor.priority() {
        Priority::Normal => panic!("no interrupt starts the executor of {}", executor.word()),
        Priority::High => 1,
        Priority::Highest => 2,
    };
    let level = match executor.core() {
        0 => urgency,
        _ => FIRST_OF_CORE1 + urgency,
    };
    Expression::call("executor::start", [Expression::plain(level.to_string())])
}

fn output_handle(resolved: &Resolved, output: &Output, new: String) -> Handle {
    let driver = match output.drain {
        Drain::PushPull => "Output",
        Drain::Open => "OpenDrain",
    };
    let arguments = [number(resolved, output.pin), Expression::plain(starts_high(output).to_string())];
    let pin = Expression::call(format!("fwc_hal_sim::gpio::{driver}::new"), arguments);
    let rust_type = format!("gpio::Output<fwc_hal_sim::gpio::{driver}, gpio::{}>", polarity(output.active));
    Handle::new(rust_type, Expression::call(new, [pin]))
}

fn input_handle(resolved: &Resolved, input: &Input, names: &HandleNames) -> Handle {
    let pull = match input.pull {
        Pull::Up => "Up",
        Pull::Down => "Down",
        Pull::None => "None",
    };
    let pull = Expression::plain(format!("fwc_hal_sim::gpio::Pull::{pull}"));
    let pin = Expression::call("fwc_hal_sim::gpio::Input::new", [number(resolved, input.pin), pull]);
    input_on(pin, "fwc_hal_sim::gpio::Input", input, names)
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
        UartDriver::BufferedRx | UartDriver::DmaRx { .. } => "UartReader",
        UartDriver::BufferedTx | UartDriver::DmaTx { .. } => "UartWriter",
    };
    // DMA sends straight from the writer's memory: there is no buffer between.
    let buffer = if matches!(wiring.driver, UartDriver::DmaTx { .. }) { 0 } else { uart.buffer };
    let parity = u32::from(uart.parity != Parity::None);
    let bits = 1 + u32::from(uart.data_bits) + parity + u32::from(uart.stop_bits);
    let uart_number = block_number(resolved, wiring.block);
    let tx = uart.tx.map_or("None".to_string(), |pin| format!("Some({})", number(resolved, pin)));
    let body = vec![
        "fwc_hal_sim::uart::Config {".to_string(),
        format!("    uart: {uart_number},"),
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
