//! Backups by the command line: of a whole fleet with its history, into the other database, and
//! through being killed.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test ends where it can't go on, and tells how long things took"
)]

mod shell;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use shell::{Shell, json};
use testkit::{databases, scale};

/// How long something that must happen may take.
const LONG: Duration = Duration::from_mins(5);

/// A register of a fleet whose servers were changed so often that there are ten entries of history
/// for each.
fn fleet(shell: &Shell, url: &str, servers: usize) {
    shell.ok(&format!("fleet generate {servers} --output fleet.csv"));
    shell.ok(&format!("--database {url} import server fleet.csv --create-missing"));
    let names: Vec<String> = shell
        .read("fleet.csv")
        .lines()
        .skip(1)
        .map(|line| line.split(',').next().unwrap().to_owned())
        .collect();
    for round in 1..10 {
        let mut sheet = String::from("name,description\n");
        for name in &names {
            writeln!(sheet, "{name},round {round} of Größe").unwrap();
        }
        shell.write("round.csv", &sheet);
        shell.ok(&format!("--database {url} import server round.csv"));
    }
}

/// Everything that can be asked of a register, now and then.
fn told(shell: &Shell, url: &str) -> Vec<String> {
    let verified = json(&shell.ok(&format!("--database {url} history verify --json")));
    assert_eq!(verified["fits"], true);
    let half = verified["commits"].as_i64().unwrap() / 2;
    let mut told = vec![verified.to_string()];
    for of in ["server", "component", "dc", "environment", "type", "tag", "group"] {
        for when in [String::new(), format!(" --as-of {half}")] {
            told.push(shell.ok(&format!("--database {url} export {of} --format jsonl{when}")));
        }
    }
    told
}

#[tokio::test]
async fn a_fleet_with_its_history_goes_from_one_database_into_the_other() {
    let shell = Shell::new();
    let servers = scale(200, 100_000);
    let from = format!("sqlite:{}", shell.path().join("from.sqlite3").display());
    fleet(&shell, &from, servers);
    let before = told(&shell, &from);
    let took = Instant::now();
    let made = json(&shell.ok(&format!("--database {from} --json backup fleet.backup")));
    println!("{servers} servers: {made}, in {:.1} s", took.elapsed().as_secs_f64());
    assert!(made["rows"].as_u64().unwrap() > 10 * servers as u64);
    let took = Instant::now();
    shell.ok("verify fleet.backup");
    println!("verified in {:.1} s", took.elapsed().as_secs_f64());
    assert_eq!(json(&shell.ok("--json verify fleet.backup --quick"))["commit"], made["commit"]);
    for database in databases().await {
        let took = Instant::now();
        shell.ok(&format!("--database {} restore fleet.backup", database.url));
        let kind = database.kind();
        println!("restored into {kind} in {:.1} s", took.elapsed().as_secs_f64());
        assert!(told(&shell, &database.url) == before, "{kind} tells something else");
        let why = shell.fails(&format!("--database {} restore fleet.backup", database.url), 1);
        assert!(why.contains("restore into a new one"), "{why}");
        // And from there on to the next.
        let took = Instant::now();
        shell.ok(&format!("--database {} backup again.backup", database.url));
        println!("taken of {kind} in {:.1} s", took.elapsed().as_secs_f64());
        let next = format!("sqlite:{}", shell.path().join(format!("{kind}.sqlite3")).display());
        shell.ok(&format!("--database {next} restore again.backup"));
        assert!(told(&shell, &next) == before, "{kind} gave something else on");
    }
}

/// Starts a command, and kills it when `is_half_way`; whether it was still at work then.
fn killed(shell: &Shell, line: &str, is_half_way: impl Fn() -> bool) -> bool {
    let mut child: Child =
        shell.command(line).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let began = Instant::now();
    while !is_half_way() {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        assert!(began.elapsed() < LONG, "{line}");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    !child.wait().unwrap().success()
}

fn size(path: &Path) -> u64 {
    path.metadata().map_or(0, |data| data.len())
}

#[test]
fn whoever_is_killed_half_way_leaves_what_was_there() {
    let shell = Shell::new();
    fleet(&shell, "sqlite:domesday.sqlite3", 200);
    shell.ok("backup old.backup");
    let old = std::fs::read(shell.path().join("old.backup")).unwrap();
    std::fs::write(shell.path().join("kept.backup"), &old).unwrap();
    let part = shell.path().join("kept.backup.part");
    assert!(killed(&shell, "backup kept.backup", || size(&part) > 0), "it was too quick");
    assert_eq!(std::fs::read(shell.path().join("kept.backup")).unwrap(), old);
    // What it left is in nobody's way.
    shell.ok("backup kept.backup");
    assert!(!part.exists());
    shell.ok("verify kept.backup --quick");

    // It waits for the other half when it is killed.
    let restore = "--database sqlite:new.sqlite3 restore";
    let whole = std::fs::read(shell.path().join("kept.backup")).unwrap();
    let mut child = shell
        .command(&format!("{restore} -"))
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.as_mut().unwrap().write_all(&whole[..whole.len() / 2]).unwrap();
    let began = Instant::now();
    while size(&shell.path().join("new.sqlite3")) == 0 {
        assert!(began.elapsed() < LONG, "it makes a database first");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    shell.ok(&format!("{restore} kept.backup"));
    assert_eq!(
        shell.ok("--database sqlite:new.sqlite3 export server"),
        shell.ok("export server"),
        "nothing of the first try is in it"
    );
}

#[test]
fn what_is_wrong_is_told_in_words() {
    let shell = Shell::new();
    let why = shell.fails("backup a.backup", 1);
    assert!(why.contains("there is no database domesday.sqlite3"), "{why}");
    shell.write("fleet.csv", "id,name\n");
    for line in ["restore fleet.csv", "verify fleet.csv", "verify fleet.csv --quick"] {
        let why = shell.fails(line, 1);
        assert!(why.contains("fleet.csv") && why.contains("is no backup of a register"), "{why}");
    }
    let why = shell.fails("restore nowhere.backup", 1);
    assert!(why.contains("nowhere.backup can't be read"), "{why}");
    shell.ok("user add alice");
    let why = shell.fails("backup nowhere/a.backup", 1);
    assert!(why.contains("nowhere/a.backup can't be written"), "{why}");
    let output = shell.run("backup -");
    shell.write_bytes("streamed.backup", &output.stdout);
    shell.ok("verify streamed.backup");
}
