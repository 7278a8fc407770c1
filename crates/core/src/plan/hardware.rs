//! The hardware side of a plan: clock, memory, and who owns each pin, block, DMA channel and interrupt.

use std::collections::BTreeMap;

use fwc_schema::chip::{ClockModel, Hal, MemoryRole, Signal};
use serde::Serialize;

use crate::app::{Adc, AnalogSource, I2c, LedStrip, PeripheralId, PeripheralKind, Pwm, Spi, Uart};
use crate::catalog::{BlockId, InterruptId};
use crate::plan::Facts;
use crate::plan::entry::Entry;
use crate::plan::{hal, pace, peripherals, usb};
use crate::resolved::{BusClock, ClockSolution, Mutex, PinRole, Resolved, UartDriver};

/// The board and its chip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BoardPlan {
    /// The name that app.toml uses.
    pub name: String,
    /// The name as its vendor writes it.
    pub title: String,
    /// The chip's name.
    pub chip: String,
    /// The chip's name as people write it.
    pub chip_title: String,
    /// The crate that drives the chip.
    pub hal: String,
    /// The compiler's target triple.
    pub target: String,
    /// The linker scripts beside `memory.x`, in the order in which the linker reads them.
    pub linker_scripts: Vec<String>,
    /// The section that the bootrom looks for, right behind the vector table.
    pub boot_section: Option<String>,
}

/// The core's clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClockPlan {
    /// The core's frequency.
    pub core_hz: u64,
    /// The crystal's frequency; absent where the chip runs from its own oscillator.
    pub crystal_hz: Option<u32>,
    /// How the one is made of the other; absent where the HAL's default is kept.
    pub pll: Option<ClockSolution>,
    /// What the buses run at, where that is not the core's clock.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub buses: Vec<BusClock>,
    /// The entry that asks for it.
    pub from: Option<Entry>,
    /// Why it is so.
    pub reason: String,
    /// The type that the generated function `board::config` returns.
    #[serde(skip)]
    pub config_type: &'static str,
    /// Its body.
    pub code: Vec<String>,
}

/// A region of the linker script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MemoryPlan {
    /// Its name there.
    pub name: String,
    /// What it is for.
    pub role: MemoryRole,
    /// The first address.
    pub origin: u32,
    /// Length in bytes.
    pub length: u32,
}

/// A pin in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PinPlan {
    /// The chip's name of it.
    pub pin: String,
    /// The board's names of it.
    pub labels: Vec<String>,
    /// Who owns it.
    pub peripheral: String,
    /// What it is to its owner.
    pub role: PinRole,
    /// The owner's entry.
    #[serde(flatten)]
    pub from: Entry,
}

/// A hardware block in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BlockPlan {
    /// The datasheet's name of it.
    pub block: String,
    /// Who owns it.
    pub peripheral: String,
    /// How its data is moved.
    #[serde(flatten)]
    pub driver: DriverPlan,
    /// Why this block and this driver.
    pub reason: String,
    /// How fast it runs.
    #[serde(flatten)]
    pub rate: RatePlan,
    /// The owner's entry.
    #[serde(flatten)]
    pub from: Entry,
}

