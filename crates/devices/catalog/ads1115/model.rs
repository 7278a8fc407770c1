//! ADS1115: four analog inputs, a multiplexer, an amplifier and a converter of 16 bits.
//!
//! Texas Instruments SBAS444D, section 9.6 (registers), 9.4.2 (single shots and continuous conversion). Modelled: all of
//! the configuration but the comparator and its pin. A conversion is 10 % slower than its data rate says, which is the
//! slowest that the electrical characteristics allow.

use fwc_parts::{Acknowledge, Direction, Exposure, I2cPart, Nanos, Part, Quantity, SetError};

/// At a supply of 5 V; the inputs bear 0.3 V beyond it either way.
const fn input(name: &'static str) -> Quantity {
    Quantity { name, unit: "mV", least: -300.0, most: 5_300.0, initial: 0.0 }
}

const QUANTITIES: &[Quantity] = &[input("ain0"), input("ain1"), input("ain2"), input("ain3")];

const CONFIG: u8 = 1;
const CONFIG_RESET: u16 = 0x8583;
const CONVERTING: u16 = 1 << 15;
const SINGLE_SHOT: u16 = 1 << 8;

/// The full scale in millivolts, by bits 11 to 9.
const FULL_SCALES: [f64; 8] = [6_144.0, 4_096.0, 2_048.0, 1_024.0, 512.0, 256.0, 256.0, 256.0];
/// Conversions a second, by bits 7 to 5.
const DATA_RATES: [u64; 8] = [8, 16, 32, 64, 128, 250, 475, 860];
/// Positive and negative input, by bits 14 to 12; without a negative one, ground.
const INPUTS: [(usize, Option<usize>); 8] =
    [(0, Some(1)), (0, Some(3)), (1, Some(3)), (2, Some(3)), (0, None), (1, None), (2, None), (3, None)];

/// A simulated ADS1115.
pub(crate) struct Model {
    exposure: Exposure,
    pointer: u8,
    /// Conversion, configuration, low and high threshold. Bit 15 of the configuration is not kept here.
    registers: [u16; 4],
    /// When the conversion that is under way ends.
    ready: Option<Nanos>,
    written: Vec<u8>,
    position: usize,
}

impl Default for Model {
    /// A part whose supply has just come up.
    fn default() -> Self {
        let mut part = Self {
            exposure: Exposure::new(QUANTITIES),
            pointer: 0,
            registers: [0; 4],
            ready: None,
            written: Vec::new(),
            position: 0,
        };
        part.power_up(Nanos(0));
        part
    }
}

impl Model {
    fn config(&self) -> u16 {
        self.registers[usize::from(CONFIG)]
    }

    fn conversion_time(&self) -> Nanos {
        Nanos(1_100_000_000 / DATA_RATES[usize::from(self.config() >> 5 & 7)])
    }

    /// Finishes the conversions that ended until now: what is measured changes with `set` alone, so the last one counts.
    fn settle(&mut self, now: Nanos) {
        let Some(ready) = self.ready.filter(|ready| *ready <= now) else { return };
        let (positive, negative) = INPUTS[usize::from(self.config() >> 12 & 7)];
        let millivolts =
            self.exposure.value(positive) - negative.map_or(0.0, |input| self.exposure.value(input));
        let full_scale = FULL_SCALES[usize::from(self.config() >> 9 & 7)];
        // Section 9.5.4: signals beyond the full scale clip, which the cast does.
        self.registers[0] = (millivolts / full_scale * 32_768.0).round() as i16 as u16;
        self.ready = (self.config() & SINGLE_SHOT == 0).then(|| {
            let time = self.conversion_time().0;
            Nanos(ready.0 + ((now.0 - ready.0) / time + 1) * time)
        });
    }

