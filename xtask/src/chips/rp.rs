//! embassy-rp's and rp-pac's sources to the tables of RP2040 and RP2350.
//!
//! What a pin can do stands in embassy-rp as trait implementations, made by one macro call a pin.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use fwc_schema::chip::{
    BlockEntry, BlockKind, ChipTables, DmaChannelEntry, DmaRequests, FunctionEntry, InterruptEntry, PinEntry,
    Signal,
};
use syn::{Expr, ImplItem, Item, Lit, Type};

use super::source::{CrateSource, fetch};

/// The version of embassy-rp that generated firmware is built on.
const HAL: &str = "=0.10.0";

/// A chip as embassy-rp and rp-pac know it.
struct Variant {
    /// Its feature.
    feature: &'static str,
    /// The file of its registers in rp-pac.
    registers: &'static str,
    /// The target that its generated firmware is compiled for.
    target: &'static str,
    /// The features of embassy-rp that generated firmware may turn on, and those that they turn on in turn.
    features: &'static [&'static str],
    /// Singletons that the tables leave out: no kind of peripheral has a use for them.
    left_out: &'static [&'static str],
}

const RP2040: Variant = Variant {
    feature: "rp2040",
    registers: "src/rp2040/mod.rs",
    target: "thumbv6m-none-eabi",
    features: &[
        "rp2040",
        "rt",
        "time-driver",
        "critical-section-impl",
        "executor-thread",
        "executor-interrupt",
    ],
    left_out: &[],
};

/// RP2350A: the package with 30 pins.
const RP2350A: Variant = Variant {
    feature: "rp235xa",
    registers: "src/rp235x/mod.rs",
    target: "thumbv8m.main-none-eabihf",
    features: &[
        "rp235xa",
        "_rp235x",
        "rt",
        "time-driver",
        "critical-section-impl",
        "executor-thread",
        "executor-interrupt",
    ],
    // The HAL lists an RTC, which the chip does not have and no driver of the HAL's takes.
    left_out: &["QMI_CS1", "POWMAN", "TRNG", "SHA256", "RTC"],
};

/// Which kind of block a singleton is, by how its name begins.
const KINDS: &[(&str, BlockKind)] = &[
    ("UART", BlockKind::Uart),
    ("SPI", BlockKind::Spi),
    ("I2C", BlockKind::I2c),
    ("PWM_SLICE", BlockKind::Pwm),
    ("USB", BlockKind::Usb),
    ("RTC", BlockKind::Rtc),
    ("FLASH", BlockKind::Flash),
    ("ADC", BlockKind::Adc),
    ("PIO", BlockKind::Pio),
    ("WATCHDOG", BlockKind::Watchdog),
];

/// Singletons that are no block of their own: pins and DMA channels have tables, the rest belongs to a block.
const NO_BLOCK: &[&str] = &["PIN_", "DMA_CH", "ADC_TEMP_SENSOR", "CORE1", "BOOTSEL"];

/// Where the pins of a kind of block are given, and which trait stands for which signal.
const PIN_TRAITS: &[(&str, &[(&str, Signal)])] = &[
    (
        "src/spi.rs",
        &[
            ("MisoPin", Signal::Miso),
            ("MosiPin", Signal::Mosi),
            ("ClkPin", Signal::Sck),
            ("CsPin", Signal::Cs),
        ],
    ),
    (
        "src/uart/mod.rs",
        &[("TxPin", Signal::Tx), ("RxPin", Signal::Rx), ("CtsPin", Signal::Cts), ("RtsPin", Signal::Rts)],
    ),
    ("src/i2c.rs", &[("SdaPin", Signal::Sda), ("SclPin", Signal::Scl)]),
    ("src/pwm.rs", &[("ChannelAPin", Signal::A), ("ChannelBPin", Signal::B)]),
];

/// The RP2040's tables.
pub(super) fn rp2040_tables(scratch: &Path) -> Result<ChipTables> {
    tables(&RP2040, scratch)
}

/// The RP2350A's tables.
pub(super) fn rp2350a_tables(scratch: &Path) -> Result<ChipTables> {
    tables(&RP2350A, scratch)
}

