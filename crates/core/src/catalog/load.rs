//! The text of a board's file to a [`Board`], or to everything that is wrong with it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use fwc_diag::Source;
use fwc_diag::suggest::closest;
use fwc_diag::words::listed;
use fwc_schema::board::{BoardFile, FlashWay, HeaderFile, OnboardFile, Regulator, Wiring};
use fwc_schema::chip::{BusPllClocks, ClockModel, Hal};
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
    let mut faults = Faults { file, text, list: Vec::new() };
    let parsed: BoardFile = toml::from_str(text).map_err(|fault| {
        let range = fault.span().unwrap_or(0..0);
        let (message, help) = in_our_words(fault.message(), text, &range);
        faults.add(range, message, help);
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
fn in_our_words(message: &str, text: &str, range: &Range<usize>) -> (String, Option<String>) {
    let message = message.lines().collect::<Vec<_>>().join(", ");
    let (what, expected) = message.split_once(", expected ").unwrap_or((&message, ""));
    let help = (!expected.is_empty()).then(|| format!("expected {expected}"));
    let quoted = what.split('`').nth(1).unwrap_or_default();
    let choices = || expected.split('`').skip(1).step_by(2);
    let near = || closest(quoted, choices()).map(|near| format!("did you mean `{near}`?"));
    let key = key_at(text, range.start);
    match (what.split(['`', ':']).next().unwrap_or_default().trim_end(), key) {
        ("missing field", _) => (format!("the key `{quoted}` is missing"), help),
        ("unknown field", _) => (format!("unknown key `{quoted}`"), near().or(help)),
        ("unknown variant", Some(key)) => {
            let all: Vec<String> = choices().map(|choice| format!("`{choice}`")).collect();
            let all = format!("it is {}", listed(&all, "or", all.len()));
            (format!("`{key}` cannot be `{quoted}`"), Some(near().unwrap_or(all)))
        }
        ("invalid type", Some(key)) => match (kind_of(what), kind_expected(expected)) {
            (Some(found), Some(expected)) => (format!("`{key}` must be {expected}, not {found}"), None),
            _ => (what.to_owned(), help),
        },
        ("invalid value", Some(key)) if greatest(expected).is_some() => {
            let most = greatest(expected).map(digits).unwrap_or_default();
            (format!("`{key}` cannot be {quoted}"), Some(format!("it is a whole number from 0 to {most}")))
        }
        ("duplicate key", _) => {
            let name = text.get(range.clone()).unwrap_or_default();
            let first = key_range(text.get(..range.start).unwrap_or_default(), name);
            let help = first.map(|first| {
                format!(
                    "it is in line {} already: remove one of the two",
                    Source::new("", text).place(first.start as u32).line
                )
            });
            (format!("`{name}` is given twice"), help)
        }
        _ => (what.to_owned(), help),
    }
}

/// The greatest number of a kind that the reader names.
fn greatest(expected: &str) -> Option<u32> {
    match expected {
        "u8" => Some(u8::MAX.into()),
        "u16" => Some(u16::MAX.into()),
        "u32" => Some(u32::MAX),
        _ => None,
    }
}

/// What the reader calls the kind of a value that is there.
fn kind_of(what: &str) -> Option<&'static str> {
    let kinds = [
        ("string ", "a text"),
        ("integer ", "a number"),
        ("floating point ", "a number with a point"),
        ("boolean ", "`true` or `false`"),
        ("sequence", "a list"),
        ("map", "a table"),
    ];
    let (_, found) = what.split_once(": ")?;
    kinds.iter().find(|(start, _)| found.starts_with(start)).map(|(_, kind)| *kind)
}

/// What it calls the kind that should be there.
fn kind_expected(expected: &str) -> Option<&'static str> {
    match expected {
        "u8" | "u16" | "u32" => Some("a whole number"),
        "a string" => Some("a text in quotes"),
        "a sequence" => Some("a list"),
        "a map" => Some("a table"),
        "an array of length 2" => Some("a list of two numbers"),
        table if table.starts_with("struct ") => Some("a table"),
        _ => None,
    }
}

/// The key of the line in which a value stands.
fn key_at(text: &str, at: usize) -> Option<&str> {
    let start = text.get(..at)?.rfind('\n').map_or(0, |newline| newline + 1);
    let (key, _) = text[start..].lines().next()?.split_once('=')?;
    Some(key.trim())
}

/// The first line that gives a key, from the key to the line's end.
fn key_range(text: &str, key: &str) -> Option<Range<usize>> {
    let mut start = 0;
    text.split_inclusive('\n').find_map(|line| {
        let here = start;
        start += line.len();
        let is_key = line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='));
        is_key.then(|| here..here + line.trim_end().len())
    })
}

