//! How the register grows: the same work with a thousand, and with a million servers.
//!
//! `cargo xtask bench --bench growth -- [sizes, parted by commas]`. Beside the rows of the table it
//! prints a line for each figure, `growth DATABASE SERVERS WHAT NUMBER`, which plots are drawn
//! from. PostgreSQL is measured where `TEST_POSTGRES_URL` names a server.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark ends where it can't go on, says what it found, and measures time"
)]

#[path = "../program/mod.rs"]
mod program;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use program::Server;
use testkit::databases;

/// How many servers, where nothing is said.
const SIZES: [u32; 4] = [1_000, 10_000, 100_000, 1_000_000];
/// Each figure is the middle one of so many.
const ROUNDS: usize = 15;
/// What is asked for, and what it shows.
const QUESTIONS: [(&str, &str); 4] = [
    ("page of 50", "/api/servers/?limit=50"),
    ("search", "/api/servers/?limit=50&count=none&search=web10"),
    (
        "filter through references",
        "/api/servers/?limit=50&count=none&dc__name=iad1&environment__name=production&tags__name=ssd",
    ),
    ("page of 50, filtered and counted", "/api/servers/?limit=50&state=active"),
];

fn main() {
    let sizes: Vec<u32> = std::env::args().skip(1).find(|text| !text.starts_with('-')).map_or_else(
        || SIZES.to_vec(),
        |text| text.split(',').map(|n| n.parse().unwrap()).collect(),
    );
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    for size in sizes {
        for database in runtime.block_on(databases()) {
            let kind = database.kind();
            for (what, number) in measured(&database.url, size) {
                println!("growth {kind} {size} {what} {number}");
            }
        }
    }
}

/// What is measured of a register with so many servers: rows a second, megabytes, and for the rest
/// milliseconds.
fn measured(url: &str, size: u32) -> Vec<(&'static str, f64)> {
    let folder = tempfile::tempdir().unwrap();
    let mut figures = Vec::new();
    let fleet = folder.path().join("fleet.csv");
    let server = Server::start(folder.path(), url, &[("DOMESDAY_LOG__LEVEL", "warn")]);
    server.command(&format!("fleet generate {size} --output {}", fleet.display()));
    let began = Instant::now();
    server.command(&format!("import server {} --create-missing", fleet.display()));
    let rate = f64::from(size) / began.elapsed().as_secs_f64();
    figures.push(("import", rate));
    server.command("group grant anonymous view");
    server.command("user add alice --group administrators");
    let told = server.command("token create --user alice");
    let token = told.lines().last().unwrap().trim().to_owned();
    drop(server);
    // Nothing is kept, so that each answer is made.
    let variables = [("DOMESDAY_LOG__LEVEL", "warn"), ("DOMESDAY_CACHE__MEMORY", "0")];
    let starts = (0..5).map(|_| {
        let began = Instant::now();
        let server = Server::start(folder.path(), url, &variables);
        asked(&server.address, "GET", "/api/servers/?limit=1", "", "");
        began.elapsed()
    });
    figures.push(("start to first answer", middle(starts.collect())));
    let server = Server::start(folder.path(), url, &variables);
    for (what, path) in QUESTIONS {
        // The first answer has the database read its pages.
        asked(&server.address, "GET", path, "", "");
        let took = (0..ROUNDS).map(|_| asked(&server.address, "GET", path, "", ""));
        figures.push((what, middle(took.collect())));
    }
    let changed = (0..ROUNDS).map(|round| {
        let body = format!(r#"{{"description": "round {round}"}}"#);
        asked(&server.address, "PATCH", "/api/servers/1/?bypass=1", &token, &body)
    });
    figures.push(("commit of one change", middle(changed.collect())));
    figures.push(("memory", f64::from(server.resident_kb()) / 1024.0));
    figures
}

/// Asks once over a connection of its own, and tells how long the answer took.
fn asked(address: &str, method: &str, path: &str, token: &str, body: &str) -> Duration {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut stream = BufReader::new(stream);
    let authorization =
        if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") };
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\n{authorization}X-Change-Reason: measured\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let began = Instant::now();
    stream.get_mut().write_all(request.as_bytes()).unwrap();
    let mut status = String::new();
    stream.read_line(&mut status).unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    let took = began.elapsed();
    assert!(
        status.contains(" 200 "),
        "{method} {path}: {status}{}",
        String::from_utf8_lossy(&rest)
    );
    took
}

/// The middle one, in milliseconds.
fn middle(mut took: Vec<Duration>) -> f64 {
    took.sort();
    took.get(took.len() / 2).unwrap().as_secs_f64() * 1e3
}