fn tables(chip: &Variant, scratch: &Path) -> Result<ChipTables> {
    let dependency = format!("embassy-rp = {{ version = \"{HAL}\", features = [\"{}\"] }}", chip.feature);
    let sources = fetch(&dependency, &["embassy-rp", "rp-pac"], chip.target, chip.features, scratch)?;
    let [hal, pac] = sources.as_slice() else { bail!("two crates were asked for") };
    Ok(ChipTables {
        generated_from: vec![hal.label.clone(), pac.label.clone()],
        part: None,
        interrupt_priority_bits: interrupt_priority_bits(pac, chip)?.min(hal_priority_bits(hal)?),
        edges: Vec::new(),
        pins: pins(hal)?,
        blocks: blocks(hal, pac, chip)?,
        dma_channels: dma_channels(hal)?,
        interrupts: interrupts(hal, pac, chip)?,
        limitations: Vec::new(),
    })
}

fn pins(hal: &CrateSource) -> Result<Vec<PinEntry>> {
    let mut pins = Vec::new();
    for call in hal.calls("src/gpio.rs", "impl_pin")? {
        let [singleton, _bank, number] = call.as_slice() else {
            bail!("impl_pin! of src/gpio.rs has changed")
        };
        let number: u16 = number.parse()?;
        pins.push(PinEntry {
            name: format!("GP{number}"),
            also: vec![format!("GPIO{number}")],
            number,
            hal: singleton.clone(),
            functions: Vec::new(),
        });
    }
    for (file, traits) in PIN_TRAITS {
        for call in hal.calls(file, "impl_pin")? {
            let [pin, block, function] = call.as_slice() else { bail!("impl_pin! of {file} has changed") };
            let signal = traits.iter().find(|(name, _)| name == function);
            let (_, signal) = signal.with_context(|| format!("{file}: a new pin trait `{function}`"))?;
            add_function(&mut pins, pin, block, *signal)?;
        }
    }
    for call in hal.calls("src/adc.rs", "impl_pin")? {
        let [pin, channel] = call.as_slice() else { bail!("impl_pin! of src/adc.rs has changed") };
        add_function(&mut pins, pin, "ADC", Signal::In(channel.parse()?))?;
    }
    ensure_pio_reaches(hal, &pins)?;
    Ok(pins)
}

fn add_function(pins: &mut [PinEntry], singleton: &str, block: &str, signal: Signal) -> Result<()> {
    let pin = pins.iter_mut().find(|pin| pin.hal == singleton);
    let pin = pin.with_context(|| format!("`{singleton}` has a function but is no pin"))?;
    pin.functions.push(FunctionEntry { block: block.to_owned(), signal });
    Ok(())
}

/// The tables say that PIO reaches any pin; this is where that is known from.
fn ensure_pio_reaches(hal: &CrateSource, pins: &[PinEntry]) -> Result<()> {
    let reached = hal.calls("src/pio/mod.rs", "impl_pio_pin")?.concat();
    let missed: Vec<&str> = pins
        .iter()
        .map(|pin| pin.hal.as_str())
        .filter(|pin| !reached.iter().any(|name| name == pin))
        .collect();
    ensure!(missed.is_empty(), "PIO does not reach {missed:?}");
    Ok(())
}

fn blocks(hal: &CrateSource, pac: &CrateSource, chip: &Variant) -> Result<Vec<BlockEntry>> {
    let mut blocks = Vec::new();
    for name in hal.calls("src/lib.rs", "peripherals")?.concat() {
        let left_out = chip.left_out.contains(&name.as_str());
        if left_out || NO_BLOCK.iter().any(|prefix| name.starts_with(prefix)) {
            continue;
        }
        let kind = KINDS.iter().find(|(prefix, _)| name.starts_with(prefix)).map(|(_, kind)| *kind);
        let kind =
            kind.with_context(|| format!("`{name}` is a new singleton of {}: say what it is", hal.label))?;
        blocks.push(BlockEntry {
            title: name.strip_prefix("PWM_SLICE").map(|number| format!("PWM{number}")),
            interrupts: interrupts_of(hal, &name, kind)?,
            dma: dma_requests(hal, pac, chip, &name, kind)?,
            any_pin: if kind == BlockKind::Pio { vec![Signal::Io] } else { Vec::new() },
            clock: None,
            switch: None,
            remaps: Vec::new(),
            hal: None,
            name,
            kind,
        });
    }
    Ok(blocks)
}

