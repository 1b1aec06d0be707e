//! What becomes of a task's runs: those that are due, missed, failed, and those that a clock set
//! back would repeat.

use chrono::{DateTime, TimeDelta};
use sha2::{Digest as _, Sha256};

use super::{Outcome, Schedule};
use crate::record::Timestamp;

/// A run that could not begin for so long was missed.
const MISSED_AFTER: TimeDelta = TimeDelta::minutes(1);
/// A clock set back by more than this was wrong before: what says how often goes by it at once.
const INTERVAL_STEP: TimeDelta = TimeDelta::minutes(10);
/// The same for what says at what time of the day, which is not done twice for a lesser step
/// (cron(8) of Vixie cron).
const FIXED_STEP: TimeDelta = TimeDelta::hours(3);
/// The longest wait before a try, without what is added at random.
const BACKOFF_MAX: TimeDelta = TimeDelta::days(1);

/// What becomes of runs that nobody could begin when they were due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CatchUp {
    /// One run stands for all of them, as soon as there can be one.
    Once,
    /// They are left out.
    Skip,
}

/// When a task runs, and what becomes of runs that come to nothing.
#[derive(Clone, Debug)]
pub struct Rule {
    /// When it is due.
    pub schedule: Schedule,
    /// What becomes of missed runs.
    pub catch_up: CatchUp,
    /// The most that a run begins behind the moment at which it is due, so that tasks of one
    /// schedule are spread.
    pub jitter: TimeDelta,
    /// How often a run that failed is tried again.
    pub retries: u32,
    /// How long after the first try; twice as long after each further one.
    pub backoff: TimeDelta,
}

/// When a task's next run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// When this was decided.
    pub since: Timestamp,
    /// The moment of its schedule that the run stands for.
    pub due: Timestamp,
    /// When it begins: behind that by its jitter, or when it is tried again.
    pub at: Timestamp,
    /// How many tries have failed of the run that is tried again; none where it is none.
    pub tries: u32,
}

/// A run that ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// How.
    pub outcome: Outcome,
    /// The moment of the schedule that it stood for.
    pub due: Timestamp,
    /// How many tries failed before it.
    pub tries: u32,
}

/// What is to be done with a task at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Nothing yet.
    Wait,
    /// A run begins.
    Begin,
    /// It is due at another moment: runs were missed, or the clock was set.
    Move(Due),
}

impl Rule {
    /// When a task of a name is due first behind a moment.
    pub fn first(&self, name: &str, now: Timestamp) -> Due {
        self.due_at(name, self.next(now), now)
    }

    /// What is to be done at a moment.
    pub fn look(&self, name: &str, kept: &Due, now: Timestamp) -> Look {
        let is_missed = kept.tries == 0 && now.signed_duration_since(kept.at) > MISSED_AFTER;
        let step = if self.schedule.is_interval() { INTERVAL_STEP } else { FIXED_STEP };
        if kept.at <= now {
            match self.catch_up {
                CatchUp::Skip if is_missed => {
                    // What was due just so long ago was not missed.
                    let missed = MISSED_AFTER + TimeDelta::microseconds(1);
                    let recent = now.checked_sub_signed(missed).unwrap_or(now);
                    Look::Move(self.due_at(name, self.next(recent), now))
                }
                CatchUp::Skip | CatchUp::Once => Look::Begin,
            }
        } else if kept.since.signed_duration_since(now) > step {
            Look::Move(self.first(name, now))
        } else {
            Look::Wait
        }
    }

    /// When the run behind one is that begins at a moment; one that somebody asked for before it
    /// was due stands for nothing else.
    pub fn begun(&self, name: &str, kept: &Due, now: Timestamp) -> Due {
        if kept.at > now { *kept } else { self.first(name, now) }
    }

    /// When the next run is after one that ended. What is tried again does not put off what is due
    /// by the schedule.
    pub fn ended(&self, name: &str, ended: Ended, kept: &Due, now: Timestamp) -> Due {
        let Ended { outcome, due, tries } = ended;
        if !outcome.is_failure() || tries >= self.retries {
            return *kept;
        }
        let at = after(now, self.delay(name, tries, now));
        if at < kept.at { Due { since: now, due, at, tries: tries + 1 } } else { *kept }
    }

    fn due_at(&self, name: &str, due: Timestamp, now: Timestamp) -> Due {
        let at = after(due, part_of(self.jitter, (name, due)));
        Due { since: now, due, at, tries: 0 }
    }

    fn next(&self, now: Timestamp) -> Timestamp {
        self.schedule.next(now).unwrap_or(DateTime::<chrono::Utc>::MAX_UTC)
    }

    /// How long to wait before the next try: it grows, and up to half as much is added, so that what
    /// failed together is not tried together.
    fn delay(&self, name: &str, tries: u32, now: Timestamp) -> TimeDelta {
        let times = 2_i32.checked_pow(tries).unwrap_or(i32::MAX);
        let grown = self.backoff.checked_mul(times).unwrap_or(BACKOFF_MAX).min(BACKOFF_MAX);
        grown.checked_add(&part_of(grown / 2, (name, now))).unwrap_or(grown)
    }
}

fn after(moment: Timestamp, delay: TimeDelta) -> Timestamp {
    moment.checked_add_signed(delay).unwrap_or(moment)
}

