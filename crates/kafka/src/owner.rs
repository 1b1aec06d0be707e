//! Who keeps a consumer's positions, and what the two say to each other.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A partition of a topic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Partition {
    /// The topic.
    pub topic: Arc<str>,
    /// Its number, from 0.
    pub number: i32,
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self.topic, self.number)
    }
}

/// How far a partition was read, to be kept with what the messages changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The offset of the next message.
    pub next: i64,
    /// When the message before it was written, in milliseconds since 1970, where one was read: a
    /// topic that was made anew has another there.
    pub last_ms: Option<i64>,
}

/// What the topic has in the place of what was to be read next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Where.
    pub partition: Partition,
    /// The offset that was to be read next.
    pub wanted: i64,
    /// The oldest offset that is there.
    pub low: i64,
    /// The offset of the next message that will be written.
    pub high: i64,
    /// The message before is another than the one that was read: the topic was made anew, with as
    /// many messages or more.
    pub is_other_topic: bool,
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, wanted, low, high, .. } = self;
        if self.is_other_topic || wanted > high {
            write!(f, "{partition} was made anew since it was read up to offset {wanted}: ")?;
        } else {
            write!(f, "{partition} no longer has offset {wanted}, which is next: ")?;
        }
        write!(f, "it has {low} to {high}")
    }
}

/// Where to go on after a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnGap {
    /// Nowhere: somebody must look first.
    Stop,
    /// With the oldest message that is there.
    Earliest,
    /// With the next that comes.
    Latest,
}

/// How partitions go to somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handover {
    /// The group asks for them, and waits until it is told so.
    Asked,
    /// They may be somebody else's already: the group has not heard from us for too long.
    Lost,
}

/// Why an owner can't answer now.
pub type OwnerError = Box<dyn std::error::Error + Send + Sync>;

/// Keeps a consumer's positions.
///
/// Its answers are awaited before partitions change hands, so that whatever it writes for one is
/// written by then. Where an answer fails, the call to the consumer fails with it, and the next call
/// asks again: it may hear the same twice.
pub trait Owner: Send + Sync {
    /// Partitions are the consumer's from now on: where to go on in those that were read before.
    fn begin(
        &self,
        partitions: &[Partition],
    ) -> impl Future<Output = Result<BTreeMap<Partition, Position>, OwnerError>> + Send;

    /// Partitions begin or go on at other positions than it knows, and these must be kept: those
    /// that have never been read, and those with a gap. Else the next to begin with the latest
    /// message would miss what came until then.
    fn placed(
        &self,
        positions: &BTreeMap<Partition, Position>,
    ) -> impl Future<Output = Result<(), OwnerError>> + Send;

    /// Partitions are no longer the consumer's. Of what it has not handed over yet nothing will come.
    fn end(&self, partitions: &[Partition], how: Handover) -> impl Future<Output = ()> + Send;

    /// What was to be read next is not there: where to go on.
    fn gap(&self, gap: &Gap) -> impl Future<Output = Result<OnGap, OwnerError>> + Send;
}
