//! stm32-metapac's metadata to the tables of STM32 chips.
//!
//! The package has a file of plain literals for each chip, which takes in one that several chips have in common. It is ST's
//! own data, by way of stm32-data, and what embassy-stm32 is made from, so what a table promises generated code can name.

mod known;
mod metadata;
mod rcc;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use fwc_schema::chip::{
    BlockEntry, ChipTables, ClockSwitch, DmaChannelEntry, DmaRequests, FunctionEntry, InterruptEntry,
    MemoryRegion, MemoryRole, PartEntry, PinEntry, RemapEntry, TimerEntry,
};

use super::source::{CrateSource, fetch};
use known::{known, out_of_reach, wired};
use metadata::{Metadata, Peripheral, RegionKind, Registers};
use rcc::{Rcc, Rccs};

/// The version of embassy-stm32 that generated firmware is built on.
const HAL: &str = "=0.6.0";

/// Timers that can count time, the least useful otherwise first.
///
/// embassy-stm32 0.6.0, build.rs: the order in which `time-driver-any` looks for one.
const TIME_DRIVERS: &[&str] = &[
    "TIM22", "TIM21", "TIM12", "TIM9", "TIM15", "TIM19", "TIM4", "TIM3", "TIM24", "TIM23", "TIM5", "TIM2",
    "TIM20", "TIM8", "TIM1",
];

/// Kinds of block, by the name of their registers, whose vectors generated code may bind or the HAL handles.
const IN_USE: &[&str] = &[
    "usart",
    "i2c",
    "spi",
    "adc",
    "timer",
    "dma",
    "bdma",
    "bdma_dma",
    "gpdma",
    "lpdma",
    "mdma",
    "dmamux",
    "exti",
    "otg",
    "usb",
    "usbram",
    "lptim",
    "adccommon",
];

/// Versions of converter whose driver in the HAL waits for their interrupt.
///
/// embassy-stm32 0.6.0, src/adc/f1.rs, f3.rs, f3_v1_1.rs and v1.rs.
const AWAITED_CONVERTERS: &[&str] = &["f1", "f3v1", "f3v2", "l0", "v1"];

/// The core that firmware is for where a chip has two, by the beginning of the chip's name. The second core of an STM32WL5x sleeps
/// until it is woken. That of an STM32H7 starts as well, as the chip comes, and finds its own bank of the flash empty: it faults
/// there and stands still.
const FIRST_CORES: &[(&str, &str)] = &[("stm32h7", "-cm7"), ("stm32wl", "-cm4")];

/// Lines of the STM32H7 that have a second core.
const DUAL_CORE_H7: &[&str] = &["STM32H745/755", "STM32H747/757"];

/// Pins that a contact of a small package has only once a switch is set that neither the HAL nor generated code sets: by the chips'
/// line, the letters of their packages, and the pins. Until then the contact is another pin's.
///
/// TinyUSB, issue 236, and stm32f0xx-hal, issue 118 (PA11 and PA12 of the STM32F042 and F070); Zephyr, issue 72301 (PA9 and PA10 of
/// the STM32C0 and G0); RM0008, section 9.3.2 (PD0 and PD1 of the STM32F1, which are the crystal's).
const BEHIND_A_SWITCH: &[(&str, &str, &[&str])] = &[
    ("STM32C0", "DFGJ", &["PA9", "PA10"]),
    ("STM32G0", "FGJY", &["PA9", "PA10"]),
    ("STM32F042", "FG", &["PA11", "PA12"]),
    ("STM32F048", "G", &["PA11", "PA12"]),
    ("STM32F070", "F", &["PA11", "PA12"]),
    ("STM32F10", "CRT", &["PD0", "PD1"]),
];

/// Whether a chip's pin is on no contact as the firmware finds it.
fn is_behind_a_switch(data: &Metadata, pin: &str) -> bool {
    // `STM32G031F8`: the family and line have four characters.
    let package = data.name.strip_prefix("STM32").and_then(|name| name.chars().nth(4));
    BEHIND_A_SWITCH.iter().any(|(line, packages, pins)| {
        let is_of = data.name.starts_with(line) && package.is_some_and(|letter| packages.contains(letter));
        is_of && pins.contains(&pin)
    })
}

/// How many free vectors a table names: more than there are priorities.
const FREE_INTERRUPTS: usize = 4;

/// The package, unpacked.
pub(super) struct Metapac {
    package: CrateSource,
    rccs: Rccs,
}

