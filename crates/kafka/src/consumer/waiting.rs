//! What was fetched and not handed over yet.

use std::pin::Pin;

use tokio::time::Sleep;

use crate::message::{Batch, Message};
use crate::owner::Partition;
use crate::settings::BatchLimits;

/// What was fetched and not handed over yet.
pub(crate) struct Waiting {
    limits: BatchLimits,
    messages: Vec<Message>,
    bytes: usize,
    /// When the first has waited long enough.
    end: Option<Pin<Box<Sleep>>>,
}

impl Waiting {
    /// Nothing.
    pub(crate) fn new(limits: BatchLimits) -> Self {
        Self { limits, messages: Vec::new(), bytes: 0, end: None }
    }

    /// One more. The first begins the time that it waits for others.
    pub(crate) fn push(&mut self, message: Message) {
        self.bytes += message.size();
        self.messages.push(message);
        let linger = self.limits.linger;
        self.end.get_or_insert_with(|| Box::pin(tokio::time::sleep(linger)));
    }

    /// Whether no more must be added.
    pub(crate) fn is_full(&self) -> bool {
        self.messages.len() >= self.limits.messages || self.bytes >= self.limits.bytes
    }

    /// Waits until the first has waited long enough; for ever when there is none.
    pub(crate) async fn lingered(&mut self) {
        match &mut self.end {
            Some(end) => end.await,
            None => std::future::pending().await,
        }
    }

    /// Takes all of it.
    pub(crate) fn take(&mut self) -> Batch {
        let messages = std::mem::take(&mut self.messages);
        (self.bytes, self.end) = (0, None);
        Batch { messages }
    }

    /// Forgets what is of some partitions.
    pub(crate) fn forget(&mut self, partitions: &[Partition]) {
        self.messages.retain(|message| !partitions.contains(&message.partition));
        self.bytes = self.messages.iter().map(Message::size).sum();
        if self.messages.is_empty() {
            self.end = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn message(number: i32, bytes: usize) -> Message {
        Message {
            partition: Partition { topic: "a".into(), number },
            offset: 0,
            timestamp_ms: None,
            key: None,
            headers: Vec::new(),
            payload: Some(vec![0; bytes]),
        }
    }

    fn waiting() -> Waiting {
        let linger = Duration::from_millis(1);
        Waiting::new(BatchLimits { messages: 3, bytes: 10, linger })
    }

    #[tokio::test]
    async fn a_batch_ends_at_the_first_limit() {
        let mut waiting = waiting();
        for full in [false, false, true] {
            waiting.push(message(0, 1));
            assert_eq!(waiting.is_full(), full);
        }
        assert_eq!(waiting.take().messages.len(), 3);
        assert!(!waiting.is_full());
        waiting.push(message(0, 9));
        assert!(!waiting.is_full());
        waiting.push(message(0, 1));
        assert!(waiting.is_full());
    }

    #[tokio::test]
    async fn only_a_message_starts_the_clock() {
        let mut waiting = waiting();
        let short = Duration::from_millis(20);
        assert!(tokio::time::timeout(short, waiting.lingered()).await.is_err());
        waiting.push(message(0, 1));
        waiting.lingered().await;
        waiting.forget(&[message(0, 1).partition]);
        assert!(tokio::time::timeout(short, waiting.lingered()).await.is_err());
    }

    #[tokio::test]
    async fn partitions_that_go_elsewhere_take_what_waits_along() {
        let mut waiting = waiting();
        waiting.push(message(0, 9));
        waiting.push(message(1, 9));
        waiting.forget(&[message(0, 0).partition]);
        assert!(!waiting.is_full());
        assert_eq!(waiting.take().messages, [message(1, 9)]);
    }
}
