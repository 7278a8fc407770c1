//! The hardware blocks in use: what each is wired to, how its data is moved and how fast, and why.

use fwc_schema::chip::{Hal, Signal};
use serde::Serialize;

use crate::app::{Adc, AnalogSource, I2c, LedStrip, PeripheralId, PeripheralKind, Pwm, Spi, Uart};
use crate::catalog::BlockId;
use crate::plan::Facts;
use crate::plan::entry::Entry;
use crate::plan::{hal, pace, usb};
use crate::resolved::{Mutex, UartDriver};

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
        divider: u32,
    },
    /// A timer counts for an output that has it.
    Channel {
        /// Which output.
        output: Signal,
        /// Steps of the counter in a period: a duty is one of these and 0.
        steps: u16,
        /// What the timer's clock is divided by, in 256ths.
        divider_256ths: u32,
    },
    /// A counter pulses an output of a slice.
    Slice {
        /// Which output.
        output: Signal,
        /// Steps of the counter in a period: a duty is one of these and 0.
        steps: u16,
        /// What the core's clock is divided by, in sixteenths.
        divider_sixteenths: u32,
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
        _ if hal::usb_is_fixed(facts.app().board.chip.hal) => {
            "the one serial port there is, which the hardware makes known to a host by itself"
        }
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
    let driver = match wiring.driver {
        UartDriver::Buffered | UartDriver::BufferedRx | UartDriver::BufferedTx => {
            DriverPlan::Buffered { buffer: uart.buffer }
        }
        UartDriver::DmaTx { .. } => DriverPlan::Dma { mutex: None },
        UartDriver::DmaRx { .. } => DriverPlan::Ring { buffer: uart.buffer },
    };
    let reason = wiring.reason.clone();
    let rate = RatePlan::Bits { baud: uart.baud.value, actual_baud: wiring.actual_baud };
    of(facts, id, wiring.block, driver, reason, rate)
}

fn i2c_block(facts: &Facts<'_>, id: PeripheralId, i2c: &I2c) -> BlockPlan {
    let wiring = &facts.resolved.i2cs[&id];
    let driver = DriverPlan::Interrupt { timeout_us: pace::micros(i2c.timeout), mutex: wiring.sharing.mutex };
    let reason = format!("{}; {}", wiring.reason, wiring.sharing.reason);
    let rate =
        RatePlan::Clock { clock_millihertz: i2c.frequency.value.0, actual_clock_millihertz: wiring.actual.0 };
    of(facts, id, wiring.block, driver, reason, rate)
}

fn spi_block(facts: &Facts<'_>, id: PeripheralId, spi: &Spi) -> BlockPlan {
    let wiring = &facts.resolved.spis[&id];
    let driver = DriverPlan::Dma { mutex: wiring.sharing.mutex };
    let reason = format!("{}; {}", wiring.reason, wiring.sharing.reason);
    let rate =
        RatePlan::Clock { clock_millihertz: spi.frequency.value.0, actual_clock_millihertz: wiring.actual.0 };
    of(facts, id, wiring.block, driver, reason, rate)
}

fn led_strip_block(facts: &Facts<'_>, id: PeripheralId, strip: &LedStrip) -> BlockPlan {
    let wiring = &facts.resolved.led_strips[&id];
    let (wanted, actual) = hal::led_strip_clock(facts.resolved, wiring);
    let driver = DriverPlan::Lights { lights: strip.lights };
    let reason = wiring.reason.clone();
    let rate = RatePlan::Clock { clock_millihertz: wanted.0, actual_clock_millihertz: actual.0 };
    of(facts, id, wiring.block, driver, reason, rate)
}

fn adc_block(facts: &Facts<'_>, id: PeripheralId, adc: &Adc) -> BlockPlan {
    let wiring = &facts.resolved.adcs[&id];
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
    let is_polled = chip.block(wiring.block).interrupts.is_empty() && !hal::binds_own_vectors(chip.hal);
    let driver = match is_polled {
        true => DriverPlan::Polled { mutex: wiring.mutex },
        false => DriverPlan::Turns { mutex: wiring.mutex },
    };
    let reason = format!("{source}; {turns}");
    let rate = RatePlan::Asked {};
    of(facts, id, wiring.block, driver, reason, rate)
}

/// What the divider of a slice is told in.
const SIXTEENTHS: u32 = 16;

fn pwm_block(facts: &Facts<'_>, id: PeripheralId, pwm: &Pwm) -> BlockPlan {
    let wiring = &facts.resolved.pwms[&id];
    let driver = match facts.app().board.chip.hal {
        Hal::Stm32 => {
            DriverPlan::Timer { output: wiring.signal, steps: wiring.period, divider: wiring.divider }
        }
        Hal::Esp => DriverPlan::Channel {
            output: wiring.signal,
            steps: wiring.period,
            divider_256ths: wiring.divider,
        },
        _ => DriverPlan::Slice {
            output: wiring.signal,
            steps: wiring.period,
            divider_sixteenths: wiring.divider * (SIXTEENTHS >> facts.app().board.chip.pwm_fraction_bits()),
        },
    };
    let reason = wiring.reason.clone();
    let rate = RatePlan::Pulses { millihertz: pwm.frequency.value.0, actual_millihertz: wiring.actual.0 };
    of(facts, id, wiring.block, driver, reason, rate)
}

/// The block of a peripheral.
fn of(
    facts: &Facts<'_>,
    id: PeripheralId,
    block: BlockId,
    driver: DriverPlan,
    reason: String,
    rate: RatePlan,
) -> BlockPlan {
    let peripheral = facts.app().peripheral(id);
    BlockPlan {
        block: facts.app().board.chip.block(block).title.clone(),
        peripheral: peripheral.name.value.clone(),
        driver,
        reason,
        rate,
        from: facts.lines.of(peripheral),
    }
}
