//! What people see when a part fails: each part in turn is killed, frozen and cut off while a crowd
//! reads and writes. Nothing that was acknowledged may be lost, nothing made twice, nothing shown that is
//! older than what was acknowledged; who gets no answer to their request is told so clearly; and when the
//! part is back all is well again, by itself. Each fault prints its row of docs/reliability.md.
//!
//! `PROPTEST_RNG_SEED` says where the draws begin, `DOMESDAY_PROVE` has each fault last longer.
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
mod fault;
#[path = "hunt/memcached.rs"]
mod memcached;
mod proxies;
mod replicas;
mod shell;

use std::sync::Mutex;
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use crowd::{Came, Crowd, PATIENCE};
use fault::clock::{self, Clock};
use fault::directory::{Directory, SignIns};
use fault::disk::Disk;
use fault::postgres::{self, Postgres};
use fault::row::{Row, suffer};
use fault::way::{Passage, Way};
use memcached::Memcached;
use proxies::haproxy::Haproxy;
use proxies::program;
use replicas::ports::free_port;
use replicas::{Fleet, Manner};
use shell::Shell;
use testkit::{scale, seed};

/// One fault at a time: each is to be seen alone.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// How long a fault lasts.
fn lasts() -> Duration {
    Duration::from_secs(scale(3, 20) as u64)
}

/// What stands in a folder's configuration.
fn configure(shell: &Shell, database: &str, more: &str) {
    shell.write(
        "domesday.toml",
        &format!(
            "[database]\nurl = \"{database}\"\nbusy_timeout = \"2s\"\n[schema]\nfile = \"crowd.toml\"\n\
             [log]\nlevel = \"warn\"\n[http]\ndrain = \"0\"\n{more}\n"
        ),
    );
}

fn url_of(port: u16) -> String {
    format!("postgres://postgres@127.0.0.1:{port}/postgres")
}

fn bases(ports: [u16; 2]) -> Vec<String> {
    ports.map(|port| format!("http://127.0.0.1:{port}")).to_vec()
}

