//! A rolling restart: two replicas on one database are told to stop and started again, one after the
//! other, while people read and write through a real HAProxy and a real nginx. No request may fail,
//! also none that no proxy sends a second time, and what was acknowledged is there once.
//!
//! `PROPTEST_RNG_SEED` says where the draws begin, `DOMESDAY_PROVE` asks for the full size.
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
#[path = "hunt/memcached.rs"]
mod memcached;
mod proxies;
mod replicas;
mod shell;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crowd::{Crowd, Findings, Kind};
use memcached::Memcached;
use proxies::haproxy::Haproxy;
use proxies::nginx::Nginx;
use proxies::program;
use replicas::ports::free_port;
use replicas::{Fleet, Manner};
use reqwest::header;
use serde_json::json;
use shell::Shell;
use testkit::{TestDatabase, databases, scale, seed};
use tokio::task::JoinSet;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_are_started_again_one_by_one_and_no_request_fails() {
    let databases = databases().await;
    let Some(database) = databases.iter().find(|database| database.is_postgres()) else {
        println!("TEST_POSTGRES_URL names no server: a file has no replicas");
        return;
    };
    let programs = (program("haproxy"), program("nginx"), memcached::program());
    let (Some(haproxy), Some(nginx), Some(memcached)) = programs else {
        return;
    };
    let (seed, rounds) = (seed(), scale(2, 20));
    let memcached = Memcached::start(memcached);
    let shell = Shell::new();
    configure(&shell, database, &memcached);
    let token = crowd::prepare(&shell, 2);
    let ports = [free_port(), free_port()];
    let manner = Manner { ports: ports.to_vec(), ..Manner::default() };
    let fleet = Fleet::start_so(&shell, 2, manner);
    let haproxy = Haproxy::start(&haproxy, &shell, ports);
    let replicas = ports.map(|port| format!("127.0.0.1:{port}"));
    let nginx = Nginx::start_shipped(&nginx, &shell, [&replicas[0], &replicas[1]]);
    // Each proxy has people of its own: what they note is told apart.
    let crowd = |number, url: &str| Crowd::new(number, vec![url.to_owned()], token.clone());
    let crowds = [crowd(0, &haproxy.url), crowd(1, &nginx.url)];
    let began = Instant::now();
    let lives = [crowds[0].live(seed), crowds[1].live(seed + 1)];
    let hasty = Hasty::start(&crowds[1], &nginx.url);
    for _ in 0..rounds {
        for (place, replica) in replicas.iter().enumerate() {
            tokio::task::block_in_place(|| {
                fleet.roll(place);
                haproxy.until_used(place);
            });
            nginx.until_used(&crowd::http(), replica).await;
        }
    }
    let made = hasty.end().await;
    for lives in lives {
        lives.end().await;
    }
    println!("seed {seed}: {rounds} rounds in {:.1?}", began.elapsed());
    println!("through nginx without a key: {made} writes");
    for (crowd, name) in crowds.iter().zip(["HAProxy", "nginx"]) {
        let samples = crowd.seen_since(began);
        let count = |kind| samples.iter().filter(|sample| sample.kind == kind).count();
        let slowest = samples.iter().map(|sample| sample.took).max().unwrap_or_default();
        println!(
            "through {name}: {} reads, {} of them 304, {} writes; slowest {slowest:.1?}",
            count(Kind::Read) + count(Kind::Unchanged),
            count(Kind::Unchanged),
            count(Kind::Write),
        );
        let failed: Vec<_> = samples.iter().filter(|sample| !sample.came.is_good()).collect();
        assert!(failed.is_empty(), "through {name}: {failed:#?}");
        assert!(count(Kind::Unchanged) > 0 && count(Kind::Write) > 0);
        let found = crowd.audit(&haproxy.url).await;
        assert_eq!(found, Findings::default(), "through {name}");
    }
    shell.ok("history verify");
}

/// How many write without a key at once.
const HASTY: usize = 8;

/// Those who write without an `Idempotency-Key`: nginx asks nobody else once such a request was sent,
/// so that each that a replica breaks off is seen.
struct Hasty {
    is_over: Arc<AtomicBool>,
    writers: JoinSet<usize>,
}

impl Hasty {
    fn start(crowd: &Arc<Crowd>, url: &str) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let mut writers = JoinSet::new();
        for writer in 0..HASTY {
            let (crowd, is_over) = (Arc::clone(crowd), Arc::clone(&is_over));
            let url = format!("{url}/api/sites/");
            writers.spawn(async move {
                let http = crowd::http();
                let mut made = 0;
                while !is_over.load(Ordering::Relaxed) {
                    let site = json!({ "name": format!("hasty-{writer}-{made}") }).to_string();
                    let request = http.post(&url).header(header::CONTENT_TYPE, "application/json");
                    let answer = crowd.signed(request.body(site)).send().await.unwrap();
                    let (status, told) = (answer.status(), answer.text().await.unwrap());
                    assert_eq!(status, 201, "writer {writer} after {made}: {told}");
                    made += 1;
                }
                made
            });
        }
        Self { is_over, writers }
    }

    /// Ends it; how many records they made.
    async fn end(self) -> usize {
        self.is_over.store(true, Ordering::Relaxed);
        self.writers.join_all().await.into_iter().sum()
    }
}

/// As by default: on a machine with much to do HAProxy takes longer than its 1.25 s to see that a replica
/// is not ready, and one that is back before that is believed to be down when the next one goes.
const DRAIN: Duration = Duration::from_secs(5);

fn configure(shell: &Shell, database: &TestDatabase, memcached: &Memcached) {
    let (url, cache) = (&database.url, memcached.address());
    let drain = DRAIN.as_secs();
    shell.write(
        "domesday.toml",
        &format!(
            "[database]\nurl = \"{url}\"\n[schema]\nfile = \"crowd.toml\"\n[http]\ndrain = \"{drain}s\"\n\
             [cache]\nurl = \"memcached://{cache}\"\n"
        ),
    );
}
