//! When a task is due: at an interval, or as a line of cron says in a time zone.

use std::fmt;

use chrono::{DateTime, TimeDelta};
use croner::parser::{CronParser, Seconds, Year};
use croner::{Cron, JobType};

use crate::record::Timestamp;
use crate::zone::Zone;

/// The shortest interval.
pub const EVERY_MIN: TimeDelta = TimeDelta::seconds(1);
/// The longest interval.
pub const EVERY_MAX: TimeDelta = TimeDelta::days(366);

/// When a task is due.
#[derive(Clone, Debug)]
pub enum Schedule {
    /// At all whole multiples of an interval since 1970 in UTC, so that all replicas agree on them
    /// and a task that is started again keeps its places.
    Every(TimeDelta),
    /// As a line of cron with five fields says, in a time zone.
    Cron(Box<Cron>, Zone),
}

/// Why a text is no schedule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadSchedule(pub String);

impl Schedule {
    /// At an interval.
    ///
    /// # Errors
    /// Where it is shorter than [`EVERY_MIN`] or longer than [`EVERY_MAX`].
    pub fn every(interval: TimeDelta) -> Result<Self, BadSchedule> {
        if (EVERY_MIN..=EVERY_MAX).contains(&interval) {
            Ok(Self::Every(interval))
        } else {
            Err(BadSchedule("it is a time from 1s to 366d".to_owned()))
        }
    }

    /// As a line of cron says: minute, hour, day of the month, month, day of the week, as Vixie
    /// cron has them. A fixed time that a change to summer time leaves out is due when the clock
    /// has gone forward, and one that comes twice is due the first time.
    ///
    /// # Errors
    /// What is wrong with the line, or that it is never due.
    pub fn cron(line: &str, zone: Zone) -> Result<Self, BadSchedule> {
        let parser =
            CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let cron = parser.parse(line).map_err(|error| BadSchedule(error.to_string()))?;
        let schedule = Self::Cron(Box::new(cron), zone);
        // A day such as the 30th of February never comes.
        match schedule.next(DateTime::UNIX_EPOCH) {
            Some(_) => Ok(schedule),
            None => Err(BadSchedule("no day is ever as it says".to_owned())),
        }
    }

    /// The first moment behind another at which it is due; `None` at the end of time.
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Every(interval) => {
                let interval = interval.num_microseconds()?;
                let since = after.timestamp_micros();
                let next = since.div_euclid(interval).checked_add(1)?.checked_mul(interval)?;
                DateTime::from_timestamp_micros(next)
            }
            Self::Cron(cron, zone) => {
                let local = zone.local(after);
                let next = cron.find_next_occurrence(&local, false).ok()?;
                Some(next.to_utc())
            }
        }
    }

    /// Whether it says how often rather than at what time of the day: what Vixie cron calls a
    /// wildcard job, which goes by a clock that was set at once.
    pub fn is_interval(&self) -> bool {
        match self {
            Self::Every(_) => true,
            Self::Cron(cron, _) => cron.determine_job_type() == JobType::IntervalWildcard,
        }
    }
}

/// As people write it: `every 5m`, `0 2 * * 1-5 (Europe/Berlin)`.
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every(interval) => write!(f, "every {}", interval_text(*interval)),
            Self::Cron(cron, zone) => write!(f, "{} ({})", cron.as_str(), zone.name()),
        }
    }
}

/// An interval in the largest unit that it is whole in.
fn interval_text(interval: TimeDelta) -> String {
    const UNITS: [(&str, i64); 4] =
        [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)];
    let millis = interval.num_milliseconds();
    let unit = UNITS.iter().find(|(_, length)| millis % length == 0);
    unit.map_or_else(
        || format!("{millis}ms"),
        |(unit, length)| format!("{}{unit}", millis / length),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn cron(line: &str, zone: &str) -> Schedule {
        Schedule::cron(line, Zone::named(zone).unwrap()).unwrap()
    }

    #[track_caller]
    fn check(schedule: &Schedule, after: &str, expected: &[&str]) {
        let mut moment = at(after);
        for next in expected {
            moment = schedule.next(moment).unwrap();
            assert_eq!(moment, at(next), "{schedule}");
        }
    }

    #[test]
    fn an_interval_is_due_at_its_multiples() {
        let every = |seconds| Schedule::every(TimeDelta::seconds(seconds)).unwrap();
        check(
            &every(300),
            "2026-11-26T10:01:00Z",
            &["2026-11-26T10:05:00Z", "2026-11-26T10:10:00Z"],
        );
        check(&every(86_400), "2026-11-26T00:00:00Z", &["2026-11-27T00:00:00Z"]);
        check(&every(1), "2026-11-26T10:00:00.5Z", &["2026-11-26T10:00:01Z"]);
        assert!(Schedule::every(TimeDelta::milliseconds(999)).is_err());
        assert!(Schedule::every(TimeDelta::days(367)).is_err());
    }

    #[test]
    fn clocks_that_go_forward_leave_no_fixed_time_out() {
        // 2:00 to 3:00 on 2026-03-29 there is no hour.
        check(
            &cron("30 2 * * *", "Europe/Berlin"),
            "2026-03-27T12:00:00Z",
            &["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"],
        );
        check(
            &cron("30 2 * * *", "America/New_York"),
            "2026-03-07T12:00:00Z",
            &["2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"],
        );
        check(
            &cron("*/30 * * * *", "Europe/Berlin"),
            "2026-03-29T00:20:00Z",
            &["2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"],
        );
    }

    #[test]
    fn clocks_that_go_back_repeat_no_fixed_time() {
        // 2:00 to 3:00 on 2026-10-25 comes twice.
        check(
            &cron("30 2 * * *", "Europe/Berlin"),
            "2026-10-24T12:00:00Z",
            &["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
        );
        check(
            &cron("30 1 * * *", "America/New_York"),
            "2026-10-31T12:00:00Z",
            &["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"],
        );
        check(
            &cron("*/30 * * * *", "Europe/Berlin"),
            "2026-10-25T00:00:00Z",
            &[
                "2026-10-25T00:30:00Z",
                "2026-10-25T01:00:00Z",
                "2026-10-25T01:30:00Z",
                "2026-10-25T02:00:00Z",
            ],
        );
    }

    #[test]
    fn days_that_are_rare_come() {
        check(
            &cron("0 0 29 2 *", "UTC"),
            "2026-01-01T00:00:00Z",
            &["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"],
        );
        // The day of the month or that of the week, as in Vixie cron.
        check(
            &cron("0 12 13 * FRI", "UTC"),
            "2026-11-10T00:00:00Z",
            &["2026-11-13T12:00:00Z", "2026-11-20T12:00:00Z"],
        );
    }

    #[test]
    fn what_is_wrong_with_a_line_is_told() {
        let why = |line| Schedule::cron(line, Zone::default()).unwrap_err().to_string();
        for line in ["", "* * * *", "* * * * * *", "60 * * * *", "a * * * *", "*/0 * * * *"] {
            assert!(!why(line).is_empty(), "{line}");
        }
        assert_eq!(why("0 0 30 2 *"), "no day is ever as it says");
    }

    #[test]
    fn a_schedule_is_shown_as_it_was_written() {
        for (seconds, text) in
            [(1, "every 1s"), (90, "every 90s"), (300, "every 5m"), (86_400, "every 1d")]
        {
            assert_eq!(Schedule::every(TimeDelta::seconds(seconds)).unwrap().to_string(), text);
        }
        assert_eq!(cron("0 2 * * 1-5", "Europe/Berlin").to_string(), "0 2 * * 1-5 (Europe/Berlin)");
    }
}
