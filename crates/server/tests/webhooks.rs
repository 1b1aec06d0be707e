//! Webhooks from the outside: replicas are killed in the middle of sending, and the command line sees
//! to what was given up.
#![cfg(unix)]
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails there")]

mod replicas;
mod shell;

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use replicas::Fleet;
use serde_json::Value;
use shell::{Shell, json};
use tokio::time::Instant;

const WAIT_MAX: Duration = Duration::from_mins(2);

/// What a receiver got and how it answers.
#[derive(Default)]
struct Kept {
    ids: Vec<String>,
    bodies: Vec<Value>,
    /// What it answers.
    status: u16,
    /// At these requests it waits until somebody has been killed, and answers nothing.
    held: BTreeSet<usize>,
}

/// A receiver of webhooks.
struct Hook {
    url: String,
    kept: Arc<Mutex<Kept>>,
    /// A request came that is held.
    came: Receiver<()>,
    /// Lets it go.
    go: Sender<()>,
}

impl Hook {
    fn start(held: &[usize]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let kept = Kept { status: 204, held: held.iter().copied().collect(), ..Kept::default() };
        let kept = Arc::new(Mutex::new(kept));
        let (tell, came) = channel();
        let (go, gone) = channel();
        let keeping = Arc::clone(&kept);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                take(stream, &keeping, (&tell, &gone));
            }
        });
        Self { url, kept, came, go }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap()
    }

    /// Waits until so many different events came.
    fn until(&self, count: usize) {
        let begin = Instant::now();
        loop {
            let ids: BTreeSet<String> = self.kept().ids.iter().cloned().collect();
            if ids.len() >= count {
                return;
            }
            assert!(begin.elapsed() < WAIT_MAX, "{} of {count}: {ids:?}", ids.len());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Takes a request. One that comes to nothing came from somebody who was killed.
fn take(mut stream: TcpStream, kept: &Mutex<Kept>, (tell, gone): (&Sender<()>, &Receiver<()>)) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut id, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let Some((name, value)) = line.trim().split_once(": ") else {
            if line.trim().is_empty() {
                break;
            }
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "webhook-id" => value.clone_into(&mut id),
            "content-length" => length = value.parse().unwrap(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    if reader.read_exact(&mut body).is_err() {
        return;
    }
    let (status, is_held) = {
        let mut kept = kept.lock().unwrap();
        kept.ids.push(id);
        kept.bodies.push(serde_json::from_slice(&body).unwrap());
        let place = kept.ids.len();
        (kept.status, kept.held.contains(&place))
    };
    if is_held {
        tell.send(()).unwrap();
        gone.recv().unwrap();
        return;
    }
    let answer =
        format!("HTTP/1.1 {status} Told\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    drop(stream.write_all(answer.as_bytes()));
}

/// A register that tells a receiver, and its administrator's token.
fn register(hook: &Hook, attempts: u32, database: &str) -> (Shell, String) {
    let shell = Shell::new();
    let database = format!("[database]\nurl = \"{database}\"\n");
    shell.write("domesday.toml", &database);
    shell.ok("user add alice --group administrators");
    let made = json(&shell.ok("token create --user alice --name cli --json"));
    let token = made["token"].as_str().unwrap().to_owned();
    shell.write(
        "domesday.toml",
        &format!(
            "{database}[[webhooks]]\nname = \"hook\"\nurl = \"{}\"\ntimeout = \"1s\"\nbackoff = \"100ms\"\n\
             begin = \"oldest\"\nattempts = {attempts}\n\
             secret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\n",
            hook.url
        ),
    );
    (shell, token)
}

fn tags(shell: &Shell, names: std::ops::Range<usize>) {
    let rows: Vec<String> = names.map(|number| format!("tag{number}\n")).collect();
    shell.write("tags.csv", &format!("name\n{}", rows.concat()));
    shell.ok("import tag tags.csv");
}

/// Commit and index of an id.
fn place(id: &str) -> (u64, u64) {
    let (commit, index) = id.split_once('.').unwrap();
    (commit.parse().unwrap(), index.parse().unwrap())
}

#[test]
fn whoever_is_killed_in_the_middle_of_sending_leaves_nothing_out() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for database in runtime.block_on(testkit::databases()) {
        let hook = Hook::start(&[3, 14, 22]);
        let (shell, _) = register(&hook, 10, &database.url);
        // Many in one commit, so that it dies within one.
        tags(&shell, 0..12);
        let fleet = Fleet::start(&shell, 2);
        for batch in 1..=3 {
            hook.came.recv_timeout(WAIT_MAX).unwrap();
            fleet.strike(0);
            fleet.strike(1);
            hook.go.send(()).unwrap();
            tags(&shell, batch * 100..batch * 100 + 6);
        }
        hook.until(30);
        let ids = hook.kept().ids.clone();
        assert!(ids.len() > 30, "what was held is repeated: {ids:?}");
        let mut seen = BTreeSet::new();
        let first: Vec<(u64, u64)> =
            ids.iter().filter(|id| seen.insert((*id).clone())).map(|id| place(id)).collect();
        assert!(first.is_sorted(), "{first:?}");
        let of = |(commit, size): (u64, u64)| (0..size).map(move |index| (commit, index));
        let expected = [(1, 12), (2, 6), (3, 6), (4, 6)].into_iter().flat_map(of);
        assert_eq!(first, expected.collect::<Vec<_>>());
        assert_eq!(fleet.kills(), 6);
    }
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

    /// Waits until the webhook is as `is` says.
    fn until(&self, is: impl Fn(&Value) -> bool) -> Value {
        let begin = Instant::now();
        loop {
            let list = json(&self.ok("webhook list --json"));
            let webhook = list["results"][0].clone();
            if is(&webhook) {
                return webhook;
            }
            assert!(begin.elapsed() < WAIT_MAX, "it stays so: {webhook}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

#[test]
fn the_command_line_sees_to_what_was_given_up() {
    let hook = Hook::start(&[]);
    hook.kept().status = 500;
    let (shell, token) = register(&hook, 2, "sqlite:domesday.sqlite3");
    tags(&shell, 0..3);
    let fleet = Fleet::start(&shell, 1);
    let at = At { shell: &shell, url: format!("http://{}", fleet.address(0).1), token };
    at.until(|webhook| webhook["dead"] == 3);
    assert!(at.ok("webhook list").contains("hook"));
    let dead = at.ok("webhook dead hook");
    assert!(dead.contains("tag/1") && dead.contains("500"), "{dead}");
    hook.kept().status = 204;
    hook.kept().ids.clear();
    let found = json(&at.ok("webhook dead hook --subject tag/2 --json"));
    let (id, event) = (&found["results"][0]["id"], found["results"][0]["event"].clone());
    assert_eq!(at.ok(&format!("webhook replay hook {id}")), "Deliveries that are sent again: 1.\n");
    at.until(|webhook| webhook["delivered"] == 1);
    assert_eq!(hook.kept().ids, [event.as_str().unwrap()]);
    assert_eq!(at.ok("webhook discard hook --all --subject tag/1"), "They are discarded.\n");
    at.ok("webhook replay hook --all");
    at.ok("webhook test hook");
    at.until(|webhook| webhook["delivered"] == 3 && webhook["dead"] == 0);
    assert_eq!(hook.kept().bodies.last().unwrap()["type"], "domesday.webhook.ping");
    assert_eq!(at.ok("webhook pause hook"), "The webhook hook rests.\n");
    assert_eq!(json(&at.ok("webhook resume hook --json"))["state"], "waiting");
    let refused = at.command("webhook forget hook").output().unwrap();
    assert!(String::from_utf8(refused.stderr).unwrap().contains("take it out there first"));
    // No secret is told, wherever one looks.
    assert!(!fleet.log(0).contains("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
    assert!(!shell.ok("config show").contains("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
}
