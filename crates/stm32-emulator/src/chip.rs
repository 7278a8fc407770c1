//! One STM32F407: a core, memory, blocks and the wires between them, which a cycle counter keeps together.
//!
//! The core and most blocks are rsemu's; what it puts them together with, its machines and their scheduler, is not used. Here
//! the core runs an instruction at a time, a block is brought up to date when it is looked at and at the cycle in which it does
//! something by itself, and clocks run at the rates that the firmware sets. So every edge has the cycle in which it happened.

mod assembly;

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use rsemu::core::clock::Rational;
use rsemu::core::device::{Device, ResetKind};
use rsemu::core::space::{AddressSpace, MemAttrs, RamStore};
use rsemu::core::value::{Endian, Width};
use rsemu::core::wire::{Level, WireSource};
use rsemu::cpu::arm::v7m::{ArmV7m, xpsr};
use rsemu::dev::stm32::dma::Dma;
use rsemu::dev::stm32::rcc::{ClockOutput, Clocks};

use crate::calls::Calls;
use crate::clock::{Clock, Counting, Timebase};
use crate::pins::Pins;
use crate::uart::{Requests, Uart};
use crate::wires::UARTS;
use assembly::{Flag, Unmodelled};

/// RM0090, 2.3 (memory map) and 3.3 (flash): the largest of the line.
pub(crate) const FLASH_START: u32 = 0x0800_0000;
pub(crate) const FLASH_SIZE: u32 = 0x10_0000;
pub(crate) const RAM_START: u32 = 0x2000_0000;
pub(crate) const RAM_SIZE: u32 = 0x2_0000;

/// The interpreter's least number of cycles for the way into a handler.
const LEAST_ENTRY: u64 = 12;

/// More would be a DMA controller that moves without being asked.
const MOST_BEATS: u32 = 64;

/// What a counting block counts.
#[derive(Clone, Copy, Debug)]
enum Counts {
    Output(ClockOutput),
    Fixed(u64),
}

/// The chip.
#[derive(Debug)]
pub(crate) struct Chip {
    pub(crate) core: Arc<ArmV7m>,
    pub(crate) ram: Arc<RamStore>,
    pub(crate) clock: Arc<Clock>,
    pub(crate) pins: Pins,
    pub(crate) uarts: Vec<Arc<Uart>>,
    space: Arc<AddressSpace>,
    /// What a DMA controller sees; kept here, as it holds that weakly.
    _bus: Arc<AddressSpace>,
    clocks: Arc<Clocks>,
    generation: u64,
    core_hz: Rational,
    drift: i32,
    pub(crate) time: Timebase,
    counting: Vec<(Arc<Counting>, Counts)>,
    /// All but the core and the uarts, in the order in which they are reset.
    devices: Vec<Arc<dyn Device>>,
    dma: [Arc<Dma>; 2],
    software_reset: WireSource,
    bitten: Arc<Flag>,
    unmodelled: Arc<Unmodelled>,
    /// Cycles since the start of the run.
    pub(crate) cycle: u64,
    pub(crate) retired: u64,
    /// How long the core has slept, in picoseconds.
    pub(crate) slept_picos: u64,
    /// When the core was woken last, in nanoseconds.
    pub(crate) woken_at: u64,
    /// Where the core was when it began its last step.
    pub(crate) stepped_at: u32,
    /// Who polls at present.
    pub(crate) calls: Calls,
    /// Whether the core has given up until the next reset.
    pub(crate) is_locked_up: bool,
    /// When something is to happen that the core does not do.
    due: u64,
}

/// Why the core has stopped in the middle of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// So many instructions were enough, or it sleeps, or its time is over.
    Round,
    /// Something happened that the world must hear of.
    Stirred,
    /// It has entered the handler of a HardFault.
    Fault,
}

impl Chip {
    /// Now, in nanoseconds.
    pub(crate) fn now(&self) -> u64 {
        self.time.nanos(self.cycle)
    }

