//! What differs from one HAL crate to another, as data that the shared part of the plan asks for.
//!
//! Constructors differ from driver to driver in order, in what they return and in where interrupts stand, so each HAL
//! has a file of its own with one function a driver; nothing else in the plan names a HAL's types.

mod esp;
mod nrf;
mod rp;
mod sim;
mod stm32;
mod usb;

use fwc_schema::app::{Active, Initial};
use fwc_schema::chip::{BlockKind, Hal, LedStripModel};
use fwc_schema::units::Frequency;

use crate::app::{Input, Output, PeripheralId, PinUse, Spi};
use crate::catalog::{BlockId, Chip, InterruptId};
use crate::plan::Facts;
use crate::plan::crates::Logging;
use crate::plan::expression::{Expression, Statement, grouped};
use crate::plan::pace::StaticCode;
use crate::plan::peripherals::{BufferPlan, BusCode, HalvesPlan};
use crate::plan::usb::{DeviceNames, UsbCode, UsbIdentity};
use crate::resolved::{BusSharing, Executor, LedStripWiring, Resolved, SpiWiring};

/// What a HAL makes of one peripheral.
pub(super) struct Handle {
    /// The type of the whole.
    pub(super) rust_type: String,
    /// What the users of a bus share, where there are several.
    pub(super) bus: Option<BusCode>,
    /// The types of a uart's halves, where it has two.
    pub(super) halves: Option<HalvesPlan>,
    /// Buffers that live for ever, in the order in which `construct` names them.
    pub(super) buffers: Vec<BufferPlan>,
    /// The body of the function that configures it, and the type that it returns.
    pub(super) config: Option<(String, Vec<String>)>,
    /// Makes it, or where there is a `pair` what both come from.
    pub(super) construct: Expression,
    /// Other statics that it needs.
    pub(super) statics: Vec<StaticCode>,
    /// What is done before it is made.
    pub(super) before: Vec<Statement>,
    /// How two peripherals come from one thing of the HAL's.
    pub(super) pair: Option<Pair>,
}

impl Handle {
    /// A handle that is made by one expression and needs nothing else.
    fn new(rust_type: impl Into<String>, construct: Expression) -> Handle {
        Handle {
            rust_type: rust_type.into(),
            bus: None,
            halves: None,
            buffers: Vec::new(),
            config: None,
            construct,
            statics: Vec::new(),
            before: Vec::new(),
            pair: None,
        }
    }
}

/// Two peripherals that come from one thing of the HAL's.
#[derive(Clone)]
pub(super) struct Pair {
    /// The local variable that holds that thing.
    pub(super) local: String,
    /// The function that takes it apart.
    pub(super) function: String,
    /// The peripherals that it returns, in this order.
    pub(super) members: [PeripheralId; 2],
}

/// A crate of the tested set that a HAL needs.
pub(super) struct CrateUse {
    pub(super) name: &'static str,
    pub(super) features: Vec<String>,
}

impl CrateUse {
    fn new<F: Into<String>>(name: &'static str, features: impl IntoIterator<Item = F>) -> CrateUse {
        CrateUse { name, features: features.into_iter().map(Into::into).collect() }
    }
}

/// The crate that drives a HAL's chips.
pub(super) fn crate_name(hal: Hal) -> &'static str {
    match hal {
        Hal::Rp => "embassy-rp",
        Hal::Nrf => "embassy-nrf",
        Hal::Stm32 => "embassy-stm32",
        Hal::Esp => "esp-hal",
        Hal::Sim => sim::CRATE,
    }
}

/// The HAL's own crates.
pub(super) fn crates(resolved: &Resolved, logging: Logging) -> Vec<CrateUse> {
    match resolved.app.board.chip.hal {
        Hal::Rp => rp::crates(resolved, logging),
        Hal::Nrf => nrf::crates(resolved, logging),
        Hal::Stm32 => stm32::crates(resolved, logging),
        Hal::Esp => esp::crates(resolved, logging),
        Hal::Sim => sim::crates(resolved),
    }
}

/// The HAL's type of what `init` takes.
pub(super) fn config_type(hal: Hal) -> &'static str {
    match hal {
        Hal::Rp | Hal::Nrf | Hal::Sim => "config::Config",
        Hal::Stm32 => "embassy_stm32::Config",
        Hal::Esp => "esp_hal::Config",
    }
}

/// Whether the HAL brings what Embassy's executors and its time are built on, so that nothing of cortex-m's is there.
pub(super) fn has_own_runtime(hal: Hal) -> bool {
    hal == Hal::Esp
}

/// What sets the chip up instead of the HAL's `init`.
pub(super) fn own_init(resolved: &Resolved) -> Option<&'static str> {
    (resolved.app.board.chip.hal == Hal::Stm32).then(|| stm32::own_init(resolved)).flatten()
}

