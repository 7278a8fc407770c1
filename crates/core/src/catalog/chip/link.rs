//! A chip's two files to a [`Chip`]: every name that one table uses of another becomes an id.
//!
//! These files are our own, so a fault is a sentence for us and stops at the first.

use std::collections::HashMap;

use fwc_schema::chip::{
    BlockEntry, ChipFile, ChipTables, Companions, DmaChannelEntry, FamilyFile, FunctionEntry, InterruptEntry,
    PinEntry, Signal, TimerEntry,
};

use super::{
    Block, BlockId, Chip, DmaChannel, Function, Interrupt, InterruptId, Pin, PinId, PinLimitation, Remap,
    TimeDriver,
};

impl Chip {
    /// Reads and links the text of a chip's two files. A fault is a sentence.
    pub fn from_files(facts: &str, tables: &str) -> Result<Chip, String> {
        let facts: ChipFile = toml::from_str(facts).map_err(|fault| fault.to_string())?;
        let tables: ChipTables = toml::from_str(tables).map_err(|fault| fault.to_string())?;
        link(facts, tables)
    }

    /// Reads and links the text of a family's file and of the tables of a chip that belongs to it.
    pub fn of_family(name: &str, family: &str, tables: &str) -> Result<Chip, String> {
        let mut family: FamilyFile = toml::from_str(family).map_err(|fault| fault.to_string())?;
        let tables: ChipTables = toml::from_str(tables).map_err(|fault| fault.to_string())?;
        // Not each of its chips has every pin.
        for limitation in &mut family.limitations {
            limitation.pins.retain(|name| tables.pins.iter().any(|pin| pin.name == *name));
        }
        let part = tables.part.clone().ok_or("tables without `part`")?;
        link(family.chip(name, part)?, tables)
    }
}

/// From a name to its id, for each table that others refer to.
struct Names {
    pins: HashMap<String, PinId>,
    blocks: HashMap<String, BlockId>,
    interrupts: HashMap<String, InterruptId>,
}

fn link(facts: ChipFile, tables: ChipTables) -> Result<Chip, String> {
    let names = Names::of(&tables)?;
    check_driven(&facts)?;
    let companions = facts.companions;
    for of in &companions {
        found(&names.blocks, &of.block, "block")?;
    }
    let tick_hz = facts.time_driver.tick_hz;
    let time_driver = |entry: TimerEntry| {
        let interrupt = names.interrupt(&entry.interrupt)?;
        Ok(TimeDriver { interrupt, timer: entry.timer, tick_hz, clock: Some(entry.clock) })
    };
    let pins: Vec<Pin> = all(tables.pins, |entry| names.pin(entry))?;
    Ok(Chip {
        name: facts.name,
        title: facts.title,
        part: tables.part,
        hal: facts.hal,
        target: facts.target,
        core: facts.core,
        cores: facts.cores,
        probe_rs: facts.probe_rs,
        uf2_family: facts.uf2_family,
        identity: facts.identity,
        emulator: facts.emulator,
        external_flash: facts.memory.external_flash,
        boot_section: facts.memory.boot_section,
        memory: facts.memory.regions,
        levels_rise: facts.software_interrupts.levels_rise,
        software_interrupts: all(facts.software_interrupts.names, |name| names.interrupt(&name))?,
        time_driver: TimeDriver {
            interrupt: names.interrupt(&facts.time_driver.interrupt)?,
            timer: facts.time_driver.timer,
            tick_hz,
            clock: facts.time_driver.clock,
        },
        other_time_drivers: all(facts.time_driver.instead, time_driver)?,
        clocks: facts.clocks,
        uart: facts.uart,
        pwm: facts.pwm,
        watchdog: facts.watchdog,
        converters: facts.converters,
        thermometer: facts.thermometer,
        switched_supply: facts.switched_supply,
        adc: facts.adc,
        i2c: facts.i2c,
        spi: facts.spi,
        led_strip: facts.led_strip,
        not_driven: facts.not_driven,
        interrupt_priority_bits: tables.interrupt_priority_bits,
        edges: all(tables.edges, |name| names.interrupt(&name))?,
        routes: routes(&pins),
        pins,
        blocks: all(tables.blocks, |entry| names.block(entry, &companions))?,
        dma_channels: all(tables.dma_channels, |entry| names.dma_channel(entry))?,
        interrupts: tables.interrupts.into_iter().map(interrupt).collect(),
        limitations: all(facts.limitations.into_iter().chain(tables.limitations).collect(), |entry| {
            let pins = all(entry.pins, |name| found(&names.pins, &name, "pin"))?;
            Ok(PinLimitation { kind: entry.kind, pins })
        })?,
        slow_oscillator: match &facts.oscillator {
            Some(oscillator) => all(oscillator.slow.clone(), |name| found(&names.pins, &name, "pin"))?,
            None => Vec::new(),
        },
        oscillator: facts.oscillator.map_or([None; 2], |oscillator| {
            [oscillator.inputs, oscillator.outputs]
                .map(|pins| pins.iter().find_map(|name| names.pins.get(name)).copied())
        }),
        no_pin: facts.no_pin,
        weak_pull_down: facts.weak_pull_down,
        usb: facts.usb,
        fixed_usb: facts
            .fixed_usb
            .map(|usb| all(usb.pins, |name| found(&names.pins, &name, "pin")))
            .transpose()?,
        signal_names: facts.signal_names,
        pin_names: names.pins,
        block_names: names.blocks,
    })
}

