//! DS3231: a calendar that runs, alarms, a thermometer, and the flag that says whether the time can be trusted.
//!
//! Maxim 19-5170 Rev 10, "Extremely Accurate I2C-Integrated RTC/TCXO/Crystal". Modelled: all registers, both ways of
//! writing hours, the century, leap years, the copy of the time that a transfer reads, alarms as far as registers show
//! them. Not modelled: the output pins and the aging offset's effect. The part has its battery: it keeps the time without
//! a supply.

use fwc_parts::{Acknowledge, Direction, Exposure, I2cPart, Nanos, Part, Quantity, SetError};

const UNIX: usize = 0;
const CELSIUS: usize = 1;

/// 2000-01-01 and 2199-12-31 23:59:59, the calendar's ends, in seconds since 1970.
const FIRST: i64 = 946_684_800;
const LAST: i64 = 7_258_118_399;

const QUANTITIES: &[Quantity] = &[
    Quantity { name: "unix", unit: "s", least: FIRST as f64, most: LAST as f64, initial: FIRST as f64 },
    Quantity { name: "celsius", unit: "°C", least: -40.0, most: 85.0, initial: 25.0 },
];

// Figure 1, "Timekeeping registers".
const SECONDS: usize = 0x00;
const HOURS: usize = 0x02;
const WEEKDAY: usize = 0x03;
const MONTH: usize = 0x05;
const YEAR: usize = 0x06;
const ALARM_1: usize = 0x07;
const ALARM_2: usize = 0x0B;
const CONTROL: usize = 0x0E;
const STATUS: usize = 0x0F;
const TEMPERATURE_HIGH: usize = 0x11;
const REGISTERS: usize = 0x13;

const HOURS_12: u8 = 1 << 6;
const HOURS_PM: u8 = 1 << 5;
const CENTURY: u8 = 1 << 7;
const CONTROL_CONVERT: u8 = 1 << 5;
const STATUS_STOPPED: u8 = 1 << 7;
const STATUS_32_KHZ: u8 = 1 << 3;
const STATUS_BUSY: u8 = 1 << 2;
const STATUS_ALARM_1: u8 = 1;
const STATUS_ALARM_2: u8 = 1 << 1;

/// "The temperature registers are updated after each user-initiated conversion and on every 64-second conversion."
const CONVERSION_PERIOD: u64 = 64_000_000_000;

/// A simulated DS3231.
pub(crate) struct Model {
    exposure: Exposure,
    /// Everything but the time itself, whose registers only keep how hours are written.
    registers: [u8; REGISTERS],
    /// Seconds since 1970 at the moment `since`.
    unix: i64,
    since: Nanos,
    /// The day of the week at FIRST; users number days as they like.
    weekday_offset: i64,
    converted: Nanos,
    /// The copy of the time's registers that this transfer reads.
    copy: [u8; ALARM_1],
    pointer: usize,
    addressing: bool,
    /// The time's registers that this transfer has written, in their copy.
    time_written: bool,
}

impl Default for Model {
    /// A part that never had a supply: its clock says that it stood still.
    fn default() -> Self {
        let mut registers = [0; REGISTERS];
        registers[CONTROL] = 0x1C;
        registers[STATUS] = STATUS_STOPPED | STATUS_32_KHZ;
        let mut model = Self {
            exposure: Exposure::new(QUANTITIES),
            registers,
            unix: FIRST,
            since: Nanos(0),
            weekday_offset: 0,
            converted: Nanos(0),
            copy: [0; ALARM_1],
            pointer: 0,
            addressing: true,
            time_written: false,
        };
        model.convert(Nanos(0));
        model
    }
}

impl Model {
    fn convert(&mut self, now: Nanos) {
        self.converted = now;
        // Quarters of a degree, in the upper ten bits.
        let quarters = (self.exposure.value(CELSIUS) * 4.0).round() as i16;
        self.registers[TEMPERATURE_HIGH..].copy_from_slice(&(quarters << 6).to_be_bytes());
    }

    /// Lets the seconds pass until now, each with its alarms.
    fn settle(&mut self, now: Nanos) {
        while (now - self.since).0 >= 1_000_000_000 {
            self.since = self.since + Nanos::from_secs(1);
            self.unix = if self.unix == LAST { FIRST } else { self.unix + 1 };
            self.alarms();
        }
        if (now - self.converted).0 >= CONVERSION_PERIOD {
            self.convert(now);
        }
    }

    /// Table 2: an alarm register with its bit 7 set is not compared.
    fn alarms(&mut self) {
        let time = self.time();
        let same = |register: u8, value: u8| register & 0x80 != 0 || register & 0x7F == value;
        let same_day = |register: u8| match register & 0x40 {
            0 => same(register, time[WEEKDAY + 1]),
            _ => same(register & 0xBF, time[WEEKDAY]),
        };
        let first = &self.registers[ALARM_1..ALARM_2];
        let second = &self.registers[ALARM_2..CONTROL];
        let clock = |alarm: &[u8]| same(alarm[0], time[1]) && same(alarm[1], time[2]) && same_day(alarm[2]);
        let rings_1 = same(first[0], time[0]) && clock(&first[1..]);
        let rings_2 = time[0] == 0 && clock(second);
        if rings_1 {
            self.registers[STATUS] |= STATUS_ALARM_1;
        }
        if rings_2 {
            self.registers[STATUS] |= STATUS_ALARM_2;
        }
    }