impl Metapac {
    /// Has cargo fetch the package.
    pub(super) fn fetch(scratch: &Path) -> Result<Metapac> {
        // A chip must be named for the package to be resolved; the files of all of them are in it.
        let dependency = format!("embassy-stm32 = {{ version = \"{HAL}\", features = [\"stm32f401re\"] }}");
        let sources = fetch(&dependency, &["stm32-metapac"], "thumbv7em-none-eabihf", &[], scratch)?;
        let package = sources.into_iter().next().context("one crate was asked for")?;
        Ok(Metapac { package, rccs: Rccs::default() })
    }

    /// The names of the chips that begin in one of some ways, sorted. Of a chip with two cores the first is one of them.
    pub(super) fn chips(&self, beginnings: &[&str]) -> Result<Vec<String>> {
        let mut names = self.package.folders("src/chips")?;
        names.retain(|name| beginnings.iter().any(|beginning| name.starts_with(beginning)));
        let is_first = |name: &String| {
            FIRST_CORES.iter().any(|(chips, core)| name.starts_with(chips) && name.ends_with(core))
        };
        names.retain(|name| !name.contains("-cm") || is_first(name));
        names.sort();
        Ok(names)
    }

    /// The names of the other chips, sorted. The second core of a chip that is there is none.
    pub(super) fn chips_beside(&self, there: &BTreeMap<String, ChipTables>) -> Result<Vec<String>> {
        let mut names = self.package.folders("src/chips")?;
        names.retain(|name| {
            let chip = name.split("-cm").next().unwrap_or_default();
            !there.keys().any(|packed| packed.split("-cm").next() == Some(chip))
        });
        names.sort();
        Ok(names)
    }

    /// A chip's tables.
    pub(super) fn tables(&self, chip: &str) -> Result<ChipTables> {
        let data = metadata::read(&self.package, chip)?;
        let version = &registers(&data, "rcc").context("there is no RCC")?.version;
        let mut blocks = blocks(&data, &*self.rccs.of(&self.package, version)?)?;
        let pins = pins(&data, &blocks)?;
        for block in &mut blocks {
            block.remaps = self.remaps(&data, &block.name, &pins)?;
        }
        Ok(ChipTables {
            generated_from: vec![self.package.label.clone()],
            part: Some(part(&data)?),
            interrupt_priority_bits: data.nvic_priority_bits.unwrap_or(4),
            edges: edges(&data)?,
            pins,
            dma_channels: dma_channels(&data, &blocks)?,
            blocks,
            interrupts: interrupts(&data)?,
            limitations: Vec::new(),
        })
    }

    /// The groups in which a block's pins are mapped, without what the chip does not have.
    ///
    /// embassy-stm32 0.6.0, build.rs: a field of one bit makes another type than a longer one.
    fn remaps(&self, data: &Metadata, block: &str, pins: &[PinEntry]) -> Result<Vec<RemapEntry>> {
        let found = data.peripherals.iter().find(|peripheral| peripheral.name == block);
        let Some(afio) = found.and_then(|peripheral| peripheral.afio.as_ref()) else { return Ok(Vec::new()) };
        let registers = self.package.text(AFIO_REGISTERS)?;
        let field = format!("name: \"{}\",", afio.field.to_lowercase());
        let (_, after) =
            registers.split_once(&field).with_context(|| format!("there is no {}", afio.field))?;
        let bits = after.split_once("bit_size: ").and_then(|(_, rest)| rest.split(',').next());
        let hal = |value: u8| match bits {
            Some("1") => format!("AfioRemapBool<{}>", value > 0),
            _ => format!("AfioRemap<{value}>"),
        };
        let is_known = |name: &String| {
            let pin = pins.iter().find(|pin| pin.name == *name);
            pin.is_some_and(|pin| pin.functions.iter().any(|function| function.block == block))
        };
        let remaps = afio.values.iter().map(|value| RemapEntry {
            hal: hal(value.value),
            pins: value.pins.iter().filter(|name| is_known(name)).cloned().collect(),
        });
        Ok(remaps.filter(|remap| !remap.pins.is_empty()).collect())
    }
}

/// The registers that map the pins of an STM32F1's blocks.
const AFIO_REGISTERS: &str = "src/registers/afio_f1.rs";

fn part(data: &Metadata) -> Result<PartEntry> {
    let title = data.name.clone();
    Ok(PartEntry {
        family: family(data),
        line: data.line.clone(),
        // Revisions of a die are no names of probe-rs's.
        probe_rs: title.split('-').next().unwrap_or_default().to_owned(),
        uart_version: version(data, "usart")?,
        two_banks: data.memory.len() > 1,
        adc_version: registers(data, "adc").map(|registers| registers.version.clone()),
        time_drivers: time_drivers(data)?,
        free_interrupts: free_interrupts(data),
        memory: memory(data)?,
        title,
    })
}

