//! BME280: calibration, forced and normal measurements that take their time, and the raw values behind what the world sets.
//!
//! Bosch Sensortec, "BME280 Combined humidity and pressure sensor", BST-BME280-DS002. Not modelled: the filter, and the
//! pause between two measurements of normal mode.

use fwc_parts::{Acknowledge, Direction, Exposure, I2cPart, Nanos, Part, Quantity, SetError};

const CELSIUS: usize = 0;
const HUMIDITY: usize = 1;
const PRESSURE: usize = 2;

const QUANTITIES: &[Quantity] = &[
    Quantity { name: "celsius", unit: "°C", least: -40.0, most: 85.0, initial: 25.0 },
    Quantity { name: "humidity", unit: "%", least: 0.0, most: 100.0, initial: 50.0 },
    Quantity { name: "pressure", unit: "hPa", least: 300.0, most: 1100.0, initial: 1013.25 },
];

// Table 18: the memory map.
const CALIBRATION: u8 = 0x88;
const CALIBRATION_H1: u8 = 0xA1;
const ID: u8 = 0xD0;
const RESET: u8 = 0xE0;
const CALIBRATION_H2: u8 = 0xE1;
const CTRL_HUM: u8 = 0xF2;
const STATUS: u8 = 0xF3;
const CTRL_MEAS: u8 = 0xF4;
const CONFIG: u8 = 0xF5;
const DATA: u8 = 0xF7;

const MEASURING: u8 = 1 << 3;
const COPYING_CALIBRATION: u8 = 1;

/// Section 5.4.2: the word that resets the part.
const RESET_WORD: u8 = 0xB6;

/// Table 1, "start-up time", at most.
const START_UP: Nanos = Nanos::from_millis(2);

// The calibration of the part: that of the example in Bosch's BMP280 datasheet, section 3.12, for temperature and
// pressure, and plausible values for humidity.
const T: [f64; 3] = [27504.0, 26435.0, -1000.0];
const P: [f64; 9] = [36477.0, -10685.0, 3024.0, 2855.0, 140.0, -7.0, 15500.0, -14600.0, 6000.0];
const H: [f64; 6] = [75.0, 370.0, 0.0, 313.0, 50.0, 30.0];

/// A simulated BME280.
pub(crate) struct Model {
    exposure: Exposure,
    registers: [u8; 256],
    pointer: u8,
    /// The first byte of a pair that is being written: the register.
    register: Option<u8>,
    /// When the calibration is there.
    started: Nanos,
    /// When the measurement that is under way ends.
    ready_at: Option<Nanos>,
}

impl Default for Model {
    /// A part that has been powered for long.
    fn default() -> Self {
        let mut model = Self {
            exposure: Exposure::new(QUANTITIES),
            registers: [0; 256],
            pointer: 0,
            register: None,
            started: Nanos(0),
            ready_at: None,
        };
        model.reset();
        model
    }
}

impl Model {
    fn reset(&mut self) {
        self.registers = [0; 256];
        self.registers[usize::from(ID)] = 0x60;
        let words = T.iter().chain(&P).flat_map(|value| (*value as i32 as u16).to_le_bytes());
        for (offset, byte) in words.enumerate() {
            self.registers[usize::from(CALIBRATION) + offset] = byte;
        }
        self.registers[usize::from(CALIBRATION_H1)] = H[0] as u8;
        let [h2_low, h2_high] = (H[1] as i16).to_le_bytes();
        let (h4, h5) = (H[3] as u16, H[4] as u16);
        // Section 4.2.2: two words of twelve bits share a byte.
        let shared = (h4 & 0xF) as u8 | ((h5 & 0xF) << 4) as u8;
        let humidity = [h2_low, h2_high, H[2] as u8, (h4 >> 4) as u8, shared, (h5 >> 4) as u8, H[5] as u8];
        self.registers[usize::from(CALIBRATION_H2)..][..humidity.len()].copy_from_slice(&humidity);
        // Section 4.1: what is left out reads so.
        self.registers[usize::from(DATA)..][..8].copy_from_slice(&[0x80, 0, 0, 0x80, 0, 0, 0x80, 0]);
        self.ready_at = None;
    }

    fn write_register(&mut self, register: u8, value: u8, now: Nanos) {
        match register {
            RESET if value == RESET_WORD => {
                self.reset();
                self.started = now + START_UP;
            }
            CTRL_HUM | CONFIG => self.registers[usize::from(register)] = value,
            CTRL_MEAS => {
                self.registers[usize::from(CTRL_MEAS)] = value;
                self.ready_at = (value & 0b11 != 0).then(|| now + self.duration());
            }
            _ => {}
        }
    }

    /// The samples of temperature, pressure and humidity: none, or 1 to 16 by a field of three bits (section 5.4.3).
    fn samples(&self) -> [u32; 3] {
        let (humidity, rest) =
            (self.registers[usize::from(CTRL_HUM)], self.registers[usize::from(CTRL_MEAS)]);
        [rest >> 5, rest >> 2, humidity].map(|field| match field & 0b111 {
            0 => 0,
            field => 1 << (field - 1).min(4),
        })
    }

