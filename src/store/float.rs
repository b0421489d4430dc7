//! Floats as Nix writes them into JSON, where one other digit is another store path.
//!
//! Nix prints with Grisu2 (Florian Loitsch, "Printing Floating-Point Numbers Quickly and Accurately with Integers",
//! 2010). It reads back as the same float always, yet three times in a thousand it is not the shortest text that does,
//! which Rust's own is. So the algorithm is followed to the letter.

use std::fmt::Write as _;
use std::sync::LazyLock;

/// Prints a float as `builtins.toJSON` does: `1.0`, `0.1`, `1e+20`, `1e-07`. What is no number is `null`.
///
/// ```
/// use fleet::store::json_float;
///
/// assert_eq!(json_float(0.1), "0.1");
/// assert_eq!(json_float(1e15), "1e+15");
/// // The shortest text would be 6.388040056792098e+16.
/// assert_eq!(json_float(6.388040056792098e16), "6.3880400567920976e+16");
/// ```
pub fn json_float(value: f64) -> String {
    if !value.is_finite() {
        return "null".into();
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    if value == 0.0 {
        return format!("{sign}0.0");
    }
    let (digits, exponent) = grisu2(value.abs());
    format!("{sign}{}", lay_out(&digits, exponent))
}

/// Digits, and the power of ten of the last one, as text: with a point where it stands among or near the digits.
fn lay_out(digits: &str, exponent: i32) -> String {
    let count = digits.len() as i32;
    // How many digits stand before the point.
    let point = count + exponent;
    if count <= point && point <= 15 {
        return format!("{digits}{}.0", "0".repeat((point - count) as usize));
    }
    if 0 < point && point <= 15 {
        let (whole, rest) = digits.split_at(point as usize);
        return format!("{whole}.{rest}");
    }
    if -4 < point && point <= 0 {
        return format!("0.{}{digits}", "0".repeat(-point as usize));
    }
    let mut text = String::from(&digits[..1]);
    if count > 1 {
        let _ = write!(text, ".{}", &digits[1..]);
    }
    let sign = if point > 0 { '+' } else { '-' };
    let _ = write!(text, "e{sign}{:02}", (point - 1).abs());
    text
}

/// `f * 2^e`: a float with 64 bits of precision.
#[derive(Debug, Clone, Copy)]
struct Wide {
    f: u64,
    e: i32,
}

impl Wide {
    /// The nearest to the product.
    fn times(self, other: Wide) -> Wide {
        let product = u128::from(self.f) * u128::from(other.f);
        Wide { f: ((product + (1 << 63)) >> 64) as u64, e: self.e + other.e + 64 }
    }

    /// The same with its highest bit set.
    fn normalized(self) -> Wide {
        let shift = self.f.leading_zeros();
        Wide { f: self.f << shift, e: self.e - shift as i32 }
    }
}

/// The lowest power of ten in the table, and the step to the next.
const LOWEST: i32 = -300;
const STEP: i32 = 8;

/// Powers of ten from 10^-300 in steps of 10^8, rounded to 64 bits.
static POWERS: LazyLock<Vec<Wide>> =
    LazyLock::new(|| (0..79).map(|at| power_of_ten(LOWEST + at * STEP)).collect());

/// A power of ten rounded to the nearest with 64 bits, computed exactly.
fn power_of_ten(exponent: i32) -> Wide {
    // A number in base 2^32, lowest first: 10^|exponent|.
    let mut number: Vec<u32> = vec![1];
    for _ in 0..exponent.unsigned_abs() {
        let mut carry = 0;
        for limb in &mut number {
            let product = u64::from(*limb) * 10 + carry;
            *limb = product as u32;
            carry = product >> 32;
        }
        if carry > 0 {
            number.push(carry as u32);
        }
    }
    let bit = |number: &[u32], at: usize| number[at / 32] >> (at % 32) & 1 == 1;
    let length = number.len() * 32 - number[number.len() - 1].leading_zeros() as usize;
    if exponent >= 0 {
        let mut f = 0u64;
        for at in (0..length).rev().take(64) {
            f = f << 1 | u64::from(bit(&number, at));
        }
        if length <= 64 {
            return Wide { f: f << (64 - length), e: length as i32 - 64 };
        }
        return rounded(f, bit(&number, length - 65), length as i32 - 64);
    }
    // 1 / 10^n by long division: each step gives one bit, the first of which is set.
    let mut rest = vec![0u32; number.len() + 1];
    number.push(0);
    rest[(length - 1) / 32] |= 1 << ((length - 1) % 32);
    let mut f = 0u64;
    let mut next = || {
        double(&mut rest);
        let fits = rest.iter().rev().ge(number.iter().rev());
        if fits {
            subtract(&mut rest, &number);
        }
        fits
    };
    for _ in 0..64 {
        f = f << 1 | u64::from(next());
    }
    rounded(f, next(), -(length as i32) - 63)
}

fn rounded(f: u64, up: bool, e: i32) -> Wide {
    match f.checked_add(up.into()) {
        Some(f) => Wide { f, e },
        None => Wide { f: 1 << 63, e: e + 1 },
    }
}

fn double(number: &mut [u32]) {
    let mut carry = 0;
    for limb in number {
        let doubled = *limb << 1 | carry;
        carry = *limb >> 31;
        *limb = doubled;
    }
}

fn subtract(number: &mut [u32], other: &[u32]) {
    let mut borrow = false;
    for (limb, other) in number.iter_mut().zip(other) {
        let (difference, first) = limb.overflowing_sub(*other);
        let (difference, second) = difference.overflowing_sub(borrow.into());
        *limb = difference;
        borrow = first || second;
    }
}

/// The digits of a positive float, and the power of ten of the last one.
fn grisu2(value: f64) -> (String, i32) {
    const HIDDEN: u64 = 1 << 52;
    let bits = value.to_bits();
    let (fraction, biased) = (bits & (HIDDEN - 1), (bits >> 52) as i32);
    let exact = match biased {
        0 => Wide { f: fraction, e: -1074 },
        _ => Wide { f: fraction | HIDDEN, e: biased - 1075 },
    };
    // Halfway to the neighbours. The lower one is nearer below a power of two.
    let above = Wide { f: 2 * exact.f + 1, e: exact.e - 1 }.normalized();
    let below = match fraction == 0 && biased > 1 {
        true => Wide { f: 4 * exact.f - 1, e: exact.e - 2 },
        false => Wide { f: 2 * exact.f - 1, e: exact.e - 1 },
    };
    let below = Wide { f: below.f << (below.e - above.e), e: above.e };

    let (power, exponent) = power_for(above.e);
    let exact = exact.normalized().times(power);
    let (low, high) = (below.times(power).f + 1, above.times(power).f - 1);
    digits_between(low, exact, high, -exponent)
}

/// The power of ten that brings a number with this exponent to one between 2^-60 and 2^-32.
fn power_for(e: i32) -> (Wide, i32) {
    let f = -60 - e - 1;
    // ceil(f * log10(2)), without floats.
    let k = f * 78913 / (1 << 18) + i32::from(f > 0);
    let at = (-LOWEST + k + (STEP - 1)) / STEP;
    (POWERS[at as usize], LOWEST + at * STEP)
}

/// As few digits as tell a number between the two bounds, then brought as near to the exact one as their count allows.
fn digits_between(low: u64, exact: Wide, high: u64, mut exponent: i32) -> (String, i32) {
    let (mut delta, mut distance) = (high - low, high - exact.f);
    let shift = -exact.e as u32;
    let one = 1u64 << shift;
    let (mut whole, mut part) = ((high >> shift) as u32, high & (one - 1));
    let mut digits = Vec::with_capacity(17);

    let count = whole.checked_ilog10().unwrap_or(0) + 1;
    for left in (0..count).rev() {
        let ten = 10u32.pow(left);
        digits.push(b'0' + (whole / ten) as u8);
        whole %= ten;
        let rest = (u64::from(whole) << shift) + part;
        if rest <= delta {
            exponent += left as i32;
            approach(&mut digits, distance, delta, rest, u64::from(ten) << shift);
            return (text(digits), exponent);
        }
    }
    loop {
        part *= 10;
        digits.push(b'0' + (part >> shift) as u8);
        part &= one - 1;
        exponent -= 1;
        delta *= 10;
        distance *= 10;
        if part <= delta {
            approach(&mut digits, distance, delta, part, one);
            return (text(digits), exponent);
        }
    }
}

/// Lowers the last digit for as long as that is nearer to the exact number and not below the lower bound.
fn approach(digits: &mut [u8], distance: u64, delta: u64, mut rest: u64, unit: u64) {
    let last = digits.last_mut().expect("a digit was written");
    while rest < distance
        && delta - rest >= unit
        && (rest + unit < distance || distance - rest > rest + unit - distance)
    {
        *last -= 1;
        rest += unit;
    }
}

fn text(digits: Vec<u8>) -> String {
    String::from_utf8(digits).expect("digits are ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn floats_are_those_of_nix() {
        // builtins.toJSON of Nix 2.34; the second half is not the shortest there is.
        for (value, text) in [
            (1.0, "1.0"),
            (-0.0, "-0.0"),
            (0.1, "0.1"),
            (1e14, "100000000000000.0"),
            (1e15, "1e+15"),
            (1e20, "1e+20"),
            (0.0001, "0.0001"),
            (1e-5, "1e-05"),
            (1e-7, "1e-07"),
            (123456789.12345679, "123456789.12345679"),
            (1e300, "1e+300"),
            (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (2.951749533409803e16, "2.9517495334098032e+16"),
            (2.315937287738532e-7, "2.3159372877385319e-07"),
            (2.8968869096348513e34, "2.8968869096348514e+34"),
            (9.309454210405198e-77, "9.309454210405197e-77"),
            (5.21718796270916e222, "5.2171879627091603e+222"),
            (4.313120861556003e189, "4.3131208615560032e+189"),
        ] {
            assert_eq!(json_float(value), text);
        }
    }

    #[test]
    fn powers_of_ten_are_exact_where_they_can_be() {
        assert_eq!((power_of_ten(0).f, power_of_ten(0).e), (1 << 63, -63));
        assert_eq!((power_of_ten(4).f, power_of_ten(4).e), (10_000 << 50, -50));
        // 10^-4 = 0xD1B71758E219652C * 2^-77, rounded up from ….652B D3C…
        assert_eq!((power_of_ten(-4).f, power_of_ten(-4).e), (0xD1B7_1758_E219_652C, -77));
    }

    proptest! {
        #[test]
        fn a_float_reads_back_as_itself(bits: u64) {
            let value = f64::from_bits(bits);
            if value.is_finite() {
                prop_assert_eq!(json_float(value).parse::<f64>(), Ok(value));
            }
        }
    }
}
