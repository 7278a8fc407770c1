//! embassy-rp 0.10: the drivers of RP2040 and RP2350, one function each.
//!
//! Argument orders are those of the published crate; every one of them is compiled by the golden tests.

mod adc;
mod buses;
mod led_strip;
mod pwm;
mod watchdog;

use fwc_schema::app::{Drain, OnPanic, Parity, Pull};
use fwc_schema::chip::{Hal, MemoryRole};
use fwc_schema::units::Frequency;

use crate::app::{Input, LogOver, Output, PeripheralId, PeripheralKind, PinUse, Uart};
use crate::catalog::{DmaChannel, DmaId, InterruptId};
use crate::plan::Facts;
use crate::plan::crates::Logging;
use crate::plan::expression::{Expression, grouped};
use crate::plan::hal::{
    CrateUse, Handle, HandleNames, first_level, input_on, polarity, refused, singleton, usb,
};
use crate::plan::peripherals::{BufferPlan, HalvesPlan};
use crate::resolved::{ClockSolution, Resolved, UartDriver, UartWiring};

/// The crystal for which `embassy_rp::config::Config::default()` is made.
const DEFAULT_CRYSTAL_HZ: u32 = 12_000_000;

pub(super) fn crates(resolved: &Resolved, logging: Logging) -> Vec<CrateUse> {
    let chip: &'static str = match resolved.app.board.chip.name.as_str() {
        "rp2040" => "rp2040",
        "rp2350a" => "rp235xa",
        other => panic!("no chip `{other}` is known to embassy-rp"),
    };
    let mut features = ["critical-section-impl", chip, "time-driver"].map(str::to_string).to_vec();
    features.extend(logging.feature().map(str::to_string));
    if resolved.wakes_across_cores() {
        features.extend(["executor-interrupt", "executor-thread"].map(str::to_string));
    }
    let flash_chip = resolved.app.board.flash_chip.as_ref();
    let second_stage = flash_chip.and_then(|flash_chip| flash_chip.second_stage.as_ref());
    features.extend(second_stage.map(|name| format!("boot2-{name}")));
    // What a panic handler of the generated crate's own writes to.
    let panic: &[&str] = match (logging, resolved.app.on_panic) {
        (Logging::Defmt, OnPanic::Reset) => &["defmt"],
        (Logging::Log, _) if resolved.app.log_over == LogOver::Usb => &[],
        (Logging::Defmt, OnPanic::Halt) if resolved.uses_core1() => &["defmt"],
        (Logging::Log, _) => &["uart-panic"],
        (Logging::Defmt, OnPanic::Halt) | (Logging::None, _) => &[],
    };
    let executors: &[&str] = match (resolved.wakes_across_cores(), resolved.interrupt_executors.is_empty()) {
        (true, _) => &["executors-across-cores"],
        (false, true) => &[],
        (false, false) => &["interrupt-executors"],
    };
    let adc = (!resolved.adcs.is_empty()).then_some("adc");
    let i2c = (!resolved.i2cs.is_empty()).then_some("i2c");
    let spi = (!resolved.spis.is_empty()).then_some("spi");
    let led_strip = (!resolved.led_strips.is_empty()).then_some("led-strip");
    let pwm = (!resolved.pwms.is_empty()).then_some("pwm");
    let watchdog = resolved.app.watchdog().map(|_| "watchdog");
    let crates = vec![
        CrateUse::new("cortex-m", ["inline-asm"]),
        CrateUse::new("cortex-m-rt", [""; 0]),
        CrateUse::new("embassy-rp", features),
        CrateUse::new(
            "fwc-hal-rp",
            panic
                .iter()
                .copied()
                .chain(executors.iter().copied())
                .chain(pwm)
                .chain(adc)
                .chain(i2c)
                .chain(spi)
                .chain(led_strip)
                .chain(watchdog)
                .chain(usb::feature(resolved)),
        ),
    ];
    crates.into_iter().chain(usb::device_crate(resolved)).collect()
}

/// cortex-m-rt's, and the HAL's for a second boot stage where the chip has one.
pub(super) fn linker_scripts(resolved: &Resolved) -> Vec<&'static str> {
    let staged = resolved.app.board.chip.memory.iter().any(|region| region.role == MemoryRole::Boot);
    std::iter::once("link.x").chain(staged.then_some("link-rp.x")).collect()
}