    /// Runs a round: until a cycle, or so many instructions, or until something happens. `appointment` is the cycle of what the
    /// world does next.
    pub(crate) fn round(&mut self, until: u64, appointment: u64, most: u32) -> Stop {
        let limit = until.min(appointment);
        let mut asleep = false;
        let mut stands_at = None;
        for _ in 0..most {
            if self.clock.take_stirred() {
                self.settle();
                return Stop::Stirred;
            }
            if self.cycle >= self.due {
                self.catch_up();
                self.clock.stir();
                continue;
            }
            if self.cycle >= limit {
                break;
            }
            if self.is_locked_up {
                self.cycle = limit.min(self.due);
                continue;
            }
            self.clock.set(self.cycle);
            let before = self.core.regs();
            self.stepped_at = before.r[15];
            if self.calls.begins_at(self.stepped_at) {
                self.calls.enter(self.stepped_at, before.msp);
            }
            let used = self.core.step();
            self.cycle += used;
            self.retired += 1;
            if used >= LEAST_ENTRY && before.xpsr & xpsr::IT_MASK != 0 {
                self.keep_conditions(before.xpsr);
            }
            // What stands still does so until something comes: a core that waits, or a branch to itself. Once more it is
            // asked whether something has come already.
            let was_asleep = std::mem::replace(&mut asleep, used == 1 && self.core.is_asleep());
            if asleep && was_asleep && !self.ticks_by_itself() {
                self.sleep(limit);
                return Stop::Round;
            }
            let stood_at = std::mem::replace(&mut stands_at, (used == 3).then(|| self.core.pc()));
            if stands_at.is_some()
                && stands_at == stood_at
                && !self.clock.is_stirred()
                && !self.ticks_by_itself()
            {
                let rounds = limit.min(self.due).saturating_sub(self.cycle) / used;
                self.cycle += rounds * used;
                self.retired += rounds;
            }
            if used >= LEAST_ENTRY && self.is_new_fault() {
                return Stop::Fault;
            }
        }
        Stop::Round
    }

    /// An interrupt in the middle of an IT block: what of the block is still to be decided is pushed with the flags (Arm DDI 0403E,
    /// B1.5.6). rsemu 0.0.7 pushes the flags without it, so that the rest of the block would be executed whatever its condition is.
    fn keep_conditions(&self, before: u32) {
        const PUSHED_FLAGS: u32 = 0x1c;
        if u32::from(self.core.current_exception().0) == before & xpsr::EXCEPTION {
            return;
        }
        let place = u64::from(self.core.msp().wrapping_add(PUSHED_FLAGS).wrapping_sub(RAM_START));
        if let Ok(flags) = self.ram.read_value(place, Width::U32, Endian::Little) {
            let flags = flags | u64::from(before & xpsr::IT_MASK);
            // It was just read there.
            let _ = self.ram.write_value(place, Width::U32, flags, Endian::Little);
        }
    }

    fn sleep(&mut self, limit: u64) {
        let end = limit.min(self.due).max(self.cycle);
        self.slept_picos += self.time.picos(end) - self.time.picos(self.cycle);
        self.cycle = end;
        self.woken_at = self.time.nanos(end);
        self.clock.set(end);
    }

    /// Whether the core's own timer counts, which nobody else knows of.
    fn ticks_by_itself(&self) -> bool {
        self.core.with_sys(|registers| registers.syst_csr) & 1 != 0
    }

    /// Whether the instruction that took so long was the way into the handler of a HardFault.
    fn is_new_fault(&self) -> bool {
        use rsemu::cpu::arm::v7m::sys::Exception;
        self.core.current_exception() == Exception::HARD_FAULT
            && self.core.with_sys(|registers| registers.hfsr) != 0
    }

    /// Lets what counts by itself do what is due.
    fn catch_up(&mut self) {
        self.clock.set(self.cycle);
        for (counting, _) in &self.counting {
            if counting.next().is_some_and(|next| next <= self.cycle) {
                counting.catch_up(self.cycle);
            }
        }
    }

    /// Draws the consequences of what has happened: clocks, DMA, and what comes next.
    fn settle(&mut self) {
        if self.clocks.generation() != self.generation {
            self.generation = self.clocks.generation();
            let hz = self.clocks.rate(ClockOutput::HCLK);
            // While the firmware switches between oscillators there may be none for a moment.
            if !hz.is_zero() {
                self.core_hz = hz;
                self.time = self.time.changed(self.cycle, hz, self.drift);
                self.set_rates();
            }
        }
        self.transfer();
        let counting = self.counting.iter().filter_map(|(counting, _)| counting.next());
        let uarts = self.uarts.iter().filter_map(|uart| uart.next());
        self.due = counting.chain(uarts).min().unwrap_or(u64::MAX);
    }

    fn set_rates(&mut self) {
        for (counting, counts) in &self.counting {
            let hz = match counts {
                Counts::Output(output) => self.clocks.rate(*output),
                Counts::Fixed(hz) => Rational::integer(*hz),
            };
            counting.rate(self.cycle, hz, self.core_hz);
        }
        for (wires, uart) in UARTS.iter().zip(&self.uarts) {
            let hz = self.clocks.rate(wires.clock);
            if !hz.is_zero() {
                let cycles = u128::from(self.core_hz.num()) * u128::from(hz.den());
                uart.rate(cycles, u128::from(self.core_hz.den()) * u128::from(hz.num()));
            }
        }
        self.clock.stir();
    }