/// How a block's data is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "driver")]
pub enum DriverPlan {
    /// The interrupt handler moves bytes between the block and software buffers.
    Buffered {
        /// Bytes of each buffer.
        buffer: u32,
    },
    /// DMA brings bytes of the block into a ring of memory, from which the task takes them.
    Ring {
        /// Bytes of the ring.
        buffer: u32,
    },
    /// DMA moves bytes between the block and the task's own memory.
    Dma {
        /// How the users of a bus take turns; absent where there is one.
        #[serde(skip_serializing_if = "Option::is_none")]
        mutex: Option<Mutex>,
    },
    /// The block's interrupt wakes the task that waits.
    Interrupt {
        /// How long a transfer may take beyond the time that its bits need, in microseconds.
        timeout_us: u64,
        /// How the users take turns; absent where there is one.
        mutex: Option<Mutex>,
    },
    /// The interrupt handler tells of packets, which tasks move between the block's own memory and theirs.
    Packets {
        /// Bytes of a packet.
        packet: u32,
    },
    /// DMA brings a state machine the colours of a chain of lights.
    Lights {
        /// How many there are.
        lights: u16,
    },
    /// The converter measures for one input at a time, and its interrupt wakes the task that waits.
    Turns {
        /// How the inputs take turns.
        mutex: Mutex,
    },
    /// The converter measures for one input at a time, and the task that reads waits for it awake: it takes microseconds.
    Polled {
        /// How the inputs take turns.
        mutex: Mutex,
    },
    /// A timer pulses one of its outputs.
    Timer {
        /// Which output.
        output: Signal,
        /// Steps of the counter in a period: a duty is one of these and 0.
        steps: u16,
        /// What the timer's clock is divided by.
        divider: u16,
    },
    /// A counter pulses an output of a slice.
    Slice {
        /// Which output.
        output: Signal,
        /// Steps of the counter in a period: a duty is one of these and 0.
        steps: u16,
        /// What the core's clock is divided by, in sixteenths.
        divider_sixteenths: u16,
    },
}

/// How fast a block runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum RatePlan {
    /// A uart.
    Bits {
        /// The rate that is asked for, in bits per second.
        baud: u32,
        /// The rate that the divider gives, in bits per second.
        actual_baud: u32,
    },
    /// A bus.
    Clock {
        /// The clock that is asked for, in millihertz.
        clock_millihertz: u64,
        /// The clock that the dividers give, in millihertz.
        actual_clock_millihertz: u64,
    },
    /// A serial bus.
    Bus {
        /// Bits per second, of which the bus itself needs a part.
        bits_per_second: u32,
    },
    /// What runs when it is asked.
    Asked {},
    /// A pwm.
    Pulses {
        /// The frequency that is asked for, in millihertz.
        millihertz: u64,
        /// The frequency that divider and counter give, in millihertz.
        actual_millihertz: u64,
    },
}

/// A DMA channel in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DmaPlan {
    /// The chip's name of it.
    pub channel: String,
    /// Who owns it.
    pub peripheral: String,
    /// What it moves.
    pub role: PinRole,
    /// The owner's entry.
    #[serde(flatten)]
    pub from: Entry,
}

/// An interrupt in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InterruptPlan {
    /// Its vector.
    pub vector: String,
    /// Its number at the interrupt controller.
    pub number: u16,
    /// The level that it is set to, 0 being the most urgent; absent where it keeps the HAL's.
    pub level: Option<u8>,
    /// The handlers that generated code binds to it; empty where the HAL handles it itself.
    pub handlers: Vec<HandlerPlan>,
    /// What it is for.
    pub reason: String,
}

/// A handler on an interrupt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HandlerPlan {
    /// Its type.
    pub handler: String,
    /// Whose it is.
    pub peripheral: String,
    /// The owner's entry.
    #[serde(flatten)]
    pub from: Entry,
}

pub(super) fn board(facts: &Facts<'_>) -> BoardPlan {
    let board = &facts.app().board;
    BoardPlan {
        name: board.name.clone(),
        title: board.title.clone(),
        chip: board.chip.name.clone(),
        chip_title: board.chip.title.clone(),
        hal: hal::crate_name(board.chip.hal).to_string(),
        target: board.chip.target.clone(),
        linker_scripts: hal::linker_scripts(facts.resolved).into_iter().map(str::to_string).collect(),
        boot_section: board.chip.boot_section.clone(),
    }
}

