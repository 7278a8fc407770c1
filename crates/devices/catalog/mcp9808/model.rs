//! MCP9808: a thermometer behind 16-bit registers.
//!
//! Microchip DS25095A, section 5 (registers), section 2 (conversion times, here the typical ones, the only ones given).
//! Modelled: every register, the resolution, shutdown, both locks and the limits' flags. Not modelled: the alert pin.

use fwc_parts::{Acknowledge, Direction, Exposure, I2cPart, Nanos, Part, Quantity, SetError};

const QUANTITIES: &[Quantity] =
    &[Quantity { name: "celsius", unit: "°C", least: -40.0, most: 125.0, initial: 25.0 }];

const CONFIG: u8 = 1;
const UPPER: u8 = 2;
const LOWER: u8 = 3;
const CRITICAL: u8 = 4;
const AMBIENT: u8 = 5;
const MANUFACTURER: u8 = 6;
const DEVICE: u8 = 7;
const RESOLUTION: u8 = 8;

const CONFIG_SHUTDOWN: u16 = 1 << 8;
const CONFIG_CRITICAL_LOCK: u16 = 1 << 7;
const CONFIG_WINDOW_LOCK: u16 = 1 << 6;
/// Bits 15 to 11 are not there; the alert's state (4) and its clearing (5) are not kept.
const CONFIG_WRITABLE: u16 = 0x07CF;
/// Limits: 11 bits and a sign, in quarters of a degree.
const LIMIT_WRITABLE: u16 = 0x1FFC;

/// A simulated MCP9808.
pub(crate) struct Model {
    exposure: Exposure,
    pointer: u8,
    config: u16,
    upper: u16,
    lower: u16,
    critical: u16,
    /// The last conversion in sixteenths of a degree.
    ambient: i16,
    resolution: u8,
    /// When the conversion that is under way ends.
    converted: Nanos,
    /// The bytes of this write so far.
    written: Vec<u8>,
    /// The bytes of this register that were read.
    position: usize,
}

impl Default for Model {
    /// A part whose supply has just come up.
    fn default() -> Self {
        let mut part = Self {
            exposure: Exposure::new(QUANTITIES),
            pointer: 0,
            config: 0,
            upper: 0,
            lower: 0,
            critical: 0,
            ambient: 0,
            resolution: 0,
            converted: Nanos(0),
            written: Vec::new(),
            position: 0,
        };
        part.power_up(Nanos(0));
        part
    }
}

impl Model {
    /// Section 5.2.4, register 5-7: +0.5, +0.25, +0.125 and +0.0625 °C.
    fn conversion_time(&self) -> Nanos {
        Nanos::from_millis([30, 65, 130, 250][usize::from(self.resolution)])
    }

    /// Finishes the conversions that ended until now: what is measured changes with `set` alone, so the last one counts.
    fn settle(&mut self, now: Nanos) {
        if self.config & CONFIG_SHUTDOWN != 0 || now < self.converted {
            return;
        }
        let step = 8 >> self.resolution;
        let sixteenths = (self.exposure.value(0) * 16.0).floor() as i16;
        self.ambient = sixteenths.div_euclid(step) * step;
        let time = self.conversion_time().0;
        self.converted = Nanos(self.converted.0 + ((now.0 - self.converted.0) / time + 1) * time);
    }

    fn ambient_register(&self) -> u16 {
        let temperature = self.ambient as u16 & 0x1FFF;
        // Section 5.2.3: the flags do not depend on the alert's settings.
        let critical = u16::from(self.ambient >= limit(self.critical)) << 15;
        let above = u16::from(self.ambient > limit(self.upper)) << 14;
        let below = u16::from(self.ambient < limit(self.lower)) << 13;
        critical | above | below | temperature
    }

    fn register(&self) -> Vec<u8> {
        let word = match self.pointer {
            CONFIG => self.config,
            UPPER => self.upper,
            LOWER => self.lower,
            CRITICAL => self.critical,
            AMBIENT => self.ambient_register(),
            MANUFACTURER => 0x0054,
            DEVICE => 0x0400,
            RESOLUTION => return vec![self.resolution],
            _ => return Vec::new(),
        };
        word.to_be_bytes().to_vec()
    }

