//! MCP23017: sixteen pins in two ports, behind registers that can stand in two orders.
//!
//! Microchip DS20001952C, section 3 (registers), 3.2.1 (byte and sequential mode), 3.6 (interrupt logic). Modelled: all
//! registers, both orders (`BANK`), both ways of the pointer (`SEQOP`), change interrupts as far as registers show them.
//! Not modelled: the interrupt pins.

use fwc_parts::{Acknowledge, Direction, Exposure, I2cPart, Nanos, Part, Quantity, SetError};

/// What the world does to a pin: 1 lets it go high (nothing pulls it down), 0 pulls it to ground.
const fn pin(name: &'static str) -> Quantity {
    Quantity { name, unit: "", least: 0.0, most: 1.0, initial: 1.0 }
}

const QUANTITIES: &[Quantity] = &[
    pin("a0"),
    pin("a1"),
    pin("a2"),
    pin("a3"),
    pin("a4"),
    pin("a5"),
    pin("a6"),
    pin("a7"),
    pin("b0"),
    pin("b1"),
    pin("b2"),
    pin("b3"),
    pin("b4"),
    pin("b5"),
    pin("b6"),
    pin("b7"),
];

// Table 3-1: the registers of a port, in their order.
const DIRECTION: usize = 0x0;
const POLARITY: usize = 0x1;
const INTERRUPT_ENABLE: usize = 0x2;
const DEFAULT_VALUE: usize = 0x3;
const INTERRUPT_CONTROL: usize = 0x4;
const CONFIG: usize = 0x5;
const INTERRUPT_FLAG: usize = 0x7;
const INTERRUPT_CAPTURE: usize = 0x8;
const GPIO: usize = 0x9;
const LATCH: usize = 0xA;
const REGISTERS: usize = 0xB;

// Register 3-6, IOCON: one register that both ports show.
const BANK: u8 = 1 << 7;
const SEQUENTIAL_OFF: u8 = 1 << 5;
const CONFIG_WRITABLE: u8 = 0xFE;

/// A simulated MCP23017.
pub(crate) struct Model {
    exposure: Exposure,
    ports: [[u8; REGISTERS]; 2],
    config: u8,
    pointer: u8,
    addressing: bool,
}

impl Default for Model {
    /// A part whose supply has just come up: all pins are inputs.
    fn default() -> Self {
        let mut part = Self {
            exposure: Exposure::new(QUANTITIES),
            ports: [[0; REGISTERS]; 2],
            config: 0,
            pointer: 0,
            addressing: true,
        };
        part.power_up(Nanos(0));
        part
    }
}

impl Model {
    /// The levels on the pins of a port: of an output what it drives, of an input what the world does.
    fn levels(&self, port: usize) -> u8 {
        let world =
            (0..8).fold(0, |bits, pin| bits | u8::from(self.exposure.value(8 * port + pin) >= 0.5) << pin);
        let direction = self.ports[port][DIRECTION];
        world & direction | self.ports[port][LATCH] & !direction
    }

    /// Section 1.8: an input's level may be shown inverted.
    fn gpio(&self, port: usize) -> u8 {
        self.levels(port) ^ (self.ports[port][POLARITY] & self.ports[port][DIRECTION])
    }

    /// Which port and register an address leads to: in turns, or with `BANK` one port after the other.
    fn decode(&self, address: u8) -> Option<(usize, usize)> {
        let (port, register) = if self.config & BANK == 0 {
            (address & 1, address >> 1)
        } else {
            (address >> 4 & 1, address & 0x0F)
        };
        (usize::from(register) < REGISTERS).then_some((usize::from(port), usize::from(register)))
    }

    fn advance(&mut self) {
        self.pointer = match (self.config & SEQUENTIAL_OFF != 0, self.config & BANK != 0) {
            // Section 3.2.1: in byte mode the pointer stays, or goes to and fro between the ports.
            (true, true) => self.pointer,
            (true, false) => self.pointer ^ 1,
            (false, true) => match self.pointer {
                0x0A => 0x10,
                0x1A.. => 0x00,
                pointer => pointer + 1,
            },
            (false, false) => (self.pointer + 1) % (2 * REGISTERS as u8),
        };
    }

    fn write_register(&mut self, port: usize, register: usize, value: u8) {
        let before = [self.levels(0), self.levels(1)];
        match register {
            CONFIG => self.config = value & CONFIG_WRITABLE,
            INTERRUPT_FLAG | INTERRUPT_CAPTURE => {}
            // Writing to the port writes to its latch.
            GPIO => self.ports[port][LATCH] = value,
            _ => self.ports[port][register] = value,
        }
        self.interrupts(before);
    }

    fn read_register(&mut self, port: usize, register: usize) -> u8 {
        let value = match register {
            CONFIG => self.config,
            GPIO => self.gpio(port),
            _ => self.ports[port][register],
        };
        if matches!(register, GPIO | INTERRUPT_CAPTURE) {
            // Section 3.6.5: reading either clears the interrupt, which comes again where the condition stands.
            self.ports[port][INTERRUPT_FLAG] = 0;
            self.interrupts([self.levels(0), self.levels(1)]);
        }
        value
    }

