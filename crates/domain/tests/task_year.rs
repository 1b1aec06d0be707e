//! A year of schedules, minute by minute, beside what the clocks on the wall of each place showed:
//! summer time, a leap day, replicas that were down, clocks that were set.
#![expect(clippy::unwrap_used, reason = "what tests share may fail as they do")]

use std::collections::BTreeSet;
use std::sync::LazyLock;

use chrono::{Datelike as _, NaiveDateTime, TimeDelta, TimeZone as _, Timelike as _, Weekday};
use chrono_tz::Tz;
use domain::record::Timestamp;
use domain::task::{CatchUp, Due, Look, Rule, Schedule};
use domain::zone::Zone;

/// A line of cron, and what it means, said in other words.
struct Line {
    text: &'static str,
    zone: &'static str,
    is_interval: bool,
    means: fn(NaiveDateTime) -> bool,
}

const LINES: [Line; 8] = [
    Line {
        text: "30 2 * * *",
        zone: "Europe/Berlin",
        is_interval: false,
        means: |at| (at.hour(), at.minute()) == (2, 30),
    },
    Line {
        text: "30 2 * * *",
        zone: "America/New_York",
        is_interval: false,
        means: |at| (at.hour(), at.minute()) == (2, 30),
    },
    Line {
        text: "15 1 * * *",
        zone: "America/New_York",
        is_interval: false,
        means: |at| (at.hour(), at.minute()) == (1, 15),
    },
    Line {
        text: "*/30 */2 * * *",
        zone: "Europe/Berlin",
        is_interval: true,
        means: |at| at.minute() % 30 == 0 && at.hour() % 2 == 0,
    },
    Line {
        text: "7 * * * *",
        zone: "America/New_York",
        is_interval: true,
        means: |at| at.minute() == 7,
    },
    Line {
        text: "0 9 * * 1-5",
        zone: "Europe/Berlin",
        is_interval: false,
        means: |at| {
            let is_weekend = matches!(at.weekday(), Weekday::Sat | Weekday::Sun);
            (at.hour(), at.minute()) == (9, 0) && !is_weekend
        },
    },
    Line {
        text: "0 0 29 2 *",
        zone: "UTC",
        is_interval: false,
        means: |at| (at.month(), at.day(), at.hour(), at.minute()) == (2, 29, 0, 0),
    },
    Line {
        text: "45 23 1 * *",
        zone: "Asia/Kathmandu",
        is_interval: false,
        means: |at| (at.day(), at.hour(), at.minute()) == (1, 23, 45),
    },
];

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A leap year, in minutes.
fn year() -> impl Iterator<Item = Timestamp> {
    static YEAR: LazyLock<Vec<Timestamp>> = LazyLock::new(|| {
        let (begin, end) = (moment("2028-01-01T00:00:00Z"), moment("2029-01-01T00:00:00Z"));
        std::iter::successors(Some(begin), |at| Some(*at + TimeDelta::minutes(1)))
            .take_while(|at| *at < end)
            .collect()
    });
    YEAR.iter().copied()
}

/// The lines, each with when it is due in that year.
fn lines() -> impl Iterator<Item = (&'static Line, &'static BTreeSet<Timestamp>)> {
    static SEEN: LazyLock<Vec<BTreeSet<Timestamp>>> =
        LazyLock::new(|| LINES.iter().map(seen).collect());
    LINES.iter().zip(SEEN.iter())
}

/// When a line is due in that year, by looking at the clock of its place each minute.
fn seen(line: &Line) -> BTreeSet<Timestamp> {
    let zone: Tz = line.zone.parse().unwrap();
    let minute = TimeDelta::minutes(1);
    let is_due = |at: &Timestamp| {
        let shown = at.with_timezone(&zone).naive_local();
        let before = (*at - minute).with_timezone(&zone).naive_local();
        let is_first = zone.from_local_datetime(&shown).earliest().unwrap().to_utc() == *at;
        let left_out = std::iter::successors(Some(before + minute), |at| Some(*at + minute))
            .take_while(|at| *at < shown);
        let is_due = (line.means)(shown) && (line.is_interval || is_first);
        is_due || (!line.is_interval && left_out.into_iter().any(line.means))
    };
    year().filter(is_due).collect()
}

fn rule(line: &Line, catch_up: CatchUp) -> Rule {
    let schedule = Schedule::cron(line.text, Zone::named(line.zone).unwrap()).unwrap();
    assert_eq!(schedule.is_interval(), line.is_interval, "{schedule}");
    Rule { schedule, catch_up, jitter: TimeDelta::zero(), retries: 0, backoff: TimeDelta::zero() }
}

