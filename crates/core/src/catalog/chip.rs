//! A chip, ready for use: tables that refer to each other by id, and questions to them.

mod link;

use std::collections::{BTreeMap, HashMap};

use fwc_schema::chip::{
    AdcFile, BlockKind, ClockModel, ClockSwitch, ConvertersFile, DmaRequests, EmulatorFile, ExternalFlash,
    Hal, I2cModel, IdentityFile, LedStripModel, LimitationKind, MemoryRegion, PartEntry, PwmModel, Signal,
    SignalName, SpiModel, UartModel, UsbClock, UsbFile, WatchdogFile, WeakPullDown,
};
use serde::Serialize;

/// The promise that nobody asks for the limits of a kind that is not driven: such a peripheral is refused first.
pub(in crate::catalog) const NOT_DRIVEN: &str =
    "what is not driven is refused before its limits are asked for";

macro_rules! id {
    ($(#[doc = $doc:literal])* $name:ident) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub struct $name(pub u16);

        impl $name {
            /// Its place in its list.
            pub fn index(self) -> usize {
                usize::from(self.0)
            }
        }
    };
}

id! {
    /// A place in [`Chip::pins`].
    PinId
}
id! {
    /// A place in [`Chip::blocks`].
    BlockId
}
id! {
    /// A place in [`Chip::dma_channels`].
    DmaId
}
id! {
    /// A place in [`Chip::interrupts`].
    InterruptId
}

/// A chip.
#[derive(Clone, Debug)]
pub struct Chip {
    /// Its name in board files.
    pub name: String,
    /// Its name as people write it.
    pub title: String,
    /// What sets it apart in its family; absent where its facts are its own.
    pub part: Option<PartEntry>,
    /// The HAL crate that drives it.
    pub hal: Hal,
    /// The compiler's target triple.
    pub target: String,
    /// The processor, as `-C target-cpu` names it.
    pub core: String,
    /// How many processors can run tasks.
    pub cores: u8,
    /// What probe-rs calls it.
    pub probe_rs: String,
    /// The family id of its UF2 files, where it boots as a drive.
    pub uf2_family: Option<u32>,
    /// What a debugger reads to know it.
    pub identity: Option<IdentityFile>,
    /// What runs its images without it.
    pub emulator: Option<EmulatorFile>,
    /// Where a flash chip on the board is mapped; absent where flash is in the chip.
    pub external_flash: Option<ExternalFlash>,
    /// The section that the bootrom looks for, right behind the vector table.
    pub boot_section: Option<String>,
    /// The regions, by address.
    pub memory: Vec<MemoryRegion>,
    /// Vectors that may run executors, in the order in which they are handed out.
    pub software_interrupts: Vec<InterruptId>,
    /// Whether levels are counted from 1, the least urgent; otherwise 0 is the most urgent.
    pub levels_rise: bool,
    /// What counts time.
    pub time_driver: TimeDriver,
    /// What could count it instead, the best first.
    pub other_time_drivers: Vec<TimeDriver>,
    /// The limits of the clock tree.
    pub clocks: ClockModel,
    /// How a uart makes its rate.
    pub uart: UartModel,
    /// How a PWM slice makes its frequency; absent where no pwm is driven.
    pub pwm: Option<PwmModel>,
    /// What its watchdog can do; absent where it is not driven.
    pub watchdog: Option<WatchdogFile>,
    /// What its converter measures; absent where that is the supply and the chip's own temperature.
    pub adc: Option<AdcFile>,
    /// What its converters run on, where that is to be chosen.
    pub converters: Option<ConvertersFile>,
    /// The converter that measures the chip's own temperature; absent where that is the first.
    pub thermometer: Option<String>,
    /// Whether its core can be fed by a switched regulator beside the linear one, so that the board's wiring decides.
    pub switched_supply: bool,
    /// The pins of a USB block that is one serial port with an identity of its own; absent where there is none.
    pub fixed_usb: Option<Vec<PinId>>,
    /// What the USB controller needs; absent where that is the clocks' own matter.
    pub usb: Option<UsbFile>,
    /// How an I2C master makes its clock; absent where none is driven.
    pub i2c: Option<I2cModel>,
    /// How an SPI master makes its clock; absent where none is driven.
    pub spi: Option<SpiModel>,
    /// What makes the pulses of a chain of lights; absent where none is driven.
    pub led_strip: Option<LedStripModel>,
    /// Kinds of peripheral, as app.toml calls them, that fwc does not drive on this chip.
    pub not_driven: Vec<String>,
    /// How many bits of an interrupt's priority the processor keeps.
    pub interrupt_priority_bits: u8,
    /// The vectors of edges at pins, by the pin's number in its port; empty where every pin can have its edges looked at.
    pub edges: Vec<InterruptId>,
    /// The pins, by number.
    pub pins: Vec<Pin>,
    /// The blocks, in the HAL's order.
    pub blocks: Vec<Block>,
    /// The DMA channels, by number.
    pub dma_channels: Vec<DmaChannel>,
    /// The vectors, by number.
    pub interrupts: Vec<Interrupt>,
    /// What some pins cannot do or must not meet.
    pub limitations: Vec<PinLimitation>,
    /// The pins of its oscillator: where a crystal or a clock is fed in, and where a crystal is driven; none that is nothing else.
    pub oscillator: [Option<PinId>; 2],
    /// Where the crystal hangs that counts time, on a board that has it.
    pub slow_oscillator: Vec<PinId>,
    /// Pins by their names that it has and nobody can have, each with what it is.
    pub no_pin: BTreeMap<String, String>,
    /// Why its own pull-downs may not hold an input low; absent where they do.
    pub weak_pull_down: Option<WeakPullDown>,
    signal_names: Vec<SignalName>,
    pin_names: HashMap<String, PinId>,
    block_names: HashMap<String, BlockId>,
    /// Which pin a signal of a block can be on, sorted.
    routes: Vec<(BlockId, Signal, PinId)>,
}

/// What counts time for `embassy-time`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeDriver {
    /// The datasheet's name of the timer.
    pub timer: String,
    /// The vector of its alarm.
    pub interrupt: InterruptId,
    /// Ticks a second.
    pub tick_hz: u32,
    /// The bus whose clock it runs on; none where that is nobody's to choose.
    pub clock: Option<String>,
}

