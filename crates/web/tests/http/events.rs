//! Changes as they are told to the outside: in pages, as a stream, to whom they may be told.

use std::time::Duration;

use app::events::cursors::{Begin, Candidate};
use app::people::{PeopleChange, StoredGrant};
use axum::body::Body;
use domain::record::CommitNumber;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::client::{Client, clients, with_servers};

/// The path and the parameters of an address.
fn path(address: &Value) -> String {
    address.as_str().unwrap().replace("http://domesday.test", "")
}

/// A stream of events, read as it comes.
struct Stream {
    body: Body,
    text: String,
}

impl Stream {
    async fn of(client: &Client, path: &str, last: Option<&str>) -> Self {
        let request = Client::request("GET", path)
            .header("authorization", format!("Bearer {}", client.token))
            .header("accept", "text/event-stream");
        let request = last.into_iter().fold(request, |all, last| all.header("last-event-id", last));
        let answer = client.raw(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        assert_eq!(answer.headers()["x-accel-buffering"], "no");
        Self { body: answer.into_body(), text: String::new() }
    }

    /// Waits for so many events, and gives the ids of all that came.
    async fn until(&mut self, count: usize) -> Vec<String> {
        while self.text.matches("event: change\n").count() < count {
            assert!(self.more().await, "{}", self.text);
        }
        self.ids()
    }

    fn ids(&self) -> Vec<String> {
        let events = self.text.split("\n\n").filter(|event| event.contains("event: change\n"));
        let ids =
            events.flat_map(|event| event.lines().filter_map(|line| line.strip_prefix("id: ")));
        ids.map(str::to_owned).collect()
    }

    /// Waits for the next piece; `false` at the end.
    async fn more(&mut self) -> bool {
        let frame = tokio::time::timeout(Duration::from_secs(20), self.body.frame());
        match frame.await.unwrap() {
            None => false,
            Some(frame) => {
                let data = frame.unwrap().into_data().unwrap();
                self.text.push_str(std::str::from_utf8(&data).unwrap());
                true
            }
        }
    }
}

#[tokio::test]
async fn pages_lead_from_each_to_the_next_for_ever() {
    for client in clients().await {
        with_servers(&client).await;
        let first = client.call("GET", "/api/-/events/?limit=4", "").await.is(200);
        assert_eq!(first.column("id"), ["1.0", "2.0", "3.0", "4.0"]);
        let told = first.json();
        assert_eq!((&told["after"], &told["is_last"]), (&json!("4.0"), &json!(false)));
        let second = client.call("GET", &path(&told["next"]), "").await.is(200);
        assert_eq!(second.column("id"), ["5.0", "6.0", "7.0", "8.0"]);
        let third = client.call("GET", &path(&second.json()["next"]), "").await.is(200);
        assert_eq!(third.column("id"), ["9.0", "10.0"]);
        assert_eq!(third.json()["is_last"], true);
        let next = path(&third.json()["next"]);
        assert_eq!(next, "/api/-/events/?after=10&limit=4");
        let none = client.call("GET", &next, "").await.is(200);
        assert_eq!((none.column("id").len(), &none.json()["after"]), (0, &json!("10")));
        // An empty page is no page for ever: nor is one that was kept.
        client.add("tags", r#"{"name": "größer \"☃\" als"}"#).await;
        let more = client.call("GET", &next, "").await.is(200);
        assert_eq!(more.json()["results"][0]["data"]["key"], "größer \"☃\" als");
        let tag = more.header("etag").to_owned();
        let again = Client::request("GET", &next)
            .header("authorization", format!("Bearer {}", client.token))
            .header("if-none-match", tag);
        client.send(again.body(Body::empty()).unwrap()).await.is(304);
        let some = client.call("GET", "/api/-/events/?type=tag,dc&limit=3", "").await.is(200);
        assert_eq!(some.column("subject"), ["dc/1", "dc/2", "tag/1"]);
        assert!(path(&some.json()["next"]).ends_with("&type=tag%2Cdc"));
    }
}

#[tokio::test]
async fn what_can_t_be_asked_is_told_by_its_name() {
    for client in clients().await {
        with_servers(&client).await;
        for (query, field, told) in [
            ("after=x", "after", "as in 17.0"),
            ("after=11", "after", "the last is 10"),
            ("limit=1001", "limit", "1000"),
            ("type=servr", "type", "Did you mean server?"),
            ("colour=red", "colour", "Unknown"),
        ] {
            let answer = client.call("GET", &format!("/api/-/events/?{query}"), "").await;
            assert!(answer.problem(400, field).contains(told), "{}", answer.text);
        }
    }
}

#[tokio::test]
async fn a_stream_tells_what_happens_and_goes_on_where_it_was_cut() {
    for client in clients().await {
        with_servers(&client).await;
        let mut stream = Stream::of(&client, "/api/-/events/?after=8", None).await;
        assert_eq!(stream.until(2).await, ["9.0", "10.0"]);
        client.add("tags", r#"{"name": "ünï"}"#).await;
        assert_eq!(stream.until(3).await.last().unwrap(), "11.0");
        // The end of a commit is a place to go on from, and no event.
        assert!(stream.text.contains("id: 10\n\n"), "{}", stream.text);
        assert!(stream.text.contains("\"key\":\"ünï\""), "{}", stream.text);
        drop(stream);
        // The header is newer than the address.
        let mut again = Stream::of(&client, "/api/-/events/?after=8", Some("10.0")).await;
        assert_eq!(again.until(1).await[0], "11.0");
        // Without either it begins now.
        let mut now = Stream::of(&client, "/api/-/events/?type=dc", None).await;
        client.add("tags", r#"{"name": "no dc"}"#).await;
        client.add("dcs", r#"{"name": "esams"}"#).await;
        let ids = now.until(1).await;
        assert!(ids.contains(&"13.0".to_owned()) && !ids.contains(&"12.0".to_owned()), "{ids:?}");
    }
}

#[tokio::test]
async fn a_stream_ends_when_its_reader_may_see_nothing_any_more() {
    for client in clients().await {
        with_servers(&client).await;
        let app = client.test.app.clone();
        let ctx = client.test.system();
        let view = |type_name: &str| {
            PeopleChange::Grant(StoredGrant {
                id: 0,
                group: "few".to_owned(),
                rights: "view".to_owned(),
                type_name: Some(type_name.to_owned()),
                filter: None,
            })
        };
        let group = PeopleChange::AddGroup { group: "few".to_owned(), description: None };
        let changes = vec![group, view("tag")];
        app.people_change(&ctx, changes).await.unwrap();
        let grants = async || app.people(&ctx).await.unwrap().grants;
        for grant in grants().await.iter().filter(|grant| grant.group == "anonymous") {
            let revoke = PeopleChange::Revoke { id: grant.id };
            app.people_change(&ctx, vec![revoke]).await.unwrap();
        }
        let fay = client.of("fay", "few").await;
        let mut stream = Stream::of(&fay, "/api/-/events/?after=0", None).await;
        let ids = stream.until(2).await;
        assert_eq!(ids, ["6.0", "7.0"]);
        // More that they may see is told from then on, and nothing of what they may not.
        app.people_change(&ctx, vec![view("dc")]).await.unwrap();
        client.add("groups", r#"{"name": "not for fay"}"#).await;
        client.add("dcs", r#"{"name": "esams"}"#).await;
        assert!(stream.until(3).await.contains(&"12.0".to_owned()));
        assert!(!stream.text.contains("not for fay"));
        for grant in grants().await.iter().filter(|grant| grant.group == "few") {
            let revoke = PeopleChange::Revoke { id: grant.id };
            app.people_change(&ctx, vec![revoke]).await.unwrap();
        }
        client.add("tags", r#"{"name": "too late"}"#).await;
        while stream.more().await {}
        assert!(!stream.text.contains("too late"));
        fay.call("GET", "/api/-/events/", "").await.problem_is(403);
    }
}

#[tokio::test]
async fn no_more_follow_than_there_is_room_for() {
    let client = clients().await.remove(0);
    let mut following = Vec::new();
    for _ in 0..200 {
        following.push(Stream::of(&client, "/api/-/events/", None).await);
    }
    let follow = || {
        let request = Client::request("GET", "/api/-/events/")
            .header("authorization", format!("Bearer {}", client.token))
            .header("accept", "text/event-stream");
        client.raw(request.body(Body::empty()).unwrap())
    };
    assert_eq!(follow().await.status(), 503);
    following.pop();
    assert_eq!(follow().await.status(), 200);
}

#[tokio::test]
async fn what_was_folded_is_an_event_too() {
    for client in clients().await {
        with_servers(&client).await;
        let folded = client.test.app.fold(&client.test.system(), CommitNumber(9)).await.unwrap();
        assert!(folded.is_some());
        let page = client.call("GET", "/api/-/events/?after=3", "").await.is(200);
        assert_eq!(page.column("id"), ["9", "10.0"]);
        assert_eq!(page.json()["results"][0]["type"], "domesday.history.folded");
        let mut stream = Stream::of(&client, "/api/-/events/", Some("8.0")).await;
        assert_eq!(stream.until(2).await[..2], ["9", "10.0"]);
    }
}

#[tokio::test]
async fn administrators_see_publishers_and_remove_what_is_left_of_one() {
    for client in clients().await {
        with_servers(&client).await;
        let app = &client.test.app;
        let mut kafka = Candidate::new("kafka", Begin::Oldest, "replica-1");
        let mut held = kafka.take(app, tokio::time::Instant::now()).await.unwrap().unwrap();
        held.advance(app, "7.0".parse().unwrap()).await.unwrap();
        held.tell(app, "no broker can be reached").await.unwrap();
        let told = client.call("GET", "/api/-/events/publishers/", "").await.is(200).json();
        let publisher = &told["results"][0];
        assert_eq!(publisher["name"], "kafka");
        assert_eq!((&publisher["after"], &publisher["behind_commits"]), (&json!("7.0"), &json!(4)));
        assert_eq!(publisher["error"], "no broker can be reached");
        assert_eq!(publisher["holder"], "replica-1");
        let metrics = client.call("GET", "/metrics", "").await.is(200).text;
        let line = "domesday_publisher_behind_commits{publisher=\"kafka\"} 4";
        assert!(metrics.lines().any(|other| other == line), "{metrics}");
        held.leave(app).await.unwrap();
        let path = "/api/-/events/publishers/kafka/";
        client.call("DELETE", path, "").await.is(204);
        client.call("DELETE", path, "").await.problem_is(404);
        let audit = client.call("GET", "/api/-/audit/", "").await.is(200).json();
        assert_eq!(audit["results"][0]["action"], "Removed publisher");
    }
}