/// The name of the family's file. The STM32L4+ is told of its clocks as the STM32L4 is; the STM32H7R and H7S have little in common
/// with the family whose name they are under.
fn family(data: &Metadata) -> String {
    if data.line.starts_with("STM32H7R") {
        return "stm32h7rs".to_owned();
    }
    data.family.to_lowercase().trim_end_matches('+').to_owned()
}

/// The registers of the first block of a kind.
fn registers<'a>(data: &'a Metadata, kind: &str) -> Option<&'a Registers> {
    let mut found = data.peripherals.iter().filter_map(|peripheral| peripheral.registers.as_ref());
    found.find(|found| found.kind == kind)
}

/// The generation of a kind of registers.
fn version(data: &Metadata, registers: &str) -> Result<u8> {
    let registers = self::registers(data, registers).context("there are no such registers")?;
    let digits = registers.version.trim_start_matches('v').split('_').next().unwrap_or_default();
    digits.parse().with_context(|| format!("the version `{}` is no number", registers.version))
}

/// The timers by the HAL's order whose alarm and overflow come in at one vector.
fn time_drivers(data: &Metadata) -> Result<Vec<TimerEntry>> {
    let able = TIME_DRIVERS.iter().filter_map(|timer| {
        let found = data.peripherals.iter().find(|peripheral| peripheral.name == *timer)?;
        let vectors: BTreeSet<&str> = found.vectors(&["CC", "UP", "GLOBAL"]).collect();
        let (1, Some(vector)) = (vectors.len(), vectors.first()) else { return None };
        Some(TimerEntry {
            timer: (*timer).to_owned(),
            interrupt: (*vector).to_owned(),
            clock: found.clock()?,
        })
    });
    let able: Vec<TimerEntry> = able.collect();
    ensure!(!able.is_empty(), "no timer can count time");
    Ok(able)
}

/// Vectors of blocks for which there is no driver, the last first: those before are of the system's own.
fn free_interrupts(data: &Metadata) -> Vec<String> {
    let in_use = data.peripherals.iter().filter(|peripheral| {
        peripheral.kind().is_none_or(|kind| IN_USE.contains(&kind)) || !peripheral.dma_channels.is_empty()
    });
    let taken: BTreeSet<&str> =
        in_use.flat_map(|peripheral| &peripheral.interrupts).map(|of| of.interrupt.as_str()).collect();
    let mut free: Vec<_> = data.interrupts.iter().filter(|of| !taken.contains(of.name.as_str())).collect();
    free.sort_by_key(|interrupt| std::cmp::Reverse(interrupt.number));
    free.into_iter().take(FREE_INTERRUPTS).map(|interrupt| interrupt.name.clone()).collect()
}

/// Flash, and the largest stretch of RAM that DMA reaches: but for the last, what embassy-stm32 0.6.0, build.rs, puts into
/// its own memory.x.
fn memory(data: &Metadata) -> Result<Vec<MemoryRegion>> {
    // Chips whose flash can be one bank or two have both layouts; the bytes are the same.
    let regions = data.memory.first().context("there is no memory")?;
    let mut memory = Vec::new();
    for (kind, role, link) in
        [(RegionKind::Flash, MemoryRole::Flash, "FLASH"), (RegionKind::Ram, MemoryRole::Ram, "RAM")]
    {
        // RM0433, section 2.1: the memories that are coupled to a Cortex-M7 are no place for what DMA is to read or write.
        let outside = ["SDRAM_", "FMC_", "OCTOSPI_", "ITCM", "DTCM"];
        // RM0434, section 2.2: the second memory of an STM32WB is what its second core takes for itself, with a stack or without.
        let is_shared = |name: &str| data.family == "STM32WB" && name.starts_with("SRAM2");
        // Zephyr, boards/st/nucleo_h755zi_q/doc/index.rst: BCM4 and BOOT_CM4_ADD0 have the second core of an STM32H7 start too, as
        // the chip comes, from the second bank, so nothing of the first core's may lie there.
        let is_of_second_core = |name: &str| DUAL_CORE_H7.contains(&data.line.as_str()) && name == "BANK_2";
        let is_inside = |name: &str| {
            !is_shared(name)
                && !is_of_second_core(name)
                && !outside.iter().any(|prefix| name.starts_with(prefix))
        };
        let of_kind = regions.iter().filter(|region| region.kind == kind && region.size != 0);
        let mut of_kind: Vec<_> = of_kind.filter(|region| is_inside(&region.name)).collect();
        of_kind.sort_by_key(|region| region.address);
        let mut stretches: Vec<(u32, u32, Vec<&str>)> = Vec::new();
        for region in of_kind {
            match stretches.last_mut() {
                Some((start, length, names)) if *start + *length == region.address => {
                    *length += region.size;
                    names.push(&region.name);
                }
                _ => stretches.push((region.address, region.size, vec![&region.name])),
            }
        }
        let longest = stretches.iter().rev().max_by_key(|(_, length, _)| *length);
        let (origin, length, names) = longest.with_context(|| format!("there is no {link}"))?;
        let name = if kind == RegionKind::Flash { link.to_owned() } else { names.join("_") };
        memory.push(MemoryRegion {
            name,
            link: link.to_owned(),
            role,
            origin: *origin,
            length: Some(*length),
        });
    }
    Ok(memory)
}