/// A pin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The name that messages use.
    pub name: String,
    /// Other names that are understood.
    pub also: Vec<String>,
    /// Its number in the HAL.
    pub number: u16,
    /// The HAL's singleton.
    pub hal: String,
    /// The signals that this very pin can carry, in the order of the datasheet's table.
    pub functions: Vec<Function>,
}

/// A signal of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Function {
    /// The block.
    pub block: BlockId,
    /// The signal.
    pub signal: Signal,
}

/// A hardware block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The HAL's singleton; where one singleton is several blocks, the datasheet's name.
    pub name: String,
    /// The HAL's singleton. Of several blocks that have the same, one can be in use.
    pub hal: String,
    /// The HAL's singletons that its driver takes beside it, in the constructor's order.
    pub companions: Vec<String>,
    /// The datasheet's name.
    pub title: String,
    /// What it is.
    pub kind: BlockKind,
    /// The vectors that its driver binds.
    pub interrupts: Vec<InterruptId>,
    /// The DMA requests that its driver uses.
    pub dma: DmaRequests,
    /// Signals that can be on any pin.
    pub any_pin: Vec<Signal>,
    /// The bus whose clock it runs on; none where that is the core's.
    pub clock: Option<String>,
    /// The switch by which the HAL gives it a clock, where it has a choice.
    pub switch: Option<ClockSwitch>,
    /// The groups in which its pins are mapped: those in use are all of one group. Empty where each pin is by itself.
    pub remaps: Vec<Remap>,
}

/// Pins that a block can have together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remap {
    /// The HAL's type for it.
    pub hal: String,
    /// The pins, sorted.
    pub pins: Vec<PinId>,
}

/// A DMA channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DmaChannel {
    /// The HAL's singleton.
    pub name: String,
    /// Its number.
    pub number: u16,
    /// The vector that its driver binds.
    pub interrupt: InterruptId,
    /// The requests that it can serve; none where it can serve any.
    pub serves: Option<Vec<String>>,
}

/// Which way a DMA transfer goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DmaDirection {
    /// From memory to a block.
    Tx,
    /// From a block to memory.
    Rx,
}

/// A vector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interrupt {
    /// The HAL's name.
    pub name: String,
    /// Its number at the interrupt controller.
    pub number: u16,
    /// The module of the HAL that handles it itself; generated code cannot bind it.
    pub taken_by: Option<String>,
}