    /// Section 3.6: an enabled pin that changes, or that differs from its default value, raises its flag; the port's
    /// levels at the first of them are kept until they are read.
    fn interrupts(&mut self, before: [u8; 2]) {
        for (port, before) in before.into_iter().enumerate() {
            let levels = self.levels(port);
            let registers = &self.ports[port];
            let compared = registers[INTERRUPT_CONTROL];
            let differs = (levels ^ registers[DEFAULT_VALUE]) & compared | (levels ^ before) & !compared;
            let raised = differs & registers[INTERRUPT_ENABLE] & registers[DIRECTION];
            if raised != 0 {
                if registers[INTERRUPT_FLAG] == 0 {
                    self.ports[port][INTERRUPT_CAPTURE] = self.gpio(port);
                }
                self.ports[port][INTERRUPT_FLAG] |= raised;
            }
        }
    }
}

impl Part for Model {
    fn quantities(&self) -> &'static [Quantity] {
        QUANTITIES
    }

    fn set(&mut self, quantity: &str, value: f64, _now: Nanos) -> Result<(), SetError> {
        let before = [self.levels(0), self.levels(1)];
        self.exposure.set(quantity, value)?;
        self.interrupts(before);
        Ok(())
    }

    /// The pins' levels from 0 to 7, `-` for an input.
    fn shows(&self) -> Vec<String> {
        let port = |port: usize| -> String {
            let level =
                |pin: usize| match (self.ports[port][DIRECTION] >> pin & 1, self.levels(port) >> pin & 1) {
                    (1, _) => '-',
                    (_, 1) => '1',
                    _ => '0',
                };
            (0..8).map(level).collect()
        };
        vec![format!("a: {}", port(0)), format!("b: {}", port(1))]
    }

    fn face(&self) -> Option<u64> {
        let bytes = [self.levels(0), self.levels(1), self.ports[0][DIRECTION], self.ports[1][DIRECTION]];
        Some(u32::from_le_bytes(bytes).into())
    }

    /// Table 3-3: all registers are 0 but the directions.
    fn power_up(&mut self, _now: Nanos) {
        self.ports = [[0; REGISTERS]; 2];
        self.ports[0][DIRECTION] = 0xFF;
        self.ports[1][DIRECTION] = 0xFF;
        self.config = 0;
        self.pointer = 0;
    }
}

impl I2cPart for Model {
    fn start(&mut self, _direction: Direction, _now: Nanos) -> Acknowledge {
        self.addressing = true;
        Acknowledge::Ack
    }

    fn write(&mut self, byte: u8, _now: Nanos) -> Acknowledge {
        if self.addressing {
            self.addressing = false;
            self.pointer = byte;
        } else {
            if let Some((port, register)) = self.decode(self.pointer) {
                self.write_register(port, register, byte);
            }
            self.advance();
        }
        Acknowledge::Ack
    }

    fn read(&mut self, _now: Nanos) -> u8 {
        let byte = self.decode(self.pointer).map_or(0, |(port, register)| self.read_register(port, register));
        self.advance();
        byte
    }

    fn stop(&mut self, _now: Nanos) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Nanos = Nanos(0);

    fn write(part: &mut Model, bytes: &[u8]) {
        part.start(Direction::Write, NOW);
        for byte in bytes {
            part.write(*byte, NOW);
        }
        part.stop(NOW);
    }

    fn read<const N: usize>(part: &mut Model, address: u8) -> [u8; N] {
        write(part, &[address]);
        part.start(Direction::Read, NOW);
        let bytes = std::array::from_fn(|_| part.read(NOW));
        part.stop(NOW);
        bytes
    }

    #[test]
    fn outputs_show_their_latch_and_inputs_the_world() {
        let mut part = Model::default();
        write(&mut part, &[0x00, 0x0F, 0xFF]);
        write(&mut part, &[0x12, 0xA5]);
        part.set("a0", 0.0, NOW).unwrap();
        part.set("b7", 0.0, NOW).unwrap();
        assert_eq!(read::<2>(&mut part, 0x12), [0xAE, 0x7F]);
        assert_eq!(part.shows(), ["a: ----0101", "b: --------"]);
    }

    #[test]
    fn the_pointer_wraps_after_the_last_register() {
        let mut part = Model::default();
        write(&mut part, &[0x14, 0x11, 0x22, 0xFE]);
        assert_eq!(read::<3>(&mut part, 0x14), [0x11, 0x22, 0xFE]);
    }

    #[test]
    fn the_other_order_and_byte_mode() {
        let mut part = Model::default();
        write(&mut part, &[0x0A, BANK | SEQUENTIAL_OFF]);
        write(&mut part, &[0x10, 0x55, 0xAA]);
        assert_eq!(read::<2>(&mut part, 0x10), [0xAA, 0xAA]);
        assert_eq!(read::<1>(&mut part, 0x00), [0xFF]);
    }

    #[test]
    fn a_change_is_captured_until_it_is_read() {
        let mut part = Model::default();
        write(&mut part, &[0x04, 0x01]);
        part.set("a0", 0.0, NOW).unwrap();
        part.set("a0", 1.0, NOW).unwrap();
        assert_eq!(read::<1>(&mut part, 0x0E), [0x01]);
        assert_eq!(read::<1>(&mut part, 0x10), [0xFE]);
        assert_eq!(read::<1>(&mut part, 0x0E), [0x00]);
    }

    #[test]
    fn a_level_that_differs_from_its_default_comes_again() {
        let mut part = Model::default();
        write(&mut part, &[0x06, 0x01, 0, 0x01]);
        write(&mut part, &[0x04, 0x01]);
        part.set("a0", 0.0, NOW).unwrap();
        assert_eq!(read::<1>(&mut part, 0x10), [0xFE]);
        assert_eq!(read::<1>(&mut part, 0x0E), [0x01]);
    }
}
