//! MPU-6050: acceleration, rotation and temperature behind byte registers.
//!
//! InvenSense, "MPU-6000 and MPU-6050 Register Map and Descriptions" (RM-MPU-6000A-00, rev. 4.2) and product specification
//! (PS-MPU-6000A-00, rev. 3.4). Modelled: sleep, reset, sample rate, full scales, the data registers with their burst
//! reads, the data-ready flag. Not modelled: FIFO, motion processor, self-test, the auxiliary bus and the filter's delay.

use fwc_parts::{Acknowledge, Direction, Exposure, I2cPart, Nanos, Part, Quantity, SetError};

const fn acceleration(name: &'static str, initial: f64) -> Quantity {
    Quantity { name, unit: "g", least: -16.0, most: 16.0, initial }
}

const fn rotation(name: &'static str) -> Quantity {
    Quantity { name, unit: "°/s", least: -2_000.0, most: 2_000.0, initial: 0.0 }
}

const QUANTITIES: &[Quantity] = &[
    acceleration("accel_x", 0.0),
    acceleration("accel_y", 0.0),
    acceleration("accel_z", 1.0),
    rotation("gyro_x"),
    rotation("gyro_y"),
    rotation("gyro_z"),
    Quantity { name: "celsius", unit: "°C", least: -40.0, most: 85.0, initial: 25.0 },
];

const SAMPLE_RATE_DIVIDER: usize = 0x19;
const CONFIG: usize = 0x1A;
const GYRO_CONFIG: usize = 0x1B;
const ACCEL_CONFIG: usize = 0x1C;
const INTERRUPT_STATUS: usize = 0x3A;
/// The first of 14: acceleration, temperature, rotation, each high byte first.
const ACCEL_X_HIGH: usize = 0x3B;
const GYRO_Z_LOW: usize = 0x48;
const POWER_1: usize = 0x6B;
const WHO_AM_I: usize = 0x75;

const REGISTERS: usize = 0x80;
const DEVICE_RESET: u8 = 1 << 7;
const SLEEP: u8 = 1 << 6;
const DATA_READY: u8 = 1;

/// A simulated MPU-6050.
pub(crate) struct Model {
    exposure: Exposure,
    registers: [u8; REGISTERS],
    /// When it woke up or its pace changed: samples count from here.
    since: Nanos,
    /// The samples since then that have reached the registers.
    samples: u64,
    /// The next register of a transfer.
    pointer: usize,
    /// Whether the next byte written is a register's number.
    addressing: bool,
}

impl Default for Model {
    /// A part whose supply has just come up: asleep.
    fn default() -> Self {
        let mut part = Self {
            exposure: Exposure::new(QUANTITIES),
            registers: [0; REGISTERS],
            since: Nanos(0),
            samples: 0,
            pointer: 0,
            addressing: true,
        };
        part.power_up(Nanos(0));
        part
    }
}

impl Model {
    /// Register 25: the gyroscope's rate, 8 kHz without the filter and else 1 kHz, divided.
    fn sample_period(&self) -> Nanos {
        let base = if matches!(self.registers[CONFIG] & 7, 0 | 7) { 125 } else { 1_000 };
        Nanos::from_micros(base * (u64::from(self.registers[SAMPLE_RATE_DIVIDER]) + 1))
    }

    /// Brings the samples up to now into the registers. What is measured changes with `set` alone, so the last one counts.
    ///
    /// Register 59: the registers that the bus sees are filled only while the bus is idle, so that a burst read is of one
    /// sample; this is called before a transfer, never within one.
    fn settle(&mut self, now: Nanos) {
        if self.registers[POWER_1] & SLEEP != 0 {
            return;
        }
        let samples = (now - self.since).0 / self.sample_period().0;
        if samples == self.samples {
            return;
        }
        self.samples = samples;
        self.registers[INTERRUPT_STATUS] |= DATA_READY;
        // Registers 27 and 28: 131 LSB for 1 °/s at ±250 °/s, 16384 for 1 g at ±2 g, half of it for each step up.
        let gyro = 131.072 / f64::from(1 << (self.registers[GYRO_CONFIG] >> 3 & 3));
        let accel = 16_384.0 / f64::from(1 << (self.registers[ACCEL_CONFIG] >> 3 & 3));
        let value = |place| self.exposure.value(place);
        let words = [
            value(0) * accel,
            value(1) * accel,
            value(2) * accel,
            // Register 65: °C = TEMP_OUT / 340 + 36.53.
            (value(6) - 36.53) * 340.0,
            value(3) * gyro,
            value(4) * gyro,
            value(5) * gyro,
        ];
        for (place, word) in words.iter().enumerate() {
            let at = ACCEL_X_HIGH + 2 * place;
            self.registers[at..at + 2].copy_from_slice(&(word.round() as i16).to_be_bytes());
        }
    }