    /// The time as its registers say it.
    fn time(&self) -> [u8; ALARM_1] {
        let day = self.unix.div_euclid(86_400);
        let second = self.unix.rem_euclid(86_400);
        let (year, month, date) = civil(day);
        let century = if year >= 2_100 { CENTURY } else { 0 };
        [
            bcd((second % 60) as u8),
            bcd((second / 60 % 60) as u8),
            self.written_hours((second / 3_600) as u8),
            (day + self.weekday_offset).rem_euclid(7) as u8 + 1,
            bcd(date),
            bcd(month) | century,
            bcd((year % 100) as u8),
        ]
    }

    fn written_hours(&self, hour: u8) -> u8 {
        if self.registers[HOURS] & HOURS_12 == 0 {
            return bcd(hour);
        }
        let pm = if hour >= 12 { HOURS_PM } else { 0 };
        HOURS_12 | pm | bcd((hour + 11) % 12 + 1)
    }

    /// Takes the time that was written. "The countdown chain is reset whenever the seconds register is written."
    fn set_time(&mut self, registers: [u8; ALARM_1], now: Nanos) {
        self.registers[HOURS] = registers[HOURS] & HOURS_12;
        let hours = registers[HOURS];
        let hour = match hours & HOURS_12 {
            0 => number(hours & 0x3F),
            _ => number(hours & 0x1F) % 12 + if hours & HOURS_PM == 0 { 0 } else { 12 },
        };
        let century = if registers[MONTH] & CENTURY == 0 { 2_000 } else { 2_100 };
        let day =
            days(century + number(registers[YEAR]), number(registers[MONTH] & 0x1F), number(registers[4]));
        let clock = hour * 3_600 + number(registers[1]) * 60 + number(registers[SECONDS]);
        self.unix = day * 86_400 + clock;
        self.weekday_offset = i64::from(registers[WEEKDAY] & 7) - 1 - day;
        self.since = now;
    }

    fn write_register(&mut self, value: u8, now: Nanos) {
        match self.pointer {
            time @ SECONDS..=YEAR => {
                self.copy[time] = value;
                self.time_written = true;
            }
            CONTROL => {
                self.registers[CONTROL] = value & !CONTROL_CONVERT;
                if value & CONTROL_CONVERT != 0 {
                    self.convert(now);
                }
            }
            STATUS => {
                // Flags can be cleared only; whether the 32 kHz output runs can be set.
                let flags = STATUS_STOPPED | STATUS_ALARM_1 | STATUS_ALARM_2;
                let kept = self.registers[STATUS] & (value | !flags);
                self.registers[STATUS] = kept & !STATUS_32_KHZ & !STATUS_BUSY | value & STATUS_32_KHZ;
            }
            TEMPERATURE_HIGH.. => {}
            register => self.registers[register] = value,
        }
    }

    /// "When the register pointer reaches the end, it wraps around to location 00h", where the time is copied anew.
    fn advance(&mut self) {
        self.pointer = (self.pointer + 1) % REGISTERS;
        if self.pointer == 0 {
            self.copy = self.time();
        }
    }
}

fn bcd(number: u8) -> u8 {
    ((number / 10) << 4) | (number % 10)
}

fn number(bcd: u8) -> i64 {
    i64::from(bcd >> 4) * 10 + i64::from(bcd & 0x0F)
}

/// Days from 1970-01-01 to a date of the calendar; a month or day that is none counts on from the nearest before.
fn days(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March, so that the leap day is the last of its year.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (153 * month + 2) / 5 + day - 1 - 719_468
}

/// The date of the calendar so many days after 1970-01-01.
fn civil(day: i64) -> (i64, u8, u8) {
    let mut year = 1970 + day / 366;
    while days(year + 1, 1, 1) <= day {
        year += 1;
    }
    let month = (1..=12).rev().find(|month| days(year, *month, 1) <= day).unwrap_or(1);
    (year, month as u8, (day - days(year, month, 1) + 1) as u8)
}

