//! What answers cost that are kept, beside a bare server that answers the same bytes from memory in
//! the same run; with `wrk`, which must be installed.
//!
//! `cargo xtask bench --bench freshness --peer FOLDER -- [servers]` compares with the peer, too.
//! PostgreSQL is measured where `TEST_POSTGRES_URL` names a server.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a benchmark ends where it can't go on, says what it found, and measures time"
)]

mod floor;
mod load;
#[path = "../program/mod.rs"]
mod program;

use std::io::{BufReader, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use floor::Floor;
use load::{Peak, answer, p99, peak};
use program::Server;
use program::peer::Peer;

const ROUNDS: usize = 3;
const SECONDS: u32 = 4;
const CONNECTIONS: u32 = 64;
const PAGE: &str = "/api/servers/?limit=50";
const LIST: &str = "/api/servers.jsonl";
/// What other programs read whole.
const FEEDS: [(&str, &str); 2] = [
    ("Ansible inventory of all", "/integrations/ansible/"),
    ("Prometheus targets of all", "/integrations/prometheus/"),
];
/// Commits a second beside those who read.
const COMMITS: u32 = 50;

fn main() {
    floor::serve_if_told();
    let given: Vec<String> =
        std::env::args().skip(1).filter(|text| !text.starts_with('-')).collect();
    let servers = given.first().map_or(100_000, |servers| servers.parse().unwrap());
    println!("| what | ours | floor | ratio | goal |");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for database in runtime.block_on(testkit::databases()) {
        let folder = tempfile::tempdir().unwrap();
        let scene = Scene::set(folder.path(), &database.url, servers);
        if database.is_postgres() {
            scene.shared_heads();
        } else {
            scene.beside_the_floor();
            scene.late_answers();
            scene.feeds();
            scene.beside_a_writer();
            scene.beside_the_peer(&Peer::measured());
        }
    }
}

/// A register with a fleet, served; and the floor with the same bytes.
struct Scene {
    server: Server,
    floor: Floor,
    token: String,
    folder: std::path::PathBuf,
    url: String,
}

impl Scene {
    fn set(folder: &Path, url: &str, servers: u32) -> Self {
        let server = Server::start(folder, url, &[("DOMESDAY_LOG__LEVEL", "warn")]);
        let fleet = folder.join("fleet.csv");
        server.command(&format!("fleet generate {servers} --output {}", fleet.display()));
        server.command(&format!("import server {} --create-missing", fleet.display()));
        server.command("group grant anonymous view");
        server.command("user add alice --group administrators");
        let told = server.command("token create --user alice");
        let token = told.lines().last().unwrap().trim().to_owned();
        let bodies = folder.join("floor");
        std::fs::create_dir_all(&bodies).unwrap();
        for (name, path, coding) in
            [("page", PAGE, ""), ("page-gzip", PAGE, "gzip"), ("list-zstd", LIST, "zstd")]
        {
            let (head, body) = fetch(&server.address, path, coding);
            std::fs::write(bodies.join(name), body).unwrap();
            std::fs::write(bodies.join(format!("{name}.head")), head).unwrap();
        }
        let (floor, url) = (Floor::start(&bodies), url.to_owned());
        Self { server, floor, token, folder: folder.to_owned(), url }
    }

    fn ours(&self, path: &str, headers: &[String]) -> Peak {
        peak(&format!("http://{}{path}", self.server.address), headers, CONNECTIONS, SECONDS)
    }

    fn bare(&self, name: &str, headers: &[String]) -> Peak {
        peak(&format!("http://{}/{name}", self.floor.address), headers, CONNECTIONS, SECONDS)
    }

    /// The middle of several rounds, each of ours and the floor one after the other.
    fn rounds(&self, path: &str, name: &str, headers: [&[String]; 2]) -> (Peak, Peak) {
        let mut rounds: Vec<(Peak, Peak)> = (0..ROUNDS)
            .map(|_| (self.ours(path, headers[0]), self.bare(name, headers[1])))
            .collect();
        let ratio = |(ours, floor): &(Peak, Peak)| ours.rate / floor.rate;
        rounds.sort_by(|one, two| ratio(one).total_cmp(&ratio(two)));
        rounds[ROUNDS / 2]
    }

    fn beside_the_floor(&self) {
        let known = [self.condition(PAGE)];
        let (ours, floor) = self.rounds(PAGE, "page", [&known, &known]);
        row("304 of a list, SQLite", ours.rate, floor.rate, "0.8");
        let (ours, floor) = self.rounds(PAGE, "page", [&[], &[]]);
        row("kept page of 50, as it is", ours.rate, floor.rate, "0.7");
        let gzip = ["Accept-Encoding: gzip".to_owned()];
        let (ours, floor) = self.rounds(PAGE, "page-gzip", [&gzip, &[]]);
        row("kept page of 50, gzip", ours.rate, floor.rate, "0.7");
        let zstd = ["Accept-Encoding: zstd".to_owned()];
        let (ours, floor) = self.rounds(LIST, "list-zstd", [&zstd, &[]]);
        let (ours, floor) = (ours.bytes / 1e6, floor.bytes / 1e6);
        println!(
            "| kept list of all, zstd | {ours:.0} MB/s | {floor:.0} MB/s | {:.2} | 0.9 |",
            ours / floor
        );
    }

    /// The header that is answered by 304, here and at the floor.
    fn condition(&self, path: &str) -> String {
        let (head, _) = fetch(&self.server.address, path, "");
        let tag = head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap();
        format!("If-None-Match: {tag}")
    }

    /// How long answers take at half of what could be answered at most.
    fn late_answers(&self) {
        let condition = &self.condition(PAGE);
        let keeps_nothing = [("DOMESDAY_CACHE__MEMORY", "0"), ("DOMESDAY_LOG__LEVEL", "warn")];
        let plain = Server::start(&self.folder, &self.url, &keeps_nothing);
        let none = String::new();
        for (what, address, header, goal) in [
            ("304", &self.server.address, condition, 5),
            ("kept page of 50", &self.server.address, &none, 5),
            ("page of 50, not kept", &plain.address, &none, 20),
        ] {
            let headers: Vec<String> =
                (!header.is_empty()).then(|| header.clone()).into_iter().collect();
            let most =
                peak(&format!("http://{address}{PAGE}"), &headers, CONNECTIONS, SECONDS).rate;
            let line = if header.is_empty() { String::new() } else { format!("{header}\r\n") };
            let of = |address: &str, path: &str| {
                let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{line}\r\n");
                let time = Duration::from_secs(u64::from(SECONDS));
                p99(address, &request, (most / 2.0, 16), time).as_secs_f64() * 1e3
            };
            let mut rounds: Vec<(f64, f64)> = (0..ROUNDS)
                .map(|_| (of(address, PAGE), of(&self.floor.address, "/page")))
                .collect();
            rounds.sort_by(|one, two| (one.0 / one.1).total_cmp(&(two.0 / two.1)));
            let (ours, floor) = rounds[ROUNDS / 2];
            println!(
                "| {what}: p99 at {:.0} a second | {ours:.1} ms | {floor:.1} ms | {:.2} | {goal} ms |",
                most / 2.0,
                ours / floor
            );
        }
    }

    /// What other programs read whole: unchanged, and made anew.
    fn feeds(&self) {
        let keeps_nothing = [("DOMESDAY_CACHE__MEMORY", "0"), ("DOMESDAY_LOG__LEVEL", "warn")];
        let plain = Server::start(&self.folder, &self.url, &keeps_nothing);
        for (what, path) in FEEDS {
            let known = [self.condition(path)];
            let (ours, floor) = self.rounds(path, "page", [&known, &known]);
            row(&format!("304 of {what}"), ours.rate, floor.rate, "0.8");
            let mut times: Vec<Duration> = (0..ROUNDS)
                .map(|_| {
                    let began = Instant::now();
                    fetch(&plain.address, path, "");
                    began.elapsed()
                })
                .collect();
            times.sort();
            println!("| {what}, not kept | {:.0?} | | | 1 s |", times[ROUNDS / 2]);
        }
    }

    /// Reads while somebody commits.
    fn beside_a_writer(&self) {
        let alone = self.ours(PAGE, &[]).rate;
        let is_over = AtomicBool::new(false);
        let (beside, commits) = std::thread::scope(|scope| {
            let writer = scope.spawn(|| self.commit(&is_over));
            let beside = self.ours(PAGE, &[]).rate;
            is_over.store(true, Ordering::Relaxed);
            (beside, writer.join().unwrap())
        });
        let what = format!("kept page of 50 beside {commits:.0} commits a second, and without");
        row(&what, beside, alone, "0.5");
    }

    /// Commits at a steady pace until told to stop; how many a second.
    fn commit(&self, is_over: &AtomicBool) -> f64 {
        let mut stream = BufReader::new(TcpStream::connect(&self.server.address).unwrap());
        let (began, mut commits, mut body) = (Instant::now(), 0_u32, Vec::new());
        while !is_over.load(Ordering::Relaxed) {
            commits += 1;
            let change = format!(r#"{{"description": "change {commits}"}}"#);
            let request = format!(
                "PATCH /api/servers/1/?bypass=1&reason=bench HTTP/1.1\r\nHost: d\r\n\
                 Authorization: Bearer {}\r\nContent-Type: application/json\r\n\
                 Content-Length: {}\r\n\r\n{change}",
                self.token,
                change.len()
            );
            stream.get_mut().write_all(request.as_bytes()).unwrap();
            let head = answer(&mut stream, &mut body);
            assert!(head.starts_with("HTTP/1.1 200"), "{head}{}", String::from_utf8_lossy(&body));
            let due = began + Duration::from_secs(1) / COMMITS * commits;
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
        f64::from(commits) / began.elapsed().as_secs_f64()
    }

    /// The whole list, made and kept, beside what the peer did of the same.
    fn beside_the_peer(&self, peer: &Peer) {
        let mut times: Vec<f64> = (0..ROUNDS)
            .map(|_| {
                self.server_forgets();
                let began = Instant::now();
                fetch(&self.server.address, LIST, "");
                began.elapsed().as_secs_f64()
            })
            .collect();
        times.sort_by(f64::total_cmp);
        let made = times[ROUNDS / 2];
        let (made_there, kept_there, memory_there) = (
            peer.figure("/e_full_uncached/s"),
            peer.figure("/f_full_cached/rps"),
            peer.figure("/rss_after_reads/0"),
        );
        println!(
            "| whole list, not kept, beside the peer | {made:.2} s | {:.2} s | {:.0} times faster | 30 |",
            made_there,
            made_there / made
        );
        let zstd = ["Accept-Encoding: zstd".to_owned()];
        fetch(&self.server.address, LIST, "zstd");
        let kept = self.ours(LIST, &zstd).rate;
        println!(
            "| whole list, kept, zstd, beside the peer | {kept:.0} a second | {:.1} a second | {:.0} times | 30 |",
            kept_there,
            kept / kept_there
        );
        let memory = f64::from(self.server.resident_kb()) / 1024.0;
        println!(
            "| memory after all this, beside the peer | {memory:.0} MB | {:.0} MB | {:.2} | 0.25 |",
            memory_there,
            memory / memory_there
        );
    }

    fn server_forgets(&self) {
        let mut stream = BufReader::new(TcpStream::connect(&self.server.address).unwrap());
        let token = &self.token;
        let request = format!(
            "DELETE /api/-/cache/ HTTP/1.1\r\nHost: d\r\nAuthorization: Bearer {token}\r\n\r\n"
        );
        stream.get_mut().write_all(request.as_bytes()).unwrap();
        let head = answer(&mut stream, &mut Vec::new());
        assert!(head.starts_with("HTTP/1.1 204"), "{head}");
    }

    /// PostgreSQL is asked for its heads by all who wait at once.
    fn shared_heads(&self) {
        let known = [self.condition(PAGE)];
        let (ours, floor) = self.rounds(PAGE, "page", [&known, &known]);
        row("304 of a list, PostgreSQL, 64 connections", ours.rate, floor.rate, "0.4");
    }
}

fn row(what: &str, ours: f64, floor: f64, goal: &str) {
    println!(
        "| {what} | {ours:.0} a second | {floor:.0} a second | {:.2} | {goal} |",
        ours / floor
    );
}

/// The head and body of an answer.
fn fetch(address: &str, path: &str, coding: &str) -> (String, Vec<u8>) {
    let mut stream = BufReader::new(TcpStream::connect(address).unwrap());
    let request = format!(
        "GET {path} HTTP/1.0\r\nHost: {address}\r\nAccept-Encoding: {coding}\r\n\
         Connection: close\r\n\r\n"
    );
    stream.get_mut().write_all(request.as_bytes()).unwrap();
    let mut body = Vec::new();
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(std::io::BufRead::read_line(&mut stream, &mut head).unwrap(), 0, "{head}");
    }
    assert!(head.contains(" 200 "), "{head}");
    std::io::Read::read_to_end(&mut stream, &mut body).unwrap();
    (head, body)
}
