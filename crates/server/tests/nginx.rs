//! Behind a real nginx that compresses: tags survive it, and what it is told is unchanged stays so.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test ends where it can't go on"
)]

mod proxies;
mod replicas;
mod shell;

use std::net::IpAddr;
use std::path::Path;

use proxies::nginx::Nginx;
use proxies::program;
use replicas::Fleet;
use reqwest::header::{self, HeaderMap};
use shell::Shell;

const MIB: usize = 1_024 * 1_024;

/// A server that compresses what it passes on, with a line more.
fn compressing(upstream: &str, line: &str) -> String {
    format!(
        "access_log off; gzip on; gzip_proxied any; gzip_types application/json text/csv;\n \
         server {{ listen 127.0.0.1:PORT;\n  location / {{ proxy_pass http://{upstream}; {line} }} }}"
    )
}

/// Somebody who connects from this address.
fn client(from: [u8; 4]) -> reqwest::Client {
    let tls = identity::tls::client_config(None).unwrap();
    let builder = reqwest::Client::builder().tls_backend_preconfigured(tls);
    builder.local_address(IpAddr::from(from)).build().unwrap()
}

async fn get(url: &str, headers: &[(header::HeaderName, &str)]) -> (u16, HeaderMap, usize) {
    let mut request = client([127, 0, 0, 1]).get(url);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    (status, headers, answer.bytes().await.unwrap().len())
}

#[tokio::test]
async fn tags_survive_a_proxy_that_compresses() {
    let Some(program) = program("nginx") else {
        return;
    };
    let shell = Shell::new();
    let rows = (0..60).fold(String::new(), |rows, row| rows + &format!("dc{row}\n"));
    shell.write("dcs.csv", &format!("name\n{rows}"));
    shell.ok("import dc dcs.csv");
    shell.ok("group grant anonymous view");
    let fleet = Fleet::start(&shell, 1);
    let upstream = fleet.address(0).1;
    let gzip = (header::ACCEPT_ENCODING, "gzip");
    // Where nginx compresses by itself, and where it lets us.
    for (line, is_weak) in [("proxy_set_header Accept-Encoding \"\";", true), ("", false)] {
        let nginx = Nginx::start(&program, &shell, &compressing(&upstream, line));
        let url = format!("{}/api/dcs/", nginx.url);
        let (status, headers, coded) = get(&url, std::slice::from_ref(&gzip)).await;
        assert_eq!((status, &headers[header::CONTENT_ENCODING]), (200, &"gzip".parse().unwrap()));
        let tag = headers[header::ETAG].to_str().unwrap().to_owned();
        assert_eq!(tag.starts_with("W/"), is_weak, "{tag}");
        let (_, plain, whole) = get(&url, &[]).await;
        assert!(!plain.contains_key(header::CONTENT_ENCODING) && coded < whole / 2);
        let known = [gzip.clone(), (header::IF_NONE_MATCH, tag.as_str())];
        assert_eq!(get(&url, &known).await.0, 304, "{tag}");
        shell.ok("import dc dcs.csv --default description=moved");
        let (status, headers, _) = get(&url, &known).await;
        assert_eq!(status, 200);
        assert_ne!(headers[header::ETAG].to_str().unwrap(), tag);
        shell.write("dcs.csv", &format!("name,description\n{}", rows.replace('\n', ",back\n")));
        shell.ok("import dc dcs.csv");
        shell.write("dcs.csv", &format!("name\n{rows}"));
    }
}

/// Two replicas behind what we ship, and tokens of who may write: of anybody, and of who comes from
/// 127.0.0.2.
struct Shipped<'a> {
    fleet: Fleet<'a>,
    nginx: Nginx,
    token: String,
    narrow: String,
}

impl<'a> Shipped<'a> {
    fn start(program: &Path, shell: &'a Shell) -> Self {
        shell.write("domesday.toml", "[http]\ntrusted_proxies = \"127.0.0.1\"\n");
        shell.ok("group grant anonymous view");
        shell.ok("user add ann --group administrators");
        let token = |more: &str| shell.ok(&format!("token create --user ann {more}"));
        let token = [token(""), token("--network 127.0.0.2/32")].map(|line| line.trim().to_owned());
        let [token, narrow] = token;
        let fleet = Fleet::start(shell, 2);
        let replicas = [fleet.address(0).1, fleet.address(1).1];
        let nginx = Nginx::start_shipped(program, shell, [&replicas[0], &replicas[1]]);
        Self { fleet, nginx, token, narrow }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.nginx.url)
    }

    /// Adds a tag: what comes of it, and what the answer says.
    async fn add(&self, tag: &str, description: &str) -> (u16, String) {
        let body = serde_json::json!({ "name": tag, "description": description });
        let request = client([127, 0, 0, 1]).post(self.url("/api/tags/")).bearer_auth(&self.token);
        let request = request.header(header::CONTENT_TYPE, "application/json");
        let answer = request.body(body.to_string()).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }
}

