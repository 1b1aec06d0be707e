//! What was to be read next is gone: the source stops and says so, or goes on as it is told.

use kafka::{Consumer, KafkaError, OnGap, SourceSettings};

use crate::support::{
    Register, delete_before, delete_topic, error_of, make_topic, messages, publisher, read_until,
    source, topic,
};

fn is_gap(error: &KafkaError) -> bool {
    matches!(error, KafkaError::Gap(_))
}

/// A source that has read the first ten messages of a topic and left.
async fn read_ten(topic: &str) -> (SourceSettings, Register) {
    publisher().await.publish(messages(topic, 0..10)).await.unwrap();
    let (settings, register) = (source(topic), Register::new());
    let mut consumer = Consumer::join(settings.clone(), register.clone()).unwrap();
    read_until(&mut consumer, 10).await;
    consumer.leave().await;
    (settings, register)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: cargo xtask test --only kafka"]
async fn retention_that_overtakes_a_source_is_a_gap() {
    let topic = topic(1).await;
    let (settings, register) = read_ten(&topic).await;
    publisher().await.publish(messages(&topic, 10..30)).await.unwrap();
    // The mark of the first transaction is 10.
    delete_before(&topic, 0, 21).await;

    let mut consumer = Consumer::join(settings, register.clone()).unwrap();
    let told = error_of(&mut consumer, is_gap).await;
    let KafkaError::Gap(gap) = &told else { unreachable!() };
    assert_eq!((gap.wanted, gap.low, gap.is_other_topic), (10, 21, false));
    assert!(!told.is_transient() && !told.is_final());
    assert!(told.to_string().contains("no longer has offset 10"), "{told}");
    assert!(told.to_string().contains("on_gap"), "{told}");
    // It says so as long as nobody decides.
    error_of(&mut consumer, is_gap).await;
    assert_eq!(register.count(), 10);

    register.set_on_gap(OnGap::Earliest);
    read_until(&mut consumer, 20).await;
    assert_eq!(register.payloads().get(10).map(String::as_str), Some("20"));
    assert_eq!(register.gaps().last(), Some(gap));
    consumer.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: cargo xtask test --only kafka"]
async fn a_source_may_go_on_with_what_comes_after_a_gap() {
    let topic = topic(1).await;
    let (settings, register) = read_ten(&topic).await;
    let mut publisher = publisher().await;
    publisher.publish(messages(&topic, 10..30)).await.unwrap();
    delete_before(&topic, 0, 21).await;
    register.set_on_gap(OnGap::Latest);
    let mut consumer = Consumer::join(settings, register.clone()).unwrap();
    while register.gaps().is_empty() {
        let short = std::time::Duration::from_millis(100);
        drop(tokio::time::timeout(short, consumer.next_batch()).await);
    }
    publisher.publish(messages(&topic, 30..35)).await.unwrap();
    read_until(&mut consumer, 15).await;
    assert_eq!(register.payloads().get(10).map(String::as_str), Some("30"));
    consumer.leave().await;
}

async fn check_made_anew(count: u32) {
    let topic = topic(1).await;
    let (settings, register) = read_ten(&topic).await;
    delete_topic(&topic).await;
    make_topic(&topic, 1).await;
    publisher().await.publish(messages(&topic, 100..100 + count)).await.unwrap();
    let mut consumer = Consumer::join(settings, register.clone()).unwrap();
    let told = error_of(&mut consumer, is_gap).await;
    assert!(told.to_string().contains("was made anew"), "{told}");
    register.set_on_gap(OnGap::Earliest);
    read_until(&mut consumer, 10 + count as usize).await;
    assert_eq!(register.payloads().get(10).map(String::as_str), Some("100"));
    consumer.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: cargo xtask test --only kafka"]
async fn a_topic_that_was_made_anew_is_a_gap() {
    // It has fewer messages than were read, or more.
    check_made_anew(3).await;
    check_made_anew(40).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: cargo xtask test --only kafka"]
async fn retention_that_overtakes_a_running_source_is_a_gap() {
    let topic = topic(1).await;
    let settings = source(&topic);
    let register = Register::new();
    let mut publisher = publisher().await;
    publisher.publish(messages(&topic, 0..10)).await.unwrap();
    let mut consumer = Consumer::join(settings, register.clone()).unwrap();
    read_until(&mut consumer, 10).await;
    // While it is held, it fetches nothing.
    consumer.hold(std::time::Duration::from_millis(500)).await;
    publisher.publish(messages(&topic, 10..30)).await.unwrap();
    delete_before(&topic, 0, 21).await;
    let told = error_of(&mut consumer, is_gap).await;
    let KafkaError::Gap(gap) = &told else { unreachable!() };
    assert_eq!(gap.low, 21);
    register.set_on_gap(OnGap::Earliest);
    read_until(&mut consumer, 20).await;
    assert_eq!(register.payloads().get(10).map(String::as_str), Some("20"));
    consumer.leave().await;
}
