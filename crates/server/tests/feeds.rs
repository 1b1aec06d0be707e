//! Feeds as the programs themselves read them: Ansible, Prometheus, ssh and BIND's checker.
//!
//! `cargo xtask test --only feeds` gets them.
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

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::{Duration, Instant};

use prometheus::{Prometheus, variable};
use replicas::Fleet;
use serde_json::Value;
use shell::{Shell, json, text};

/// Nothing here takes so long, on a busy machine either.
const PATIENCE: Duration = Duration::from_mins(1);
const HOSTS: usize = 300;

/// A register with hosts, and the token of somebody who may see them.
fn with_hosts() -> (Shell, String) {
    let shell = Shell::new();
    shell.ok(&format!("fleet generate {HOSTS} --seed 1 --output fleet.csv"));
    shell.ok("import server fleet.csv --create-missing");
    shell.ok("group add readers");
    shell.ok("group grant readers view");
    shell.ok("user add reader --group readers");
    let made = json(&shell.ok("token create --user reader --json"));
    let token = made["token"].as_str().unwrap().to_owned();
    (shell, token)
}

fn output(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let errors = text(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
    assert!(!errors.contains("WARNING"), "{command:?}: {errors}");
    text(&output.stdout)
}

fn client() -> reqwest::Client {
    let tls = identity::tls::client_config(None).unwrap();
    reqwest::Client::builder().tls_backend_preconfigured(tls).build().unwrap()
}

/// A feed as curl would save it.
fn saved(shell: &Shell, (address, token): (&str, &str), path: &str, file: &str) {
    let text = ask(address, token, path);
    shell.write(file, &text);
}

fn ask(address: &str, token: &str, path: &str) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let asked = client().get(format!("http://{address}{path}")).bearer_auth(token);
        let answer = asked.send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.text().await.unwrap()
    })
}

#[test]
#[ignore = "needs other programs: cargo xtask test --only feeds"]
fn ansible_reads_all_hosts_and_groups_without_a_warning() {
    let (shell, token) = with_hosts();
    let fleet = Fleet::start(&shell, 1);
    let (_, address) = fleet.address(0);
    let program = env!("CARGO_BIN_EXE_domesday");
    shell.write("inventory.sh", &format!("#!/bin/sh\nexec {program} ansible \"$@\"\n"));
    let script = shell.path().join("inventory.sh");
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut ansible = Command::new(variable("TEST_ANSIBLE_INVENTORY"));
    ansible.args(["-i"]).arg(&script).arg("--list").current_dir(shell.path());
    ansible.env("DOMESDAY_SERVER", format!("http://{address}")).env("DOMESDAY_TOKEN", &token);
    ansible.env("DOMESDAY_ANSIBLE_VARS", "state,tags");
    let inventory: Value = json(&output(&mut ansible));
    let hosts = inventory["_meta"]["hostvars"].as_object().unwrap();
    assert_eq!(hosts.len(), HOSTS);
    let all = json(&ask(&address, &token, "/api/servers/?limit=1000"));
    for server in all["results"].as_array().unwrap() {
        let name = server["name"].as_str().unwrap();
        assert_eq!(hosts[name]["ansible_host"], server["ip"], "{name}");
        assert_eq!(hosts[name]["domesday_state"], server["state"], "{name}");
        let dc = server["dc"]["name"].as_str().unwrap().replace(['-', '.'], "_");
        let group = inventory[format!("dc_{dc}")]["hosts"].as_array().unwrap();
        assert!(group.iter().any(|host| host == name), "{name} is in dc_{dc}");
    }
}

