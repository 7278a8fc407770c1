//! A chip's metadata as stm32-metapac has it, as far as tables need it.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::chips::literal;
use crate::chips::source::CrateSource;

#[derive(Debug, Deserialize)]
pub(super) struct Metadata {
    pub(super) name: String,
    pub(super) family: String,
    pub(super) line: String,
    pub(super) memory: Vec<Vec<Region>>,
    pub(super) peripherals: Vec<Peripheral>,
    pub(super) nvic_priority_bits: Option<u8>,
    pub(super) interrupts: Vec<Interrupt>,
    pub(super) dma_channels: Vec<DmaChannel>,
    pub(super) pins: Vec<Pin>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Region {
    pub(super) name: String,
    pub(super) kind: RegionKind,
    pub(super) address: u32,
    pub(super) size: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(super) enum RegionKind {
    Flash,
    Ram,
    Eeprom,
}

#[derive(Debug, Deserialize)]
pub(super) struct Peripheral {
    pub(super) name: String,
    pub(super) registers: Option<Registers>,
    rcc: Option<Rcc>,
    pub(super) pins: Vec<RoutedPin>,
    pub(super) dma_channels: Vec<DmaRequest>,
    pub(super) interrupts: Vec<PeripheralInterrupt>,
    pub(super) afio: Option<Afio>,
}

/// Where a block's pins are mapped in groups: the field that chooses one, and what its values choose.
#[derive(Debug, Deserialize)]
pub(super) struct Afio {
    pub(super) field: String,
    pub(super) values: Vec<AfioValue>,
}

#[derive(Debug, Deserialize)]
pub(super) struct AfioValue {
    pub(super) value: u8,
    pub(super) pins: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Registers {
    pub(super) kind: String,
    pub(super) version: String,
    block: String,
}

#[derive(Debug, Deserialize)]
struct Rcc {
    bus_clock: String,
    kernel_clock: KernelClock,
}

#[derive(Debug, Deserialize)]
enum KernelClock {
    /// The one there is.
    Clock(String),
    /// One of several.
    Mux(Mux),
}

#[derive(Debug, Deserialize)]
pub(super) struct Mux {
    pub(super) register: String,
    pub(super) field: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct RoutedPin {
    pub(super) pin: String,
    pub(super) signal: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct DmaRequest {
    pub(super) signal: String,
    pub(super) channel: Option<String>,
    pub(super) dmamux: Option<String>,
    pub(super) dma: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct PeripheralInterrupt {
    pub(super) signal: String,
    pub(super) interrupt: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Interrupt {
    pub(super) name: String,
    pub(super) number: u16,
}

#[derive(Debug, Deserialize)]
pub(super) struct DmaChannel {
    pub(super) name: String,
    pub(super) dma: String,
    pub(super) dmamux: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Pin {
    pub(super) name: String,
}

impl Peripheral {
    /// The kind of its registers.
    pub(super) fn kind(&self) -> Option<&str> {
        self.registers.as_ref().map(|registers| registers.kind.as_str())
    }

    /// Whether it is a timer without inputs and outputs.
    pub(super) fn only_counts(&self) -> bool {
        self.registers.as_ref().is_some_and(|registers| registers.block.starts_with("TIM_BASIC"))
    }

    /// The clock that it runs on. One with a choice is at reset on its bus's, which for a timer is the bus's timer clock.
    pub(super) fn clock(&self) -> Option<String> {
        let rcc = self.rcc.as_ref()?;
        Some(match &rcc.kernel_clock {
            KernelClock::Clock(name) => name.clone(),
            // src/peripherals/rcc_f0v1.rs and rcc_f3v1.rs (Icsw): at reset it is the chip's own oscillator.
            KernelClock::Mux(mux) if matches!(mux.field.as_str(), "I2C1SW" | "I2C2SW" | "I2C3SW") => {
                "HSI".to_owned()
            }
            KernelClock::Mux(_) if self.kind() == Some("timer") => format!("{}_TIM", rcc.bus_clock),
            KernelClock::Mux(_) => rcc.bus_clock.clone(),
        })
    }

    /// The choice of clocks in front of it.
    pub(super) fn mux(&self) -> Option<&Mux> {
        match &self.rcc.as_ref()?.kernel_clock {
            KernelClock::Clock(_) => None,
            KernelClock::Mux(mux) => Some(mux),
        }
    }

    /// The vectors of signals, in the order of `signals`.
    pub(super) fn vectors<'a>(&'a self, signals: &'a [&str]) -> impl Iterator<Item = &'a str> {
        signals.iter().flat_map(|signal| {
            self.interrupts.iter().filter(move |of| of.signal == **signal).map(|of| of.interrupt.as_str())
        })
    }
}

/// Reads a chip's file and the one that it takes in.
pub(super) fn read(package: &CrateSource, chip: &str) -> Result<Metadata> {
    let text = package.text(&format!("src/chips/{chip}/metadata.rs"))?;
    let shared = text.split("include!(\"../").nth(1).and_then(|rest| rest.split('"').next());
    let shared = shared.with_context(|| format!("the file of {chip} takes in no other"))?;
    let shared = literal::statics(&package.text(&format!("src/chips/{shared}"))?)?;
    let mut own = literal::statics(&text)?;
    let metadata = own.remove("METADATA").with_context(|| format!("the file of {chip} has no METADATA"))?;
    Ok(serde_json::from_value(filled(metadata, &shared))?)
}

/// The value with each name of a static in its top level replaced by that static.
fn filled(metadata: Value, shared: &Map<String, Value>) -> Value {
    let Value::Object(fields) = metadata else { return metadata };
    let fields = fields.into_iter().map(|(key, value)| {
        let named = value.as_str().and_then(|name| shared.get(name));
        (key, named.cloned().unwrap_or(value))
    });
    Value::Object(fields.collect())
}
