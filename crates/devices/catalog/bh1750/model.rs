//! BH1750FVI: commands of one byte in, a count of light out.
//!
//! ROHM, "BH1750FVI Technical Note" (2011.11 Rev. D): the instruction set, the measurement procedure and the range of the
//! measurement time register. A measurement lasts as long as the datasheet allows, so that a driver that reads too early
//! is found out.

use fwc_parts::{Acknowledge, Direction, Exposure, I2cPart, Nanos, Part, Quantity, SetError};

const QUANTITIES: &[Quantity] =
    &[Quantity { name: "lux", unit: "lx", least: 0.0, most: 100_000.0, initial: 100.0 }];

/// The measurement time register after power-up.
const DEFAULT_TIME: u8 = 69;

/// How fine a measurement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Resolution {
    High,
    /// Twice the counts.
    High2,
    Low,
}

/// What the part is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    PoweredDown,
    PoweredOn,
    Measuring { resolution: Resolution, ready: Nanos, once: bool },
}

/// A simulated BH1750FVI.
pub(crate) struct Model {
    exposure: Exposure,
    mode: Mode,
    time: u8,
    data: u16,
    position: usize,
}

impl Default for Model {
    /// A part whose supply has just come up.
    fn default() -> Self {
        Self {
            exposure: Exposure::new(QUANTITIES),
            mode: Mode::PoweredDown,
            time: DEFAULT_TIME,
            data: 0,
            position: 0,
        }
    }
}

impl Model {
    /// Finishes the measurement whose time is over; what is measured changes with `set` alone, so of several the last
    /// one counts.
    fn settle(&mut self, now: Nanos) {
        let Mode::Measuring { resolution, ready, once } = self.mode else { return };
        if now < ready {
            return;
        }
        let counts = self.exposure.value(0) * 1.2 * f64::from(self.time) / f64::from(DEFAULT_TIME);
        let counts = if resolution == Resolution::High2 { counts * 2.0 } else { counts };
        self.data = counts.floor().min(65_535.0) as u16;
        let period = self.measurement_time(resolution).0;
        self.mode = if once {
            Mode::PoweredDown
        } else {
            Mode::Measuring {
                resolution,
                ready: Nanos(ready.0 + ((now.0 - ready.0) / period + 1) * period),
                once,
            }
        };
    }

    /// "Electrical characteristics": 180 ms and 24 ms at most, in proportion to the measurement time register.
    fn measurement_time(&self, resolution: Resolution) -> Nanos {
        let default = if resolution == Resolution::Low { 24_000 } else { 180_000 };
        Nanos::from_micros(default * u64::from(self.time) / u64::from(DEFAULT_TIME))
    }

    fn measure(&mut self, resolution: Resolution, once: bool, now: Nanos) {
        self.mode = Mode::Measuring { resolution, ready: now + self.measurement_time(resolution), once };
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
        self.mode = Mode::PoweredDown;
        self.time = DEFAULT_TIME;
        self.data = 0;
    }
}

impl I2cPart for Model {
    fn start(&mut self, _direction: Direction, now: Nanos) -> Acknowledge {
        self.settle(now);
        self.position = 0;
        Acknowledge::Ack
    }

    fn write(&mut self, byte: u8, now: Nanos) -> Acknowledge {
        match byte {
            0x00 => self.mode = Mode::PoweredDown,
            0x01 => self.mode = Mode::PoweredOn,
            // "Reset command is not acceptable in Power Down mode."
            0x07 if self.mode != Mode::PoweredDown => self.data = 0,
            0x10 => self.measure(Resolution::High, false, now),
            0x11 => self.measure(Resolution::High2, false, now),
            0x13 => self.measure(Resolution::Low, false, now),
            0x20 => self.measure(Resolution::High, true, now),
            0x21 => self.measure(Resolution::High2, true, now),
            0x23 => self.measure(Resolution::Low, true, now),
            0x40..=0x47 => self.time = self.time & 0x1F | byte << 5,
            0x60..=0x7F => self.time = self.time & 0xE0 | byte & 0x1F,
            _ => {}
        }
        Acknowledge::Ack
    }

    fn read(&mut self, _now: Nanos) -> u8 {
        let byte = self.data.to_be_bytes().get(self.position).copied().unwrap_or(0xFF);
        self.position += 1;
        byte
    }

    fn stop(&mut self, _now: Nanos) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(part: &mut Model, byte: u8, now: Nanos) {
        part.start(Direction::Write, now);
        part.write(byte, now);
        part.stop(now);
    }

    fn read(part: &mut Model, now: Nanos) -> u16 {
        part.start(Direction::Read, now);
        u16::from_be_bytes([part.read(now), part.read(now)])
    }

    #[test]
    fn the_datasheets_example_is_28067_lux() {
        // "High Byte = 10000011, Low Byte = 10010000 → 28067 lx".
        let mut part = Model::default();
        part.set("lux", 28_067.0, Nanos(0)).unwrap();
        command(&mut part, 0x10, Nanos(0));
        assert_eq!(read(&mut part, Nanos::from_millis(180)), 0b1000_0011_1001_0000);
    }

    #[test]
    fn one_shot_powers_down_and_keeps_its_result() {
        let mut part = Model::default();
        command(&mut part, 0x20, Nanos(0));
        assert_eq!(read(&mut part, Nanos::from_millis(179)), 0);
        assert_eq!(read(&mut part, Nanos::from_millis(180)), 120);
        command(&mut part, 0x07, Nanos::from_millis(181));
        assert_eq!(read(&mut part, Nanos::from_millis(190)), 120);
    }

    #[test]
    fn a_longer_measurement_time_counts_more_light() {
        let mut part = Model::default();
        command(&mut part, 0x40 | 138 >> 5, Nanos(0));
        command(&mut part, 0x60 | 138 & 0x1F, Nanos(0));
        command(&mut part, 0x11, Nanos(0));
        assert_eq!(read(&mut part, Nanos::from_millis(359)), 0);
        assert_eq!(read(&mut part, Nanos::from_millis(360)), 480);
    }
}