pub(super) fn clock(facts: &Facts<'_>) -> ClockPlan {
    let app = facts.app();
    let from = app
        .clock
        .as_ref()
        .map(|clock| Entry { entry: "app".to_string(), line: facts.lines.line(clock.span) });
    let reason = match (&app.clock, &facts.resolved.clock) {
        (Some(clock), _) => format!("asked for by `clock = \"{}\"`", clock.value),
        (None, Some(ClockSolution::Rp(_))) => "the HAL's default is made for another crystal".to_string(),
        (None, Some(ClockSolution::BusPll(_))) => "as fast as the chip can be from there".to_string(),
        (None, None) if matches!(app.board.chip.clocks, ClockModel::Fixed(_)) => {
            "the only frequency of the core".to_string()
        }
        (None, None) => "the HAL's default".to_string(),
    };
    ClockPlan {
        core_hz: facts.resolved.core_hz,
        crystal_hz: app.board.crystal_hz,
        pll: facts.resolved.clock,
        buses: facts.resolved.buses.clone(),
        from,
        reason,
        config_type: hal::config_type(app.board.chip.hal),
        code: hal::clock_code(facts.resolved),
    }
}

/// By address.
pub(super) fn memory(facts: &Facts<'_>) -> Vec<MemoryPlan> {
    let regions = facts.app().board.link_regions().into_iter();
    regions
        .map(|region| MemoryPlan {
            name: region.name,
            role: region.role,
            origin: region.origin,
            length: region.length,
        })
        .collect()
}

/// By the pins' numbers.
pub(super) fn pins(facts: &Facts<'_>) -> Vec<PinPlan> {
    let board = &facts.app().board;
    let pins = facts.resolved.pins.iter().map(|(pin, owner)| {
        let peripheral = facts.app().peripheral(owner.peripheral);
        PinPlan {
            pin: board.chip.pin(*pin).name.clone(),
            labels: board.labels_of(*pin).map(str::to_string).collect(),
            peripheral: peripheral.name.value.clone(),
            role: owner.role,
            from: facts.lines.of(peripheral),
        }
    });
    pins.collect()
}

/// By the blocks' places in the chip.
pub(super) fn blocks(facts: &Facts<'_>) -> Vec<BlockPlan> {
    let uarts = facts.resolved.uarts.iter().map(|(id, wiring)| (wiring.block, Signal::Tx, *id));
    let pwms = facts.resolved.pwms.iter().map(|(id, wiring)| (wiring.block, wiring.signal, *id));
    let i2cs = facts.resolved.i2cs.iter().map(|(id, wiring)| (wiring.block, Signal::Sda, *id));
    let spis = facts.resolved.spis.iter().map(|(id, wiring)| (wiring.block, Signal::Sck, *id));
    let strips = facts.resolved.led_strips.iter().map(|(id, wiring)| (wiring.block, Signal::Io, *id));
    let adcs = facts.resolved.adcs.iter().map(|(id, wiring)| (wiring.block, Signal::Rx, *id));
    let mut wirings: Vec<(BlockId, Signal, PeripheralId)> =
        uarts.chain(i2cs).chain(spis).chain(pwms).chain(strips).chain(adcs).collect();
    wirings.sort_unstable();
    let blocks = wirings.into_iter().filter_map(|(_, _, id)| match &facts.app().peripheral(id).kind {
        PeripheralKind::Uart(uart) => Some(uart_block(facts, id, uart)),
        PeripheralKind::Pwm(pwm) => Some(pwm_block(facts, id, pwm)),
        PeripheralKind::I2c(i2c) => Some(i2c_block(facts, id, i2c)),
        PeripheralKind::Spi(spi) => Some(spi_block(facts, id, spi)),
        PeripheralKind::LedStrip(strip) => Some(led_strip_block(facts, id, strip)),
        PeripheralKind::Adc(adc) => Some(adc_block(facts, id, adc)),
        PeripheralKind::Output(_)
        | PeripheralKind::Input(_)
        | PeripheralKind::Watchdog(_)
        | PeripheralKind::UsbSerial(_)
        | PeripheralKind::Device(_) => None,
    });
    blocks.chain(usb_block(facts)).collect()
}