/// Nobody waits for nothing, and whoever is answered is told what is wrong.
fn is_told_in_time(row: &Row) {
    row.tells_clearly();
    assert_eq!(row.bad(|came| *came == Came::Late), 0, "{row}");
    assert!(row.slowest() < PATIENCE, "{row}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn replicas_the_database_and_the_cache_fail_and_nothing_is_lost() {
    let _turn = TURN.lock().await;
    let programs = (program("haproxy"), postgres::programs(), memcached::program());
    let (Some(haproxy), Some(programs), Some(memcached)) = programs else {
        return;
    };
    let postgres = Postgres::start(programs);
    let way = Way::to(postgres.port).await;
    let postgres = Mutex::new(postgres);
    let cache = Mutex::new(Memcached::start(memcached));
    let shell = Shell::new();
    let more = format!("[cache]\nurl = \"memcached://{}\"", cache.lock().unwrap().address());
    configure(&shell, &url_of(way.port), &more);
    let token = tokio::task::block_in_place(|| crowd::prepare(&shell, 1));
    let ports = [free_port(), free_port()];
    let manner = Manner { ports: ports.to_vec(), ..Manner::default() };
    let fleet = tokio::task::block_in_place(|| Fleet::start_so(&shell, 2, manner));
    let proxy = tokio::task::block_in_place(|| Haproxy::start(&haproxy, &shell, ports));
    let crowd = Crowd::new(0, vec![proxy.url.clone()], token);
    let straight = bases(ports)[1].clone();
    let fault = |name| (name, lasts(), straight.as_str());
    let lives = crowd.live(seed());
    let row = suffer(
        &crowd,
        fault("a replica is killed, behind HAProxy"),
        || assert!(fleet.kill(0)),
        || fleet.revive(0),
    )
    .await;
    row.tells_clearly();
    let frozen = fault("a replica is frozen, behind HAProxy");
    suffer(&crowd, frozen, || fleet.freeze(0), || fleet.thaw(0)).await.tells_clearly();
    crowd.send_to(bases(ports));
    let killed = fault("PostgreSQL is killed, and started again");
    let (kill, again) = (|| postgres.lock().unwrap().kill(), || postgres.lock().unwrap().again());
    is_told_in_time(&suffer(&crowd, killed, kill, again).await);
    let frozen = fault("PostgreSQL is frozen");
    let (freeze, thaw) = (|| postgres.lock().unwrap().freeze(), || postgres.lock().unwrap().thaw());
    suffer(&crowd, frozen, freeze, thaw).await.tells_clearly();
    let broken = fault("PostgreSQL is cut off: connections break");
    let (close, open) = (|| way.set(Passage::Broken), || way.set(Passage::Open));
    is_told_in_time(&suffer(&crowd, broken, close, open).await);
    let silent = fault("PostgreSQL is cut off: nothing passes");
    let hold = || way.set(Passage::Silent);
    suffer(&crowd, silent, hold, open).await.tells_clearly();
    let killed = fault("memcached is killed, and started again");
    let (kill, again) = (|| cache.lock().unwrap().kill(), || cache.lock().unwrap().again());
    let row = suffer(&crowd, killed, kill, again).await;
    assert_eq!(row.bad(|_| true), 0, "{row}");
    let frozen = fault("memcached is frozen");
    let (freeze, thaw) = (|| cache.lock().unwrap().freeze(), || cache.lock().unwrap().thaw());
    let row = suffer(&crowd, frozen, freeze, thaw).await;
    assert_eq!(row.bad(|_| true), 0, "{row}");
    lives.end().await;
    shell.ok("history verify");
    for place in 0..2 {
        let panicked = fleet.log(place).contains("panicked");
        assert!(!panicked, "{}", fleet.end_of_log(place));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_clock_that_steps_moves_no_commit_back_and_makes_no_answer_stale() {
    let _turn = TURN.lock().await;
    let (Some(clock), Some(programs)) = (Clock::new(), postgres::programs()) else {
        return;
    };
    let postgres = Postgres::start(programs);
    let shell = Shell::new();
    configure(&shell, &url_of(postgres.port), "[cache]\nmax_staleness = \"0s\"");
    let token = tokio::task::block_in_place(|| crowd::prepare(&shell, 1));
    let ports = [free_port(), free_port()];
    let manner = Manner { ports: ports.to_vec(), variables: vec![clock.variables()] };
    let fleet = tokio::task::block_in_place(|| Fleet::start_so(&shell, 2, manner));
    let crowd = Crowd::new(0, bases(ports), token);
    let base = bases(ports)[1].clone();
    let lives = crowd.live(seed());
    let forward = ("the clock of a replica is an hour ahead", lasts(), base.as_str());
    let (ahead, right) = (|| clock.step("+3600s"), || clock.step("+0s"));
    let row = suffer(&crowd, forward, ahead, right).await;
    assert_eq!(row.bad(|_| true), 0, "{row}");
    let back = ("the clock of a replica is an hour behind", lasts(), base.as_str());
    let row = suffer(&crowd, back, || clock.step("-3600s"), right).await;
    assert_eq!(row.bad(|_| true), 0, "{row}");
    lives.end().await;
    // The hour that was ahead once stays in the history until the time has come.
    let last = clock::times_never_go_back(&crowd, &base).await;
    assert!(last > Utc::now() + TimeDelta::minutes(50), "{last}");
    shell.ok("history verify");
    drop(fleet);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_directory_that_is_away_keeps_out_only_its_own_people() {
    let _turn = TURN.lock().await;
    let shell = Shell::new();
    let Some(directory) = Directory::start(&shell) else {
        return;
    };
    let way = Way::to(directory.port).await;
    let database = format!("sqlite:{}", shell.path().join("register.sqlite3").display());
    configure(&shell, &database, &Directory::told(way.port));
    let token = tokio::task::block_in_place(|| crowd::prepare(&shell, 1));
    let port = free_port();
    let manner = Manner { ports: vec![port], ..Manner::default() };
    let fleet = tokio::task::block_in_place(|| Fleet::start_so(&shell, 1, manner));
    let base = format!("http://127.0.0.1:{port}");
    let people = SignIns::prepare(&shell, &base).await;
    let crowd = Crowd::new(0, vec![base.clone()], token);
    let lives = crowd.live(seed());
    for (name, passage) in [
        ("the directory is cut off: connections break", Passage::Broken),
        ("the directory is cut off: nothing passes", Passage::Silent),
    ] {
        people.all_get_in().await;
        way.set(passage);
        let began = Instant::now();
        people.only_ours_get_in().await;
        println!(
            "{name}: who has a password here, and who has none, told in {:.2?}",
            began.elapsed()
        );
        let (stay, open) = (|| way.set(passage), || way.set(Passage::Open));
        let row = suffer(&crowd, (name, lasts(), base.as_str()), stay, open).await;
        assert_eq!(row.bad(|_| true), 0, "{row}");
        let back = Instant::now();
        people.all_get_in().await;
        println!("{name}: all get in {:.2?} after it is back", back.elapsed());
    }
    lives.end().await;
    drop(fleet);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_full_disk_refuses_writes_and_loses_nothing() {
    let _turn = TURN.lock().await;
    let (shell, other) = (Shell::new(), Shell::new());
    if let Some(disk) = Disk::mount(&shell) {
        fill("the disk is full (SQLite)", &shell, &disk).await;
    }
    fill("a quota is used up (SQLite)", &other, &Disk::limited(&other)).await;
}

async fn fill(name: &'static str, shell: &Shell, disk: &Disk) {
    configure(shell, &disk.database(), "");
    let token = tokio::task::block_in_place(|| disk.prepare(shell));
    let replica = tokio::task::block_in_place(|| disk.serve(shell));
    let crowd = Crowd::new(0, vec![replica.url.clone()], token);
    let lives = crowd.live(seed());
    let full = (name, lasts(), replica.url.as_str());
    let row = suffer(&crowd, full, || disk.fill(&replica), || disk.empty(&replica)).await;
    is_told_in_time(&row);
    let refused = row.bad(|came| matches!(came, Came::Answer { status: 507, .. }));
    assert!(refused > 0, "no write was refused: {row}");
    assert_eq!(row.bad(|came| !matches!(came, Came::Answer { status: 507, .. })), 0, "{row}");
    lives.end().await;
    disk.verify(shell);
}
