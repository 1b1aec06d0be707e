//! Many changes in one request, and requests that are sent more than once.

use serde_json::{Value, json};

use crate::client::{Client, clients, with_servers};

/// The number of the last commit, by the `X-Commit` of one more change.
async fn commits(client: &Client) -> i64 {
    let made = client.call("POST", "/api/tags/", r#"{"name": "counter"}"#).await.is(201);
    client.call("DELETE", "/api/tags/by/counter/", "").await.is(204);
    made.header("x-commit").parse().unwrap()
}

#[tokio::test]
async fn a_list_is_added_changed_and_deleted_in_one_commit_each() {
    for client in clients().await {
        let before = commits(&client).await;
        let list = r#"[{"name": "a"}, {"name": "b"}, {"name": "c"}]"#;
        let added = client.call("POST", "/api/dcs/", list).await.is(201);
        let names: Vec<Value> =
            added.json().as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
        assert_eq!(names, ["a", "b", "c"]);
        let edits = r#"[{"id": 1, "description": "one"}, {"name": "b", "description": "two"}]"#;
        let changed = client.call("PATCH", "/api/dcs/", edits).await.is(200).json();
        assert_eq!([&changed[0]["description"], &changed[1]["description"]], ["one", "two"]);
        let replaced = r#"[{"id": 1, "name": "z"}, {"name": "new"}]"#;
        let replaced = client.call("PUT", "/api/dcs/", replaced).await.is(200).json();
        assert_eq!(replaced[0]["description"], Value::Null);
        assert_eq!(replaced[1]["id"], 4);
        client.call("DELETE", "/api/dcs/", r#"[2, {"name": "new"}]"#).await.is(204);
        assert_eq!(client.get("/api/dcs/").await.json()["count"], 2);
        // Four, and the two of the first count.
        assert_eq!(commits(&client).await, before + 6);
        let none = client.call("POST", "/api/dcs/", "[]").await.is(200);
        assert_eq!((none.text.as_str(), none.header("x-commit")), ("[]", ""));
    }
}

#[tokio::test]
async fn a_list_is_all_or_nothing_and_tells_errors_by_place_and_field() {
    for client in clients().await {
        client.add("dcs", r#"{"name": "taken"}"#).await;
        let list = r#"[{"name": "fine"}, {"name": ""}, {"nam": "x"}, {"name": "taken"}]"#;
        let told = client.call("POST", "/api/dcs/", list).await.is(400).json();
        let mut places: Vec<&String> = told["errors"].as_object().unwrap().keys().collect();
        places.sort();
        assert_eq!(places, ["1", "2"]);
        assert_eq!(told["errors"]["1"]["name"][0], "This field may not be blank.");
        assert_eq!(told["codes"]["1"]["name"][0], "blank");
        let only_taken = r#"[{"name": "fine"}, {"name": "taken"}]"#;
        let told = client.call("POST", "/api/dcs/", only_taken).await.is(409).json();
        assert!(told["errors"]["1"]["name"].is_array());
        for (method, body, status, place) in [
            ("PATCH", r#"[{"id": 1}, {"id": 99, "description": "x"}]"#, 404, "1"),
            ("PATCH", r#"[{"description": "x"}]"#, 400, "0"),
            ("PATCH", r#"[{"id": 1, "revision": 7, "description": "x"}]"#, 412, "0"),
            ("PATCH", "[3]", 400, "0"),
            ("DELETE", "[1, 99]", 404, "1"),
            ("PUT", r#"[{"id": "one", "name": "x"}]"#, 400, "0"),
        ] {
            let told = client.call(method, "/api/dcs/", body).await.is(status).json();
            assert!(told["errors"][place].is_object(), "{body}: {told}");
        }
        assert_eq!(client.get("/api/dcs/").await.json()["count"], 1);
        client.call("PUT", "/api/dcs/", "{}").await.is(400);
        let too_many = format!("[{}1]", "1,".repeat(10_000));
        client.call("DELETE", "/api/dcs/", &too_many).await.problem(400, "");
    }
}

#[tokio::test]
async fn all_that_a_filter_matches_changes_at_once_if_it_is_as_many_as_was_said() {
    for client in clients().await {
        with_servers(&client).await;
        let path = "/api/servers/?dc__name=eqiad";
        let wish = |count: u32| {
            json!({"fields": {"state": "retired", "tags": []}, "expect_count": count}).to_string()
        };
        let told = client.call("PATCH", path, &wish(3)).await;
        assert_eq!(told.problem(412, "expect_count"), "The filter matches 2 records.");
        let changed = client.call("PATCH", path, &wish(2)).await.is(200);
        assert!(!changed.header("x-commit").is_empty());
        let changed = changed.json();
        assert_eq!(changed.as_array().unwrap().len(), 2);
        assert!(changed.as_array().unwrap().iter().all(|one| one["state"] == "retired"));
        for (path, body, field) in [
            (path, r#"{"fields": {"state": "active"}}"#, "expect_count"),
            (path, r#"{"expect_count": 2}"#, "fields"),
            (path, r#"{"fields": {}, "expect_count": 2, "x": 1}"#, "x"),
            ("/api/servers/", r#"{"fields": {}, "expect_count": 3}"#, "non_field_errors"),
            ("/api/servers/?nam=x", r#"{"fields": {}, "expect_count": 3}"#, "nam"),
        ] {
            let told = client.call("PATCH", path, body).await.problem(400, field);
            assert!(!told.is_empty(), "{body}");
        }
        let deleted = client.call("DELETE", path, r#"{"expect_count": 2}"#).await.is(204);
        assert!(!deleted.header("x-commit").is_empty());
        assert_eq!(client.get("/api/servers/").await.json()["count"], 1);
    }
}

#[tokio::test]
async fn the_same_key_gives_the_same_answer_and_one_commit() {
    for client in clients().await {
        let key = [("idempotency-key", "k-1")];
        let add = ("POST", "/api/dcs/");
        let body = r#"{"name": "eqiad"}"#;
        let first = client.call_with(add, body, &key).await.is(201);
        let again = client.call_with(add, body, &key).await.is(201);
        assert_eq!(first.text, again.text);
        for name in ["x-commit", "location", "etag", "content-type"] {
            assert_eq!(first.header(name), again.header(name), "{name}");
        }
        assert_eq!(
            (first.header("idempotent-replayed"), again.header("idempotent-replayed")),
            ("", "true")
        );
        assert_eq!(client.get("/api/dcs/").await.json()["count"], 1);
        let told = client.call_with(add, r#"{"name": "codfw"}"#, &key).await.problem(422, "");
        assert!(told.contains("used with another request"));
        // What was refused is refused again, even when it would go in by now.
        let key = [("idempotency-key", "\"k-2\"")];
        let refused = client.call_with(add, body, &key).await;
        refused.problem(409, "name");
        client.call("DELETE", "/api/dcs/1/", "").await.is(204);
        let again = client.call_with(add, body, &key).await.is(409);
        assert_eq!(again.text, refused.text);
        assert_eq!(again.header("content-type"), "application/problem+json");
        for bad in ["", " ", &"k".repeat(256)] {
            let told = client.call_with(add, body, &[("idempotency-key", bad)]).await.is(400);
            assert!(told.json()["errors"]["idempotency-key"].is_array());
        }
    }
}

#[tokio::test]
async fn one_key_sent_many_times_at_once_makes_one_commit() {
    for client in clients().await {
        let send = |_| {
            client.call_with(
                ("POST", "/api/dcs/"),
                r#"{"name": "eqiad"}"#,
                &[("idempotency-key", "once")],
            )
        };
        let answers = futures_util::future::join_all((0..16).map(send)).await;
        for answer in &answers {
            assert!([201, 409].contains(&answer.status.as_u16()), "{}", answer.text);
        }
        assert!(answers.iter().any(|answer| answer.status == 201));
        assert_eq!(client.get("/api/dcs/").await.json()["count"], 1);
    }
}

#[tokio::test]
async fn a_key_is_known_at_every_replica_and_after_a_restart() {
    for client in clients().await {
        let (add, body) = (("POST", "/api/dcs/"), r#"{"name": "eqiad"}"#);
        let key = [("idempotency-key", "k-1")];
        let first = client.call_with(add, body, &key).await.is(201);
        let replica = client.at_replica().await;
        let again = replica.call_with(add, body, &key).await.is(201);
        assert_eq!(
            (again.text, again.headers.get("idempotent-replayed").is_some()),
            (first.text, true)
        );
        assert_eq!(replica.get("/api/dcs/").await.json()["count"], 1);
    }
}