/// The vectors that the driver of a block binds.
fn interrupts_of(hal: &CrateSource, block: &str, kind: BlockKind) -> Result<Vec<String>> {
    let by_macro = |file: &str, name: &str, place: usize| -> Result<Vec<String>> {
        let call = hal.calls(file, name)?.into_iter().find(|call| call[0] == block);
        let call = call.with_context(|| format!("{file}: no {name}! for `{block}`"))?;
        Ok(vec![call.get(place).with_context(|| format!("{name}! of {file} has changed"))?.clone()])
    };
    match kind {
        BlockKind::Uart => by_macro("src/uart/mod.rs", "impl_instance", 1),
        BlockKind::I2c => by_macro("src/i2c.rs", "impl_instance", 1),
        BlockKind::Pio => by_macro("src/pio/mod.rs", "impl_pio", 4),
        BlockKind::Usb => Ok(vec![interrupt_of_instance(hal, "src/usb.rs")?]),
        BlockKind::Adc => Ok(vec![interrupt_of_handler(hal, "src/adc.rs")?]),
        BlockKind::Rtc => Ok(vec![interrupt_of_handler(hal, "src/rtc/mod.rs")?]),
        // SPI's driver sleeps on its DMA channels' vector; the others poll.
        BlockKind::Spi | BlockKind::Pwm | BlockKind::Watchdog | BlockKind::Flash => Ok(Vec::new()),
        BlockKind::Rmt => bail!("an RP chip has no RMT"),
    }
}

/// `impl Instance for … { type Interrupt = ….NAME; }`
fn interrupt_of_instance(hal: &CrateSource, file: &str) -> Result<String> {
    for item in hal.items(file)? {
        let Item::Impl(block) = item else { continue };
        for item in block.items {
            if let ImplItem::Type(alias) = item
                && alias.ident == "Interrupt"
                && let Type::Path(path) = alias.ty
            {
                return Ok(path.path.segments.last().context("a path has a last segment")?.ident.to_string());
            }
        }
    }
    bail!("{file}: no block with a `type Interrupt`")
}

/// `impl Handler<….NAME> for InterruptHandler`
fn interrupt_of_handler(hal: &CrateSource, file: &str) -> Result<String> {
    for item in hal.items(file)? {
        let Item::Impl(block) = item else { continue };
        let Some((path, _)) = block.trait_ else { continue };
        let Some(last) = path.segments.last().filter(|segment| segment.ident == "Handler") else { continue };
        if let syn::PathArguments::AngleBracketed(arguments) = &last.arguments
            && let Some(syn::GenericArgument::Type(Type::Path(vector))) = arguments.args.first()
        {
            return Ok(vector.path.segments.last().context("a path has a last segment")?.ident.to_string());
        }
    }
    bail!("{file}: no `impl Handler`")
}

/// The requests that pace the DMA transfers of a block's driver.
fn dma_requests(
    hal: &CrateSource,
    pac: &CrateSource,
    chip: &Variant,
    block: &str,
    kind: BlockKind,
) -> Result<DmaRequests> {
    match kind {
        BlockKind::Uart | BlockKind::Spi => {
            let file = if kind == BlockKind::Uart { "src/uart/mod.rs" } else { "src/spi.rs" };
            let call = hal.calls(file, "impl_instance")?.into_iter().find(|call| call[0] == block);
            match call.with_context(|| format!("{file}: no impl_instance! for `{block}`"))?.as_slice() {
                [_, _, tx, rx] => Ok(DmaRequests { tx: Some(tx.clone()), rx: Some(rx.clone()) }),
                _ => bail!("impl_instance! of {file} has changed"),
            }
        }
        BlockKind::Adc => {
            ensure!(
                hal.text("src/adc.rs")?.contains("TreqSel::ADC"),
                "src/adc.rs no longer names TreqSel::ADC"
            );
            Ok(DmaRequests { tx: None, rx: Some("ADC".to_owned()) })
        }
        BlockKind::Pio => {
            // Requests belong to state machines, and generated code takes a block for its first one.
            let (tx, rx) = (format!("{block}_TX0"), format!("{block}_RX0"));
            let selectors = pac.text(&chip.registers.replace("mod.rs", "dma/vals.rs"))?;
            ensure!(
                [&tx, &rx].iter().all(|name| selectors.contains(name.as_str())),
                "rp-pac has no TreqSel::{tx}"
            );
            Ok(DmaRequests { tx: Some(tx), rx: Some(rx) })
        }
        // I2C's driver is interrupt-driven.
        _ => Ok(DmaRequests::default()),
    }
}