fn blocks(data: &Metadata, rcc: &Rcc) -> Result<Vec<BlockEntry>> {
    let mut blocks = Vec::new();
    for (peripheral, known) in known(data) {
        let request = |signal: Option<&str>| {
            let there = peripheral.dma_channels.iter().any(|channel| Some(channel.signal.as_str()) == signal);
            signal.filter(|_| there).map(|signal| format!("{}_{signal}", peripheral.name))
        };
        let mut interrupts: Vec<String> = Vec::new();
        // The HAL's driver of the first converters waits for their interrupt; the others' are asked.
        let waits = peripheral
            .registers
            .as_ref()
            .is_some_and(|of| of.kind == "adc" && AWAITED_CONVERTERS.contains(&of.version.as_str()));
        let vectors = if waits { &["GLOBAL"] } else { known.interrupts };
        for vector in peripheral.vectors(vectors) {
            if !interrupts.iter().any(|there| there == vector) {
                interrupts.push(vector.to_owned());
            }
        }
        ensure!(
            interrupts.is_empty() == vectors.is_empty(),
            "{} has none of the vectors {vectors:?}",
            peripheral.name
        );
        let (clock, switch) = clock(peripheral, rcc)?;
        blocks.push(BlockEntry {
            name: peripheral.name.clone(),
            title: None,
            hal: None,
            kind: known.kind,
            interrupts,
            dma: DmaRequests { tx: request(known.dma[0]), rx: request(known.dma[1]) },
            any_pin: Vec::new(),
            clock,
            switch,
            remaps: Vec::new(),
        });
    }
    Ok(blocks)
}

/// What a block runs on, and the switch by which generated code says so. A master of SPI that has an output of a PLL at reset, which
/// is off, is given the chip's own oscillator; what converters are given is written in the family's file.
fn clock(peripheral: &Peripheral, rcc: &Rcc) -> Result<(Option<String>, Option<ClockSwitch>)> {
    let clock = peripheral.clock();
    let kind = peripheral.kind().filter(|kind| matches!(*kind, "adc" | "spi"));
    let (Some(kind), Some(mux)) = (kind, peripheral.mux()) else { return Ok((clock, None)) };
    let (switch, at_reset) = rcc.switch(mux)?;
    Ok(match kind {
        "adc" => (clock, Some(switch)),
        _ if at_reset.starts_with("PLL") => (Some("PER".to_owned()), Some(switch)),
        _ => (clock, None),
    })
}

/// The pins with a port and a number; others are switches and special supplies.
fn pins(data: &Metadata, blocks: &[BlockEntry]) -> Result<Vec<PinEntry>> {
    let mut pins: Vec<PinEntry> = data
        .pins
        .iter()
        .filter(|pin| !is_behind_a_switch(data, &pin.name))
        .filter_map(|pin| Some((pin, number(&pin.name)?)))
        .map(|(pin, number)| PinEntry {
            name: pin.name.clone(),
            also: Vec::new(),
            number,
            hal: pin.name.clone(),
            functions: Vec::new(),
        })
        .collect();
    ensure!(!pins.is_empty(), "there is no pin");
    pins.sort_by_key(|pin| pin.number);
    for (peripheral, known) in known(data) {
        debug_assert!(blocks.iter().any(|block| block.name == peripheral.name));
        for routed in &peripheral.pins {
            let Some(signal) = known.signal(&routed.signal) else { continue };
            // The HAL can use no pin that is in none of the groups.
            let mapped =
                |afio: &metadata::Afio| afio.values.iter().any(|value| value.pins.contains(&routed.pin));
            if peripheral.afio.as_ref().is_some_and(|afio| !mapped(afio)) {
                continue;
            }
            let Some(pin) = pins.iter_mut().find(|pin| pin.name == routed.pin) else { continue };
            let function = FunctionEntry { block: peripheral.name.clone(), signal };
            if !pin.functions.contains(&function) {
                pin.functions.push(function);
            }
        }
    }
    Ok(pins)
}