    fn write_config(&mut self, value: u16, now: Nanos) {
        // Register 5-2: locks are taken off by a power-up alone, and with one the shutdown bit cannot be set.
        let locks = self.config & (CONFIG_CRITICAL_LOCK | CONFIG_WINDOW_LOCK);
        let mut value = value & CONFIG_WRITABLE | locks;
        if locks != 0 && self.config & CONFIG_SHUTDOWN == 0 {
            value &= !CONFIG_SHUTDOWN;
        }
        if self.config & CONFIG_SHUTDOWN != 0 && value & CONFIG_SHUTDOWN == 0 {
            self.converted = now + self.conversion_time();
        }
        self.config = value;
    }

    fn write_register(&mut self, value: u16, now: Nanos) {
        let window_open = self.config & CONFIG_WINDOW_LOCK == 0;
        let critical_open = self.config & CONFIG_CRITICAL_LOCK == 0;
        match self.pointer {
            CONFIG => self.write_config(value, now),
            UPPER if window_open => self.upper = value & LIMIT_WRITABLE,
            LOWER if window_open => self.lower = value & LIMIT_WRITABLE,
            CRITICAL if critical_open => self.critical = value & LIMIT_WRITABLE,
            _ => {}
        }
    }
}

/// A limit's register as sixteenths of a degree.
fn limit(register: u16) -> i16 {
    // The sign stands in bit 12.
    (register << 3) as i16 >> 3
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
        self.pointer = 0;
        self.config = 0;
        (self.upper, self.lower, self.critical) = (0, 0, 0);
        self.ambient = 0;
        self.resolution = 3;
        self.converted = now + self.conversion_time();
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
            [pointer] => self.pointer = pointer & 0x0F,
            [_, value] if self.pointer == RESOLUTION => self.resolution = value & 3,
            [_, high, low] => self.write_register(u16::from_be_bytes([high, low]), now),
            _ => {}
        }
        Acknowledge::Ack
    }

    fn read(&mut self, _now: Nanos) -> u8 {
        let byte = self.register().get(self.position).copied().unwrap_or(0xFF);
        self.position += 1;
        byte
    }

    fn stop(&mut self, _now: Nanos) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(part: &mut Model, bytes: &[u8], now: Nanos) {
        part.start(Direction::Write, now);
        for byte in bytes {
            part.write(*byte, now);
        }
        part.stop(now);
    }

    fn ambient(part: &mut Model, now: Nanos) -> u16 {
        write(part, &[AMBIENT], now);
        part.start(Direction::Read, now);
        u16::from_be_bytes([part.read(now), part.read(now)])
    }

    #[test]
    fn a_coarse_resolution_leaves_the_low_bits_zero() {
        for (resolution, sixteenths) in [(0, 0x198), (1, 0x19C), (2, 0x19E), (3, 0x19F)] {
            let mut part = Model::default();
            part.set("celsius", 25.95, Nanos(0)).unwrap();
            write(&mut part, &[RESOLUTION, resolution], Nanos(0));
            assert_eq!(ambient(&mut part, Nanos::from_millis(300)) & 0x1FFF, sixteenths);
        }
    }

    #[test]
    fn nothing_is_converted_before_its_time_or_in_shutdown() {
        let mut part = Model::default();
        assert_eq!(ambient(&mut part, Nanos::from_millis(249)) & 0x1FFF, 0);
        assert_eq!(ambient(&mut part, Nanos::from_millis(250)) & 0x1FFF, 25 * 16);
        write(&mut part, &[CONFIG, 0x01, 0x00], Nanos::from_millis(260));
        part.set("celsius", 30.0, Nanos::from_millis(260)).unwrap();
        assert_eq!(ambient(&mut part, Nanos::from_secs(2)) & 0x1FFF, 25 * 16);
    }

    #[test]
    fn locked_limits_stay() {
        let mut part = Model::default();
        write(&mut part, &[UPPER, 0x01, 0xE0], Nanos(0));
        write(&mut part, &[CONFIG, 0x00, 0x40], Nanos(0));
        write(&mut part, &[UPPER, 0x00, 0x00], Nanos(0));
        write(&mut part, &[CONFIG, 0x00, 0x00], Nanos(0));
        assert_eq!((part.upper, part.config), (0x01E0, CONFIG_WINDOW_LOCK));
    }
}
