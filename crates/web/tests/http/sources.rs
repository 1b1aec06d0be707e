//! Sources of messages, as administrators see them, and what these do with dead letters.

use std::sync::Arc;

use app::Sources;
use app::ingest::{MissingReferences, PartitionStep, Policy, Reading, Source, SourcePartition};
use app::sources::{KnownSource, MemberPartition, MemberState, SourceMember};
use domain::message::{FieldRule, Format, Mapping, Operation, OperationRule, Part, Place};
use serde_json::{Value, json};

use crate::admin_pages::{browser_of, has, send};
use crate::client::{Client, clients};

const NOW: &str = "2026-11-26T10:00:00Z";

fn source(client: &Client) -> Arc<Source> {
    let rule = |field: &str| FieldRule {
        field: field.to_owned(),
        places: vec![Place::parse(&format!("/{field}")).unwrap()],
        part: Part::Whole,
        values: None,
        default: None,
    };
    Arc::new(Source {
        name: "cmdb".to_owned(),
        type_index: client.test.app.schema.named("dc").unwrap().index,
        format: Format::Plain,
        mapping: Mapping {
            key: vec![rule("name")],
            fields: Vec::new(),
            operation: OperationRule::Always(Operation::Upsert),
            tombstone: None,
            id: None,
            time: None,
            sequence: None,
        },
        missing: MissingReferences::Refuse,
        policy: Policy::Direct,
    })
}

/// Clients of registers that have read four messages, three of which nobody can understand.
async fn with_messages() -> Vec<Client> {
    let mut all = clients().await;
    for client in &mut all {
        client.at(NOW.parse().unwrap());
        let source = source(client);
        let known = KnownSource {
            source: Arc::clone(&source),
            brokers: vec!["kafka-1:9092".to_owned()],
            topics: vec!["cmdb.sites".to_owned()],
            group: "register".to_owned(),
            task: None,
        };
        client.with_sources(Sources::new([known]));
        let app = &client.test.app;
        let partition = SourcePartition { topic: "cmdb.sites".to_owned(), number: 2 };
        let taken = app.source_take(&source, vec![partition.clone()]).await.unwrap();
        let payloads: [&[u8]; 4] = [
            br#"{"name": "iad1"}"#,
            b"<script>alert(1)</script>",
            b"\xff\x00",
            br#"{"nome": "x"}"#,
        ];
        let reading = |(offset, payload): (i64, &[u8])| Reading {
            partition: partition.clone(),
            offset,
            key: Some("Zürich".into()),
            headers: vec![("trace".to_owned(), Some(b"7".to_vec()))],
            payload: Some(payload.to_vec()),
        };
        let readings: Vec<Reading> = (0..).zip(payloads).map(reading).collect();
        let step = PartitionStep { epoch: taken[0].epoch, from: None, to: 4, last_ms: None };
        app.ingest(&source, readings, vec![(partition.clone(), step)]).await.unwrap();
        let member = SourceMember {
            source: "cmdb".to_owned(),
            replica: "one".to_owned(),
            state: MemberState::Reading,
            trouble: None,
            partitions: vec![MemberPartition {
                partition,
                next: 4,
                high: Some(9),
                behind: Some(5),
            }],
            per_minute: 240,
            at: app.clock.now(),
        };
        app.source_tell(&member).await.unwrap();
    }
    all
}

#[tokio::test]
async fn a_source_is_told_with_who_reads_it_and_what_came_of_its_messages() {
    for client in with_messages().await {
        let list = client.call("GET", "/api/-/sources/", "").await.is(200).json();
        let source = &list["results"][0];
        assert_eq!((&list["count"], &source["name"]), (&json!(1), &json!("cmdb")));
        assert_eq!((&source["state"], &source["behind"]), (&json!("reading"), &json!(5)));
        assert_eq!(source["messages_per_minute"], 240);
        let counts = json!({
            "applied": 1, "queued": 0, "unchanged": 0, "repeats": 0, "late": 0, "dead": 3,
        });
        assert_eq!(source["counts"], counts);
        assert_eq!((&source["dead_letters"], &source["policy"]), (&json!(3), &json!("direct")));
        let kept = json!({"topic": "cmdb.sites", "partition": 2, "next_offset": 4, "epoch": 1});
        assert_eq!(source["partitions"], json!([kept]));
        assert_eq!(source["replicas"][0]["partitions"][0]["end_offset"], 9);
        let one = client.call("GET", "/api/-/sources/cmdb/", "").await.is(200).json();
        assert_eq!(&one, source);
        let lag = client.call("GET", "/api/-/sources/cmdb/lag/", "").await.is(200).json();
        assert_eq!(lag["results"], json!([{"at": "2026-11-26T10:00:00.000000Z", "behind": 5}]));
        let metrics = client.call("GET", "/metrics", "").await.is(200).text;
        for line in [
            "domesday_source_messages_total{source=\"cmdb\",outcome=\"applied\"} 1",
            "domesday_source_messages_total{source=\"cmdb\",outcome=\"dead\"} 3",
            "domesday_source_behind{source=\"cmdb\"} 5",
            "domesday_source_dead_letters{source=\"cmdb\"} 3",
            "domesday_source_up{source=\"cmdb\"} 1",
        ] {
            assert!(metrics.lines().any(|other| other == line), "{line}: {metrics}");
        }
    }
}

