//! Metrics, alerts and the dashboard, as Prometheus's own programs take them from a running register.
//!
//! `cargo xtask test --only watch` gets them.
#![cfg(unix)]
#![allow(dead_code, reason = "rooms that are shared with other tests")]
#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends where it can't go on"
)]

mod prometheus;
mod replicas;
mod shell;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use prometheus::{Prometheus, variable};
use replicas::Fleet;
use serde_json::Value;
use shell::{Shell, json, text};

/// Nothing here takes so long, on a busy machine either.
const PATIENCE: Duration = Duration::from_mins(1);

/// A register with all that metrics tell of, but for messages: they need a broker.
const CONFIGURATION: &str = r#"
[cache]
url = "memcached://127.0.0.1:1"

[kafka]
brokers = "127.0.0.1:1"

[kafka.events]
topic = "events"

[[kafka.sources]]
name = "cmdb"
topics = ["cmdb"]
type = "dc"
policy = "direct"
key = { name = "/name" }

[[webhooks]]
name = "chat"
url = "http://127.0.0.1:1/"
secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
"#;

/// What is told only once messages were read, which tests with a broker and of the API see.
const WITH_MESSAGES: [&str; 2] =
    ["domesday_source_behind", "domesday_source_last_message_timestamp_seconds"];

fn deployed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy").join(name)
}

fn read(name: &str) -> String {
    std::fs::read_to_string(deployed(name)).unwrap()
}

fn promtool(arguments: &[&str], input: &str) -> String {
    let mut command = Command::new(variable("TEST_PROMTOOL"));
    command.args(arguments).current_dir(deployed("prometheus"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(output.status.success(), "promtool {arguments:?}: {said}");
    said
}

fn ask(url: &str, token: Option<&str>) -> Option<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let tls = identity::tls::client_config(None).unwrap();
        let client = reqwest::Client::builder().tls_backend_preconfigured(tls).build().unwrap();
        let mut asked = client.get(url);
        if let Some(token) = token {
            asked = asked.bearer_auth(token);
        }
        asked.send().await.ok()?.error_for_status().ok()?.text().await.ok()
    })
}

/// Asks until the answer is as it should be.
#[track_caller]
fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "{what} did not come");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// A register with a commit, and the token of somebody who may see it all.
fn register() -> (Shell, String) {
    let shell = Shell::new();
    shell.write("domesday.toml", CONFIGURATION);
    shell.ok("group add watchers");
    shell.ok("group grant watchers view");
    shell.ok("user add prometheus --group watchers");
    let made = json(&shell.ok("token create --user prometheus --json"));
    shell.ok("user add root --group administrators");
    shell.write("dcs.csv", "name\niad1\n");
    shell.ok("import dc dcs.csv");
    (shell, made["token"].as_str().unwrap().to_owned())
}

/// What the register tells, once its tasks have run and its publisher has begun.
fn scraped(shell: &Shell, address: &str, token: &str) -> String {
    let root = json(&shell.ok("token create --user root --json"));
    let mut run = shell.command("task run clean-up");
    run.env("DOMESDAY_SERVER", format!("http://{address}"));
    run.env("DOMESDAY_TOKEN", root["token"].as_str().unwrap());
    assert!(run.output().unwrap().status.success());
    wait_for("all that is measured", || {
        ask(&format!("http://{address}/api/dcs/"), Some(token))?;
        let told = ask(&format!("http://{address}/metrics"), Some(token))?;
        let awaited = [
            "domesday_task_runs_total{task=\"clean-up\",outcome=\"done\"} 1",
            "domesday_task_last_done_timestamp_seconds{task=\"clean-up\"} ",
            "domesday_publisher_behind_commits{publisher=\"kafka\"} ",
            "domesday_webhook_failures_total{webhook=\"chat\"} ",
            "domesday_source_up{source=\"cmdb\"} ",
        ];
        awaited.iter().all(|line| told.contains(line)).then_some(told)
    })
}

/// The metrics that an expression names.
fn names(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let is_name = |word: &&str| word.starts_with("domesday_") || word.starts_with("process_");
    words.filter(is_name).map(str::to_owned).collect()
}