/// What is not driven does not come here.
fn refused(what: &str) -> ! {
    panic!("the resolver refuses what is not driven: {what}")
}

/// The linker scripts beside `memory.x`.
pub(super) fn linker_scripts(resolved: &Resolved) -> Vec<&'static str> {
    match resolved.app.board.chip.hal {
        Hal::Rp => rp::linker_scripts(resolved),
        Hal::Nrf => nrf::LINKER_SCRIPTS.to_vec(),
        Hal::Stm32 => stm32::LINKER_SCRIPTS.to_vec(),
        Hal::Esp => esp::LINKER_SCRIPTS.to_vec(),
        Hal::Sim => Vec::new(),
    }
}

/// The body of `board::config`.
pub(super) fn clock_code(resolved: &Resolved) -> Vec<String> {
    match resolved.app.board.chip.hal {
        Hal::Rp => rp::clock_code(resolved),
        Hal::Nrf => nrf::clock_code(resolved),
        Hal::Stm32 => stm32::clock_code(resolved),
        Hal::Esp => esp::clock_code(resolved),
        Hal::Sim => Vec::new(),
    }
}

/// A peripheral's types and how it is made.
pub(super) fn handle(resolved: &Resolved, id: PeripheralId, names: &HandleNames) -> Handle {
    match resolved.app.board.chip.hal {
        Hal::Rp => rp::handle(resolved, id, names),
        Hal::Nrf => nrf::handle(resolved, id, names),
        Hal::Stm32 => stm32::handle(resolved, id, names),
        Hal::Esp => esp::handle(resolved, id, names),
        Hal::Sim => sim::handle(resolved, id, names),
    }
}

/// Whether the USB block is a serial port by itself, which is a handle like any other.
pub(super) fn usb_is_fixed(hal: Hal) -> bool {
    hal == Hal::Esp
}

/// The code that makes the USB device.
pub(super) fn usb_device(resolved: &Resolved, identity: &UsbIdentity, names: &DeviceNames<'_>) -> UsbCode {
    match resolved.app.board.chip.hal {
        Hal::Rp | Hal::Nrf | Hal::Stm32 | Hal::Esp => usb::device(resolved, identity, names),
        Hal::Sim => sim::usb_device(identity, names),
    }
}

/// The type that a log over USB is written to.
pub(super) fn usb_log(hal: Hal) -> String {
    format!("{}::PortWriter<true>", usb::module(hal))
}

/// The handlers of the USB controller's vectors.
pub(super) fn usb_handlers(resolved: &Resolved) -> Vec<(InterruptId, String)> {
    match resolved.app.board.chip.hal {
        Hal::Rp | Hal::Stm32 => usb::handler(resolved).into_iter().collect(),
        Hal::Nrf => nrf::usb_handlers(resolved),
        Hal::Esp | Hal::Sim => Vec::new(),
    }
}

/// Whether what a panic says can be written to a port of the log's, by the registers alone.
pub(super) fn panics_over_usb(hal: Hal) -> bool {
    hal != Hal::Stm32
}

/// What answers the computer at the other end of USB, in a task of its own.
pub(super) fn usb_run(hal: Hal) -> String {
    format!("{}::run", usb::module(hal))
}

/// WS2812B-V5 datasheet, "data transfer time": 1.25 µs a bit.
const LIGHT_BITS: Frequency = Frequency(800_000_000);

/// How fast the bits of a chain of lights shall be, and how fast they are: on the board, wherever the firmware runs.
pub(super) fn led_strip_clock(resolved: &Resolved, wiring: &LedStripWiring) -> (Frequency, Frequency) {
    let actual = match &resolved.app.board.chip.led_strip {
        None => refused("a chain of lights"),
        Some(LedStripModel::PioProgram(_)) => rp::led_strip_clock(resolved),
        Some(LedStripModel::PwmSequence(model)) => of_whole_steps(model.clock_hz),
        Some(LedStripModel::SpiBits(_)) => stm32::led_strip_clock(wiring),
        Some(LedStripModel::PulseCodes(model)) => of_whole_steps(model.clock_hz),
    };
    (LIGHT_BITS, actual)
}

/// How fast bits are of which each takes a whole number of steps of a clock.
fn of_whole_steps(clock_hz: u32) -> Frequency {
    let millihertz = u64::from(clock_hz) * 1_000;
    let steps = (millihertz + LIGHT_BITS.0 / 2) / LIGHT_BITS.0;
    Frequency(millihertz / steps)
}

/// Has the watchdog tell which tasks it bit for.
fn watchdog_reports(resolved: &Resolved, names: &HandleNames) -> Vec<Statement> {
    let reports = resolved.app.supervised().zip(0..).map(|(task, number): (_, u32)| {
        let arguments = [number.to_string(), format!("{:?}", task.name.value)];
        Statement::run(Expression::call(
            format!("board::{}::report", names.alias),
            arguments.map(Expression::plain),
        ))
    });
    reports.collect()
}