#[test]
#[ignore = "needs other programs: cargo xtask test --only feeds"]
fn prometheus_discovers_all_targets_with_their_labels() {
    let (shell, token) = with_hosts();
    let fleet = Fleet::start(&shell, 1);
    let (_, address) = fleet.address(0);
    let configuration = format!(
        "scrape_configs:\n  - job_name: node\n    scrape_interval: 1h\n    http_sd_configs:\n      \
         - url: http://{address}/integrations/prometheus/?port=9100&label=dc\n        \
         refresh_interval: 1s\n        authorization: {{ type: Bearer, credentials: {token} }}\n    \
         relabel_configs:\n      - source_labels: [__meta_domesday_name]\n        \
         target_label: name\n"
    );
    shell.write("prometheus.yml", &configuration);
    let prometheus = Prometheus::start(&shell);
    let port = prometheus.port;
    let begun = Instant::now();
    let targets = loop {
        let told = try_ask(&format!("http://127.0.0.1:{port}/api/v1/targets?state=active"));
        let active = told.as_ref().and_then(|told| told["data"]["activeTargets"].as_array());
        if let Some(active) = active.filter(|active| active.len() == HOSTS) {
            break active.clone();
        }
        assert!(begun.elapsed() < PATIENCE, "not all are discovered: {told:?}");
        std::thread::sleep(Duration::from_millis(300));
    };
    let all = json(&ask(&address, &token, "/api/servers/?limit=1000"));
    for server in all["results"].as_array().unwrap() {
        let is_it = |target: &&Value| target["labels"]["name"] == server["name"];
        let target = targets.iter().find(is_it).unwrap();
        assert_eq!(target["labels"]["dc"], server["dc"]["name"]);
    }
}

fn try_ask(url: &str) -> Option<Value> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let answer = client().get(url).send().await.ok()?;
        serde_json::from_str(&answer.text().await.ok()?).ok()
    })
}

#[test]
#[ignore = "needs other programs: cargo xtask test --only feeds"]
fn ssh_and_bind_take_what_they_are_given() {
    let (shell, token) = with_hosts();
    let fleet = Fleet::start(&shell, 1);
    let (_, address) = fleet.address(0);
    let server = json(&ask(&address, &token, "/api/servers/?limit=1"))["results"][0].clone();
    let (name, ip) = (server["name"].as_str().unwrap(), server["ip"].as_str().unwrap());
    let from = (address.as_str(), token.as_str());
    saved(&shell, from, "/integrations/ssh-config/?user=ops", "ssh_config");
    let mut ssh = Command::new("ssh");
    ssh.args(["-G", "-F", "ssh_config", name]).current_dir(shell.path());
    let told = output(&mut ssh);
    let has = |line: &str| told.lines().any(|other| other == line);
    assert!(has(&format!("hostname {ip}")) && has("user ops"), "{told}");

    saved(&shell, from, "/integrations/dns/?domain=example.org", "hosts.zone");
    let start = "$TTL 300\n@ IN SOA ns.example.org. ops.example.org. 1 3600 600 86400 300\n\
                 @ IN NS ns.example.org.\nns.example.org. IN A 192.0.2.1\n$INCLUDE hosts.zone\n";
    shell.write("example.org.zone", start);
    let mut checker = Command::new(variable("TEST_NAMED_CHECKZONE"));
    checker.args(["example.org", "example.org.zone"]).current_dir(shell.path());
    assert!(output(&mut checker).contains("OK"), "BIND takes it");
    saved(
        &shell,
        from,
        "/integrations/dns/?domain=example.org&reverse=10.in-addr.arpa",
        "ptr.zone",
    );
    let start =
        start.replace("ns.example.org. IN A 192.0.2.1\n", "").replace("hosts.zone", "ptr.zone");
    shell.write("10.zone", &start);
    let mut checker = Command::new(variable("TEST_NAMED_CHECKZONE"));
    checker.args(["10.in-addr.arpa", "10.zone"]).current_dir(shell.path());
    assert!(output(&mut checker).contains("OK"), "BIND takes it");
    assert!(shell.read("ptr.zone").lines().count() > HOSTS / 2, "most hosts are there");
    let hosts = ask(&address, &token, "/integrations/hosts/");
    assert!(hosts.lines().any(|line| line == format!("{ip}\t{name}")), "{hosts}");
}
