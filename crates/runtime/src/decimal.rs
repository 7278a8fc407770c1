//! Numbers become decimal digits, by integer arithmetic alone.
//!
//! core::fmt would do it too, for several kilobytes. Floats have exactly two decimals, those of `{:.2}`: the exact
//! binary value is rounded, and a tie goes to the even digit.

use crate::record::Line;

/// Writes an unsigned number.
pub(crate) fn unsigned(line: &mut Line<'_>, number: u32) {
    padded(line, number, 1);
}

/// Writes a signed number.
pub(crate) fn signed(line: &mut Line<'_>, number: i32) {
    if number < 0 {
        line.byte(b'-');
    }
    unsigned(line, number.unsigned_abs());
}

/// Writes an unsigned number of 64 bits.
pub(crate) fn unsigned_64(line: &mut Line<'_>, number: u64) {
    const GROUP: u64 = 1_000_000_000;
    if let Ok(number) = u32::try_from(number) {
        unsigned(line, number);
    } else {
        unsigned_64(line, number / GROUP);
        padded(line, (number % GROUP) as u32, 9);
    }
}

/// Writes a signed number of 64 bits.
pub(crate) fn signed_64(line: &mut Line<'_>, number: i64) {
    if number < 0 {
        line.byte(b'-');
    }
    unsigned_64(line, number.unsigned_abs());
}

