//! A uart's registers and its shift registers, bit time by bit time.
//!
//! RM0090, section 30 (USART): a byte takes as long as its frame at the rate that BRR says, the transmitter holds one byte
//! beside the one that it shifts, the receiver has no FIFO, and both ask for DMA. DR takes a byte alone as well as a word.
//! What the emulator brings for this block itself moves a byte a tick, whatever BRR says, and refuses bytes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rsemu::core::space::{AccessConstraints, MemAttrs, MemOps, MemResult, Region, RegionRef};
use rsemu::core::wire::{Level, WireSource};

use crate::clock::Clock;

/// RM0090, 30.6: the registers' size.
pub(crate) const REGISTERS: u64 = 0x1c;

const SR_FE: u32 = 1 << 1;
const SR_ERRORS: u32 = 0xf;
const SR_ORE: u32 = 1 << 3;
const SR_IDLE: u32 = 1 << 4;
const SR_RXNE: u32 = 1 << 5;
const SR_TC: u32 = 1 << 6;
const SR_TXE: u32 = 1 << 7;
const CR1_RE: u32 = 1 << 2;
const CR1_TE: u32 = 1 << 3;
const CR1_IDLEIE: u32 = 1 << 4;
const CR1_RXNEIE: u32 = 1 << 5;
const CR1_TCIE: u32 = 1 << 6;
const CR1_TXEIE: u32 = 1 << 7;
const CR1_M: u32 = 1 << 12;
const CR1_UE: u32 = 1 << 13;
const CR3_EIE: u32 = 1 << 0;
const CR3_DMAR: u32 = 1 << 6;
const CR3_DMAT: u32 = 1 << 7;

/// How a byte fared that was sent to the uart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Received,
    Lost(&'static str),
}

/// What a uart asks a DMA controller for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Requests {
    pub(crate) transmit: bool,
    pub(crate) receive: bool,
}

/// A uart. The cycles that it counts are the core's.
#[derive(Debug)]
pub(crate) struct Uart {
    state: Mutex<State>,
    clock: Arc<Clock>,
    interrupt: Mutex<Option<WireSource>>,
}

#[derive(Debug, Default)]
struct State {
    sr: u32,
    brr: u32,
    cr1: u32,
    cr2: u32,
    cr3: u32,
    gtpr: u32,
    /// Whether SR was read, so that an access to DR clears flags.
    sr_read: bool,
    received: u8,
    /// The byte that waits behind the one that is shifted out.
    held: Option<u8>,
    /// The byte that is shifted out, and the cycle in which its frame is over.
    shifting: Option<(u8, u64)>,
    /// The cycle in which the line has been still for a frame.
    still_at: Option<u64>,
    /// Cycles of the core in a cycle of the uart's clock, as a fraction.
    scale: (u128, u128),
}

impl State {
    fn reset(scale: (u128, u128)) -> State {
        State { sr: SR_TC | SR_TXE, scale, ..State::default() }
    }

    fn is_on(&self, bit: u32) -> bool {
        self.cr1 & (CR1_UE | bit) == (CR1_UE | bit)
    }

    /// Half bits of a frame: the start bit, the word, and CR2's stop bits.
    fn half_bits(&self) -> u128 {
        let word = if self.cr1 & CR1_M == 0 { 8 } else { 9 };
        let stop = [2, 1, 4, 3][(self.cr2 >> 12 & 3) as usize];
        2 * (1 + word) + stop
    }

    /// Cycles of the core that a frame takes at the rate that is set. With 8 or with 16 samples a bit, a bit is as many
    /// cycles of the uart's clock as BRR says, which then has three or four bits of fraction.
    fn frame(&self) -> u64 {
        let over_8 = self.cr1 >> 15 & 1 == 1;
        let bit = if over_8 { (self.brr >> 4) * 8 + (self.brr & 7) } else { self.brr };
        let (cycles, of) = self.scale;
        (self.half_bits() * u128::from(bit) * cycles / (2 * of)) as u64
    }

    fn begin(&mut self, byte: u8, now: u64) {
        self.shifting = Some((byte, now + self.frame()));
        self.sr &= !SR_TC;
        self.sr |= SR_TXE;
    }

    fn wants_interrupt(&self) -> bool {
        let Self { sr, cr1, cr3, .. } = self;
        let pairs =
            [(SR_TXE, CR1_TXEIE), (SR_TC, CR1_TCIE), (SR_RXNE | SR_ORE, CR1_RXNEIE), (SR_IDLE, CR1_IDLEIE)];
        let errors = sr & (SR_ERRORS & !1) != 0 && cr3 & CR3_EIE != 0 && cr3 & CR3_DMAR != 0;
        cr1 & CR1_UE != 0
            && (errors || pairs.iter().any(|(flag, enable)| sr & flag != 0 && cr1 & enable != 0))
    }
}

impl Uart {
    pub(crate) fn new(clock: Arc<Clock>) -> Arc<Uart> {
        Arc::new(Uart { state: Mutex::new(State::reset((1, 1))), clock, interrupt: Mutex::new(None) })
    }