impl Names {
    fn of(tables: &ChipTables) -> Result<Names, String> {
        let pin = |entry: &PinEntry| std::iter::once(&entry.name).chain(&entry.also).cloned().collect();
        let block = |entry: &BlockEntry| std::iter::once(&entry.name).chain(&entry.title).cloned().collect();
        Ok(Names {
            pins: unique(&tables.pins, pin, PinId)?,
            blocks: unique(&tables.blocks, block, BlockId)?,
            interrupts: unique(&tables.interrupts, |entry| vec![entry.name.clone()], InterruptId)?,
        })
    }

    fn interrupt(&self, name: &str) -> Result<InterruptId, String> {
        found(&self.interrupts, name, "interrupt")
    }

    fn pin(&self, entry: PinEntry) -> Result<Pin, String> {
        Ok(Pin {
            functions: all(entry.functions, |function| self.function(&function))?,
            name: entry.name,
            also: entry.also,
            number: entry.number,
            hal: entry.hal,
        })
    }

    fn function(&self, entry: &FunctionEntry) -> Result<Function, String> {
        Ok(Function { block: found(&self.blocks, &entry.block, "block")?, signal: entry.signal })
    }

    fn block(&self, entry: BlockEntry, companions: &[Companions]) -> Result<Block, String> {
        let own = companions.iter().find(|of| of.block == entry.name);
        Ok(Block {
            companions: own.map(|of| of.takes.clone()).unwrap_or_default(),
            hal: entry.hal.unwrap_or_else(|| entry.name.clone()),
            title: entry.title.unwrap_or_else(|| entry.name.clone()),
            name: entry.name,
            kind: entry.kind,
            interrupts: all(entry.interrupts, |name| self.interrupt(&name))?,
            dma: entry.dma,
            any_pin: entry.any_pin,
            clock: entry.clock,
            switch: entry.switch,
            remaps: all(entry.remaps, |remap| {
                let mut pins = all(remap.pins, |name| found(&self.pins, &name, "pin"))?;
                pins.sort_unstable();
                Ok(Remap { hal: remap.hal, pins })
            })?,
        })
    }

    fn dma_channel(&self, entry: DmaChannelEntry) -> Result<DmaChannel, String> {
        let interrupt = self.interrupt(&entry.interrupt)?;
        Ok(DmaChannel { name: entry.name, number: entry.number, interrupt, serves: entry.serves })
    }
}

/// What is driven has its limits in the file, and what is not driven has none.
fn check_driven(facts: &ChipFile) -> Result<(), String> {
    let tables = [
        ("pwm", facts.pwm.is_some()),
        ("watchdog", facts.watchdog.is_some()),
        ("i2c", facts.i2c.is_some()),
        ("spi", facts.spi.is_some()),
        ("led-strip", facts.led_strip.is_some()),
    ];
    for (kind, has_table) in tables {
        if has_table == facts.not_driven.iter().any(|not| not == kind) {
            return Err(format!("`{kind}` needs either a table or a place in `not-driven`"));
        }
    }
    Ok(())
}

fn interrupt(entry: InterruptEntry) -> Interrupt {
    Interrupt { name: entry.name, number: entry.number, taken_by: entry.taken_by }
}

/// Which pin a signal of a block can be on, sorted.
fn routes(pins: &[Pin]) -> Vec<(BlockId, Signal, PinId)> {
    let mut routes = Vec::new();
    for (index, pin) in pins.iter().enumerate() {
        let route = |function: &Function| (function.block, function.signal, PinId(index as u16));
        routes.extend(pin.functions.iter().map(route));
    }
    routes.sort_unstable();
    routes
}

/// From each name of an entry to its id; no two entries may share a name.
fn unique<Entry, Id>(
    entries: &[Entry],
    names_of: impl Fn(&Entry) -> Vec<String>,
    id: impl Fn(u16) -> Id,
) -> Result<HashMap<String, Id>, String> {
    let mut ids = HashMap::new();
    for (index, entry) in entries.iter().enumerate() {
        let index = u16::try_from(index).map_err(|_| "a table has more than 65,536 entries".to_owned())?;
        for name in names_of(entry) {
            if ids.insert(name.clone(), id(index)).is_some() {
                return Err(format!("`{name}` is there twice"));
            }
        }
    }
    Ok(ids)
}

fn found<Id: Copy>(ids: &HashMap<String, Id>, name: &str, what: &str) -> Result<Id, String> {
    ids.get(name).copied().ok_or_else(|| format!("there is no {what} `{name}`"))
}

/// Each entry made ready, or the first fault.
fn all<Entry, Ready>(
    entries: Vec<Entry>,
    ready: impl Fn(Entry) -> Result<Ready, String>,
) -> Result<Vec<Ready>, String> {
    entries.into_iter().map(ready).collect()
}
