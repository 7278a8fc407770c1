//! W25Q: NOR flash behind commands.
//!
//! Winbond W25Q32JV datasheet, revision G, and W25Q128JV, revision F: identity, status register 1, reading, page program that
//! only clears bits and wraps in its page, erases by sector, block and chip, power-down. An operation takes as long as section
//! 9.6 allows at most, and until then the part answers its status alone. Not modelled: the protection bits, the second and
//! third status register, dual and quad modes, suspending.

use fwc_parts::{Nanos, Part, Quantity, SetError, SpiPart};

const PAGE: usize = 256;
const SECTOR: usize = 4_096;
const HALF_BLOCK: usize = 32_768;
const BLOCK: usize = 65_536;

// Section 9.6.
const PROGRAM_TIME: Nanos = Nanos::from_millis(3);
const SECTOR_TIME: Nanos = Nanos::from_millis(400);
const HALF_BLOCK_TIME: Nanos = Nanos::from_millis(1_600);
const BLOCK_TIME: Nanos = Nanos::from_secs(2);
const CHIP_TIME: Nanos = Nanos::from_secs(50);

// Section 8.1.2.
const PROGRAM_PAGE: u8 = 0x02;
const READ: u8 = 0x03;
const WRITE_DISABLE: u8 = 0x04;
const READ_STATUS: u8 = 0x05;
const WRITE_ENABLE: u8 = 0x06;
const FAST_READ: u8 = 0x0B;
const ERASE_SECTOR: u8 = 0x20;
const ERASE_HALF_BLOCK: u8 = 0x52;
const ERASE_BLOCK: u8 = 0xD8;
const ERASE_CHIP: u8 = 0xC7;
const ERASE_CHIP_TOO: u8 = 0x60;
const JEDEC_ID: u8 = 0x9F;
const RELEASE_POWER_DOWN: u8 = 0xAB;
const POWER_DOWN: u8 = 0xB9;

/// The address follows the command.
const ADDRESS_BYTES: usize = 3;

/// Bytes that `shows` puts in a line.
const LINE: usize = 16;

/// A simulated W25Q.
pub(crate) struct Model {
    memory: Vec<u8>,
    is_write_enabled: bool,
    is_asleep: bool,
    busy_until: Nanos,
    /// What came since the chip was selected: the command, its address, and of a page program its data.
    received: Vec<u8>,
    /// How many bytes were exchanged since then.
    exchanged: usize,
}

impl Model {
    /// An erased memory with so many bytes.
    pub(crate) fn new(bytes: usize) -> Self {
        Self {
            memory: vec![0xFF; bytes],
            is_write_enabled: false,
            is_asleep: false,
            busy_until: Nanos(0),
            received: Vec::new(),
            exchanged: 0,
        }
    }

    /// The address that was sent, within the memory: upper bits beyond its size do not count.
    fn address(&self) -> usize {
        let bytes = self.received[1..=ADDRESS_BYTES].iter();
        bytes.fold(0, |address, byte| address << 8 | usize::from(*byte)) % self.memory.len()
    }

    fn status(&self, now: Nanos) -> u8 {
        u8::from(now < self.busy_until) | u8::from(self.is_write_enabled) << 1
    }

    /// Whether a command is taken at all: section 8.2.1 and 8.2.22.
    fn takes(&self, command: u8, now: Nanos) -> bool {
        if self.is_asleep {
            return command == RELEASE_POWER_DOWN;
        }
        command == READ_STATUS || now >= self.busy_until
    }

    /// What the part sends in this place after a command; nothing where it leaves the line alone.
    fn answer(&self, command: u8, place: usize, now: Nanos) -> Option<u8> {
        let capacity = self.memory.len().trailing_zeros() as u8;
        match (command, place) {
            (READ_STATUS, _) => Some(self.status(now)),
            // Section 8.1.1.
            (JEDEC_ID, _) => Some([0xEF, 0x40, capacity][(place - 1) % 3]),
            (RELEASE_POWER_DOWN, 4..) => Some(capacity - 1),
            (READ, 4..) => Some(self.memory[(self.address() + place - 4) % self.memory.len()]),
            (FAST_READ, 5..) => Some(self.memory[(self.address() + place - 5) % self.memory.len()]),
            _ => None,
        }
    }

    /// Section 8.2.15: the last bytes of a page count, each in its place of the page, and bits are only cleared.
    fn program(&mut self) {
        let start = self.address();
        let page = start / PAGE * PAGE;
        let data = self.received.split_off(1 + ADDRESS_BYTES);
        let first = data.len().saturating_sub(PAGE);
        for (place, byte) in data.iter().enumerate().skip(first) {
            self.memory[page + (start + place) % PAGE] &= byte;
        }
    }

    fn erase(&mut self, length: usize) {
        let first = self.address() / length * length;
        self.memory[first..first + length].fill(0xFF);
    }
}

impl Part for Model {
    fn quantities(&self) -> &'static [Quantity] {
        &[]
    }

    fn set(&mut self, _quantity: &str, _value: f64, _now: Nanos) -> Result<(), SetError> {
        Err(SetError::Unknown)
    }

    /// The lines of 16 bytes in which something was written.
    fn shows(&self) -> Vec<String> {
        let lines =
            self.memory.chunks(LINE).enumerate().filter(|(_, line)| line.iter().any(|byte| *byte != 0xFF));
        lines
            .map(|(number, line)| {
                let bytes: Vec<String> = line.iter().map(|byte| format!("{byte:02X}")).collect();
                format!("{:06X}: {}", number * LINE, bytes.join(" "))
            })
            .collect()
    }

    fn power_up(&mut self, now: Nanos) {
        self.is_write_enabled = false;
        self.is_asleep = false;
        self.busy_until = now;
        self.received.clear();
    }
}