fn dma_channels(hal: &CrateSource) -> Result<Vec<DmaChannelEntry>> {
    let entry = |call: Vec<String>| match call.as_slice() {
        [name, number, interrupt] => Ok(DmaChannelEntry {
            name: name.clone(),
            number: number.parse()?,
            interrupt: interrupt.clone(),
            serves: None,
        }),
        _ => bail!("channel! of src/dma.rs has changed"),
    };
    hal.calls("src/dma.rs", "channel")?.into_iter().map(entry).collect()
}

fn interrupts(hal: &CrateSource, pac: &CrateSource, chip: &Variant) -> Result<Vec<InterruptEntry>> {
    let offered = hal.calls("src/lib.rs", "interrupt_mod")?.concat();
    let mut interrupts = Vec::new();
    for item in pac.items(chip.registers)? {
        let Item::Enum(vectors) = item else { continue };
        if vectors.ident != "Interrupt" {
            continue;
        }
        for variant in vectors.variants {
            let (_, number) = variant.discriminant.context("a vector without a number")?;
            interrupts.push(InterruptEntry {
                name: variant.ident.to_string(),
                number: integer(&number)?,
                taken_by: None,
            });
        }
    }
    // The HAL leaves out vectors that none of its drivers has a use for.
    interrupts.retain(|interrupt| offered.contains(&interrupt.name));
    ensure!(interrupts.len() == offered.len(), "embassy-rp offers vectors that rp-pac does not have");
    mark_taken(hal, &mut interrupts)?;
    Ok(interrupts)
}

/// `#[interrupt] fn NAME()`: the HAL handles the vector itself.
pub(super) fn mark_taken(hal: &CrateSource, interrupts: &mut [InterruptEntry]) -> Result<()> {
    for file in hal.files_with("#[interrupt]")? {
        for item in hal.items(&file)? {
            let Item::Fn(function) = item else { continue };
            if !function.attrs.iter().any(|attribute| attribute.path().is_ident("interrupt")) {
                continue;
            }
            let vector = interrupts.iter_mut().find(|interrupt| function.sig.ident == interrupt.name);
            let vector = vector.with_context(|| format!("{file} handles `{}`", function.sig.ident))?;
            let module = file.trim_start_matches("src/").trim_end_matches(".rs");
            vector.taken_by = Some(module.to_owned());
        }
    }
    Ok(())
}

fn interrupt_priority_bits(pac: &CrateSource, chip: &Variant) -> Result<u8> {
    for item in pac.items(chip.registers)? {
        if let Item::Const(constant) = item
            && constant.ident == "NVIC_PRIO_BITS"
        {
            return integer(&constant.expr);
        }
    }
    bail!("rp-pac has no NVIC_PRIO_BITS")
}

/// The bits that the HAL's type of a priority has, which may be fewer than the processor's.
fn hal_priority_bits(hal: &CrateSource) -> Result<u8> {
    let manifest = hal.text("Cargo.toml")?;
    let feature = manifest.lines().find_map(|line| line.trim().strip_prefix("\"prio-bits-"));
    let bits = feature.and_then(|rest| rest.strip_suffix("\","));
    Ok(bits.context("embassy-rp no longer says how many bits a priority has")?.parse()?)
}

pub(super) fn integer<Number: std::str::FromStr<Err: std::fmt::Display>>(
    expression: &Expr,
) -> Result<Number> {
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) => Ok(number.base10_parse()?),
            _ => bail!("not a number"),
        },
        _ => bail!("not a number"),
    }
}
