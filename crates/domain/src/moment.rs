//! A moment that somebody names: a commit, a time, or words such as `yesterday`.

use std::fmt;

use chrono::{DateTime, Days, Months, NaiveDate, NaiveTime, TimeDelta};

use crate::fault::FieldFault;
use crate::record::{CommitNumber, Timestamp};

/// When the register is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// After a commit.
    Commit(CommitNumber),
    /// At a time.
    At(Timestamp),
}

/// What a moment may be, for whoever wrote something else.
pub const EXAMPLES: &str = "Give a commit's number, a time such as 2026-01-31T12:00:00Z, a day such \
    as 2026-01-31 (its beginning in UTC), today, yesterday, or how long ago: 12h, 30d, 2w, 6mo, 1y.";

impl Moment {
    /// Reads a moment; words and days are meant in UTC, as seen at `now`.
    ///
    /// # Errors
    /// [`FieldFault::BadParameter`] when the text is none.
    pub fn parse(text: &str, now: Timestamp) -> Result<Self, FieldFault> {
        let text = text.trim();
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let found = if is_number {
            text.parse().ok().map(|number| Self::Commit(CommitNumber(number)))
        } else {
            time(text, now).map(Self::At)
        };
        found.ok_or_else(|| FieldFault::BadParameter(EXAMPLES.to_owned()))
    }
}

fn time(text: &str, now: Timestamp) -> Option<Timestamp> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(&text.replace(' ', "T")) {
        return Some(moment.to_utc());
    }
    let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
    match text {
        "now" => Some(now),
        "today" => Some(midnight(now.date_naive())),
        "yesterday" => now.date_naive().pred_opt().map(midnight),
        _ => NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .ok()
            .map(midnight)
            .or_else(|| Span::parse(text)?.before(now)),
    }
}

/// A length of time such as `90m`, `12h`, `30d`, `2w`, `6mo` or `1y`; months and years are those
/// of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    number: u32,
    unit: Unit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Minutes,
    Hours,
    Days,
    Weeks,
    Months,
    Years,
}

impl fmt::Display for Span {
    /// As [`Span::parse`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            Unit::Minutes => "m",
            Unit::Hours => "h",
            Unit::Days => "d",
            Unit::Weeks => "w",
            Unit::Months => "mo",
            Unit::Years => "y",
        };
        write!(f, "{}{unit}", self.number)
    }
}

impl Span {
    /// Reads a length of time; `None` when the text is none.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at_checked(digits)?;
        let unit = match unit {
            "m" => Unit::Minutes,
            "h" => Unit::Hours,
            "d" => Unit::Days,
            "w" => Unit::Weeks,
            "mo" => Unit::Months,
            "y" => Unit::Years,
            _ => return None,
        };
        Some(Self { number: number.parse().ok()?, unit })
    }

    /// As [`Self::parse`], for what is kept for long: a day at least, in days or more, so that
    /// nobody who means three months by `3m` keeps three minutes.
    pub fn parse_days(text: &str) -> Option<Self> {
        Self::parse(text)
            .filter(|span| span.number > 0 && !matches!(span.unit, Unit::Minutes | Unit::Hours))
    }

    /// The moment that lies so long after `now`; `None` when there is none.
    pub fn after(self, now: Timestamp) -> Option<Timestamp> {
        let number = self.number;
        match self.unit {
            Unit::Minutes => now.checked_add_signed(TimeDelta::try_minutes(number.into())?),
            Unit::Hours => now.checked_add_signed(TimeDelta::try_hours(number.into())?),
            Unit::Days => now.checked_add_days(Days::new(number.into())),
            Unit::Weeks => now.checked_add_days(Days::new(u64::from(number).checked_mul(7)?)),
            Unit::Months => now.checked_add_months(Months::new(number)),
            Unit::Years => now.checked_add_months(Months::new(number.checked_mul(12)?)),
        }
    }

    /// The moment that lies so long before `now`; a month or a year ago is the same day of that
    /// month, or its last.
    pub fn before(self, now: Timestamp) -> Option<Timestamp> {
        let Self { number, unit } = self;
        match unit {
            Unit::Minutes => now.checked_sub_signed(TimeDelta::try_minutes(number.into())?),
            Unit::Hours => now.checked_sub_signed(TimeDelta::try_hours(number.into())?),
            Unit::Days => now.checked_sub_days(Days::new(number.into())),
            Unit::Weeks => now.checked_sub_days(Days::new(u64::from(number).checked_mul(7)?)),
            Unit::Months => now.checked_sub_months(Months::new(number)),
            Unit::Years => now.checked_sub_months(Months::new(number.checked_mul(12)?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    #[track_caller]
    fn check(text: &str, expected: Option<Moment>) {
        assert_eq!(Moment::parse(text, at("2026-03-31T10:20:30Z")).ok(), expected, "{text:?}");
    }

    #[test]
    fn a_moment_is_a_commit_a_time_or_some_words() {
        check("17", Some(Moment::Commit(CommitNumber(17))));
        check("0", Some(Moment::Commit(CommitNumber(0))));
        for (text, expected) in [
            ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"),
            ("2026-01-31 12:00:00.5+01:00", "2026-01-31T11:00:00.5Z"),
            ("2026-01-31", "2026-01-31T00:00:00Z"),
            ("now", "2026-03-31T10:20:30Z"),
            (" today ", "2026-03-31T00:00:00Z"),
            ("yesterday", "2026-03-30T00:00:00Z"),
            ("90m", "2026-03-31T08:50:30Z"),
            ("12h", "2026-03-30T22:20:30Z"),
            ("30d", "2026-03-01T10:20:30Z"),
            ("2w", "2026-03-17T10:20:30Z"),
            ("1mo", "2026-02-28T10:20:30Z"),
            ("2y", "2024-03-31T10:20:30Z"),
        ] {
            check(text, Some(Moment::At(at(expected))));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "soon",
            "-1",
            "1.5",
            "2026-02-30",
            "2026-01-31T25:00:00Z",
            "5x",
            "d",
            "é1d",
            "99999999999999999999",
            "4294967295y",
            "1 d",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn what_is_kept_for_long_is_said_in_days_or_more() {
        for (text, is_taken) in [
            ("1d", true),
            ("2w", true),
            ("6mo", true),
            ("3y", true),
            ("3m", false),
            ("48h", false),
            ("0d", false),
            ("3", false),
            ("", false),
        ] {
            assert_eq!(Span::parse_days(text).is_some(), is_taken, "{text}");
        }
    }
}