/// What was found so far in one file.
struct Faults<'a> {
    file: &'a str,
    text: &'a str,
    list: Vec<BoardFault>,
}

impl Faults<'_> {
    fn add(&mut self, range: Range<usize>, message: String, help: Option<String>) {
        self.list.push(BoardFault { file: self.file.to_owned(), range, message, help });
    }

    /// The line of a key whose place is not kept; the chip's name where the key is not found.
    fn line_of(&self, key: &str, chip: &Spanned<String>) -> Range<usize> {
        key_range(self.text, key).unwrap_or(chip.span())
    }
}

fn link(file: BoardFile, chip: Chip, faults: &mut Faults<'_>) -> Board {
    check_name(&file, faults);
    check_memory(&file, &chip, faults);
    check_crystal(&file, &chip, faults);
    check_core_supply(&file, &chip, faults);
    check_aliases(&file, faults);
    check_power(&file, faults);
    check_flash(&file, &chip, faults);
    let labels = labels(&file, &chip, faults);
    check_serial_port(&file, &labels, faults);
    check_no_pin(&file, faults);
    let headers = file.headers.iter().map(|row| header(row, &file.rails, &chip, faults)).collect();
    let mut onboard = onboard(&file.onboard, &chip, faults);
    onboard.extend(receiver(&file, &labels, &onboard));
    onboard.extend(oscillator(&file, &chip, &onboard));
    let source_place = place_of_source(&file, faults);
    Board {
        name: file.name.into_inner(),
        title: file.title,
        aliases: file.aliases,
        description: file.description,
        vendor: file.vendor,
        sources: file.sources.into_inner(),
        chip: Arc::new(chip),
        is_bare: false,
        source_place,
        crystal_hz: file.crystal_hz.map(Spanned::into_inner),
        clock_input_hz: file.clock_input_hz.map(Spanned::into_inner),
        slow_crystal_hz: file.slow_crystal_hz.map(Spanned::into_inner),
        flash_chip: file.flash_chip.map(Spanned::into_inner),
        power: file.power,
        labels,
        no_pin: file.no_pin.into_iter().map(|(label, why)| (label.into_inner(), why)).collect(),
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

/// An alias is typed behind `--board`, and must not be what another board is called.
fn check_aliases(file: &BoardFile, faults: &mut Faults<'_>) {
    for alias in &file.aliases {
        let quoted = format!("\"{alias}\"");
        let list = faults.line_of("aliases", &file.chip);
        let at = faults.text.get(list.start..).and_then(|rest| rest.find(&quoted));
        let range = at.map_or(list.clone(), |at| list.start + at..list.start + at + quoted.len());
        let is_word = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        if alias.is_empty() || !alias.chars().all(is_word) {
            let help = "it is made of letters, digits, `-`, `_` and `.`".to_owned();
            faults.add(range, format!("`{alias}` cannot be another name of a board"), Some(help));
        } else if alias != file.name.get_ref() && super::is_bundled_board(alias) {
            let help = format!("take it out; a board that shall be in its place is `boards/{alias}.toml`");
            faults.add(range, format!("`{alias}` is the name of another board"), Some(help));
        }
    }
}

fn check_power(file: &BoardFile, faults: &mut Faults<'_>) {
    let power = &file.power;
    let input = power.input_millivolts;
    if input.min > input.max {
        let help = format!("write `input-millivolts = [{}, {}]`", input.max, input.min);
        let range = faults.line_of("input-millivolts", &file.chip);
        faults.add(range, "`input-millivolts` has the greatest before the least".to_owned(), Some(help));
    } else if power.regulator == Regulator::Ldo && power.logic_millivolts > input.max {
        let message = format!(
            "a linear regulator makes no {} out of {} millivolts",
            digits(power.logic_millivolts),
            digits(input.max)
        );
        let range = faults.line_of("logic-millivolts", &file.chip);
        faults.add(range, message, Some("3.3 V are `logic-millivolts = 3300`".to_owned()));
    }
}

/// Ways that only some chips have.
fn check_flash(file: &BoardFile, chip: &Chip, faults: &mut Faults<'_>) {
    for way in file.flash.get_ref() {
        let (method, why) = match way {
            FlashWay::Uf2 { .. } if chip.uf2_family.is_none() => {
                ("uf2", format!("fwc makes no UF2 files for {}", chip.title))
            }
            FlashWay::Serial { chip: loader, .. } if *loader != chip.name => {
                ("serial", format!("{} has no loader of an {loader}", chip.title))
            }
            _ => continue,
        };
        let line = format!("method = \"{method}\"");
        let at = faults.text.find(&line);
        let range = at.map_or(file.flash.span(), |at| at..at + line.len());
        let help = match way {
            FlashWay::Serial { .. } if chip.hal == Hal::Esp => format!("write `chip = \"{}\"`", chip.name),
            _ if chip.hal == Hal::Esp => {
                format!("write `method = \"serial\"` and `chip = \"{}\"`", chip.name)
            }
            _ => "write `method = \"probe\"`".to_owned(),
        };
        faults.add(range, why, Some(help));
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
                let message = format!(
                    "{} can use a flash chip of at most {} bytes",
                    chip.title,
                    digits(window.max_bytes)
                );
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

/// A label has a pin or has none.
fn check_no_pin(file: &BoardFile, faults: &mut Faults<'_>) {
    for label in file.no_pin.keys() {
        if file.labels.contains_key(label) {
            let message = format!("the label `{}` has a pin in `[labels]`", label.get_ref());
            faults.add(label.span(), message, None);
        }
    }
}

/// The line on which a serial port of the board sends, where the file has nothing of its own about that pin.
fn receiver(file: &BoardFile, labels: &BTreeMap<String, PinId>, onboard: &[Onboard]) -> Option<Onboard> {
    let port = file.serial_port.as_ref()?;
    let pin = *labels.get("RX")?;
    let is_known = onboard.iter().any(|part| part.pin == pin);
    (!is_known).then(|| Onboard {
        pin,
        part: "serial port".to_owned(),
        wiring: Wiring::Serial,
        active: None,
        note: format!("{} drives it: it makes a serial port of TX and RX", port.get_ref()),
    })
}

/// The pins on which the crystals or the clock of the file hang, where it has nothing of its own about them.
fn oscillator(file: &BoardFile, chip: &Chip, onboard: &[Onboard]) -> Vec<Onboard> {
    let [input, output] = chip.oscillator;
    let crystal = "the crystal hangs on it";
    let clock = "the clock of the chip is fed in there";
    let megahertz = |hz: &u32| format!("{} MHz", f64::from(*hz) / 1_000_000.0);
    let kilohertz = |hz: &u32| format!("{} kHz", f64::from(*hz) / 1_000.0);
    let fast = match (&file.crystal_hz, &file.clock_input_hz) {
        (Some(hz), _) => {
            [input, output].map(|pin| (pin, format!("{} crystal", megahertz(hz.get_ref())), crystal))
        }
        (None, Some(hz)) => {
            [input, None].map(|pin| (pin, format!("{} clock", megahertz(hz.get_ref())), clock))
        }
        (None, None) => [None, None].map(|pin| (pin, String::new(), "")),
    };
    let slow = file.slow_crystal_hz.iter().flat_map(|hz| {
        let pins = chip.slow_oscillator.iter();
        pins.map(|pin| (Some(*pin), format!("{} crystal", kilohertz(hz.get_ref())), crystal))
    });
    let part = |(pin, part, note): (Option<PinId>, String, &str)| {
        let pin = pin.filter(|pin| !onboard.iter().any(|part| part.pin == *pin))?;
        Some(Onboard { pin, part, wiring: Wiring::Sense, active: None, note: note.to_owned() })
    };
    fast.into_iter().chain(slow).filter_map(part).collect()
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
    let range = match file.power.core_supply {
        Some(_) => faults.line_of("core-supply", &file.chip),
        None => file.chip.span(),
    };
    faults.add(range, message, Some(help.to_owned()));
}

/// A number as TOML may have it, so that its zeros can be counted: `12_000_000`.
fn digits(number: u32) -> String {
    let plain = number.to_string();
    let groups: Vec<&str> =
        plain.as_bytes().rchunks(3).rev().filter_map(|group| str::from_utf8(group).ok()).collect();
    groups.join("_")
}

/// Where the file says what the chip's clocks start from.
fn place_of_source(file: &BoardFile, faults: &Faults<'_>) -> Option<(String, Range<usize>)> {
    let source = file.crystal_hz.as_ref().or(file.clock_input_hz.as_ref());
    source.map(|source| (faults.file.to_owned(), source.span()))
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
                    let message = format!("`{key}` of {} is {} and no other", chip.title, digits(hz));
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
                chip.title,
                digits(clocks.crystal_hz.min),
                digits(clocks.crystal_hz.max)
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
            let (least, most) = (digits(bounds.min), digits(bounds.max));
            let message = format!("{} takes {what} of {least} to {most} hertz", chip.title);
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
            let found = chip.pin_named(name.get_ref());
            if found.is_none() {
                let known = chip.pins.iter().map(|pin| &pin.name).chain(rails.keys()).map(String::as_str);
                let near = closest(name.get_ref(), known).map(|meant| format!("did you mean `{meant}`?"));
                let message =
                    format!("`{}` is neither a pin of {} nor in `[rails]`", name.get_ref(), chip.title);
                faults.add(name.span(), message, near);
            }
            found.map(ContactKind::Pin)
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
