//! Moving in: from an inventory that Django itself and django-simple-history have made, and from what a
//! NetBox's API answers.
//!
//! `cargo xtask test --only moving` gets Django.
#![cfg(unix)]
#![allow(dead_code, reason = "rooms that are shared with other tests")]
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test ends where it can't go on"
)]

mod shell;

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};
use shell::{Shell, text};
use testkit::TestDatabase;

/// What the state `Inactive` of the inventory is here.
const INACTIVE: &str = "--value server.state:Inactive=maintenance";

/// A register that something comes to, and where it comes from.
struct Scene {
    shell: Shell,
    register: TestDatabase,
    /// As the program is told, and as Django is.
    foreign: [String; 2],
    _foreign: TestDatabase,
}

impl Scene {
    async fn all() -> Vec<Self> {
        let registers = testkit::databases().await;
        let foreign = testkit::databases().await;
        let scene = |(register, foreign): (TestDatabase, TestDatabase)| {
            let shell = Shell::new();
            let (told, django) = if foreign.is_postgres() {
                (foreign.url.clone(), foreign.url.clone())
            } else {
                let path = shell.path().join("db.sqlite3").display().to_string();
                (format!("sqlite:{path}"), path)
            };
            Self { shell, register, foreign: [told, django], _foreign: foreign }
        };
        registers.into_iter().zip(foreign).map(scene).collect()
    }

    /// Has Django do something with its inventory.
    fn django(&self, what: &str) {
        let python = std::env::var("TEST_PYTHON").unwrap();
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/moving/inventory.py");
        let mut command = Command::new(python);
        command.arg(script).arg(what).env("DATABASE", &self.foreign[1]);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
    }

    /// What a command of the program answers, as JSON.
    #[track_caller]
    fn ask(&self, line: &str) -> Value {
        let told = self.shell.ok(&format!("{line} --database {} --json", self.register.url));
        shell::json(&told)
    }

    #[track_caller]
    fn bring(&self, more: &str) -> Value {
        self.ask(&format!("import-django {} {more}", self.foreign[0]))
    }

    /// The servers, by name.
    fn servers(&self) -> serde_json::Map<String, Value> {
        let line = format!("export server --format jsonl --database {}", self.register.url);
        let lines = self.shell.ok(&line);
        let servers = lines.lines().map(shell::json);
        servers.map(|server| (server["name"].as_str().unwrap().to_owned(), server)).collect()
    }

    /// Who changed what of servers when and why, the oldest first.
    fn history(&self) -> Vec<Value> {
        let told = self.ask("history list --type server --limit 100");
        let mut told = told.as_array().unwrap().clone();
        told.reverse();
        told
    }
}

fn counted(report: &Value, kind: &str) -> [u64; 3] {
    let counts = &report["counts"][kind];
    ["brought", "unchanged", "left_out"].map(|name| counts[name].as_u64().unwrap_or(0))
}

#[tokio::test]
#[ignore = "needs Django: cargo xtask test --only moving"]
async fn an_inventory_in_django_comes_over_with_its_history_and_again_with_what_is_new() {
    for scene in Scene::all().await {
        scene.django("begin");
        let tried = scene.bring("--dry-run");
        assert_eq!(counted(&tried, "server history"), [8, 0, 1], "{tried}");
        assert!(tried.to_string().contains("Inactive"), "{tried}");

        let report = scene.bring(INACTIVE);
        assert_eq!(counted(&report, "user"), [2, 0, 1], "{report}");
        assert_eq!(counted(&report, "server history"), [9, 0, 0], "{report}");
        assert_eq!(counted(&report, "audit"), [9, 0, 0], "{report}");
        let passed_over = report["passed_over"].to_string();
        assert!(passed_over.contains("inventory_rack"), "{passed_over}");
        assert!(passed_over.contains("inventory_server.requestor_id"), "{passed_over}");

        let servers = scene.servers();
        let names: Vec<&String> = servers.keys().collect();
        assert_eq!(names, ["web1-renamed", "web2", "web4", "web5", "web6"]);
        let one = &servers["web1-renamed"];
        assert_eq!(one["dc"]["name"], "dc-east");
        assert_eq!(one["tags"].as_array().unwrap().len(), 2, "{one}");
        assert_eq!(servers["web2"]["state"], "retired");
        assert_eq!(servers["web2"]["type"]["name"], "vm");
        assert_eq!(servers["web4"]["state"], "maintenance");
        assert_eq!(servers["web6"]["ip"], "2001:db8::6");
        assert_eq!(servers["web6"]["description"], "Größe\n=1+1");
        history_is_as_it_was(&scene.history());

        let requests = scene.ask("review list --state open");
        open_requests_are_as_they_were(&requests);
        again(&scene);
    }
}

