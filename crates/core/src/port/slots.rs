//! The pins that entries of app.toml name, as data: which entry, which key, what the pin is for.

use std::collections::{BTreeMap, HashMap};

use fwc_schema::app::{AppFile, DeviceEntry, PeripheralKeys};
use fwc_schema::chip::{BlockKind, Hal, Signal};
use fwc_schema::device::{PinUse, Raw};
use fwc_schema::units::Frequency;
use fwc_schema::{Field, Spanned};
use toml::de::DeTable;

use crate::app::App;
use crate::catalog::{Board, Catalog, DmaDirection, PinId};
use crate::check;
use crate::resolve;

/// The app labels of a board, each with the pin that it is on.
pub(super) type Labels = HashMap<String, PinId>;

/// Pins that go to one piece of hardware.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) table: Table,
    /// The entry's place in its table.
    pub(super) index: usize,
    /// `peripherals.led`
    pub(super) entry: String,
    /// The kind of peripheral as app.toml calls it; of a device's pin what the pin is used as.
    pub(super) kind: &'static str,
    pub(super) takes: Takes,
    /// The block that the file forces.
    pub(super) instance: Option<Spanned<String>>,
    /// The block that the file forces and the other chip does not have.
    pub(super) lost_instance: Option<Spanned<String>>,
    /// What DMA moves of it on the other chip, where its block asks for that.
    pub(super) dma: &'static [DmaDirection],
    pub(super) slots: Vec<Slot>,
}

/// Where an entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    Peripherals,
    Devices,
}

/// What a group takes of the chip beside its pins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// A block of that kind, which all its signals come from.
    Block(BlockKind),
    /// An output of a block that makes that frequency.
    Pwm(Frequency),
    /// A block that makes pulses, alone.
    PwmBlock,
    /// A channel of the converter.
    Adc,
    /// A line for its edges, where the chip's are few.
    Input,
    /// Nothing.
    Output,
}

/// A key that names a pin.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub(super) key: String,
    /// The signal of the block that it is.
    pub(super) signal: Option<Signal>,
    /// The pin's name in the file, for the other board where that is given.
    pub(super) name: Spanned<String>,
    /// What it is on the first board.
    pub(super) origin: Option<Origin>,
}

/// A pin on the first board.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    /// As the file names it there.
    pub(super) name: String,
    pub(super) pin: PinId,
    /// Whether that name is an app label.
    pub(super) by_app_label: bool,
    /// Whether the file names it otherwise for the other board.
    pub(super) is_overridden: bool,
}

/// Every entry that has pins, in the order of the file: peripherals, then devices.
pub(super) fn groups(file: &AppFile, board: &Board, catalog: &Catalog) -> Vec<Group> {
    let mut groups = Vec::new();
    for (index, named) in file.peripherals.iter().enumerate() {
        let keys = &named.entry.keys;
        let Some((kind, takes)) = takes(keys) else { continue };
        let mut keys = keys.clone();
        let fields = pin_fields(&mut keys).into_iter().filter_map(|(key, signal, field)| {
            let name = field.get()?.clone();
            Some(Slot { key: key.to_owned(), signal, name, origin: None })
        });
        let thermometer = |slot: &Slot| takes == Takes::Adc && slot.name.value == check::TEMPERATURE;
        let slots: Vec<Slot> = fields.filter(|slot| !thermometer(slot)).collect();
        let entry = format!("peripherals.{}", named.name.value);
        let instance = named.entry.common.instance.get().cloned();
        groups.push(Group {
            table: Table::Peripherals,
            index,
            entry,
            kind,
            takes,
            instance,
            lost_instance: None,
            dma: &[],
            slots,
        });
    }
    for (index, named) in file.devices.iter().enumerate() {
        let entry = format!("devices.{}", named.name.value);
        let of_device = device_slots(&named.entry, board, catalog).into_iter();
        groups.extend(of_device.map(|(kind, takes, slot)| Group {
            table: Table::Devices,
            index,
            entry: entry.clone(),
            kind,
            takes,
            instance: None,
            lost_instance: None,
            dma: &[],
            slots: vec![slot],
        }));
    }
    // Where lines are not shared, an input takes no more than an output.
    if board.chip.edges.is_empty() {
        groups
            .iter_mut()
            .filter(|group| group.takes == Takes::Input)
            .for_each(|group| group.takes = Takes::Output);
    }
    groups
}