/// When runs begin, of one who looks each minute at what `clock` makes of it; `None` where nobody
/// looks.
fn begun(rule: &Rule, clock: impl Fn(Timestamp) -> Option<Timestamp>) -> Vec<Timestamp> {
    let mut before = moment("2027-12-31T23:59:00Z");
    let mut kept: Due = rule.first("task", before);
    let mut runs = Vec::new();
    for now in year().filter_map(clock) {
        // As a scheduler sleeps until then, but for a clock that is set back.
        let is_asleep = now < kept.at && now > before;
        before = now;
        if is_asleep {
            continue;
        }
        loop {
            match rule.look("task", &kept, now) {
                Look::Wait => break,
                Look::Move(due) => kept = due,
                Look::Begin => {
                    runs.push(now);
                    kept = rule.begun("task", &kept, now);
                }
            }
        }
    }
    runs
}

#[test]
fn each_run_of_a_year_begins_when_the_wall_says_so() {
    for (line, seen) in lines() {
        let expected: Vec<Timestamp> = seen.iter().copied().collect();
        assert!(!expected.is_empty());
        for catch_up in [CatchUp::Once, CatchUp::Skip] {
            assert_eq!(begun(&rule(line, catch_up), Some), expected, "{} {}", line.text, line.zone);
        }
    }
}

/// Whether everything was down then: for a while every few days, some of them long, and through
/// each change of the clocks.
fn is_down(at: Timestamp) -> bool {
    let minute = (at - moment("2028-01-01T00:00:00Z")).num_minutes();
    let (window, within) = (minute / 4_001, minute % 4_001);
    let length = match window % 4 {
        0 => 3,
        1 => 50,
        2 => 700,
        _ => 2_500,
    };
    within < length
}

#[test]
fn what_was_missed_is_caught_up_once_or_not_at_all() {
    for (line, seen) in lines() {
        let up: Vec<Timestamp> = year().filter(|at| !is_down(*at)).collect();
        let mut once = BTreeSet::new();
        let mut skip = BTreeSet::new();
        for due in seen {
            let next_up = up[up.partition_point(|at| at < due)..].first();
            once.extend(next_up.copied());
            skip.extend(next_up.copied().filter(|at| *at - *due <= TimeDelta::minutes(1)));
        }
        let clock = |at| (!is_down(at)).then_some(at);
        let runs = |catch_up| begun(&rule(line, catch_up), clock);
        let (once, skip) = (Vec::from_iter(once), Vec::from_iter(skip));
        assert_eq!(runs(CatchUp::Once), once, "{} {}", line.text, line.zone);
        assert_eq!(runs(CatchUp::Skip), skip, "{} {}", line.text, line.zone);
    }
}

/// A clock that is set back by `minutes` at noon of the 1st of each month, and right again after a
/// day.
fn set_back(minutes: i64) -> impl Fn(Timestamp) -> Option<Timestamp> {
    move |at| {
        let since_noon = (at.day(), at.hour() >= 12);
        let is_back = matches!(since_noon, (1, true) | (2, false));
        Some(if is_back { at - TimeDelta::minutes(minutes) } else { at })
    }
}

#[test]
fn a_clock_set_back_a_little_repeats_no_run_and_leaves_none_out() {
    for (line, seen) in lines() {
        let runs = begun(&rule(line, CatchUp::Once), set_back(7));
        let expected: Vec<Timestamp> = seen.iter().copied().collect();
        // A run that is due while the clock comes forward again begins as soon as it has.
        assert_eq!(runs.len(), expected.len(), "{} {}", line.text, line.zone);
        for (run, due) in runs.iter().zip(&expected) {
            assert!((*run - *due).num_minutes() <= 7 && run >= due, "{run} for {due}");
        }
    }
}

#[test]
fn a_clock_set_back_far_stops_nothing() {
    for (line, seen) in lines().filter(|(line, _)| line.is_interval) {
        for minutes in [30, 5 * 24 * 60] {
            let clock = set_back(minutes);
            let at_once: BTreeSet<Timestamp> =
                begun(&rule(line, CatchUp::Once), &clock).into_iter().collect();
            // By the clock that it has, it goes on as if it had never been another.
            let missed: Vec<Timestamp> = year()
                .filter_map(&clock)
                .filter(|shown| seen.contains(shown) && !at_once.contains(shown))
                .collect();
            assert!(missed.is_empty(), "{} by {minutes}: {missed:?}", line.text);
        }
    }
}
