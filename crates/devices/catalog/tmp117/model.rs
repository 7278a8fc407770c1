//! The registers of a TMP117 (datasheet SNOSD82): configuration, conversions that take their time, limits, user memory.

use fwc_parts::{Acknowledge, Direction, Exposure, I2cPart, Nanos, Part, Quantity, SetError};

static QUANTITIES: &[Quantity] =
    &[Quantity { name: "celsius", unit: "°C", least: -55.0, most: 150.0, initial: 25.0 }];

/// Section 7.6.1: degrees Celsius of the least significant bit.
const STEP: f64 = 0.0078125;

// Register addresses, table 7-3.
const TEMPERATURE: u8 = 0x00;
const CONFIGURATION: u8 = 0x01;
const OFFSET: u8 = 0x07;
const DEVICE_ID: u8 = 0x0F;

// Bits of the configuration, table 7-6.
const DATA_READY: u16 = 1 << 13;
const MODE: u16 = 0b11 << 10;
const SHUTDOWN: u16 = 0b01 << 10;
const ONE_SHOT: u16 = 0b11 << 10;
const RESET: u16 = 1 << 1;
/// The bits that a write changes.
const WRITABLE: u16 = 0x0FFC;

/// One conversion (section 6.5).
const CONVERSION: Nanos = Nanos::from_micros(15_500);

/// The part.
pub(crate) struct Model {
    exposure: Exposure,
    /// By address, as the datasheet's table 7-3 resets them.
    registers: [u16; 16],
    pointer: u8,
    /// Bytes since the address: a pointer, then the bytes of a register.
    received: Vec<u8>,
    sent: usize,
    /// When the conversion that is under way ends.
    ready_at: Option<Nanos>,
}

impl Default for Model {
    fn default() -> Model {
        let mut model = Model {
            exposure: Exposure::new(QUANTITIES),
            registers: [0; 16],
            pointer: 0,
            received: Vec::new(),
            sent: 0,
            ready_at: None,
        };
        model.power_up(Nanos(0));
        model
    }
}

impl Model {
    /// How many conversions make a result: bits 6 and 5.
    fn averages(&self) -> u64 {
        [1, 8, 32, 64][usize::from(self.registers[usize::from(CONFIGURATION)] >> 5 & 0b11)]
    }

    /// A continuous conversion starts anew as soon as one ends; table 7-7 has longer cycles, which only repeat a result.
    fn begin(&mut self, now: Nanos) {
        self.ready_at = Some(Nanos(now.0 + CONVERSION.0 * self.averages()));
    }

    /// Brings the registers to this moment.
    fn settle(&mut self, now: Nanos) {
        if self.ready_at.is_none_or(|ready_at| now < ready_at) {
            return;
        }
        let offset = f64::from(self.registers[usize::from(OFFSET)] as i16);
        // A cast from a float saturates, as the register does.
        let steps = (self.exposure.value(0) / STEP + offset).round() as i16;
        self.registers[usize::from(TEMPERATURE)] = steps as u16;
        let configuration = &mut self.registers[usize::from(CONFIGURATION)];
        *configuration |= DATA_READY;
        if *configuration & MODE == ONE_SHOT {
            *configuration = *configuration & !MODE | SHUTDOWN;
            self.ready_at = None;
        } else {
            self.begin(now);
        }
    }

    fn write_register(&mut self, value: u16, now: Nanos) {
        match self.pointer {
            CONFIGURATION if value & RESET != 0 => self.power_up(now),
            CONFIGURATION => {
                let configuration = &mut self.registers[usize::from(CONFIGURATION)];
                *configuration = *configuration & !WRITABLE | value & WRITABLE;
                match value & MODE {
                    SHUTDOWN => self.ready_at = None,
                    _ => self.begin(now),
                }
            }
            TEMPERATURE | DEVICE_ID => {}
            pointer => self.registers[usize::from(pointer & 0x0F)] = value,
        }
    }
}

impl Part for Model {
    fn quantities(&self) -> &'static [Quantity] {
        QUANTITIES
    }

    fn set(&mut self, quantity: &str, value: f64, now: Nanos) -> Result<(), SetError> {
        self.settle(now);
        self.exposure.set(quantity, value).map(drop)
    }

    fn power_up(&mut self, now: Nanos) {
        self.registers = [0; 16];
        // -256 °C until the first conversion is complete.
        self.registers[usize::from(TEMPERATURE)] = 0x8000;
        self.registers[usize::from(CONFIGURATION)] = 0x0220;
        self.registers[0x02] = 0x6000;
        self.registers[0x03] = 0x8000;
        self.registers[usize::from(DEVICE_ID)] = 0x0117;
        self.begin(now);
    }
}

impl I2cPart for Model {
    fn start(&mut self, direction: Direction, now: Nanos) -> Acknowledge {
        self.settle(now);
        self.sent = 0;
        if direction == Direction::Write {
            self.received.clear();
        }
        Acknowledge::Ack
    }

    fn write(&mut self, byte: u8, now: Nanos) -> Acknowledge {
        self.received.push(byte);
        match self.received.as_slice() {
            [pointer] => self.pointer = pointer & 0x0F,
            [_, high, low] => self.write_register(u16::from_be_bytes([*high, *low]), now),
            _ => {}
        }
        Acknowledge::Ack
    }

    fn read(&mut self, _now: Nanos) -> u8 {
        let register = &mut self.registers[usize::from(self.pointer)];
        let byte = register.to_be_bytes()[self.sent % 2];
        self.sent += 1;
        // Table 7-6: reading the result or the configuration clears the flag.
        if self.sent == 2 && matches!(self.pointer, TEMPERATURE | CONFIGURATION) {
            self.registers[usize::from(CONFIGURATION)] &= !DATA_READY;
        }
        byte
    }

    fn stop(&mut self, _now: Nanos) {}
}
