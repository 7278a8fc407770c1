//! The resolved application: every pin, hardware block, DMA channel, interrupt and executor has one owner, and clocks
//! are solved. Made by [`crate::resolve`]; every choice carries its reason, for `fwc plan`.

use std::collections::BTreeMap;

use fwc_schema::app::Priority;
use fwc_schema::chip::Signal;
use fwc_schema::units::Frequency;
use serde::Serialize;

use crate::app::{App, PeripheralId};
use crate::catalog::{BlockId, DmaId, InterruptId, PinId};
use crate::observe::Observation;

/// An application with everything decided that hardware leaves open.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// What was resolved.
    pub app: App,
    /// Who owns each pin that is in use, and as what.
    pub pins: BTreeMap<PinId, PinOwner>,
    /// Each uart's hardware.
    pub uarts: BTreeMap<PeripheralId, UartWiring>,
    /// Each I2C bus's hardware.
    pub i2cs: BTreeMap<PeripheralId, I2cWiring>,
    /// Each SPI bus's hardware.
    pub spis: BTreeMap<PeripheralId, SpiWiring>,
    /// The hardware of each chain of lights.
    pub led_strips: BTreeMap<PeripheralId, LedStripWiring>,
    /// Each pwm's hardware.
    pub pwms: BTreeMap<PeripheralId, PwmWiring>,
    /// Each analog input's hardware.
    pub adcs: BTreeMap<PeripheralId, AdcWiring>,
    /// The USB device's hardware, where there is a device.
    pub usb: Option<UsbWiring>,
    /// How the frequency of USB, and of the analog converter, is made; absent where the HAL's default is kept.
    pub usb_clock: Option<PllSolution>,
    /// How the core's frequency is made; absent where the HAL's default is kept.
    pub clock: Option<ClockSolution>,
    /// The core's frequency in Hz, whichever way it is made.
    pub core_hz: u64,
    /// What the buses of the chip run at.
    pub buses: Vec<BusClock>,
    /// One for each of `app.channels`, in the same order.
    pub channels: Vec<ChannelWiring>,
    /// One for each of `app.tasks`, in the same order.
    pub executors: Vec<Executor>,
    /// The interrupt executors that have tasks, the lowest priority first.
    pub interrupt_executors: Vec<InterruptExecutor>,
    /// What the image tells beside its log, where it was asked to.
    pub observation: Option<Observation>,
}

impl Resolved {
    /// Whether a task runs on core 1.
    pub fn uses_core1(&self) -> bool {
        self.executors.iter().any(|executor| executor.core() == 1)
    }

    /// Whether a task of one core may wake an executor that runs in an interrupt of the other.
    pub fn wakes_across_cores(&self) -> bool {
        self.uses_core1() && !self.interrupt_executors.is_empty()
    }

    /// How the users of a bus take turns; nothing for what is no bus.
    pub fn bus_sharing(&self, id: PeripheralId) -> Option<&BusSharing> {
        let i2c = self.i2cs.get(&id).map(|wiring| &wiring.sharing);
        i2c.or_else(|| self.spis.get(&id).map(|wiring| &wiring.sharing))
    }
}

/// The owner of a pin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PinOwner {
    /// The peripheral.
    pub peripheral: PeripheralId,
    /// What the pin is to it.
    pub role: PinRole,
}

/// What a pin is to its peripheral.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PinRole {
    /// A general-purpose output or input.
    Gpio,
    /// A uart's sender.
    Tx,
    /// A uart's receiver.
    Rx,
    /// A uart's request to send.
    Rts,
    /// A uart's clear to send.
    Cts,
    /// An I2C bus's data.
    Sda,
    /// An I2C bus's clock.
    Scl,
    /// An SPI bus's clock.
    Sck,
    /// An SPI bus's data out of the chip.
    Mosi,
    /// An SPI bus's data into the chip.
    Miso,
    /// A pwm's pulses.
    Pwm,
    /// An analog input.
    Adc,
    /// A chain of lights.
    Lights,
}

impl PinRole {
    /// The key of the file that names the pin.
    pub fn key(self) -> &'static str {
        match self {
            PinRole::Gpio | PinRole::Pwm | PinRole::Adc | PinRole::Lights => "pin",
            PinRole::Tx => "tx",
            PinRole::Rx => "rx",
            PinRole::Rts => "rts",
            PinRole::Cts => "cts",
            PinRole::Sda => "sda",
            PinRole::Scl => "scl",
            PinRole::Sck => "sck",
            PinRole::Mosi => "mosi",
            PinRole::Miso => "miso",
        }
    }

    /// The signal of a block that must be on the pin; none where the pin is only driven or read, or where the pin
    /// itself or the chip says which signal it is.
    pub fn signal(self) -> Option<Signal> {
        match self {
            PinRole::Gpio | PinRole::Pwm | PinRole::Adc | PinRole::Lights => None,
            PinRole::Tx => Some(Signal::Tx),
            PinRole::Rx => Some(Signal::Rx),
            PinRole::Rts => Some(Signal::Rts),
            PinRole::Cts => Some(Signal::Cts),
            PinRole::Sda => Some(Signal::Sda),
            PinRole::Scl => Some(Signal::Scl),
            PinRole::Sck => Some(Signal::Sck),
            PinRole::Mosi => Some(Signal::Mosi),
            PinRole::Miso => Some(Signal::Miso),
        }
    }
}

