//! Answers that are kept: the same for who may see the same, another as soon as anything that they
//! show is, and 304 to who has them.

mod coded;
mod keys;
mod pages;
mod repeats;

use app::people::{PeopleChange, StoredGrant};
use axum::body::Body;
use axum::http::{Request, header};
use chrono::TimeDelta;

use crate::client::{Answer, Client, clients, with_servers};

/// A GET with headers, by the holder of the token.
pub(crate) fn asking(client: &Client, path: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let mut request = Client::request("GET", path);
    if !client.token.is_empty() {
        request = request.header(header::AUTHORIZATION, format!("Bearer {}", client.token));
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::empty()).unwrap()
}

async fn get(client: &Client, path: &str, headers: &[(&str, &str)]) -> Answer {
    client.send(asking(client, path, headers)).await
}

async fn tag(client: &Client, path: &str) -> String {
    let answer = get(client, path, &[]).await.is(200);
    let tag = answer.header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.len() >= 34, "{path}: {tag:?}");
    tag
}

const KEPT: [&str; 12] = [
    "/api/servers/",
    "/api/servers/?dc__name=eqiad&ordering=-name&limit=1",
    "/api/servers/?format=datatables&draw=3&length=2",
    "/api/servers/?format=datatables&draw=3&length=-1",
    "/api/servers.csv",
    "/api/servers.jsonl",
    "/api/servers/1/",
    "/api/servers/by/db1001/?brief=1",
    "/api/servers/1/history/",
    "/api/-/history/?limit=3",
    "/api/-/search/?q=db10",
    "/api/-/diff/?from=1",
];

#[tokio::test]
async fn who_has_an_answer_gets_304_on_every_replica() {
    for client in clients().await {
        with_servers(&client).await;
        let replica = client.at_replica().await;
        for path in KEPT.into_iter().chain(["/api/-/commits/1/", "/api/servers/?as_of=3"]) {
            let first = get(&client, path, &[]).await.is(200);
            let tag = first.header("etag").to_owned();
            assert_eq!(tag, self::tag(&replica, path).await, "{path}");
            for sent in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
                for asked in [&client, &replica] {
                    let answer = get(asked, path, &[("if-none-match", &sent)]).await.is(304);
                    assert_eq!(answer.header("etag"), tag, "{path}");
                    assert!(answer.text.is_empty());
                }
            }
            let again = get(&client, path, &[("if-none-match", "\"0.00\"")]).await.is(200);
            assert_eq!(again.text, first.text, "{path}");
        }
    }
}

#[tokio::test]
async fn an_answer_tells_how_it_may_be_kept() {
    for client in clients().await {
        with_servers(&client).await;
        for path in KEPT {
            let answer = get(&client, path, &[("range", "bytes=0-3")]).await.is(200);
            assert_eq!(answer.header("cache-control"), "private, no-cache", "{path}");
            assert_eq!(answer.header("vary"), "Accept, Accept-Encoding, Authorization, Cookie");
            assert_eq!(answer.header("accept-ranges"), "none", "{path}");
            assert_eq!(answer.header("age"), "", "{path}");
            let anonymous = client.get(path).await.is(200);
            assert_eq!(anonymous.header("cache-control"), "public, no-cache", "{path}");
            let head = Client::request("HEAD", path).body(Body::empty()).unwrap();
            let head = client.send(head).await.is(200);
            assert_eq!(head.header("etag"), anonymous.header("etag"), "{path}");
            assert!(head.text.is_empty());
        }
    }
}

