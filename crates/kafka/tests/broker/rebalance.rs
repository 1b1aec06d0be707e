//! Partitions go from one consumer to another while messages flow.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use kafka::{Consumer, SourceSettings};
use tokio::task::JoinHandle;

use crate::support::{PATIENCE, Register, messages, publisher, read_until, source, topic};

/// Reads in a task of its own until told to leave.
struct Reader {
    is_done: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Reader {
    fn start(settings: SourceSettings, register: Register) -> Self {
        let is_done = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&is_done);
        let task = tokio::spawn(async move {
            let mut consumer = Consumer::join(settings, register).unwrap();
            while !told.load(Ordering::SeqCst) {
                let short = Duration::from_millis(200);
                let Ok(batch) = tokio::time::timeout(short, consumer.next_batch()).await else {
                    continue;
                };
                let batch = batch.unwrap();
                // Long enough that partitions are asked for meanwhile.
                tokio::time::sleep(Duration::from_millis(20)).await;
                consumer.owner().keep(&batch);
                consumer.follow(&batch.positions());
            }
            consumer.leave().await;
        });
        Self { is_done, task }
    }

    async fn leave(self) {
        self.is_done.store(true, Ordering::SeqCst);
        self.task.await.unwrap();
    }
}

async fn wait_for(what: &str, is_so: impl Fn() -> bool + Sync) {
    let waiting = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, waiting).await.is_ok(), "{what}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: cargo xtask test --only kafka"]
async fn partitions_change_hands_without_loss_or_repetition() {
    const COUNT: u32 = 6_000;
    let topic = topic(6).await;
    let (settings, register) = (source(&topic), Register::new());
    let mut publisher = publisher().await;
    let writer = tokio::spawn(async move {
        for from in (0..COUNT).step_by(50) {
            publisher.publish(messages(&topic, from..from + 50)).await.unwrap();
        }
    });
    let first = Reader::start(settings.clone(), register.clone());
    wait_for("the first begins", || register.count() > 0).await;
    let second = Reader::start(settings.clone(), register.for_another(2));
    let share = |who: u32| register.holders().iter().filter(|holder| **holder == who).count();
    wait_for("they share", || share(1) == 3 && share(2) == 3).await;
    // Those that stayed were never given up: three moved, once each.
    assert_eq!(register.moves(), 3);
    first.leave().await;
    wait_for("the second has all", || share(2) == 6).await;
    let third = Reader::start(settings, register.for_another(3));
    wait_for("they share again", || share(2) == 3 && share(3) == 3).await;
    writer.await.unwrap();
    wait_for("all messages", || register.count() >= COUNT as usize).await;
    second.leave().await;
    third.leave().await;
    register.check_each_once(0..COUNT);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: cargo xtask test --only kafka"]
async fn a_consumer_that_is_held_gives_partitions_up_too() {
    let topic = topic(2).await;
    let mut publisher = publisher().await;
    publisher.publish(messages(&topic, 0..400)).await.unwrap();
    let (settings, register) = (source(&topic), Register::new());
    let mut held = Consumer::join(settings.clone(), register.clone()).unwrap();
    let batch = held.next_batch().await.unwrap();
    held.owner().keep(&batch);
    let other = Reader::start(settings, register.for_another(2));
    let share = |who: u32| register.holders().iter().filter(|holder| **holder == who).count();
    let waiting = async {
        while share(2) == 0 {
            held.hold(Duration::from_millis(100)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, waiting).await.is_ok(), "it keeps them");
    assert_eq!((share(1), share(2)), (1, 1));
    read_until(&mut held, 400).await;
    // What comes back is read, though it was given up while nothing was.
    other.leave().await;
    publisher.publish(messages(&topic, 400..800)).await.unwrap();
    read_until(&mut held, 800).await;
    register.check_each_once(0..800);
    held.leave().await;
}