/// What some pins cannot do or must not meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinLimitation {
    /// What.
    pub kind: LimitationKind,
    /// The pins.
    pub pins: Vec<PinId>,
}

impl Chip {
    /// The family by whose file the chip is driven, such as `stm32h7`; empty where its chips have files of their own.
    pub fn family(&self) -> &str {
        self.part.as_ref().map_or("", |part| &part.family)
    }

    /// Whether fwc drives a kind of peripheral, as app.toml calls it, on this chip.
    pub fn drives(&self, kind: &str) -> bool {
        !self.not_driven.iter().any(|not| not == kind)
    }

    /// What is said of a kind of peripheral that fwc does not drive there.
    pub fn undriven(&self, kind: &str) -> String {
        format!("fwc does not drive `{kind}` of {}", self.title)
    }

    /// Where the USB controller has its clock from; absent where that is the clocks' own matter.
    pub fn usb_clock(&self) -> Option<&UsbClock> {
        self.usb.as_ref().map(|usb| usb.clock_of(&self.title))
    }

    /// A pin.
    pub fn pin(&self, id: PinId) -> &Pin {
        &self.pins[id.index()]
    }

    /// A block.
    pub fn block(&self, id: BlockId) -> &Block {
        &self.blocks[id.index()]
    }

    /// A DMA channel.
    pub fn dma_channel(&self, id: DmaId) -> &DmaChannel {
        &self.dma_channels[id.index()]
    }

    /// A vector.
    pub fn interrupt(&self, id: InterruptId) -> &Interrupt {
        &self.interrupts[id.index()]
    }

    /// The pin with that name of the chip's, in exactly that spelling.
    pub fn pin_named(&self, name: &str) -> Option<PinId> {
        self.pin_names.get(name).copied()
    }

    /// The block with that name, the HAL's or the datasheet's.
    pub fn block_named(&self, name: &str) -> Option<BlockId> {
        self.block_names.get(name).copied()
    }

    /// Every pin, by number.
    pub fn pin_ids(&self) -> impl Iterator<Item = PinId> + use<> {
        (0..self.pins.len() as u16).map(PinId)
    }

    /// Every block, in the HAL's order.
    pub fn block_ids(&self) -> impl Iterator<Item = BlockId> + use<> {
        (0..self.blocks.len() as u16).map(BlockId)
    }

