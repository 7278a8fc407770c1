//! The generated tables of a chip, and the words in them: functions, signals, kinds of block.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Limitation, MemoryRegion};

/// The long tables of a chip: `boards/chips/NAME.tables.toml`, generated.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ChipTables {
    /// The packages from which the tables were read, `name version`.
    pub generated_from: Vec<String>,
    /// What sets the chip apart in its family; absent where the facts are in a file of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<PartEntry>,
    /// How many bits of an interrupt's priority the processor keeps.
    pub interrupt_priority_bits: u8,
    /// The vectors of edges at pins, by the pin's number in its port. Of the pins with one number, one can have its edges
    /// looked at. Absent where every pin can.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edges: Vec<String>,
    /// The pins, by number.
    pub pins: Vec<PinEntry>,
    /// The blocks, in the HAL's order.
    pub blocks: Vec<BlockEntry>,
    /// The DMA channels, by number.
    pub dma_channels: Vec<DmaChannelEntry>,
    /// The vectors, by number.
    pub interrupts: Vec<InterruptEntry>,
    /// What some pins cannot do or must not meet, where the HAL's sources say so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limitations: Vec<Limitation>,
}

/// What sets a chip apart in its family.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PartEntry {
    /// The name as people write it.
    pub title: String,
    /// The family: a file in `boards/families`.
    pub family: String,
    /// The vendor's name for chips that differ in memory and pins only.
    pub line: String,
    /// What probe-rs calls it.
    pub probe_rs: String,
    /// Which generation of the uart's registers it has.
    pub uart_version: u8,
    /// Whether its flash can be one bank or two, of which the HAL must be told. Chips leave the factory with two.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub two_banks: bool,
    /// The generation of the analog converter, as stm32-metapac names it; absent where there is none that fwc knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adc_version: Option<String>,
    /// What can count time. The first does, unless it is needed for something else.
    pub time_drivers: Vec<TimerEntry>,
    /// Vectors of blocks that no generated code uses.
    pub free_interrupts: Vec<String>,
    /// The regions, by address.
    pub memory: Vec<MemoryRegion>,
}

/// A timer and the vector of its alarm.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TimerEntry {
    /// The HAL's singleton.
    pub timer: String,
    /// The vector.
    pub interrupt: String,
    /// What clocks it.
    pub clock: String,
}

/// A pin.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PinEntry {
    /// The name that messages use.
    pub name: String,
    /// Other names that are understood.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// The pin's number in the HAL and in registers.
    pub number: u16,
    /// The HAL's singleton.
    pub hal: String,
    /// What can be routed to it, apart from plain input and output.
    pub functions: Vec<FunctionEntry>,
}

/// A signal of a block, written `UART0 TX`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct FunctionEntry {
    /// The block's name.
    pub block: String,
    /// The signal.
    pub signal: Signal,
}

impl FromStr for FunctionEntry {
    type Err = String;

    fn from_str(text: &str) -> Result<FunctionEntry, String> {
        let Some((block, signal)) = text.split_once(' ') else {
            return Err(format!("`{text}` is not a function: write it as `UART0 TX`"));
        };
        Ok(FunctionEntry { block: block.to_owned(), signal: signal.parse()? })
    }
}

impl TryFrom<String> for FunctionEntry {
    type Error = String;

    fn try_from(text: String) -> Result<FunctionEntry, String> {
        text.parse()
    }
}

impl From<FunctionEntry> for String {
    fn from(function: FunctionEntry) -> String {
        function.to_string()
    }
}

impl fmt::Display for FunctionEntry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.block, self.signal)
    }
}

/// What a pin does for a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub enum Signal {
    /// A uart sends.
    Tx,
    /// A uart receives.
    Rx,
    /// A uart hears that it may send.
    Cts,
    /// A uart says that it can receive.
    Rts,
    /// I2C data.
    Sda,
    /// I2C clock.
    Scl,
    /// SPI clock.
    Sck,
    /// SPI data out of the chip.
    Mosi,
    /// SPI data into the chip.
    Miso,
    /// SPI chip select.
    Cs,
    /// The first output of a PWM slice.
    A,
    /// The second output of a PWM slice.
    B,
    /// The positive line of USB.
    Dp,
    /// The negative line of USB.
    Dm,
    /// Programmable input and output.
    Io,
    /// An output of a timer, by the timer's channel.
    Channel(u8),
    /// An analog input, by the converter's channel.
    In(u8),
}

/// Every signal that has no number, with its spelling in the tables.
const PLAIN_SIGNALS: &[(Signal, &str)] = &[
    (Signal::Tx, "TX"),
    (Signal::Rx, "RX"),
    (Signal::Cts, "CTS"),
    (Signal::Rts, "RTS"),
    (Signal::Sda, "SDA"),
    (Signal::Scl, "SCL"),
    (Signal::Sck, "SCK"),
    (Signal::Mosi, "MOSI"),
    (Signal::Miso, "MISO"),
    (Signal::Cs, "CS"),
    (Signal::A, "A"),
    (Signal::B, "B"),
    (Signal::Dp, "DP"),
    (Signal::Dm, "DM"),
    (Signal::Io, "IO"),
];