    pub(crate) fn connect(&self, interrupt: WireSource) {
        *self.interrupt.lock().unwrap_or_else(PoisonError::into_inner) = Some(interrupt);
    }

    pub(crate) fn registers(self: &Arc<Uart>) -> RegionRef {
        Arc::new(Region::io("usart", REGISTERS, Arc::clone(self) as Arc<dyn MemOps>))
    }

    /// Back to what it is after a reset.
    pub(crate) fn reset(&self) {
        let mut state = self.state();
        *state = State::reset(state.scale);
        drop(state);
        self.refresh();
    }

    /// So many cycles of the core are a cycle of its clock, as a fraction.
    pub(crate) fn rate(&self, cycles: u128, of: u128) {
        self.state().scale = (cycles, of);
    }

    /// The cycle of what it does next by itself.
    pub(crate) fn next(&self) -> Option<u64> {
        let state = self.state();
        let end = state.shifting.map(|(_, end)| end);
        end.into_iter().chain(state.still_at).min()
    }

    /// Does what is due by a cycle, and gives the byte whose frame has left.
    pub(crate) fn catch_up(&self, now: u64) -> Option<(u64, u8)> {
        let mut state = self.state();
        if state.still_at.is_some_and(|at| at <= now) {
            state.still_at = None;
            state.sr |= SR_IDLE;
        }
        let sent = state.shifting.filter(|(_, end)| *end <= now);
        if let Some((_, end)) = sent {
            state.shifting = None;
            match state.held.take() {
                Some(next) => state.begin(next, end),
                None => state.sr |= SR_TC,
            }
        }
        drop(state);
        self.refresh();
        sent.map(|(byte, end)| (end, byte))
    }

    /// Cycles of the core that a frame takes: at a rate of somebody else's, or at its own.
    pub(crate) fn frame(&self, bit: Option<u128>) -> u64 {
        let state = self.state();
        match bit {
            Some(cycles) => (state.half_bits() * cycles / 2) as u64,
            None => state.frame(),
        }
    }

    /// A frame has come in whole.
    pub(crate) fn receive(&self, byte: u8, is_broken: bool, frame: u64, now: u64) -> Outcome {
        let mut state = self.state();
        if !state.is_on(CR1_RE) {
            return Outcome::Lost("receiver is off");
        }
        // The sampling point of the last bit must not be off by more than half a bit.
        let own = state.frame();
        let off = own.abs_diff(frame);
        if own == 0 || u128::from(off) * state.half_bits() > u128::from(own) {
            state.sr |= SR_FE;
        }
        let outcome = if state.sr & SR_RXNE != 0 {
            state.sr |= SR_ORE;
            Outcome::Lost("overrun")
        } else {
            state.received = byte;
            state.sr |= SR_RXNE | if is_broken { SR_FE } else { 0 };
            Outcome::Received
        };
        state.still_at = Some(now + own.max(1));
        drop(state);
        self.refresh();
        outcome
    }

    /// A frame has begun to come in: the line is not still.
    pub(crate) fn start_bit(&self) {
        self.state().still_at = None;
    }

