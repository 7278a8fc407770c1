//! The shape of a board's file: `boards/NAME.toml`, and `boards/NAME.toml` in a project.
//!
//! Names of pins keep their place in the text, so that a wrong one is shown where it stands.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::app::CoreSupply;
use crate::chip::Bounds;

/// A board.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BoardFile {
    /// The name that app.toml uses; the file is called after it.
    pub name: Spanned<String>,
    /// The name as its vendor writes it.
    pub title: String,
    /// Other names that are understood.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// One line for the list of boards.
    pub description: String,
    /// Who makes it.
    pub vendor: String,
    /// The chip's name: a file in `boards/chips/`.
    pub chip: Spanned<String>,
    /// Where the facts of the file were read; at least one.
    pub sources: Spanned<Vec<String>>,
    /// The crystal's frequency in hertz; absent where the chip runs from its own oscillator, or from a clock.
    pub crystal_hz: Option<Spanned<u32>>,
    /// The frequency in hertz of a clock that the board feeds in where a crystal would be.
    pub clock_input_hz: Option<Spanned<u32>>,
    /// The frequency in hertz of the crystal that counts time, where the chip takes one and the board has it.
    pub slow_crystal_hz: Option<Spanned<u32>>,
    /// The flash chip beside the chip; absent where flash is in the chip.
    pub flash_chip: Option<Spanned<FlashChipFile>>,
    /// How it is powered.
    pub power: PowerFile,
    /// Names that users may write in place of a pin's: label to pin.
    #[serde(default)]
    pub labels: BTreeMap<Spanned<String>, Spanned<String>>,
    /// Labels that other boards have and this one has no pin for: label to why, as a clause.
    #[serde(default)]
    pub no_pin: BTreeMap<Spanned<String>, String>,
    /// What on the board makes a serial port of a computer of the lines that are labelled `TX` and `RX`, a few words: `the debug
    /// probe`; absent where these only go to contacts. It sends on the line that is labelled `RX`.
    pub serial_port: Option<Spanned<String>>,
    /// Where the lines of the chip's own USB lead; absent where nobody has looked that up, or the chip has none.
    pub usb: Option<UsbFile>,
    /// What is on a header and no pin of the chip: supplies and control lines, with what they are.
    #[serde(default)]
    pub rails: BTreeMap<String, String>,
    /// The rows of contacts.
    #[serde(default, rename = "header")]
    pub headers: Vec<HeaderFile>,
    /// Pins that the board itself uses.
    #[serde(default)]
    pub onboard: Vec<OnboardFile>,
    /// How an image gets onto the board, the preferred way first; at least one.
    pub flash: Spanned<Vec<FlashWay>>,
}

/// `[flash-chip]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FlashChipFile {
    /// The part's name.
    pub part: String,
    /// Its size in bytes.
    pub bytes: u32,
    /// The second stage that sets it up, as embassy-rp's feature calls it behind `boot2-`; absent where that is the HAL's own
    /// choice.
    pub second_stage: Option<String>,
}

/// `[usb]`: where the lines of the chip's own USB lead.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct UsbFile {
    /// What they end at.
    pub lines: UsbLines,
    /// What that is, a few words: `the socket beside the probe's`.
    pub note: String,
}

/// What lines of USB end at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UsbLines {
    /// A socket for a cable.
    Socket,
    /// Contacts, to which a socket can be wired.
    Contacts,
    /// Nothing that can be reached.
    Nowhere,
}

/// `[power]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PowerFile {
    /// The kind of regulator that feeds the chip.
    pub regulator: Regulator,
    /// The regulator's name.
    pub part: String,
    /// The supply of the pins, in millivolts: what a high level is.
    pub logic_millivolts: u32,
    /// What may be fed in, in millivolts.
    pub input_millivolts: Bounds,
    /// What the regulator has to spare for parts outside, in milliamperes.
    pub spare_milliamperes: Option<u32>,
    /// Which of the chip's own regulators the board has wired to feed the core; absent where the chip has one.
    pub core_supply: Option<CoreSupply>,
}

/// A kind of regulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Regulator {
    /// Switched: efficient, with ripple.
    Smps,
    /// Linear: quiet, with heat.
    Ldo,
}

/// `[[header]]`: a row of contacts, numbered without a gap.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct HeaderFile {
    /// The connector's name on the board, where it has one.
    pub name: Option<String>,
    /// The number of the first contact.
    pub first: u16,
    /// At each contact a pin of the chip or a key of `[rails]`.
    pub contacts: Vec<Spanned<String>>,
}

/// `[[onboard]]`: a pin that the board itself uses.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct OnboardFile {
    /// The pin.
    pub pin: Spanned<String>,
    /// What is connected, a few words.
    pub part: String,
    /// Which side drives the line.
    pub wiring: Wiring,
    /// The level at which the part is on (lit, pressed); absent where that has no meaning.
    pub active: Option<Level>,
    /// What an app should know that uses the pin, as a clause: `high makes the supply quieter`.
    pub note: String,
}

/// Which side drives a line on the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wiring {
    /// The chip lights something; meant for apps.
    Indicator,
    /// A button pulls the line; meant for apps, as an input.
    Button,
    /// The chip controls a part; an output changes how the board works.
    Control,
    /// The board drives the line; an output would fight it.
    Sense,
    /// A line of an I2C or SPI bus to a part on the board. An app may have such a bus there, for that part or for others;
    /// a chip select of the part is one too.
    Bus,
    /// The board sends to a uart of the chip on the line; an output would fight it.
    Serial,
}

/// A level of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Near the supply.
    High,
    /// Near ground.
    Low,
}

/// `[[flash]]`: a way for an image onto the board.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "method", rename_all = "kebab-case", deny_unknown_fields)]
pub enum FlashWay {
    /// A debug probe.
    Probe {},
    /// A boot drive to which a UF2 file is copied.
    Uf2 {
        /// The drive's volume label, which is also the `Board-ID` in its `INFO_UF2.TXT`.
        volume: String,
        /// The button that brings the drive up when it is held while the board is plugged in; absent where the drive
        /// comes up in another way.
        button: Option<String>,
    },
    /// The loader in the ROM of an Espressif chip, over a serial port.
    Serial {
        /// The chip, as Espressif's tools write it: `esp32c3`.
        chip: String,
        /// The button that chooses the loader when it is held while the board is reset; absent where none is needed.
        button: Option<String>,
    },
}