pub(super) fn clock_code(resolved: &Resolved) -> Vec<String> {
    let crystal = resolved.app.board.crystal_hz.unwrap_or(DEFAULT_CRYSTAL_HZ);
    let Some(ClockSolution::Rp(pll)) = resolved.clock else {
        return vec!["config::Config::default()".to_string()];
    };
    let mut code = vec![
        format!("let mut clocks = clocks::ClockConfig::crystal({});", grouped(crystal.into())),
        "if let Some(crystal) = &mut clocks.xosc {".to_string(),
        "    crystal.sys_pll = Some(clocks::PllConfig {".to_string(),
        format!("        refdiv: {},", pll.refdiv),
        format!("        fbdiv: {},", pll.fbdiv),
        format!("        post_div1: {},", pll.postdiv1),
        format!("        post_div2: {},", pll.postdiv2),
        "    });".to_string(),
    ];
    if let Some(usb) = resolved.usb_clock {
        code.extend([
            "    crystal.usb_pll = Some(clocks::PllConfig {".to_string(),
            format!("        refdiv: {},", usb.refdiv),
            format!("        fbdiv: {},", usb.fbdiv),
            format!("        post_div1: {},", usb.postdiv1),
            format!("        post_div2: {},", usb.postdiv2),
            "    });".to_string(),
        ]);
    }
    code.push("}".to_string());
    // The HAL's default voltage is 1.10 V.
    if pll.core_millivolts != 1100 {
        code.push("// A faster core needs a higher voltage.".to_string());
        let volts = format!("V{}_{:02}", pll.core_millivolts / 1000, pll.core_millivolts % 1000 / 10);
        code.push(format!("clocks.core_voltage = clocks::CoreVoltage::{volts};"));
    }
    code.push("config::Config::new(clocks)".to_string());
    code
}

pub(super) fn handle(resolved: &Resolved, id: PeripheralId, names: &HandleNames) -> Handle {
    let peripheral = resolved.app.peripheral(id);
    match &peripheral.kind {
        PeripheralKind::Output(output) => output_handle(resolved, output, names),
        PeripheralKind::Input(input) => input_handle(resolved, input, names),
        PeripheralKind::Uart(uart) => uart_handle(resolved, uart, &resolved.uarts[&id], names),
        PeripheralKind::Pwm(_) => pwm::handle(resolved, id, names),
        PeripheralKind::Adc(adc) => adc::handle(resolved, id, adc, names),
        PeripheralKind::Watchdog(watchdog) => watchdog::handle(resolved, watchdog, names),
        PeripheralKind::I2c(i2c) => buses::i2c_handle(resolved, id, i2c, names),
        PeripheralKind::Spi(spi) => buses::spi_handle(resolved, id, spi, names),
        PeripheralKind::UsbSerial(_) => usb::handle(Hal::Rp),
        PeripheralKind::LedStrip(strip) => led_strip::handle(resolved, id, strip, names),
        PeripheralKind::Device(_) => unreachable!("a device is planned without the HAL"),
    }
}

