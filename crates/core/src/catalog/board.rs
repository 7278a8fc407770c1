//! A board, ready for use: its chip, and what the board adds to it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use fwc_schema::board::{FlashChipFile, FlashWay, Level, PowerFile, UsbFile, Wiring};
use fwc_schema::chip::{MemoryRole, Signal};

use super::BARE_CHIP;
use super::chip::{Chip, PinId};

/// A board.
#[derive(Clone, Debug)]
pub struct Board {
    /// Its name, which folders have as well.
    pub name: String,
    /// The name as its vendor writes it.
    pub title: String,
    /// Other names that are understood.
    pub aliases: Vec<String>,
    /// One line for the list of boards.
    pub description: String,
    /// Who makes it.
    pub vendor: String,
    /// Where the facts were read.
    pub sources: Vec<String>,
    /// The chip.
    pub chip: Arc<Chip>,
    /// Whether it is the chip by itself, and no board.
    pub is_bare: bool,
    /// The file that says what the clocks start from, and the bytes where it does; absent where that is the chip's own oscillator.
    pub source_place: Option<(String, Range<usize>)>,
    /// The crystal's frequency in hertz; absent where the chip runs from its own oscillator, or from a clock.
    pub crystal_hz: Option<u32>,
    /// The frequency in hertz of a clock that the board feeds in where a crystal would be.
    pub clock_input_hz: Option<u32>,
    /// The frequency in hertz of the crystal that counts time; absent where the chip takes none or the board has none.
    pub slow_crystal_hz: Option<u32>,
    /// The flash chip; absent where flash is in the chip.
    pub flash_chip: Option<FlashChipFile>,
    /// How it is powered.
    pub power: PowerFile,
    /// Names that may stand for a pin's.
    pub labels: BTreeMap<String, PinId>,
    /// Labels that other boards have and this one has no pin for, each with why.
    pub no_pin: BTreeMap<String, String>,
    /// What on the board makes a serial port of a computer of the lines that are labelled `TX` and `RX`.
    pub serial_port: Option<String>,
    /// Where the lines of the chip's own USB lead; absent where that is not known.
    pub usb: Option<UsbFile>,
    /// What is on a header and no pin of the chip, with what it is.
    pub rails: BTreeMap<String, String>,
    /// The rows of contacts.
    pub headers: Vec<Header>,
    /// Pins that the board itself uses; where something makes a serial port of `TX` and `RX`, the latter is one.
    pub onboard: Vec<Onboard>,
    /// How an image gets onto the board, the preferred way first.
    pub flash: Vec<FlashWay>,
}

/// A row of contacts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The connector's name on the board, where it has one.
    pub name: Option<String>,
    /// The contacts, by number.
    pub contacts: Vec<Contact>,
}

/// A contact of a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Its number.
    pub number: u16,
    /// What it leads to.
    pub kind: ContactKind,
}

/// What a contact leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContactKind {
    /// A pin of the chip.
    Pin(PinId),
    /// A supply or control line: a key of [`Board::rails`].
    Rail(String),
}

/// A pin that the board itself uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Onboard {
    /// The pin.
    pub pin: PinId,
    /// What is connected.
    pub part: String,
    /// Which side drives the line.
    pub wiring: Wiring,
    /// The level at which the part is on.
    pub active: Option<Level>,
    /// What an app should know that uses the pin.
    pub note: String,
}

impl Onboard {
    /// Whether a block of the chip may have that signal on the pin, as the board means it.
    pub fn is_meant_for(&self, signal: Signal) -> bool {
        match self.wiring {
            Wiring::Bus => {
                matches!(signal, Signal::Sda | Signal::Scl | Signal::Sck | Signal::Mosi | Signal::Miso)
            }
            Wiring::Serial => signal == Signal::Rx,
            Wiring::Indicator | Wiring::Button | Wiring::Control | Wiring::Sense => false,
        }
    }
}

/// A region of the linker script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkRegion {
    /// Its name there.
    pub name: String,
    /// What it is for.
    pub role: MemoryRole,
    /// The first address.
    pub origin: u32,
    /// Length in bytes.
    pub length: u32,
}

