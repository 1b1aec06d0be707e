//! The past beside the present: 100,000 servers with 1,000,000 changes behind them. Prints a table
//! in Markdown; `cargo bench -p app --bench history`.
//!
//! `ROWS=100000` says how many servers; each is changed nine times.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark ends where it can't go on"
)]

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use app::encode::{EncodeRecord, JsonEncoder, Member};
use app::import::{ReadOptions, RunOptions};
use app::{App, Clock, Context, Entropy, schema_file};
use chrono::{DateTime, TimeDelta};
use domain::access::Actor;
use domain::change::{
    Action, FieldsInput, Preconditions, Proposal, ProposedChange, Target, Unnamed,
};
use domain::history::Question;
use domain::json::Json;
use domain::query::order::default_order;
use domain::query::{Expr, Page, Plan};
use domain::record::{CommitNumber, RecordId};
use domain::schema::Type;

/// The program's own allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Changes in one commit.
const AT_ONCE: usize = 10_000;
/// How often each server is changed.
const ROUNDS: usize = 9;
/// Who changes them, in turn.
const ACTORS: usize = 20;

#[tokio::main]
async fn main() {
    let rows: usize =
        std::env::var("ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(100_000);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bench.sqlite3");
    let bench = Bench::fill(&path, rows).await;
    println!("| what | ours | floor | ratio | goal |\n| --- | --- | --- | --- | --- |");
    let detail = bench.detail(None).await;
    let row = |what: &str, ours: Duration, floor: Duration, goal: f64| {
        let ratio = ours.as_secs_f64() / floor.as_secs_f64();
        println!("| {what} | {ours:.1?} | {floor:.1?} | {ratio:.2} | {goal} |");
    };
    let middle = CommitNumber(bench.last.0 / 2);
    let own = bench.history(|question| question.id = Some(RecordId(77))).await;
    row("a record's history against its detail", own, detail, 5.0);
    let by_actor = bench
        .history(|question| {
            *question = Question { actor: Some("user7".to_owned()), ..Question::default() };
        })
        .await;
    row("50 changes of an actor against a detail", by_actor, detail, 5.0);
    row("a detail as of then against now", bench.detail(Some(middle)).await, detail, 5.0);
    let page = bench.page(None).await;
    for (what, number) in [("first", 1), ("middle", middle.0), ("last but one", bench.last.0 - 1)] {
        let then = bench.page(Some(CommitNumber(number))).await;
        row(&format!("page of 50 as of the {what} commit against now"), then, page, 10.0);
    }
    let bare = bare_inserts(&path, &folder.path().join("floor.sqlite3"));
    let (one, floor) = (bench.one_change().await, bare);
    row("commit of one change against a bare insert", one, floor, 3.0);
    let begin = Instant::now();
    bench.change(0..AT_ONCE, 99).await;
    println!("| commit of 10,000 changes | {:.2?} | | | 2 s |", begin.elapsed());
    println!("\npeak memory: {} MB", peak_memory_kb() / 1_000);
}

struct Bench {
    app: App,
    last: CommitNumber,
}

fn at(minutes: usize) -> DateTime<chrono::Utc> {
    let start = DateTime::from_timestamp_micros(1_767_225_600_000_000).unwrap();
    start + TimeDelta::minutes(i64::try_from(minutes).unwrap())
}

fn context(minutes: usize) -> Context {
    let user = format!("user{}", minutes % ACTORS);
    let actor = Actor::Token { user, token: "bench".to_owned() };
    Context { actor, ..Context::of_system(at(minutes), "api", &format!("request-{minutes}")) }
}

impl Bench {
    /// A register of so many servers, each changed [`ROUNDS`] times.
    async fn fill(path: &Path, rows: usize) -> Self {
        let settings = sql::Settings::new(&format!("sqlite:{}", path.display()));
        let (schema, clock) = (schema_file::built_in().unwrap(), Clock::new(|| at(0)));
        let entropy = Entropy::new(|| [7; 32]);
        let app = App::open(settings, schema, Vec::new(), clock, entropy).await.unwrap();
        let mut csv = Vec::new();
        app::fleet::generate(rows, 1, &mut csv).unwrap();
        let server = app.schema.named("server").unwrap().index;
        let mut import =
            app::import::read(&app.schema, server, &csv, &ReadOptions::default()).unwrap();
        let options = RunOptions { create_missing: true, ..RunOptions::default() };
        app.import(&context(0), &mut import, &options).await.unwrap();
        let mut bench = Self { app, last: CommitNumber(1) };
        let begin = Instant::now();
        let mut minutes = 1;
        for _ in 0..ROUNDS {
            for start in (0..rows).step_by(AT_ONCE) {
                bench.change(start..(start + AT_ONCE).min(rows), minutes).await;
                minutes += 1;
            }
        }
        bench.last = bench.app.store.read(sql::write::last_commit).await.unwrap().number;
        println!("{} changes in {:.1?}", rows * ROUNDS, begin.elapsed());
        bench.app.store.write(sql::write::refresh_statistics).await.unwrap();
        bench
    }

    fn server(&self) -> &Type {
        self.app.schema.named("server").unwrap()
    }

