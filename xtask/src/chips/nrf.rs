//! embassy-nrf's and nrf-pac's sources to the tables of nRF51 and nRF52 chips.
//!
//! A pin can be any signal of any block but for the analog inputs, so the tables of pins are short. One file of embassy-nrf
//! has all of a chip, a macro call for each pin and each block.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use fwc_schema::chip::{
    BlockEntry, BlockKind, ChipTables, DmaRequests, FunctionEntry, InterruptEntry, PinEntry, Signal,
};
use syn::Item;

use super::rp::{integer, mark_taken};
use super::source::{CrateSource, fetch};

/// The version of embassy-nrf that generated firmware is built on.
const HAL: &str = "=0.11.0";

/// The target that generated firmware is compiled for.
const TARGET: &str = "thumbv7em-none-eabihf";

/// A chip as embassy-nrf and nrf-pac know it.
struct Variant {
    /// Its feature, and the name of its files.
    name: &'static str,
    /// The features of embassy-nrf that generated firmware may turn on, and those that they turn on in turn.
    features: &'static [&'static str],
}

/// The HAL has one name for all of the nRF51.
const NRF51822: Variant = Variant {
    name: "nrf51",
    features: &["nrf51", "_nrf51", "_spi-v1", "rt", "gpiote", "time-driver-rtc1", "_time-driver"],
};

const NRF52832: Variant = Variant {
    name: "nrf52832",
    features: &[
        "nrf52832",
        "_nrf52",
        "_nrf52832_anomaly_109",
        "_spi-v1",
        "_ppi",
        "rt",
        "gpiote",
        "time-driver-rtc1",
        "_time-driver",
        "nfc-pins-as-gpio",
    ],
};

const NRF52833: Variant = Variant {
    name: "nrf52833",
    features: &[
        "nrf52833",
        "_nrf52",
        "_gpio-p1",
        "_ppi",
        "rt",
        "gpiote",
        "time-driver-rtc1",
        "_time-driver",
        "nfc-pins-as-gpio",
    ],
};

const NRF52840: Variant = Variant {
    name: "nrf52840",
    features: &[
        "nrf52840",
        "_nrf52",
        "_gpio-p1",
        "_ppi",
        "rt",
        "gpiote",
        "time-driver-rtc1",
        "_time-driver",
        "nfc-pins-as-gpio",
    ],
};

/// The macro that makes a singleton a block, what that is, and the signals that any pin can be. Its arguments are the
/// singleton, the registers, and the vector that the driver binds.
const BLOCKS: &[(&str, BlockKind, &[Signal])] = &[
    ("impl_uarte", BlockKind::Uart, &[Signal::Tx, Signal::Rx, Signal::Cts, Signal::Rts]),
    ("impl_twim", BlockKind::I2c, &[Signal::Sda, Signal::Scl]),
    ("impl_spim", BlockKind::Spi, &[Signal::Sck, Signal::Mosi, Signal::Miso]),
    (
        "impl_pwm",
        BlockKind::Pwm,
        &[Signal::Channel(0), Signal::Channel(1), Signal::Channel(2), Signal::Channel(3)],
    ),
    ("impl_usb", BlockKind::Usb, &[]),
    ("impl_wdt", BlockKind::Watchdog, &[]),
];

/// The converter, whose instance is no macro's.
const CONVERTER: &str = "SAADC";

/// Blocks of the nRF51 for which embassy-nrf has no driver.
const WITHOUT_DRIVER: &[&str] = &["UART0", "TWI0", "SPI0", "ADC"];

/// Singletons that are no block of their own, or that no kind of peripheral has a use for; by how their names begin.
const NO_BLOCK: &[&str] = &[
    "RTC",
    "NVMC",
    "RNG",
    "QSPI",
    "QDEC",
    "TIMER",
    "GPIOTE_CH",
    "PPI_",
    "P0_",
    "P1_",
    "TEMP",
    "PDM",
    "I2S",
    "RADIO",
    "EGU",
    "NFCT",
    "CC_RNG",
];

/// The nRF51822's tables.
pub(super) fn nrf51822_tables(scratch: &Path) -> Result<ChipTables> {
    tables(&NRF51822, scratch)
}

/// The nRF52832's tables.
pub(super) fn nrf52832_tables(scratch: &Path) -> Result<ChipTables> {
    tables(&NRF52832, scratch)
}

/// The nRF52833's tables.
pub(super) fn nrf52833_tables(scratch: &Path) -> Result<ChipTables> {
    tables(&NRF52833, scratch)
}

/// The nRF52840's tables.
pub(super) fn nrf52840_tables(scratch: &Path) -> Result<ChipTables> {
    tables(&NRF52840, scratch)
}

fn tables(chip: &Variant, scratch: &Path) -> Result<ChipTables> {
    let dependency = format!("embassy-nrf = {{ version = \"{HAL}\", features = [\"{}\"] }}", chip.name);
    let sources = fetch(&dependency, &["embassy-nrf", "nrf-pac"], TARGET, chip.features, scratch)?;
    let [hal, pac] = sources.as_slice() else { bail!("two crates were asked for") };
    let registers = format!("src/chips/{}/pac.rs", chip.name);
    let items = pac.items(&registers)?;
    Ok(ChipTables {
        generated_from: vec![hal.label.clone(), pac.label.clone()],
        part: None,
        interrupt_priority_bits: priority_bits(&items)?,
        edges: Vec::new(),
        pins: pins(hal, chip)?,
        blocks: blocks(hal, chip)?,
        // EasyDMA: each block has its own.
        dma_channels: Vec::new(),
        interrupts: interrupts(hal, chip, &items)?,
        limitations: Vec::new(),
    })
}