    /// Every block of a kind, in the HAL's order.
    pub fn blocks_of(&self, kind: BlockKind) -> impl Iterator<Item = BlockId> + '_ {
        self.block_ids().filter(move |block| self.block(*block).kind == kind)
    }

    /// The first of the blocks that are the same singleton of the HAL's, of which only one can be in use.
    pub fn shared_as(&self, block: BlockId) -> BlockId {
        let same = |other: &BlockId| self.block(*other).hal == self.block(block).hal;
        self.block_ids().find(same).unwrap_or(block)
    }

    /// The pins that a block's signal can be on, by number.
    pub fn pins_for(&self, block: BlockId, signal: Signal) -> impl Iterator<Item = PinId> + '_ {
        let anywhere = self.block(block).any_pin.contains(&signal);
        let routed = self.routes_of(block, signal).iter().filter(move |_| !anywhere).map(|(_, _, pin)| *pin);
        self.pin_ids().filter(move |_| anywhere).chain(routed)
    }

    /// The blocks of a kind that can have a signal on a pin, in the HAL's order.
    pub fn blocks_on(
        &self,
        pin: PinId,
        kind: BlockKind,
        signal: Signal,
    ) -> impl Iterator<Item = BlockId> + '_ {
        self.blocks_of(kind).filter(move |block| self.reaches(*block, signal, pin))
    }

    /// The outputs of PWM blocks that a pin can be, those that only some pins can be first.
    pub fn pwm_outputs(&self, pin: PinId) -> impl Iterator<Item = Function> + '_ {
        let functions = self.pin(pin).functions.iter().copied();
        let routed = functions.filter(|function| self.block(function.block).kind == BlockKind::Pwm);
        let anywhere = self.blocks_of(BlockKind::Pwm).flat_map(|block| {
            self.block(block).any_pin.iter().map(move |signal| Function { block, signal: *signal })
        });
        routed.chain(anywhere)
    }

    /// Whether a block's signal can be on a pin.
    pub fn reaches(&self, block: BlockId, signal: Signal, pin: PinId) -> bool {
        self.block(block).any_pin.contains(&signal)
            || self.routes.binary_search(&(block, signal, pin)).is_ok()
    }

    /// Whether a signal of a kind of block can be on any pin at all.
    pub fn has_signal(&self, kind: BlockKind, signal: Signal) -> bool {
        let is_routed = |block: BlockId| {
            self.block(block).any_pin.contains(&signal)
                || self.routes.iter().any(|(of, routed, _)| (*of, *routed) == (block, signal))
        };
        self.blocks_of(kind).any(is_routed)
    }

    /// Whether a block can have all of the pins together, as far as its remaps go.
    pub fn are_together(&self, block: BlockId, pins: &[PinId]) -> bool {
        let remaps = &self.block(block).remaps;
        remaps.is_empty() || remaps.iter().any(|remap| pins.iter().all(|pin| remap.pins.contains(pin)))
    }

    /// The DMA channels that can move a block's data that way; none where the block's driver uses no DMA.
    pub fn dma_channels_for(
        &self,
        block: BlockId,
        direction: DmaDirection,
    ) -> impl Iterator<Item = DmaId> + '_ {
        let request = self.dma_request(block, direction);
        let able = move |channel: &DmaChannel| {
            let serves = |request: &str| {
                channel.serves.as_ref().is_none_or(|serves| serves.iter().any(|served| served == request))
            };
            request.is_some_and(serves)
        };
        (0..).map(DmaId).zip(&self.dma_channels).filter(move |(_, channel)| able(channel)).map(|(id, _)| id)
    }

    /// The request by which a block asks a DMA channel for data that way.
    pub fn dma_request(&self, block: BlockId, direction: DmaDirection) -> Option<&str> {
        let requests = &self.block(block).dma;
        match direction {
            DmaDirection::Tx => requests.tx.as_deref(),
            DmaDirection::Rx => requests.rx.as_deref(),
        }
    }

    /// The kind of block that makes the pulses of a chain of lights, where it is driven.
    pub fn led_strip_block(&self) -> Option<BlockKind> {
        self.led_strip.as_ref().map(|model| match model {
            LedStripModel::PioProgram(_) => BlockKind::Pio,
            LedStripModel::PwmSequence(_) => BlockKind::Pwm,
            LedStripModel::SpiBits(_) => BlockKind::Spi,
            LedStripModel::PulseCodes(_) => BlockKind::Rmt,
        })
    }

    /// What the datasheet calls a function: `SPI0 RX` for what a user calls `miso` of SPI0.
    pub fn function_title(&self, function: Function) -> String {
        let block = self.block(function.block);
        let renamed = |name: &&SignalName| name.kind == block.kind && name.signal == function.signal;
        match self.signal_names.iter().find(renamed) {
            Some(name) => format!("{} {}", block.title, name.name),
            None => format!("{} {}", block.title, function.signal),
        }
    }

    /// Has another timer count time; what counted it so far could again.
    pub fn count_time_by(&mut self, timer: TimeDriver) {
        let handled = self.interrupts[self.time_driver.interrupt.index()].taken_by.take();
        self.interrupts[timer.interrupt.index()].taken_by = handled;
        self.other_time_drivers.retain(|other| *other != timer);
        self.other_time_drivers.insert(0, std::mem::replace(&mut self.time_driver, timer));
    }

    /// What a pin cannot do or must not meet.
    pub fn limits_of(&self, pin: PinId) -> impl Iterator<Item = LimitationKind> + '_ {
        let limitations = self.limitations.iter().filter(move |limitation| limitation.pins.contains(&pin));
        limitations.map(|limitation| limitation.kind)
    }

    /// What a pin cannot do or must not meet, as sentences.
    pub fn limitations_of(&self, pin: PinId) -> impl Iterator<Item = String> + '_ {
        self.limits_of(pin).map(move |kind| kind.sentence(&self.pin(pin).name))
    }

    fn routes_of(&self, block: BlockId, signal: Signal) -> &[(BlockId, Signal, PinId)] {
        let start = self.routes.partition_point(|(of, on, _)| (*of, *on) < (block, signal));
        let end = self.routes.partition_point(|(of, on, _)| (*of, *on) <= (block, signal));
        &self.routes[start..end]
    }
}
