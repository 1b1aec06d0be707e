//! Who is told what happens, as administrators see it and see to what was given up.

use std::time::Duration;

use app::Webhooks;
use app::events::cursors::Begin;
use app::webhooks::{Courier, Step, Webhook};
use domain::webhook::{Retry, Sent};
use serde_json::{Value, json};
use testkit::Hands;

use crate::admin_pages::{browser_of, has, send};
use crate::client::{Client, clients};

fn webhook() -> Webhook {
    Webhook {
        name: "cmdb".to_owned(),
        url: "https://cmdb.example.org/".to_owned(),
        events: true,
        notices: false,
        types: Vec::new(),
        begin: Begin::Next,
        batch: None,
        timeout: Duration::from_secs(10),
        retry: Retry { attempts: 1, backoff: Duration::from_secs(10) },
    }
}

/// Has all that waits come to an end: each is answered with a status.
async fn answered(client: &Client, status: u16) {
    let mut courier = Courier::new(client.test.app.clone(), webhook(), "one".to_owned());
    let said = "<b>no</b>".to_owned();
    let sent = Sent::Answered { status, said, retry_after: None };
    loop {
        match courier.next().await.unwrap() {
            Step::Send(parcel) => drop(courier.settle(&parcel, &sent).await.unwrap()),
            Step::Wait(Duration::ZERO) => {}
            Step::Wait(_) | Step::WaitForNews(_) => return,
        }
    }
}

/// Clients of registers with a webhook that two changes were given up for.
async fn with_dead() -> Vec<Client> {
    let mut all = Vec::new();
    for mut client in clients().await {
        client.with_webhooks(Webhooks::new([webhook()], None));
        answered(&client, 204).await;
        for name in ["ada", "bob"] {
            let body = format!(r#"{{"name": "{name}"}}"#);
            Hands { test: &client.test }.add("tag", &body).await;
        }
        answered(&client, 500).await;
        all.push(client);
    }
    all
}

#[tokio::test]
async fn what_was_given_up_is_listed_sent_again_and_discarded() {
    for client in with_dead().await {
        let list = client.call("GET", "/api/-/webhooks/", "").await.is(200);
        assert_eq!(list.column("name"), ["cmdb"]);
        assert_eq!(list.column("state"), ["waiting"]);
        let one = client.call("GET", "/api/-/webhooks/cmdb/", "").await.is(200).json();
        assert_eq!(
            (&one["dead"], &one["behind"], &one["failures"]),
            (&json!(2), &json!(0), &json!(2))
        );
        assert_eq!(one["last_error"], "500: <b>no</b>");
        let first = client.call("GET", "/api/-/webhooks/cmdb/dead/?limit=1", "").await.is(200);
        let next = first.json()["next"].as_str().unwrap().replace("http://domesday.test", "");
        let rest = client.call("GET", &next, "").await.is(200);
        assert_eq!(first.column("subject"), ["tag/1"]);
        assert_eq!(rest.column("subject"), ["tag/2"]);
        assert_eq!(rest.json()["next"], Value::Null);
        let dead = &first.json()["results"][0];
        assert_eq!(dead["body"]["data"]["after"]["name"], "ada");
        let path = dead["url"].as_str().unwrap().replace("http://domesday.test", "");
        assert_eq!(&client.call("GET", &path, "").await.is(200).json(), dead);

        let replayed = client.call("POST", &format!("{path}replay/"), "").await.is(202);
        assert_eq!(replayed.json(), json!({"count": 1}));
        client.call("GET", &path, "").await.is(404);
        client.call("POST", &format!("{path}replay/"), "").await.is(404);
        let one = client.call("GET", "/api/-/webhooks/cmdb/", "").await.json();
        assert_eq!((&one["state"], &one["waiting"]), (&json!("sending"), &json!(1)));
        answered(&client, 500).await;
        let dead = "/api/-/webhooks/cmdb/dead/";
        let none = format!("{dead}replay/?event_type=domesday.record.deleted");
        assert_eq!(client.call("POST", &none, "").await.is(202).json(), json!({"count": 0}));
        let some = format!("{dead}?subject=tag/2");
        assert_eq!(client.call("DELETE", &some, "").await.is(200).json(), json!({"count": 1}));
        let all = format!("{dead}replay/");
        assert_eq!(client.call("POST", &all, "").await.is(202).json(), json!({"count": 1}));
        client.call("GET", &format!("{dead}?colour=red"), "").await.problem_is(400);
        client.call("DELETE", &format!("{dead}999/"), "").await.is(404);
        let audit = client.call("GET", "/api/-/audit/", "").await.is(200);
        assert!(audit.text.contains("Replayed deliveries") && audit.text.contains("webhook cmdb"));
    }
}

#[tokio::test]
async fn a_webhook_rests_goes_on_and_is_pinged_when_it_is_asked_to() {
    for mut client in with_dead().await {
        let act = async |verb: &str| {
            client.call("POST", &format!("/api/-/webhooks/cmdb/{verb}/"), "").await
        };
        assert_eq!(act("pause").await.is(200).json()["paused_by"], "alice");
        assert_eq!(act("test").await.is(202).json()["waiting"], 1);
        assert_eq!(act("resume").await.is(200).json()["state"], "sending");
        act("eat").await.is(404);
        answered(&client, 204).await;
        let metrics = client.call("GET", "/metrics", "").await.is(200).text;
        for line in [
            "domesday_webhook_delivered_total{webhook=\"cmdb\"} 1",
            "domesday_webhook_failures_total{webhook=\"cmdb\"} 2",
            "domesday_webhook_dead{webhook=\"cmdb\"} 2",
            "domesday_webhook_paused{webhook=\"cmdb\"} 0",
        ] {
            assert!(metrics.lines().any(|other| other == line), "{line}: {metrics}");
        }
        let told = client.call("DELETE", "/api/-/webhooks/cmdb/", "").await;
        assert!(told.problem(409, "").contains("take it out there first"), "{}", told.text);
        client.with_webhooks(Webhooks::default());
        let one = client.call("GET", "/api/-/webhooks/cmdb/", "").await.is(200).json();
        assert_eq!((&one["state"], &one["receiver"]), (&json!("not configured"), &Value::Null));
        client.call("DELETE", "/api/-/webhooks/cmdb/", "").await.is(204);
        client.call("GET", "/api/-/webhooks/cmdb/", "").await.is(404);
    }
}

#[tokio::test]
async fn pages_show_webhooks_and_what_was_given_up() {
    for client in with_dead().await {
        let alice = browser_of(&client, "alice").await;
        let list = alice.get("/-/webhooks/").await.is(200);
        has(&list, &["href=\"/-/webhooks/cmdb/\"", "all changes", "500: &#60;b&#62;no"]);
        let shown = alice.get("/-/webhooks/cmdb/").await.is(200);
        has(&shown, &["Send a ping", "Send all 2 again", "tag/1", "tag/2", "Pause"]);
        let path = "/-/webhooks/cmdb/";
        let dead = client.call("GET", "/api/-/webhooks/cmdb/dead/", "").await.json();
        let id = dead["results"][0]["id"].to_string();
        send(&alice, path, &[("do", "discard"), ("dead", &id)]).await.is(303);
        has(&alice.get(path).await.is(200), &["Send all 1 again"]);
        send(&alice, path, &[("do", "replay")]).await.is(303);
        has(&alice.get(path).await.is(200), &["Nothing was given up", "1 others"]);
        send(&alice, path, &[("do", "pause")]).await.is(303);
        has(&alice.get(path).await.is(200), &["Paused by alice", "Resume"]);
    }
}