/// All expressions of a dashboard, wherever they stand.
fn expressions(of: &Value, found: &mut Vec<String>) {
    match of {
        Value::Object(members) => {
            for (name, value) in members {
                match value.as_str() {
                    Some(text) if name == "expr" || name == "definition" => {
                        found.push(text.to_owned());
                    }
                    _ => expressions(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| expressions(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
#[ignore = "needs other programs: cargo xtask test --only watch"]
fn alerts_fire_and_rest_as_they_should() {
    promtool(&["check", "rules", "alerts.yml"], "");
    promtool(&["test", "rules", "alerts_test.yml"], "");
    // Each of them is tried.
    let (rules, tests) = (read("prometheus/alerts.yml"), read("prometheus/alerts_test.yml"));
    let alerts = rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: "));
    for alert in alerts {
        let tried = format!("alertname: {alert}\n");
        assert!(tests.matches(&tried).count() >= 2, "{alert} fires in a test, and rests");
    }
}

#[test]
#[ignore = "needs other programs: cargo xtask test --only watch"]
fn what_is_told_is_well_named_and_all_that_is_asked_for_is_told() {
    let (shell, token) = register();
    let fleet = Fleet::start(&shell, 1);
    let (_, address) = fleet.address(0);
    let told = scraped(&shell, &address, &token);
    assert_eq!(promtool(&["check", "metrics"], &told), "", "promtool has nothing to say");
    let types = told.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let mut known: BTreeSet<String> = WITH_MESSAGES.map(str::to_owned).into();
    for line in types {
        let (name, kind) = line.split_once(' ').unwrap();
        let suffixes: &[&str] =
            if kind == "histogram" { &["_bucket", "_sum", "_count"] } else { &[""] };
        known.extend(suffixes.iter().map(|suffix| format!("{name}{suffix}")));
    }
    let mut shown = Vec::new();
    expressions(&json(&read("grafana/domesday.json")), &mut shown);
    assert!(shown.len() > 30, "the dashboard's expressions are found");
    for asked in shown.iter().map(String::as_str).chain([read("prometheus/alerts.yml").as_str()]) {
        let unknown: Vec<_> = names(asked).difference(&known).cloned().collect();
        assert_eq!(unknown, Vec::<String>::new(), "{asked}");
    }
    // Nor is anything of ours told that nobody looks at.
    let looked_at = names(&shown.join(" "));
    let unseen: Vec<_> = known.difference(&looked_at).collect();
    let is_ours = |name: &&&String| {
        name.starts_with("domesday_") && !name.ends_with("_sum") && !name.ends_with("_count")
    };
    assert_eq!(unseen.iter().filter(is_ours).count(), 0, "{unseen:?}");
}

#[test]
#[ignore = "needs other programs: cargo xtask test --only watch"]
fn prometheus_scrapes_the_register_as_the_sample_says() {
    let (shell, token) = register();
    let fleet = Fleet::start(&shell, 1);
    let (_, address) = fleet.address(0);
    shell.write("token", &token);
    shell.write("alerts.yml", &read("prometheus/alerts.yml"));
    let sample = read("prometheus/prometheus.yml");
    let sample = sample.replace("127.0.0.1:8080", &address);
    let sample = sample.replace("/etc/prometheus/domesday.token", "token");
    shell.write("prometheus.yml", &sample.replace("scrape_interval: 15s", "scrape_interval: 1s"));
    let prometheus = Prometheus::start(&shell);
    let port = prometheus.port;
    let asked = |path: &str| Some(json(&ask(&format!("http://127.0.0.1:{port}{path}"), None)?));
    let rules = wait_for("the rules", || {
        let rules = asked("/api/v1/rules")?;
        (!rules["data"]["groups"].as_array()?.is_empty()).then_some(rules)
    });
    assert_eq!(rules["data"]["groups"][0]["rules"].as_array().unwrap().len(), 13);
    wait_for("a scrape", || {
        let told = asked("/api/v1/query?query=domesday_last_commit%7Bjob%3D%22domesday%22%7D")?;
        (told["data"]["result"][0]["value"][1].as_str()? == "1").then_some(())
    });
    // A histogram that Prometheus can take quantiles of.
    wait_for("a quantile", || {
        let query = "histogram_quantile(0.99,domesday_http_request_duration_seconds_bucket)";
        let told = asked(&format!("/api/v1/query?query={query}"))?;
        told["data"]["result"][0]["value"][1].as_str()?.parse::<f64>().ok()
    });
    let targets = asked("/api/v1/targets?state=active").unwrap();
    assert_eq!(targets["data"]["activeTargets"][0]["lastError"], "");
}
