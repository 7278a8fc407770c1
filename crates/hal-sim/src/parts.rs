//! The parts on the simulated board: which wires each hangs on, and what is wrong with the wires of buses.
//!
//! What a part answers, only fwc knows, which has its registers: crates/devices. A reset of the chip leaves parts alone.

use std::cell::RefCell;
use std::task::Waker;

use crate::bridge::{ask, tell};
use crate::orders::{Bus, Fault, Job, Mount};
use crate::world::{self, Act};

/// The wires of buses, and what hangs on all wires.
#[derive(Default)]
struct Wires {
    mounts: Vec<(String, Mount)>,
    faults: Vec<(Bus, Fault)>,
    /// Who waits for a line that is held low.
    wakers: Vec<Waker>,
    /// The part that is selected on each SPI bus, and what has gone over the wires since.
    selected: Vec<Selected>,
    /// The next change of a pin that a part drives is the one which was asked for last.
    asked: u64,
}

/// What goes on on an SPI bus.
#[derive(Clone, Default)]
struct Selected {
    bus: u8,
    part: Option<usize>,
    sent: Vec<u8>,
    received: Vec<u8>,
}

thread_local! {
    static WIRES: RefCell<Wires> = RefCell::new(Wires::default());
}

fn with<T>(look: impl FnOnce(&mut Wires) -> T) -> T {
    WIRES.with_borrow_mut(look)
}

/// Takes over the job's parts.
pub(crate) fn start(job: &Job) {
    with(|wires| wires.mounts.clone_from(&job.parts));
    for part in 0..job.parts.len() {
        ask_for_change(part);
    }
}

/// The part at an address of an I2C bus.
pub(crate) fn at_address(bus: u8, address: u8) -> Option<usize> {
    let wanted = Mount::I2c { bus, address };
    with(|wires| wires.mounts.iter().position(|(_, mount)| *mount == wanted))
}

/// Exposes a part to a new value of something that it measures.
pub(crate) fn set(name: &str, quantity: &str, value: &str) {
    let Some(part) = with(|wires| wires.mounts.iter().position(|(known, _)| known == name)) else { return };
    ask(format_args!("set {part} {quantity} {value} {}", world::now()));
    ask_for_change(part);
}

/// All parts lose their supply for a moment.
pub(crate) fn power_up() {
    for part in 0..with(|wires| wires.mounts.len()) {
        tell(format_args!("power-up {part} {}", world::now()));
    }
}

/// Disturbs a bus, or heals it.
pub(crate) fn disturb(bus: Bus, fault: Fault) {
    let wakers = with(|wires| {
        wires.faults.retain(|(other, _)| *other != bus);
        wires.faults.push((bus, fault));
        std::mem::take(&mut wires.wakers)
    });
    wakers.into_iter().for_each(Waker::wake);
}

/// What is wrong on a bus.
pub(crate) fn fault(bus: Bus) -> Fault {
    with(|wires| {
        wires.faults.iter().find(|(other, _)| *other == bus).map_or(Fault::None, |(_, fault)| *fault)
    })
}

/// Wakes a task when what is wrong on a bus changes.
pub(crate) fn wait_for_fault(waker: &Waker) {
    with(|wires| wires.wakers.push(waker.clone()));
}

/// The chip has brought a pin to another level.
pub(crate) fn driven(pin: u8, level: bool) {
    let on_pin: Vec<(usize, Option<usize>)> = with(|wires| {
        let mounts = wires.mounts.iter().enumerate();
        mounts
            .filter_map(|(part, (_, mount))| match mount {
                Mount::Spi { select, .. } => (*select == pin).then_some((part, None)),
                Mount::Pins { pins } => {
                    pins.iter().position(|own| *own == pin).map(|index| (part, Some(index)))
                }
                Mount::I2c { .. } => None,
            })
            .collect()
    });
    for (part, index) in on_pin {
        match index {
            Some(index) => {
                tell(format_args!("driven {part} {index} {} {}", u8::from(level), world::now()));
                ask_for_change(part);
            }
            None if level => deselect(part),
            None => select(part),
        }
    }
}

/// The chip drives a pin of a part through many levels, each at its moment; then the part is asked once.
#[cfg(feature = "led-strip")]
pub(crate) fn pulses(pin: u8, levels: impl Iterator<Item = (u64, bool)>) {
    let on_pin = with(|wires| {
        wires.mounts.iter().enumerate().find_map(|(part, (_, mount))| match mount {
            Mount::Pins { pins } => Some((part, pins.iter().position(|own| *own == pin)?)),
            Mount::I2c { .. } | Mount::Spi { .. } => None,
        })
    });
    let Some((part, index)) = on_pin else { return };
    for (at, level) in levels {
        tell(format_args!("driven {part} {index} {} {at}", u8::from(level)));
    }
    ask_for_change(part);
}

