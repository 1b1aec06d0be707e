//! A storm over change requests: many people decide on each at once, replicas are killed meanwhile,
//! and still each request ends once, as the record, the history and the claims tell.
//!
//! `PROPTEST_RNG_SEED` says where the draws begin, `DOMESDAY_PROVE` asks for the full size. A seed
//! gives the same people, requests and moments of death; who is quicker is the machine's to say.
#![cfg(unix)]
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test ends where it can't go on, and tells what it did"
)]

mod replicas;
mod shell;
mod storm;

use replicas::Fleet;
use shell::{Shell, json};
use storm::cases::{Case, PLURALS};
use storm::fight::{CLIENTS, Person, Storm};
use storm::verdict::{self, Outcomes};
use testkit::{Draw, TestDatabase, databases, scale, seed};

/// Requests that are open at once, and fought over together.
const WAVE: usize = 4;

const SCHEMA: &str = r#"
[types.host]
review = "required"

[types.host.fields]
name = { kind = "text", required = true, unique = true }
note = { kind = "long text" }

[types.zone]
review = { policy = "required", approvals = 2 }

[types.zone.fields]
name = { kind = "text", required = true, unique = true }
note = { kind = "long text" }
"#;

#[tokio::test]
async fn each_request_ends_once_whoever_decides_and_whatever_dies() {
    let databases = databases().await;
    if !databases.iter().any(TestDatabase::is_postgres) {
        println!("TEST_POSTGRES_URL names no server: one process on SQLite alone");
    }
    for database in &databases {
        weather(database, scale(24, 200)).await;
    }
}

/// Raises the storm over a database, and looks at what it left.
async fn weather(database: &TestDatabase, requests: usize) {
    let seed = seed();
    // On SQLite a second process would be no replica: the file is one machine's.
    let replicas = if database.is_postgres() { 2 } else { 1 };
    let name = if database.is_postgres() { "PostgreSQL" } else { "SQLite" };
    println!("{name}: seed {seed}, requests {requests}, replicas {replicas}, clients {CLIENTS}");
    let shell = Shell::new();
    shell.write("storm.toml", SCHEMA);
    shell.write(
        "domesday.toml",
        &format!("[database]\nurl = \"{}\"\n[schema]\nfile = \"storm.toml\"\n", database.url),
    );
    let administrator = person(&shell, "alice", "administrators");
    let people = (0..CLIENTS).map(|client| person(&shell, &format!("p{client}"), "reviewers"));
    let storm = Storm::new(Fleet::start(&shell, replicas), people.collect(), seed);

    let mut cases = Case::all(&mut Draw::new(seed, 0), requests);
    fill(&storm, &administrator, &mut cases);
    let commits = commits(&shell);
    let mut asked = Vec::new();
    for (number, wave) in cases.chunks(WAVE).enumerate() {
        asked.extend(storm.wave(number, wave));
    }

    let outcomes = verdict::check(&storm, &asked);
    println!("{name}: {outcomes}; {}", storm.told());
    assert!(outcomes.approved > 0 && outcomes.rejected + outcomes.withdrawn > 0, "no storm");
    assert!(storm.fleet.kills() > 0, "nothing was killed");
    check_commits(&shell, commits, &outcomes);
    for table in ["claims", "claims_record"] {
        let kept = database.count(&format!("SELECT count(*) FROM {table}")).await;
        assert_eq!(kept, 0, "{table}");
    }
    verdict::ask_again(&storm, &asked);
    shell.ok(&format!("history verify --database {}", database.url));
}

/// Somebody who is in a group and holds a token.
fn person(shell: &Shell, name: &str, group: &str) -> Person {
    shell.ok(&format!("user add {name} --group {group}"));
    let made = json(&shell.ok(&format!("token create --user {name} --json")));
    Person { name: name.to_owned(), token: made["token"].as_str().unwrap().to_owned() }
}

/// Adds the records that cases are about, past the review.
fn fill(storm: &Storm<'_>, administrator: &Person, cases: &mut [Case]) {
    for (is_zone, plural) in PLURALS {
        let about: Vec<&mut Case> =
            cases.iter_mut().filter(|case| case.is_zone == is_zone && !case.is_add).collect();
        let records: Vec<_> = about.iter().map(|case| case.before()).collect();
        let path = format!("/api/{plural}/?bypass=1&reason=set-up");
        let body = serde_json::Value::from(records).to_string();
        let added = storm.add(administrator, path, body);
        for (case, record) in about.into_iter().zip(added.as_array().unwrap()) {
            case.record = record["id"].as_i64();
        }
    }
}

/// The number of commits in a history that fits.
fn commits(shell: &Shell) -> u64 {
    let told = json(&shell.ok("history verify --json"));
    assert_eq!(told["fits"], true, "{told}");
    told["commits"].as_u64().unwrap()
}

/// Nothing was committed but what was approved, each once.
fn check_commits(shell: &Shell, before: u64, outcomes: &Outcomes) {
    let made = commits(shell) - before;
    assert_eq!(usize::try_from(made).unwrap(), outcomes.approved, "commits of the storm");
}
