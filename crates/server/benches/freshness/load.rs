//! Load: as much as `wrk` can make, and as much as is asked for, with the time that each answer took.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _};

/// What wrk measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peak {
    /// Requests a second.
    pub(crate) rate: f64,
    /// Bytes a second.
    pub(crate) bytes: f64,
}

/// As many requests as so many connections can make, for some seconds.
pub(crate) fn peak(url: &str, headers: &[String], connections: u32, seconds: u32) -> Peak {
    let mut wrk = Command::new("wrk");
    wrk.args(["-t", "1", "-c", &connections.to_string(), "-d", &format!("{seconds}s")]);
    wrk.args(["--timeout", "30s"]);
    for header in headers {
        wrk.args(["-H", header]);
    }
    let output = wrk.arg(url).output().expect("wrk is installed (apt-get install wrk)");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains("Non-2xx") && !text.contains("Socket errors"), "{url}: {text}");
    let value = |name: &str| text.lines().find_map(|line| line.trim().strip_prefix(name)).unwrap();
    let rate = value("Requests/sec:").trim().parse().unwrap();
    Peak { rate, bytes: bytes(value("Transfer/sec:").trim()) }
}

/// `1.23MB`, as wrk writes it.
fn bytes(text: &str) -> f64 {
    let units = [("GB", 30), ("MB", 20), ("KB", 10), ("B", 0)];
    let (unit, power) = units.into_iter().find(|(unit, _)| text.ends_with(unit)).unwrap();
    text.trim_end_matches(unit).parse::<f64>().unwrap() * f64::from(1 << power)
}

/// The 99th percentile of the time that an answer takes, from the moment at which it should have
/// been asked for, while so many are asked for a second over so many connections. All of them are
/// one thread's: as many threads as connections would take both cores from who is measured.
pub(crate) fn p99(
    address: &str,
    request: &str,
    (rate, connections): (f64, u32),
    time: Duration,
) -> Duration {
    let each = Duration::from_secs_f64(f64::from(connections) / rate);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut took = runtime.block_on(async {
        let began = Instant::now();
        let mut asking = tokio::task::JoinSet::new();
        for connection in 0..connections {
            let (address, request) = (address.to_owned(), request.to_owned());
            let first = began + each.mul_f64(f64::from(connection) / f64::from(connections));
            asking.spawn(ask_at_times(address, request, (first, each), began + time));
        }
        asking.join_all().await.concat()
    });
    took.sort();
    took[took.len() * 99 / 100]
}

async fn ask_at_times(
    address: String,
    request: String,
    (first, each): (Instant, Duration),
    end: Instant,
) -> Vec<Duration> {
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let mut stream = tokio::io::BufReader::new(stream);
    let (mut due, mut took, mut body, mut head) = (first, Vec::new(), Vec::new(), String::new());
    while due < end {
        if due > Instant::now() {
            tokio::time::sleep_until(due.into()).await;
        }
        stream.get_mut().write_all(request.as_bytes()).await.unwrap();
        head.clear();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(stream.read_line(&mut head).await.unwrap(), 0, "it ended: {head}");
        }
        body.resize(length_of_body(&head), 0);
        stream.read_exact(&mut body).await.unwrap();
        took.push(due.elapsed());
        due += each;
    }
    took
}

/// Reads an answer, and gives its head.
pub(crate) fn answer(stream: &mut BufReader<TcpStream>, body: &mut Vec<u8>) -> String {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(stream.read_line(&mut head).unwrap(), 0, "the connection ended: {head}");
    }
    body.resize(length_of_body(&head), 0);
    stream.read_exact(body).unwrap();
    head
}

fn length_of_body(head: &str) -> usize {
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    length.map_or(0, |length| length.parse().unwrap())
}
