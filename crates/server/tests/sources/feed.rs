//! Messages that are written while the storm goes on: some twice, some late, some that nobody can
//! understand.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use kafka::{Connection, Outgoing, Publisher, PublisherSettings};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use testkit::Draw;

use super::broker::Broker;

pub(crate) const PARTITIONS: i32 = 3;
/// So many are written in one transaction.
const AT_ONCE: usize = 250;

/// What a message says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Said {
    /// That a host is so: its number, and the message's.
    Host { host: usize, seq: u64 },
    /// That it is gone.
    Gone { host: usize, seq: u64 },
    /// Nothing that can be understood.
    Poison,
}

/// A message, and what comes before it.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) said: Said,
    /// The id, which one that comes twice has twice.
    pub(crate) id: u64,
    /// The host that it is keyed by, so that what is said of one stays in order.
    pub(crate) key: usize,
}

/// The messages, in the order in which they are written.
pub(crate) struct Feed {
    pub(crate) topic: String,
    pub(crate) messages: Vec<Sent>,
    broker: String,
    written: AtomicU64,
}

impl Feed {
    /// Draws them: 5% come twice, 5% late, 1% are poison, and hosts are a tenth of them.
    pub(crate) async fn new(broker: &Broker, name: &str, (total, seed): (usize, u64)) -> Self {
        let mut draw = Draw::new(seed, 2);
        let hosts = (total / 10).max(1);
        let mut messages: Vec<Sent> = Vec::with_capacity(total);
        let mut last: Vec<u64> = vec![0; hosts];
        while messages.len() < total {
            let id = messages.len() as u64 + 1;
            let host = draw.below(hosts);
            let of_hundred = draw.below(100);
            let repeated = messages.len().checked_sub(1 + draw.below(500));
            let sent = match (of_hundred, repeated) {
                (0..5, Some(place)) => messages[place].clone(),
                (5..10, _) if last[host] > 1 => {
                    let seq = 1 + draw.below(last[host] as usize - 1) as u64;
                    Sent { said: Said::Host { host, seq }, id, key: host }
                }
                (10, _) => Sent { said: Said::Poison, id, key: host },
                (11..15, _) => {
                    last[host] = id;
                    Sent { said: Said::Gone { host, seq: id }, id, key: host }
                }
                _ => {
                    last[host] = id;
                    Sent { said: Said::Host { host, seq: id }, id, key: host }
                }
            };
            messages.push(sent);
        }
        let topic = format!("storm-{}-{name}", std::process::id());
        let admin: AdminClient<DefaultClientContext> =
            ClientConfig::new().set("bootstrap.servers", &broker.address).create().unwrap();
        let made = admin
            .create_topics(
                [&NewTopic::new(&topic, PARTITIONS, TopicReplication::Fixed(1))],
                &AdminOptions::new().operation_timeout(Some(Duration::from_mins(1))),
            )
            .await
            .unwrap();
        assert!(made.iter().all(Result::is_ok), "{made:?}");
        Self { topic, messages, broker: broker.address.clone(), written: AtomicU64::new(0) }
    }

    /// Writes all of them, over about the time of so many deaths. What a restart of the broker leaves in
    /// doubt is written again: the ids are the same.
    pub(crate) fn write(&self, deaths: usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let batches = self.messages.len().div_ceil(AT_ONCE);
        let pause = Duration::from_millis(2_500) * u32::try_from(deaths).unwrap()
            / u32::try_from(batches).unwrap();
        runtime.block_on(async {
            let mut publisher = None;
            for batch in self.messages.chunks(AT_ONCE) {
                loop {
                    let mut taken = match publisher.take() {
                        Some(publisher) => publisher,
                        None => match Publisher::take_over(self.settings()).await {
                            Ok(publisher) => publisher,
                            Err(error) => {
                                println!("  the writer waits: {error}");
                                continue;
                            }
                        },
                    };
                    let outgoing = batch.iter().map(|sent| self.outgoing(sent)).collect();
                    match taken.publish(outgoing).await {
                        Ok(()) => {
                            publisher = Some(taken);
                            break;
                        }
                        // Whether they were written can't be known: they are not written again, or a
                        // poison message would be there twice, which has no id to be known by.
                        Err(error) => panic!("the broker was away for the writer: {error}"),
                    }
                }
                self.written.fetch_add(batch.len() as u64, Ordering::Relaxed);
                tokio::time::sleep(pause).await;
            }
        });
    }

    fn settings(&self) -> PublisherSettings {
        PublisherSettings {
            connection: Connection {
                brokers: vec![self.broker.clone()],
                client_id: "storm".to_owned(),
                tls: None,
                account: None,
            },
            transactional_id: format!("writer-{}", self.topic),
            timeout: Duration::from_mins(2),
        }
    }

    fn outgoing(&self, sent: &Sent) -> Outgoing {
        let payload = match &sent.said {
            Said::Host { host, seq } => {
                format!(
                    r#"{{"name": "h{host}", "note": "n{seq}", "count": {seq}, "id": "{}", "seq": {seq}}}"#,
                    sent.id
                )
            }
            Said::Gone { host, seq } => {
                format!(r#"{{"op": "del", "name": "h{host}", "id": "{}", "seq": {seq}}}"#, sent.id)
            }
            Said::Poison => format!("{{poison {}", sent.id),
        };
        Outgoing {
            topic: self.topic.clone(),
            key: Some(format!("h{}", sent.key).into_bytes()),
            headers: Vec::new(),
            payload: Some(payload.into_bytes()),
        }
    }

    pub(crate) fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }
}