/// USB 2.0, chapter 5: a full-speed device has 12 Mbit/s, and bulk packets of 64 bytes.
fn usb_block(facts: &Facts<'_>) -> Option<BlockPlan> {
    let (owner, from) = usb::owner(facts)?;
    let block = facts.app().board.chip.block(facts.resolved.usb?.block);
    let reason = match owner.as_str() {
        usb::LOG => "the one controller there is, with a port for the log",
        _ if usb::has_log(facts) => "the one controller there is, with a second port for the log",
        _ => "the one controller there is",
    };
    Some(BlockPlan {
        block: block.title.clone(),
        peripheral: owner,
        driver: DriverPlan::Packets { packet: 64 },
        reason: reason.to_string(),
        rate: RatePlan::Bus { bits_per_second: 12_000_000 },
        from,
    })
}

fn uart_block(facts: &Facts<'_>, id: PeripheralId, uart: &Uart) -> BlockPlan {
    let wiring = &facts.resolved.uarts[&id];
    let peripheral = facts.app().peripheral(id);
    BlockPlan {
        block: facts.app().board.chip.block(wiring.block).title.clone(),
        peripheral: peripheral.name.value.clone(),
        driver: match wiring.driver {
            UartDriver::Buffered | UartDriver::BufferedRx | UartDriver::BufferedTx => {
                DriverPlan::Buffered { buffer: uart.buffer }
            }
            UartDriver::DmaTx { .. } => DriverPlan::Dma { mutex: None },
            UartDriver::DmaRx { .. } => DriverPlan::Ring { buffer: uart.buffer },
        },
        reason: wiring.reason.clone(),
        rate: RatePlan::Bits { baud: uart.baud.value, actual_baud: wiring.actual_baud },
        from: facts.lines.of(peripheral),
    }
}

fn i2c_block(facts: &Facts<'_>, id: PeripheralId, i2c: &I2c) -> BlockPlan {
    let wiring = &facts.resolved.i2cs[&id];
    let peripheral = facts.app().peripheral(id);
    BlockPlan {
        block: facts.app().board.chip.block(wiring.block).title.clone(),
        peripheral: peripheral.name.value.clone(),
        driver: DriverPlan::Interrupt { timeout_us: pace::micros(i2c.timeout), mutex: wiring.sharing.mutex },
        reason: format!("{}; {}", wiring.reason, wiring.sharing.reason),
        rate: RatePlan::Clock {
            clock_millihertz: i2c.frequency.value.0,
            actual_clock_millihertz: wiring.actual.0,
        },
        from: facts.lines.of(peripheral),
    }
}

fn spi_block(facts: &Facts<'_>, id: PeripheralId, spi: &Spi) -> BlockPlan {
    let wiring = &facts.resolved.spis[&id];
    let peripheral = facts.app().peripheral(id);
    BlockPlan {
        block: facts.app().board.chip.block(wiring.block).title.clone(),
        peripheral: peripheral.name.value.clone(),
        driver: DriverPlan::Dma { mutex: wiring.sharing.mutex },
        reason: format!("{}; {}", wiring.reason, wiring.sharing.reason),
        rate: RatePlan::Clock {
            clock_millihertz: spi.frequency.value.0,
            actual_clock_millihertz: wiring.actual.0,
        },
        from: facts.lines.of(peripheral),
    }
}

fn led_strip_block(facts: &Facts<'_>, id: PeripheralId, strip: &LedStrip) -> BlockPlan {
    let wiring = &facts.resolved.led_strips[&id];
    let peripheral = facts.app().peripheral(id);
    let (wanted, actual) = hal::led_strip_clock(facts.resolved);
    BlockPlan {
        block: facts.app().board.chip.block(wiring.block).title.clone(),
        peripheral: peripheral.name.value.clone(),
        driver: DriverPlan::Lights { lights: strip.lights },
        reason: wiring.reason.clone(),
        rate: RatePlan::Clock { clock_millihertz: wanted.0, actual_clock_millihertz: actual.0 },
        from: facts.lines.of(peripheral),
    }
}

