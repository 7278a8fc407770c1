//! A chip's two files to one type whose tables refer to each other by id.

use std::collections::HashMap;

use fwc_schema::chip::{
    BlockKind, ChipFile, ChipTables, ClocksFile, DmaRequests, ExternalFlash, Hal, LimitationKind,
    MemoryRegion, PinEntry, Signal, SignalName, UartFile,
};
use serde::Serialize;

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
    /// Where a flash chip on the board is mapped; absent where flash is in the chip.
    pub external_flash: Option<ExternalFlash>,
    /// The regions, by address.
    pub memory: Vec<MemoryRegion>,
    /// Vectors that may run executors, in the order in which they are handed out.
    pub software_interrupts: Vec<InterruptId>,
    /// What counts time.
    pub time_driver: TimeDriver,
    /// The limits of the clock tree.
    pub clocks: ClocksFile,
    /// How a uart makes its rate.
    pub uart: UartFile,
    /// How many bits of an interrupt's priority the processor keeps.
    pub interrupt_priority_bits: u8,
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
    /// The HAL's singleton.
    pub name: String,
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
    /// Reads and links a chip's two files. A fault is a sentence.
    pub fn from_files(facts: &str, tables: &str) -> Result<Chip, String> {
        let facts: ChipFile = toml::from_str(facts).map_err(|fault| fault.to_string())?;
        let tables: ChipTables = toml::from_str(tables).map_err(|fault| fault.to_string())?;
        link(facts, tables)
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

    /// Whether a block's signal can be on a pin.
    pub fn reaches(&self, block: BlockId, signal: Signal, pin: PinId) -> bool {
        self.block(block).any_pin.contains(&signal)
            || self.routes.binary_search(&(block, signal, pin)).is_ok()
    }

    /// The DMA channels that can move a block's data that way; none where the block's driver uses no DMA.
    pub fn dma_channels_for(
        &self,
        block: BlockId,
        direction: DmaDirection,
    ) -> impl Iterator<Item = DmaId> + use<> {
        let requests = &self.block(block).dma;
        let request = match direction {
            DmaDirection::Tx => &requests.tx,
            DmaDirection::Rx => &requests.rx,
        };
        // RP2040 datasheet, section 2.5.3: every channel can be paced by every request.
        let channels = if request.is_some() { self.dma_channels.len() } else { 0 };
        (0..channels as u16).map(DmaId)
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

    /// What a pin cannot do or must not meet, as sentences.
    pub fn limitations_of(&self, pin: PinId) -> impl Iterator<Item = String> + '_ {
        let limitations = self.limitations.iter().filter(move |limitation| limitation.pins.contains(&pin));
        limitations.map(move |limitation| limitation.kind.sentence(&self.pin(pin).name))
    }

    fn routes_of(&self, block: BlockId, signal: Signal) -> &[(BlockId, Signal, PinId)] {
        let start = self.routes.partition_point(|(of, on, _)| (*of, *on) < (block, signal));
        let end = self.routes.partition_point(|(of, on, _)| (*of, *on) <= (block, signal));
        &self.routes[start..end]
    }
}

