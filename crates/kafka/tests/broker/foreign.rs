//! Others write what we read, and read what we write.

use std::process::{Command, Stdio};

use kafka::{Consumer, Outgoing};

use crate::support::{Register, messages, publisher, read_until, source, topic, variable};

/// What a program prints; `input` is what it reads.
async fn run(mut command: Command, input: &str) -> String {
    let input = input.to_owned();
    let run = tokio::task::spawn_blocking(move || {
        use std::io::Write as _;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    });
    let output = run.await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

/// A line for each number.
fn lines(numbers: std::ops::Range<u32>, line: impl Fn(u32) -> String) -> String {
    numbers.map(|number| line(number) + "\n").collect()
}

fn kcat(arguments: &[&str]) -> Command {
    let mut kcat = Command::new(variable("TEST_KCAT"));
    kcat.args(["-b", &variable("TEST_KAFKA")]).args(arguments);
    kcat
}

fn python(script: &str, topic: &str) -> Command {
    let mut python = Command::new(variable("TEST_PYTHON"));
    python.args(["-c", script, &variable("TEST_KAFKA"), topic]);
    python
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: cargo xtask test --only kafka"]
async fn what_kcat_writes_is_read() {
    let topic = topic(2).await;
    // Zstandard, Snappy, LZ4 and gzip: a source has no say in what others write.
    for (codec, from) in [("zstd", 0), ("snappy", 10), ("lz4", 20), ("gzip", 30)] {
        let lines = lines(from..from + 10, |number| format!("k{number}:{number}"));
        let command = kcat(&["-P", "-t", &topic, "-K", ":", "-H", "ce_type=x", "-z", codec]);
        run(command, &lines).await;
    }
    let register = Register::new();
    let mut consumer = Consumer::join(source(&topic), register.clone()).unwrap();
    let batch = consumer.next_batch().await.unwrap();
    let first = batch.messages.first().unwrap();
    assert_eq!(first.headers, [("ce_type".to_owned(), Some(b"x".to_vec()))]);
    assert!(first.key.as_ref().unwrap().starts_with(b"k"));
    register.keep(&batch);
    read_until(&mut consumer, 40).await;
    register.check_each_once(0..40);
    consumer.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: cargo xtask test --only kafka"]
async fn kcat_reads_what_is_published_and_no_more() {
    let topic = topic(1).await;
    let mut publisher = publisher().await;
    let mut sent = messages(&topic, 0..20);
    for message in &mut sent {
        message.headers = vec![("ce_id".to_owned(), message.key.clone())];
    }
    publisher.publish(sent).await.unwrap();
    let mut undone = messages(&topic, 90..95);
    let large = Some(vec![b'x'; 1 << 20]);
    undone.push(Outgoing { topic: topic.clone(), payload: large, ..Outgoing::default() });
    assert!(publisher.publish(undone).await.is_err());
    let read = ["-C", "-t", &topic, "-e", "-q", "-X", "isolation.level=read_committed"];
    let found = run(kcat(&[&read[..], &["-f", "%k %s %h\n"]].concat()), "").await;
    let expect = lines(0..20, |number| format!("{number} {number} ce_id={number}"));
    assert_eq!(found, expect);
}

const WRITE: &str = "
import sys
from kafka import KafkaProducer
producer = KafkaProducer(bootstrap_servers=sys.argv[1], acks='all')
for number in range(100):
    text = str(number).encode()
    producer.send(sys.argv[2], key=text, value=text, headers=[('from', b'python')])
producer.flush()
producer.close()
";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: cargo xtask test --only kafka"]
async fn what_kafka_python_writes_is_read() {
    let topic = topic(3).await;
    run(python(WRITE, &topic), "").await;
    let register = Register::new();
    let mut consumer = Consumer::join(source(&topic), register.clone()).unwrap();
    read_until(&mut consumer, 100).await;
    register.check_each_once(0..100);
    consumer.leave().await;
}

const READ: &str = "
import sys
from kafka import KafkaConsumer
consumer = KafkaConsumer(sys.argv[2], bootstrap_servers=sys.argv[1], group_id='python-' + sys.argv[2],
    auto_offset_reset='earliest', isolation_level='read_committed', consumer_timeout_ms=20000)
for count, message in enumerate(consumer, 1):
    print(message.key.decode(), message.value.decode(), message.headers[0][1].decode())
    if count == 50:
        break
consumer.close()
";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: cargo xtask test --only kafka"]
async fn kafka_python_reads_what_is_published() {
    let topic = topic(1).await;
    let mut sent = messages(&topic, 0..50);
    for message in &mut sent {
        message.headers = vec![("ce_id".to_owned(), message.key.clone())];
    }
    publisher().await.publish(sent).await.unwrap();
    let found = run(python(READ, &topic), "").await;
    let expect = lines(0..50, |number| format!("{number} {number} {number}"));
    assert_eq!(found, expect);
}
