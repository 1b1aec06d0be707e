//! Lost updates can't happen: entity tags, preconditions, and the answers to those that fail.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use axum::http::header;
use futures_util::future::join_all;
use testkit::scale;

use crate::client::{Answer, Client, clients, clients_with};

impl Client {
    /// A request of the token's holder with some headers.
    pub(crate) async fn call_with(
        &self,
        (method, path): (&str, &str),
        body: &str,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = Self::request(method, path)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }
}

#[tokio::test]
async fn a_change_goes_in_only_for_the_revision_it_was_made_for() {
    for client in clients().await {
        client.add("dcs", r#"{"name": "eqiad"}"#).await;
        let read = client.get("/api/dcs/1/").await.is(200);
        let tag = read.header("etag").to_owned();
        assert!(tag.starts_with("\"1."), "{tag}");
        let change = |tag: &str| {
            let (client, tag) = (&client, tag.to_owned());
            async move {
                let body = format!(r#"{{"description": "{}"}}"#, tag.len());
                client.call_with(("PATCH", "/api/dcs/1/"), &body, &[("if-match", &tag)]).await
            }
        };
        let changed = change(&tag).await.is(200);
        assert!(changed.header("etag").starts_with("\"2."));
        let stale = change(&tag).await.is(412);
        let problem = stale.json();
        assert_eq!(problem["current"]["revision"], 2);
        assert_eq!(stale.header("etag"), changed.header("etag"));
        change(&format!("W/{}", changed.header("etag"))).await.is(200);
        change("\"7.x\", \"3.y\"").await.is(200);
        change("*").await.is(200);
        change("nonsense").await.is(412);
        let headers = [("if-match", "\"1.x\"")];
        client.call_with(("DELETE", "/api/dcs/1/"), "", &headers).await.is(412);
        client.call_with(("PUT", "/api/dcs/1/"), r#"{"name": "x"}"#, &headers).await.is(412);
        client.call_with(("DELETE", "/api/dcs/by/eqiad/"), "", &headers).await.is(412);
        client.call_with(("PATCH", "/api/dcs/9/"), "{}", &headers).await.is(404);
    }
}

#[tokio::test]
async fn a_tag_changes_when_a_reference_is_renamed_and_is_answered_without_a_body() {
    for client in clients().await {
        crate::client::with_servers(&client).await;
        let first = client.get("/api/servers/1/").await;
        let tag = first.header("etag").to_owned();
        let again = |tag: String| {
            let request = Client::request("GET", "/api/servers/1/").header("if-none-match", tag);
            client.send(request.body(Body::empty()).unwrap())
        };
        let known = again(format!("W/{tag}")).await.is(304);
        assert_eq!((known.text.as_str(), known.header("etag")), ("", tag.as_str()));
        client.call("PATCH", "/api/dcs/1/", r#"{"name": "moved"}"#).await.is(200);
        let renamed = again(tag.clone()).await.is(200);
        assert_ne!(renamed.header("etag"), tag);
        assert_eq!(renamed.json()["revision"], 1);
    }
}

#[tokio::test]
async fn a_put_by_key_may_want_a_new_record() {
    for client in clients().await {
        let new = [("if-none-match", "*")];
        let put = ("PUT", "/api/dcs/by/eqiad/");
        client.call_with(put, "{}", &new).await.is(201);
        let taken = client.call_with(put, r#"{"description": "x"}"#, &new).await.is(412).json();
        assert_eq!(taken["current"]["name"], "eqiad");
        let other = ("PUT", "/api/dcs/by/codfw/");
        client.call_with(other, "{}", &[("if-match", "*")]).await.is(412);
        client.call_with(put, "{}", &[("if-none-match", "\"1.x\"")]).await.is(400);
    }
}

#[tokio::test]
async fn a_date_refuses_what_changed_in_its_second_or_later() {
    for client in clients().await {
        let added = client.add("dcs", r#"{"name": "eqiad"}"#).await;
        let changed: chrono::DateTime<chrono::Utc> =
            added["updated_at"].as_str().unwrap().parse().unwrap();
        let since = |seconds: i64| {
            let at = changed + chrono::TimeDelta::seconds(seconds);
            at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
        };
        for (date, status) in [(since(-1), 412), (since(0), 412), (since(1), 200)] {
            let headers = [("if-unmodified-since", date.as_str())];
            client.call_with(("PATCH", "/api/dcs/1/"), "{}", &headers).await.is(status);
        }
    }
}

const STRICT: &str = r#"
[types.rack]
reason = "required"
if_match = "required"
[types.rack.fields]
name = { kind = "text", max_length = 20, required = true, unique = true }
"#;

#[tokio::test]
async fn a_type_may_want_a_reason_and_a_revision_with_every_change() {
    let schema = || app::schema_file::read("strict.toml", STRICT).unwrap();
    for client in clients_with(schema, &web::Settings::default()).await {
        let add = ("POST", "/api/racks/");
        let told = client.call("POST", "/api/racks/", r#"{"name": "A1"}"#).await;
        assert!(told.problem(400, "reason").contains("need a reason"));
        let why = ("x-change-reason", "it came");
        client.call_with(add, r#"{"name": "A1"}"#, &[why]).await.is(201);
        client.call("POST", "/api/racks/?reason=why", r#"{"name": "A2"}"#).await.is(201);
        let change = ("PATCH", "/api/racks/1/");
        client.call_with(change, r#"{"name": "B1"}"#, &[why]).await.problem(428, "");
        let both = [why, ("if-match", "\"1.x\"")];
        client.call_with(change, r#"{"name": "B1"}"#, &both).await.is(200);
        client.call_with(("DELETE", "/api/racks/1/"), "", &[why]).await.problem(428, "");
        let bulk = ("PATCH", "/api/racks/");
        let told = client.call_with(bulk, r#"[{"id": 1, "name": "C1"}]"#, &[why]).await.is(400);
        assert!(told.json()["errors"]["0"]["revision"].is_array());
        let named = r#"[{"id": 1, "revision": 2, "name": "C1"}]"#;
        client.call_with(bulk, named, &[why]).await.is(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_count_up_at_once_lose_no_count() {
    let (counters, attempts) = (scale(8, 64), scale(120, 1_000));
    for client in clients_with(testkit::every_kind, &web::Settings::default()).await {
        client.add("things", r#"{"name": "counter", "units": 0}"#).await;
        let (left, made) = (AtomicUsize::new(attempts), AtomicUsize::new(0));
        let count_up = async || {
            let take = |left: usize| left.checked_sub(1);
            while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok() {
                let read = client.get("/api/things/1/").await.is(200);
                let units = read.json()["units"].as_u64().unwrap();
                let body = format!(r#"{{"units": {}}}"#, units + 1);
                let tag = [("if-match", read.header("etag"))];
                let answer = client.call_with(("PATCH", "/api/things/1/"), &body, &tag).await;
                match answer.status.as_u16() {
                    200 => made.fetch_add(1, Ordering::Relaxed),
                    412 => 0,
                    other => panic!("{other}: {}", answer.text),
                };
            }
        };
        join_all((0..counters).map(|_| count_up())).await;
        let counted = client.get("/api/things/1/").await.json()["units"].as_u64().unwrap();
        let made = made.into_inner();
        assert_eq!(usize::try_from(counted).unwrap(), made);
        assert!(made > 0 && made <= attempts);
    }
}
