//! The hunt for a stale answer: writers remember when their writes were acknowledged, readers look
//! whether they see them, through another replica, while memcached is killed, frozen, flushed,
//! started again and full. An answer older than a write that was acknowledged before the read began
//! ends the test.
//!
//! `PROPTEST_RNG_SEED` says where the draws begin, `DOMESDAY_PROVE` asks for the full size.
#![cfg(unix)]
#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test ends where it can't go on, and tells what it did"
)]

mod hunt;
mod replicas;
mod shell;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use hunt::client::Client;
use hunt::ledger::Ledger;
use hunt::memcached::{self, Memcached};
use hunt::people::{Counts, Field, HOSTS, SITES};
use replicas::Fleet;
use reqwest::Method;
use serde_json::json;
use shell::{Shell, json};
use testkit::{Draw, TestDatabase, databases, scale, seed};

/// Those who read at once.
const READERS: usize = 12;
/// Reads between two troubles of memcached, and while it is away.
const BETWEEN: u64 = 400;

const SCHEMA: &str = r#"
[types.site]
review = "off"

[types.site.fields]
name = { kind = "text", required = true, unique = true }

[types.host]
review = "off"

[types.host.fields]
name = { kind = "text", required = true, unique = true }
site = { kind = "ref", to = "site", required = true }
number = { kind = "integer", required = true }
note = { kind = "long text" }
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_is_older_than_what_was_acknowledged_before() {
    let databases = databases().await;
    if !databases.iter().any(TestDatabase::is_postgres) {
        println!("TEST_POSTGRES_URL names no server: one process on SQLite alone");
    }
    for database in &databases {
        hunt(database, scale(3_000, 200_000) as u64).await;
    }
}

/// The folder of a hunt over a database, with all that is in it, and who may write there.
struct Ground {
    shell: Shell,
    token: String,
    guest: String,
}

fn ground(database: &TestDatabase, servers: &[Memcached]) -> Ground {
    let shell = Shell::new();
    shell.write("hunt.toml", SCHEMA);
    let addresses: Vec<String> = servers.iter().map(Memcached::address).collect();
    let cache = if addresses.is_empty() {
        String::new()
    } else {
        format!("url = \"memcached://{}\"\n", addresses.join(","))
    };
    shell.write(
        "domesday.toml",
        &format!(
            "[database]\nurl = \"{}\"\n[schema]\nfile = \"hunt.toml\"\n[log]\nlevel = \"error\"\n\
             [cache]\n{cache}",
            database.url
        ),
    );
    shell.ok("user add alice --group administrators");
    shell.ok("group add lookers");
    shell.ok("group grant lookers view");
    shell.ok("user add guest --group lookers");
    let token = |user: &str| {
        let made = json(&shell.ok(&format!("token create --user {user} --json")));
        made["token"].as_str().unwrap().to_owned()
    };
    let sites = (0..SITES).fold(String::new(), |rows, site| rows + &format!("site{site}-0\n"));
    shell.write("sites.csv", &format!("name\n{sites}"));
    shell.write("hosts.csv", &hosts(0));
    shell.ok("import site sites.csv");
    shell.ok("import host hosts.csv");
    let (token, guest) = (token("alice"), token("guest"));
    Ground { shell, token, guest }
}

/// All hosts with a number, as a table.
fn hosts(number: i64) -> String {
    let note = "a note that makes a page worth compressing ".repeat(20);
    let rows =
        (0..HOSTS).map(|host| format!("host{host},site{}-0,{number},{note}\n", host % SITES));
    format!("name,site,number,note\n{}", rows.collect::<String>())
}

async fn hunt(database: &TestDatabase, reads: u64) {
    let seed = seed();
    let replicas = if database.is_postgres() { 2 } else { 1 };
    let name = if database.is_postgres() { "PostgreSQL" } else { "SQLite" };
    let program = memcached::program();
    let mut servers: Vec<Memcached> = match program {
        Some(program) => (0..2).map(|_| Memcached::start(program.clone())).collect(),
        None => Vec::new(),
    };
    println!(
        "{name}: seed {seed}, reads {reads}, replicas {replicas}, memcached {}",
        servers.len()
    );
    let Ground { shell, token, guest } = ground(database, &servers);
    let fleet = Fleet::start(&shell, replicas);
    let addresses = (0..replicas).map(|place| format!("http://{}", fleet.address(place).1));
    let field = Field {
        replicas: addresses.collect(),
        ledger: Ledger::new(HOSTS, SITES),
        is_over: AtomicBool::new(false),
        counts: Counts::default(),
    };
    let draw = |purpose| Draw::new(seed, purpose);
    let writer = Client::new(&token);
    let readers = (0..READERS as u64).map(|reader| {
        let (field, token) = (&field, &token);
        async move { field.look(&mut Client::new(token), reads, draw(reader)).await }
    });
    let mut as_guest = Client::new(&guest);
    tokio::join!(
        join_all(readers),
        join_all((0..HOSTS).map(|host| field.count_up(&writer, host, draw(100 + host as u64)))),
        join_all((0..SITES).map(|site| field.rename(&writer, site, draw(200 + site as u64)))),
        field.turn_away(&writer, draw(300)),
        field.look_as_guest(&mut as_guest, draw(400)),
        trouble(&field, &mut servers, draw(500)),
    );
    let hits = hits(&field, &writer).await;
    println!("{name}: {}; kept answers sent: {hits}", field.counts);
    held_open(&field, &writer, &token, database).await;
    for place in 0..replicas {
        let panicked = fleet.log(place).contains("panicked");
        assert!(!panicked, "{}", fleet.end_of_log(place));
    }
    assert!(field.counts.unchanged.load(Ordering::Relaxed) > 0, "no 304");
    assert!(field.counts.refused.load(Ordering::Relaxed) > 0, "the guest was never turned away");
}

