//! INA219: the voltage behind a shunt and across it, converted on and on.
//!
//! Texas Instruments, "INA219 Zerø-Drift, Bidirectional Current/Power Monitor With I2C Interface", SBOS448. Not modelled:
//! triggered conversions, averaging, the ranges, and what the part calculates by its calibration.

use fwc_parts::{Acknowledge, Direction, Exposure, I2cPart, Nanos, Part, Quantity, SetError};

const VOLTS: usize = 0;
const AMPERES: usize = 1;

const QUANTITIES: &[Quantity] = &[
    Quantity { name: "volts", unit: "V", least: 0.0, most: 26.0, initial: 5.0 },
    Quantity { name: "amperes", unit: "A", least: -3.2, most: 3.2, initial: 0.1 },
];

// Table 2: registers.
const CONFIGURATION: u8 = 0;
const SHUNT_VOLTAGE: u8 = 1;
const BUS_VOLTAGE: u8 = 2;
const CALIBRATION: u8 = 5;

const CONFIGURATION_RESET: u16 = 1 << 15;
const CONFIGURATION_DEFAULT: u16 = 0x399F;
const CONVERSION_READY: u16 = 1 << 1;

/// Section 6.5: 586 µs at most for each of the two voltages, with 12 bits.
const CONVERSION: Nanos = Nanos::from_micros(2 * 586);

/// Section 8.6.3.1: the shunt's voltage in the widest range, in steps of 10 µV.
const MOST_SHUNT_STEPS: f64 = 32_000.0;

/// A simulated INA219.
pub(crate) struct Model {
    exposure: Exposure,
    shunt: f64,
    registers: [u16; 6],
    pointer: u8,
    /// The bytes of this write so far.
    written: Vec<u8>,
    /// The next byte of a read.
    position: usize,
    /// When the next pair of conversions ends.
    ready_at: Nanos,
}

impl Model {
    /// A part that has been powered for long, beside a shunt of so many ohms.
    pub(crate) fn new(shunt: f64) -> Self {
        let mut model = Self {
            exposure: Exposure::new(QUANTITIES),
            shunt,
            registers: [0; 6],
            pointer: 0,
            written: Vec::new(),
            position: 0,
            ready_at: Nanos(0),
        };
        model.reset(Nanos(0));
        model
    }

    fn reset(&mut self, now: Nanos) {
        self.registers = [CONFIGURATION_DEFAULT, 0, 0, 0, 0, 0];
        self.ready_at = now + CONVERSION;
    }

    /// Brings the registers to this moment.
    fn settle(&mut self, now: Nanos) {
        if now < self.ready_at {
            return;
        }
        let steps = (self.exposure.value(AMPERES) * self.shunt / 10e-6).round();
        let steps = steps.clamp(-MOST_SHUNT_STEPS, MOST_SHUNT_STEPS) as i16;
        self.registers[usize::from(SHUNT_VOLTAGE)] = steps as u16;
        // Section 8.6.3.2: steps of 4 mV above three bits.
        let bus = (self.exposure.value(VOLTS) / 4e-3).round() as u16;
        self.registers[usize::from(BUS_VOLTAGE)] = bus << 3 | CONVERSION_READY;
        self.ready_at = now + CONVERSION;
    }

    fn write_register(&mut self, value: u16, now: Nanos) {
        match self.pointer {
            CONFIGURATION if value & CONFIGURATION_RESET != 0 => self.reset(now),
            CONFIGURATION => {
                self.registers[usize::from(CONFIGURATION)] = value;
                self.ready_at = now + CONVERSION;
            }
            CALIBRATION => self.registers[usize::from(CALIBRATION)] = value & !1,
            _ => {}
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
        self.reset(now);
    }
}

impl I2cPart for Model {
    fn start(&mut self, direction: Direction, now: Nanos) -> Acknowledge {
        self.settle(now);
        self.position = 0;
        if direction == Direction::Write {
            self.written.clear();
        }
        Acknowledge::Ack
    }

    fn write(&mut self, byte: u8, now: Nanos) -> Acknowledge {
        self.written.push(byte);
        match self.written.as_slice() {
            [pointer] => self.pointer = *pointer,
            [_, high, low] => self.write_register(u16::from_be_bytes([*high, *low]), now),
            _ => {}
        }
        Acknowledge::Ack
    }

    fn read(&mut self, _now: Nanos) -> u8 {
        let register = self.registers.get(usize::from(self.pointer)).copied().unwrap_or(0xFFFF);
        let byte = register.to_be_bytes()[self.position % 2];
        self.position += 1;
        byte
    }

    fn stop(&mut self, _now: Nanos) {}
}
