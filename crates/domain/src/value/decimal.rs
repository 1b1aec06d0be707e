//! Decimal numbers, exact to 38 digits, with bytes that sort as the numbers do.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use bigdecimal::{BigDecimal, ToPrimitive, num_bigint::Sign};

use crate::fault::FieldFault;

/// The most significant digits.
const DIGITS_MAX: usize = 38;
/// The most digits before the point, and after it.
const SCALE_MAX: i64 = 38;
/// The longest text worth reading: sign, digits, point, exponent, and as many zeros again.
const TEXT_LENGTH_MAX: usize = 100;

/// A decimal number without trailing zeros: at most 38 digits, at most 38 of them after the point.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Decimal(BigDecimal);

impl Decimal {
    /// Parses `-12.50`, `1e3` and the like.
    ///
    /// # Errors
    /// [`FieldFault::NotDecimal`] for other text, [`FieldFault::TooManyDigits`] for numbers that
    /// 38 digits can't hold.
    pub fn parse(text: &str) -> Result<Self, FieldFault> {
        if text.len() > TEXT_LENGTH_MAX {
            return Err(FieldFault::TooManyDigits);
        }
        // The library takes `1_000`; nobody else does.
        if text.contains('_') {
            return Err(FieldFault::NotDecimal);
        }
        let number = BigDecimal::from_str(text).map_err(|_bad| FieldFault::NotDecimal)?;
        // Beyond this, writing the number out would cost what an attacker likes.
        let (_, exponent) = number.as_bigint_and_exponent();
        if exponent.abs() > 1_000 {
            return Err(FieldFault::TooManyDigits);
        }
        let number = number.normalized();
        let (integer, scale) = number.as_bigint_and_exponent();
        let digits = integer.magnitude().to_string().len();
        let before_point = i64::try_from(digits).unwrap_or(i64::MAX).saturating_sub(scale);
        if digits > DIGITS_MAX || scale > SCALE_MAX || before_point > SCALE_MAX {
            return Err(FieldFault::TooManyDigits);
        }
        Ok(Self(number))
    }

    /// The digits after the point.
    pub fn places(&self) -> i64 {
        self.0.as_bigint_and_exponent().1.max(0)
    }

    /// Bytes that sort as the numbers do: sign, exponent, digits; all but the sign inverted when
    /// negative, with a last byte above all others, so that the shorter is the greater.
    pub fn to_ordered_bytes(&self) -> Vec<u8> {
        let (integer, scale) = self.0.as_bigint_and_exponent();
        let digits = integer.magnitude().to_string().into_bytes();
        let exponent = i64::try_from(digits.len()).unwrap_or(0).saturating_sub(scale);
        // From -37 to 38, so 128 centres it in a byte.
        let exponent = exponent.saturating_add(128).to_u8().unwrap_or(0);
        let body = std::iter::once(exponent).chain(digits);
        match integer.sign() {
            Sign::Minus => std::iter::once(0)
                .chain(body.map(|byte| !byte))
                .chain(std::iter::once(0xFF))
                .collect(),
            Sign::NoSign => vec![1],
            Sign::Plus => std::iter::once(2).chain(body).collect(),
        }
    }

    /// The number behind [`Self::to_ordered_bytes`]; `None` for other bytes.
    pub fn from_ordered_bytes(bytes: &[u8]) -> Option<Self> {
        let (sign, body) = bytes.split_first()?;
        let body: Vec<u8> = match sign {
            0 => body.split_last()?.1.iter().map(|byte| !byte).collect(),
            1 => return Self::parse("0").ok(),
            2 => body.to_vec(),
            _ => return None,
        };
        let (exponent, digits) = body.split_first()?;
        let digits = std::str::from_utf8(digits).ok()?;
        let power = i64::from(*exponent) - 128 - i64::try_from(digits.len()).ok()?;
        let sign = if *sign == 0 { "-" } else { "" };
        Self::parse(&format!("{sign}{digits}e{power}")).ok()
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_plain_string())
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, written: &str) {
        assert_eq!(Decimal::parse(text).unwrap().to_string(), written);
    }

    #[test]
    fn a_decimal_is_written_without_exponent_and_trailing_zeros() {
        check("1.50", "1.5");
        check("-0.0", "0");
        check("1e3", "1000");
        check("12e-3", "0.012");
        check(&"9".repeat(38), &"9".repeat(38));
    }

    #[test]
    fn what_38_digits_cannot_hold_is_refused() {
        let long = format!("0.{}1", "0".repeat(38));
        for text in
            [&*"9".repeat(39), "1e38", &long, "1e999999999", "1e-999999999", &"1".repeat(200)]
        {
            assert_eq!(Decimal::parse(text), Err(FieldFault::TooManyDigits), "{text}");
        }
        for text in ["", "x", "1_000", "NaN", "inf", "1.2.3", "0x10"] {
            assert_eq!(Decimal::parse(text), Err(FieldFault::NotDecimal), "{text}");
        }
    }

    proptest! {
        #[test]
        fn ordered_bytes_sort_as_the_numbers_and_come_back(
            a in "-?[0-9]{1,19}(\\.[0-9]{1,19})?", b in "-?[0-9]{1,19}(\\.[0-9]{1,19})?"
        ) {
            let (a, b) = (Decimal::parse(&a).unwrap(), Decimal::parse(&b).unwrap());
            prop_assert_eq!(a.cmp(&b), a.to_ordered_bytes().cmp(&b.to_ordered_bytes()));
            prop_assert_eq!(Decimal::from_ordered_bytes(&a.to_ordered_bytes()), Some(a));
        }
    }
}
