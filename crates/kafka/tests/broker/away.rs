//! Brokers that are not there yet, or for a while.

use std::time::Duration;

use kafka::{Connection, Consumer, KafkaError, Publisher, PublisherSettings, SourceSettings};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{
    Register, connection_to, error_of, messages, publisher, read_until, source, topic, unique,
    variable,
};

fn is_away(error: &KafkaError) -> bool {
    matches!(error, KafkaError::Away { .. })
}

/// Lets whoever connects to an address speak to the broker.
async fn open(address: String) {
    let listener = TcpListener::bind(address).await.unwrap();
    loop {
        let (mut near, _) = listener.accept().await.unwrap();
        tokio::spawn(async move {
            let mut far = TcpStream::connect(variable("TEST_KAFKA")).await.unwrap();
            drop(tokio::io::copy_bidirectional(&mut near, &mut far).await);
        });
    }
}

fn closed_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: cargo xtask test --only kafka"]
async fn a_consumer_that_finds_no_broker_reads_once_there_is_one() {
    let topic = topic(1).await;
    publisher().await.publish(messages(&topic, 0..10)).await.unwrap();
    let address = closed_address();
    let settings = SourceSettings { connection: connection_to(&address), ..source(&topic) };
    let register = Register::new();
    let mut consumer = Consumer::join(settings, register.clone()).unwrap();
    let told = error_of(&mut consumer, is_away).await;
    assert!(told.is_transient() && told.to_string().contains(&address), "{told}");
    let way = tokio::spawn(open(address));
    read_until(&mut consumer, 10).await;
    register.check_each_once(0..10);
    consumer.leave().await;
    way.abort();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: cargo xtask test --only kafka"]
async fn a_publisher_that_finds_no_broker_says_so_in_time() {
    let settings = PublisherSettings {
        connection: Connection { ..connection_to(&closed_address()) },
        transactional_id: unique("publisher"),
        timeout: Duration::from_secs(2),
    };
    let told = Publisher::take_over(settings).await.err().unwrap();
    assert!(is_away(&told) && told.to_string().contains("Connection refused"), "{told}");
}