impl Board {
    /// What app.toml and the command line call it, which the name of a chip by itself is not.
    pub fn written(&self) -> Cow<'_, str> {
        match self.is_bare {
            true => format!("{BARE_CHIP}{}", self.name).into(),
            false => self.name.as_str().into(),
        }
    }

    /// The same as a key of app.toml.
    pub fn written_key(&self) -> String {
        match self.is_bare {
            true => format!("\"{}\"", self.written()),
            false => self.name.clone(),
        }
    }

    /// Whether app.toml must say what feeds the chip's core.
    pub fn lacks_core_supply(&self) -> bool {
        self.chip.switched_supply && self.power.core_supply.is_none()
    }

    /// The voltage of the greatest number that the analog converter gives.
    pub fn full_scale_millivolts(&self) -> u32 {
        self.chip.adc.as_ref().map_or(self.power.logic_millivolts, |adc| adc.full_scale_millivolts)
    }

    /// The pin with that name, the chip's or a label of the board's, in exactly that spelling.
    pub fn pin(&self, name: &str) -> Option<PinId> {
        self.chip.pin_named(name).or_else(|| self.labels.get(name).copied())
    }

    /// Every name that [`Board::pin`] understands, for suggestions: labels, then the chip's names by number.
    pub fn pin_names(&self) -> impl Iterator<Item = &str> {
        let own = self.chip.pins.iter().flat_map(|pin| std::iter::once(&pin.name).chain(&pin.also));
        self.labels.keys().chain(own).map(String::as_str)
    }

    /// The labels of a pin, sorted.
    pub fn labels_of(&self, pin: PinId) -> impl Iterator<Item = &str> {
        self.labels.iter().filter(move |(_, labelled)| **labelled == pin).map(|(label, _)| label.as_str())
    }

    /// What the board itself uses a pin for.
    pub fn onboard(&self, pin: PinId) -> Option<&Onboard> {
        self.onboard.iter().find(|onboard| onboard.pin == pin)
    }

    /// Whether something of the board is in the way of a signal on the pin: of any, where there is none.
    pub fn is_taken_for(&self, pin: PinId, signal: Option<Signal>) -> bool {
        let means = |onboard: &Onboard| signal.is_some_and(|signal| onboard.is_meant_for(signal));
        self.onboard(pin).is_some_and(|onboard| !means(onboard))
    }

    /// The contacts that lead to a pin, each with its header.
    pub fn contacts_of(&self, pin: PinId) -> impl Iterator<Item = (&Header, &Contact)> {
        let contacts = self
            .headers
            .iter()
            .flat_map(|header| header.contacts.iter().map(move |contact| (header, contact)));
        contacts.filter(move |(_, contact)| contact.kind == ContactKind::Pin(pin))
    }

    /// The regions of the linker script, by address, neighbours of one name joined.
    pub fn link_regions(&self) -> Vec<LinkRegion> {
        let mut regions: Vec<LinkRegion> = Vec::new();
        for region in &self.chip.memory {
            let length = region.length.unwrap_or_else(|| self.flash_end() - region.origin);
            match regions.last_mut() {
                Some(last) if last.name == region.link && last.origin + last.length == region.origin => {
                    last.length += length;
                }
                _ => regions.push(LinkRegion {
                    name: region.link.clone(),
                    role: region.role,
                    origin: region.origin,
                    length,
                }),
            }
        }
        regions
    }

    /// The bytes of all regions with a role.
    pub fn bytes_of(&self, role: MemoryRole) -> u32 {
        self.link_regions().iter().filter(|region| region.role == role).map(|region| region.length).sum()
    }

    /// The address behind the board's flash chip. Loading made sure that a chip without flash of its own has one.
    fn flash_end(&self) -> u32 {
        let window = self.chip.external_flash.expect("only external flash has no length of its own");
        let chip = self.flash_chip.as_ref().expect("a board of a chip with external flash has a flash chip");
        window.base + chip.bytes
    }
}