/// Asks a part on pins when one of those that it drives changes next.
fn ask_for_change(part: usize) {
    let Some(pins) = with(|wires| match &wires.mounts[part].1 {
        Mount::Pins { pins } => Some(pins.clone()),
        Mount::I2c { .. } | Mount::Spi { .. } => None,
    }) else {
        return;
    };
    let answer = ask(format_args!("next {part} {}", world::now()));
    let asked = with(|wires| {
        wires.asked += 1;
        wires.asked
    });
    let mut words = answer.split(' ').map(str::parse::<u64>);
    let (Some(Ok(at)), Some(Ok(index)), Some(Ok(level))) = (words.next(), words.next(), words.next()) else {
        return;
    };
    let Some(pin) = usize::try_from(index).ok().and_then(|index| pins.get(index)) else { return };
    world::do_at(at, Act::Part { part, pin: *pin, level: level == 1, asked });
}

/// A change has come that a part told of, unless something has made the part think otherwise since.
pub(crate) fn change(part: usize, pin: u8, level: bool, asked: u64) {
    if with(|wires| wires.asked) != asked {
        return;
    }
    world::drive_from_outside(pin, Some(level));
    tell(format_args!("changed {part} {}", world::now()));
    ask_for_change(part);
}

impl Wires {
    fn selected(&mut self, bus: u8) -> &mut Selected {
        let place = self.selected.iter().position(|one| one.bus == bus);
        let place = place.unwrap_or_else(|| {
            self.selected.push(Selected { bus, ..Selected::default() });
            self.selected.len() - 1
        });
        &mut self.selected[place]
    }

    fn bus_of(&self, part: usize) -> Option<u8> {
        match self.mounts[part].1 {
            Mount::Spi { bus, .. } => Some(bus),
            Mount::I2c { .. } | Mount::Pins { .. } => None,
        }
    }
}

fn select(part: usize) {
    let Some(bus) = with(|wires| wires.bus_of(part)) else { return };
    if let Some(other) = with(|wires| wires.selected(bus).part) {
        deselect(other);
    }
    with(|wires| wires.selected(bus).part = Some(part));
    tell(format_args!("select {part} {}", world::now()));
}

fn deselect(part: usize) {
    let Some(bus) = with(|wires| wires.bus_of(part)) else { return };
    if with(|wires| wires.selected(bus).part != Some(part)) {
        return;
    }
    report_transfer(bus);
    with(|wires| wires.selected(bus).part = None);
    tell(format_args!("deselect {part} {}", world::now()));
}

/// A byte goes both ways over an SPI bus.
pub(crate) fn exchange(bus: u8, byte: u8) -> u8 {
    /// What a master reads from a line that nobody drives: the pad's pull-down.
    const NOBODY: u8 = 0x00;
    let (part, count) = with(|wires| {
        let selected = wires.selected(bus);
        (selected.part, selected.received.len())
    });
    let answer =
        part.map_or(NOBODY, |part| number(&ask(format_args!("transfer {part} {byte} {}", world::now()))));
    let answer = match fault(Bus::Spi(bus)) {
        Fault::None | Fault::Hung => answer,
        Fault::Nack => 0xff,
        Fault::Stuck => 0x00,
        Fault::Short(bytes) if count >= usize::from(bytes) => 0xff,
        Fault::Short(_) => answer,
    };
    with(|wires| {
        let selected = wires.selected(bus);
        selected.sent.push(byte);
        selected.received.push(answer);
    });
    answer
}

/// Bytes that went over an SPI bus without a chip select are told of at the end of their transfer.
pub(crate) fn end_burst(bus: u8) {
    if with(|wires| wires.selected(bus).part.is_none()) {
        report_transfer(bus);
    }
}

fn report_transfer(bus: u8) {
    let (select, sent, received) = with(|wires| {
        let selected = wires.selected(bus);
        let bytes = (std::mem::take(&mut selected.sent), std::mem::take(&mut selected.received));
        let select = selected.part.and_then(|part| match wires.mounts[part].1 {
            Mount::Spi { select, .. } => Some(select),
            Mount::I2c { .. } | Mount::Pins { .. } => None,
        });
        (select, bytes.0, bytes.1)
    });
    if sent.is_empty() {
        return;
    }
    let select = select.map(|pin| format!(",\"select\":{pin}")).unwrap_or_default();
    crate::report::line(
        world::now(),
        format_args!("\"spi\":{bus}{select},\"sent\":\"{}\",\"received\":\"{}\"", hex(&sent), hex(&received)),
    );
}

/// The number that is an answer.
pub(crate) fn number(answer: &str) -> u8 {
    answer.parse().unwrap_or_default()
}

/// Two digits a byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
