//! What is read goes on where the register says, and nothing is lost or comes twice.

use std::time::Duration;

use kafka::{BatchLimits, Consumer, Lag, SourceSettings, Start, Topics};

use crate::support::{
    PATIENCE, Register, make_topic, messages, publisher, read_until, source, topic, unique,
};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: cargo xtask test --only kafka"]
async fn a_consumer_goes_on_where_the_register_says() {
    let topic = topic(3).await;
    let mut publisher = publisher().await;
    publisher.publish(messages(&topic, 0..1_000)).await.unwrap();
    let (settings, register) = (source(&topic), Register::new());

    let mut first = Consumer::join(settings.clone(), register.clone()).unwrap();
    read_until(&mut first, 250).await;
    // It gets a batch that is never kept.
    let lost = first.next_batch().await.unwrap();
    assert!(!lost.messages.is_empty());
    first.leave().await;
    assert!(register.holders().is_empty());

    publisher.publish(messages(&topic, 1_000..1_500)).await.unwrap();
    let mut second = Consumer::join(settings.clone(), register.clone()).unwrap();
    read_until(&mut second, 1_500).await;
    register.check_each_once(0..1_500);

    // What is dropped without a word goes on as well.
    drop(second);
    publisher.publish(messages(&topic, 1_500..1_600)).await.unwrap();
    let third = register.after_a_crash();
    let mut third = Consumer::join(settings, third).unwrap();
    read_until(&mut third, 1_600).await;
    register.check_each_once(0..1_600);
    third.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: cargo xtask test --only kafka"]
async fn the_offsets_of_the_group_are_not_what_counts() {
    let topic = topic(1).await;
    publisher().await.publish(messages(&topic, 0..10)).await.unwrap();
    let settings = source(&topic);
    let mut first = Consumer::join(settings.clone(), Register::new()).unwrap();
    read_until(&mut first, 10).await;
    first.leave().await;
    // The group has followed to the end; this register has nothing yet.
    let register = Register::new();
    let mut second = Consumer::join(settings, register.clone()).unwrap();
    read_until(&mut second, 10).await;
    register.check_each_once(0..10);
    second.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: cargo xtask test --only kafka"]
async fn a_batch_keeps_to_its_limits() {
    let topic = topic(1).await;
    publisher().await.publish(messages(&topic, 0..100)).await.unwrap();
    let batch = BatchLimits { messages: 7, bytes: 1 << 20, linger: Duration::from_millis(500) };
    let settings = SourceSettings { batch, ..source(&topic) };
    let register = Register::new();
    let mut consumer = Consumer::join(settings, register.clone()).unwrap();
    let mut sizes = Vec::new();
    while register.count() < 100 {
        let batch = consumer.next_batch().await.unwrap();
        sizes.push(batch.messages.len());
        register.keep(&batch);
    }
    assert_eq!(sizes.pop(), Some(2));
    assert!(sizes.iter().all(|size| *size == 7), "{sizes:?}");
    let payloads: Vec<u32> = register.payloads().iter().map(|text| text.parse().unwrap()).collect();
    assert_eq!(payloads, (0..100).collect::<Vec<_>>(), "one partition is in order");
    consumer.leave().await;
}

async fn check_start(start: Start, expect: std::ops::Range<u32>) {
    let topic = topic(1).await;
    let mut publisher = publisher().await;
    publisher.publish(messages(&topic, 0..5)).await.unwrap();
    let register = Register::new();
    let settings = SourceSettings { start, ..source(&topic) };
    let mut consumer = Consumer::join(settings.clone(), register.clone()).unwrap();
    // It begins, and leaves before anything is kept.
    while register.positions().is_empty() {
        let short = Duration::from_millis(100);
        drop(tokio::time::timeout(short, consumer.next_batch()).await);
    }
    consumer.leave().await;
    publisher.publish(messages(&topic, 5..8)).await.unwrap();
    let mut consumer = Consumer::join(settings, register.clone()).unwrap();
    read_until(&mut consumer, expect.len()).await;
    register.check_each_once(expect);
    consumer.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: cargo xtask test --only kafka"]
async fn a_source_begins_where_it_is_told_to() {
    check_start(Start::Earliest, 0..8).await;
    // What comes between the first look and the first message is not missed.
    check_start(Start::Latest, 5..8).await;
    let at = |text: &str| Start::At(text.parse().unwrap());
    check_start(at("2020-01-01T00:00:00Z"), 0..8).await;
    check_start(at("2120-01-01T00:00:00Z"), 5..8).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: cargo xtask test --only kafka"]
async fn topics_may_be_named_by_a_pattern() {
    let name = unique("pattern");
    make_topic(&format!("{name}-a"), 1).await;
    make_topic(&format!("{name}-b"), 1).await;
    make_topic(&format!("other-{name}-a"), 1).await;
    let mut publisher = publisher().await;
    publisher.publish(messages(&format!("other-{name}-a"), 20..30)).await.unwrap();
    publisher.publish(messages(&format!("{name}-a"), 0..10)).await.unwrap();
    publisher.publish(messages(&format!("{name}-b"), 10..20)).await.unwrap();
    let topics = Topics::Matching(format!("{name}-(a|b)"));
    let register = Register::new();
    let settings = SourceSettings { topics, ..source("unused") };
    let mut consumer = Consumer::join(settings, register.clone()).unwrap();
    read_until(&mut consumer, 20).await;
    register.check_each_once(0..20);
    consumer.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: cargo xtask test --only kafka"]
async fn lag_is_told_and_ends_where_the_messages_end() {
    let topic = topic(1).await;
    publisher().await.publish(messages(&topic, 0..300)).await.unwrap();
    let register = Register::new();
    let mut consumer = Consumer::join(source(&topic), register.clone()).unwrap();
    read_until(&mut consumer, 100).await;
    let behind = async |consumer: &mut Consumer<Register>, is_it: fn(&Lag) -> bool| {
        let waiting = async {
            while !consumer.lag().values().all(is_it) {
                consumer.hold(Duration::from_millis(200)).await;
            }
        };
        let done = tokio::time::timeout(PATIENCE, waiting).await;
        assert!(done.is_ok(), "{:?}", consumer.lag());
    };
    // The mark of the transaction has an offset too.
    behind(&mut consumer, |lag| lag.high == Some(301) && lag.behind == Some(201)).await;
    read_until(&mut consumer, 300).await;
    drop(tokio::time::timeout(Duration::from_secs(3), consumer.next_batch()).await);
    behind(&mut consumer, |lag| lag.next == 300 && lag.behind == Some(0)).await;
    consumer.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: cargo xtask test --only kafka"]
async fn a_database_that_is_away_is_waited_for() {
    let topic = topic(2).await;
    publisher().await.publish(messages(&topic, 0..50)).await.unwrap();
    let register = Register::new();
    register.set_away(true);
    let mut consumer = Consumer::join(source(&topic), register.clone()).unwrap();
    let told = consumer.next_batch().await.unwrap_err();
    assert!(told.is_transient() && told.to_string().contains("the database is away"), "{told}");
    consumer.hold(Duration::from_millis(500)).await;
    let told = consumer.next_batch().await.unwrap_err();
    assert!(told.to_string().contains("the database is away"), "{told}");
    register.set_away(false);
    read_until(&mut consumer, 50).await;
    register.check_each_once(0..50);
    consumer.leave().await;
}