fn output_handle(resolved: &Resolved, output: &Output, names: &HandleNames) -> Handle {
    let driver = match output.drain {
        Drain::PushPull => "Output",
        Drain::Open => "OutputOpenDrain",
    };
    let level = Expression::plain(first_level(output));
    let pin = Expression::call(format!("{driver}::new"), [singleton(resolved, output.pin), level]);
    Handle::new(
        format!(
            "gpio::Output<fwc_hal_rp::gpio::{driver}<peripherals::{}>, gpio::{}>",
            resolved.app.board.chip.pin(output.pin.pin).hal,
            polarity(output.active)
        ),
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
    input_on(pin, "fwc_hal_rp::gpio::Input", input, names)
}

fn uart_handle(resolved: &Resolved, uart: &Uart, wiring: &UartWiring, names: &HandleNames) -> Handle {
    let chip = &resolved.app.board.chip;
    let block = Expression::plain(format!("p.{}", chip.block(wiring.block).name));
    let pin = |pin: Option<PinUse>| pin.map(|pin| singleton(resolved, pin));
    let irqs = Expression::plain("Irqs");
    let config = Expression::call(format!("board::{}", names.config), []);
    let (tx, rx, rts, cts) = (pin(uart.tx), pin(uart.rx), pin(uart.rts), pin(uart.cts));
    let tx_buffer = BufferPlan { name: names.tx_buffer.clone(), bytes: uart.buffer };
    let rx_buffer = BufferPlan { name: names.rx_buffer.clone(), bytes: uart.buffer };
    let tx_name = Expression::plain(&tx_buffer.name);
    let rx_name = Expression::plain(&rx_buffer.name);
    let (adapter, function, arguments, buffers) = match wiring.driver {
        UartDriver::Buffered => {
            let flow = rts.is_some() && cts.is_some();
            let function = if flow { "BufferedUart::new_with_rtscts" } else { "BufferedUart::new" };
            let pins = [tx, rx, rts, cts].into_iter().flatten();
            let arguments =
                std::iter::once(block).chain(pins).chain([irqs, tx_name, rx_name, config]).collect();
            ("Uart", function, arguments, vec![tx_buffer, rx_buffer])
        }
        UartDriver::BufferedRx => {
            let function = if rts.is_some() { "BufferedUartRx::new_with_rts" } else { "BufferedUartRx::new" };
            let pins = [rx, rts].into_iter().flatten();
            let arguments: Vec<_> = [block, irqs].into_iter().chain(pins).chain([rx_name, config]).collect();
            ("UartReader", function, arguments, vec![rx_buffer])
        }
        UartDriver::BufferedTx => {
            let function = if cts.is_some() { "BufferedUartTx::new_with_cts" } else { "BufferedUartTx::new" };
            let pins = [tx, cts].into_iter().flatten();
            let arguments: Vec<_> = [block, irqs].into_iter().chain(pins).chain([tx_name, config]).collect();
            ("UartWriter", function, arguments, vec![tx_buffer])
        }
        UartDriver::DmaRx { .. } => refused("a ring of DMA"),
        UartDriver::DmaTx { tx: channel } => {
            let channel = Expression::plain(format!("p.{}", channel_of(resolved, channel).name));
            let arguments = std::iter::once(block).chain(tx).chain([channel, irqs, config]).collect();
            ("UartDmaWriter", "UartTx::new", arguments, Vec::new())
        }
    };
    let halves = (wiring.driver == UartDriver::Buffered).then(|| HalvesPlan {
        reader: "fwc_hal_rp::uart::UartReader".to_string(),
        writer: "fwc_hal_rp::uart::UartWriter".to_string(),
    });
    let made = Expression::call(function, arguments);
    Handle {
        halves,
        buffers,
        config: Some(("uart::Config".to_string(), uart_config(uart))),
        ..Handle::new(
            format!("fwc_hal_rp::uart::{adapter}"),
            Expression::call(format!("board::{}::new", names.alias), [made]),
        )
    }
}

/// Sets what differs from the HAL's default, 8N1; the rate is always said.
fn uart_config(uart: &Uart) -> Vec<String> {
    let mut code = vec![
        "let mut config = uart::Config::default();".to_string(),
        format!("config.baudrate = {};", grouped(uart.baud.value.into())),
    ];
    if uart.data_bits != 8 {
        code.push(format!("config.data_bits = uart::DataBits::DataBits{};", uart.data_bits));
    }
    let parity = match uart.parity {
        Parity::None => None,
        Parity::Even => Some("Even"),
        Parity::Odd => Some("Odd"),
    };
    code.extend(parity.map(|parity| format!("config.parity = uart::Parity::Parity{parity};")));
    if uart.stop_bits == 2 {
        code.push("config.stop_bits = uart::StopBits::STOP2;".to_string());
    }
    code.push("config".to_string());
    code
}

pub(super) fn handlers(facts: &Facts<'_>) -> Vec<(PeripheralId, InterruptId, String)> {
    let chip = &facts.app().board.chip;
    let mut handlers: Vec<_> = facts
        .resolved
        .uarts
        .iter()
        .filter(|(id, _)| facts.usage.is_used(**id))
        .map(|(id, wiring)| match wiring.driver {
            UartDriver::Buffered | UartDriver::BufferedRx | UartDriver::BufferedTx => {
                let block = chip.block(wiring.block);
                let handler = format!("uart::BufferedInterruptHandler<peripherals::{}>", block.name);
                (*id, block.interrupts[0], handler)
            }
            UartDriver::DmaRx { .. } => refused("a ring of DMA"),
            UartDriver::DmaTx { tx } => {
                let channel = channel_of(facts.resolved, tx);
                let handler = format!("dma::InterruptHandler<peripherals::{}>", channel.name);
                (*id, channel.interrupt, handler)
            }
        })
        .collect();
    // One handler serves all channels of a converter.
    let read = facts.resolved.adcs.iter().find(|(id, _)| facts.usage.is_used(**id));
    handlers.extend(read.map(|(id, wiring)| {
        (*id, chip.block(wiring.block).interrupts[0], "adc::InterruptHandler".to_string())
    }));
    let buses = facts.resolved.i2cs.iter().filter(|(id, _)| facts.usage.is_used(**id));
    handlers.extend(buses.map(|(id, wiring)| {
        let block = chip.block(wiring.block);
        (*id, block.interrupts[0], format!("i2c::InterruptHandler<peripherals::{}>", block.name))
    }));
    let channels = facts.resolved.spis.iter().filter(|(id, _)| facts.usage.is_used(**id));
    handlers.extend(channels.flat_map(|(id, wiring)| {
        let channels = wiring.tx.into_iter().chain(wiring.rx);
        channels.map(|channel| {
            let channel = chip.dma_channel(channel);
            (*id, channel.interrupt, format!("dma::InterruptHandler<peripherals::{}>", channel.name))
        })
    }));
    let strips = facts.resolved.led_strips.iter().filter(|(id, _)| facts.usage.is_used(**id));
    handlers.extend(strips.flat_map(|(id, wiring)| {
        let (block, channel) = (chip.block(wiring.block), channel_of(facts.resolved, wiring.dma));
        let moves = format!("dma::InterruptHandler<peripherals::{}>", channel.name);
        let pulses = format!("pio::InterruptHandler<peripherals::{}>", block.name);
        [(*id, channel.interrupt, moves), (*id, block.interrupts[0], pulses)]
    }));
    handlers.sort_by_key(|(id, vector, _)| (*vector, *id));
    handlers
}

pub(super) fn led_strip_clock(resolved: &Resolved) -> Frequency {
    led_strip::clock(resolved)
}

/// embassy-rp 0.10.0, src/gpio.rs: all edges of a bank come in at one vector.
pub(super) fn own_interrupts(facts: &Facts<'_>) -> Vec<(InterruptId, String)> {
    let app = facts.app();
    let waits = |(index, kind): (usize, &PeripheralKind)| {
        matches!(kind, PeripheralKind::Input(_)) && facts.usage.is_used(PeripheralId(index as u32))
    };
    let inputs = app.peripherals.iter().map(|peripheral| &peripheral.kind).enumerate().any(waits);
    let interrupts = app.board.chip.interrupts.iter().zip(0..);
    let crosses = facts.resolved.wakes_across_cores();
    let vectors = interrupts.filter_map(|(interrupt, index)| {
        let reason = match interrupt.name.as_str() {
            "IO_IRQ_BANK0" if inputs => "edges of inputs, handled by the HAL",
            CORE0_MAILBOX if mailbox(facts.resolved).is_some() => {
                "core 1 wakes tasks of core 0 above `normal`"
            }
            "SIO_IRQ_PROC1" if crosses => "core 0 wakes tasks of core 1 above `normal`, handled by the HAL",
            "SIO_IRQ_FIFO" if crosses => "a core wakes tasks of the other above `normal`, handled by the HAL",
            _ => return None,
        };
        Some((InterruptId(index), reason.to_string()))
    });
    vectors.collect()
}

/// RP2040 datasheet, section 2.3.1.4: each core's mailbox has a vector of its own. RP2350 datasheet, section 3.1.6: the
/// cores' mailboxes have one number, at the controller of each core.
const CORE0_MAILBOX: &str = "SIO_IRQ_PROC0";

/// embassy-rp 0.10.0, src/multicore.rs: the HAL handles the one vector of both mailboxes where there is one, and else that
/// of core 1 alone. What it sends to core 0 then waits there until generated code takes it out.
pub(super) fn mailbox(resolved: &Resolved) -> Option<String> {
    let on_core0 = resolved.interrupt_executors.iter().any(|wiring| wiring.executor.core() == 0);
    let has_own = resolved.app.board.chip.interrupts.iter().any(|vector| vector.name == CORE0_MAILBOX);
    (resolved.wakes_across_cores() && on_core0 && has_own).then(|| CORE0_MAILBOX.to_string())
}

/// embassy-rp 0.10.0, src/gpio.rs and src/dma.rs: `init` gives these vectors the least urgent level.
pub(super) const LEAST_URGENT: &[&str] = &["IO_IRQ_BANK0", "DMA_IRQ_0"];

/// The DMA channel of whoever has one: on these chips no block has a DMA of its own.
fn channel_of(resolved: &Resolved, channel: Option<DmaId>) -> &DmaChannel {
    let channel = channel.expect("the search found a channel for whoever needs one");
    resolved.app.board.chip.dma_channel(channel)
}
