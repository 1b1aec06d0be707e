//! Upgrades: the databases and backups that each release left behind are brought up to date, and tell
//! what they told then. They are kept in `tests/upgrades/`, which says how they are made.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test ends where it can't go on"
)]

mod shell;

use std::path::{Path, PathBuf};

use shell::{Shell, json};
use testkit::databases;

const TYPES: [&str; 7] = ["server", "component", "dc", "environment", "type", "tag", "group"];

/// The folders of the releases.
fn releases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/upgrades");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut releases: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    releases.sort();
    assert!(!releases.is_empty());
    releases
}

fn unpacked(path: &Path) -> Vec<u8> {
    zstd::decode_all(std::fs::File::open(path).unwrap()).unwrap()
}

/// The register tells what it told when it was kept, and takes what is new.
fn check(shell: &Shell, url: &str, release: &Path) {
    let kept = |name: &str| std::fs::read_to_string(release.join(name)).unwrap();
    let run = |line: &str| shell.ok(&format!("--database {url} {line}"));
    let (found, then) = (json(&run("history verify --json")), json(&kept("history.json")));
    assert_eq!((&found["fits"], &found["commits"]), (&then["fits"], &then["commits"]));
    for of in TYPES {
        assert_eq!(run(&format!("export {of} --format csv")), kept(&format!("{of}.csv")), "{of}");
    }
    assert_eq!(run("export server --as-of 2 --format csv"), kept("server-as-of-2.csv"));
    assert!(run("token list").contains("machine"));
    shell.write("more.csv", "name\nafter the upgrade\n");
    run("import tag more.csv");
    assert_eq!(json(&run("history verify --json"))["fits"], true);
}

#[tokio::test]
async fn what_each_release_left_behind_is_brought_up_to_date() {
    for release in releases() {
        let shell = Shell::new();
        shell.write_bytes("old.sqlite3", &unpacked(&release.join("register.db.zst")));
        check(&shell, "sqlite:old.sqlite3", &release);
        for database in databases().await.iter().filter(|database| database.is_postgres()) {
            let dump = String::from_utf8(unpacked(&release.join("register.sql.zst"))).unwrap();
            database.tamper(&dump).await;
            check(&shell, &database.url, &release);
        }
        // Those before there were backups left none.
        let backup = release.join("register.backup");
        for database in databases().await.iter().filter(|_| backup.exists()) {
            shell.ok(&format!("--database {} restore {}", database.url, backup.display()));
            check(&shell, &database.url, &release);
        }
    }
}

#[tokio::test]
async fn what_a_newer_version_left_behind_is_refused_with_advice() {
    let shell = Shell::new();
    for database in databases().await {
        shell.ok(&format!("--database {} user add alice", database.url));
        database.tamper("INSERT INTO migrations (number) VALUES (9999)").await;
        for line in ["export server", "backup a.backup", "serve --listen 127.0.0.1:0"] {
            let why = shell.fails(&format!("--database {} {line}", database.url), 1);
            assert!(why.contains("made by a newer version (migration 9999"), "{line}: {why}");
            assert!(why.contains("start that version again, or restore a backup"), "{line}: {why}");
        }
    }
}
