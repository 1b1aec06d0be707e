//! The log as machines read it: a JSON object a line, with the request's id.
#![cfg(unix)]
#![allow(dead_code, reason = "rooms that are shared with other tests")]
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test ends where it can't go on"
)]

mod replicas;
mod shell;

use replicas::Fleet;
use serde_json::Value;
use shell::{Shell, json};

fn client() -> reqwest::Client {
    let tls = identity::tls::client_config(None).unwrap();
    reqwest::Client::builder().tls_backend_preconfigured(tls).build().unwrap()
}

#[tokio::test]
async fn each_answer_is_a_line_that_says_who_asked_for_what() {
    let shell = Shell::new();
    shell.write("domesday.toml", "[log]\nformat = \"json\"\n");
    // Else the program says how to make one, to whoever started it.
    shell.ok("user add root --group administrators");
    shell.ok("group add readers");
    shell.ok("group grant readers view");
    shell.ok("user add reader --group readers");
    let token = json(&shell.ok("token create --user reader --json"));
    let token = token["token"].as_str().unwrap();
    let fleet = Fleet::start(&shell, 1);
    let (_, address) = fleet.address(0);
    // The last two take the short way.
    for id in ["proxy-1", "proxy-2", "proxy-3"] {
        let asked = client()
            .get(format!("http://{address}/api/servers/?search=hush"))
            .bearer_auth(token)
            .header("x-request-id", id);
        let answer = asked.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200);
        assert_eq!(answer.headers()["x-request-id"], id);
    }
    let strange = client().get(format!("http://{address}/")).header("x-request-id", "a b");
    assert_ne!(strange.send().await.unwrap().headers()["x-request-id"], "a b");

    let log = shell.read("replica0.log");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for id in ["proxy-1", "proxy-2", "proxy-3"] {
        let of_request =
            |line: &&Value| line["span"]["request_id"] == id && line["message"] == "answered";
        let line = lines.iter().find(of_request).unwrap();
        let time = line["timestamp"].as_str().unwrap();
        assert!(chrono::DateTime::parse_from_rfc3339(time).is_ok(), "{time}");
        assert_eq!(line["level"], "INFO");
        assert_eq!(line["target"], "web::service");
        assert_eq!(line["method"], "GET");
        assert_eq!(line["path"], "/api/servers/");
        assert_eq!(line["route"], "/api/{plural}/");
        assert_eq!(line["status"], 200);
        assert_eq!(line["user"], "reader");
        assert!(line["ms"].is_u64(), "{line}");
    }
    // Neither who asked by what secret, nor what for.
    assert!(!log.contains(token) && !log.contains("hush"));
}