    fn write_register(&mut self, register: usize, value: u8, now: Nanos) {
        match register {
            POWER_1 if value & DEVICE_RESET != 0 => self.power_up(now),
            INTERRUPT_STATUS..=GYRO_Z_LOW | WHO_AM_I => {}
            _ => self.registers[register] = value,
        }
        if matches!(register, POWER_1 | CONFIG | SAMPLE_RATE_DIVIDER) {
            self.since = now;
            self.samples = 0;
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

    /// Section 3: every register is 0 but these two.
    fn power_up(&mut self, now: Nanos) {
        self.registers = [0; REGISTERS];
        self.registers[POWER_1] = SLEEP;
        self.registers[WHO_AM_I] = 0x68;
        self.since = now;
        self.samples = 0;
    }
}

impl I2cPart for Model {
    fn start(&mut self, _direction: Direction, now: Nanos) -> Acknowledge {
        self.settle(now);
        self.addressing = true;
        Acknowledge::Ack
    }

    fn write(&mut self, byte: u8, now: Nanos) -> Acknowledge {
        if self.addressing {
            self.addressing = false;
            self.pointer = usize::from(byte) % REGISTERS;
        } else {
            self.write_register(self.pointer, byte, now);
            self.pointer = (self.pointer + 1) % REGISTERS;
        }
        Acknowledge::Ack
    }

    fn read(&mut self, _now: Nanos) -> u8 {
        let byte = self.registers[self.pointer];
        if self.pointer == INTERRUPT_STATUS {
            // Register 58: "Each bit will clear after the register is read."
            self.registers[INTERRUPT_STATUS] = 0;
        }
        self.pointer = (self.pointer + 1) % REGISTERS;
        byte
    }

    fn stop(&mut self, _now: Nanos) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(part: &mut Model, register: usize, value: u8, now: Nanos) {
        part.start(Direction::Write, now);
        part.write(register as u8, now);
        part.write(value, now);
        part.stop(now);
    }

    fn read<const N: usize>(part: &mut Model, register: usize, now: Nanos) -> [u8; N] {
        part.start(Direction::Write, now);
        part.write(register as u8, now);
        part.start(Direction::Read, now);
        let bytes = std::array::from_fn(|_| part.read(now));
        part.stop(now);
        bytes
    }

    #[test]
    fn it_sleeps_until_it_is_woken() {
        let mut part = Model::default();
        assert_eq!(read::<1>(&mut part, WHO_AM_I, Nanos(0)), [0x68]);
        assert_eq!(read::<2>(&mut part, ACCEL_X_HIGH + 4, Nanos::from_secs(1)), [0, 0]);
        write(&mut part, POWER_1, 0, Nanos::from_secs(1));
        assert_eq!(read::<2>(&mut part, ACCEL_X_HIGH + 4, Nanos::from_secs(2)), [0x40, 0x00]);
    }

    #[test]
    fn the_flag_rises_with_each_sample_and_falls_with_its_reading() {
        let mut part = Model::default();
        write(&mut part, CONFIG, 1, Nanos(0));
        write(&mut part, POWER_1, 0, Nanos(0));
        assert_eq!(read::<1>(&mut part, INTERRUPT_STATUS, Nanos::from_micros(999)), [0]);
        assert_eq!(read::<1>(&mut part, INTERRUPT_STATUS, Nanos::from_micros(1_000)), [DATA_READY]);
        assert_eq!(read::<1>(&mut part, INTERRUPT_STATUS, Nanos::from_micros(1_500)), [0]);
        assert_eq!(read::<1>(&mut part, INTERRUPT_STATUS, Nanos::from_micros(2_000)), [DATA_READY]);
    }

    #[test]
    fn a_wider_scale_has_smaller_steps_and_clips_later() {
        let mut part = Model::default();
        write(&mut part, POWER_1, 0, Nanos(0));
        part.set("accel_x", -4.0, Nanos(0)).unwrap();
        assert_eq!(read::<2>(&mut part, ACCEL_X_HIGH, Nanos::from_millis(5)), (-32_768_i16).to_be_bytes());
        write(&mut part, ACCEL_CONFIG, 3 << 3, Nanos::from_millis(5));
        assert_eq!(read::<2>(&mut part, ACCEL_X_HIGH, Nanos::from_millis(10)), (-8_192_i16).to_be_bytes());
    }

    #[test]
    fn a_reset_brings_everything_back() {
        let mut part = Model::default();
        write(&mut part, GYRO_CONFIG, 0x18, Nanos(0));
        write(&mut part, POWER_1, DEVICE_RESET, Nanos(0));
        assert_eq!(read::<1>(&mut part, GYRO_CONFIG, Nanos(0)), [0]);
        assert_eq!(read::<1>(&mut part, POWER_1, Nanos(0)), [SLEEP]);
    }
}
