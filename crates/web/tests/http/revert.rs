//! The way back: changes taken back by new ones.

use axum::body::Body;
use axum::http::header;
use serde_json::{Value, json};
use web::Settings;

use crate::client::{Client, clients, clients_with, with_servers};
use crate::history::with_a_life;

#[tokio::test]
async fn a_change_is_taken_back_by_its_commit() {
    for client in clients().await {
        with_servers(&client).await;
        let before = client.get("/api/servers/1/").await.json();
        client.call("PATCH", "/api/servers/1/", r#"{"state": "failed", "tags": []}"#).await.is(200);
        let commit =
            client.get("/api/servers/1/history/").await.json()["results"][0]["commit"].clone();
        let path = format!("/api/-/commits/{commit}/revert/");
        let reverted = client.call("POST", &path, "").await.is(200);
        let number = commit.as_i64().unwrap() + 1;
        assert_eq!(reverted.json(), json!({"commit": number, "changes": 1}));
        assert_eq!(reverted.header("x-commit"), number.to_string());
        let after = client.get("/api/servers/1/").await.json();
        assert_eq!((&after["state"], &after["tags"]), (&before["state"], &before["tags"]));
        assert_eq!(after["revision"], 3);
        let entry = client.get(&format!("/api/-/commits/{number}/")).await.json();
        assert_eq!(entry["reason"], format!("Revert of commit {commit}"));
        let again = client.call("POST", &path, "").await.is(200);
        assert_eq!(again.json(), json!({"commit": null, "changes": 0}));
        assert_eq!(again.header("x-commit"), "");
    }
}

#[tokio::test]
async fn an_added_record_goes_and_a_deleted_one_comes_back_as_it_was() {
    for client in clients().await {
        with_a_life(&client).await;
        let revert = async |commit: i64| {
            client.call("POST", &format!("/api/-/commits/{commit}/revert/?reason=oops"), "").await
        };
        assert_eq!(revert(4).await.is(200).json(), json!({"commit": 5, "changes": 1}));
        let back = client.get("/api/dcs/1/").await.is(200).json();
        assert_eq!((&back["name"], &back["revision"]), (&json!("iad1"), &json!(5)));
        assert_eq!(client.get("/api/dcs/1/history/").await.json()["results"][0]["reason"], "oops");
        let told = revert(1).await;
        assert_eq!(
            told.problem(409, ""),
            "Something else has changed since; \"conflicts\" tells what."
        );
        client.add("dcs", r#"{"name": "ams1"}"#).await;
        revert(6).await.is(200);
        client.get("/api/dcs/2/").await.is(404);
        let next = client.add("dcs", r#"{"name": "fra1"}"#).await;
        assert_eq!(next["id"], 3, "ids are never given again");
    }
}

#[tokio::test]
async fn what_has_changed_since_is_not_overwritten() {
    for client in clients().await {
        with_servers(&client).await;
        let body = r#"{"state": "failed", "description": "disk"}"#;
        client.call("PATCH", "/api/servers/1/", body).await.is(200);
        let commit =
            client.get("/api/servers/1/history/").await.json()["results"][0]["commit"].clone();
        client.call("PATCH", "/api/servers/1/", r#"{"state": "retired"}"#).await.is(200);
        let path = format!("/api/-/commits/{commit}/revert/");
        let told = client.call("POST", &path, "").await.is(409).json();
        assert_eq!(
            told["conflicts"],
            json!([{"type": "server", "id": 1, "field": "state",
                "message": "It has changed since, from \"failed\" to \"retired\"."}])
        );
        // A name that somebody else took stands in the way as well.
        client.call("DELETE", "/api/servers/3/", "").await.is(204);
        client.call("PATCH", "/api/servers/2/", r#"{"name": "web2001"}"#).await.is(200);
        let told = client.call("POST", "/api/servers/3/revert/", r#"{"to_revision": 1}"#).await;
        let conflict = &told.is(409).json()["conflicts"][0];
        assert_eq!((&conflict["field"], &conflict["id"]), (&json!("name"), &json!(3)));
    }
}

#[tokio::test]
async fn a_record_goes_back_to_what_it_was() {
    for client in clients().await {
        with_a_life(&client).await;
        let revert = async |body: &str| client.call("POST", "/api/dcs/1/revert/", body).await;
        let back = revert(r#"{"to_revision": 2}"#).await.is(201);
        assert_eq!(back.header("location"), "http://domesday.test/api/dcs/1/");
        assert_eq!((back.header("x-commit"), &back.json()["name"]), ("5", &json!("eqiad")));
        assert_eq!(back.json()["description"], "Ashburn");
        assert_eq!(back.json()["revision"], 5);
        let first = revert(r#"{"to_revision": 1}"#).await.is(200).json();
        assert_eq!((&first["description"], &first["revision"]), (&Value::Null, &json!(6)));
        let same = revert(r#"{"to_revision": 6}"#).await.is(200);
        assert_eq!((same.header("x-commit"), &same.json()["revision"]), ("", &json!(6)));
        let reason = &client.get("/api/dcs/1/history/").await.json()["results"][0]["reason"];
        assert_eq!(reason, "Back to revision 1");
        for (body, name, told) in [
            ("{}", "to_revision", "This field is required."),
            (r#"{"to_revision": "x"}"#, "to_revision", "A valid integer is required."),
            (r#"{"to_revision": 1.5}"#, "to_revision", "A valid integer is required."),
            (
                r#"{"to_revision": 1, "name": "x"}"#,
                "name",
                "Unknown field. The body is {\"to_revision\": 4}.",
            ),
        ] {
            assert_eq!(revert(body).await.problem(400, name), told, "{body}");
        }
        for revision in ["0", "4", "7", "-1"] {
            let told = revert(&format!(r#"{{"to_revision": {revision}}}"#)).await;
            assert_eq!(told.problem(404, ""), "There is no such revision.", "{revision}");
        }
        client.call("POST", "/api/dcs/9/revert/", r#"{"to_revision": 1}"#).await.is(404);
        let stale = [("if-match", "\"5.x\"")];
        let body = r#"{"to_revision": 2}"#;
        let told = client.call_with(("POST", "/api/dcs/1/revert/"), body, &stale).await.is(412);
        assert_eq!(told.json()["current"]["revision"], 6);
        let once = [("idempotency-key", "k")];
        let first = client.call_with(("POST", "/api/dcs/1/revert/"), body, &once).await.is(200);
        let again = client.call_with(("POST", "/api/dcs/1/revert/"), body, &once).await.is(200);
        assert_eq!((first.header("x-commit"), again.header("x-commit")), ("7", "7"));
        assert_eq!(again.header("idempotent-replayed"), "true");
    }
}

#[tokio::test]
async fn taking_back_is_a_write() {
    for client in clients().await {
        with_a_life(&client).await;
        for path in ["/api/-/commits/4/revert/", "/api/dcs/1/revert/"] {
            let request = Client::request("POST", path)
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from("{}"))
                .unwrap();
            client.send(request).await.problem(401, "");
            client.get(path).await.is(405);
        }
        client.call("POST", "/api/-/commits/9/revert/", "").await.problem(404, "");
        client.call("POST", "/api/-/commits/4/revert/?x=1", "").await.problem(400, "x");
    }
}

#[tokio::test]
async fn a_type_that_wants_preconditions_wants_them_for_the_way_back_too() {
    let strict = || {
        let text = "[types.site]\nif_match = \"required\"\nreason = \"required\"\n\
            [types.site.fields]\nname = { kind = \"text\", required = true, unique = true }\n";
        app::schema_file::read("strict.toml", text).unwrap()
    };
    for client in clients_with(strict, &Settings::default()).await {
        client.call("POST", "/api/sites/?reason=new", r#"{"name": "a"}"#).await.is(201);
        let (to, body) = (("POST", "/api/sites/1/revert/"), r#"{"to_revision": 1}"#);
        client.call(to.0, to.1, body).await.problem(428, "");
        client.call_with(to, body, &[("if-match", "\"7.x\"")]).await.is(412);
        client.call_with(to, body, &[("if-match", "\"1.x\"")]).await.is(200);
        // The commit that is taken back says which revisions it made, and why.
        client.call("POST", "/api/-/commits/1/revert/", "").await.is(200);
    }
}
