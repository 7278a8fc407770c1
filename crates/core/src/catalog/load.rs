//! The text of a board's file to a [`Board`], or to everything that is wrong with it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use fwc_diag::suggest::closest;
use fwc_schema::board::{BoardFile, HeaderFile, OnboardFile};
use fwc_schema::chip::{BusPllClocks, ClockModel};
use serde::Deserialize;
use toml::Spanned;

use super::board::{Board, Contact, ContactKind, Header, Onboard};
use super::chip::{Chip, PinId};

/// A fault in a board's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoardFault {
    /// The file, as it was given.
    pub file: String,
    /// The bytes of the text at fault.
    pub range: Range<usize>,
    /// What is wrong, a title.
    pub message: String,
    /// What to do, where that is known.
    pub help: Option<String>,
}

/// What the list of boards shows: the keys before the first table.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct BoardHead {
    /// The name that app.toml uses.
    pub name: String,
    /// The name as its vendor writes it.
    pub title: String,
    /// Other names that are understood.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// One line.
    pub description: String,
    /// Who makes it.
    pub vendor: String,
    /// The chip's name.
    pub chip: String,
}

/// Reads no further than the first table. None when the head is faulty, which [`board`] then says in full.
pub(super) fn head(text: &str) -> Option<BoardHead> {
    let end = if text.starts_with('[') { 0 } else { text.find("\n[").map_or(text.len(), |at| at + 1) };
    toml::from_str(&text[..end]).ok()
}

/// The file's name without folder and ending.
pub(super) fn stem(file: &str) -> &str {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    name.strip_suffix(".toml").unwrap_or(name)
}

/// Reads a board's file and links it with its chip.
pub(super) fn board(file: &str, text: &str) -> Result<Board, Vec<BoardFault>> {
    let mut faults = Faults { file, list: Vec::new() };
    let parsed: BoardFile = toml::from_str(text).map_err(|fault| {
        let (message, help) = in_our_words(fault.message());
        faults.add(fault.span().unwrap_or(0..0), message, help);
        std::mem::take(&mut faults.list)
    })?;
    let name = parsed.chip.get_ref();
    let archived = || super::bare_chip(name).and_then(super::archived);
    let Some(chip) = super::chip(name).or_else(archived) else {
        let help = super::names::unknown_chip_of_board(name);
        faults.add(parsed.chip.span(), format!("there is no chip `{}`", parsed.chip.get_ref()), Some(help));
        return Err(faults.list);
    };
    let board = link(parsed, chip, &mut faults);
    if faults.list.is_empty() { Ok(board) } else { Err(faults.list) }
}

/// The reader's words to ours: what is wrong, and what would be right.
fn in_our_words(message: &str) -> (String, Option<String>) {
    let message = message.lines().collect::<Vec<_>>().join(", ");
    let (what, expected) = message.split_once(", expected ").unwrap_or((&message, ""));
    let help = (!expected.is_empty()).then(|| format!("expected {expected}"));
    let quoted = what.split('`').nth(1).unwrap_or_default();
    let title = match what.split('`').next() {
        Some("missing field ") => format!("the key `{quoted}` is missing"),
        Some("unknown field ") => {
            let keys = expected.split('`').skip(1).step_by(2);
            let near = closest(quoted, keys).map(|near| format!("did you mean `{near}`?"));
            return (format!("unknown key `{quoted}`"), near.or(help));
        }
        _ => what.to_string(),
    };
    (title, help)
}

/// What was found so far in one file.
struct Faults<'a> {
    file: &'a str,
    list: Vec<BoardFault>,
}

impl Faults<'_> {
    fn add(&mut self, range: Range<usize>, message: String, help: Option<String>) {
        self.list.push(BoardFault { file: self.file.to_owned(), range, message, help });
    }
}

fn link(file: BoardFile, chip: Chip, faults: &mut Faults<'_>) -> Board {
    check_name(&file, faults);
    check_memory(&file, &chip, faults);
    check_crystal(&file, &chip, faults);
    check_core_supply(&file, &chip, faults);
    let labels = labels(&file, &chip, faults);
    check_serial_port(&file, &labels, faults);
    let headers = file.headers.iter().map(|row| header(row, &file.rails, &chip, faults)).collect();
    let onboard = onboard(&file.onboard, &chip, faults);
    Board {
        name: file.name.into_inner(),
        title: file.title,
        aliases: file.aliases,
        description: file.description,
        vendor: file.vendor,
        sources: file.sources.into_inner(),
        chip: Arc::new(chip),
        is_bare: false,
        crystal_hz: file.crystal_hz.map(Spanned::into_inner),
        clock_input_hz: file.clock_input_hz.map(Spanned::into_inner),
        slow_crystal_hz: file.slow_crystal_hz.map(Spanned::into_inner),
        flash_chip: file.flash_chip.map(Spanned::into_inner),
        power: file.power,
        labels,
        serial_port: file.serial_port.map(Spanned::into_inner),
        usb: file.usb,
        rails: file.rails,
        headers,
        onboard,
        flash: file.flash.into_inner(),
    }
}

