//! A standby of PostgreSQL answers what may be older than this moment, and never what is older than
//! it may be: while it follows, while it stands still, while it is gone, and when it is back.
#![cfg(unix)]
#![allow(dead_code, reason = "rooms that are shared with other tests")]
#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test ends where it can't go on, and tells what it did"
)]

mod crowd;
#[path = "fault/postgres.rs"]
mod postgres;
mod replicas;
mod shell;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use postgres::Postgres;
use replicas::Fleet;
use reqwest::header;
use serde_json::{Value, json};
use shell::Shell;
use testkit::scale;

/// How old answers may be.
const MAY_BE: Duration = Duration::from_secs(1);

/// How long the standby may take to be asked.
const PATIENCE: Duration = Duration::from_mins(2);

/// What was acknowledged, and who looks whether they see it.
struct Hunt {
    token: String,
    /// When each number was acknowledged.
    numbers: Mutex<Vec<Instant>>,
    reads: AtomicU64,
    refused: AtomicU64,
    is_over: AtomicBool,
}

impl Hunt {
    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    /// Counts a host up through a replica.
    async fn write(self: Arc<Self>, base: String) {
        let http = crowd::http();
        for number in 1_i64.. {
            if self.is_over() {
                return;
            }
            let request = http.patch(format!("{base}/api/hosts/1/")).bearer_auth(&self.token);
            let request = request.header(header::CONTENT_TYPE, "application/json");
            let answer = request.body(json!({ "number": number }).to_string()).send().await;
            assert_eq!(answer.unwrap().status(), 200);
            self.numbers.lock().unwrap().push(Instant::now());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Reads it through another, which has the standby. No two lists are asked for in the same words
    /// soon, so that most are read and not kept.
    async fn read(self: Arc<Self>, base: String) {
        let http = crowd::http();
        while !self.is_over() {
            let began = Instant::now();
            let is_due = |at: &&Instant| **at + MAY_BE < began;
            let least = self.numbers.lock().unwrap().iter().filter(is_due).count();
            let limit = 1 + self.reads.fetch_add(1, Ordering::SeqCst) % 900;
            let request = http.get(format!("{base}/api/hosts/?limit={limit}"));
            let answer = request.bearer_auth(&self.token).send().await.unwrap();
            if answer.status() == 503 {
                // What the standby was at when it went.
                self.refused.fetch_add(1, Ordering::SeqCst);
                continue;
            }
            assert_eq!(answer.status(), 200);
            let shown: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
            let hosts = shown["results"].as_array().unwrap();
            let host = hosts.iter().find(|host| host["id"] == 1).unwrap();
            let number = host["number"].as_i64().unwrap();
            assert!(number >= i64::try_from(least).unwrap(), "STALE: {number} behind {least}");
        }
    }

    /// Waits until so many more have been read.
    async fn until_read(&self, more: u64) {
        let enough = self.reads.load(Ordering::SeqCst) + more;
        while self.reads.load(Ordering::SeqCst) < enough {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_a_standby_answers_is_never_older_than_it_may_be() {
    let Some(programs) = postgres::programs() else {
        return;
    };
    let primary = Postgres::start(programs);
    let mut standby = primary.standby();
    let (shell, with_standby) = (Shell::new(), Shell::new());
    shell.write("domesday.toml", &configuration(&primary, ""));
    let token = crowd::prepare(&shell, 1);
    let replica = format!(
        "replica_url = \"postgres://postgres@127.0.0.1:{}/postgres\"\n[cache]\nmax_staleness = \"{}s\"\n",
        standby.port,
        MAY_BE.as_secs()
    );
    with_standby.write("crowd.toml", crowd::SCHEMA);
    with_standby.write("domesday.toml", &configuration(&primary, &replica));
    let (writer, reader) = (Fleet::start(&shell, 1), Fleet::start(&with_standby, 1));
    let base = |fleet: &Fleet<'_>| format!("http://{}", fleet.address(0).1);
    let hunt = Arc::new(Hunt {
        token,
        numbers: Mutex::default(),
        reads: AtomicU64::new(0),
        refused: AtomicU64::new(0),
        is_over: AtomicBool::new(false),
    });
    let mut lives = tokio::task::JoinSet::new();
    lives.spawn(Arc::clone(&hunt).write(base(&writer)));
    for _ in 0..READERS {
        lives.spawn(Arc::clone(&hunt).read(base(&reader)));
    }
    let reads = scale(150, 5_000) as u64;
    let at_first = standby.number(ASKED);
    hunt.until_read(reads).await;
    until_asked(&hunt, &standby).await;
    let (following, read) = (standby.number(ASKED) - at_first, hunt.reads.load(Ordering::SeqCst));
    println!("{following} transactions on the standby in {read} reads");
    // It stands still for longer than answers may be old.
    standby.number("SELECT pg_wal_replay_pause() IS NULL");
    until_behind(&hunt, &primary, &standby).await;
    hunt.until_read(reads).await;
    standby.number("SELECT pg_wal_replay_resume() IS NULL");
    until_asked(&hunt, &standby).await;
    assert_eq!(hunt.refused.load(Ordering::SeqCst), 0, "one that is behind costs nobody anything");
    standby.kill();
    hunt.until_read(reads).await;
    let refused = hunt.refused.load(Ordering::SeqCst);
    assert!(refused <= READERS, "{refused} refused");
    tokio::task::block_in_place(|| standby.again());
    until_asked(&hunt, &standby).await;
    hunt.is_over.store(true, Ordering::SeqCst);
    while let Some(lived) = lives.join_next().await {
        lived.unwrap();
    }
    let written = hunt.numbers.lock().unwrap().len();
    println!("{} reads, {refused} refused; {written} writes", hunt.reads.load(Ordering::SeqCst));
}

const READERS: u64 = 4;
/// Transactions of a server, ours among them.
const ASKED: &str = "SELECT xact_commit FROM pg_stat_database WHERE datname = 'postgres'";

/// Waits until the standby is asked. It counts what it did only now and then.
async fn until_asked(hunt: &Hunt, standby: &Postgres) {
    let (before, began) = (standby.number(ASKED), Instant::now());
    while standby.number(ASKED) < before + 20 {
        hunt.until_read(10).await;
        assert!(began.elapsed() < PATIENCE, "the standby is not asked");
    }
}

/// Waits until the standby lacks more than answers may be old.
async fn until_behind(hunt: &Hunt, primary: &Postgres, standby: &Postgres) {
    let commit = "SELECT last_commit FROM register";
    let (stands, began) = (standby.number(commit), Instant::now());
    while began.elapsed() < MAY_BE * 2 || primary.number(commit) < stands + 5 {
        hunt.until_read(5).await;
    }
    assert!(standby.number(commit) <= stands + 1, "it stands still");
}

fn configuration(primary: &Postgres, more: &str) -> String {
    format!(
        "[schema]\nfile = \"crowd.toml\"\n[http]\ndrain = \"0\"\n[log]\nlevel = \"warn\"\n[database]\n\
         url = \"postgres://postgres@127.0.0.1:{}/postgres\"\n{more}",
        primary.port
    )
}
