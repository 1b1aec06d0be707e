//! A member of a group: librdkafka's consumer, which answers no change of partitions by itself.

use std::sync::Arc;
use std::time::Duration;

use domain::record::Timestamp;
use rdkafka::ClientConfig;
use rdkafka::consumer::{Consumer as _, RebalanceProtocol, StreamConsumer};
use rdkafka::error::KafkaError as Native;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::list;
use crate::context::{Inbox, answer_unasked, unassign};
use crate::owner::Partition;
use crate::place::Range;
use crate::settings::Topics;
use crate::{KafkaError, config, translate};

/// How long a broker may take to answer a question.
const ANSWER_PATIENCE: Duration = Duration::from_secs(10);

/// librdkafka's consumer.
pub(crate) type Client = StreamConsumer<Inbox>;

/// A member of a group. Dropping it leaves the group, and blocks meanwhile.
pub(crate) struct Member(Arc<Client>);

impl Member {
    /// Joins the group.
    ///
    /// # Errors
    /// When librdkafka does not take the settings.
    pub(crate) fn join(settings: &ClientConfig, topics: &Topics) -> Result<Self, KafkaError> {
        let told = |error: Native| translate::error(&error, "");
        let client: Client = settings.create_with_context(Inbox::default()).map_err(told)?;
        let topics = config::subscription(topics);
        let topics: Vec<&str> = topics.iter().map(String::as_str).collect();
        client.subscribe(&topics).map_err(told)?;
        Ok(Self(Arc::new(client)))
    }

    /// librdkafka's consumer.
    pub(crate) fn client(&self) -> &Client {
        &self.0
    }

    /// The same, to be held while the member changes.
    pub(crate) fn clone_client(&self) -> Arc<Client> {
        Arc::clone(&self.0)
    }

    /// The offsets that partitions have, in the same order.
    ///
    /// # Errors
    /// When no broker tells.
    pub(crate) async fn ranges(&self, partitions: &[Partition]) -> Result<Vec<Range>, KafkaError> {
        let partitions = partitions.to_vec();
        self.ask(move |client| {
            let range = |partition: &Partition| {
                let Partition { topic, number } = partition;
                let (low, high) = client.fetch_watermarks(topic, *number, ANSWER_PATIENCE)?;
                Ok(Range { low, high })
            };
            partitions.iter().map(range).collect()
        })
        .await
    }

    /// The offset of the first message that is not older than a time; `None` when all are.
    ///
    /// # Errors
    /// When no broker tells.
    pub(crate) async fn offset_at(
        &self,
        partition: &Partition,
        time: Timestamp,
    ) -> Result<Option<i64>, KafkaError> {
        let wanted = list(std::iter::once((partition, time.timestamp_millis())));
        let found =
            self.ask(move |client| client.offsets_for_times(wanted, ANSWER_PATIENCE)).await?;
        Ok(found.elements().first().and_then(|element| match element.offset() {
            Offset::Offset(offset) => Some(offset),
            Offset::Beginning
            | Offset::End
            | Offset::Stored
            | Offset::Invalid
            | Offset::OffsetTail(_) => None,
        }))
    }

    /// More partitions are ours, each from an offset on.
    ///
    /// # Errors
    /// When librdkafka is not in a state for it.
    pub(crate) fn assign(&self, offsets: &TopicPartitionList) -> Result<(), KafkaError> {
        let assigned = match self.0.rebalance_protocol() {
            RebalanceProtocol::Cooperative => self.0.incremental_assign(offsets),
            RebalanceProtocol::Eager | RebalanceProtocol::None => self.0.assign(offsets),
        };
        assigned.map_err(|error| translate::error(&error, ""))
    }

    /// Goes on elsewhere in a partition of ours. To seek does not do: where an offset was out of
    /// range, librdkafka has stopped fetching.
    ///
    /// # Errors
    /// When librdkafka is not in a state for it.
    pub(crate) fn move_to(&self, partition: &Partition, offset: i64) -> Result<(), KafkaError> {
        let offsets = list(std::iter::once((partition, offset)));
        unassign(&*self.0, &offsets).map_err(|error| translate::error(&error, ""))?;
        self.assign(&offsets)
    }

    /// Asks something that librdkafka only answers to who blocks.
    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Client) -> Result<T, Native> + Send + 'static,
    ) -> Result<T, KafkaError> {
        let client = self.clone_client();
        match tokio::task::spawn_blocking(move || question(&client)).await {
            Ok(answer) => answer.map_err(|error| translate::error(&error, "")),
            Err(error) => Err(KafkaError::Broken { said: error.to_string() }),
        }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        for change in self.0.context().close() {
            answer_unasked(&*self.0, &change);
        }
    }
}

/// The partitions of a list of librdkafka, with their topic's name as `topic` has it.
pub(crate) fn partitions(
    list: &TopicPartitionList,
    topic: impl Fn(&str) -> Arc<str>,
) -> Vec<Partition> {
    let elements = list.elements();
    let mut found: Vec<Partition> = Vec::with_capacity(elements.len());
    for element in elements {
        let before = found.last().filter(|before| &*before.topic == element.topic());
        let topic = match before {
            Some(before) => Arc::clone(&before.topic),
            None => topic(element.topic()),
        };
        found.push(Partition { topic, number: element.partition() });
    }
    found
}