impl Part for Model {
    fn quantities(&self) -> &'static [Quantity] {
        QUANTITIES
    }

    /// A time that is set is a time that is known: the flag falls, as when a user has set the clock.
    fn set(&mut self, quantity: &str, value: f64, now: Nanos) -> Result<(), SetError> {
        self.settle(now);
        match self.exposure.set(quantity, value)? {
            UNIX => {
                self.unix = value as i64;
                self.since = now;
                self.registers[STATUS] &= !STATUS_STOPPED;
            }
            _ => self.convert(now),
        }
        Ok(())
    }

    fn shows(&self) -> Vec<String> {
        let (year, month, day) = civil(self.unix.div_euclid(86_400));
        let second = self.unix.rem_euclid(86_400);
        let (hours, minutes, seconds) = (second / 3_600, second / 60 % 60, second % 60);
        vec![format!("{year:04}-{month:02}-{day:02} {hours:02}:{minutes:02}:{seconds:02}")]
    }

    fn power_up(&mut self, now: Nanos) {
        self.settle(now);
        self.pointer = 0;
    }
}

impl I2cPart for Model {
    /// "The time and date are copied to a second set of registers on a START."
    fn start(&mut self, _direction: Direction, now: Nanos) -> Acknowledge {
        self.settle(now);
        self.copy = self.time();
        self.addressing = true;
        self.time_written = false;
        Acknowledge::Ack
    }

    fn write(&mut self, byte: u8, now: Nanos) -> Acknowledge {
        if self.addressing {
            self.addressing = false;
            self.pointer = usize::from(byte) % REGISTERS;
        } else {
            self.write_register(byte, now);
            self.advance();
        }
        Acknowledge::Ack
    }

    fn read(&mut self, _now: Nanos) -> u8 {
        let byte = match self.pointer {
            time @ SECONDS..=YEAR => self.copy[time],
            register => self.registers[register],
        };
        self.advance();
        byte
    }

    fn stop(&mut self, now: Nanos) {
        if std::mem::take(&mut self.time_written) {
            self.set_time(self.copy, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(model: &mut Model, bytes: &[u8], now: Nanos) {
        model.start(Direction::Write, now);
        for byte in bytes {
            model.write(*byte, now);
        }
        model.stop(now);
    }

    fn read<const N: usize>(model: &mut Model, register: u8, now: Nanos) -> [u8; N] {
        model.start(Direction::Write, now);
        model.write(register, now);
        model.start(Direction::Read, now);
        let bytes = std::array::from_fn(|_| model.read(now));
        model.stop(now);
        bytes
    }

    #[test]
    fn dates_and_days_are_inverse() {
        for day in (FIRST / 86_400)..=(LAST / 86_400) {
            let (year, month, date) = civil(day);
            assert_eq!(days(year, month.into(), date.into()), day);
        }
        assert_eq!(civil(FIRST / 86_400), (2000, 1, 1));
        assert_eq!(civil(LAST / 86_400), (2199, 12, 31));
    }

    #[test]
    fn a_leap_day_and_the_turn_of_the_century() {
        let mut model = Model::default();
        // Wednesday, 2024-02-28 23:59:58.
        write(&mut model, &[0, 0x58, 0x59, 0x23, 4, 0x28, 0x02, 0x24], Nanos(0));
        assert_eq!(read(&mut model, 0, Nanos::from_secs(3)), [0x01, 0, 0, 5, 0x29, 0x02, 0x24]);
        write(&mut model, &[0, 0x59, 0x59, 0x23, 5, 0x31, 0x12, 0x99], Nanos::from_secs(3));
        assert_eq!(read(&mut model, 0, Nanos::from_secs(4)), [0, 0, 0, 6, 0x01, 0x81, 0x00]);
    }

    #[test]
    fn twelve_hours_turn_at_noon_and_midnight() {
        let mut model = Model::default();
        write(&mut model, &[0, 0x59, 0x59, 0x71], Nanos(0));
        assert_eq!(read::<3>(&mut model, 0, Nanos(0)), [0x59, 0x59, 0x71]);
        assert_eq!(read::<3>(&mut model, 0, Nanos::from_secs(1)), [0, 0, 0x52]);
        assert_eq!(read::<3>(&mut model, 0, Nanos::from_secs(1 + 12 * 3_600)), [0, 0, 0x72]);
    }

    #[test]
    fn an_alarm_of_every_minute_and_one_of_a_date() {
        let mut model = Model::default();
        write(&mut model, &[7, 0x30, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80], Nanos(0));
        assert_eq!(read::<1>(&mut model, 0x0F, Nanos::from_secs(29)), [0x88]);
        assert_eq!(read::<1>(&mut model, 0x0F, Nanos::from_secs(30)), [0x89]);
        write(&mut model, &[0x0F, 0], Nanos::from_secs(30));
        assert_eq!(read::<1>(&mut model, 0x0F, Nanos::from_secs(59)), [0]);
        assert_eq!(read::<1>(&mut model, 0x0F, Nanos::from_secs(60)), [STATUS_ALARM_2]);
    }

    #[test]
    fn quarters_of_a_degree_below_zero_too() {
        let mut model = Model::default();
        model.set("celsius", -0.25, Nanos(0)).unwrap();
        assert_eq!(read::<2>(&mut model, 0x11, Nanos(0)), [0xFF, 0xC0]);
        assert_eq!(read::<3>(&mut model, 0x12, Nanos(0)), [0xC0, 0, 0]);
    }
}