#[tokio::test]
async fn what_we_ship_passes_reads_and_writes_on() {
    let Some(program) = program("nginx") else {
        return;
    };
    let shell = Shell::new();
    let shipped = Shipped::start(&program, &shell);
    for tag in 0..40 {
        assert_eq!(shipped.add(&format!("t{tag}"), "").await.0, 201);
        // Whichever replica is asked knows it.
        assert_eq!(get(&shipped.url(&format!("/api/tags/by/t{tag}/")), &[]).await.0, 200);
    }
    let list = shipped.url("/api/tags/");
    let gzip = (header::ACCEPT_ENCODING, "gzip");
    let (status, headers, _) = get(&list, std::slice::from_ref(&gzip)).await;
    assert_eq!((status, &headers[header::CONTENT_ENCODING]), (200, &"gzip".parse().unwrap()));
    let tag = headers[header::ETAG].to_str().unwrap().to_owned();
    let asked_with = header::HeaderName::from_static("x-request-id");
    for _ in 0..4 {
        let known = [gzip.clone(), (header::IF_NONE_MATCH, &*tag), (asked_with.clone(), "q-17")];
        let (status, headers, length) = get(&list, &known).await;
        assert_eq!((status, length, &headers["x-request-id"]), (304, 0, &"q-17".parse().unwrap()));
    }
    let head = client([127, 0, 0, 1]).head(&list).send().await.unwrap();
    let whole = get(&list, &[]).await.2;
    assert_eq!(head.headers()[header::CONTENT_LENGTH], whole.to_string());
    assert!(head.bytes().await.unwrap().is_empty());
    let log = shell.read("access.log");
    assert_eq!(log.lines().filter(|line| line.ends_with(" q-17")).count(), 4, "{log}");
}

#[tokio::test]
async fn what_we_ship_tells_of_events_as_they_happen() {
    let Some(program) = program("nginx") else {
        return;
    };
    let shell = Shell::new();
    let shipped = Shipped::start(&program, &shell);
    let events = client([127, 0, 0, 1]).get(shipped.url("/api/-/events/"));
    let mut events = events.header(header::ACCEPT, "text/event-stream").send().await.unwrap();
    assert_eq!(events.status().as_u16(), 200);
    assert_eq!(shipped.add("ssd", "flash").await.0, 201);
    let mut told = Vec::new();
    while !String::from_utf8_lossy(&told).contains("\"subject\":\"tag/1\"") {
        told.extend(events.chunk().await.unwrap().unwrap());
    }
}

#[tokio::test]
async fn what_we_ship_takes_large_bodies_and_no_larger_ones() {
    let Some(program) = program("nginx") else {
        return;
    };
    let shell = Shell::new();
    let shipped = Shipped::start(&program, &shell);
    // Taken, and judged: 9 MiB are too long for a description.
    let (status, told) = shipped.add("a", &"x".repeat(9 * MIB)).await;
    assert!(status == 400 && told.contains("\"description\""), "{status} {told}");
    // Refused by Domesday, which says why.
    let (status, told) = shipped.add("b", &"x".repeat(11 * MIB)).await;
    assert!(status == 413 && told.contains("\"status\":413"), "{status} {told}");
    // Refused by nginx.
    let (status, told) = shipped.add("c", &"x".repeat(17 * MIB)).await;
    assert!(status == 413 && told.contains("nginx"), "{status} {told}");
}

#[tokio::test]
async fn what_we_ship_tells_where_somebody_comes_from_and_leaves_out_who_is_away() {
    let Some(program) = program("nginx") else {
        return;
    };
    let shell = Shell::new();
    let shipped = Shipped::start(&program, &shell);
    let me = shipped.url("/api/-/me/");
    for (from, said, expected) in [
        ([127, 0, 0, 2], "", 200),
        ([127, 0, 0, 2], "192.0.2.1", 200),
        ([127, 0, 0, 3], "", 401),
        ([127, 0, 0, 3], "127.0.0.2", 401),
    ] {
        let mut request = client(from).get(&me).bearer_auth(&shipped.narrow);
        if !said.is_empty() {
            request = request.header("x-forwarded-for", said);
        }
        let status = request.send().await.unwrap().status().as_u16();
        assert_eq!(status, expected, "{from:?} {said}");
    }
    // From now on nobody listens where one of the replicas was.
    shipped.fleet.strike(0);
    for tag in 0..10 {
        assert_eq!(get(&shipped.url("/api/tags/"), &[]).await.0, 200);
        assert_eq!(shipped.add(&format!("t{tag}"), "").await.0, 201);
    }
}
