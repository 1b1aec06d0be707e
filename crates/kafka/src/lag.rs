//! How far a consumer is behind.

use std::collections::BTreeMap;

use rdkafka::statistics::Statistics;

/// How far a consumer is behind in a partition. What brokers tell is up to two seconds old.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lag {
    /// The offset of the next message that will be handed over.
    pub next: i64,
    /// The offset of the next message that will be written; `None` until a broker tells.
    pub high: Option<i64>,
    /// Offsets between the two, and 0 where all that was written has been handed over: marks of
    /// transactions have offsets and are no messages.
    pub behind: Option<i64>,
}

/// What librdkafka knows of a partition's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ends {
    high: i64,
    /// All of it has been fetched, and nothing waits in the queue.
    is_at_end: bool,
}

/// The ends of all partitions that librdkafka fetches.
pub(crate) fn ends(statistics: &Statistics) -> BTreeMap<(String, i32), Ends> {
    let topics = statistics.topics.iter();
    let partitions = topics.flat_map(|(name, topic)| {
        topic.partitions.values().filter(|partition| partition.hi_offset >= 0).map(|partition| {
            let high = partition.hi_offset;
            let is_at_end = partition.fetchq_cnt == 0 && partition.next_offset >= high;
            ((name.clone(), partition.partition), Ends { high, is_at_end })
        })
    });
    partitions.collect()
}

impl Lag {
    /// From where the consumer is and how far the partition goes.
    pub(crate) fn of(next: i64, ends: Option<Ends>) -> Self {
        let rest = |ends: Ends| if ends.is_at_end { 0 } else { (ends.high - next).max(0) };
        let behind = ends.map(rest);
        Self { next, high: ends.map(|ends| ends.high.max(next)), behind }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(next: i64, ends: Option<(i64, bool)>, high: Option<i64>, behind: Option<i64>) {
        let ends = ends.map(|(high, is_at_end)| Ends { high, is_at_end });
        assert_eq!(Lag::of(next, ends), Lag { next, high, behind });
    }

    #[test]
    fn who_has_all_messages_is_not_behind() {
        check(7, None, None, None);
        check(7, Some((10, false)), Some(10), Some(3));
        // What stands between is the mark of a transaction.
        check(9, Some((10, true)), Some(10), Some(0));
        // The broker told before the last were written.
        check(12, Some((10, false)), Some(12), Some(0));
    }
}