fn adc_block(facts: &Facts<'_>, id: PeripheralId, adc: &Adc) -> BlockPlan {
    let wiring = &facts.resolved.adcs[&id];
    let peripheral = facts.app().peripheral(id);
    let chip = &facts.app().board.chip;
    let title = &chip.block(wiring.block).title;
    let source = match adc.source {
        AnalogSource::Temperature(_) => format!("the chip's temperature sensor is an input of {title}"),
        AnalogSource::Pin(pin) => format!("{} leads to {title}", chip.pin(pin.pin).name),
    };
    let turns = match (facts.resolved.adcs.len(), wiring.mutex) {
        (1, _) => "it has the converter alone".to_string(),
        (_, Mutex::Noop) => {
            "all inputs are read on one executor, so no reading interrupts another".to_string()
        }
        (_, Mutex::CriticalSection) => {
            "inputs are read where one reading may interrupt another, or at the same time".to_string()
        }
    };
    BlockPlan {
        block: title.clone(),
        peripheral: peripheral.name.value.clone(),
        driver: match chip.block(wiring.block).interrupts.is_empty() {
            true => DriverPlan::Polled { mutex: wiring.mutex },
            false => DriverPlan::Turns { mutex: wiring.mutex },
        },
        reason: format!("{source}; {turns}"),
        rate: RatePlan::Asked {},
        from: facts.lines.of(peripheral),
    }
}

/// What the divider of a slice is told in.
const SIXTEENTHS: u16 = 16;

fn pwm_block(facts: &Facts<'_>, id: PeripheralId, pwm: &Pwm) -> BlockPlan {
    let wiring = &facts.resolved.pwms[&id];
    let peripheral = facts.app().peripheral(id);
    BlockPlan {
        block: facts.app().board.chip.block(wiring.block).title.clone(),
        peripheral: peripheral.name.value.clone(),
        driver: match facts.app().board.chip.hal {
            Hal::Stm32 => {
                DriverPlan::Timer { output: wiring.signal, steps: wiring.period, divider: wiring.divider }
            }
            _ => DriverPlan::Slice {
                output: wiring.signal,
                steps: wiring.period,
                divider_sixteenths: wiring.divider
                    * (SIXTEENTHS >> facts.app().board.chip.pwm_fraction_bits()),
            },
        },
        reason: wiring.reason.clone(),
        rate: RatePlan::Pulses { millihertz: pwm.frequency.value.0, actual_millihertz: wiring.actual.0 },
        from: facts.lines.of(peripheral),
    }
}

/// By the channels' numbers.
pub(super) fn dma(facts: &Facts<'_>) -> Vec<DmaPlan> {
    let mut owners: BTreeMap<_, _> = facts
        .resolved
        .uarts
        .iter()
        .filter_map(|(id, wiring)| match wiring.driver {
            UartDriver::DmaTx { tx } => Some((tx?, (*id, PinRole::Tx))),
            UartDriver::DmaRx { rx } => Some((rx, (*id, PinRole::Rx))),
            UartDriver::Buffered | UartDriver::BufferedRx | UartDriver::BufferedTx => None,
        })
        .collect();
    let spis = facts.resolved.spis.iter().flat_map(|(id, wiring)| {
        let rx = wiring.rx.map(|rx| (rx, (*id, PinRole::Miso)));
        wiring.tx.map(|tx| (tx, (*id, PinRole::Mosi))).into_iter().chain(rx)
    });
    owners.extend(spis);
    let i2cs = facts.resolved.i2cs.iter().flat_map(|(id, wiring)| {
        let rx = wiring.rx.map(|rx| (rx, (*id, PinRole::Sda)));
        wiring.tx.map(|tx| (tx, (*id, PinRole::Sda))).into_iter().chain(rx)
    });
    owners.extend(i2cs);
    let strips = facts.resolved.led_strips.iter().map(|(id, wiring)| (wiring.dma, (*id, PinRole::Lights)));
    owners.extend(strips);
    let channels = owners.into_iter().map(|(channel, (id, role))| {
        let peripheral = facts.app().peripheral(id);
        DmaPlan {
            channel: facts.app().board.chip.dma_channel(channel).name.clone(),
            peripheral: peripheral.name.value.clone(),
            role,
            from: facts.lines.of(peripheral),
        }
    });
    channels.collect()
}