    pub(crate) fn requests(&self) -> Requests {
        let state = self.state();
        Requests {
            transmit: state.is_on(CR1_TE) && state.cr3 & CR3_DMAT != 0 && state.sr & SR_TXE != 0,
            receive: state.is_on(CR1_RE) && state.cr3 & CR3_DMAR != 0 && state.sr & SR_RXNE != 0,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn refresh(&self) {
        let level = Level::from_bool(self.state().wants_interrupt());
        let interrupt = self.interrupt.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(interrupt) = interrupt {
            interrupt.set(level);
        }
    }

    fn read_register(&self, register: u64, is_debugger: bool) -> u32 {
        let mut state = self.state();
        match register {
            0x00 => {
                state.sr_read |= !is_debugger;
                state.sr
            }
            0x04 if is_debugger => state.received.into(),
            0x04 => {
                state.sr &= !SR_RXNE;
                if std::mem::take(&mut state.sr_read) {
                    state.sr &= !(SR_ERRORS | SR_IDLE);
                }
                state.received.into()
            }
            0x08 => state.brr,
            0x0c => state.cr1,
            0x10 => state.cr2,
            0x14 => state.cr3,
            0x18 => state.gtpr,
            _ => 0,
        }
    }

    fn write_register(&self, register: u64, value: u32) {
        let mut state = self.state();
        match register {
            // Only these two are cleared by writing 0.
            0x00 => state.sr &= value | !(SR_TC | SR_RXNE),
            0x04 => {
                state.sr_read = false;
                if state.is_on(CR1_TE) {
                    let byte = value as u8;
                    if state.shifting.is_none() {
                        state.begin(byte, self.clock.now());
                    } else {
                        state.held = Some(byte);
                        state.sr &= !(SR_TXE | SR_TC);
                    }
                }
            }
            0x08 => state.brr = value & 0xffff,
            0x0c => state.cr1 = value,
            0x10 => state.cr2 = value,
            0x14 => state.cr3 = value,
            0x18 => state.gtpr = value & 0xffff,
            _ => {}
        }
    }
}

impl MemOps for Uart {
    fn read(&self, offset: u64, bytes: &mut [u8], attributes: MemAttrs) -> MemResult {
        let word = self.read_register(offset & !3, attributes.debug).to_le_bytes();
        let start = (offset & 3) as usize;
        for (place, byte) in bytes.iter_mut().zip(&word[start..]) {
            *place = *byte;
        }
        if !attributes.debug {
            self.clock.stir();
            self.refresh();
        }
        Ok(())
    }

    fn write(&self, offset: u64, bytes: &[u8], attributes: MemAttrs) -> MemResult {
        if attributes.debug {
            return Ok(());
        }
        let mut word = [0; 4];
        let start = (offset & 3) as usize;
        for (place, byte) in word[start..].iter_mut().zip(bytes) {
            *place = *byte;
        }
        self.write_register(offset & !3, u32::from_le_bytes(word));
        self.clock.stir();
        self.refresh();
        Ok(())
    }

    fn constraints(&self) -> AccessConstraints {
        AccessConstraints::IO
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SR: u64 = 0x00;
    const DR: u64 = 0x04;

    /// 115200 baud from 42 MHz, with the core four times as fast.
    fn uart() -> Arc<Uart> {
        let uart = Uart::new(Arc::default());
        uart.rate(4, 1);
        uart.write_register(0x08, 365);
        uart.write_register(0x0c, CR1_UE | CR1_TE | CR1_RE);
        uart
    }

    const FRAME: u64 = 10 * 365 * 4;

    #[test]
    fn a_frame_takes_its_time_and_one_byte_waits_behind_it() {
        let uart = uart();
        uart.write_register(DR, u32::from(b'a'));
        assert_eq!(uart.read_register(SR, false) & (SR_TXE | SR_TC), SR_TXE);
        uart.write_register(DR, b'b'.into());
        assert_eq!(uart.read_register(SR, false) & (SR_TXE | SR_TC), 0);
        assert_eq!((uart.next(), uart.catch_up(FRAME - 1)), (Some(FRAME), None));
        assert_eq!(uart.catch_up(FRAME), Some((FRAME, b'a')));
        assert_eq!(uart.read_register(SR, false) & (SR_TXE | SR_TC), SR_TXE);
        assert_eq!(uart.catch_up(2 * FRAME), Some((2 * FRAME, b'b')));
        assert_eq!(uart.read_register(SR, false) & (SR_TXE | SR_TC), SR_TXE | SR_TC);
    }

    #[test]
    fn a_second_byte_before_the_first_was_read_is_an_overrun_which_two_reads_clear() {
        let uart = uart();
        assert_eq!(uart.receive(b'a', false, FRAME, 10), Outcome::Received);
        assert_eq!(uart.receive(b'b', false, FRAME, 20), Outcome::Lost("overrun"));
        assert_eq!(uart.read_register(SR, false) & (SR_RXNE | SR_ORE), SR_RXNE | SR_ORE);
        assert_eq!(uart.read_register(DR, false), u32::from(b'a'));
        assert_eq!(uart.read_register(SR, false) & (SR_RXNE | SR_ORE), 0);
    }

    #[test]
    fn a_line_that_is_still_for_a_frame_is_idle_once() {
        let uart = uart();
        uart.receive(b'a', false, FRAME, 100);
        assert_eq!(uart.next(), Some(100 + FRAME));
        uart.start_bit();
        assert_eq!(uart.next(), None);
        uart.read_register(DR, false);
        uart.receive(b'b', false, FRAME, 200);
        uart.catch_up(200 + FRAME);
        assert_eq!((uart.read_register(SR, false) & SR_IDLE, uart.next()), (SR_IDLE, None));
    }

    #[test]
    fn a_broken_frame_and_one_at_another_rate_are_framing_errors() {
        for (is_broken, frame, expected) in [
            (false, FRAME, 0),
            (true, FRAME, SR_FE),
            (false, FRAME / 2, SR_FE),
            (false, FRAME + FRAME / 100, 0),
        ] {
            let uart = uart();
            uart.receive(b'a', is_broken, frame, 0);
            assert_eq!(uart.read_register(SR, false) & SR_FE, expected, "{is_broken} {frame}");
        }
    }

    #[test]
    fn what_is_off_neither_receives_nor_sends() {
        let uart = Uart::new(Arc::default());
        assert_eq!(uart.receive(b'a', false, 1, 0), Outcome::Lost("receiver is off"));
        uart.write_register(DR, u32::from(b'a'));
        assert_eq!(uart.next(), None);
    }

    #[test]
    fn dma_is_asked_for_as_long_as_there_is_room_or_a_byte() {
        let uart = uart();
        uart.write_register(0x14, CR3_DMAT | CR3_DMAR);
        assert_eq!(uart.requests(), Requests { transmit: true, receive: false });
        uart.write_register(DR, 1);
        uart.write_register(DR, 2);
        uart.receive(3, false, FRAME, 0);
        assert_eq!(uart.requests(), Requests { transmit: false, receive: true });
    }
}