impl SpiPart for Model {
    fn select(&mut self, _now: Nanos) {
        self.received.clear();
        self.exchanged = 0;
    }

    fn transfer(&mut self, byte: u8, now: Nanos) -> u8 {
        let place = self.exchanged;
        self.exchanged += 1;
        if place <= ADDRESS_BYTES || self.received[0] == PROGRAM_PAGE {
            self.received.push(byte);
        }
        let command = self.received[0];
        let answer =
            if place > 0 && self.takes(command, now) { self.answer(command, place, now) } else { None };
        // A line that nobody drives.
        answer.unwrap_or(0xFF)
    }

    /// Commands that change something are done when the chip is no longer selected.
    fn deselect(&mut self, now: Nanos) {
        let Some(&command) = self.received.first() else { return };
        if !self.takes(command, now) {
            return;
        }
        let has_address = self.received.len() > ADDRESS_BYTES;
        let time = match command {
            WRITE_ENABLE => {
                self.is_write_enabled = true;
                return;
            }
            WRITE_DISABLE => {
                self.is_write_enabled = false;
                return;
            }
            POWER_DOWN => {
                self.is_asleep = true;
                return;
            }
            RELEASE_POWER_DOWN => {
                self.is_asleep = false;
                return;
            }
            // Section 8.2.15: without a byte of data it is not carried out.
            PROGRAM_PAGE if self.is_write_enabled && self.received.len() > 1 + ADDRESS_BYTES => {
                self.program();
                PROGRAM_TIME
            }
            ERASE_SECTOR if self.is_write_enabled && has_address => {
                self.erase(SECTOR);
                SECTOR_TIME
            }
            ERASE_HALF_BLOCK if self.is_write_enabled && has_address => {
                self.erase(HALF_BLOCK);
                HALF_BLOCK_TIME
            }
            ERASE_BLOCK if self.is_write_enabled && has_address => {
                self.erase(BLOCK);
                BLOCK_TIME
            }
            ERASE_CHIP | ERASE_CHIP_TOO if self.is_write_enabled => {
                self.memory.fill(0xFF);
                CHIP_TIME
            }
            _ => return,
        };
        self.is_write_enabled = false;
        self.busy_until = now + time;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(part: &mut Model, bytes: &[u8], now: Nanos) -> Vec<u8> {
        part.select(now);
        let answers = bytes.iter().map(|byte| part.transfer(*byte, now)).collect();
        part.deselect(now);
        answers
    }

    #[test]
    fn bits_are_only_cleared_until_the_sector_is_erased() {
        let mut part = Model::new(524_288);
        exchange(&mut part, &[PROGRAM_PAGE, 0, 0x10, 0, 0x00], Nanos(0));
        assert_eq!(part.shows(), [""; 0], "not without a write enable");
        exchange(&mut part, &[WRITE_ENABLE], Nanos(0));
        exchange(&mut part, &[PROGRAM_PAGE, 0, 0x10, 0, 0xF0, 0x55], Nanos(0));
        exchange(&mut part, &[WRITE_ENABLE], Nanos::from_secs(1));
        exchange(&mut part, &[PROGRAM_PAGE, 0, 0x10, 0, 0xCC], Nanos::from_secs(1));
        let read = exchange(&mut part, &[READ, 0, 0x10, 0, 0, 0, 0], Nanos::from_secs(2));
        assert_eq!(read[4..], [0xC0, 0x55, 0xFF]);
        exchange(&mut part, &[WRITE_ENABLE], Nanos::from_secs(2));
        exchange(&mut part, &[ERASE_SECTOR, 0, 0x1F, 0xFF], Nanos::from_secs(2));
        assert_eq!(part.shows(), [""; 0]);
    }

    #[test]
    fn a_program_goes_round_in_its_page() {
        let mut part = Model::new(524_288);
        exchange(&mut part, &[WRITE_ENABLE], Nanos(0));
        exchange(&mut part, &[PROGRAM_PAGE, 0, 0, 0xFF, 1, 2], Nanos(0));
        assert_eq!((part.memory[0xFF], part.memory[0x00], part.memory[0x100]), (1, 2, 0xFF));
    }

    #[test]
    fn while_it_is_busy_only_its_status_is_answered() {
        let mut part = Model::new(524_288);
        exchange(&mut part, &[WRITE_ENABLE], Nanos(0));
        assert_eq!(exchange(&mut part, &[READ_STATUS, 0], Nanos(0)), [0xFF, 0x02]);
        exchange(&mut part, &[ERASE_SECTOR, 0, 0, 0], Nanos(0));
        assert_eq!(exchange(&mut part, &[READ_STATUS, 0, 0], Nanos(0))[1..], [0x01, 0x01]);
        assert_eq!(exchange(&mut part, &[JEDEC_ID, 0, 0, 0], Nanos(0))[1..], [0xFF; 3]);
        assert_eq!(exchange(&mut part, &[JEDEC_ID, 0, 0, 0], SECTOR_TIME)[1..], [0xEF, 0x40, 19]);
    }

    #[test]
    fn asleep_it_only_wakes_up() {
        let mut part = Model::new(1 << 24);
        exchange(&mut part, &[POWER_DOWN], Nanos(0));
        assert_eq!(exchange(&mut part, &[READ_STATUS, 0], Nanos(0))[1], 0xFF);
        assert_eq!(exchange(&mut part, &[RELEASE_POWER_DOWN, 0, 0, 0, 0], Nanos(0))[4], 0x17);
        assert_eq!(exchange(&mut part, &[JEDEC_ID, 0, 0, 0], Nanos(0))[1..], [0xEF, 0x40, 24]);
    }
}