    /// Gives some servers another description, and every third another state.
    async fn change(&self, servers: std::ops::Range<usize>, minutes: usize) {
        let type_index = self.server().index;
        let change = |index: usize| {
            let mut fields = FieldsInput::new();
            fields.insert("description".to_owned(), Json::Text(format!("changed at {minutes}")));
            if index.is_multiple_of(3) {
                let state = if minutes.is_multiple_of(2) { "active" } else { "maintenance" };
                fields.insert("state".to_owned(), Json::text(state));
            }
            let target = Target::Id(RecordId(i64::try_from(index + 1).unwrap()));
            let action = Action::Update { target, fields, unnamed: Unnamed::Keep };
            ProposedChange { type_index, action, preconditions: Preconditions::default() }
        };
        let proposal = Proposal { changes: servers.map(change).collect() };
        self.app.submit(&context(minutes), proposal).await.unwrap();
    }

    async fn detail(&self, as_of: Option<CommitNumber>) -> Duration {
        let mut times = Vec::new();
        for number in 0..500 {
            let id = RecordId(1 + number * 37);
            let begin = Instant::now();
            let target = Target::Id(id);
            let found = self.app.get_as_of(&context(0), self.server().index, target, as_of).await;
            black_box(self.encoded(&[found.unwrap().unwrap()]));
            times.push(begin.elapsed());
        }
        median(times)
    }

    fn encoded(&self, records: &[domain::record::Record]) -> String {
        let members = Member::full(self.server());
        let encoder = JsonEncoder::new(&self.app.schema, self.server(), &members, "http://x");
        let mut out = String::with_capacity(32_000);
        for record in records {
            encoder.encode(record, &mut out);
        }
        out
    }

    async fn history(&self, ask: impl Fn(&mut Question)) -> Duration {
        let mut times = Vec::new();
        for _ in 0..200 {
            let type_name = Some("server".to_owned());
            let mut question = Question { type_name, ..Question::default() };
            ask(&mut question);
            let begin = Instant::now();
            let page = self.app.history(&context(0), question, None, 50).await.unwrap();
            assert!(page.entries.len() >= ROUNDS, "{}", page.entries.len());
            black_box(page);
            times.push(begin.elapsed());
        }
        median(times)
    }

    async fn page(&self, as_of: Option<CommitNumber>) -> Duration {
        let mut times = Vec::new();
        for _ in 0..200 {
            let plan = Plan {
                type_index: self.server().index,
                filter: Expr::all(),
                order: default_order(self.server()),
                page: Page::Offset { offset: 0, limit: 50 },
                count: true,
                as_of,
            };
            let begin = Instant::now();
            let found = self.app.find(&context(0), plan).await.unwrap();
            assert_eq!(found.records.len(), 50);
            black_box(self.encoded(&found.records));
            times.push(begin.elapsed());
        }
        median(times)
    }

    async fn one_change(&self) -> Duration {
        let mut times = Vec::new();
        for number in 0..100 {
            let begin = Instant::now();
            self.change(number..number + 1, 1_000 + number).await;
            times.push(begin.elapsed());
        }
        median(times)
    }
}

/// The rows of some servers and their tags, inserted one server a transaction into empty tables
/// with the same columns and indexes, with everything that a commit waits for: the disk.
fn bare_inserts(from: &Path, to: &Path) -> Duration {
    let source = rusqlite::Connection::open(from).unwrap();
    let target = rusqlite::Connection::open(to).unwrap();
    target
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF;",
        )
        .unwrap();
    for table in ["r_server", "r_server__tags"] {
        let mut definitions = source
            .prepare("SELECT sql FROM sqlite_master WHERE tbl_name = $1 AND sql IS NOT NULL")
            .unwrap();
        for sql in definitions.query_map([table], |row| row.get::<_, String>(0)).unwrap() {
            target.execute_batch(&sql.unwrap()).unwrap();
        }
    }
    let mut times = Vec::new();
    for id in 1..=100 {
        let server = rows(&source, "SELECT * FROM \"r_server\" WHERE id = $1", id);
        let tags = rows(&source, "SELECT * FROM \"r_server__tags\" WHERE record = $1", id);
        let begin = Instant::now();
        target.execute_batch("BEGIN IMMEDIATE").unwrap();
        for (table, rows) in [("r_server", &server), ("r_server__tags", &tags)] {
            for row in rows {
                let marks = vec!["?"; row.len()].join(",");
                let insert = format!("INSERT INTO \"{table}\" VALUES ({marks})");
                let mut insert = target.prepare_cached(&insert).unwrap();
                insert.execute(rusqlite::params_from_iter(row)).unwrap();
            }
        }
        target.execute_batch("COMMIT").unwrap();
        times.push(begin.elapsed());
    }
    median(times)
}

fn rows(source: &rusqlite::Connection, select: &str, id: i64) -> Vec<Vec<rusqlite::types::Value>> {
    let mut select = source.prepare_cached(select).unwrap();
    let columns = select.column_count();
    let read = |row: &rusqlite::Row<'_>| (0..columns).map(|column| row.get(column)).collect();
    select.query_map([id], read).unwrap().map(Result::unwrap).collect()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn peak_memory_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0)
}