/// A uart's hardware.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UartWiring {
    /// The block.
    pub block: BlockId,
    /// How bytes are moved.
    pub driver: UartDriver,
    /// Why this block and this driver, in a sentence.
    pub reason: String,
    /// The rate that the divisor gives, in bits per second, rounded.
    pub actual_baud: u32,
}

/// How a uart's bytes are moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum UartDriver {
    /// The interrupt handler moves bytes between the block and two ring buffers: for whoever reads a stream.
    Buffered,
    /// The same for the receiving half alone.
    BufferedRx,
    /// The same for the sending half alone: where the other side may ask for a pause, which the HAL's DMA driver of a
    /// sending half cannot hear.
    BufferedTx,
    /// DMA sends; there is no receiving half.
    DmaTx {
        /// The channel; none where the block has a DMA of its own.
        tx: Option<DmaId>,
    },
    /// DMA receives into a ring; there is no sending half.
    DmaRx {
        /// The channel.
        rx: DmaId,
    },
}

/// An I2C bus's hardware.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct I2cWiring {
    /// The block.
    pub block: BlockId,
    /// The DMA channel that sends; none where the block's interrupt moves the bytes.
    pub tx: Option<DmaId>,
    /// The DMA channel that receives; none where the block's interrupt moves the bytes.
    pub rx: Option<DmaId>,
    /// The clock that the counters give.
    pub actual: Frequency,
    /// How its users take turns.
    pub sharing: BusSharing,
    /// Why this block, in a clause.
    pub reason: String,
}

/// An SPI bus's hardware.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpiWiring {
    /// The block.
    pub block: BlockId,
    /// The DMA channel that sends; none where the block has a DMA of its own.
    pub tx: Option<DmaId>,
    /// The DMA channel that receives; none where the chip only writes, or the block has a DMA of its own.
    pub rx: Option<DmaId>,
    /// The clock that the dividers give.
    pub actual: Frequency,
    /// How its users take turns.
    pub sharing: BusSharing,
    /// Why this block, in a clause.
    pub reason: String,
}

/// How the users of a bus take turns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusSharing {
    /// The cheapest mutex that is sound; none where there is nobody to wait for.
    pub mutex: Option<Mutex>,
    /// Why, in a clause.
    pub reason: String,
}

/// The hardware of a chain of lights: a block that makes the pulses, and what feeds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedStripWiring {
    /// The block.
    pub block: BlockId,
    /// The DMA channel; none where the block has a DMA of its own.
    pub dma: Option<DmaId>,
    /// How an SPI master sends them; absent where the pulses are made otherwise.
    pub bits: Option<LightBits>,
    /// Why this block, in a sentence.
    pub reason: String,
}

/// A bit of a light as bits of an SPI master.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LightBits {
    /// The master's clock, in hertz.
    pub clock_hz: u32,
    /// The master's bits in one of the lights'.
    pub bits: u8,
    /// With how many of these the line is high, in a 0 and in a 1.
    pub high: [u8; 2],
}

/// A pwm's hardware: an output of a slice, and the slice's frequency, which its other output shares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PwmWiring {
    /// The slice.
    pub block: BlockId,
    /// Which of its outputs.
    pub signal: Signal,
    /// The HAL's type of the group in which the timer's pins are mapped, where they are mapped in groups.
    pub remap: Option<String>,
    /// What the core's clock is divided by, in units of the divider's last binary place.
    pub divider: u32,
    /// Steps of the counter in a period: a duty is one of these and 0.
    pub period: u16,
    /// The frequency that comes of it, rounded.
    pub actual: Frequency,
    /// Why this output, in a sentence.
    pub reason: String,
}

/// An analog input's hardware.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdcWiring {
    /// The converter.
    pub block: BlockId,
    /// The cheapest mutex by which its channels can take turns.
    pub mutex: Mutex,
}

/// The USB device's hardware and its ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsbWiring {
    /// The controller.
    pub block: BlockId,
    /// The pins of its lines, DP and DM, where they are pins like others.
    pub lines: Option<[PinId; 2]>,
    /// The serial port that the file declares.
    pub serial: Option<PeripheralId>,
    /// Whether the log has a port.
    pub has_log: bool,
}

/// How a PLL makes a frequency from the crystal (RP2040 datasheet, section 2.18: PLL).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PllSolution {
    /// Reference divider.
    pub refdiv: u8,
    /// Feedback divider.
    pub fbdiv: u16,
    /// First post divider.
    pub postdiv1: u8,
    /// Second post divider.
    pub postdiv2: u8,
}

/// How the core's frequency is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum ClockSolution {
    /// As on the RP2040.
    Rp(RpSolution),
    /// As on an STM32.
    BusPll(BusPllSolution),
}