    /// Section 9.1, "t_measure, max".
    fn duration(&self) -> Nanos {
        let [temperature, pressure, humidity] = self.samples().map(u64::from);
        let with_offset = |samples: u64| if samples == 0 { 0 } else { 2_300 * samples + 575 };
        Nanos::from_micros(1_250 + 2_300 * temperature + with_offset(pressure) + with_offset(humidity))
    }

    /// Brings the registers to this moment.
    fn settle(&mut self, now: Nanos) {
        let is_over = self.ready_at.is_some_and(|ready_at| ready_at <= now);
        if is_over {
            self.latch();
            let control = &mut self.registers[usize::from(CTRL_MEAS)];
            let is_normal = *control & 0b11 == 0b11;
            if !is_normal {
                *control &= !0b11;
            }
            self.ready_at = is_normal.then(|| now + self.duration());
        }
        let measuring = if self.ready_at.is_some() { MEASURING } else { 0 };
        let copying = if now < self.started { COPYING_CALIBRATION } else { 0 };
        self.registers[usize::from(STATUS)] = measuring | copying;
    }

    /// Puts into the data registers what the converter would give.
    fn latch(&mut self) {
        let [with_temperature, with_pressure, with_humidity] = self.samples().map(|samples| samples > 0);
        let celsius = self.exposure.value(CELSIUS);
        let temperature = search(1 << 20, |raw| fine_temperature(raw) / 5120.0 < celsius);
        let fine = fine_temperature(temperature.into());
        // More pressure is a smaller number.
        let pascals = self.exposure.value(PRESSURE) * 100.0;
        let pressure = search(1 << 20, |raw| pressure_of(raw, fine) > pascals);
        let percent = self.exposure.value(HUMIDITY);
        let humidity = search(1 << 16, |raw| humidity_of(raw, fine) < percent);
        let data = usize::from(DATA);
        let mut put = |at: usize, is_on: bool, raw: u32| {
            let raw = if is_on { raw } else { 0x8_0000 };
            let bytes = (raw << 4).to_be_bytes();
            self.registers[at..at + 3].copy_from_slice(&bytes[1..]);
        };
        put(data, with_pressure, pressure);
        put(data + 3, with_temperature, temperature);
        let raw = if with_humidity { humidity as u16 } else { 0x8000 };
        self.registers[data + 6..data + 8].copy_from_slice(&raw.to_be_bytes());
    }
}

/// The first number for which `is_below` does not hold, up to `end`.
fn search(end: u32, is_below: impl Fn(f64) -> bool) -> u32 {
    let (mut low, mut high) = (0, end - 1);
    while low < high {
        let middle = (low + high) / 2;
        if is_below(middle.into()) { low = middle + 1 } else { high = middle }
    }
    low
}

// Appendix A, section 8.1: the compensation in floating point.

fn fine_temperature(raw: f64) -> f64 {
    let [t1, t2, t3] = T;
    let coarse = (raw / 16384.0 - t1 / 1024.0) * t2;
    let offset = raw / 131072.0 - t1 / 8192.0;
    coarse + offset * offset * t3
}

fn pressure_of(raw: f64, fine: f64) -> f64 {
    let [p1, p2, p3, p4, p5, p6, p7, p8, p9] = P;
    let var1 = fine / 2.0 - 64000.0;
    let var2 = var1 * var1 * p6 / 32768.0 + var1 * p5 * 2.0;
    let var2 = var2 / 4.0 + p4 * 65536.0;
    let var1 = (p3 * var1 * var1 / 524288.0 + p2 * var1) / 524288.0;
    let var1 = (1.0 + var1 / 32768.0) * p1;
    let pressure = (1048576.0 - raw - var2 / 4096.0) * 6250.0 / var1;
    let var1 = p9 * pressure * pressure / 2147483648.0;
    let var2 = pressure * p8 / 32768.0;
    pressure + (var1 + var2 + p7) / 16.0
}

fn humidity_of(raw: f64, fine: f64) -> f64 {
    let [h1, h2, h3, h4, h5, h6] = H;
    let warm = fine - 76800.0;
    let gain = h2 / 65536.0 * (1.0 + h6 / 67108864.0 * warm * (1.0 + h3 / 67108864.0 * warm));
    let humidity = (raw - (h4 * 64.0 + h5 / 16384.0 * warm)) * gain;
    humidity * (1.0 - h1 * humidity / 524288.0)
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
        self.reset();
        self.started = now + START_UP;
    }
}

impl I2cPart for Model {
    fn start(&mut self, direction: Direction, now: Nanos) -> Acknowledge {
        self.settle(now);
        if direction == Direction::Write {
            self.register = None;
        }
        Acknowledge::Ack
    }

    /// Section 6.2.1: pairs of a register and its value; a register alone is what the next read begins at.
    fn write(&mut self, byte: u8, now: Nanos) -> Acknowledge {
        match self.register.take() {
            None => {
                self.register = Some(byte);
                self.pointer = byte;
            }
            Some(register) => self.write_register(register, byte, now),
        }
        Acknowledge::Ack
    }

    fn read(&mut self, _now: Nanos) -> u8 {
        let byte = self.registers[usize::from(self.pointer)];
        self.pointer = self.pointer.wrapping_add(1);
        byte
    }

    fn stop(&mut self, _now: Nanos) {}
}