    /// Moves what uarts ask DMA for, item by item, as each one changes what is asked for.
    fn transfer(&self) {
        for _ in 0..MOST_BEATS {
            for (wires, uart) in UARTS.iter().zip(&self.uarts) {
                let Requests { transmit, receive } = uart.requests();
                for (asks, cells) in [(transmit, wires.tx_dma), (receive, wires.rx_dma)] {
                    for (controller, stream, channel) in cells {
                        self.dma[*controller].set_selected_request(*stream, *channel, Level::from_bool(asks));
                    }
                }
            }
            if self.dma.iter().all(|controller| controller.pump(1) == 0) {
                return;
            }
        }
    }

    /// Bytes whose frames have left by now, with the cycle in which each did: uart by its place, byte.
    pub(crate) fn take_sent(&self) -> Vec<(usize, u64, u8)> {
        let mut sent = Vec::new();
        for (place, uart) in self.uarts.iter().enumerate() {
            if uart.next().is_some_and(|next| next <= self.cycle) {
                self.clock.stir();
                sent.extend(uart.catch_up(self.cycle).map(|(cycle, byte)| (place, cycle, byte)));
            }
        }
        sent
    }

    /// Lets the chip's clocks run faster than the world's, in parts per million.
    pub(crate) fn drift(&mut self, drift: i32) {
        self.drift = drift;
        self.time = self.time.changed(self.cycle, self.core_hz, drift);
    }

    /// Cycles of the core in a bit at a rate.
    pub(crate) fn bit(&self, baud: u32) -> u128 {
        u128::from(self.core_hz.num()) / (u128::from(self.core_hz.den()) * u128::from(baud))
    }

    /// Whether the watchdog has bitten since the last time.
    pub(crate) fn take_bite(&self) -> bool {
        self.bitten.0.swap(false, Ordering::Relaxed)
    }

    /// Begins anew. What was in the RAM is lost only where the supply was.
    pub(crate) fn reset(&mut self, kind: ResetKind, is_asked_for: bool) {
        if is_asked_for {
            self.software_reset.pulse(Level::High);
        }
        for device in &self.devices {
            device.reset(kind);
        }
        for uart in &self.uarts {
            uart.reset();
        }
        // The interrupt controller is a part of the core, which forgets it only so.
        self.core.reset(ResetKind::Cold);
        if kind == ResetKind::Cold {
            self.ram.fill(0, RAM_SIZE.into(), 0).expect("the RAM has its size");
        }
        self.woken_at = self.now();
        self.is_locked_up = false;
        self.calls.forget();
        self.clock.stir();
    }

    /// What lies in the RAM.
    pub(crate) fn ram_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; RAM_SIZE as usize];
        self.ram.read_at(0, &mut bytes).expect("the RAM has its size");
        bytes
    }

    /// A word of memory as a debugger sees it.
    pub(crate) fn peek(&self, address: u32) -> Option<u32> {
        self.space.read(address.into(), Width::U32, MemAttrs::DEBUG).ok().map(|word| word as u32)
    }

    /// What of the chip was touched that the emulator does not have, and how often.
    pub(crate) fn unmodelled(&self) -> BTreeMap<String, u64> {
        let counts = self.unmodelled.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.iter().map(|(block, count)| (format!("0x{block:08x}"), *count)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Image;

    #[test]
    fn an_interrupt_in_the_middle_of_conditions_leaves_them_as_they_were() {
        let mut flash = vec![0; 0x204];
        let mut place = |at: usize, halves: &[u16]| {
            for (index, half) in halves.iter().enumerate() {
                flash[at + 2 * index..][..2].copy_from_slice(&half.to_le_bytes());
            }
        };
        // The stack, the first instruction, and the handler of interrupt 0, which returns at once.
        place(0, &[0, 0x2002, 0x101, 0x0800]);
        place(0x40, &[0x201, 0x0800]);
        place(0x200, &[0x4770]);
        place(
            0x100,
            &[
                0xf24e, 0x1000, 0xf2ce, 0x0000, // movw, movt r0, 0xe000e100: NVIC_ISER0
                0x2101, 0x6001, // movs r1, 1; str r1, [r0]
                0xf24e, 0x2000, 0xf2ce, 0x0000, // movw, movt r0, 0xe000e200: NVIC_ISPR0
                0x2300, 0x4289, // movs r3, 0; cmp r1, r1
                0xbf0c, 0x6001, 0x2301, // ite eq; streq r1, [r0]; movne r3, 1
                0x2207, 0xe7fe, // movs r2, 7; b .
            ],
        );
        let image = Image { segments: vec![(0, flash)], ..Image::default() };
        let mut chip = Chip::new(8_000_000, &image);
        for _ in 0..4 {
            chip.round(1_000, 1_000, 100);
        }
        let regs = chip.core.regs();
        assert_eq!((regs.r[2], regs.r[15]), (7, 0x0800_0120), "it has come to its end");
        assert_eq!(chip.peek(0x2001_fff8).map(|pc| pc & !1), Some(0x0800_011c), "by way of the handler");
        assert_eq!(regs.r[3], 0, "the second of the two was not to be executed");
    }
}