/// What an STM32's clocks start from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClockSource {
    /// The board's crystal.
    Crystal,
    /// A clock that the board feeds in.
    ClockInput,
    /// The chip's own oscillator.
    Internal,
}

/// How an STM32's core and buses get their frequencies: source / pre-divider × multiplier / divider = core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct BusPllSolution {
    /// What it starts from.
    pub source: ClockSource,
    /// The frequency of that, in hertz.
    pub source_hz: u32,
    /// The PLL; none where the core runs from the source itself.
    pub pll: Option<BusPllSetting>,
    /// What the core's clock is divided by for the bus between it and the others.
    #[serde(skip_serializing_if = "is_one")]
    pub ahb_divider: u32,
    /// What that bus's clock is divided by for each of the others, in the order of the chip's limits.
    pub bus_dividers: [u32; MAX_BUSES],
    /// The scale of the core's voltage; none where the chip has one voltage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voltage_scale: Option<u8>,
}

fn is_one(divider: &u32) -> bool {
    *divider == 1
}

/// Buses that a chip's clocks can have; a divider beyond those there are is 1.
pub const MAX_BUSES: usize = 4;

/// The numbers of an STM32's PLL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct BusPllSetting {
    /// The divider before it.
    pub prediv: u32,
    /// The multiplier.
    pub mul: u32,
    /// The divider behind it, for the core.
    pub div: u32,
    /// The one for USB, where that is in use and has its clock from there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usb_div: Option<u32>,
}

/// What a bus runs at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BusClock {
    /// Its name.
    pub name: String,
    /// In hertz.
    pub hz: u32,
}

/// How the core's frequency is made from the crystal (RP2040 datasheet, section 2.18: PLL).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RpSolution {
    /// Reference divider.
    pub refdiv: u8,
    /// Feedback divider.
    pub fbdiv: u16,
    /// First post divider.
    pub postdiv1: u8,
    /// Second post divider.
    pub postdiv2: u8,
    /// The core voltage that the frequency needs, in millivolts.
    pub core_millivolts: u16,
}

/// A channel's hidden choices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelWiring {
    /// The cheapest mutex that is sound.
    pub mutex: Mutex,
    /// Why, in a sentence.
    pub reason: String,
}

/// embassy-sync's raw mutexes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mutex {
    /// `NoopRawMutex`: all ends run on one executor.
    Noop,
    /// `CriticalSectionRawMutex`: ends run on several executors, or in interrupts.
    CriticalSection,
}

impl Mutex {
    /// Its type, which embassy-sync has and `fwc_runtime` hands on.
    pub fn rust_type(self) -> &'static str {
        match self {
            Mutex::Noop => "NoopRawMutex",
            Mutex::CriticalSection => "CriticalSectionRawMutex",
        }
    }
}

/// What polls a task. On each core, the order is that of preemption: a later one interrupts an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Executor {
    /// The thread-mode executor of core 0.
    Thread,
    /// The interrupt executor of core 0 for `priority = "high"`.
    High,
    /// The interrupt executor of core 0 for `priority = "highest"`.
    Highest,
    /// The thread-mode executor of core 1, which runs beside all of core 0.
    Core1,
    /// The interrupt executor of core 1 for `priority = "high"`.
    Core1High,
    /// The interrupt executor of core 1 for `priority = "highest"`.
    Core1Highest,
}

impl Executor {
    /// The name that texts have for it.
    pub fn word(self) -> &'static str {
        match self {
            Executor::Thread => "thread",
            Executor::High => "high",
            Executor::Highest => "highest",
            Executor::Core1 => "core 1",
            Executor::Core1High => "core 1 high",
            Executor::Core1Highest => "core 1 highest",
        }
    }

    /// The name that generated code has for it.
    pub fn identifier(self) -> &'static str {
        match self {
            Executor::Thread => "thread",
            Executor::High => "high",
            Executor::Highest => "highest",
            Executor::Core1 => "core1",
            Executor::Core1High => "core1_high",
            Executor::Core1Highest => "core1_highest",
        }
    }

    /// The core that it runs on.
    pub fn core(self) -> u8 {
        match self {
            Executor::Thread | Executor::High | Executor::Highest => 0,
            Executor::Core1 | Executor::Core1High | Executor::Core1Highest => 1,
        }
    }

    /// The priority of its tasks.
    pub fn priority(self) -> Priority {
        match self {
            Executor::Thread | Executor::Core1 => Priority::Normal,
            Executor::High | Executor::Core1High => Priority::High,
            Executor::Highest | Executor::Core1Highest => Priority::Highest,
        }
    }

    /// Whether its tasks run in an interrupt.
    pub fn is_interrupt(self) -> bool {
        self.priority() != Priority::Normal
    }
}

/// An interrupt executor's hardware.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InterruptExecutor {
    /// Which of them.
    pub executor: Executor,
    /// The vector that polls its tasks, which no hardware uses.
    pub interrupt: InterruptId,
    /// The vector's level at the interrupt controller; 0 preempts all others.
    pub level: u8,
}