/// The block that several peripherals share, each of which is a handle of its own.
pub(super) fn shared_block(resolved: &Resolved, id: PeripheralId) -> Option<BlockId> {
    if let Some(wiring) = resolved.adcs.get(&id) {
        return Some(wiring.block);
    }
    let counter = resolved.pwms.get(&id).map(|wiring| wiring.block);
    if let Some(wiring) = resolved.led_strips.get(&id) {
        // The channels of an RMT are made together, by the first of them.
        let channel = resolved.app.board.chip.block(wiring.block).kind == BlockKind::Rmt;
        let first = resolved.app.board.chip.blocks_of(BlockKind::Rmt).next();
        return first.filter(|_| channel && resolved.app.board.chip.hal == Hal::Esp);
    }
    counter.filter(|_| matches!(resolved.app.board.chip.hal, Hal::Nrf | Hal::Stm32 | Hal::Esp))
}

/// Names that a handle's code mentions.
pub(super) struct HandleNames {
    /// The type's.
    pub(super) alias: String,
    /// The function's that configures it.
    pub(super) config: String,
    /// The buffer's that is sent from.
    pub(super) tx_buffer: String,
    /// The buffer's that is received into.
    pub(super) rx_buffer: String,
    /// The local variable's that holds what the peripherals on a block share.
    pub(super) shared: String,
    /// Whether this one is the first of them, and makes what they share.
    pub(super) makes_shared: bool,
    /// The static's that what the pwms of a block share is in, or what the DMA of a bus or of a chain of lights needs.
    pub(super) memory: String,
    /// Those of a bus whose users share it.
    pub(super) bus: Option<BusNames>,
}

/// Names of what the users of a bus share.
pub(super) struct BusNames {
    /// The type's.
    pub(super) alias: String,
    /// The static's that holds it.
    pub(super) place: String,
    /// The local variable's that holds what it is made from.
    pub(super) driver: String,
}

/// How an executor beside the thread executor is started: the names of its static and of its vector, and the vector's
/// level.
pub(super) fn executor_start(
    chip: &Chip,
    executor: Executor,
    name: &str,
    vector: &str,
    level: u8,
) -> Expression {
    match chip.hal {
        Hal::Rp | Hal::Nrf => started(name, vector, level),
        Hal::Stm32 => started(name, vector, level << stm32::unused_priority_bits(chip)),
        Hal::Esp => esp::executor_start(name, vector, level),
        Hal::Sim => sim::executor_start(executor),
    }
}

/// Where an executor beside the thread executor is put, where it is no static with a handler of its own: its name and the number
/// of its vector.
pub(super) fn executor_memory(hal: Hal, name: &str, number: u16) -> Option<StaticCode> {
    (hal == Hal::Esp).then(|| esp::executor_memory(name, number))
}

/// Whether the HAL's drivers bind their vectors themselves, so that the tables have none for a block.
pub(super) fn binds_own_vectors(hal: Hal) -> bool {
    hal == Hal::Esp
}

fn started(name: &str, vector: &str, level: u8) -> Expression {
    let arguments = [format!("&{name}"), format!("interrupt::{vector}"), format!("Priority::P{level}")];
    Expression::call("executor::start", arguments.map(Expression::plain))
}

/// Handlers that generated code binds: whose, to which vector, of which type; by vector and peripheral.
pub(super) fn handlers(facts: &Facts<'_>) -> Vec<(PeripheralId, InterruptId, String)> {
    match facts.app().board.chip.hal {
        Hal::Rp => rp::handlers(facts),
        Hal::Nrf => nrf::handlers(facts),
        Hal::Stm32 => stm32::handlers(facts),
        Hal::Esp | Hal::Sim => Vec::new(),
    }
}

/// Vectors that the HAL handles itself and this application makes use of, with what for.
pub(super) fn own_interrupts(facts: &Facts<'_>) -> Vec<(InterruptId, String)> {
    match facts.app().board.chip.hal {
        Hal::Rp => rp::own_interrupts(facts),
        Hal::Nrf => nrf::own_interrupts(facts),
        Hal::Stm32 | Hal::Esp | Hal::Sim => Vec::new(),
    }
}

/// The vector of core 0's mailbox, where the HAL does not handle it.
pub(super) fn mailbox(resolved: &Resolved) -> Option<String> {
    match resolved.app.board.chip.hal {
        Hal::Rp => rp::mailbox(resolved),
        Hal::Nrf | Hal::Stm32 | Hal::Esp | Hal::Sim => None,
    }
}

