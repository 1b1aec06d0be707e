//! The queue: which requests somebody is shown, and what they claim while they are open.

use serde_json::json;

use super::{act, ask, server, show, teams, teams_with};
use crate::client::Client;

async fn numbers(who: &Client, query: &str) -> Vec<i64> {
    let path = format!("/api/-/change-requests/?{query}");
    let listed = who.call("GET", &path, "").await.is(200).json();
    listed["results"].as_array().unwrap().iter().filter_map(|one| one["number"].as_i64()).collect()
}

#[tokio::test]
async fn the_queue_is_cut_down_by_what_is_asked() {
    for team in teams().await {
        let one = ask(&team.rita, "PATCH", "/api/servers/1/", r#"{"state": "failed"}"#).await;
        let two = ask(&team.bob, "PATCH", "/api/servers/2/", r#"{"state": "failed"}"#).await;
        let tag = ask(&team.rita, "PATCH", "/api/tags/1/", r#"{"description": "x"}"#).await;
        act(&team.bob, tag, "reject", r#"{"comment": "no"}"#).await.is(200);
        act(&team.rita, one, "assign", r#"{"reviewers": ["carl"]}"#).await.is(200);
        for (who, query, expected) in [
            (&team.vera, "", vec![tag, two, one]),
            (&team.vera, "state=open", vec![two, one]),
            (&team.vera, "state=rejected", vec![tag]),
            (&team.vera, "state=pending,rejected", vec![tag, two, one]),
            (&team.vera, "requester=rita", vec![tag, one]),
            (&team.rita, "mine=1", vec![tag, one]),
            (&team.rita, "mine=1&state=open", vec![one]),
            (&team.vera, "type=server", vec![two, one]),
            (&team.vera, "type=server&record=2", vec![two]),
            (&team.vera, "reviewer=carl", vec![one]),
            // One is for carl to decide, the other bob's own.
            (&team.bob, "awaiting_me=1", vec![]),
            (&team.carl, "awaiting_me=1", vec![two, one]),
            (&team.alice, "awaiting_me=1", vec![two]),
            (&team.vera, "awaiting_me=1", vec![]),
        ] {
            assert_eq!(numbers(who, query).await, expected, "{query}");
        }
        let path = "/api/-/change-requests/?limit=2";
        let first = team.vera.call("GET", path, "").await.json();
        assert_eq!((&first["count"], &first["more"]), (&json!(3), &json!(false)));
        let next = first["next"].as_str().unwrap();
        let next = next.strip_prefix("http://domesday.test").unwrap();
        let rest = team.vera.call("GET", next, "").await.json();
        assert_eq!(rest["results"][0]["number"], one);
        assert_eq!(rest["next"], serde_json::Value::Null);
        for (query, field) in [
            ("state=gone", "state"),
            ("type=nothing", "type"),
            ("record=1", "record"),
            ("mine=1&requester=a", "mine"),
            ("sate=open", "sate"),
        ] {
            let path = format!("/api/-/change-requests/?{query}");
            team.vera.call("GET", &path, "").await.problem(400, field);
        }
        team.rita.call("GET", "/api/-/change-requests/abc/", "").await.is(404);
        act(&team.rita, two, "assign", r#"{"reviewers": ["nobody"]}"#)
            .await
            .problem(400, "reviewers");
    }
}

#[tokio::test]
async fn an_open_request_claims_its_record_and_its_unique_values() {
    for team in teams().await {
        let first = ask(&team.rita, "PATCH", "/api/servers/1/", r#"{"name": "new"}"#).await;
        let claimed = |answer: crate::client::Answer| {
            let told = answer.problem(409, "");
            assert!(told.contains(&format!(": {first}.")), "{told}");
        };
        // The record.
        let body = r#"{"description": "x"}"#;
        claimed(team.rolf.call("PATCH", "/api/servers/1/", body).await);
        claimed(team.rolf.call("DELETE", "/api/servers/1/", "").await);
        // The name, by a request.
        claimed(team.rolf.call("POST", "/api/servers/", &server("new", "10.0.0.9")).await);
        // On hold it is claimed all the same.
        act(&team.bob, first, "hold", r#"{"comment": "wait"}"#).await.is(200);
        claimed(team.rolf.call("POST", "/api/servers/", &server("new", "10.0.0.9")).await);
        // Once it is closed, others may ask.
        act(&team.rita, first, "withdraw", "").await.is(200);
        let path = "/api/servers/";
        let second = ask(&team.rolf, "POST", path, &server("new", "10.0.0.9")).await;
        act(&team.bob, second, "approve", "").await.is(200);
        ask(&team.rolf, "PATCH", "/api/servers/1/", r#"{"description": "x"}"#).await;
    }
}

#[tokio::test]
async fn who_writes_directly_takes_no_name_that_is_asked_for() {
    for team in teams().await {
        let number = ask(&team.rita, "POST", "/api/tags/", r#"{"name": "new"}"#).await;
        let body = r#"{"name": "new"}"#;
        let told = team.otto.call("POST", "/api/tags/", body).await.problem(409, "");
        assert!(told.contains(&number.to_string()), "{told}");
        team.otto.call("POST", "/api/tags/", r#"{"name": "other"}"#).await.is(201);
        // A record that a request is about can be changed by who may write.
        let other = ask(&team.rita, "PATCH", "/api/tags/1/", r#"{"description": "x"}"#).await;
        team.otto.call("PATCH", "/api/tags/1/", r#"{"description": "y"}"#).await.is(200);
        assert_eq!(show(&team.bob, other).await.json()["changes"][0]["conflict"], true);
        // Who passes by the review takes the name, too.
        team.alice.call("POST", "/api/tags/?bypass=1&reason=x", body).await.is(201);
        let told = show(&team.bob, number).await.json();
        assert!(told["faults"][0]["errors"]["name"].is_array(), "{told}");
        // What was edited claims what it asks for now.
        let edit =
            r#"{"title": "Another", "changes": [{"type": "tag", "fields": {"name": "third"}}]}"#;
        let told = act(&team.rita, number, "edit", edit).await.is(200).json();
        assert_eq!(told["title"], "Another");
        team.otto.call("POST", "/api/tags/", r#"{"name": "third"}"#).await.is(409);
    }
}

#[tokio::test]
async fn a_request_that_nobody_decides_in_time_closes_itself() {
    fn expiring() -> domain::schema::Schema {
        let text = app::schema_file::BUILT_IN.replacen(
            "review = \"required\"",
            "review = { policy = \"required\", expires = \"1d\" }",
            1,
        );
        app::schema_file::read("infra.toml", &text).unwrap()
    }
    for team in teams_with(expiring).await {
        let body = r#"{"state": "failed"}"#;
        let number = ask(&team.rita, "PATCH", "/api/servers/1/", body).await;
        let app = &team.alice.test.app;
        let ctx = team.alice.test.system();
        assert!(app.requests_expire(&ctx, 10).await.unwrap().is_empty(), "not yet");
        let now = ctx.now + chrono::TimeDelta::days(2);
        let late = app::Context { now, ..ctx };
        // Not even before somebody closes it is anything decided on it.
        let bob = app.acting_as(&late, "bob").await.unwrap();
        let etag = app.request(&bob, number).await.unwrap().unwrap().etag;
        let asked = app::review::Asked::Approve;
        let approve = app::review::Act { number, asked, if_match: Some(etag), comment: None };
        let refused = app.request_act(&bob, approve).await.unwrap_err();
        assert!(matches!(refused, app::Error::Review(domain::review::Refusal::Closed)));
        assert_eq!(app.requests_expire(&late, 10).await.unwrap(), [number]);
        assert!(app.requests_expire(&late, 10).await.unwrap().is_empty());
        assert_eq!(show(&team.bob, number).await.json()["state"], "expired");
        ask(&team.rolf, "PATCH", "/api/servers/1/", body).await;
    }
}

#[tokio::test]
async fn a_token_that_only_looks_does_nothing_with_its_owners_requests() {
    for team in teams().await {
        let body = r#"{"state": "failed"}"#;
        let number = ask(&team.rita, "PATCH", "/api/servers/1/", body).await;
        let rights = Some([domain::access::Right::View].into_iter().collect());
        let new = app::tokens::NewToken {
            user: "rita".to_owned(),
            name: "looks".to_owned(),
            limits: domain::access::Limits { rights, types: None },
            ..app::tokens::NewToken::default()
        };
        let test = &team.alice.test;
        let token = test.app.token_create(&test.system(), new).await.unwrap();
        let looks = team.rita.holding(token);
        for verb in ["withdraw", "comment", "assign", "edit", "rebase"] {
            act(&looks, number, verb, "").await.is(403);
        }
        looks.call("PATCH", "/api/-/me/", r#"{"notices": []}"#).await.is(403);
        show(&looks, number).await.is(200);
        act(&team.rita, number, "withdraw", "").await.is(200);
    }
}

#[tokio::test]
async fn everybody_says_what_they_want_to_be_told_of() {
    for team in teams().await {
        let me = team.bob.call("GET", "/api/-/me/", "").await.json();
        assert_eq!(me["notices"], json!(["assigned", "decided", "discussed", "tasks"]));
        let body = r#"{"notices": ["new", "decided"]}"#;
        let me = team.bob.call("PATCH", "/api/-/me/", body).await.is(200).json();
        assert_eq!(me["notices"], json!(["new", "decided"]));
        assert_eq!(team.bob.call("GET", "/api/-/me/", "").await.json()["notices"], me["notices"]);
        let me = team.bob.call("PATCH", "/api/-/me/", "{}").await.is(200).json();
        assert_eq!(me["notices"], json!(["new", "decided"]), "nothing was said");
        let me = team.bob.call("PATCH", "/api/-/me/", r#"{"notices": null}"#).await.is(200).json();
        assert_eq!(me["notices"], json!(["assigned", "decided", "discussed", "tasks"]));
        let wrong = r#"{"notices": ["everything"]}"#;
        team.bob.call("PATCH", "/api/-/me/", wrong).await.problem(400, "notices");
        team.bob.anonymously("PATCH", "/api/-/me/", body).await.is(401);
    }
}
