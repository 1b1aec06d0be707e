//! What a review costs over HTTP: one client asks for a new server and another person approves it,
//! again and again.
//!
//! `cargo xtask bench --bench reviews --peer FOLDER` compares with what the peer did of the same, in the
//! same run. PostgreSQL is measured where `TEST_POSTGRES_URL` names a server.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark ends where it can't go on, says what it found, and measures time"
)]

mod program;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use program::Server;
use program::peer::Peer;
use tempfile::TempDir;

/// How long each of the three rounds takes.
const ROUND: Duration = Duration::from_secs(5);
const ROUNDS: usize = 3;

fn main() {
    let peer = Peer::measured().figure("/j_approval/round_trips_per_s");
    println!("| what | ours | floor | ratio | goal |");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for database in runtime.block_on(testkit::databases()) {
        let (rate, name) = (measure(&tempfile::tempdir().unwrap(), &database.url), database.kind());
        println!(
            "| asking and approving, one client, {name} | {rate:.0} a second | {peer:.0} a second (the \
             peer) | {:.1} | 5 |",
            rate / peer
        );
    }
}

/// How many requests a second are asked for and approved; the middle one of the rounds.
fn measure(folder: &TempDir, url: &str) -> f64 {
    let server = Server::start(folder.path(), url, &[]);
    let [rita, bob] = [("rita", "requesters"), ("bob", "reviewers")].map(|(user, group)| {
        server.command(&format!("user add {user} --group {group}"));
        let told = server.command(&format!("token create --user {user}"));
        told.lines().last().unwrap().trim().to_owned()
    });
    let fleet = "name,ip,component,dc,environment,group,state\na,10.0.0.1,a,b,c,d,active\n";
    std::fs::write(folder.path().join("fleet.csv"), fleet).unwrap();
    server.command("import server fleet.csv --create-missing");
    let mut client = Client::connect(&server.address);
    let (mut number, mut rates) = (0_u32, Vec::new());
    for _ in 0..ROUNDS {
        let (began, before) = (Instant::now(), number);
        while began.elapsed() < ROUND {
            number += 1;
            ask_and_approve(&mut client, (&rita, &bob), number);
        }
        rates.push(f64::from(number - before) / began.elapsed().as_secs_f64());
    }
    rates.sort_by(f64::total_cmp);
    *rates.get(ROUNDS / 2).unwrap()
}

fn ask_and_approve(client: &mut Client, (rita, bob): (&str, &str), number: u32) {
    let [high, low] = [number / 250, number % 250];
    let body = format!(
        r#"{{"name": "s{number}", "ip": "10.9.{high}.{low}", "component": 1, "dc": 1,
           "environment": 1, "group": 1, "state": "active", "description": "new"}}"#
    );
    let asked = client.post("/api/servers/", rita, "", &body);
    assert_eq!(asked.status, 202, "{}", asked.head);
    let [location, etag] = ["location: ", "etag: "].map(|name| {
        let mut lines = asked.head.lines();
        lines.find_map(|line| line.strip_prefix(name)).unwrap().to_owned()
    });
    let path = location.find("/api/").and_then(|at| location.get(at..)).unwrap();
    let condition = format!("If-Match: {etag}\r\n");
    let done = client.post(&format!("{path}approve/"), bob, &condition, "{}");
    assert_eq!(done.status, 200, "{}", done.head);
}

/// One connection that is kept.
struct Client {
    stream: BufReader<TcpStream>,
}

struct Answer {
    status: u16,
    head: String,
}

impl Client {
    fn connect(address: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream: BufReader::new(stream) }
    }

    fn post(&mut self, path: &str, token: &str, more: &str, body: &str) -> Answer {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n{more}\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes()).unwrap();
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(self.stream.read_line(&mut head).unwrap(), 0, "the connection ended");
        }
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.unwrap().parse().unwrap()];
        self.stream.read_exact(&mut body).unwrap();
        Answer { status: head.split(' ').nth(1).unwrap().parse().unwrap(), head }
    }
}
