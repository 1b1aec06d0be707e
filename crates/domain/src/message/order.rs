//! Whether a message still says anything: it may come again, and it may come late.

use std::cmp::Ordering;

use chrono::TimeDelta;

use super::stamp::Stamp;
use crate::record::Timestamp;

/// An id that was seen so many days ago, or earlier, may be used again.
pub const REPEAT_DAYS: i64 = 7;

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is news.
    News,
    /// It came before: it changes nothing.
    Repeat,
    /// The same source has said something newer of the record: it changes nothing.
    Late,
}

/// What becomes of a message, from when one of the same id was seen, and the newest that its source
/// said of the record. What tells nothing of its age is never late: then the order of the partition
/// holds.
pub fn judge(
    stamp: &Stamp,
    seen_at: Option<Timestamp>,
    newest: Option<&Stamp>,
    now: Timestamp,
) -> Verdict {
    let is_seen = seen_at.is_some_and(|at| now - at < TimeDelta::days(REPEAT_DAYS));
    let age = newest.and_then(|newest| stamp.compare(newest));
    match (is_seen, age) {
        (true, _) => Verdict::Repeat,
        (false, Some(Ordering::Less)) => Verdict::Late,
        (false, Some(Ordering::Equal | Ordering::Greater) | None) => Verdict::News,
    }
}

