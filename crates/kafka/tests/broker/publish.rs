//! What is published comes in order, whole or not at all, and from one publisher alone.

use std::time::Duration;

use kafka::{Consumer, KafkaError, Message, Outgoing, Publisher, PublisherSettings};

use crate::support::{Register, connection, messages, read_until, source, topic, unique};

fn settings(transactional_id: &str) -> PublisherSettings {
    PublisherSettings {
        connection: connection(),
        transactional_id: transactional_id.to_owned(),
        timeout: Duration::from_secs(10),
    }
}

/// So many messages of a topic, as they come.
async fn read(topic: &str, count: usize) -> Vec<Message> {
    let register = Register::new();
    let mut consumer = Consumer::join(source(topic), register.clone()).unwrap();
    let mut found = Vec::new();
    while found.len() < count {
        found.extend(consumer.next_batch().await.unwrap().messages);
    }
    consumer.leave().await;
    found
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: cargo xtask test --only kafka"]
async fn keys_headers_and_tombstones_come_as_they_were_sent() {
    let topic = topic(1).await;
    let header = |name: &str, value: Option<&str>| {
        (name.to_owned(), value.map(|value| value.as_bytes().to_vec()))
    };
    let sent = Outgoing {
        topic: topic.clone(),
        key: Some(b"server/7".to_vec()),
        headers: vec![header("ce_id", Some("7.0")), header("ce_id", None), header("b", Some("é"))],
        payload: Some(b"{}".to_vec()),
    };
    let tombstone = Outgoing { headers: Vec::new(), payload: None, ..sent.clone() };
    let bare = Outgoing { topic: topic.clone(), payload: Some(Vec::new()), ..Outgoing::default() };
    let mut publisher = Publisher::take_over(settings(&unique("publisher"))).await.unwrap();
    publisher.publish(vec![sent.clone(), tombstone.clone(), bare.clone()]).await.unwrap();
    let found = read(&topic, 3).await;
    for (found, sent) in found.iter().zip([sent, tombstone, bare]) {
        assert_eq!(found.key, sent.key);
        assert_eq!(found.headers, sent.headers);
        assert_eq!(found.payload, sent.payload);
        assert!(found.timestamp_ms.is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: cargo xtask test --only kafka"]
async fn messages_of_a_key_stay_in_order() {
    let topic = topic(4).await;
    let mut publisher = Publisher::take_over(settings(&unique("publisher"))).await.unwrap();
    for round in 0..20_u32 {
        let mut messages = messages(&topic, round * 100..round * 100 + 100);
        for (index, message) in messages.iter_mut().enumerate() {
            message.key = Some(vec![u8::try_from(index % 10).unwrap()]);
        }
        publisher.publish(messages).await.unwrap();
    }
    let mut found = read(&topic, 2_000).await;
    found.sort_by_key(|message| message.key.clone());
    for of_one_key in found.chunk_by(|a, b| a.key == b.key) {
        let numbers = of_one_key.iter().map(|message| {
            String::from_utf8_lossy(message.payload.as_deref().unwrap()).parse::<u32>().unwrap()
        });
        assert_eq!(of_one_key.len(), 200);
        assert!(numbers.is_sorted());
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: cargo xtask test --only kafka"]
async fn a_publisher_of_the_same_name_fences_the_older() {
    let (topic, name) = (topic(1).await, unique("publisher"));
    let mut older = Publisher::take_over(settings(&name)).await.unwrap();
    older.publish(messages(&topic, 0..10)).await.unwrap();
    let mut newer = Publisher::take_over(settings(&name)).await.unwrap();
    let told = older.publish(messages(&topic, 50..60)).await.unwrap_err();
    assert!(matches!(told, KafkaError::Fenced), "{told:?}");
    assert!(told.is_final() && !told.is_transient());
    let told = older.publish(messages(&topic, 50..60)).await.unwrap_err();
    assert!(matches!(told, KafkaError::Fenced), "{told:?}");
    newer.publish(messages(&topic, 10..20)).await.unwrap();
    let register = Register::new();
    let mut consumer = Consumer::join(source(&topic), register.clone()).unwrap();
    read_until(&mut consumer, 20).await;
    register.check_each_once(0..20);
    consumer.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: cargo xtask test --only kafka"]
async fn messages_are_written_together_or_not_at_all() {
    let topic = topic(1).await;
    let mut publisher = Publisher::take_over(settings(&unique("publisher"))).await.unwrap();
    let mut with_a_large_one = messages(&topic, 90..95);
    let large = Some(vec![b'x'; 1 << 20]);
    with_a_large_one.push(Outgoing { topic: topic.clone(), payload: large, ..Outgoing::default() });
    let told = publisher.publish(with_a_large_one).await.unwrap_err();
    assert!(matches!(told, KafkaError::TooLarge { .. }), "{told:?}");
    let nowhere = unique("nowhere");
    let mut to_nowhere = messages(&topic, 95..99);
    to_nowhere.extend(messages(&nowhere, 0..1));
    let told = publisher.publish(to_nowhere).await.unwrap_err();
    assert!(matches!(told, KafkaError::UnknownTopic { .. }), "{told:?}");
    // It goes on all the same, and nothing of that can be read.
    publisher.publish(messages(&topic, 0..10)).await.unwrap();
    let register = Register::new();
    let mut consumer = Consumer::join(source(&topic), register.clone()).unwrap();
    read_until(&mut consumer, 10).await;
    register.check_each_once(0..10);
    consumer.leave().await;
}
