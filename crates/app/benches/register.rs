//! The register beside a floor: rusqlite by hand, running the same SQL and writing the same bytes,
//! in the same run on the same fleet. Prints a table in Markdown; `cargo bench -p app`.
//!
//! `ROWS=100000` says how many servers.

#![expect(
    clippy::disallowed_methods,
    clippy::future_not_send,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unused_self,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test ends where it can't go on"
)]

mod floor;

use std::hint::black_box;
use std::time::{Duration, Instant};

use app::encode::{EncodeRecord, JsonEncoder, Member};
use app::feeds::{AnsibleEncoder, Hosts, PORT_DEFAULT, PrometheusEncoder};
use app::import::{ReadOptions, RunOptions};
use app::{App, Clock, Context, Entropy, schema_file};
use chrono::DateTime;
use domain::query::order::default_order;
use domain::query::{Expr, Page, Plan};
use domain::schema::Type;

/// The program's own allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const BASE_URL: &str = "http://localhost";

/// One line of the table.
struct Figure {
    name: &'static str,
    ours: Duration,
    floor: Duration,
    goal: f64,
}

#[tokio::main]
async fn main() {
    let rows: usize =
        std::env::var("ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(100_000);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bench.sqlite3");
    let app = open(&path).await;

    // The middle one of some, of each size.
    let mut wholes = vec![import(&app, rows).await];
    for number in 0..2 {
        let path = folder.path().join(format!("whole{number}.sqlite3"));
        wholes.push(import(&open(&path).await, rows).await);
        std::fs::remove_file(path).unwrap();
    }
    let ours = median(wholes);
    let mut tenths = Vec::new();
    for number in 0..5 {
        let small = open(&folder.path().join(format!("small{number}.sqlite3"))).await;
        tenths.push(import(&small, rows / 10).await);
    }
    let ours_tenth = median(tenths);
    let bare = floor::bare_inserts(&path, &folder.path().join("floor.sqlite3"));
    println!("import of {rows}: {ours:?}, of a tenth: {ours_tenth:?}; bare inserts: {bare:?}");
    let per_row = ours.as_secs_f64() / (ours_tenth.as_secs_f64() * 10.0);
    let mut figures = vec![Figure { name: "import", ours, floor: bare, goal: 10.0 }];

    let bench = Bench { floor: floor::Floor::open(&path), app, context: context() };
    figures.push(bench.page("first page of 50", |plan| plan).await);
    let by_filter = |plan: Plan| Plan { filter: floor::three_filters(&bench.app.schema), ..plan };
    figures.push(bench.page("three filters through references", by_filter).await);
    let (first, last) = bench.first_and_last().await;
    figures.push(bench.export(rows).await);
    figures.push(bench.ansible().await);
    figures.push(bench.prometheus().await);

    println!("\n| what | ours | floor | ratio | goal |\n| --- | --- | --- | --- | --- |");
    for Figure { name, ours, floor, goal } in figures {
        let ratio = ours.as_secs_f64() / floor.as_secs_f64();
        println!("| {name} | {ours:.1?} | {floor:.1?} | {ratio:.2} | {goal} |");
    }
    println!(
        "| last page by cursor against the first | {last:.1?} | {first:.1?} | {:.2} | 1.2 |",
        last.as_secs_f64() / first.as_secs_f64()
    );
    println!("| import of {rows} against a tenth, per row | | | {per_row:.2} | 1.3 |");
    println!("\npeak memory: {} MB", peak_memory_kb() / 1_000);
}

async fn open(path: &std::path::Path) -> App {
    let settings = sql::Settings::new(&format!("sqlite:{}", path.display()));
    let clock = Clock::new(|| DateTime::from_timestamp_micros(1_767_225_600_000_000).unwrap());
    App::open(
        settings,
        schema_file::built_in().unwrap(),
        Vec::new(),
        clock,
        Entropy::new(|| [7; 32]),
    )
    .await
    .unwrap()
}

fn context() -> Context {
    let now = DateTime::from_timestamp_micros(1_767_225_600_000_000).unwrap();
    Context::of_system(now, "import", "bench")
}

async fn import(app: &App, rows: usize) -> Duration {
    let mut csv = Vec::new();
    app::fleet::generate(rows, 1, &mut csv).unwrap();
    let server = app.schema.named("server").unwrap().index;
    let start = Instant::now();
    let mut import = app::import::read(&app.schema, server, &csv, &ReadOptions::default()).unwrap();
    let options = RunOptions { create_missing: true, ..RunOptions::default() };
    app.import(&context(), &mut import, &options).await.unwrap();
    start.elapsed()
}

struct Bench {
    app: App,
    floor: floor::Floor,
    context: Context,
}

impl Bench {
    fn server(&self) -> &Type {
        self.app.schema.named("server").unwrap()
    }

    fn plan(&self) -> Plan {
        Plan {
            type_index: self.server().index,
            filter: Expr::all(),
            order: default_order(self.server()),
            page: Page::Offset { offset: 0, limit: 50 },
            count: true,
            as_of: None,
        }
    }

