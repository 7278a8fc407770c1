//! The pins: what the chip, the world and pull resistors do to each of them -> levels, and news of those that change.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use rsemu::core::device::Device;
use rsemu::core::wire::{Drive, Level, Pull, Wire, WireId, WireIdAllocator, WireSink, WireSource};
use rsemu::dev::stm32::gpio::{Gpio, ResetValues};

use crate::clock::Clock;
use crate::wires::{PINS_OF_A_PORT, PORTS, UartWires};

/// RM0090, 8.4.1: the mode of a pin that a block has for itself.
const MODE_ALTERNATE: u64 = 0b10;

/// All pins of the chip, by their number: PA0 is 0, PB0 is 16.
#[derive(Debug)]
pub(crate) struct Pins {
    pub(crate) ports: Vec<Arc<Gpio>>,
    nets: Vec<Net>,
    news: Arc<News>,
    /// Those that the world drives, with the fights for them that were told of.
    driven: BTreeSet<u8>,
}

#[derive(Debug)]
struct Net {
    chip: WireSource,
    outside: WireSource,
    told_fights: usize,
}

/// What a pin does now that it did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) pin: u8,
    pub(crate) level: bool,
}

#[derive(Debug)]
struct News {
    changes: Mutex<Vec<Change>>,
    clock: Arc<Clock>,
}

impl WireSink for News {
    fn set_level(&self, _: WireId, line: u32, level: Level) {
        let change = Change { pin: line as u8, level: level.is_high() };
        let mut changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        if changes.last() != Some(&change) {
            changes.push(change);
        }
        self.clock.stir();
    }
}

impl Pins {
    /// The ports with their reset values (RM0090, 8.4.1 to 8.4.4), each pin also a line of the edge multiplexer.
    pub(crate) fn new(ids: &WireIdAllocator, multiplexer: &dyn Device, clock: &Arc<Clock>) -> Pins {
        let news = Arc::new(News { changes: Mutex::default(), clock: Arc::clone(clock) });
        let reset = |port: usize| match port {
            0 => ResetValues { moder: 0xa800_0000, ospeedr: 0, pupdr: 0x6400_0000 },
            1 => ResetValues { moder: 0x280, ospeedr: 0xc0, pupdr: 0x100 },
            _ => ResetValues::default(),
        };
        let ports: Vec<Arc<Gpio>> = (0..PORTS).map(|port| Arc::new(Gpio::with_reset(reset(port)))).collect();
        let mut nets = Vec::new();
        for (port, gpio) in ports.iter().enumerate() {
            for pin in 0..PINS_OF_A_PORT {
                let (chip, outside) = (ids.alloc(), ids.alloc());
                let number = (port * PINS_OF_A_PORT + pin) as u32;
                let letter = char::from(b'a' + port as u8);
                let line = multiplexer.sink(&format!("p{letter}{pin}"), &[chip, outside]);
                let line = line.expect("the multiplexer has every pin");
                let wire = Wire::builder()
                    .sources(&[chip, outside])
                    .sink(line.sink, line.line)
                    .sink(Arc::clone(&news) as Arc<dyn WireSink>, number)
                    .resolved(Pull::None)
                    .build_shared();
                let source = WireSource::new(Arc::clone(&wire), chip);
                gpio.connect(&format!("p{pin}"), source.clone()).expect("a port has its pins");
                nets.push(Net { chip: source, outside: WireSource::new(wire, outside), told_fights: 0 });
            }
        }
        Pins { ports, nets, news, driven: BTreeSet::new() }
    }

    /// The world holds a pin at a level, or lets go of it.
    pub(crate) fn drive(&mut self, pin: u8, level: Option<bool>) {
        let outside = &self.nets[usize::from(pin)].outside;
        match level {
            Some(level) => {
                self.driven.insert(pin);
                outside.drive(Drive::strong(Level::from_bool(level)));
            }
            None => {
                self.driven.remove(&pin);
                outside.release();
            }
        }
    }

    /// What has changed since the last time.
    pub(crate) fn take_changes(&self) -> Vec<Change> {
        std::mem::take(&mut self.news.changes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A pin that the chip and the world hold at different levels, and that was not told of yet.
    pub(crate) fn fight(&mut self) -> Option<u8> {
        let Pins { nets, driven, .. } = self;
        driven.iter().copied().find(|pin| {
            let net = &mut nets[usize::from(*pin)];
            let fights = net.outside.wire().contention();
            std::mem::replace(&mut net.told_fights, fights) != fights
        })
    }

    /// What holds a pin at its level.
    pub(crate) fn driver(&self, pin: u8) -> &'static str {
        let net = &self.nets[usize::from(pin)];
        match (net.outside.drive_state(), net.chip.drive_state()) {
            (outside, _) if outside.is_strong() => "outside",
            (_, chip) if chip.is_strong() => "chip",
            (_, chip) if chip.is_weak() => "pull",
            _ => "nothing",
        }
    }

    /// A block sets the level of a signal of its own that these pins may carry.
    pub(crate) fn set_alternate(ports: &[Arc<Gpio>], pins: &[u8], alternate: u8, level: bool) {
        for pin in pins {
            let (port, number) = split(*pin);
            if ports[port].alternate_function(number) == alternate {
                ports[port].set_alternate(number, level);
            }
        }
    }

    /// The pins that carry what a uart sends.
    pub(crate) fn senders_of(&self, uart: &UartWires) -> Vec<u8> {
        self.carriers(uart.tx, uart.alternate)
    }

    /// The pins through which a uart hears.
    pub(crate) fn receivers_of(&self, uart: &UartWires) -> Vec<u8> {
        self.carriers(uart.rx, uart.alternate)
    }

    fn carriers(&self, pins: &[u8], alternate: u8) -> Vec<u8> {
        let carries = |pin: &u8| {
            let (port, number) = split(*pin);
            let gpio = &self.ports[port];
            gpio.alternate_function(number) == alternate && mode(gpio, number) == MODE_ALTERNATE
        };
        pins.iter().copied().filter(carries).collect()
    }
}

fn split(pin: u8) -> (usize, u32) {
    let pin = usize::from(pin);
    (pin / PINS_OF_A_PORT, (pin % PINS_OF_A_PORT) as u32)
}

/// MODER's two bits of a pin, read as a debugger reads them.
fn mode(gpio: &Gpio, pin: u32) -> u64 {
    use rsemu::core::space::{MemAttrs, RegionKind};
    let region = gpio.region("").expect("a port has registers");
    let mut bytes = [0; 4];
    if let RegionKind::Io(registers) = region.kind() {
        registers.read(0, &mut bytes, MemAttrs::DEBUG).expect("a port begins with its modes");
    }
    u64::from(u32::from_le_bytes(bytes) >> (2 * pin) & 0b11)
}