/// Gives memcached trouble of every kind, one after the other.
async fn trouble(field: &Field, servers: &mut [Memcached], mut draw: Draw) {
    let mut troubles = 0_usize;
    while !field.is_over() && !servers.is_empty() {
        field.until_read(BETWEEN).await;
        let server = draw.below(servers.len());
        let server = &mut servers[server];
        match troubles % 4 {
            0 => server.flush(),
            1 => {
                server.freeze();
                field.until_read(BETWEEN).await;
                server.thaw();
            }
            2 => {
                server.kill();
                field.until_read(BETWEEN).await;
                server.again();
            }
            _ => server.again(),
        }
        troubles += 1;
    }
    println!("troubles of memcached: {troubles}");
}

/// How often answers that were kept have been sent, by kind of cache.
async fn hits(field: &Field, client: &Client) -> String {
    let mut told = Vec::new();
    for replica in &field.replicas {
        let url = format!("{replica}/api/-/cache/");
        let (_, report) = client.write(Method::GET, &url, &json!(null)).await.unwrap();
        for cache in report["caches"].as_array().unwrap() {
            let (kind, hits, errors) = (&cache["kind"], &cache["hits"], &cache["errors"]);
            told.push(format!("{kind} {hits} ({errors} errors)"));
        }
    }
    told.join(", ")
}

/// A client that reads an export so slowly that a write is acknowledged meanwhile gets the whole of
/// what was; whoever comes after the write gets what is.
async fn held_open(field: &Field, writer: &Client, token: &str, database: &TestDatabase) {
    let rows: Vec<_> = (0..3_000)
        .map(|row| json!({"name": format!("row{row}"), "site": 1, "number": 0, "note": "x".repeat(500)}))
        .collect();
    for some in rows.chunks(1_000) {
        let url = format!("{}/api/hosts/", field.replicas[0]);
        let (status, told) = writer.write(Method::POST, &url, &json!(some)).await.unwrap();
        assert_eq!(status, 201, "{told}");
    }
    let address = field.replicas[0].trim_start_matches("http://").to_owned();
    let mut slow = open_export(&address, token);
    let mut first = String::new();
    slow.read_line(&mut first).unwrap();
    assert!(first.contains(" 200 "), "{first}");
    let last = field.replicas.last().unwrap();
    let id = database.count("SELECT max(id) FROM r_host").await;
    let (status, _) = writer
        .write(Method::PATCH, &format!("{last}/api/hosts/{id}/"), &json!({"number": 77}))
        .await
        .unwrap();
    assert_eq!(status, 200);
    let (mut after, mut before) = (String::new(), String::new());
    open_export(&address, token).read_to_string(&mut after).unwrap();
    slow.read_to_string(&mut before).unwrap();
    assert!(
        before.contains("\"row2999\"") && !before.contains("\"number\":77"),
        "it is of one moment"
    );
    assert!(after.contains("\"row2999\"") && after.contains("\"number\":77"), "STALE export");
    let mut again = String::new();
    open_export(&address, token).read_to_string(&mut again).unwrap();
    assert!(again.contains("\"number\":77"), "STALE export, once it is kept");
}

fn open_export(address: &str, token: &str) -> BufReader<TcpStream> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    let request = format!(
        "GET /api/hosts.jsonl HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Connection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    BufReader::new(stream)
}

/// The command line imports into the file that a server serves: another process, of which the
/// server knows nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_command_line_imports_is_seen_by_the_server_at_once() {
    let databases = databases().await;
    let database = databases.iter().find(|database| !database.is_postgres()).unwrap();
    let imports = i64::try_from(scale(6, 60)).unwrap();
    let Ground { shell, token, .. } = ground(database, &[]);
    let fleet = Fleet::start(&shell, 1);
    let field = Field {
        replicas: vec![format!("http://{}", fleet.address(0).1)],
        ledger: Ledger::new(HOSTS, SITES),
        is_over: AtomicBool::new(false),
        counts: Counts::default(),
    };
    let seed = seed();
    let readers = (0..4).map(|reader| {
        let (field, token) = (&field, &token);
        async move {
            field.look(&mut Client::new(token), u64::MAX, Draw::new(seed, reader)).await;
        }
    });
    let importing = async {
        for number in 1..=imports {
            shell.write("hosts.csv", &hosts(number));
            let mut import = shell.command("import host hosts.csv");
            let done = tokio::task::spawn_blocking(move || import.output().unwrap()).await.unwrap();
            assert!(done.status.success(), "{}", shell::text(&done.stderr));
            for host in 0..HOSTS {
                field.ledger.host_acknowledged(host, number);
            }
        }
        field.is_over.store(true, Ordering::SeqCst);
    };
    tokio::join!(importing, join_all(readers));
    println!("SQLite, {imports} imports by the command line: {}", field.counts);
    assert!(field.counts.unchanged.load(Ordering::Relaxed) > 0, "no 304");
}