/// Writes a number with zeros in front up to `width` digits.
fn padded(line: &mut Line<'_>, number: u32, width: usize) {
    let mut digits = [b'0'; 10];
    let mut rest = number;
    let mut first = digits.len();
    while rest > 0 || digits.len() - first < width {
        first -= 1;
        digits[first] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    line.bytes(&digits[first..]);
}

/// Writes a float of 32 bits with two decimals.
pub(crate) fn hundredths_32(line: &mut Line<'_>, number: f32) {
    // IEEE 754: one sign bit, 8 of the exponent (bias 127), 23 of the mantissa.
    let bits = number.to_bits();
    if sign_or_special(line, bits >> 31 != 0, number.is_nan(), number.is_infinite()) {
        return;
    }
    let (mantissa, exponent) = match (bits & 0x7F_FFFF, (bits >> 23) & 0xFF) {
        (fraction, 0) => (fraction, 1),
        (fraction, exponent) => (fraction | 0x80_0000, exponent),
    };
    let exponent = exponent as i32 - (127 + 23);
    if exponent >= 0 {
        shifted::<8, 10>(line, u64::from(mantissa), exponent as usize);
        line.bytes(b".00");
        return;
    }
    // A mantissa has 24 bits, so 100 of it fit 31; what is below 2^-32 of that rounds to zero.
    let hundredths = match (-exponent) as u32 {
        shift @ 0..32 => {
            let scaled = mantissa * 100;
            let kept = scaled >> shift;
            let lost = scaled & ((1 << shift) - 1);
            kept + u32::from(rounds_up(u64::from(lost), shift, kept & 1 != 0))
        }
        _ => 0,
    };
    unsigned(line, hundredths / 100);
    line.byte(b'.');
    padded(line, hundredths % 100, 2);
}

/// Writes a float of 64 bits with two decimals.
pub(crate) fn hundredths_64(line: &mut Line<'_>, number: f64) {
    // IEEE 754: one sign bit, 11 of the exponent (bias 1023), 52 of the mantissa.
    let bits = number.to_bits();
    if sign_or_special(line, bits >> 63 != 0, number.is_nan(), number.is_infinite()) {
        return;
    }
    let (mantissa, exponent) = match (bits & 0xF_FFFF_FFFF_FFFF, (bits >> 52) & 0x7FF) {
        (fraction, 0) => (fraction, 1),
        (fraction, exponent) => (fraction | 0x10_0000_0000_0000, exponent),
    };
    let exponent = exponent as i32 - (1023 + 52);
    if exponent >= 0 {
        shifted::<64, 80>(line, mantissa, exponent as usize);
        line.bytes(b".00");
        return;
    }
    // A mantissa has 53 bits, so 100 of it fit 60; what is below 2^-64 of that rounds to zero.
    let hundredths = match (-exponent) as u32 {
        shift @ 0..64 => {
            let scaled = mantissa * 100;
            let kept = scaled >> shift;
            let lost = scaled & ((1 << shift) - 1);
            kept + u64::from(rounds_up(lost, shift, kept & 1 != 0))
        }
        _ => 0,
    };
    unsigned_64(line, hundredths / 100);
    line.byte(b'.');
    padded(line, (hundredths % 100) as u32, 2);
}

/// Writes the sign, and the name of what is no number; whether it was such.
fn sign_or_special(line: &mut Line<'_>, negative: bool, nan: bool, infinite: bool) -> bool {
    if nan {
        line.bytes(b"NaN");
        return true;
    }
    if negative {
        line.byte(b'-');
    }
    if infinite {
        line.bytes(b"inf");
    }
    infinite
}

/// Whether a remainder of `shift` bits rounds up: more than half does, exactly half does where that gives an even digit.
fn rounds_up(lost: u64, shift: u32, odd: bool) -> bool {
    let half = 1 << (shift - 1);
    lost > half || (lost == half && odd)
}

/// Writes `number` times two to the power of `shift`: `LIMBS` of 16 bits hold it, `GROUPS` of four digits print it.
///
/// 16 bits, so that a division by ten thousand stays within 32: small cores divide 64 bits slowly and at length.
fn shifted<const LIMBS: usize, const GROUPS: usize>(line: &mut Line<'_>, number: u64, shift: usize) {
    let mut limbs = [0u16; LIMBS];
    let mut carry = 0;
    for (index, limb) in limbs.iter_mut().skip(shift / 16).take(5).enumerate() {
        let part = number.checked_shr(16 * index as u32).unwrap_or(0) as u16;
        let spread = (u32::from(part) << (shift % 16)) | carry;
        *limb = spread as u16;
        carry = spread >> 16;
    }

    let mut groups = [0u16; GROUPS];
    let mut count = 0;
    loop {
        let mut remainder = 0;
        let mut rest = 0;
        for limb in limbs.iter_mut().rev() {
            let dividend = (remainder << 16) | u32::from(*limb);
            *limb = (dividend / 10_000) as u16;
            remainder = dividend % 10_000;
            rest |= *limb;
        }
        groups[count] = remainder as u16;
        count += 1;
        if rest == 0 {
            break;
        }
    }
    for (index, group) in groups[..count].iter().rev().enumerate() {
        padded(line, u32::from(*group), if index == 0 { 1 } else { 4 });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(write: impl Fn(&mut Line<'_>)) -> std::string::String {
        let mut text = std::string::String::new();
        loop {
            let mut piece = heapless::Vec::<u8, 200, u8>::new();
            let mut line = Line::new(&mut piece, text.len());
            write(&mut line);
            let length = line.length();
            text.push_str(std::str::from_utf8(&piece).unwrap());
            if text.len() == length {
                return text;
            }
        }
    }

    fn check_32(number: f32) {
        assert_eq!(written(|line| hundredths_32(line, number)), std::format!("{number:.2}"), "{number:e}");
    }

    fn check_64(number: f64) {
        assert_eq!(written(|line| hundredths_64(line, number)), std::format!("{number:.2}"), "{number:e}");
    }

    #[test]
    fn corners_are_those_of_core_fmt() {
        for number in [0.0, -0.0, f32::MAX, f32::MIN, f32::MIN_POSITIVE, 1e-45, f32::NAN, f32::INFINITY] {
            check_32(number);
            check_32(-number);
        }
        for number in
            [0.0, f64::MAX, f64::MIN_POSITIVE, 5e-324, f64::INFINITY, f64::NAN, 9_007_199_254_740_993.0]
        {
            check_64(number);
            check_64(-number);
        }
        check_32(16_777_216.0);
        check_32(16_777_215.0);
        check_32(8_388_607.5);
        check_32(0.999);
        check_64(0.995);
    }

    #[test]
    fn ties_go_where_core_fmt_sends_them() {
        for eighths in 0..20_000u32 {
            check_32(eighths as f32 / 8.0);
            check_64(f64::from(eighths) / 8.0);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn any_f32_is_as_core_fmt_writes_it(bits: u32) {
            check_32(f32::from_bits(bits));
        }

        #[test]
        fn any_f64_is_as_core_fmt_writes_it(bits: u64) {
            check_64(f64::from_bits(bits));
        }

        #[test]
        fn sensible_floats_are_as_core_fmt_writes_them(thousandths in -2_000_000_000i64..2_000_000_000) {
            check_32(thousandths as f32 / 1000.0);
            check_64(thousandths as f64 / 1000.0);
        }

        #[test]
        fn integers_are_as_core_fmt_writes_them(number: u64) {
            prop_assert_eq!(written(|line| unsigned_64(line, number)), std::format!("{}", number));
            prop_assert_eq!(written(|line| signed_64(line, number as i64)), std::format!("{}", number as i64));
            prop_assert_eq!(written(|line| unsigned(line, number as u32)), std::format!("{}", number as u32));
            prop_assert_eq!(written(|line| signed(line, number as i32)), std::format!("{}", number as i32));
        }
    }
}
