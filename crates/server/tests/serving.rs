//! The program as a server: it says where it answers, and finishes what is in flight.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "what tests share may fail as they do")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};

/// Nobody stands before a server that is alone.
const NO_DRAIN: (&str, &str) = ("DOMESDAY_HTTP__DRAIN", "0");

/// The program, serving; killed when a test fails half-way.
struct Server {
    child: Child,
    stdout: BufReader<ChildStdout>,
    stderr: BufReader<ChildStderr>,
}

impl Server {
    fn start_with(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_domesday"))
            .envs(variables.iter().copied())
            .args(arguments)
            .args(["--listen", "127.0.0.1:0"])
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Self { child, stdout, stderr }
    }

    /// What the program prints, once it answers, as JSON.
    fn announced(&mut self) -> serde_json::Value {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn tell_to_stop(&self) {
        self.signal("-TERM");
    }

    fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let told = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(told.success());
    }

    /// Reads the log up to a line with these words.
    fn wait_for_log(&mut self, words: &str) {
        let mut line = String::new();
        while !line.contains(words) {
            line.clear();
            assert_ne!(self.stderr.read_line(&mut line).unwrap(), 0, "the log ended");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn connect(announced: &serde_json::Value) -> TcpStream {
    let url = announced["url"].as_str().unwrap();
    TcpStream::connect(url.trim_start_matches("http://")).unwrap()
}

fn get(announced: &serde_json::Value, path: &str) -> String {
    let mut stream = connect(announced);
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_request_in_flight_is_finished_before_the_server_ends() {
    let folder = tempfile::tempdir().unwrap();
    let may = std::process::Command::new(env!("CARGO_BIN_EXE_domesday"))
        .current_dir(folder.path())
        .args(["group", "grant", "anonymous", "view"])
        .status();
    assert!(may.unwrap().success());
    let mut server = Server::start_with(folder.path(), &["serve", "--json"], &[NO_DRAIN]);
    let announced = server.announced();
    assert!(get(&announced, "/healthz").starts_with("HTTP/1.1 200"));

    let body = "{\"name\": \"x\"}";
    let mut stream = connect(&announced);
    write!(
        stream,
        "POST /api/-/validate/tags/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .unwrap();
    // The server asks for the body: from here on the request is in flight.
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    server.tell_to_stop();
    server.wait_for_log("told to stop");
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
}

/// Asks for a path on a connection that may be kept; what came up to the end of the answer's head.
fn ask(stream: &mut BufReader<TcpStream>, path: &str) -> String {
    write!(stream.get_mut(), "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(stream.read_line(&mut head).unwrap(), 0, "it was closed: {head}");
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body).unwrap();
    head + &String::from_utf8(body).unwrap()
}

#[test]
fn who_is_told_to_stop_says_so_before_it_refuses_any_request() {
    let folder = tempfile::tempdir().unwrap();
    let drain = [("DOMESDAY_HTTP__DRAIN", "1m")];
    let mut server = Server::start_with(folder.path(), &["serve", "--json"], &drain);
    let announced = server.announced();
    let mut kept = BufReader::new(connect(&announced));
    let ready = ask(&mut kept, "/readyz");
    assert!(ready.starts_with("HTTP/1.1 200") && !ready.contains("connection: close"), "{ready}");
    server.tell_to_stop();
    server.wait_for_log("requests are still taken");
    let told = get(&announced, "/readyz");
    assert!(told.starts_with("HTTP/1.1 503") && told.contains("About to end"), "{told}");
    assert!(told.contains("retry-after: "), "{told}");
    // Who has a connection is answered, and told to make the next one elsewhere.
    let answer = ask(&mut kept, "/healthz");
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("connection: close"), "{answer}");
    assert_eq!(kept.read_to_string(&mut String::new()).unwrap(), 0);
    assert!(get(&announced, "/healthz").starts_with("HTTP/1.1 200"));
    // Whoever tells it twice waits for nothing.
    server.tell_to_stop();
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
}

#[test]
fn connections_that_nobody_uses_end_with_the_drain() {
    let folder = tempfile::tempdir().unwrap();
    let drain = [("DOMESDAY_HTTP__DRAIN", "200ms")];
    let mut server = Server::start_with(folder.path(), &["serve", "--json"], &drain);
    let announced = server.announced();
    let mut idle = BufReader::new(connect(&announced));
    assert!(ask(&mut idle, "/healthz").starts_with("HTTP/1.1 200"));
    server.tell_to_stop();
    assert_eq!(idle.read_to_string(&mut String::new()).unwrap(), 0);
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
}

#[test]
fn the_demo_serves_a_fleet_and_keeps_it_where_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["demo", "--json", "--dir", "here"];
    for start in 1..=2 {
        let mut server = Server::start_with(folder.path(), &arguments, &[NO_DRAIN]);
        let announced = server.announced();
        assert!(announced["token"].as_str().unwrap().starts_with("domesday_"));
        let answer = get(&announced, "/api/servers/?limit=1");
        // One of the 5,000 was deleted by a change request that is approved.
        assert!(answer.contains("\"count\":4999"), "start {start}: {answer}");
        server.tell_to_stop();
        assert_eq!(server.child.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn an_address_that_is_taken_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = Command::new(env!("CARGO_BIN_EXE_domesday"))
        .args(["serve", "--listen", &address])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("choose another address with --listen"), "{told}");
}

#[test]
fn who_sends_too_much_or_too_slowly_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let variables =
        [("DOMESDAY_HTTP__HEADER_TIMEOUT", "300ms"), ("DOMESDAY_HTTP__REQUEST_TIMEOUT", "300ms")];
    let mut server = Server::start_with(folder.path(), &["serve", "--json"], &variables);
    let announced = server.announced();
    let said = |sent: &str| {
        let mut stream = connect(&announced);
        stream.write_all(sent.as_bytes()).unwrap();
        let mut answer = Vec::new();
        // Whoever is cut off while they send may find the connection reset.
        drop(stream.read_to_end(&mut answer));
        String::from_utf8(answer).unwrap()
    };
    assert_eq!(said(""), "");
    assert_eq!(said("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "), "");
    let many = "X-Many: 1\r\n".repeat(200);
    let answer = said(&format!("GET /healthz HTTP/1.1\r\nHost: x\r\n{many}\r\n"));
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    let large = "x".repeat(200_000);
    let answer = said(&format!("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Large: {large}\r\n\r\n"));
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    let body = "POST /login/ HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\
                Content-Type: application/x-www-form-urlencoded\r\n\r\nuser=";
    let answer = said(body);
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("did not come in time"), "{answer}");
}

/// What `domesday health` says of the server that listens where it would, and how it ends.
fn health(folder: &Path, url: &str) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_domesday"))
        .arg("health")
        .env("DOMESDAY_HTTP__LISTEN", url.trim_start_matches("http://"))
        .current_dir(folder)
        .output()
        .unwrap();
    let told = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.code(), told)
}

