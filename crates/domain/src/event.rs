//! A change as it is told to the outside: where it stands, and the words for it.

use std::fmt;
use std::str::FromStr;

use crate::history::ChangeKind;
use crate::record::{CommitNumber, RecordId, Revision};

/// Where an event stands among all of them: its commit, and its place among the commit's changes,
/// from 0. Later ones are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventPlace {
    /// The commit.
    pub commit: CommitNumber,
    /// The place in it; [`i64::MAX`] for its end.
    pub index: i64,
}

impl EventPlace {
    /// Behind all events of a commit.
    pub fn end_of(commit: CommitNumber) -> Self {
        Self { commit, index: i64::MAX }
    }

    /// The last commit of which nothing comes behind this place any more.
    pub fn whole(self) -> CommitNumber {
        let is_end = self.index == i64::MAX;
        if is_end { self.commit } else { CommitNumber(self.commit.0.saturating_sub(1)) }
    }
}

impl fmt::Display for EventPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.index == i64::MAX {
            write!(f, "{}", self.commit)
        } else {
            write!(f, "{}.{}", self.commit, self.index)
        }
    }
}

/// A text names no place of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("give a commit, as in 17, or an event of it, as in 17.0")]
pub struct NoPlace;

impl FromStr for EventPlace {
    type Err = NoPlace;

    /// Reads `COMMIT`, which is its end, or `COMMIT.INDEX`.
    fn from_str(text: &str) -> Result<Self, NoPlace> {
        let number = |digits: &str| {
            let is_plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse::<i64>().ok().filter(|_| is_plain).ok_or(NoPlace)
        };
        match text.split_once('.') {
            None => Ok(Self::end_of(CommitNumber(number(text)?))),
            Some((commit, index)) => {
                Ok(Self { commit: CommitNumber(number(commit)?), index: number(index)? })
            }
        }
    }
}

/// What an event tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A record was added.
    Created,
    /// A record was changed.
    Updated,
    /// A record was deleted.
    Deleted,
    /// A record that had been deleted is there again.
    Restored,
    /// What came before is known no more.
    Folded,
}

impl EventKind {
    /// What a change that made this revision is told as.
    pub fn of(kind: ChangeKind, revision: Revision) -> Self {
        match kind {
            ChangeKind::Added if revision.0 > 1 => Self::Restored,
            ChangeKind::Added => Self::Created,
            ChangeKind::Updated => Self::Updated,
            ChangeKind::Deleted => Self::Deleted,
            ChangeKind::Folded => Self::Folded,
        }
    }

    /// The `type` of a CloudEvent.
    pub fn word(self) -> &'static str {
        match self {
            Self::Created => "domesday.record.created",
            Self::Updated => "domesday.record.updated",
            Self::Deleted => "domesday.record.deleted",
            Self::Restored => "domesday.record.restored",
            Self::Folded => "domesday.history.folded",
        }
    }
}

/// What an event of a record is about, and what it is keyed by: `server/17`.
pub fn subject(type_name: &str, id: RecordId) -> String {
    format!("{type_name}/{id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(i64, i64)>) {
        let found = text.parse::<EventPlace>().ok();
        assert_eq!(found.map(|place| (place.commit.0, place.index)), expected, "{text:?}");
    }

    #[test]
    fn a_place_is_a_commit_or_an_event_of_it() {
        check("0", Some((0, i64::MAX)));
        check("17", Some((17, i64::MAX)));
        check("17.0", Some((17, 0)));
        check("9223372036854775807.3", Some((i64::MAX, 3)));
        for text in ["", ".", "17.", ".1", "-1", "+1", "17.-1", "1.2.3", "x", "9223372036854775808"]
        {
            check(text, None);
        }
    }

    #[test]
    fn places_are_told_as_they_are_read_and_follow_each_other() {
        let places: Vec<EventPlace> =
            ["0", "1.0", "1.1", "1", "2.0", "10"].map(|text| text.parse().unwrap()).into();
        assert!(places.is_sorted());
        let told: Vec<String> = places.iter().map(ToString::to_string).collect();
        assert_eq!(told, ["0", "1.0", "1.1", "1", "2.0", "10"]);
        let whole: Vec<i64> = places.iter().map(|place| place.whole().0).collect();
        assert_eq!(whole, [0, 0, 0, 1, 1, 10]);
    }

    #[test]
    fn a_record_that_comes_back_is_restored() {
        let of = |kind, revision| EventKind::of(kind, Revision(revision)).word();
        assert_eq!(of(ChangeKind::Added, 1), "domesday.record.created");
        assert_eq!(of(ChangeKind::Updated, 2), "domesday.record.updated");
        assert_eq!(of(ChangeKind::Deleted, 3), "domesday.record.deleted");
        assert_eq!(of(ChangeKind::Added, 4), "domesday.record.restored");
    }
}
