//! Messages as they are handed over.

use std::collections::BTreeMap;
use std::sync::Arc;

use rdkafka::message::{BorrowedMessage, Headers as _, Message as _};

use crate::owner::{Partition, Position};

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Where it stands.
    pub partition: Partition,
    /// Its number there.
    pub offset: i64,
    /// When it was written, in milliseconds since 1970, as the topic's settings have it: by the
    /// producer or the broker.
    pub timestamp_ms: Option<i64>,
    /// Its key.
    pub key: Option<Vec<u8>>,
    /// Its headers in order; a name may come twice.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
    /// What it says; `None` for a tombstone.
    pub payload: Option<Vec<u8>>,
}

impl Message {
    /// Takes it out of librdkafka's queue.
    pub(crate) fn of(message: &BorrowedMessage<'_>, topic: Arc<str>) -> Self {
        let headers = message.headers().into_iter().flat_map(|headers| headers.iter());
        Self {
            partition: Partition { topic, number: message.partition() },
            offset: message.offset(),
            timestamp_ms: message.timestamp().to_millis(),
            key: message.key().map(<[u8]>::to_vec),
            headers: headers
                .map(|header| (header.key.to_owned(), header.value.map(<[u8]>::to_vec)))
                .collect(),
            payload: message.payload().map(<[u8]>::to_vec),
        }
    }

    /// The bytes of key, headers and payload.
    pub fn size(&self) -> usize {
        let len = |bytes: &Option<Vec<u8>>| bytes.as_ref().map_or(0, Vec::len);
        let headers = self.headers.iter().map(|(name, value)| name.len() + len(value));
        len(&self.key) + len(&self.payload) + headers.sum::<usize>()
    }
}

/// Messages that are handed over together: those of each partition in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// The messages, one at least.
    pub messages: Vec<Message>,
}

impl Batch {
    /// How far each partition was read with it.
    pub fn positions(&self) -> BTreeMap<Partition, Position> {
        let position = |message: &Message| Position {
            next: message.offset + 1,
            last_ms: message.timestamp_ms,
        };
        let read = self.messages.iter();
        read.map(|message| (message.partition.clone(), position(message))).collect()
    }
}
