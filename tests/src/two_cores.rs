//! Both cores of an RP2040, for what the project's own emulator cannot run: it has one core.
//!
//! The other emulator, the crate `rp2040-emu`, has no edges of pins, no uart with DMA and no reset by the watchdog; its time is
//! the core's cycles. So it serves for what only two cores show, and as a second opinion on what both can run.

use std::path::Path;

use fwc_sim::{Edge, Level, LogDecoder, Nanos, Pin};
use rp2040_emu::{Config, Emulator, EmulatorBuilder};

/// What came of a run.
#[derive(Debug)]
pub struct TwoCores {
    edges: Vec<(Pin, Edge)>,
    /// What is in the buffer of the log at the end.
    logged: Vec<u8>,
}

/// 125 MHz, which the HAL's default makes.
const NANOS_IN_A_CYCLE: u64 = 8;
/// Cycles between two looks at pins and interrupts.
const QUANTUM: u32 = 16;
/// Where an image has its vector table, behind the second-stage bootloader.
const VECTOR_TABLE: u32 = 0x100;
const PINS: u8 = 30;

impl TwoCores {
    /// Runs an image of a board's flash, `.bin`.
    pub fn run(image: &Path, run_for: Nanos) -> TwoCores {
        let flash =
            std::fs::read(image).unwrap_or_else(|error| panic!("while reading {}: {error}", image.display()));
        let built = EmulatorBuilder::new(Config::default()).step_quantum(QUANTUM).flash(flash).build();
        let mut emulator = built.unwrap_or_else(|error| panic!("{error}"));
        emulator.reset();
        emulator.direct_boot_from_flash(VECTOR_TABLE);
        let mut edges = Vec::new();
        let mut levels = 0;
        while now(&emulator) < run_for {
            emulator.step().unwrap_or_else(|error| panic!("{error}"));
            wake_for_interrupts(&mut emulator);
            let seen = emulator.gpio_read_all();
            let changed = (0..PINS).filter(|pin| (seen ^ levels) >> pin & 1 == 1);
            let level = |pin: u8| if seen >> pin & 1 == 1 { Level::High } else { Level::Low };
            edges.extend(changed.map(|pin| (Pin(pin), Edge { at: now(&emulator), level: level(pin) })));
            levels = seen;
        }
        TwoCores { edges, logged: logged(&emulator) }
    }

    /// The level changes of a pin.
    pub fn edges(&self, pin: Pin) -> Vec<Edge> {
        self.edges.iter().filter(|(of, _)| *of == pin).map(|(_, edge)| *edge).collect()
    }

    /// The messages of the log, as long as they all fit into its buffer.
    pub fn messages(&self, elf: &Path) -> Vec<String> {
        let decoder = LogDecoder::for_image(elf).unwrap_or_else(|error| panic!("{error}"));
        let records = decoder.stream().take(Nanos(0), &self.logged).unwrap_or_else(|error| panic!("{error}"));
        records.into_iter().map(|record| record.message).collect()
    }
}

fn now(emulator: &Emulator) -> Nanos {
    Nanos(emulator.cycles() * NANOS_IN_A_CYCLE)
}

/// Armv6-M Architecture Reference Manual, B1.5.18: an interrupt that is pending and enabled ends a wait for an event too.
/// The emulator only knows of `SEV`.
fn wake_for_interrupts(emulator: &mut Emulator) {
    for core in 0..2 {
        if emulator.bus.nvics[core].pending_and_enabled() != 0 {
            emulator.bus.wfe_waiting[core] = false;
        }
    }
}

/// What was written to the log's first channel and never read, so from the start of its buffer.
fn logged(emulator: &Emulator) -> Vec<u8> {
    const RAM: u32 = 0x2000_0000;
    const MAGIC: [u32; 3] = [u32::from_le_bytes(*b"SEGG"), u32::from_le_bytes(*b"ER R"), 0x5454];
    let is_block =
        |address: &u32| (0..3).all(|word| emulator.peek(address + 4 * word) == MAGIC[word as usize]);
    let Some(block) = (RAM..RAM + 0x1_0000).step_by(4).find(is_block) else { return Vec::new() };
    // The name of the block, two counts, and the first channel: name, buffer, size, and how far it is written.
    let [buffer, written] = [28, 36].map(|offset| emulator.peek(block + offset));
    let byte = |index: u32| (emulator.peek((buffer + index) & !3) >> (8 * ((buffer + index) % 4))) as u8;
    (0..written).map(byte).collect()
}