/// Who did what when, and that in one step what was one.
fn history_is_as_it_was(history: &[Value]) {
    let told: Vec<[&str; 3]> = history
        .iter()
        .map(|change| {
            [&change["at"], &change["actor"]["user"], &change["display"]]
                .map(|one| one.as_str().unwrap())
        })
        .collect();
    let days = ["01", "01", "01", "02", "03", "04", "05", "06", "07"];
    let actors =
        ["alice", "alice", "alice", "system:cli", "bob", "alice", "alice", "alice", "alice"];
    for ((change, day), actor) in told.iter().zip(days).zip(actors) {
        assert_eq!(change[0], format!("2024-03-{day}T12:00:00.000250Z"), "{told:?}");
        assert_eq!(change[1], actor, "{told:?}");
    }
    let commits: Vec<i64> =
        history.iter().map(|change| change["commit"].as_i64().unwrap()).collect();
    assert_eq!(commits[0], commits[2], "what was saved within a second is one commit");
    assert_ne!(commits[2], commits[3]);
    assert_eq!(history[0]["reason"], "first rack");
}

fn open_requests_are_as_they_were(requests: &Value) {
    let told = requests.as_array().unwrap();
    let told: Vec<[&str; 3]> = told
        .iter()
        .map(|request| {
            [&request["title"], &request["state"], &request["requester"]]
                .map(|one| one.as_str().unwrap())
        })
        .collect();
    assert_eq!(
        told,
        [
            ["Delete server web2", "pending", "alice"],
            ["Change server web1-renamed", "on hold", "bob"],
            ["Add server web9", "pending", "alice"],
        ]
    );
}

/// Another time nothing comes, and after a while what is new.
fn again(scene: &Scene) {
    let before = scene.history().len();
    let report = scene.bring(INACTIVE);
    for (kind, counts) in report["counts"].as_object().unwrap() {
        assert_eq!(counts["brought"], 0, "{kind}: {report}");
    }
    assert_eq!(scene.history().len(), before);

    // What is done here stays, where nothing is done there.
    let edited = "name,description\nweb2,edited here\n";
    scene.shell.write("edited.csv", edited);
    let url = &scene.register.url;
    scene.shell.ok(&format!("import server edited.csv --database {url}"));
    scene.django("go-on");
    let report = scene.bring(INACTIVE);
    assert_eq!(counted(&report, "server history"), [2, 0, 0], "{report}");
    assert_eq!(counted(&report, "user"), [1, 3 - 1, 1], "{report}");
    assert_eq!(counted(&report, "change request"), [1, 2, 0], "{report}");
    assert!(report["passed_over"].to_string().contains("Rejected in Django"), "{report}");
    let servers = scene.servers();
    assert_eq!(servers["web1-renamed"]["description"], "seen");
    assert_eq!(servers["web2"]["description"], "edited here");
    assert_eq!(servers["web5"]["tags"][0]["name"], "new");
    assert!(servers.contains_key("web7"));
    // The register has gone on since: the day is told in words.
    let newest = scene.history();
    let seen = newest.iter().find(|change| change["actor"]["user"] == "carol").unwrap();
    assert_eq!(seen["reason"], "later (at 2024-03-11T12:00:00.000250Z in Django)");
    scene.shell.ok(&format!("history verify --database {url}"));
}