/// The file of embassy-nrf that has all of the chip.
fn file(chip: &Variant) -> String {
    format!("src/chips/{}.rs", chip.name)
}

fn pins(hal: &CrateSource, chip: &Variant) -> Result<Vec<PinEntry>> {
    let mut pins = Vec::new();
    for call in hal.calls(&file(chip), "impl_pin")? {
        let [singleton, port, number] = call.as_slice() else { bail!("impl_pin! has changed") };
        let (port, number): (u16, u16) = (port.parse()?, number.parse()?);
        pins.push(PinEntry {
            name: format!("P{port}.{number:02}"),
            also: vec![format!("P{port}_{number:02}")],
            number: port * 32 + number,
            hal: singleton.clone(),
            functions: Vec::new(),
        });
    }
    for call in calls_where_there(hal, &file(chip), "impl_saadc_input")? {
        let [pin, input] = call.as_slice() else { bail!("impl_saadc_input! has changed") };
        let channel = input.strip_prefix("AnalogInput").context("an input's name has changed")?.parse()?;
        let found = pins.iter_mut().find(|entry| entry.hal == *pin);
        let found = found.with_context(|| format!("`{pin}` is an analog input but no pin"))?;
        found.functions.push(FunctionEntry { block: CONVERTER.to_owned(), signal: Signal::In(channel) });
    }
    Ok(pins)
}

fn blocks(hal: &CrateSource, chip: &Variant) -> Result<Vec<BlockEntry>> {
    let file = file(chip);
    let singletons = singletons(hal, &file)?;
    let mut blocks = Vec::new();
    for (name, kind, any_pin) in BLOCKS {
        for call in calls_where_there(hal, &file, name)? {
            let [singleton, registers, vector, ..] = call.as_slice() else { bail!("{name}! has changed") };
            // One singleton may be a TWIM and an SPIM, of which only one can be in use.
            let hal = (singleton != registers).then(|| singleton.clone());
            blocks.push(BlockEntry {
                name: registers.clone(),
                title: None,
                hal,
                kind: *kind,
                interrupts: vec![vector.clone()],
                dma: DmaRequests::default(),
                any_pin: any_pin.to_vec(),
                clock: None,
                switch: None,
                remaps: Vec::new(),
            });
        }
    }
    let converter = singletons.iter().find(|name| *name == CONVERTER);
    blocks.extend(converter.map(|_| BlockEntry {
        name: CONVERTER.to_owned(),
        title: None,
        hal: None,
        kind: BlockKind::Adc,
        interrupts: vec![CONVERTER.to_owned()],
        dma: DmaRequests::default(),
        any_pin: Vec::new(),
        clock: None,
        switch: None,
        remaps: Vec::new(),
    }));
    let has_block = |name: &String| {
        blocks.iter().any(|block| block.hal.as_ref().unwrap_or(&block.name) == name)
            || NO_BLOCK.iter().any(|prefix| name.starts_with(prefix))
            || WITHOUT_DRIVER.contains(&name.as_str())
    };
    let new: Vec<&String> = singletons.iter().filter(|name| !has_block(name)).collect();
    ensure!(new.is_empty(), "{new:?} are new singletons of {}: say what they are", hal.label);
    Ok(blocks)
}

/// The calls of a macro that not every chip has: no nRF51 has EasyDMA, and not every nRF52 USB.
fn calls_where_there(hal: &CrateSource, file: &str, name: &str) -> Result<Vec<Vec<String>>> {
    if hal.text(file)?.contains(&format!("{name}!(")) { hal.calls(file, name) } else { Ok(Vec::new()) }
}

/// The names in `peripherals!`, but for those behind a `cfg`: pins and timers, which are no blocks.
fn singletons(hal: &CrateSource, file: &str) -> Result<Vec<String>> {
    let text = hal.text(file)?;
    let start = text.find("peripherals! {").with_context(|| format!("{file} has no peripherals!"))?;
    let body = text[start..].split_once('{').map_or("", |(_, rest)| rest);
    let body = body.split_once("\n}").map_or("", |(body, _)| body);
    let lines = body.lines().map(str::trim).filter(|line| !line.starts_with("//") && !line.starts_with('#'));
    Ok(lines.map(|line| line.trim_end_matches(',').to_owned()).filter(|name| !name.is_empty()).collect())
}

fn interrupts(hal: &CrateSource, chip: &Variant, items: &[Item]) -> Result<Vec<InterruptEntry>> {
    let offered = hal.calls(&file(chip), "interrupt_mod")?.concat();
    let mut interrupts = Vec::new();
    for item in items {
        let Item::Enum(vectors) = item else { continue };
        if vectors.ident != "Interrupt" {
            continue;
        }
        for variant in &vectors.variants {
            let (_, number) = variant.discriminant.as_ref().context("a vector without a number")?;
            interrupts.push(InterruptEntry {
                name: variant.ident.to_string(),
                number: integer(number)?,
                taken_by: None,
            });
        }
    }
    interrupts.retain(|interrupt| offered.contains(&interrupt.name));
    ensure!(interrupts.len() == offered.len(), "embassy-nrf offers vectors that nrf-pac does not have");
    mark_taken(hal, &mut interrupts)?;
    Ok(interrupts)
}

fn priority_bits(items: &[Item]) -> Result<u8> {
    for item in items {
        if let Item::Const(constant) = item
            && constant.ident == "NVIC_PRIO_BITS"
        {
            return integer(&constant.expr);
        }
    }
    bail!("nrf-pac has no NVIC_PRIO_BITS")
}