    fn write_register(&mut self, value: u16, now: Nanos) {
        if self.pointer == 0 {
            return;
        }
        self.registers[usize::from(self.pointer)] = value;
        if self.pointer == CONFIG {
            self.registers[usize::from(CONFIG)] &= !CONVERTING;
            let single = value & SINGLE_SHOT != 0;
            let starts = !single || value & CONVERTING != 0;
            self.ready = starts.then(|| now + self.conversion_time()).or(self.ready.filter(|_| single));
        }
    }

    fn register(&self) -> u16 {
        let value = self.registers[usize::from(self.pointer)];
        // Bit 15 reads as 1 while no conversion is performed.
        let idle = self.pointer == CONFIG && self.ready.is_none();
        if idle { value | CONVERTING } else { value }
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

    fn power_up(&mut self, _now: Nanos) {
        self.pointer = 0;
        self.registers = [0, CONFIG_RESET & !CONVERTING, 0x8000, 0x7FFF];
        self.ready = None;
    }
}

impl I2cPart for Model {
    fn start(&mut self, _direction: Direction, now: Nanos) -> Acknowledge {
        self.settle(now);
        self.written.clear();
        self.position = 0;
        Acknowledge::Ack
    }

    fn write(&mut self, byte: u8, now: Nanos) -> Acknowledge {
        self.written.push(byte);
        match self.written[..] {
            [pointer] => self.pointer = pointer & 3,
            [_, high, low] => self.write_register(u16::from_be_bytes([high, low]), now),
            _ => {}
        }
        Acknowledge::Ack
    }

    fn read(&mut self, _now: Nanos) -> u8 {
        let byte = self.register().to_be_bytes().get(self.position).copied().unwrap_or(0xFF);
        self.position += 1;
        byte
    }

    fn stop(&mut self, _now: Nanos) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configure(part: &mut Model, config: u16, now: Nanos) {
        part.start(Direction::Write, now);
        let [high, low] = config.to_be_bytes();
        for byte in [CONFIG, high, low] {
            part.write(byte, now);
        }
        part.stop(now);
    }

    fn read(part: &mut Model, register: u8, now: Nanos) -> u16 {
        part.start(Direction::Write, now);
        part.write(register, now);
        part.start(Direction::Read, now);
        u16::from_be_bytes([part.read(now), part.read(now)])
    }

    #[test]
    fn it_comes_up_idle() {
        assert_eq!(read(&mut Model::default(), CONFIG, Nanos(0)), CONFIG_RESET);
    }

    #[test]
    fn a_single_shot_takes_its_time_and_is_flagged() {
        let mut part = Model::default();
        part.set("ain2", 1_024.0, Nanos(0)).unwrap();
        // Input 2 against ground, ±2.048 V, 128 conversions a second.
        configure(&mut part, 0xE583, Nanos(0));
        assert_eq!(read(&mut part, CONFIG, Nanos::from_millis(8)), 0x6583);
        assert_eq!(read(&mut part, 0, Nanos::from_millis(8)), 0);
        assert_eq!(read(&mut part, CONFIG, Nanos::from_millis(9)), 0xE583);
        assert_eq!(read(&mut part, 0, Nanos::from_millis(9)), 0x4000);
    }

    #[test]
    fn differences_have_a_sign_and_the_full_scale_clips() {
        let mut part = Model::default();
        part.set("ain1", 1_024.0, Nanos(0)).unwrap();
        configure(&mut part, 0x8583, Nanos(0));
        assert_eq!(read(&mut part, 0, Nanos::from_millis(9)) as i16, -0x4000);
        configure(&mut part, 0xDB83, Nanos::from_millis(10));
        assert_eq!(read(&mut part, 0, Nanos::from_millis(20)), 0x7FFF);
    }

    #[test]
    fn continuous_conversion_follows_the_input() {
        let mut part = Model::default();
        configure(&mut part, 0x4083, Nanos(0));
        for step in 1..=4 {
            let now = Nanos::from_millis(10 * step);
            assert_eq!(read(&mut part, 0, now), (step as u16 - 1) * 0x800);
            part.set("ain0", 384.0 * step as f64, now).unwrap();
        }
    }
}