#[tokio::test]
async fn one_that_nobody_reads_or_that_has_trouble_says_so() {
    for mut client in with_messages().await {
        let member = SourceMember {
            source: "cmdb".to_owned(),
            replica: "two".to_owned(),
            state: MemberState::Stopped,
            trouble: Some(("kafka_not_allowed".to_owned(), "have the right granted".to_owned())),
            partitions: Vec::new(),
            per_minute: 0,
            at: client.test.app.clock.now(),
        };
        client.test.app.source_tell(&member).await.unwrap();
        let told = client.call("GET", "/api/-/sources/cmdb/", "").await.is(200).json();
        assert_eq!(told["state"], "stopped", "the worst of them");
        assert_eq!(told["replicas"][1]["code"], "kafka_not_allowed");
        assert_eq!(told["replicas"][1]["error"], "have the right granted");
        let browser = browser_of(&client, "alice").await;
        has(&browser.get("/").await.is(200), &["A source is not read", "/-/sources/cmdb/"]);
        client.test.app.source_leave("cmdb", "two").await.unwrap();
        assert!(!browser.get("/").await.text.contains("A source is not read"));
        client.at("2026-11-26T10:05:00Z".parse().unwrap());
        let told = client.call("GET", "/api/-/sources/cmdb/", "").await.is(200).json();
        assert_eq!((&told["state"], &told["behind"]), (&json!("unread"), &Value::Null));
    }
}

#[tokio::test]
async fn dead_letters_are_looked_at_replayed_and_discarded() {
    const PATH: &str = "/api/-/sources/cmdb/letters/";
    for client in with_messages().await {
        let page = client.call("GET", &format!("{PATH}?limit=2"), "").await.is(200).json();
        assert_eq!((&page["count"], page["results"].as_array().unwrap().len()), (&json!(3), 2));
        let next = page["next"].as_str().unwrap();
        let next = next.replace("http://domesday.test", "");
        let last = client.call("GET", &next, "").await.is(200).json();
        assert_eq!((&last["next"], last["results"].as_array().unwrap().len()), (&Value::Null, 1));
        let letter = &last["results"][0];
        assert_eq!(letter["payload"], "<script>alert(1)</script>");
        assert_eq!((&letter["key"], &letter["offset"]), (&json!("Zürich"), &json!(1)));
        assert_eq!(letter["headers"], json!([["trace", "7"]]));
        let id = letter["id"].as_i64().unwrap();
        let one = client.call("GET", &format!("{PATH}{id}/"), "").await.is(200).json();
        assert_eq!(&one, letter);
        let binary = client.call("GET", &format!("{PATH}{}/", id + 1), "").await.is(200).json();
        assert_eq!(binary["payload"], json!({"base64": "/wA="}));
        let found = client.call("GET", &format!("{PATH}?reason=NAME"), "").await.is(200).json();
        assert_eq!(found["count"], 1);
        client.call("GET", &format!("{PATH}?partition=x"), "").await.problem_is(400);
        client.call("GET", &format!("{PATH}?sort=x"), "").await.problem_is(400);

        let replay = format!("{PATH}replay/");
        client.call("POST", &replay, "{}").await.problem_is(400);
        client.call("POST", &replay, r#"{"id": 1, "all": true}"#).await.problem_is(400);
        client.call("POST", &replay, r#"{"id": "x"}"#).await.problem_is(400);
        client.call("POST", &replay, r#"{"id": 999999}"#).await.is(404);
        client.call("POST", &format!("{PATH}eat/"), r#"{"all": true}"#).await.is(404);
        let told = client.call("POST", &replay, r#"{"reason": "name"}"#).await.is(200).json();
        assert_eq!((&told["replayed"], &told["counts"]["dead"]), (&json!(1), &json!(1)));
        let discard = format!("{PATH}discard/");
        let told = client.call("POST", &discard, &format!("{{\"id\": {id}}}")).await.is(200).json();
        assert_eq!(told, json!({"discarded": 1}));
        let told = client.call("POST", &discard, r#"{"all": true}"#).await.is(200).json();
        assert_eq!(told, json!({"discarded": 2}));
        let audit = client.call("GET", "/api/-/audit/", "").await.is(200);
        for action in ["Replayed dead letters", "Discarded dead letters"] {
            assert!(audit.column("action").contains(&action.to_owned()), "{}", audit.text);
        }
    }
}

#[tokio::test]
async fn pages_show_sources_and_what_could_not_be_taken_in() {
    for client in with_messages().await {
        let browser = browser_of(&client, "alice").await;
        let list = browser.get("/-/sources/").await.is(200);
        has(&list, &["cmdb", "reading", "cmdb.sites"]);
        let page = browser.get("/-/sources/cmdb/").await.is(200);
        has(
            &page,
            &["kafka-1:9092", "3 messages could not be taken in", "5 messages", "goes in at once"],
        );
        assert!(!page.text.contains("<script>alert"), "what messages say is text");
        let found = browser.get("/-/sources/cmdb/?reason=name&topic=&partition=").await.is(200);
        has(&found, &["1 match", "Replay these"]);
        let id = client.call("GET", "/api/-/sources/cmdb/letters/?reason=name", "").await.json();
        let id = id["results"][0]["id"].as_i64().unwrap();
        let letter = browser.get(&format!("/-/sources/cmdb/{id}/")).await.is(200);
        has(&letter, &["nothing tells the key field name", "Zürich", "Header trace"]);
        send(&browser, &format!("/-/sources/cmdb/{id}/"), &[("do", "discard")]).await.is(303);
        send(&browser, "/-/sources/cmdb/", &[("do", "replay"), ("reason", "JSON")]).await.is(303);
        send(&browser, "/-/sources/cmdb/", &[("do", "discard")]).await.is(303);
        has(&browser.get("/-/sources/cmdb/").await, &["All messages could be taken in."]);
        send(&browser, "/-/sources/cmdb/", &[("do", "eat")]).await.is(404);
    }
    for client in clients().await {
        let browser = browser_of(&client, "alice").await;
        has(&browser.get("/-/sources/").await.is(200), &["[[kafka.sources]]"]);
    }
}