    async fn body(&self, plan: Plan) -> String {
        let found = self.app.find(&self.context, plan).await.unwrap();
        let encoder = JsonEncoder::new(
            &self.app.schema,
            self.server(),
            &Member::full(self.server()),
            BASE_URL,
        );
        let mut out = String::with_capacity(32_000);
        for record in &found.records {
            encoder.encode(record, &mut out);
            out.push('\n');
        }
        out
    }

    async fn page(&self, name: &'static str, change: impl Fn(Plan) -> Plan) -> Figure {
        let plan = change(self.plan());
        let statements = self.floor.statements(name.contains("filters"));
        let is_same = self.body(plan.clone()).await == self.floor.body(&statements);
        assert!(is_same, "both must write the same bytes");
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..300 {
            let start = Instant::now();
            black_box(self.body(plan.clone()).await);
            ours.push(start.elapsed());
            let start = Instant::now();
            black_box(self.floor.body(&statements));
            theirs.push(start.elapsed());
        }
        Figure { name, ours: median(ours), floor: median(theirs), goal: 1.5 }
    }

    async fn first_and_last(&self) -> (Duration, Duration) {
        let mut page = Page::Offset { offset: 0, limit: 50 };
        let mut cursor = None;
        loop {
            let plan = Plan { page, count: false, ..self.plan() };
            let Some(next) = self.app.find(&self.context, plan).await.unwrap().next else {
                break;
            };
            cursor = Some(next.clone());
            page = Page::Cursor { cursor: next, limit: 50 };
        }
        let last = Page::Cursor { cursor: cursor.unwrap(), limit: 50 };
        let (mut first_times, mut last_times) = (Vec::new(), Vec::new());
        for _ in 0..300 {
            let start = Instant::now();
            black_box(self.body(self.plan()).await);
            first_times.push(start.elapsed());
            let start = Instant::now();
            black_box(self.body(Plan { page: last.clone(), ..self.plan() }).await);
            last_times.push(start.elapsed());
        }
        (median(first_times), median(last_times))
    }

    async fn export(&self, rows: usize) -> Figure {
        let plan = self.everything();
        let mut ours = Vec::new();
        let mut theirs = Vec::new();
        for _ in 0..3 {
            let start = Instant::now();
            let encoder = JsonEncoder::new(
                &self.app.schema,
                self.server(),
                &Member::full(self.server()),
                BASE_URL,
            );
            // Each ends its line, the last one too.
            let bytes = self.written(plan.clone(), &encoder, "\n").await + "\n".len();
            ours.push(start.elapsed());
            let start = Instant::now();
            assert_eq!(self.floor.export(), bytes, "the same bytes of {rows} records");
            theirs.push(start.elapsed());
        }
        Figure {
            name: "export of all as JSON lines",
            ours: median(ours),
            floor: median(theirs),
            goal: 2.0,
        }
    }

    async fn ansible(&self) -> Figure {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..5 {
            let start = Instant::now();
            let encoder = AnsibleEncoder::new(self.hosts(), None, Vec::new());
            let hosts = self.written(self.everything(), &encoder, ",").await;
            let bytes = AnsibleEncoder::HEAD.len() + hosts + encoder.tail().len();
            ours.push(start.elapsed());
            let start = Instant::now();
            assert_eq!(self.floor.ansible(), bytes, "the same bytes");
            theirs.push(start.elapsed());
        }
        let (ours, floor) = (median(ours), median(theirs));
        Figure { name: "Ansible inventory of all", ours, floor, goal: 2.0 }
    }

    async fn prometheus(&self) -> Figure {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..5 {
            let start = Instant::now();
            let encoder = PrometheusEncoder::new(self.hosts(), PORT_DEFAULT, Vec::new());
            let bytes = self.written(self.everything(), &encoder, ",\n").await + "[]\n".len();
            ours.push(start.elapsed());
            let start = Instant::now();
            assert_eq!(self.floor.prometheus(), bytes, "the same bytes");
            theirs.push(start.elapsed());
        }
        let (ours, floor) = (median(ours), median(theirs));
        Figure { name: "Prometheus targets of all", ours, floor, goal: 2.0 }
    }

    fn hosts(&self) -> Hosts {
        Hosts::of(self.server(), None).unwrap()
    }

    /// All records, in the order of their ids.
    fn everything(&self) -> Plan {
        Plan { order: Vec::new(), page: Page::All, ..self.plan() }
    }

    /// How many bytes an encoder makes of the records of a plan, with something between each two.
    async fn written(&self, plan: Plan, encoder: &impl EncodeRecord, between: &str) -> usize {
        let mut batches = self.app.export(&self.context, plan).unwrap();
        let (mut bytes, mut records, mut out) = (0, 0_usize, String::new());
        while let Some(batch) = batches.recv().await {
            for record in batch.unwrap() {
                encoder.encode(&record, &mut out);
                records += 1;
            }
            bytes += out.len();
            out.clear();
        }
        bytes + between.len() * records.saturating_sub(1)
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn peak_memory_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0)
}