fn check_name(file: &BoardFile, faults: &mut Faults<'_>) {
    let wanted = stem(faults.file);
    if file.name.get_ref() != wanted {
        let message = format!("the board `{}` is in a file of another name", file.name.get_ref());
        faults.add(file.name.span(), message, Some(format!("write `{wanted}`, or rename the file")));
    }
    if file.sources.get_ref().is_empty() {
        let help = "name the datasheet or schematic from which the facts were read".to_owned();
        faults.add(file.sources.span(), "a board needs a source".to_owned(), Some(help));
    }
    if file.flash.get_ref().is_empty() {
        let help = "write `[[flash]]` with `method = \"probe\"`".to_owned();
        faults.add(file.flash.span(), "a board needs a way to flash it".to_owned(), Some(help));
    }
}

fn check_memory(file: &BoardFile, chip: &Chip, faults: &mut Faults<'_>) {
    match (&file.flash_chip, chip.external_flash) {
        (None, Some(_)) => {
            let message = format!("{} has no flash of its own: the board needs `[flash-chip]`", chip.title);
            faults.add(file.chip.span(), message, None);
        }
        (Some(part), None) => {
            let message = format!("{} runs from its own flash, not from a flash chip", chip.title);
            faults.add(part.span(), message, Some("leave `[flash-chip]` out".to_owned()));
        }
        (Some(part), Some(window)) => {
            // Whatever comes before the program, such as a boot stage, must fit as well.
            let first =
                chip.memory.iter().find(|region| region.length.is_none()).map_or(0, |region| region.origin);
            let least = first.saturating_sub(window.base);
            if part.get_ref().bytes <= least || part.get_ref().bytes > window.max_bytes {
                let message =
                    format!("{} can use a flash chip of at most {} bytes", chip.title, window.max_bytes);
                faults.add(part.span(), message, None);
            }
        }
        (None, None) => {}
    }
}

fn check_serial_port(file: &BoardFile, labels: &BTreeMap<String, PinId>, faults: &mut Faults<'_>) {
    if let (Some(port), false) = (&file.serial_port, labels.contains_key("TX")) {
        let help = "write `TX = \"PIN\"` below `[labels]`, the pin that sends to it".to_owned();
        faults.add(port.span(), "a serial port needs a label `TX`".to_owned(), Some(help));
    }
}

/// What feeds the core, which a board with a choice must say.
fn check_core_supply(file: &BoardFile, chip: &Chip, faults: &mut Faults<'_>) {
    let (message, help) = match (file.power.core_supply, chip.switched_supply) {
        (None, true) => (
            format!("{} has two regulators for its core: the board needs `core-supply`", chip.title),
            "write `core-supply = \"ldo\"` or `core-supply = \"smps\"` below `[power]`, as the schematic has it",
        ),
        (Some(_), false) => {
            (format!("the core of {} has one regulator", chip.title), "leave `core-supply` out")
        }
        (None, false) | (Some(_), true) => return,
    };
    faults.add(file.chip.span(), message, Some(help.to_owned()));
}

fn check_crystal(file: &BoardFile, chip: &Chip, faults: &mut Faults<'_>) {
    let takes_clocks = matches!(&chip.clocks, ClockModel::BusPll(clocks) if clocks.clock_input_hz.is_some());
    if let (Some(clock), false) = (&file.clock_input_hz, takes_clocks) {
        let message = format!("{} takes no clock from outside", chip.title);
        faults.add(clock.span(), message, Some("leave `clock-input-hz` out".to_owned()));
    }
    let clocks = match &chip.clocks {
        ClockModel::RpPll(clocks) => clocks,
        ClockModel::BusPll(clocks) => return check_source(file, chip, clocks, faults),
        ClockModel::Fixed(clocks) => {
            let crystals = [
                (&file.crystal_hz, "crystal-hz", clocks.crystal_hz),
                (&file.slow_crystal_hz, "slow-crystal-hz", clocks.slow_crystal_hz),
            ];
            for (given, key, hz) in crystals {
                if let Some(given) = given.as_ref().filter(|given| *given.get_ref() != hz) {
                    let message = format!("`{key}` of {} is {hz} hertz and no other", chip.title);
                    faults.add(given.span(), message, None);
                }
            }
            return;
        }
    };
    if let Some(crystal) = &file.slow_crystal_hz {
        let message = format!("{} takes no second crystal", chip.title);
        faults.add(crystal.span(), message, Some("leave `slow-crystal-hz` out".to_owned()));
    }
    match &file.crystal_hz {
        None => {
            let message = format!("{} is clocked by a crystal: the board needs `crystal-hz`", chip.title);
            faults.add(file.chip.span(), message, None);
        }
        Some(crystal) if !clocks.crystal_hz.contains(u64::from(*crystal.get_ref())) => {
            let message = format!(
                "{} takes a crystal of {} to {} hertz",
                chip.title, clocks.crystal_hz.min, clocks.crystal_hz.max
            );
            faults.add(crystal.span(), message, None);
        }
        Some(_) => {}
    }
}