fn takes(keys: &PeripheralKeys) -> Option<(&'static str, Takes)> {
    let takes = match keys {
        PeripheralKeys::Output(_) => Takes::Output,
        PeripheralKeys::Input(_) => Takes::Input,
        PeripheralKeys::Uart(_) => Takes::Block(BlockKind::Uart),
        PeripheralKeys::I2c(_) => Takes::Block(BlockKind::I2c),
        PeripheralKeys::Spi(_) => Takes::Block(BlockKind::Spi),
        PeripheralKeys::Pwm(pwm) => Takes::Pwm(pwm.frequency.get()?.value),
        PeripheralKeys::Adc(_) => Takes::Adc,
        PeripheralKeys::Watchdog(_) | PeripheralKeys::UsbSerial(_) => Takes::Output,
        PeripheralKeys::Unknown => return None,
    };
    Some((keys.kind()?.word(), takes))
}

/// The fields of a peripheral that name pins, each with its key and the block's signal on it.
fn pin_fields(keys: &mut PeripheralKeys) -> Vec<(&'static str, Option<Signal>, &mut Field<String>)> {
    match keys {
        PeripheralKeys::Output(keys) => vec![("pin", None, &mut keys.pin)],
        PeripheralKeys::Input(keys) => vec![("pin", None, &mut keys.pin)],
        PeripheralKeys::Pwm(keys) => vec![("pin", None, &mut keys.pin)],
        PeripheralKeys::Adc(keys) => vec![("pin", None, &mut keys.pin)],
        PeripheralKeys::Uart(keys) => vec![
            ("tx", Some(Signal::Tx), &mut keys.tx),
            ("rx", Some(Signal::Rx), &mut keys.rx),
            ("rts", Some(Signal::Rts), &mut keys.rts),
            ("cts", Some(Signal::Cts), &mut keys.cts),
        ],
        PeripheralKeys::I2c(keys) => {
            vec![("sda", Some(Signal::Sda), &mut keys.sda), ("scl", Some(Signal::Scl), &mut keys.scl)]
        }
        PeripheralKeys::Spi(keys) => vec![
            ("sck", Some(Signal::Sck), &mut keys.sck),
            ("mosi", Some(Signal::Mosi), &mut keys.mosi),
            ("miso", Some(Signal::Miso), &mut keys.miso),
        ],
        PeripheralKeys::Watchdog(_) | PeripheralKeys::UsbSerial(_) | PeripheralKeys::Unknown => Vec::new(),
    }
}

fn device_slots(entry: &DeviceEntry, board: &Board, catalog: &Catalog) -> Vec<(&'static str, Takes, Slot)> {
    let driver = entry.keys.driver.get().and_then(|name| catalog.driver(name)).and_then(Result::ok);
    let select = entry.keys.chip_select.get().map(|name| {
        let slot = Slot { key: "chip-select".to_owned(), signal: None, name: name.clone(), origin: None };
        ("output", Takes::Output, slot)
    });
    let pins = driver.iter().flat_map(|driver| &driver.pins).filter_map(|pin| {
        let (_, field) = entry.own.iter().find(|(key, _)| key.value == pin.name)?;
        let raw = field.get()?;
        let Raw::Text(name) = &raw.value else { return None };
        let (takes, signal) = match pin.used_as {
            PinUse::Output => (Takes::Output, None),
            PinUse::Input => (Takes::Input, None),
            PinUse::Pwm => (Takes::Pwm(pin.frequency?), None),
            PinUse::LedStrip => lights(board),
        };
        let name = Spanned::new(name.clone(), raw.span);
        Some((pin.used_as.word(), takes, Slot { key: pin.name.clone(), signal, name, origin: None }))
    });
    select.into_iter().chain(pins).collect()
}

/// What a chain of lights takes of a board's chip.
fn lights(board: &Board) -> (Takes, Option<Signal>) {
    match board.chip.led_strip_block() {
        Some(BlockKind::Pwm) => (Takes::PwmBlock, None),
        Some(BlockKind::Spi) => (Takes::Block(BlockKind::Spi), Some(Signal::Mosi)),
        Some(kind) => (Takes::Block(kind), Some(Signal::Io)),
        None => (Takes::Output, None),
    }
}

