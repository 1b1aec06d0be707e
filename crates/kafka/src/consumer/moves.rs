//! Partitions come and go, and some are not what they were: what the owner is asked then.

use std::collections::BTreeMap;

use rdkafka::consumer::Consumer as _;
use rdkafka::error::KafkaError as Native;
use rdkafka::topic_partition_list::TopicPartitionList;

use super::held::Doubt;
use super::member::partitions;
use super::{Consumer, list};
use crate::context::{Change, unassign};
use crate::owner::{Gap, Handover, Owner, Partition, Position};
use crate::place::{Beginning, Place, Range, after, beginning, gap, resume};
use crate::{KafkaError, translate};

impl<O: Owner> Consumer<O> {
    /// Answers the group, once the owner has answered. A change stays first in line until then.
    pub(super) async fn answer_changes(&mut self) -> Result<(), KafkaError> {
        while let Some(change) = self.member.client().context().first_change() {
            match &change {
                Change::Gained(gained) => self.begin(gained).await?,
                Change::Given(given) => self.end(given).await?,
            }
            self.member.client().context().first_done();
        }
        Ok(())
    }

    async fn begin(&mut self, gained: &TopicPartitionList) -> Result<(), KafkaError> {
        let gained = partitions(gained, |name| self.held.topic(name));
        let stored = self.owner.begin(&gained).await.map_err(KafkaError::Owner)?;
        let ranges = self.member.ranges(&gained).await?;
        let (mut places, mut unknown) = (Vec::new(), BTreeMap::new());
        for (partition, range) in gained.into_iter().zip(ranges) {
            let position = stored.get(&partition).copied();
            let place = self.place(&partition, position, range).await?;
            if position.is_none_or(|position| position.next != place.next) {
                unknown.insert(partition.clone(), Position { next: place.next, last_ms: None });
            }
            places.push((partition, place));
        }
        self.keep(&unknown).await?;
        self.member.assign(&list(places.iter().map(|(at, place)| (at, place.fetch))))?;
        for (partition, place) in places {
            tracing::debug!(%partition, next = place.next, "begins");
            self.held.put(partition, place);
        }
        self.is_fault_told = false;
        if self.is_paused {
            self.pause();
        }
        Ok(())
    }

    async fn end(&mut self, given: &TopicPartitionList) -> Result<(), KafkaError> {
        let client = self.member.clone_client();
        let gone = partitions(given, |name| self.held.topic(name));
        let how = if client.assignment_lost() { Handover::Lost } else { Handover::Asked };
        self.waiting.forget(&gone);
        self.owner.end(&gone, how).await;
        let told = |error: Native| translate::error(&error, "");
        // Else it would be paused still when it comes back.
        client.resume(given).map_err(told)?;
        unassign(&*client, given).map_err(told)?;
        self.held.remove(&gone);
        Ok(())
    }

    /// Where to go on in a partition.
    async fn place(
        &self,
        partition: &Partition,
        position: Option<Position>,
        range: Range,
    ) -> Result<Place, KafkaError> {
        if let Some(position) = position {
            return match resume(partition, position, range) {
                Ok(place) => Ok(place),
                Err(gap) => self.place_after(*gap).await,
            };
        }
        match beginning(self.settings.start, range) {
            Beginning::At(place) => Ok(place),
            Beginning::AtTime(time) => {
                let found = self.member.offset_at(partition, time).await?;
                Ok(Place::at(found.unwrap_or(range.high)))
            }
        }
    }

    async fn place_after(&self, gap: Gap) -> Result<Place, KafkaError> {
        let choice = self.owner.gap(&gap).await.map_err(KafkaError::Owner)?;
        after(&gap, choice).ok_or(KafkaError::Gap(gap))
    }

    async fn keep(&self, placed: &BTreeMap<Partition, Position>) -> Result<(), KafkaError> {
        if placed.is_empty() {
            return Ok(());
        }
        self.owner.placed(placed).await.map_err(KafkaError::Owner)
    }

    /// Looks at the partitions that may have a gap, and asks the owner where to go on.
    pub(super) async fn settle_doubts(&mut self) -> Result<(), KafkaError> {
        for (partition, place, doubt) in self.held.doubts() {
            let range = match &*self.member.ranges(std::slice::from_ref(&partition)).await? {
                [range, ..] => *range,
                [] => continue,
            };
            let is_other_topic = doubt == Doubt::OtherTopic;
            if !is_other_topic && (range.low..=range.high).contains(&place.next) {
                self.held.trust(&partition);
                continue;
            }
            let place =
                self.place_after(gap(&partition, place.next, range, is_other_topic)).await?;
            let position = Position { next: place.next, last_ms: None };
            self.keep(&BTreeMap::from([(partition.clone(), position)])).await?;
            self.member.move_to(&partition, place.fetch)?;
            self.held.put(partition, place);
        }
        Ok(())
    }
}