/// The newest that a source said of a record, once a message was news: never less than before. What
/// the message does not tell stays as it was known.
#[must_use]
pub fn remembered(newest: Option<&Stamp>, news: &Stamp) -> Stamp {
    let Some(newest) = newest else {
        return news.clone();
    };
    let sequence = match (newest.at, news.at) {
        // A later time has a sequence of its own, if any.
        (Some(before), Some(at)) if before < at => news.sequence.clone(),
        (Some(_) | None, Some(_) | None) => news.sequence.clone().max(newest.sequence.clone()),
    };
    Stamp { at: news.at.max(newest.at), sequence }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::stamp::Sequence;
    use super::*;

    fn second(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(seconds, 0).unwrap()
    }

    fn stamp(at: Option<i64>, sequence: Option<i128>) -> Stamp {
        Stamp { at: at.map(second), sequence: sequence.map(Sequence::Number) }
    }

    #[track_caller]
    fn check(
        message: (Option<i64>, Option<i128>),
        newest: (Option<i64>, Option<i128>),
        late: bool,
    ) {
        let (message, newest) = (stamp(message.0, message.1), stamp(newest.0, newest.1));
        let expect = if late { Verdict::Late } else { Verdict::News };
        let found = judge(&message, None, Some(&newest), second(0));
        assert_eq!(found, expect, "{message:?} after {newest:?}");
    }

    #[test]
    fn what_is_older_is_late() {
        // By time, whatever the sequence.
        check((Some(1), Some(9)), (Some(2), Some(1)), true);
        check((Some(3), Some(1)), (Some(2), Some(9)), false);
        check((Some(1), None), (Some(2), None), true);
        check((Some(1), None), (Some(2), Some(1)), true);
        // At one time, by sequence.
        check((Some(2), Some(1)), (Some(2), Some(2)), true);
        check((Some(2), Some(2)), (Some(2), Some(2)), false);
        check((Some(2), Some(3)), (Some(2), Some(2)), false);
        check((Some(2), None), (Some(2), Some(2)), false);
        check((Some(2), Some(1)), (Some(2), None), false);
        // Without a time of both, by sequence.
        check((None, Some(1)), (None, Some(2)), true);
        check((None, Some(2)), (None, Some(2)), false);
        check((None, Some(3)), (None, Some(2)), false);
        check((None, Some(1)), (Some(2), Some(2)), true);
        check((Some(9), Some(1)), (None, Some(2)), true);
        // Nothing tells.
        check((None, None), (None, None), false);
        check((None, None), (Some(2), Some(2)), false);
        check((Some(2), None), (None, Some(2)), false);
        check((Some(2), Some(2)), (None, None), false);
        let first = judge(&stamp(Some(1), None), None, None, second(0));
        assert_eq!(first, Verdict::News);
    }

    #[test]
    fn an_id_is_remembered_for_seven_days() {
        let week = REPEAT_DAYS * 24 * 60 * 60;
        let verdict =
            |seen_at: i64| judge(&Stamp::default(), Some(second(seen_at)), None, second(week));
        assert_eq!(verdict(week), Verdict::Repeat);
        assert_eq!(verdict(1), Verdict::Repeat);
        assert_eq!(verdict(0), Verdict::News);
        // The clock of another replica may be ahead.
        assert_eq!(verdict(week + 1), Verdict::Repeat);
        // A repeat is one, late or not.
        let newest = stamp(Some(9), None);
        let both = judge(&stamp(Some(1), None), Some(second(0)), Some(&newest), second(1));
        assert_eq!(both, Verdict::Repeat);
    }

    #[track_caller]
    fn check_remembered(before: &Stamp, news: &Stamp, expect: &Stamp) {
        assert_eq!(&remembered(Some(before), news), expect, "{before:?} and {news:?}");
    }

    #[test]
    fn the_newest_is_remembered_part_by_part() {
        let both = stamp(Some(2), Some(2));
        assert_eq!(remembered(None, &both), both);
        check_remembered(&stamp(Some(1), Some(9)), &both, &both);
        check_remembered(&stamp(Some(1), Some(9)), &stamp(Some(2), None), &stamp(Some(2), None));
        check_remembered(&both, &stamp(None, None), &both);
        check_remembered(&both, &stamp(Some(2), None), &both);
        check_remembered(&both, &stamp(None, Some(3)), &stamp(Some(2), Some(3)));
        check_remembered(&stamp(None, Some(2)), &stamp(Some(2), Some(3)), &stamp(Some(2), Some(3)));
    }

    prop_compose! {
        fn any_stamp()(
            at in proptest::option::of(0_i64..4),
            sequence in proptest::option::of(0_i128..4),
        ) -> Stamp {
            stamp(at, sequence)
        }
    }

    prop_compose! {
        fn whole_stamp()(at in 0_i64..5, sequence in 0_i128..5) -> Stamp {
            stamp(Some(at), Some(sequence))
        }
    }

    proptest! {
        #[test]
        fn nothing_is_late_after_itself(one in any_stamp()) {
            prop_assert_eq!(judge(&one, None, Some(&one), second(0)), Verdict::News);
        }

        #[test]
        fn of_two_only_one_can_be_late(one in any_stamp(), other in any_stamp()) {
            let after = |a: &Stamp, b: &Stamp| judge(a, None, Some(b), second(0)) == Verdict::Late;
            prop_assert!(!(after(&one, &other) && after(&other, &one)));
        }

        /// However messages are shuffled, what is applied last is the newest.
        #[test]
        fn the_newest_wins_in_any_order(stamps in proptest::collection::vec(whole_stamp(), 1..12)) {
            let mut newest: Option<Stamp> = None;
            let mut applied = None;
            for (index, stamp) in stamps.iter().enumerate() {
                if judge(stamp, None, newest.as_ref(), second(0)) == Verdict::News {
                    newest = Some(remembered(newest.as_ref(), stamp));
                    applied = Some(index);
                }
            }
            let order = |stamp: &Stamp| (stamp.at, stamp.sequence.clone());
            let latest = stamps.iter().map(order).max();
            let last = (0..stamps.len()).rfind(|index| stamps.get(*index).map(order) == latest);
            prop_assert_eq!(newest.as_ref().map(order), latest);
            prop_assert_eq!(applied, last);
        }

        /// What was late stays late, whatever else is heard.
        #[test]
        fn what_is_remembered_never_grows_older(
            one in any_stamp(),
            heard in proptest::collection::vec(whole_stamp(), 0..6),
        ) {
            let mut newest = stamp(Some(2), Some(2));
            let was_late = judge(&one, None, Some(&newest), second(0)) == Verdict::Late;
            for stamp in heard {
                if judge(&stamp, None, Some(&newest), second(0)) == Verdict::News {
                    let next = remembered(Some(&newest), &stamp);
                    prop_assert_ne!(next.compare(&newest), Some(Ordering::Less));
                    newest = next;
                }
            }
            if was_late && one.at.is_some() {
                prop_assert_eq!(judge(&one, None, Some(&newest), second(0)), Verdict::Late);
            }
        }
    }
}