#[tokio::test]
#[ignore = "needs Django: cargo xtask test --only moving"]
async fn tables_that_are_called_otherwise_are_named_and_wrong_names_are_told() {
    for scene in Scene::all().await {
        scene.django("begin");
        let line = |more: &str| {
            format!("import-django {} {more} --database {}", scene.foreign[0], scene.register.url)
        };
        let told = scene.shell.fails(&line("--app assets"), 1);
        assert!(told.contains("--app") && told.contains("assets_server"), "{told}");
        let told = scene.shell.fails(&line("--table server=inventory_servers"), 1);
        assert!(told.contains("did you mean inventory_server?"), "{told}");
        let told = scene.ask(&format!(
            "import-django {} --table dc=inventory_rack --column dc.label=name --dry-run",
            scene.foreign[0]
        ));
        assert_eq!(counted(&told, "dc"), [1, 0, 0], "{told}");
    }
}

#[tokio::test]
async fn lists_of_a_netbox_come_over_and_again_with_what_is_new() {
    let dump = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/moving/netbox");
    for register in testkit::databases().await {
        let shell = Shell::new();
        let ask = |line: &str| {
            shell::json(&shell.ok(&format!("{line} --database {} --json", register.url)))
        };
        let tried = ask(&format!("import-netbox {} --dry-run", dump.display()));
        let report = ask(&format!("import-netbox {}", dump.display()));
        assert_eq!(tried, report, "a dry run tells what will be");
        assert_eq!(counted(&report, "dc"), [2, 0, 0], "{report}");
        // One has no name, and one no address.
        assert_eq!(counted(&report, "server"), [3, 0, 2], "{report}");
        let again = ask(&format!("import-netbox {}", dump.display()));
        assert_eq!(counted(&again, "server"), [0, 3, 2], "{again}");

        let lines = shell.ok(&format!("export server --format jsonl --database {}", register.url));
        let servers: Vec<Value> = lines.lines().map(shell::json).collect();
        let edge = servers.iter().find(|server| server["name"] == "edge-1").unwrap();
        assert_eq!(edge["ip"], "192.0.2.10");
        assert_eq!(edge["dc"]["name"], "fra1");
        assert_eq!(edge["component"]["name"], "router");
        assert_eq!(edge["state"], "active");
        let tags: Vec<&Value> =
            edge["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
        assert_eq!(tags, [&json!("core"), &json!("monitored")]);
        let six = servers.iter().find(|server| server["name"] == "vm-1").unwrap();
        assert_eq!(six["ip"], "2001:db8::21");

        // It was renamed there, and has moved.
        let moved = std::fs::read_to_string(dump.join("devices.json")).unwrap();
        let moved =
            moved.replace("\"edge-1\"", "\"edge-01\"").replace("192.0.2.10/24", "192.0.2.11/24");
        std::fs::create_dir(shell.path().join("newer")).unwrap();
        shell.write("newer/devices.json", &moved);
        let newer = ask("import-netbox newer");
        assert_eq!(counted(&newer, "server"), [1, 1, 2], "{newer}");
        let lines = shell.ok(&format!("export server --format jsonl --database {}", register.url));
        let found = lines.lines().map(shell::json).find(|one| one["name"] == "edge-01").unwrap();
        assert_eq!((&found["id"], &found["ip"]), (&edge["id"], &json!("192.0.2.11")));
    }
}

#[test]
fn a_dump_or_a_mapping_that_is_none_is_told() {
    let shell = Shell::new();
    shell.write("netbox.toml", "[[records]]\nfile = \"sites.json\"\ntype = \"dc\"\n");
    std::fs::create_dir(shell.path().join("dump")).unwrap();
    shell.write("dump/sites.json", "{\"detail\": \"Invalid token\"}");
    let told = shell.fails("import-netbox dump", 1);
    assert!(told.contains("sites.json") && told.contains("results"), "{told}");
    let told = shell.fails("import-netbox dump --mapping netbox.toml", 1);
    assert!(told.contains("records.key is missing"), "{told}");
    let told = shell.fails("import-netbox empty", 1);
    assert!(told.contains("devices.json"), "{told}");
    let mapping = shell.ok("import-netbox --show-mapping");
    shell.write("own.toml", &mapping.replace("type = \"dc\"", "type = \"site\""));
    let told = shell.fails("import-netbox dump --mapping own.toml", 2);
    assert!(told.contains("site"), "{told}");
}
