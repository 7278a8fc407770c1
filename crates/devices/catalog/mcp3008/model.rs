//! MCP3008: eight voltages, one of which is converted bit by bit while the bus clocks.
//!
//! Microchip DS21295D, sections 5 and 6: the start bit wherever it comes, single-ended and differential inputs, a null bit and
//! ten bits of result, then the same from the lowest bit up. Not modelled: noise and the errors of the conversion.

use fwc_parts::{Exposure, Nanos, Part, Quantity, SetError, SpiPart};

const fn input(name: &'static str) -> Quantity {
    Quantity { name, unit: "mV", least: 0.0, most: 5_500.0, initial: 0.0 }
}

const QUANTITIES: &[Quantity] = &[
    input("ch0"),
    input("ch1"),
    input("ch2"),
    input("ch3"),
    input("ch4"),
    input("ch5"),
    input("ch6"),
    input("ch7"),
];

const LARGEST: f64 = 1_023.0;
const BITS: usize = 10;

/// Clocks after the start bit: one more for `SGL/DIFF`, three for the input, one and a half of sampling; then the null bit.
const CONFIGURATION: usize = 4;
const NULL_BIT: usize = 6;

/// A simulated MCP3008.
pub(crate) struct Model {
    exposure: Exposure,
    /// Millivolts at VREF.
    reference: f64,
    /// Bits since the start bit; none before it.
    clocks: Option<usize>,
    configuration: u8,
    result: u16,
}

impl Model {
    /// A part with this voltage at VREF, in millivolts.
    pub(crate) fn new(reference: f64) -> Self {
        Self { exposure: Exposure::new(QUANTITIES), reference, clocks: None, configuration: 0, result: 0 }
    }

    /// Table 5-2 and equation 4-1.
    fn convert(&self) -> u16 {
        let input = usize::from(self.configuration & 7);
        let is_single_ended = self.configuration & 8 != 0;
        let other = if is_single_ended { 0.0 } else { self.exposure.value(input ^ 1) };
        let share = (self.exposure.value(input) - other) / self.reference;
        (share * (LARGEST + 1.0)).floor().clamp(0.0, LARGEST) as u16
    }

    /// A rising clock takes a bit; what the part drives then is the answer. Nothing while it leaves the line alone.
    fn clock(&mut self, bit: bool) -> Option<bool> {
        let Some(clocks) = self.clocks else {
            if bit {
                self.clocks = Some(0);
            }
            return None;
        };
        let clocks = clocks + 1;
        self.clocks = Some(clocks);
        if clocks <= CONFIGURATION {
            self.configuration = self.configuration << 1 | u8::from(bit);
            if clocks == CONFIGURATION {
                self.result = self.convert();
            }
        }
        let result_bit = |bit: usize| self.result >> bit & 1 == 1;
        match clocks {
            ..NULL_BIT => None,
            NULL_BIT => Some(false),
            // From the highest to the lowest, and back up without the lowest a second time; zeros from then on.
            _ if clocks <= NULL_BIT + BITS => Some(result_bit(NULL_BIT + BITS - clocks)),
            _ if clocks < NULL_BIT + 2 * BITS => Some(result_bit(clocks - NULL_BIT - BITS)),
            _ => Some(false),
        }
    }
}

impl Part for Model {
    fn quantities(&self) -> &'static [Quantity] {
        QUANTITIES
    }

    fn set(&mut self, quantity: &str, value: f64, _now: Nanos) -> Result<(), SetError> {
        self.exposure.set(quantity, value).map(drop)
    }

    fn power_up(&mut self, _now: Nanos) {
        self.clocks = None;
    }
}

impl SpiPart for Model {
    fn select(&mut self, _now: Nanos) {
        self.clocks = None;
        self.configuration = 0;
    }

    fn transfer(&mut self, byte: u8, _now: Nanos) -> u8 {
        (0..8).rev().fold(0, |answer, bit| {
            // A line that nobody drives is high.
            answer << 1 | u8::from(self.clock(byte >> bit & 1 == 1).unwrap_or(true))
        })
    }

    fn deselect(&mut self, _now: Nanos) {
        self.clocks = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Nanos = Nanos(0);

    fn exchange<const N: usize>(part: &mut Model, bytes: [u8; N]) -> [u8; N] {
        part.select(NOW);
        let answers = bytes.map(|byte| part.transfer(byte, NOW));
        part.deselect(NOW);
        answers
    }

    #[test]
    fn a_result_stands_at_the_end_of_three_bytes() {
        let mut part = Model::new(1_024.0);
        part.set("ch5", 682.0, NOW).unwrap();
        // 682 is 10 1010 1010; the null bit is before it.
        assert_eq!(exchange(&mut part, [0x01, 0xD0, 0]), [0xFF, 0b1111_1010, 0b1010_1010]);
        assert_eq!(exchange(&mut part, [0x01, 0xC0, 0])[2], 0);
    }

    #[test]
    fn the_start_bit_may_come_at_once_and_bits_come_back_up() {
        let mut part = Model::new(1_024.0);
        part.set("ch0", 1.0, NOW).unwrap();
        // Start, single-ended, 000, then the null bit, nine zeros and a one, and eight of the nine that follow.
        assert_eq!(exchange(&mut part, [0xC0, 0, 0]), [0b1111_1100, 0b0000_0000, 0b1000_0000]);
    }

    #[test]
    fn a_difference_is_never_below_zero_and_ends_are_ends() {
        let mut part = Model::new(1_024.0);
        part.set("ch0", 500.0, NOW).unwrap();
        part.set("ch1", 400.0, NOW).unwrap();
        assert_eq!(exchange(&mut part, [0x01, 0x00, 0])[2], 100);
        assert_eq!(exchange(&mut part, [0x01, 0x10, 0])[2], 0);
        part.set("ch0", 5_000.0, NOW).unwrap();
        assert_eq!(exchange(&mut part, [0x01, 0x80, 0])[1..], [0b1111_1011, 0xFF]);
    }
}
