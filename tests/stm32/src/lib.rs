//! A board with an STM32F407 in the emulator: it boots the image that would be flashed, and its pins and its serial line
//! are watched on virtual time.
//!
//! The emulator (rsemu) has the core with its interrupt controller, flash, clocks, timers, edges and one uart of the chip; its
//! clocks run at fixed rates, those of a core at 168 MHz, whatever the firmware asks of the PLL.

mod bytewise;

use std::path::Path;
use std::sync::Arc;

use rsemu::core::clock::GlobalTime;
use rsemu::core::space::MemAttrs;
use rsemu::core::value::Width;
use rsemu::host::chardev::{CharPort, ports};
use rsemu::machine::{Machine, catalog};

/// RM0090, memory map: GPIOA, and from there a port every 0x400.
const PORTS: u64 = 0x4002_0000;
const PORT_STRIDE: u64 = 0x400;

/// RM0090, GPIO registers: what the pins are at.
const INPUT_DATA: u64 = 0x10;

/// How often pins are looked at: every quarter of a millisecond.
const STEP: u64 = 250_000;

/// The board.
pub struct Board {
    machine: Machine,
    console: Arc<CharPort>,
    /// Nanoseconds since the start.
    now: u64,
    /// What came out of the uart so far.
    pub said: Vec<u8>,
}

impl Board {
    /// A board whose flash holds a binary image.
    ///
    /// # Panics
    /// When the image cannot be read, or the emulator has changed.
    pub fn boot(image: &Path) -> Board {
        let firmware = std::fs::read(image).unwrap_or_else(|error| panic!("{}: {error}", image.display()));
        let entry = catalog::machine("stm32f407").expect("the emulator has the chip");
        let mut options = catalog::build_options().expect("the emulator's own options");
        options.realize.media.insert("firmware", firmware);
        bytewise::correct(&mut options.bindings);
        let classes = catalog::registry().expect("the emulator's own devices");
        let machine = rsemu::machine::build(entry.name, entry.source, &classes, &options);
        let machine = machine.unwrap_or_else(|fault| panic!("the board does not come up: {fault}"));
        let console = ports::open(&options.realize.hosts, "console").expect("the uart has a far end");
        Board { machine, console, now: 0, said: Vec::new() }
    }

    /// Runs for a time, and returns when a pin changed its level, in nanoseconds since the start.
    pub fn watch(&mut self, milliseconds: u64, port: char, pin: u32) -> Vec<u64> {
        let end = self.now + milliseconds * 1_000_000;
        let mut level = self.level(port, pin);
        let mut edges = Vec::new();
        while self.now < end {
            self.machine.run_for(GlobalTime::from_nanos(STEP)).expect("the chip runs");
            self.now += STEP;
            self.console.drain_into(&mut self.said);
            if self.level(port, pin) != level {
                level = !level;
                edges.push(self.now);
            }
        }
        edges
    }

    /// Sends bytes to the uart.
    pub fn send(&mut self, bytes: &[u8]) {
        self.console.feed(bytes);
    }

    /// Whether a pin is high.
    pub fn level(&self, port: char, pin: u32) -> bool {
        let address = PORTS + (u64::from(port) - u64::from('A')) * PORT_STRIDE + INPUT_DATA;
        let memory = self.machine.space("mem").expect("the chip has memory");
        let levels = memory.read(address, Width::U32, MemAttrs::DEBUG).expect("a port is there");
        levels >> pin & 1 == 1
    }
}
