//! The partitions that are ours, and where we are in each.

use std::sync::Arc;

use crate::owner::Partition;
use crate::place::Place;

/// The partitions that are ours, in order: found by each message, so by halving and without a copy
/// of its topic.
#[derive(Default)]
pub(crate) struct Held(Vec<(Partition, State)>);

/// Where we are in a partition.
#[derive(Clone, Copy, Debug)]
pub(crate) struct State {
    pub(crate) place: Place,
    /// Why it must be looked at before anything of it is handed over.
    pub(crate) doubt: Option<Doubt>,
}

/// Why a partition must be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// A broker did not have an offset; of which partition, librdkafka does not tell.
    OutOfRange,
    /// Another message stands where the last was read.
    OtherTopic,
}

impl Held {
    /// Where we are in a partition of ours.
    pub(crate) fn find(&mut self, topic: &str, number: i32) -> Option<(&Partition, &mut State)> {
        let at = self.position(topic, number).ok()?;
        self.0.get_mut(at).map(|(partition, state)| (&*partition, state))
    }

    /// Whether a partition is ours.
    pub(crate) fn has(&self, partition: &Partition) -> bool {
        self.position(&partition.topic, partition.number).is_ok()
    }

    /// A partition is ours from now on, or goes on elsewhere.
    pub(crate) fn put(&mut self, partition: Partition, place: Place) {
        let state = State { place, doubt: None };
        match self.position(&partition.topic, partition.number) {
            Ok(at) => self.0.splice(at..=at, [(partition, state)]).for_each(drop),
            Err(at) => self.0.insert(at, (partition, state)),
        }
    }

    /// Partitions are ours no longer.
    pub(crate) fn remove(&mut self, partitions: &[Partition]) {
        self.0.retain(|(partition, _)| !partitions.contains(partition));
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Partition, Place)> {
        self.0.iter().map(|(partition, state)| (partition, state.place))
    }

    /// Any of them may be out of range.
    pub(crate) fn doubt_all(&mut self) {
        for (_, state) in &mut self.0 {
            state.doubt = state.doubt.or(Some(Doubt::OutOfRange));
        }
    }

    /// A partition is as it should be.
    pub(crate) fn trust(&mut self, partition: &Partition) {
        if let Some((_, state)) = self.find(&partition.topic, partition.number) {
            state.doubt = None;
        }
    }

    /// Whether any must be looked at.
    pub(crate) fn has_doubts(&self) -> bool {
        self.0.iter().any(|(_, state)| state.doubt.is_some())
    }

    /// Those that must be looked at.
    pub(crate) fn doubts(&self) -> Vec<(Partition, Place, Doubt)> {
        let doubted = self.0.iter();
        doubted
            .filter_map(|(partition, state)| Some((partition.clone(), state.place, state.doubt?)))
            .collect()
    }

    /// The topic's name, shared with the other partitions of it.
    pub(crate) fn topic(&self, name: &str) -> Arc<str> {
        let same = self.0.iter().find(|(partition, _)| &*partition.topic == name);
        same.map_or_else(|| name.into(), |(partition, _)| Arc::clone(&partition.topic))
    }

    fn position(&self, topic: &str, number: i32) -> Result<usize, usize> {
        self.0.binary_search_by(|(partition, _)| {
            (&*partition.topic, partition.number).cmp(&(topic, number))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partition(topic: &str, number: i32) -> Partition {
        Partition { topic: topic.into(), number }
    }

    #[test]
    fn a_partition_is_found_by_its_topic_and_number() {
        let mut held = Held::default();
        for (topic, number) in [("b", 1), ("a", 10), ("b", 0), ("a", 9)] {
            held.put(partition(topic, number), Place::at(i64::from(number)));
        }
        assert!(held.find("a", 8).is_none() && held.find("c", 0).is_none());
        assert_eq!(held.find("a", 10).unwrap().1.place.next, 10);
        held.put(partition("a", 10), Place::at(11));
        assert_eq!(held.find("a", 10).unwrap().1.place.next, 11);
        held.remove(&[partition("a", 10), partition("b", 0)]);
        let left: Vec<_> = held.iter().map(|(partition, _)| partition.to_string()).collect();
        assert_eq!(left, ["a [9]", "b [1]"]);
    }

    #[test]
    fn what_is_known_to_be_another_topic_stays_so() {
        let mut held = Held::default();
        held.put(partition("a", 0), Place::at(1));
        held.put(partition("a", 1), Place::at(1));
        held.find("a", 1).unwrap().1.doubt = Some(Doubt::OtherTopic);
        held.doubt_all();
        let doubts = held.doubts().into_iter().map(|(_, _, doubt)| doubt);
        assert_eq!(doubts.collect::<Vec<_>>(), [Doubt::OutOfRange, Doubt::OtherTopic]);
        held.trust(&partition("a", 0));
        assert!(held.has_doubts());
        held.trust(&partition("a", 1));
        assert!(!held.has_doubts());
    }
}