impl FromStr for Signal {
    type Err = String;

    fn from_str(text: &str) -> Result<Signal, String> {
        if let Some((signal, _)) = PLAIN_SIGNALS.iter().find(|(_, name)| *name == text) {
            return Ok(*signal);
        }
        let numbered = [("IN", Signal::In as fn(u8) -> Signal), ("CH", Signal::Channel)];
        let signal = numbered.iter().find_map(|(prefix, signal)| {
            text.strip_prefix(prefix).and_then(|number| number.parse().ok()).map(signal)
        });
        signal.ok_or_else(|| format!("`{text}` is not a signal"))
    }
}

impl TryFrom<String> for Signal {
    type Error = String;

    fn try_from(text: String) -> Result<Signal, String> {
        text.parse()
    }
}

impl From<Signal> for String {
    fn from(signal: Signal) -> String {
        signal.to_string()
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Signal::In(channel) => return write!(formatter, "IN{channel}"),
            Signal::Channel(channel) => return write!(formatter, "CH{channel}"),
            _ => {}
        }
        let name = PLAIN_SIGNALS.iter().find(|(signal, _)| signal == self).map(|(_, name)| *name);
        formatter.write_str(name.expect("every signal without a number is in PLAIN_SIGNALS"))
    }
}

/// A hardware block.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BlockEntry {
    /// The HAL's singleton; where one singleton is several blocks, of which only one can be in use, the datasheet's name. Of pwm
    /// blocks that are one singleton, all can be in use: outputs of one name are one output, which any of them can have.
    pub name: String,
    /// The datasheet's name, where it is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The HAL's singleton, where it is several blocks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hal: Option<String>,
    /// What it is.
    pub kind: BlockKind,
    /// The vectors that its driver binds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interrupts: Vec<String>,
    /// The DMA requests that its driver uses.
    #[serde(default, skip_serializing_if = "DmaRequests::is_empty")]
    pub dma: DmaRequests,
    /// Signals that can be on any pin.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub any_pin: Vec<Signal>,
    /// The bus whose clock it runs on; absent where that is the core's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<String>,
    /// The switch by which the HAL gives it a clock; absent where it has no choice, or has at reset what it is to have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub switch: Option<ClockSwitch>,
    /// The groups in which its pins are mapped: those in use are all of one group. Absent where each pin is by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remaps: Vec<RemapEntry>,
}

/// A choice of clocks in front of a block, or of several that have it together.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ClockSwitch {
    /// The HAL's name of it.
    pub field: String,
    /// The HAL's type for it, whose variants are the clocks.
    pub choice: String,
}

/// Pins that a block can have together.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RemapEntry {
    /// The HAL's type for it.
    pub hal: String,
    /// The pins.
    pub pins: Vec<String>,
}

/// The DMA requests of a block.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DmaRequests {
    /// Paces memory to block.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tx: Option<String>,
    /// Paces block to memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rx: Option<String>,
}

impl DmaRequests {
    /// Whether the block has no request.
    pub fn is_empty(&self) -> bool {
        self.tx.is_none() && self.rx.is_none()
    }
}

/// What a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BlockKind {
    /// An asynchronous serial port.
    Uart,
    /// An I2C controller.
    I2c,
    /// An SPI controller.
    Spi,
    /// A PWM slice: one frequency, one or more outputs.
    Pwm,
    /// An analog-to-digital converter.
    Adc,
    /// A USB device controller.
    Usb,
    /// Programmable input and output.
    Pio,
    /// A channel that sends levels of given lengths (ESP32's RMT).
    Rmt,
    /// A watchdog.
    Watchdog,
    /// A calendar clock.
    Rtc,
    /// The flash controller.
    Flash,
}

/// A DMA channel. Without `serves` it serves the request of any block.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DmaChannelEntry {
    /// The HAL's singleton.
    pub name: String,
    /// Its number.
    pub number: u16,
    /// The vector that its driver binds.
    pub interrupt: String,
    /// The requests that it can serve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serves: Option<Vec<String>>,
}

/// A vector.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct InterruptEntry {
    /// The HAL's name.
    pub name: String,
    /// Its number at the interrupt controller.
    pub number: u16,
    /// The module of the HAL that defines the handler itself; nobody else can then bind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_by: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_signal_is_read_as_it_is_written() {
        let numbered = [Signal::In(0), Signal::In(255), Signal::Channel(1)];
        for signal in PLAIN_SIGNALS.iter().map(|(signal, _)| *signal).chain(numbered) {
            assert_eq!(signal.to_string().parse(), Ok(signal));
        }
        for text in ["", "tx", "IN", "IN256", "TX "] {
            assert!(text.parse::<Signal>().is_err(), "{text}");
        }
    }

    #[test]
    fn functions_are_a_block_and_a_signal() {
        let function: FunctionEntry = "PWM_SLICE0 A".parse().unwrap();
        assert_eq!((function.block.as_str(), function.signal), ("PWM_SLICE0", Signal::A));
        assert_eq!(function.to_string(), "PWM_SLICE0 A");
        assert!("UART0".parse::<FunctionEntry>().is_err() && "UART0 TX F2".parse::<FunctionEntry>().is_err());
    }
}
