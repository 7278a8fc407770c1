//! AT24C: bytes that stay, written a page at a time.
//!
//! Microchip (Atmel) datasheets of AT24C01D/02D, 32E/64D, 128C/256C, 512C: addressing, page write, acknowledge polling,
//! sequential read. A write takes the 5 ms that all of them allow at most. Not modelled: the write protect pin.

use fwc_parts::{Acknowledge, Direction, I2cPart, Nanos, Part, Quantity, SetError};

/// "Self-timed write cycle, 5 ms max."
const WRITE_CYCLE: Nanos = Nanos::from_millis(5);

/// Bytes that `shows` puts in a line.
const LINE: usize = 16;

/// A simulated AT24C.
pub(crate) struct Model {
    memory: Vec<u8>,
    page: usize,
    address: usize,
    /// The bytes of the memory's address that came so far.
    address_bytes: usize,
    /// What a page write has brought, and where; it is written at the stop.
    pending: Vec<(usize, u8)>,
    busy_until: Nanos,
}

impl Model {
    /// An erased memory with so many bytes.
    pub(crate) fn new(bytes: usize) -> Self {
        let page = match bytes {
            0..=256 => 8,
            257..=8_192 => 32,
            8_193..=32_768 => 64,
            _ => 128,
        };
        Self {
            memory: vec![0xFF; bytes],
            page,
            address: 0,
            address_bytes: 0,
            pending: Vec::new(),
            busy_until: Nanos(0),
        }
    }

    /// A memory beyond 256 bytes has an address of two.
    fn address_length(&self) -> usize {
        if self.memory.len() > 256 { 2 } else { 1 }
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
                format!("{:04X}: {}", number * LINE, bytes.join(" "))
            })
            .collect()
    }

    fn power_up(&mut self, now: Nanos) {
        self.address = 0;
        self.busy_until = now;
    }
}

impl I2cPart for Model {
    /// While it writes, the part does not answer: "acknowledge polling".
    fn start(&mut self, direction: Direction, now: Nanos) -> Acknowledge {
        if now < self.busy_until {
            return Acknowledge::Nack;
        }
        if direction == Direction::Write {
            self.address_bytes = 0;
        }
        // A page write that a repeated start interrupts is none.
        self.pending.clear();
        Acknowledge::Ack
    }

    fn write(&mut self, byte: u8, _now: Nanos) -> Acknowledge {
        if self.address_bytes < self.address_length() {
            let before = if self.address_bytes == 0 { 0 } else { self.address << 8 };
            self.address = (before | usize::from(byte)) % self.memory.len();
            self.address_bytes += 1;
        } else {
            self.pending.push((self.address, byte));
            // "The upper bits are not incremented, retaining the memory page row location."
            self.address = self.address / self.page * self.page + (self.address + 1) % self.page;
        }
        Acknowledge::Ack
    }

    /// "The data word address rolls over from the last byte of the last page to the first byte of the first."
    fn read(&mut self, _now: Nanos) -> u8 {
        let byte = self.memory[self.address];
        self.address = (self.address + 1) % self.memory.len();
        byte
    }

    fn stop(&mut self, now: Nanos) {
        if !self.pending.is_empty() {
            self.busy_until = now + WRITE_CYCLE;
        }
        for (address, byte) in self.pending.drain(..) {
            self.memory[address] = byte;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(model: &mut Model, bytes: &[u8], now: Nanos) -> Acknowledge {
        if model.start(Direction::Write, now) == Acknowledge::Nack {
            return Acknowledge::Nack;
        }
        for byte in bytes {
            model.write(*byte, now);
        }
        model.stop(now);
        Acknowledge::Ack
    }

    #[test]
    fn a_page_wraps_and_a_read_does_not() {
        let mut model = Model::new(32_768);
        write(&mut model, &[0x00, 0x3F, 1, 2], Nanos(0));
        assert_eq!((model.memory[0x3F], model.memory[0x00], model.memory[0x40]), (1, 2, 0xFF));
        write(&mut model, &[0x00, 0x3F], Nanos::from_millis(5));
        model.start(Direction::Read, Nanos::from_millis(5));
        assert_eq!([model.read(Nanos(0)), model.read(Nanos(0))], [1, 0xFF]);
    }

    #[test]
    fn it_does_not_answer_while_it_writes() {
        let mut model = Model::new(256);
        assert_eq!(write(&mut model, &[0x10, 0xAB], Nanos(0)), Acknowledge::Ack);
        assert_eq!(write(&mut model, &[0x10], Nanos::from_micros(4_999)), Acknowledge::Nack);
        assert_eq!(write(&mut model, &[0x10], Nanos::from_millis(5)), Acknowledge::Ack);
        model.power_up(Nanos::from_secs(1));
        assert_eq!(model.shows(), ["0010: AB FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF"]);
    }
}