/// Vectors of drivers that the HAL leaves at the least urgent level.
pub(super) fn least_urgent(hal: Hal) -> &'static [&'static str] {
    match hal {
        Hal::Rp => rp::LEAST_URGENT,
        // embassy-nrf 0.11.0, src/lib.rs, and embassy-stm32 0.6.0, src/lib.rs: the HAL leaves its vectors at the most
        // urgent level.
        Hal::Nrf | Hal::Stm32 | Hal::Esp | Hal::Sim => &[],
    }
}

/// The HAL's value for a pin.
fn singleton(resolved: &Resolved, pin: PinUse) -> Expression {
    Expression::plain(format!("p.{}", resolved.app.board.chip.pin(pin.pin).hal))
}

/// What the adapters of all HALs call a level that is active.
fn polarity(active: Active) -> &'static str {
    match active {
        Active::High => "ActiveHigh",
        Active::Low => "ActiveLow",
    }
}

/// Whether an output's pin is high from the start: what app.toml calls on is the active level, a HAL wants the electrical one.
fn starts_high(output: &Output) -> bool {
    (output.active == Active::High) == (output.initial == Initial::On)
}

/// The same as the HALs' `Level`.
fn first_level(output: &Output) -> &'static str {
    if starts_high(output) { "Level::High" } else { "Level::Low" }
}

/// An input: `pin` is the HAL's driver, of type `driver`. The adapters of all HALs wrap it alike.
fn input_on(pin: Expression, driver: &str, input: &Input, names: &HandleNames) -> Handle {
    let plain = format!("gpio::Input<{driver}, gpio::{}>", polarity(input.active));
    let new = format!("board::{}::new", names.alias);
    match input.debounce {
        None => Handle::new(plain, Expression::call(new, [pin])),
        Some(time) => {
            let micros = grouped(time.0.div_ceil(1_000).min(u32::MAX.into()));
            let inner = Expression::call("fwc_runtime::gpio::Input::new", [pin]);
            Handle::new(format!("gpio::Debounced<{plain}, {micros}>"), Expression::call(new, [inner]))
        }
    }
}

/// The HAL's SPI driver on a block of this name, and what comes before it: Embassy's HALs make it alike.
fn spi_driver(
    resolved: &Resolved,
    block: &str,
    spi: &Spi,
    wiring: &SpiWiring,
    names: &HandleNames,
) -> (Vec<Statement>, Expression) {
    let chip = &resolved.app.board.chip;
    let function = match (spi.mosi, spi.miso) {
        (_, None) => "Spi::new_txonly",
        (None, Some(_)) => "Spi::new_rxonly",
        (Some(_), Some(_)) => "Spi::new",
    };
    let dma = |channel| Expression::plain(format!("p.{}", chip.dma_channel(channel).name));
    let lines = [Some(spi.sck), spi.mosi, spi.miso].into_iter().flatten();
    let arguments = std::iter::once(Expression::plain(format!("p.{block}")))
        .chain(lines.map(|pin| singleton(resolved, pin)))
        .chain(wiring.tx.map(dma))
        .chain(wiring.rx.map(dma))
        .chain([Expression::plain("Irqs"), Expression::call(format!("board::{}", names.config), [])]);
    let made = Expression::call(function, arguments);
    // A constructor in a constructor in a call reads better in two steps.
    match &names.bus {
        Some(names) => (vec![Statement::bind(&names.driver, made)], Expression::plain(&names.driver)),
        None => (Vec::new(), made),
    }
}

/// The handle of a bus: the driver itself, or a reference to what its users share. `generic` is the driver's type without
/// its arguments, which follow from that of the shared one.
fn bus(
    driver: String,
    generic: &str,
    arguments: impl IntoIterator<Item = Expression>,
    sharing: &BusSharing,
    names: &HandleNames,
) -> Handle {
    let new = |of: &str| Expression::call(format!("{of}::new"), arguments);
    let shared = sharing.mutex.zip(names.bus.as_ref()).map(|(mutex, names)| {
        let mutex = mutex.rust_type();
        (names, format!("fwc_runtime::bus::Shared<fwc_runtime::{mutex}, {driver}>"))
    });
    let (rust_type, bus, construct, statics) = match shared {
        None => (driver, None, new(&format!("board::{}", names.alias)), Vec::new()),
        Some((names, rust_type)) => {
            let place = StaticCode {
                name: names.place.clone(),
                rust_type: format!("MaybeUninit<board::{}>", names.alias),
                value: Expression::call("MaybeUninit::uninit", []),
            };
            let arguments = [Expression::plain(&names.place), new(generic)];
            let construct = Expression::call("fwc_runtime::bus::share", arguments);
            let bus = BusCode { alias: names.alias.clone(), rust_type };
            (format!("&'static {}", bus.alias), Some(bus), construct, vec![place])
        }
    };
    Handle { bus, statics, ..Handle::new(rust_type, construct) }
}
