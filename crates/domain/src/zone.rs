//! Time zones, and where their days begin.

use std::fmt;

use chrono::offset::LocalResult;
use chrono::{DateTime, NaiveDate, NaiveTime, Offset as _, TimeDelta, TimeZone as _};
use chrono_tz::{TZ_VARIANTS, Tz};

use crate::record::Timestamp;

/// A time zone of the IANA's database.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Zone(Tz);

impl Default for Zone {
    fn default() -> Self {
        Self(Tz::UTC)
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.name())
    }
}

impl Zone {
    /// The zone of a name, in whatever case.
    pub fn named(name: &str) -> Option<Self> {
        TZ_VARIANTS.iter().find(|zone| zone.name().eq_ignore_ascii_case(name)).copied().map(Self)
    }

    /// Its name: `Europe/Berlin`.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The names that people choose among: those of places. Others, such as `GB` and `Etc/GMT+1`,
    /// are taken all the same.
    pub fn names() -> impl Iterator<Item = &'static str> {
        let is_of_place = |name: &&str| {
            let area = name.split_once('/').map(|(area, _)| area);
            *name == "UTC" || area.is_some_and(|area| AREAS.contains(&area))
        };
        TZ_VARIANTS.iter().map(|zone| zone.name()).filter(is_of_place)
    }

    /// The day that it is there at a moment.
    pub fn day_of(self, moment: Timestamp) -> NaiveDate {
        moment.with_timezone(&self.0).date_naive()
    }

    /// A moment as it is there.
    pub(crate) fn local(self, moment: Timestamp) -> DateTime<Tz> {
        moment.with_timezone(&self.0)
    }

    /// When a day begins there: mostly at midnight, but some zones set their clocks forward then,
    /// and a few have left out a whole day.
    pub fn beginning_of(self, day: NaiveDate) -> Timestamp {
        let midnight = day.and_time(NaiveTime::MIN);
        let steps = (0..=STEPS_MAX).map(|step| STEP.checked_mul(step).unwrap_or_default());
        let found =
            steps.filter_map(|step| midnight.checked_add_signed(step)).find_map(|local| match self
                .0
                .from_local_datetime(&local)
            {
                LocalResult::Single(moment) | LocalResult::Ambiguous(moment, _) => Some(moment),
                LocalResult::None => None,
            });
        found.map_or_else(|| midnight.and_utc(), |moment| moment.to_utc())
    }

    /// A moment as people there read it, to the minute, with the distance of their clocks from UTC:
    /// `2026-11-26 14:54 UTC+5:45`. Words such as CST mean several, and many zones have none.
    pub fn shown(self, moment: Timestamp) -> String {
        let local = moment.with_timezone(&self.0);
        let ahead = TimeDelta::seconds(i64::from(local.offset().fix().local_minus_utc()));
        let sign = if ahead < TimeDelta::zero() { '-' } else { '+' };
        let (hours, minutes) = (ahead.abs().num_hours(), ahead.abs().num_minutes() % 60);
        let distance = match (hours, minutes) {
            (0, 0) => String::new(),
            (_, 0) => format!("{sign}{hours}"),
            _ => format!("{sign}{hours}:{minutes:02}"),
        };
        format!("{} UTC{distance}", local.format("%Y-%m-%d %H:%M"))
    }

    /// A moment as the clocks there show it, with their distance from UTC.
    pub fn told(self, moment: Timestamp) -> String {
        moment.with_timezone(&self.0).format("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }
}

/// What the names of places begin with.
const AREAS: [&str; 10] = [
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
];
/// Clocks are set forward by whole steps of this.
const STEP: TimeDelta = TimeDelta::minutes(15);
/// The most of them: a day.
const STEPS_MAX: i32 = 96;

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[track_caller]
    fn check(zone: &str, of: &str, begins: &str) {
        let zone = Zone::named(zone).unwrap();
        let found = zone.beginning_of(day(of));
        assert_eq!(found.to_rfc3339_opts(chrono::SecondsFormat::Secs, true), begins);
        // The first moment of the day, and the one before is of another.
        assert_eq!(zone.day_of(found), day(of));
        assert!(zone.day_of(found - TimeDelta::microseconds(1)) < day(of));
    }

    #[test]
    fn a_day_begins_when_its_date_does() {
        check("UTC", "2026-11-26", "2026-11-26T00:00:00Z");
        check("Europe/Berlin", "2026-11-26", "2026-11-25T23:00:00Z");
        check("Europe/Berlin", "2026-07-01", "2026-06-30T22:00:00Z");
        check("Asia/Kathmandu", "2026-11-26", "2026-11-25T18:15:00Z");
        check("America/New_York", "2026-11-26", "2026-11-26T05:00:00Z");
        // The clocks go from 0:00 to 1:00.
        check("Asia/Beirut", "2022-03-27", "2022-03-26T22:00:00Z");
    }

    #[test]
    fn a_day_that_was_left_out_ends_as_it_begins() {
        let apia = Zone::named("Pacific/Apia").unwrap();
        assert_eq!(apia.beginning_of(day("2011-12-30")), apia.beginning_of(day("2011-12-31")));
    }

    #[test]
    fn every_name_is_one_of_a_zone_and_case_does_not_matter() {
        assert!(Zone::names().count() > 300);
        for name in Zone::names() {
            assert_eq!(Zone::named(name).map(Zone::name), Some(name));
        }
        assert_eq!(Zone::named("europe/BERLIN").map(Zone::name), Some("Europe/Berlin"));
        assert_eq!(Zone::named("Etc/GMT+1").map(Zone::name), Some("Etc/GMT+1"));
        for none in ["", "Berlin", "Europe/Berlin ", "Mars/Olympus"] {
            assert_eq!(Zone::named(none), None, "{none:?}");
        }
    }

    #[test]
    fn a_moment_is_told_as_clocks_there_show_it() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let midnight = berlin.beginning_of(day("2026-11-26"));
        assert_eq!(berlin.told(midnight), "2026-11-26T00:00:00+01:00");
    }

    #[test]
    fn a_moment_is_shown_with_the_distance_of_the_clocks_there() {
        for (zone, moment, shown) in [
            ("UTC", "2026-11-26T09:09:59Z", "2026-11-26 09:09 UTC"),
            ("Europe/Berlin", "2026-11-26T23:09:00Z", "2026-11-27 00:09 UTC+1"),
            ("Europe/Berlin", "2026-07-01T09:09:00Z", "2026-07-01 11:09 UTC+2"),
            ("Asia/Kathmandu", "2026-11-26T09:09:00Z", "2026-11-26 14:54 UTC+5:45"),
            ("America/Sao_Paulo", "2026-11-26T01:00:00Z", "2026-11-25 22:00 UTC-3"),
            ("America/St_Johns", "2026-11-26T01:00:00Z", "2026-11-25 21:30 UTC-3:30"),
            ("Europe/London", "2026-11-26T09:09:00Z", "2026-11-26 09:09 UTC"),
        ] {
            let zone = Zone::named(zone).unwrap();
            assert_eq!(zone.shown(moment.parse().unwrap()), shown);
        }
    }
}
