//! How much happened on which day.
//!
//! The register keeps how many changes were made in each quarter of an hour: every zone of today is a
//! whole number of them away from UTC, so that days of any zone are sums of them.

use chrono::{Days, NaiveDate};

use crate::record::Timestamp;
use crate::zone::Zone;

/// The length of a quarter of an hour, in microseconds.
pub const QUARTER_US: i64 = 15 * 60 * 1_000_000;

/// The quarter of an hour that a moment lies in, counted from 1970.
pub fn quarter_of(moment: Timestamp) -> i64 {
    moment.timestamp_micros().div_euclid(QUARTER_US)
}

/// How much happened on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayCount {
    /// The day.
    pub day: NaiveDate,
    /// When it begins.
    pub begins: Timestamp,
    /// When the next one does.
    pub ends: Timestamp,
    /// How many changes were made between.
    pub changes: u64,
}

/// The last so many days of a zone, today the last of them, without changes yet.
pub fn days(zone: Zone, now: Timestamp, count: u32) -> Vec<DayCount> {
    let today = zone.day_of(now);
    let days = (0..count).rev().filter_map(|back| today.checked_sub_days(Days::new(back.into())));
    days.map(|day| DayCount {
        day,
        begins: zone.beginning_of(day),
        ends: zone.beginning_of(day.succ_opt().unwrap_or(day)),
        changes: 0,
    })
    .collect()
}

/// Adds to days, in their order, what happened in each quarter of an hour.
pub fn fill(days: &mut [DayCount], quarters: impl IntoIterator<Item = (i64, u64)>) {
    for (quarter, changes) in quarters {
        let behind = days.partition_point(|day| quarter_of(day.begins) <= quarter);
        let day = behind.checked_sub(1).and_then(|at| days.get_mut(at));
        if let Some(day) = day.filter(|day| quarter < quarter_of(day.ends)) {
            day.changes = day.changes.saturating_add(changes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        chrono::DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    #[test]
    fn what_happened_falls_on_the_day_of_the_zone() {
        let now = at("2026-11-26T15:00:00Z");
        let moments = [
            "2026-11-23T12:00:00Z",
            "2026-11-24T18:14:59Z",
            "2026-11-24T18:15:00Z",
            "2026-11-25T22:59:59Z",
            "2026-11-25T23:00:00Z",
            "2026-11-26T00:00:00Z",
            "2026-11-26T14:59:00Z",
        ];
        for (zone, counts) in [
            ("UTC", [("2026-11-24", 2), ("2026-11-25", 2), ("2026-11-26", 2)]),
            ("Europe/Berlin", [("2026-11-24", 2), ("2026-11-25", 1), ("2026-11-26", 3)]),
            ("Asia/Kathmandu", [("2026-11-24", 1), ("2026-11-25", 1), ("2026-11-26", 4)]),
        ] {
            let mut days = days(Zone::named(zone).unwrap(), now, 3);
            fill(&mut days, moments.map(|moment| (quarter_of(at(moment)), 1)));
            let found: Vec<_> = days.iter().map(|day| (day.day.to_string(), day.changes)).collect();
            assert_eq!(found, counts.map(|(day, count)| (day.to_owned(), count)), "{zone}");
        }
    }

    #[test]
    fn a_day_on_which_clocks_change_is_whole() {
        let days = days(Zone::named("Europe/Berlin").unwrap(), at("2026-10-26T12:00:00Z"), 3);
        let hours = days.iter().map(|day| (day.ends - day.begins).num_hours());
        assert_eq!(hours.collect::<Vec<_>>(), [24, 25, 24]);
        assert!(days.windows(2).all(|pair| pair[0].ends == pair[1].begins));
    }
}
