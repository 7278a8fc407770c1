//! MAX31855K: the temperatures of a thermocouple's two ends in a word of 32 bits.
//!
//! Maxim 19-5793, revision 5: the memory map of table 2 and the conversion, which runs on while the part is not selected and
//! takes 100 ms at most. What is linear in the part is linear here: the thermocouple's own curve is not modelled.

use fwc_parts::{Exposure, Nanos, Part, Quantity, SetError, SpiPart};

const CELSIUS: usize = 0;
const INTERNAL: usize = 1;
const WIRES: usize = 2;

const QUANTITIES: &[Quantity] = &[
    Quantity { name: "celsius", unit: "°C", least: -200.0, most: 1_350.0, initial: 25.0 },
    Quantity { name: "internal", unit: "°C", least: -40.0, most: 125.0, initial: 25.0 },
    // 0 as they should be, 1 open, 2 at ground, 3 at the supply.
    Quantity { name: "wires", unit: "", least: 0.0, most: 3.0, initial: 0.0 },
];

/// "Temperature conversion time", at most.
const CONVERSION: Nanos = Nanos::from_millis(100);

/// A simulated MAX31855K.
pub(crate) struct Model {
    exposure: Exposure,
    converted: Nanos,
    /// What the newest conversion gave.
    word: u32,
    /// The word that is being read.
    shifted: u32,
}

impl Default for Model {
    fn default() -> Self {
        let mut part = Self { exposure: Exposure::new(QUANTITIES), converted: Nanos(0), word: 0, shifted: 0 };
        part.word = part.convert();
        part
    }
}

impl Model {
    /// Tables 2, 4 and 5.
    fn convert(&self) -> u32 {
        let quarters = (self.exposure.value(CELSIUS) * 4.0).round() as i16;
        let sixteenths = (self.exposure.value(INTERNAL) * 16.0).round() as i16;
        let tip = u32::from((quarters << 2) as u16) << 16;
        let internal = u32::from((sixteenths << 4) as u16);
        let fault = match self.exposure.value(WIRES).round() as u32 {
            0 => 0,
            wires => 1 << 16 | 1 << (wires - 1),
        };
        tip | internal | fault
    }

    /// Every 100 ms there is a new word, of what surrounds the part then; it changes with `set` alone, so the last one counts.
    fn settle(&mut self, now: Nanos) {
        if now - self.converted >= CONVERSION {
            let since = (now - self.converted).0 % CONVERSION.0;
            self.converted = now - Nanos(since);
            self.word = self.convert();
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
        self.converted = now;
        self.word = self.convert();
    }
}

impl SpiPart for Model {
    /// "CS low stops the conversion in progress": what is read is of one moment.
    fn select(&mut self, now: Nanos) {
        self.settle(now);
        self.shifted = self.word;
    }

    fn transfer(&mut self, _byte: u8, _now: Nanos) -> u8 {
        let [byte, ..] = self.shifted.to_be_bytes();
        self.shifted <<= 8;
        byte
    }

    fn deselect(&mut self, _now: Nanos) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(part: &mut Model, now: Nanos) -> u32 {
        part.select(now);
        let word = (0..4).fold(0, |word, _| word << 8 | u32::from(part.transfer(0, now)));
        part.deselect(now);
        word
    }

    #[test]
    fn the_words_of_the_datasheet() {
        let mut part = Model::default();
        // Tables 4 and 5.
        for (celsius, internal, word) in [
            (1_000.75, 100.5625, 0x3E8C_6490),
            (100.75, 25.0, 0x064C_1900),
            (-0.25, -0.0625, 0xFFFC_FFF0),
            (-200.0, -40.0, 0xF380_D800),
        ] {
            part.set("celsius", celsius, Nanos(0)).unwrap();
            part.set("internal", internal, Nanos(0)).unwrap();
            part.converted = Nanos(0);
            assert_eq!(read(&mut part, Nanos::from_millis(100)), word, "{celsius} and {internal}");
            part.converted = Nanos(0);
        }
    }

    #[test]
    fn a_new_word_comes_with_a_conversion() {
        let mut part = Model::default();
        part.set("wires", 1.0, Nanos::from_millis(10)).unwrap();
        assert_eq!(read(&mut part, Nanos::from_millis(99)), 0x0190_1900);
        assert_eq!(read(&mut part, Nanos::from_millis(100)), 0x0191_1901);
    }
}