/// What each of these changes, and what it does not.
#[tokio::test]
async fn a_tag_moves_when_what_is_shown_does() {
    for client in clients().await {
        with_servers(&client).await;
        client.add("uris", r#"{"name": "u", "url": "https://u.example"}"#).await;
        let all =
            ["/api/servers/", "/api/servers/1/", "/api/servers.csv", "/api/dcs/", "/api/uris/"];
        let tags = async || {
            let mut tags = Vec::new();
            for path in all {
                tags.push(tag(&client, path).await);
            }
            tags
        };
        for (method, path, body, moved) in [
            ("PATCH", "/api/servers/1/", r#"{"state": "failed"}"#, [true, true, true, false, true]),
            // A name that servers only refer to.
            ("PATCH", "/api/dcs/1/", r#"{"name": "iad1"}"#, [true, true, true, true, true]),
            ("PATCH", "/api/uris/1/", r#"{"name": "v"}"#, [false, false, false, false, true]),
            ("POST", "/api/types/", r#"{"name": "vm"}"#, [true, true, true, false, true]),
            // Nothing is changed by it.
            ("PATCH", "/api/dcs/1/", r#"{"name": "iad1"}"#, [false; 5]),
            ("DELETE", "/api/-/cache/", "", [true; 5]),
        ] {
            let before = tags().await;
            let answer = client.call(method, path, body).await;
            assert!(answer.status.is_success(), "{}", answer.text);
            let after = tags().await;
            let found: Vec<bool> = before.iter().zip(&after).map(|(one, two)| one != two).collect();
            assert_eq!(found, moved, "{method} {path} {body}");
        }
        let events = client.call("GET", "/api/-/audit/", "").await;
        assert!(events.text.contains("Cleared cache"), "{}", events.text);
    }
}

#[tokio::test]
async fn who_may_see_the_same_shares_an_answer_and_nobody_else() {
    for client in clients().await {
        with_servers(&client).await;
        let vera = client.of("vera", "viewers").await;
        let path = "/api/servers/";
        assert_eq!(tag(&client, path).await, tag(&vera, path).await);
        let grant = StoredGrant {
            id: 0,
            group: "eqiad".to_owned(),
            rights: "view".to_owned(),
            type_name: Some("server".to_owned()),
            filter: Some("dc__name=eqiad".to_owned()),
        };
        let group = PeopleChange::AddGroup { group: "eqiad".to_owned(), description: None };
        let ctx = client.test.system();
        let people = client.test.app.people(&ctx).await.unwrap();
        let everybody = people.grants.iter().filter(|grant| grant.group == "anonymous");
        let mut changes: Vec<_> =
            everybody.map(|grant| PeopleChange::Revoke { id: grant.id }).collect();
        changes.extend([group, PeopleChange::Grant(grant)]);
        client.test.app.people_change(&ctx, changes).await.unwrap();
        let hal = client.of("hal", "eqiad").await;
        assert_ne!(tag(&client, path).await, tag(&hal, path).await);
        assert_eq!(get(&hal, path, &[]).await.json()["count"], 2);
        assert_eq!(get(&client, path, &[]).await.json()["count"], 3);
        // Who may see nothing is not told that what they name is unchanged.
        let known = tag(&client, path).await;
        let nobody = Client::request("GET", path).header("if-none-match", &known);
        client.send(nobody.body(Body::empty()).unwrap()).await.problem_is(401);
        // The same address under another name has other links in it.
        let elsewhere = Request::builder().uri(path).header(header::HOST, "other.test");
        let elsewhere = elsewhere.header(header::AUTHORIZATION, format!("Bearer {}", client.token));
        let answer = client.send(elsewhere.body(Body::empty()).unwrap()).await.is(200);
        assert_ne!(answer.header("etag"), known);
        assert!(answer.text.contains("http://other.test/"));
    }
}

#[tokio::test]
async fn rights_that_are_taken_back_are_gone_at_once_on_every_replica() {
    for client in clients().await {
        with_servers(&client).await;
        let (replica, vera) =
            (client.at_replica().await, client.of("vera", "administrators").await);
        let as_vera = replica.holding(vera.token.clone());
        let path = "/api/-/users/";
        for asked in [&vera, &as_vera] {
            get(asked, path, &[]).await.is(200);
        }
        let gone = "/api/-/groups/administrators/members/vera/";
        client.call("DELETE", gone, "").await.is(204);
        for asked in [&vera, &as_vera] {
            get(asked, path, &[]).await.problem_is(403);
        }
        client.call("PUT", gone, "").await.is(204);
        get(&as_vera, path, &[]).await.is(200);
        let tokens = client.call("GET", "/api/-/tokens/", "").await.json();
        let tokens = tokens["results"].as_array().unwrap();
        let hers = tokens.iter().find(|token| token["user"] == "vera").unwrap();
        client.call("DELETE", &format!("/api/-/tokens/{}/", hers["id"]), "").await.is(204);
        for asked in [&vera, &as_vera] {
            get(asked, path, &[]).await.problem_is(401);
        }
    }
}

#[tokio::test]
async fn errors_are_never_kept() {
    for client in clients().await {
        with_servers(&client).await;
        let (by_id, filtered) = ("/api/servers/4/", "/api/servers/?nme=x");
        for _ in 0..2 {
            get(&client, by_id, &[("if-none-match", "*")]).await.problem_is(404);
            get(&client, filtered, &[]).await.problem_is(400);
            let grid = get(&client, "/api/servers/?format=datatables&draw=1&start=x", &[]).await;
            assert_eq!((grid.status.as_u16(), grid.header("etag")), (404, ""), "{}", grid.text);
        }
        let server = r#"{"name": "new", "ip": "10.0.9.9", "component": 1, "dc": 1,
            "environment": 1, "group": 1, "state": "active"}"#;
        client.add("servers", server).await;
        assert_eq!(get(&client, by_id, &[]).await.is(200).json()["name"], "new");
    }
}

#[tokio::test]
async fn a_date_counts_when_its_second_has_passed() {
    for mut client in clients().await {
        with_servers(&client).await;
        let written =
            client.call("PATCH", "/api/servers/1/", r#"{"state": "failed"}"#).await.is(200);
        let written = written.json()["updated_at"].as_str().unwrap().to_owned();
        let written = chrono::DateTime::parse_from_rfc3339(&written).unwrap().to_utc();
        client.at(written + TimeDelta::milliseconds(1_900));
        for path in ["/api/servers/", "/api/servers/1/", "/api/servers.jsonl"] {
            let early = get(&client, path, &[]).await.is(200);
            assert_eq!(early.header("last-modified"), "", "{path}");
        }
        client.at(written + TimeDelta::seconds(2));
        for path in ["/api/servers/", "/api/servers/1/", "/api/servers.csv"] {
            let settled = get(&client, path, &[]).await.is(200);
            let date = settled.header("last-modified").to_owned();
            let told = chrono::DateTime::parse_from_rfc2822(&date).unwrap();
            assert_eq!(told.timestamp(), written.timestamp(), "{path}");
            let since = |date: &str| [("if-modified-since", date.to_owned())];
            for (date, status) in [
                (date.clone(), 304),
                ("Thu, 01 Jan 1970 00:00:00 GMT".to_owned(), 200),
                ("yesterday".to_owned(), 200),
            ] {
                let [(name, value)] = since(&date);
                get(&client, path, &[(name, &value)]).await.is(status);
                // A tag that is none of ours is stronger than the date.
                let both = [(name, value.as_str()), ("if-none-match", "\"x\"")];
                get(&client, path, &both).await.is(200);
            }
        }
        // What was is told by its tag alone.
        let past = get(&client, "/api/servers/?as_of=3", &[]).await.is(200);
        assert_eq!(past.header("last-modified"), "");
    }
}

#[tokio::test]
async fn answers_may_be_as_old_as_the_operator_allows() {
    for client in clients().await {
        with_servers(&client).await;
        let mut lazy = client.at_replica().await;
        lazy.allow_staleness(TimeDelta::hours(1));
        let path = "/api/servers/1/";
        let first = get(&lazy, path, &[]).await.is(200);
        assert_eq!((first.header("age"), first.header("x-max-staleness")), ("0", "3600"));
        client.call("PATCH", path, r#"{"state": "failed"}"#).await.is(200);
        let stale = get(&lazy, path, &[]).await.is(200);
        assert_eq!(stale.json()["state"], first.json()["state"], "it may be stale, and is");
        assert!(stale.header("age").parse::<i64>().unwrap() > 0);
        // What was written through it, it knows.
        lazy.call("PATCH", path, r#"{"description": "mine"}"#).await.is(200);
        let fresh = get(&lazy, path, &[]).await.is(200).json();
        assert_eq!((&fresh["state"], &fresh["description"]), (&"failed".into(), &"mine".into()));
    }
}