fn link(facts: ChipFile, tables: ChipTables) -> Result<Chip, String> {
    let interrupt_names = unique(tables.interrupts.iter().map(|entry| [&entry.name]), InterruptId)?;
    let interrupt = |name: &String| found(&interrupt_names, name, "interrupt");
    let block_names = unique(
        tables.blocks.iter().map(|entry| [Some(&entry.name), entry.title.as_ref()].into_iter().flatten()),
        BlockId,
    )?;
    let pin_names =
        unique(tables.pins.iter().map(|entry| std::iter::once(&entry.name).chain(&entry.also)), PinId)?;
    let pin = |entry: PinEntry| {
        let function = |entry: &fwc_schema::chip::FunctionEntry| {
            Ok(Function { block: found(&block_names, &entry.block, "block")?, signal: entry.signal })
        };
        Ok(Pin {
            functions: entry.functions.iter().map(function).collect::<Result<_, String>>()?,
            name: entry.name,
            also: entry.also,
            number: entry.number,
            hal: entry.hal,
        })
    };
    let block = |entry: fwc_schema::chip::BlockEntry| {
        Ok(Block {
            title: entry.title.unwrap_or_else(|| entry.name.clone()),
            interrupts: entry.interrupts.iter().map(interrupt).collect::<Result<_, String>>()?,
            name: entry.name,
            kind: entry.kind,
            dma: entry.dma,
            any_pin: entry.any_pin,
        })
    };
    let dma_channel = |entry: fwc_schema::chip::DmaChannelEntry| {
        Ok(DmaChannel { interrupt: interrupt(&entry.interrupt)?, name: entry.name, number: entry.number })
    };
    let limitation = |entry: &fwc_schema::chip::Limitation| {
        let pins = entry.pins.iter().map(|name| found(&pin_names, name, "pin"));
        Ok(PinLimitation { kind: entry.kind, pins: pins.collect::<Result<_, String>>()? })
    };
    let pins = tables.pins.into_iter().map(pin).collect::<Result<Vec<Pin>, String>>()?;
    Ok(Chip {
        software_interrupts: facts
            .software_interrupts
            .names
            .iter()
            .map(interrupt)
            .collect::<Result<_, _>>()?,
        time_driver: TimeDriver {
            interrupt: interrupt(&facts.time_driver.interrupt)?,
            timer: facts.time_driver.timer,
            tick_hz: facts.time_driver.tick_hz,
        },
        limitations: facts.limitations.iter().map(limitation).collect::<Result<_, String>>()?,
        blocks: tables.blocks.into_iter().map(block).collect::<Result<_, String>>()?,
        dma_channels: tables.dma_channels.into_iter().map(dma_channel).collect::<Result<_, String>>()?,
        interrupts: tables
            .interrupts
            .into_iter()
            .map(|entry| Interrupt { name: entry.name, number: entry.number, taken_by: entry.taken_by })
            .collect(),
        routes: routes(&pins),
        pins,
        pin_names,
        block_names,
        name: facts.name,
        title: facts.title,
        hal: facts.hal,
        target: facts.target,
        core: facts.core,
        cores: facts.cores,
        probe_rs: facts.probe_rs,
        uf2_family: facts.uf2_family,
        external_flash: facts.memory.external_flash,
        memory: facts.memory.regions,
        clocks: facts.clocks,
        uart: facts.uart,
        interrupt_priority_bits: tables.interrupt_priority_bits,
        signal_names: facts.signal_names,
    })
}

fn routes(pins: &[Pin]) -> Vec<(BlockId, Signal, PinId)> {
    let mut routes: Vec<(BlockId, Signal, PinId)> = Vec::new();
    for (index, pin) in pins.iter().enumerate() {
        routes.extend(
            pin.functions.iter().map(|function| (function.block, function.signal, PinId(index as u16))),
        );
    }
    routes.sort_unstable();
    routes
}

/// From each name of an entry to its id; no two entries may share a name.
fn unique<'a, Id: Copy>(
    entries: impl Iterator<Item = impl IntoIterator<Item = &'a String>>,
    id: impl Fn(u16) -> Id,
) -> Result<HashMap<String, Id>, String> {
    let mut names = HashMap::new();
    for (index, entry) in entries.enumerate() {
        let index = u16::try_from(index).map_err(|_| "a table with more than 65,536 entries".to_owned())?;
        for name in entry {
            if names.insert(name.clone(), id(index)).is_some() {
                return Err(format!("`{name}` is there twice"));
            }
        }
    }
    Ok(names)
}

fn found<Id: Copy>(names: &HashMap<String, Id>, name: &str, what: &str) -> Result<Id, String> {
    names.get(name).copied().ok_or_else(|| format!("there is no {what} `{name}`"))
}
