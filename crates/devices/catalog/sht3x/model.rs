//! SHT3x: commands of 16 bits in, words with a checksum out.
//!
//! Sensirion, "Datasheet SHT3x-DIS". Modelled: single shots at all repeatabilities, the status word, the heater's bit,
//! soft reset. A measurement lasts as long as the datasheet allows, so that a driver that reads too early is found out.
//! Not modelled: periodic measurement and alerts, whose commands are refused as unknown ones are.

use fwc_parts::{Acknowledge, Direction, Exposure, I2cPart, Nanos, Part, Quantity, SetError};

const CELSIUS: usize = 0;
const HUMIDITY: usize = 1;

const QUANTITIES: &[Quantity] = &[
    Quantity { name: "celsius", unit: "°C", least: -40.0, most: 125.0, initial: 25.0 },
    Quantity { name: "humidity", unit: "%", least: 0.0, most: 100.0, initial: 50.0 },
];

/// Table 4: "soft reset time" and "power-up time", at most.
const RESET_TIME: Nanos = Nanos::from_micros(1_500);

// Table 17, the status register.
const STATUS_COMMAND_FAILED: u16 = 1 << 1;
const STATUS_RESET_DETECTED: u16 = 1 << 4;
const STATUS_HEATER: u16 = 1 << 13;
const STATUS_ALERT_PENDING: u16 = 1 << 15;

/// What the next read gives.
#[derive(Debug, Clone)]
enum Output {
    /// Nothing: a read is not acknowledged.
    None,
    /// A measurement that ends at this moment.
    Measuring { ready: Nanos },
    /// These bytes.
    Bytes(Vec<u8>),
}

/// A simulated SHT3x.
pub(crate) struct Model {
    exposure: Exposure,
    /// Commands before this moment are not acknowledged.
    idle_from: Nanos,
    status: u16,
    output: Output,
    /// The bytes of this write so far.
    written: Vec<u8>,
    direction: Direction,
    /// The next byte of the output.
    position: usize,
}

impl Default for Model {
    /// A part that has been powered for long.
    fn default() -> Self {
        Self {
            exposure: Exposure::new(QUANTITIES),
            idle_from: Nanos(0),
            status: STATUS_ALERT_PENDING | STATUS_RESET_DETECTED,
            output: Output::None,
            written: Vec::new(),
            direction: Direction::Write,
            position: 0,
        }
    }
}

impl Model {
    /// Ends a measurement whose time is over, with the values of now.
    fn settle(&mut self, now: Nanos) {
        if matches!(self.output, Output::Measuring { ready } if ready <= now) {
            // Section 4.13, "Conversion of signal output", solved for the words.
            let celsius = word((self.exposure.value(CELSIUS) + 45.0) / 175.0);
            let humidity = word(self.exposure.value(HUMIDITY) / 100.0);
            self.output = Output::Bytes([checked(celsius), checked(humidity)].concat());
        }
    }

    fn command(&mut self, command: u16, now: Nanos) {
        self.output = Output::None;
        match command {
            // Table 9: with clock stretching, and without; high, medium, low repeatability. Durations: table 4, at most.
            // A stretched clock cannot be told from here: that read is answered as if the bus had waited.
            0x2C06 | 0x2C0D | 0x2C10 => self.output = Output::Measuring { ready: now },
            0x2400 => self.output = Output::Measuring { ready: now + Nanos::from_millis(15) },
            0x240B => self.output = Output::Measuring { ready: now + Nanos::from_millis(6) },
            0x2416 => self.output = Output::Measuring { ready: now + Nanos::from_millis(4) },
            0xF32D => self.output = Output::Bytes(checked(self.status).to_vec()),
            // Clears the flags; the heater's bit says what the heater does.
            0x3041 => self.status &= STATUS_HEATER,
            0x306D => self.status |= STATUS_HEATER,
            0x3066 => self.status &= !STATUS_HEATER,
            0x30A2 => self.power_up(now),
            _ => {
                self.status |= STATUS_COMMAND_FAILED;
                return;
            }
        }
        self.status &= !STATUS_COMMAND_FAILED;
    }
}

/// A fraction of the full scale as the part's 16 bits.
fn word(fraction: f64) -> u16 {
    (fraction * 65_535.0).round().clamp(0.0, 65_535.0) as u16
}

/// A word and its checksum. Section 4.12: polynomial 0x31, initial value 0xFF, CRC (0xBEEF) = 0x92.
fn checked(word: u16) -> [u8; 3] {
    let [high, low] = word.to_be_bytes();
    let crc = [high, low].iter().fold(0xFF_u8, |crc, byte| {
        (0..8).fold(crc ^ byte, |crc, _| if crc & 0x80 == 0 { crc << 1 } else { (crc << 1) ^ 0x31 })
    });
    [high, low, crc]
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
        self.status = STATUS_ALERT_PENDING | STATUS_RESET_DETECTED;
        self.output = Output::None;
        self.idle_from = now + RESET_TIME;
    }
}

impl I2cPart for Model {
    fn start(&mut self, direction: Direction, now: Nanos) -> Acknowledge {
        self.settle(now);
        self.direction = direction;
        self.written.clear();
        self.position = 0;
        // Section 4.4: a read header is not acknowledged while no result is there.
        let answers = direction == Direction::Write || matches!(self.output, Output::Bytes(_));
        if now >= self.idle_from && answers { Acknowledge::Ack } else { Acknowledge::Nack }
    }

    fn write(&mut self, byte: u8, now: Nanos) -> Acknowledge {
        self.written.push(byte);
        if let [high, low] = self.written[..] {
            self.command(u16::from_be_bytes([high, low]), now);
        }
        if self.written.len() <= 2 { Acknowledge::Ack } else { Acknowledge::Nack }
    }

    fn read(&mut self, _now: Nanos) -> u8 {
        let Output::Bytes(bytes) = &self.output else { return 0xFF };
        let byte = bytes.get(self.position).copied().unwrap_or(0xFF);
        self.position += 1;
        byte
    }

    fn stop(&mut self, _now: Nanos) {
        if self.direction == Direction::Read && self.position > 0 {
            // Each result is given once.
            self.output = Output::None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_datasheets() {
        assert_eq!(checked(0xBEEF), [0xBE, 0xEF, 0x92]);
    }

    #[test]
    fn a_read_before_the_measurement_ends_is_not_acknowledged() {
        let mut part = Model::default();
        assert_eq!(part.start(Direction::Write, Nanos(0)), Acknowledge::Ack);
        part.write(0x24, Nanos(0));
        part.write(0x00, Nanos(0));
        part.stop(Nanos(0));
        assert_eq!(part.start(Direction::Read, Nanos::from_micros(14_999)), Acknowledge::Nack);
        assert_eq!(part.start(Direction::Read, Nanos::from_millis(15)), Acknowledge::Ack);
    }

    #[test]
    fn what_is_set_after_the_end_of_a_measurement_is_not_in_it() {
        let mut part = Model::default();
        part.start(Direction::Write, Nanos(0));
        part.write(0x24, Nanos(0));
        part.write(0x16, Nanos(0));
        part.set("celsius", -45.0 + 175.0, Nanos::from_millis(5)).unwrap_err();
        part.set("celsius", 125.0, Nanos::from_millis(5)).unwrap();
        part.start(Direction::Read, Nanos::from_millis(6));
        assert_eq!([part.read(Nanos(0)), part.read(Nanos(0))], word((25.0 + 45.0) / 175.0).to_be_bytes());
    }
}