/// By the vectors' numbers.
pub(super) fn interrupts(facts: &Facts<'_>) -> Vec<InterruptPlan> {
    let chip = &facts.app().board.chip;
    let mut vectors: BTreeMap<InterruptId, (Vec<HandlerPlan>, String)> = BTreeMap::new();
    let time = format!("alarm of {}, which counts time", chip.time_driver.timer);
    vectors.insert(chip.time_driver.interrupt, (Vec::new(), time));
    for (vector, reason) in hal::own_interrupts(facts) {
        vectors.insert(vector, (Vec::new(), reason));
    }
    for (id, vector, handler) in hal::handlers(facts) {
        let peripheral = facts.app().peripheral(id);
        let from = facts.lines.of(peripheral);
        let (handlers, reason) = vectors.entry(vector).or_default();
        handlers.push(HandlerPlan { handler, peripheral: peripheral.name.value.clone(), from });
        *reason = serves(handlers);
        if peripherals::lives_on_core1(facts, id) {
            reason.push_str(" on core 1");
        }
    }
    if let (Some((owner, from)), Some((vector, handler))) =
        (usb::owner(facts), hal::usb_handler(facts.resolved))
    {
        let handlers = vec![HandlerPlan { handler, peripheral: owner, from }];
        let reason = serves(&handlers);
        vectors.insert(vector, (handlers, reason));
    }
    let urgent = urgent_level(facts.resolved);
    let before = match urgent_cores(facts.resolved)[..] {
        [core] if facts.resolved.uses_core1() => {
            format!("; before the tasks of both priorities on core {core}")
        }
        _ => "; before the tasks of both priorities".to_string(),
    };
    let drivers = vectors.into_iter().map(|(vector, (handlers, mut reason))| {
        let interrupt = chip.interrupt(vector);
        let late = hal::least_urgent(chip.hal).contains(&interrupt.name.as_str());
        let level = urgent.filter(|_| late);
        if level.is_some() {
            reason.push_str(&before);
        }
        InterruptPlan { vector: interrupt.name.clone(), number: interrupt.number, level, handlers, reason }
    });
    let mut interrupts: Vec<InterruptPlan> = drivers.chain(executor_interrupts(facts.resolved)).collect();
    interrupts.sort_by_key(|interrupt| interrupt.number);
    interrupts
}

/// The level that drivers' interrupts need where tasks of two priorities run in interrupts: else a task of priority
/// `high` would hold up the driver that a task of priority `highest` waits for.
fn urgent_level(resolved: &Resolved) -> Option<u8> {
    let core = *urgent_cores(resolved).first()?;
    let levels = resolved.interrupt_executors.iter().filter(|wiring| wiring.executor.core() == core);
    levels.map(|wiring| wiring.level).min()?.checked_sub(1)
}

/// The cores that run tasks of both priorities.
fn urgent_cores(resolved: &Resolved) -> Vec<u8> {
    let count =
        |core| resolved.interrupt_executors.iter().filter(|wiring| wiring.executor.core() == core).count();
    [0, 1].into_iter().filter(|core| count(*core) == 2).collect()
}

fn executor_interrupts(resolved: &Resolved) -> impl Iterator<Item = InterruptPlan> {
    resolved.interrupt_executors.iter().map(|wiring| {
        let interrupt = resolved.app.board.chip.interrupt(wiring.interrupt);
        InterruptPlan {
            vector: interrupt.name.clone(),
            number: interrupt.number,
            level: Some(wiring.level),
            handlers: Vec::new(),
            reason: {
                let on = if resolved.uses_core1() {
                    format!(" on core {}", wiring.executor.core())
                } else {
                    String::new()
                };
                format!("runs the tasks of priority `{}`{on}", wiring.executor.priority())
            },
        }
    })
}

fn serves(handlers: &[HandlerPlan]) -> String {
    let mut names: Vec<String> = handlers.iter().map(|handler| format!("`{}`", handler.peripheral)).collect();
    names.dedup();
    format!("serves {}", names.join(", "))
}