#[test]
fn health_tells_whether_a_server_is_ready() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start_with(folder.path(), &["serve", "--json"], &[NO_DRAIN]);
    let url = server.announced()["url"].as_str().unwrap().to_owned();
    assert_eq!(health(folder.path(), &url), (Some(0), format!("{url} is ready.\n")));

    // The tables are another program's from now on.
    let schema = "[types.rack]\nkey = [\"name\"]\n[types.rack.fields]\n\
                  name = { kind = \"text\", max_length = 20, required = true, unique = true }\n";
    let domesday = |line: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_domesday"));
        command.args(line.split(' ')).current_dir(folder.path()).output().unwrap()
    };
    let shown = String::from_utf8(domesday("schema show").stdout).unwrap();
    std::fs::write(folder.path().join("more.toml"), format!("{shown}\n{schema}")).unwrap();
    assert!(domesday("schema apply --schema more.toml").status.success());
    let (code, told) = health(folder.path(), &url);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("is not ready: "), "{told}");

    server.tell_to_stop();
    server.child.wait().unwrap();
    let (code, told) = health(folder.path(), &url);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("does not answer"), "{told}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_supervisor_is_told_when_the_register_is_served_and_when_it_stops() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let socket = std::os::unix::net::UnixDatagram::bind(&path).unwrap();
    let told = || {
        let mut word = [0; 64];
        let length = socket.recv(&mut word).unwrap();
        String::from_utf8(word[..length].to_vec()).unwrap()
    };
    let variables = [("NOTIFY_SOCKET", path.to_str().unwrap()), NO_DRAIN];
    let mut server = Server::start_with(folder.path(), &["serve", "--json"], &variables);
    assert_eq!(told(), "READY=1");
    assert!(get(&server.announced(), "/readyz").starts_with("HTTP/1.1 200"));
    server.tell_to_stop();
    assert_eq!(told(), "STOPPING=1");
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
}