/// Some part of a span, the same for everybody who asks for it of one name and moment.
fn part_of(span: TimeDelta, (name, moment): (&str, Timestamp)) -> TimeDelta {
    let mut digest = Sha256::new();
    digest.update(name.as_bytes());
    digest.update(moment.timestamp_micros().to_be_bytes());
    let digest = digest.finalize();
    let chance = digest.iter().take(6).fold(0_i64, |number, byte| number << 8 | i64::from(*byte));
    let micros = span.num_microseconds().unwrap_or(0).max(0);
    TimeDelta::microseconds(chance.checked_rem(micros.saturating_add(1)).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zone::Zone;

    fn at(text: &str) -> Timestamp {
        format!("2026-11-26T{text}Z").parse().unwrap()
    }

    fn rule(catch_up: CatchUp) -> Rule {
        Rule {
            schedule: Schedule::every(TimeDelta::minutes(5)).unwrap(),
            catch_up,
            jitter: TimeDelta::zero(),
            retries: 2,
            backoff: TimeDelta::seconds(10),
        }
    }

    fn ended(outcome: Outcome, tries: u32) -> Ended {
        Ended { outcome, due: at("10:05:00"), tries }
    }

    #[test]
    fn a_run_begins_when_it_is_due() {
        let rule = rule(CatchUp::Skip);
        let kept = rule.first("a", at("10:01:00"));
        assert_eq!(kept.due, at("10:05:00"));
        assert_eq!(rule.look("a", &kept, at("10:04:59")), Look::Wait);
        assert_eq!(rule.look("a", &kept, at("10:05:00")), Look::Begin);
        assert_eq!(rule.look("a", &kept, at("10:06:00")), Look::Begin);
        assert_eq!(rule.begun("a", &kept, at("10:05:00")).due, at("10:10:00"));
        assert_eq!(rule.begun("a", &kept, at("10:03:00")), kept, "somebody asked for it");
    }

    #[test]
    fn missed_runs_are_one_or_none() {
        let once = rule(CatchUp::Once);
        let kept = once.first("a", at("10:01:00"));
        assert_eq!(once.look("a", &kept, at("11:03:00")), Look::Begin);
        assert_eq!(once.begun("a", &kept, at("11:03:00")).due, at("11:05:00"));
        let skip = rule(CatchUp::Skip);
        let moved = skip.first("a", at("11:03:00"));
        assert_eq!(skip.look("a", &kept, at("11:03:00")), Look::Move(moved));
        assert_eq!(moved.due, at("11:05:00"));
    }

    #[test]
    fn what_failed_is_tried_again_later_and_later_but_no_later_than_it_is_due() {
        let rule = Rule { retries: 3, ..rule(CatchUp::Skip) };
        let begun = rule.begun("a", &rule.first("a", at("10:01:00")), at("10:05:00"));
        let mut waits = Vec::new();
        let mut kept = begun;
        for tries in 0..3 {
            kept = rule.ended("a", ended(Outcome::Failed, tries), &begun, at("10:06:00"));
            assert_eq!((kept.tries, kept.due), (tries + 1, at("10:05:00")));
            waits.push((kept.at - at("10:06:00")).num_seconds());
        }
        assert!((10..=15).contains(&waits[0]) && (20..=30).contains(&waits[1]), "{waits:?}");
        assert!((40..=60).contains(&waits[2]), "{waits:?}");
        assert_eq!(rule.begun("a", &kept, kept.at).due, at("10:10:00"));
        // The last try failed, nothing failed, or the schedule is sooner.
        assert_eq!(rule.ended("a", ended(Outcome::Failed, 3), &begun, at("10:06:00")), begun);
        assert_eq!(rule.ended("a", ended(Outcome::Cancelled, 0), &begun, at("10:06:00")), begun);
        assert_eq!(rule.ended("a", ended(Outcome::Lost, 0), &begun, at("10:09:55")), begun);
        // However often, it is never too much.
        let often = Rule { retries: u32::MAX, ..rule.clone() };
        let late = often.delay("a", 4_000, at("10:00:00"));
        assert!(late <= BACKOFF_MAX * 3 / 2, "{late}");
    }

    #[test]
    fn jitter_spreads_tasks_and_all_replicas_agree_on_it() {
        let rule = Rule { jitter: TimeDelta::seconds(30), ..rule(CatchUp::Once) };
        let begins =
            |name: &str| (rule.first(name, at("10:01:00")).at - at("10:05:00")).num_milliseconds();
        let all: Vec<i64> = (0..50).map(|task| begins(&format!("task-{task}"))).collect();
        assert!(all.iter().all(|begin| (0..=30_000).contains(begin)), "{all:?}");
        assert!(all.iter().any(|begin| *begin < 10_000) && all.iter().any(|begin| *begin > 20_000));
        assert_eq!(begins("a"), begins("a"));
    }

    #[test]
    fn a_clock_set_back_repeats_nothing_and_stops_nothing() {
        let often = rule(CatchUp::Once);
        let kept = often.begun("a", &often.first("a", at("10:01:00")), at("10:05:00"));
        assert_eq!(often.look("a", &kept, at("10:00:00")), Look::Wait);
        assert_eq!(
            often.look("a", &kept, at("09:00:00")),
            Look::Move(often.first("a", at("09:00:00")))
        );
        let daily =
            Rule { schedule: Schedule::cron("0 10 * * *", Zone::default()).unwrap(), ..often };
        let kept = daily.begun("a", &daily.first("a", at("09:00:00")), at("10:00:00"));
        assert_eq!(daily.look("a", &kept, at("09:30:00")), Look::Wait);
        assert_eq!(
            daily.look("a", &kept, at("06:00:00")),
            Look::Move(daily.first("a", at("06:00:00")))
        );
    }
}