/// The number of `PB3` in the HAL: sixteen a port.
fn number(name: &str) -> Option<u16> {
    let (port, number) = name.strip_prefix('P')?.split_at_checked(1)?;
    let port = port.bytes().next().filter(u8::is_ascii_uppercase)? - b'A';
    let number: u16 = number.parse().ok().filter(|number| *number < 16)?;
    Some(u16::from(port) * 16 + number)
}

/// The channels, each with the requests that are wired to it. Behind a multiplexer that serves all blocks there is nothing
/// to say.
fn dma_channels(data: &Metadata, blocks: &[BlockEntry]) -> Result<Vec<DmaChannelEntry>> {
    let requests: BTreeSet<&String> =
        blocks.iter().flat_map(|block| block.dma.tx.iter().chain(&block.dma.rx)).collect();
    let mut channels = Vec::new();
    let reachable = data.dma_channels.iter().filter(|channel| !out_of_reach(data, &channel.dma));
    for (channel, number) in reachable.zip(0..) {
        let mut serves = BTreeSet::new();
        for peripheral in &data.peripherals {
            for request in &peripheral.dma_channels {
                let name = format!("{}_{}", peripheral.name, request.signal);
                if wired(request, channel) && requests.contains(&name) {
                    serves.insert(name);
                }
            }
        }
        let serves_all = serves.len() == requests.len();
        channels.push(DmaChannelEntry {
            name: channel.name.clone(),
            number,
            interrupt: channel_interrupt(data, &channel.dma, &channel.name)?,
            serves: (!serves_all).then(|| serves.into_iter().collect()),
        });
    }
    Ok(channels)
}

/// The vector of a channel, which its controller has by the end of the channel's name: some count from 0, some from 1.
fn channel_interrupt(data: &Metadata, dma: &str, channel: &str) -> Result<String> {
    let controller = data.peripherals.iter().find(|peripheral| peripheral.name == dma);
    let controller = controller.with_context(|| format!("there is no {dma}"))?;
    let signal = channel.strip_prefix(dma).unwrap_or(channel).trim_start_matches('_');
    let vector = controller.vectors(&[signal]).next().map(str::to_owned);
    vector.with_context(|| format!("{dma} has no vector for {channel}"))
}

fn interrupts(data: &Metadata) -> Result<Vec<InterruptEntry>> {
    let time = &time_drivers(data)?[0];
    let mut interrupts: Vec<InterruptEntry> = data
        .interrupts
        .iter()
        .map(|interrupt| InterruptEntry {
            name: interrupt.name.clone(),
            number: interrupt.number,
            taken_by: (interrupt.name == time.interrupt).then(|| "time_driver".to_owned()),
        })
        .collect();
    interrupts.sort_by_key(|interrupt| interrupt.number);
    Ok(interrupts)
}

/// The vectors of the sixteen lines on which pins' edges come in.
fn edges(data: &Metadata) -> Result<Vec<String>> {
    let lines =
        data.peripherals.iter().find(|peripheral| peripheral.name == "EXTI").context("there is no EXTI")?;
    let vector = |number: u32| {
        let signal = format!("EXTI{number}");
        let found = lines.vectors(&[&signal]).next().map(str::to_owned).or_else(|| {
            // The metadata has the STM32F3's vector of line 2, which touch sensing shares, but not whose it is.
            let shared = data.interrupts.iter().find(|interrupt| interrupt.name == format!("{signal}_TSC"));
            shared.map(|interrupt| interrupt.name.clone())
        });
        found.with_context(|| format!("no vector serves line {number}"))
    };
    (0..16).map(vector).collect()
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn pins_are_numbered_by_port() {
        assert_eq!(["PA0", "PB3", "PH1"].map(number), [Some(0), Some(19), Some(113)]);
        for name in ["PA0_C", "PA16", "VREF+", "P", "P0.1"] {
            assert_eq!(number(name), None, "{name}");
        }
    }
}
