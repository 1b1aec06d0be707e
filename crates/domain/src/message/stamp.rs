//! How old a message is, by its own word.

use std::cmp::Ordering;

use chrono::{DateTime, SubsecRound as _};

use crate::json::Json;
use crate::record::Timestamp;

/// How old a message is, by its own word; each part may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// When it was so, in whole microseconds.
    pub at: Option<Timestamp>,
    /// Which of those of one time it is.
    pub sequence: Option<Sequence>,
}

/// Which of several it is. Numbers come before texts, and texts are compared by code point, as the
/// sequence extension of CloudEvents has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sequence {
    /// A whole number.
    Number(i128),
    /// A text that is none.
    Text(String),
}

impl Sequence {
    /// The longest text that is taken, in characters.
    pub const MAX: usize = 200;

    /// Reads a sequence: a text, or a whole number. `None` when it is neither, empty or too long.
    pub fn parse(value: &Json) -> Option<Self> {
        match value {
            Json::Number(digits) => digits.parse().ok().map(Self::Number),
            Json::Text(text) if text.is_empty() || text.chars().nth(Self::MAX).is_some() => None,
            Json::Text(text) => {
                let number = text.parse().ok().map(Self::Number);
                Some(number.unwrap_or_else(|| Self::Text(text.clone())))
            }
            Json::Null | Json::Bool(_) | Json::List(_) | Json::Object(_) => None,
        }
    }
}

impl Stamp {
    /// How it compares with another, as far as both tell: by time, then by sequence. `None` where
    /// nothing tells.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        let by_sequence = match (&self.sequence, &other.sequence) {
            (Some(mine), Some(others)) => Some(mine.cmp(others)),
            (Some(_) | None, None) | (None, Some(_)) => None,
        };
        match (self.at, other.at) {
            (Some(mine), Some(others)) => {
                Some(mine.cmp(&others).then(by_sequence.unwrap_or(Ordering::Equal)))
            }
            (Some(_) | None, None) | (None, Some(_)) => by_sequence,
        }
    }
}

/// Reads a time: text as in RFC 3339, or whole milliseconds since 1970.
pub(super) fn parse_time(value: &Json) -> Option<Timestamp> {
    let time = match value {
        Json::Text(text) => DateTime::parse_from_rfc3339(text.trim()).ok()?.to_utc(),
        Json::Number(digits) => DateTime::from_timestamp_millis(digits.parse().ok()?)?,
        Json::Null | Json::Bool(_) | Json::List(_) | Json::Object(_) => return None,
    };
    Some(time.trunc_subsecs(6))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(digits: &str) -> Json {
        Json::Number(digits.to_owned())
    }

    #[track_caller]
    fn check_time(value: &Json, expect: Option<&str>) {
        let expect = expect.map(|text| text.parse::<Timestamp>().unwrap());
        assert_eq!(parse_time(value), expect, "{value}");
    }

    #[test]
    fn a_time_is_text_or_milliseconds() {
        check_time(&Json::text("2026-01-31T12:00:00Z"), Some("2026-01-31T12:00:00Z"));
        check_time(
            &Json::text("2026-01-31T12:00:00.1234567+01:00"),
            Some("2026-01-31T11:00:00.123456Z"),
        );
        check_time(&number("1769860800123"), Some("2026-01-31T12:00:00.123Z"));
        for value in
            [Json::text("yesterday"), Json::text(""), number("1.5"), number("1e30"), Json::Null]
        {
            check_time(&value, None);
        }
    }

    #[test]
    fn a_sequence_is_a_number_or_a_text() {
        let parse = |text: &str| Sequence::parse(&Json::text(text)).unwrap();
        assert_eq!(parse("0042"), Sequence::Number(42));
        assert_eq!(Sequence::parse(&number("42")), Some(Sequence::Number(42)));
        assert!(parse("9") < parse("10") && parse("-1") < parse("0"));
        assert!(parse("10") < parse("a") && parse("a10") < parse("a9"));
        assert!(Sequence::parse(&Json::text("x".repeat(Sequence::MAX))).is_some());
        assert!(Sequence::parse(&Json::text("x".repeat(Sequence::MAX + 1))).is_none());
        for value in [Json::text(""), number("1.5"), Json::Bool(true), Json::Null] {
            assert_eq!(Sequence::parse(&value), None, "{value}");
        }
    }
}