/// Gives a slot of a file another name; its place stays, so that a fault is found again.
pub(super) fn name(file: &mut AppFile, group: &Group, key: &str, name: &str) {
    match group.table {
        Table::Peripherals => {
            let keys = &mut file.peripherals[group.index].entry.keys;
            for (_, _, field) in pin_fields(keys).into_iter().filter(|(of, _, _)| *of == key) {
                rename(field, name.to_owned());
            }
        }
        Table::Devices if key == "chip-select" => {
            rename(&mut file.devices[group.index].entry.keys.chip_select, name.to_owned());
        }
        Table::Devices => {
            let own = file.devices[group.index].entry.own.iter_mut();
            for (_, field) in own.filter(|(of, _)| of.value == key) {
                rename(field, Raw::Text(name.to_owned()));
            }
        }
    }
}

fn rename<T>(field: &mut Field<T>, value: T) {
    if let Field::Given(given) = field {
        given.value = value;
    }
}

/// The app labels that a file has for a board.
pub(super) fn labels(file: &AppFile, board: &Board, catalog: &Catalog) -> Labels {
    let of_board = |name: &str| check::canonical(name, catalog) == Some(board.name.as_str());
    let sections = file.boards.iter().filter(|section| of_board(&section.name));
    let pins = sections.flat_map(|section| &section.entry.pins);
    pins.filter_map(|label| Some((label.name.value.clone(), board.pin(label.entry.get()?)?))).collect()
}

/// Notes what each slot is on the first board.
pub(super) fn remember(groups: &mut [Group], before: &[Group], from: &Board, labels: &Labels) {
    for group in groups {
        for slot in &mut group.slots {
            let mut same = before.iter().filter(|other| other.entry == group.entry);
            let known = same.find_map(|other| other.slots.iter().find(|other| other.key == slot.key));
            slot.origin = known.and_then(|known| {
                let label = labels.get(known.name.as_str()).copied();
                Some(Origin {
                    name: known.name.value.clone(),
                    pin: label.or_else(|| from.pin(&known.name))?,
                    by_app_label: label.is_some(),
                    is_overridden: known.name.span != slot.name.span,
                })
            });
        }
    }
}

/// Notes what DMA moves of each group on chips of a HAL. How a uart is used is what the application says of it on its own board.
pub(super) fn note_dma(groups: &mut [Group], here: &App, hal: Hal) {
    let uarts = resolve::uart_dma(here, hal);
    let of_entry = |entry: &str| {
        uarts.iter().find_map(|(id, dma)| {
            let (table, name) = here.peripheral(*id).entry();
            (entry == format!("{table}.{}", name.value)).then_some(*dma)
        })
    };
    for group in groups {
        let reads = group.slots.iter().any(|slot| slot.signal == Some(Signal::Miso));
        group.dma = match group.takes {
            Takes::Block(BlockKind::Uart) => of_entry(&group.entry).unwrap_or(&[]),
            Takes::Block(BlockKind::I2c) => &[DmaDirection::Tx, DmaDirection::Rx],
            Takes::Block(BlockKind::Spi) if reads => &[DmaDirection::Tx, DmaDirection::Rx],
            Takes::Block(_) => &[DmaDirection::Tx],
            _ => &[],
        };
    }
}

/// The tables of overrides that a file has for a board, `pins` and `peripherals.fan`, each with its keys.
pub(super) fn override_tables(text: &str, board: &Board, catalog: &Catalog) -> BTreeMap<String, Vec<String>> {
    let Ok(document) = DeTable::parse(text) else { return BTreeMap::new() };
    let of_board = |name: &str| check::canonical(name, catalog) == Some(board.name.as_str());
    let sections = tables_of(document.get_ref(), "boards").filter(|(name, _)| of_board(name));
    let tables = sections.flat_map(|(_, section)| {
        let pins = section.get("pins").and_then(|pins| pins.get_ref().as_table());
        let entries = ["peripherals", "devices", "tasks"].into_iter().flat_map(|table| {
            tables_of(section, table).map(move |(name, keys)| (format!("{table}.{name}"), keys))
        });
        pins.map(|pins| ("pins".to_owned(), pins)).into_iter().chain(entries)
    });
    tables.map(|(table, keys)| (table, keys.keys().map(|key| key.get_ref().to_string()).collect())).collect()
}

/// The tables in a table of tables, by name.
fn tables_of<'a>(parent: &'a DeTable<'_>, name: &str) -> impl Iterator<Item = (&'a str, &'a DeTable<'a>)> {
    let table = parent.get(name).and_then(|table| table.get_ref().as_table());
    table
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.get_ref().as_ref(), value.get_ref().as_table()?)))
}
