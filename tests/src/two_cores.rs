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
const FLASH: u32 = 0x1000_0000;
const PINS: u8 = 30;

impl TwoCores {
    /// Runs an image of a board's flash, `.bin`.
    pub fn run(image: &Path, run_for: Nanos) -> TwoCores {
        Self::run_by(QUANTUM, image, run_for)
    }

    /// Runs an image whose executors run in interrupts that software makes pending: one instruction after the other, as
    /// each may be the one that does.
    pub fn run_with_software_interrupts(image: &Path, run_for: Nanos) -> TwoCores {
        Self::run_by(1, image, run_for)
    }

    fn run_by(quantum: u32, image: &Path, run_for: Nanos) -> TwoCores {
        let flash =
            std::fs::read(image).unwrap_or_else(|error| panic!("while reading {}: {error}", image.display()));
        let built = EmulatorBuilder::new(Config::default()).step_quantum(quantum).flash(flash).build();
        let mut emulator = built.unwrap_or_else(|error| panic!("{error}"));
        emulator.reset();
        emulator.direct_boot_from_flash(VECTOR_TABLE);
        let mut edges = Vec::new();
        let mut levels = 0;
        while now(&emulator) < run_for {
            if quantum == 1 {
                step_with_software_interrupts(&mut emulator);
            } else {
                emulator.step().unwrap_or_else(|error| panic!("{error}"));
            }
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

/// An instruction of each core, and what the emulator lacks for executors in interrupts that wake each other.
fn step_with_software_interrupts(emulator: &mut Emulator) {
    let writes = [0, 1].map(|core| software_interrupts(emulator, core));
    emulator.step().unwrap_or_else(|error| panic!("{error}"));
    for (core, write) in writes.into_iter().enumerate() {
        if let Some((register, lines)) = write {
            apply(emulator, core, register, lines);
        }
        leave_pending(emulator, core);
    }
    raise_mailboxes(emulator);
}

/// Lines 26 to 31, which nothing but software makes pending.
const SOFTWARE: u32 = 0xFC00_0000;

/// What a core's next instruction writes to the interrupt controller about software's own lines: the register, and the
/// lines. The emulator drops it, as no hardware is on them; on the chip they work (RP2040 datasheet, section 2.3.2).
fn software_interrupts(emulator: &Emulator, core: usize) -> Option<(u32, u32)> {
    if emulator.bus.wfe_waiting[core] || emulator.core(core).is_halted() {
        return None;
    }
    let registers = |index: u32| emulator.core(core).regs.r[(index & 7) as usize];
    let at = program_counter(emulator, core);
    let word = emulator.peek(at & !3);
    let instruction = if at & 2 == 0 { word & 0xFFFF } else { word >> 16 };
    // Armv6-M Architecture Reference Manual, A6.7.59 and A6.7.60: STR with an immediate offset, and with a register's.
    let base = registers(instruction >> 3);
    let address = match instruction >> 9 {
        0x30..=0x33 => base.wrapping_add((instruction >> 6 & 31) * 4),
        0x28 => base.wrapping_add(registers(instruction >> 6)),
        _ => return None,
    };
    let lines = registers(instruction) & SOFTWARE;
    (matches!(address, ENABLE | DISABLE | PEND | UNPEND) && lines != 0).then_some((address, lines))
}

const ENABLE: u32 = 0xE000_E100;
const DISABLE: u32 = 0xE000_E180;
const PEND: u32 = 0xE000_E200;
const UNPEND: u32 = 0xE000_E280;

fn program_counter(emulator: &Emulator, core: usize) -> u32 {
    emulator.core(core).regs.r[15]
}

fn apply(emulator: &mut Emulator, core: usize, register: u32, lines: u32) {
    let controller = &mut emulator.bus.nvics[core];
    match register {
        ENABLE => controller.enabled |= lines,
        DISABLE => controller.enabled &= !lines,
        PEND => controller.pending |= lines,
        _ => controller.pending &= !lines,
    }
}

/// Armv6-M Architecture Reference Manual, B1.5.6: an interrupt is no longer pending once its handler begins. The emulator
/// does not know so of the lines that it drops.
fn leave_pending(emulator: &mut Emulator, core: usize) {
    const FIRST: u32 = 16;
    let exception = emulator.core(core).regs.xpsr & 0x1FF;
    let Some(line) = exception.checked_sub(FIRST).filter(|line| *line < 32 && SOFTWARE >> line & 1 == 1)
    else {
        return;
    };
    let handler = emulator.peek(FLASH + VECTOR_TABLE + 4 * exception);
    if program_counter(emulator, core) == handler & !1 {
        emulator.bus.nvics[core].pending &= !(1 << line);
    }
}

/// RP2040 datasheet, section 2.3.1.4: a core's interrupt 15, or 16 on core 1, is pending while there is something in its
/// mailbox. The emulator keeps the mailboxes and raises nothing.
fn raise_mailboxes(emulator: &mut Emulator) {
    let sio = &emulator.bus.sio;
    let filled = [!sio.fifo_1to0_snapshot().is_empty(), !sio.fifo_0to1_snapshot().is_empty()];
    for (core, filled) in filled.into_iter().enumerate() {
        let line = 1 << (15 + core);
        let pending = &mut emulator.bus.nvics[core].pending;
        *pending = if filled { *pending | line } else { *pending & !line };
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
