//! Where a consumer goes on in a partition: pure, from what the owner keeps and the broker has.

use domain::record::Timestamp;

use crate::owner::{Gap, OnGap, Partition, Position};
use crate::settings::Start;

/// The offsets that a partition has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    /// Of the oldest message.
    pub(crate) low: i64,
    /// Of the next that will be written.
    pub(crate) high: i64,
}

/// Where to fetch from, and what is expected there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The first offset that is fetched.
    pub(crate) fetch: i64,
    /// The first offset that is handed over: `fetch`, or the one after it.
    pub(crate) next: i64,
    /// When the message before `next` was written, where that is fetched too and compared.
    pub(crate) expected_ms: Option<i64>,
}

impl Place {
    /// Without looking back.
    pub(crate) fn at(next: i64) -> Self {
        Self { fetch: next, next, expected_ms: None }
    }
}

/// Where a partition without a position begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beginning {
    /// Here.
    At(Place),
    /// Where the broker says that messages of a time begin.
    AtTime(Timestamp),
}

/// Where a partition begins that has never been read.
pub(crate) fn beginning(start: Start, range: Range) -> Beginning {
    match start {
        Start::Earliest => Beginning::At(Place::at(range.low)),
        Start::Latest => Beginning::At(Place::at(range.high)),
        Start::At(time) => Beginning::AtTime(time),
    }
}

/// Where a partition goes on that has been read.
///
/// # Errors
/// The gap, when what comes next is not there.
pub(crate) fn resume(
    partition: &Partition,
    position: Position,
    range: Range,
) -> Result<Place, Box<Gap>> {
    let Position { next, last_ms } = position;
    if next < range.low || next > range.high {
        return Err(Box::new(gap(partition, next, range, false)));
    }
    let is_last_there = next > range.low;
    Ok(match last_ms {
        Some(_) if is_last_there => Place { fetch: next - 1, next, expected_ms: last_ms },
        Some(_) | None => Place::at(next),
    })
}

/// A gap as the owner is told of it.
pub(crate) fn gap(partition: &Partition, wanted: i64, range: Range, is_other_topic: bool) -> Gap {
    let Range { low, high } = range;
    Gap { partition: partition.clone(), wanted, low, high, is_other_topic }
}

/// Where to go on after a gap; `None` for nowhere.
pub(crate) fn after(gap: &Gap, choice: OnGap) -> Option<Place> {
    match choice {
        OnGap::Stop => None,
        OnGap::Earliest => Some(Place::at(gap.low)),
        OnGap::Latest => Some(Place::at(gap.high)),
    }
}

/// What a fetched message is to a partition's reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// The next to be handed over.
    Next,
    /// One that has been handed over before.
    Known,
    /// Another than the one that was read at its offset.
    Foreign,
}

/// What a message with an offset and a time is.
pub(crate) fn arrival(place: Place, offset: i64, timestamp_ms: Option<i64>) -> Arrival {
    if offset >= place.next {
        return Arrival::Next;
    }
    let is_last = offset == place.next - 1;
    match (place.expected_ms, timestamp_ms) {
        (Some(expected), Some(found)) if is_last && expected != found => Arrival::Foreign,
        _ => Arrival::Known,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RANGE: Range = Range { low: 10, high: 20 };

    fn partition() -> Partition {
        Partition { topic: "servers".into(), number: 2 }
    }

    #[track_caller]
    fn check_resume(next: i64, last_ms: Option<i64>, expect: Option<Place>) {
        let found = resume(&partition(), Position { next, last_ms }, RANGE);
        assert_eq!(found.ok(), expect, "{next}");
    }

    #[test]
    fn a_position_is_gone_on_from_where_the_topic_has_it() {
        check_resume(9, None, None);
        check_resume(10, None, Some(Place::at(10)));
        // What was read last is no longer there to be compared.
        check_resume(10, Some(7), Some(Place::at(10)));
        check_resume(11, Some(7), Some(Place { fetch: 10, next: 11, expected_ms: Some(7) }));
        check_resume(20, Some(7), Some(Place { fetch: 19, next: 20, expected_ms: Some(7) }));
        check_resume(20, None, Some(Place::at(20)));
        check_resume(21, None, None);
    }

    #[test]
    fn a_start_is_an_offset() {
        assert_eq!(beginning(Start::Earliest, RANGE), Beginning::At(Place::at(10)));
        assert_eq!(beginning(Start::Latest, RANGE), Beginning::At(Place::at(20)));
    }

    #[track_caller]
    fn check_arrival(offset: i64, timestamp_ms: Option<i64>, expect: Arrival) {
        let place = Place { fetch: 10, next: 11, expected_ms: Some(7) };
        assert_eq!(arrival(place, offset, timestamp_ms), expect, "{offset}");
    }

    #[test]
    fn the_last_message_read_tells_whether_it_is_the_same_topic() {
        check_arrival(10, Some(7), Arrival::Known);
        check_arrival(10, Some(8), Arrival::Foreign);
        check_arrival(10, None, Arrival::Known);
        check_arrival(9, Some(8), Arrival::Known);
        check_arrival(11, Some(8), Arrival::Next);
        check_arrival(15, Some(8), Arrival::Next);
        assert_eq!(arrival(Place::at(11), 10, Some(8)), Arrival::Known);
    }

    #[test]
    fn a_gap_says_what_is_there_instead() {
        let lost = resume(&partition(), Position { next: 3, last_ms: None }, RANGE).unwrap_err();
        assert!(lost.to_string().contains("servers [2] no longer has offset 3"), "{lost}");
        assert!(lost.to_string().ends_with("it has 10 to 20"), "{lost}");
        let anew = resume(&partition(), Position { next: 30, last_ms: None }, RANGE).unwrap_err();
        assert!(anew.to_string().contains("made anew"), "{anew}");
        assert!(gap(&partition(), 15, RANGE, true).to_string().contains("made anew"));
        assert_eq!(after(&lost, OnGap::Stop), None);
        assert_eq!(after(&lost, OnGap::Earliest), Some(Place::at(10)));
        assert_eq!(after(&lost, OnGap::Latest), Some(Place::at(20)));
    }
}
