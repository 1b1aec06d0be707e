//! Values with units, as people write them.

use std::time::Duration;

/// `500ms`, `30s`, `5m`, `2h`, `90d`; a number alone is seconds.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = split(text)?;
    match unit {
        "ms" => Some(Duration::from_millis(number)),
        "" | "s" => Some(Duration::from_secs(number)),
        "m" | "min" => number.checked_mul(60).map(Duration::from_secs),
        "h" => number.checked_mul(3_600).map(Duration::from_secs),
        "d" => number.checked_mul(86_400).map(Duration::from_secs),
        _ => None,
    }
}

/// `1048576`, `512 KiB`, `10 MiB`, `1 GiB`, and `kB`, `MB`, `GB` in thousands.
pub(super) fn bytes(text: &str) -> Option<usize> {
    let (number, unit) = split(text)?;
    let unit: u64 = match unit {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "kB" | "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        _ => return None,
    };
    usize::try_from(number.checked_mul(unit)?).ok()
}

fn split(text: &str) -> Option<(u64, &str)> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    Some((number.parse().ok()?, unit.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        let cases = [
            ("500ms", Some(500)),
            ("30", Some(30_000)),
            (" 30 s", Some(30_000)),
            ("2m", Some(120_000)),
            ("90d", Some(7_776_000_000)),
            ("", None),
            ("-1s", None),
            ("1 week", None),
            ("99999999999999999999s", None),
        ];
        for (text, expected_ms) in cases {
            assert_eq!(duration(text), expected_ms.map(Duration::from_millis), "{text:?}");
        }
    }

    #[test]
    fn sizes_have_units() {
        let cases = [
            ("0", Some(0)),
            ("10 MiB", Some(10 * 1024 * 1024)),
            ("2kB", Some(2_000)),
            ("1 XB", None),
            ("18446744073709551615 GiB", None),
        ];
        for (text, expected) in cases {
            assert_eq!(bytes(text), expected, "{text:?}");
        }
    }
}