/// What a chip with a PLL and an oscillator of its own can be clocked by.
fn check_source(file: &BoardFile, chip: &Chip, clocks: &BusPllClocks, faults: &mut Faults<'_>) {
    if let Some(crystal) = &file.slow_crystal_hz {
        let message = format!("fwc has no use for a second crystal of {}", chip.title);
        faults.add(crystal.span(), message, Some("leave `slow-crystal-hz` out".to_owned()));
    }
    if let (Some(_), Some(clock)) = (&file.crystal_hz, &file.clock_input_hz) {
        let message = format!("{} has a crystal or a clock at its oscillator, not both", chip.title);
        faults.add(clock.span(), message, None);
    }
    let sources = [
        (&file.crystal_hz, "a crystal", Some(clocks.crystal_hz)),
        (&file.clock_input_hz, "a clock", clocks.clock_input_hz),
    ];
    for (given, what, bounds) in sources {
        let Some(bounds) = bounds else { continue };
        if let Some(given) = given.as_ref().filter(|given| !bounds.contains(u64::from(*given.get_ref()))) {
            let message = format!("{} takes {what} of {} to {} hertz", chip.title, bounds.min, bounds.max);
            faults.add(given.span(), message, None);
        }
    }
}

fn labels(file: &BoardFile, chip: &Chip, faults: &mut Faults<'_>) -> BTreeMap<String, PinId> {
    let mut labels = BTreeMap::new();
    for (label, name) in &file.labels {
        if chip.pin_named(label.get_ref()).is_some() {
            let message = format!("the label `{}` is a pin's own name", label.get_ref());
            faults.add(label.span(), message, None);
        }
        if let Some(pin) = pin(name, chip, faults) {
            labels.insert(label.get_ref().clone(), pin);
        }
    }
    labels
}

fn header(
    row: &HeaderFile,
    rails: &BTreeMap<String, String>,
    chip: &Chip,
    faults: &mut Faults<'_>,
) -> Header {
    let mut contacts = Vec::new();
    for (number, name) in (u32::from(row.first)..).zip(&row.contacts) {
        let kind = if rails.contains_key(name.get_ref()) {
            Some(ContactKind::Rail(name.get_ref().clone()))
        } else {
            pin(name, chip, faults).map(ContactKind::Pin)
        };
        match (kind, u16::try_from(number)) {
            (Some(kind), Ok(number)) => contacts.push(Contact { number, kind }),
            (Some(_), Err(_)) => faults.add(name.span(), "a contact's number above 65535".to_owned(), None),
            (None, _) => {}
        }
    }
    Header { name: row.name.clone(), contacts }
}

fn onboard(parts: &[OnboardFile], chip: &Chip, faults: &mut Faults<'_>) -> Vec<Onboard> {
    let mut onboard: Vec<Onboard> = Vec::new();
    for part in parts {
        let Some(pin) = pin(&part.pin, chip, faults) else { continue };
        if onboard.iter().any(|other| other.pin == pin) {
            let message = format!("`{}` has two entries in `[[onboard]]`", part.pin.get_ref());
            faults.add(part.pin.span(), message, None);
        }
        onboard.push(Onboard {
            pin,
            part: part.part.clone(),
            wiring: part.wiring,
            active: part.active,
            note: part.note.clone(),
        });
    }
    onboard
}

fn pin(name: &Spanned<String>, chip: &Chip, faults: &mut Faults<'_>) -> Option<PinId> {
    let found = chip.pin_named(name.get_ref());
    if found.is_none() {
        let names = chip.pins.iter().map(|pin| pin.name.as_str());
        let help = closest(name.get_ref(), names).map(|meant| format!("did you mean `{meant}`?"));
        faults.add(name.span(), format!("{} has no pin `{}`", chip.title, name.get_ref()), help);
    }
    found
}
