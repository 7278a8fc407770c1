//! Chains of WS2812 lights: colours become the bits on their wire, and the bits what a block of the chip sends for them.

/// WS2812B-V5 datasheet, "data transfer time", with WS2812B's, whose limits are others: a bit takes 1.25 µs, of which the line is
/// high for so long in a 0 and in a 1. Both have 220 to 380 ns, or 250 to 550 ns, for a 0, and 580 ns to 1 µs, or 650 to 950 ns, for a 1.
pub const BIT_NANOS: u32 = 1_250;
/// The first is that of a 0.
pub const HIGH_NANOS: [u32; 2] = [375, 813];
/// WS2812B-V5 datasheet, "data transfer time": `RES`, above 280 µs, behind which the lights show what they were sent.
pub const PAUSE_MICROS: u64 = 290;

/// The bits of a light.
pub const BITS: usize = 24;

/// How long so many bits take until the lights show them.
pub const fn micros(bits: usize) -> u64 {
    (bits as u64 * BIT_NANOS as u64).div_ceil(1_000) + PAUSE_MICROS
}

/// The bits of a colour, red, green and blue, in the order in which the lights take them: green, red, blue, each from its
/// highest bit (WS2812B-V5 datasheet, "composition of 24-bit data").
pub fn bits(color: impl Into<[u8; 3]>) -> impl Iterator<Item = bool> {
    let [red, green, blue] = color.into();
    let word = u32::from_be_bytes([0, green, red, blue]);
    (0..BITS).rev().map(move |bit| word >> bit & 1 == 1)
}

/// Writes a pulse for each bit of each colour, of which the first is that of a 0. Pulses beyond the end of the colours stay.
pub fn write_pulses<Pulse: Copy>(
    pulses: &mut [Pulse],
    colors: impl Iterator<Item = impl Into<[u8; 3]>>,
    [zero, one]: [Pulse; 2],
) {
    for (light, color) in pulses.chunks_mut(BITS).zip(colors) {
        for (pulse, bit) in light.iter_mut().zip(bits(color)) {
            *pulse = if bit { one } else { zero };
        }
    }
}

/// Writes the levels of the line for each bit of each colour: `bits` of them, the highest of a byte first, of which so many are
/// high in a 0 and in a 1. Levels beyond the end of the colours stay.
pub fn write_levels(
    bytes: &mut [u8],
    colors: impl Iterator<Item = impl Into<[u8; 3]>>,
    bits: usize,
    high: [usize; 2],
) {
    // A light's levels are whole bytes.
    for (light, color) in bytes.chunks_exact_mut(bits * BITS / 8).zip(colors) {
        light.fill(0);
        for (place, bit) in self::bits(color).enumerate() {
            for level in 0..high[usize::from(bit)] {
                let level = place * bits + level;
                light[level / 8] |= 0x80 >> (level % 8);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(color: [u8; 3]) -> u32 {
        bits(color).fold(0, |word, bit| word << 1 | u32::from(bit))
    }

    #[test]
    fn green_comes_first_and_the_highest_bit_of_each() {
        assert_eq!(word([0x12, 0x34, 0x56]), 0x34_12_56);
        assert_eq!(bits([0; 3]).count(), BITS);
    }

    #[test]
    fn lights_beyond_the_colours_keep_their_pulses() {
        let mut pulses = ['.'; 60];
        write_pulses(&mut pulses, [[0xf0, 0x80, 0x01], [0, 0, 0]].into_iter(), ['0', '1']);
        let shown: String = pulses.iter().collect();
        assert_eq!(shown[..24], *"100000001111000000000001");
        assert_eq!((&shown[24..48], &shown[48..]), ("0".repeat(24).as_str(), "............"));
        // The last light of a chain is not written in part.
        write_pulses(&mut pulses[..0], [[255; 3]].into_iter(), ['0', '1']);
        assert_eq!(pulses.iter().collect::<String>(), shown);
    }

    #[test]
    fn levels_are_packed_and_may_cross_bytes() {
        let mut bytes = [0xee; 20];
        // 100 is a 0, and 110 a 1.
        write_levels(&mut bytes, [[0, 0x80, 0x01]].into_iter(), 3, [1, 2]);
        assert_eq!(bytes[..3], [0b11010010, 0b01001001, 0b00100100]);
        assert_eq!(bytes[6..9], [0b10010010, 0b01001001, 0b00100110]);
        assert_eq!(bytes[9..], [0xee; 11]);
        let mut bytes = [0; 15];
        write_levels(&mut bytes, [[0xff, 0xff, 0x7f]].into_iter(), 5, [2, 3]);
        let shown: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
        assert_eq!(shown, format!("{}{}{}", "11100".repeat(16), "11000", "11100".repeat(7)));
    }

    #[test]
    fn it_takes_as_long_as_its_bits_and_the_pause() {
        assert_eq!((micros(0), micros(1), micros(24), micros(30 * 24)), (290, 292, 320, 1_190));
    }
}
