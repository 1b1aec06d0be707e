//! Tasks from the outside: the configuration says what runs, the command line looks on and has its
//! say, and answers are kept before anybody asks for them.
#![cfg(unix)]
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails there"
)]

mod replicas;
mod shell;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use replicas::Fleet;
use serde_json::Value;
use shell::{Shell, json};

/// A register with tasks, and its administrator's token.
fn register() -> (Shell, String) {
    let shell = Shell::new();
    shell.ok("user add alice --group administrators");
    shell.write("tags.csv", "name\none\ntwo\n");
    shell.ok("import tag tags.csv");
    let made = json(&shell.ok("token create --user alice --name cli --json"));
    let token = made["token"].as_str().unwrap().to_owned();
    shell.write(
        "domesday.toml",
        &format!(
            "[[tasks]]\nname = \"warm\"\nwhat = \"cache:warm\"\nevery = \"1d\"\n\
             addresses = [\"/api/tags/\", \"/api/nothing/\"]\ntoken = \"{token}\"\n\
             [[tasks]]\nname = \"stale\"\nwhat = \"report:stale\"\ntype = \"tag\"\n\
             untouched_for = \"30d\"\nevery = \"1d\"\n"
        ),
    );
    (shell, token)
}

/// The command line, at a server.
struct At<'a> {
    shell: &'a Shell,
    url: String,
    token: String,
}

impl At<'_> {
    fn command(&self, line: &str) -> Command {
        let mut command = self.shell.command(line);
        command.env("DOMESDAY_SERVER", &self.url).env("DOMESDAY_TOKEN", &self.token);
        command
    }

    #[track_caller]
    fn ok(&self, line: &str) -> String {
        let output = self.command(line).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{line}: {told}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What it says where it does not end well.
    #[track_caller]
    fn refused(&self, line: &str) -> String {
        let output = self.command(line).output().unwrap();
        assert!(!output.status.success(), "{line}");
        String::from_utf8(output.stderr).unwrap()
    }

    /// The latest run of a task, once it has ended.
    fn ended(&self, task: &str) -> Value {
        for _ in 0..600 {
            let tasks = json(&self.ok("task list --json"));
            let found = tasks["results"].as_array().unwrap().iter().find(|one| one["name"] == task);
            let run = &found.unwrap()["runs"][0];
            if run["outcome"].is_string() {
                return run.clone();
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("{task} does not end");
    }

    /// How many bodies are kept in memory, and how often one was asked for that was there.
    fn kept(&self) -> (i64, i64) {
        let stats = json(&self.ok("cache stats --json"));
        let memory = &stats["caches"][0];
        (memory["stores"].as_i64().unwrap(), memory["hits"].as_i64().unwrap())
    }
}

#[test]
fn the_command_line_looks_on_and_has_its_say() {
    let (shell, token) = register();
    let fleet = Fleet::start(&shell, 1);
    let at = At { shell: &shell, url: format!("http://{}", fleet.address(0).1), token };
    let list = at.ok("task list");
    for words in ["clean-up", "history:fold", "requests-expire", "report:stale", "every 1d"] {
        assert!(list.contains(words), "{list}");
    }
    assert!(at.refused("task log stale").contains("has not run yet"));
    assert_eq!(at.ok("task run stale"), "The task stale is told to run.\n");
    assert_eq!(at.ended("stale")["asked_by"], "alice");
    let log = at.ok("task log stale -f");
    assert!(log.contains("info  0 tags not touched since"), "{log}");
    assert!(log.ends_with("The run has ended: done.\n"), "{log}");
    assert!(at.refused("task cancel stale").contains("The task is not running."));
    assert_eq!(at.ok("task pause stale"), "The task stale rests.\n");
    assert_eq!(json(&at.ok("task resume stale --json"))["state"], "waiting");
    assert!(at.refused("task run nothing").contains("There is no such task."));
}

#[test]
fn answers_are_kept_before_anybody_asks_for_them() {
    let (shell, token) = register();
    let fleet = Fleet::start(&shell, 1);
    let at = At { shell: &shell, url: format!("http://{}", fleet.address(0).1), token };
    assert_eq!(at.kept(), (0, 0));
    at.ok("task run warm");
    let run = at.ended("warm");
    assert_eq!((&run["outcome"], &run["counts"]["answers"]), (&"done".into(), &3.into()), "{run}");
    let log = at.ok("task log warm");
    assert!(log.contains("/api/nothing/ answers 404"), "{log}");
    let (stores, hits) = at.kept();
    assert!(stores >= 3, "{stores}");
    // Somebody comes, for the first time, and it is there.
    let address = fleet.address(0).1;
    let mut stream = TcpStream::connect(&address).unwrap();
    write!(
        stream,
        "GET /api/tags/ HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Accept-Encoding: gzip\r\nAuthorization: Bearer {}\r\n\r\n",
        at.token
    )
    .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200"));
    assert_eq!(at.kept(), (stores, hits + 1));
}
