//! Two ways of printing a float, both of them C's: neither is Rust's default.

/// `%f`: as `toString` prints.
pub fn fixed(value: f64) -> String {
    if value.is_nan() {
        return if value.is_sign_negative() { "-nan".into() } else { "nan".into() };
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf".into() } else { "-inf".into() };
    }
    format!("{value:.6}")
}

/// `%g`, six significant digits: as values are shown.
pub fn general(value: f64) -> String {
    if !value.is_finite() {
        return fixed(value);
    }
    if value == 0.0 {
        return if value.is_sign_negative() { "-0".into() } else { "0".into() };
    }
    let scientific = format!("{value:.5e}");
    let (digits, exponent) = scientific.split_once('e').expect("`e` formats with an exponent");
    let exponent: i32 = exponent.parse().expect("`e` formats a whole exponent");
    let trim = |digits: &str| -> String {
        if digits.contains('.') {
            digits.trim_end_matches('0').trim_end_matches('.').into()
        } else {
            digits.into()
        }
    };
    if (-4..6).contains(&exponent) {
        let decimals = (5 - exponent).max(0) as usize;
        trim(&format!("{value:.decimals$}"))
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{}e{sign}{:02}", trim(digits), exponent.abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_c_prints() {
        assert_eq!(fixed(1.5), "1.500000");
        assert_eq!(fixed(1e20), "100000000000000000000.000000");
        for (value, wanted) in [
            (1.0, "1"),
            (0.1, "0.1"),
            (1e6, "1e+06"),
            (123456.7, "123457"),
            (1e-5, "1e-05"),
            (0.0001, "0.0001"),
            (-2.5, "-2.5"),
            (1e100, "1e+100"),
            (999999.5, "1e+06"),
            (0.0, "0"),
            (100000.0, "100000"),
            (1234567.0, "1.23457e+06"),
            (0.1 + 0.2, "0.3"),
            (1e300, "1e+300"),
        ] {
            assert_eq!(general(value), wanted);
        }
    }
}
