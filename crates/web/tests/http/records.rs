//! One record: written, read, refused.

use axum::body::Body;
use serde_json::json;
use web::Settings;

use crate::client::{Client, clients, clients_with, reviewed, with_servers};

#[tokio::test]
async fn a_record_is_added_read_changed_and_deleted() {
    for client in clients().await {
        let added = client.call("POST", "/api/dcs/", r#"{"name": "eqiad"}"#).await.is(201);
        assert_eq!(added.header("location"), "http://domesday.test/api/dcs/1/");
        assert_eq!(added.header("x-commit"), "1");
        let record = added.json();
        assert_eq!(record["id"], 1);
        assert_eq!(record["url"], "http://domesday.test/api/dcs/1/");
        assert_eq!(record["revision"], 1);
        assert_eq!(record["changed_by"], "alice");
        assert_eq!(client.get("/api/dcs/1/").await.is(200).text, added.text);
        assert_eq!(client.get("/api/dcs/by/eqiad/").await.is(200).text, added.text);

        let same = client.call("PUT", "/api/dcs/1/", &added.text).await.is(200);
        assert_eq!(same.header("x-commit"), "", "nothing changed");
        assert_eq!(same.text, added.text);
        let patched = client.call("PATCH", "/api/dcs/1/", r#"{"description": "x"}"#).await.is(200);
        assert_eq!(patched.json()["revision"], 2);
        assert_eq!(patched.header("x-commit"), "2");
        let put = client.call("PUT", "/api/dcs/1/", r#"{"name": "eqiad"}"#).await.is(200);
        assert_eq!(put.json()["description"], json!(null));

        let gone = client.call("DELETE", "/api/dcs/1/", "").await.is(204);
        assert_eq!((gone.text.as_str(), gone.header("x-commit")), ("", "4"));
        assert_eq!(
            client.get("/api/dcs/1/").await.problem(404, ""),
            "No Data centre matches the given query."
        );
        client.call("DELETE", "/api/dcs/1/", "").await.is(404);
    }
}

#[tokio::test]
async fn a_record_is_put_by_its_key() {
    for client in clients().await {
        let put = client.call("PUT", "/api/dcs/by/a%2Fb/", r#"{"description": "x"}"#).await.is(201);
        assert_eq!(put.json()["name"], "a/b");
        let again = client.call("PUT", "/api/dcs/by/a%2Fb/", "{}").await.is(200).json();
        assert_eq!((&again["id"], &again["description"]), (&json!(1), &json!(null)));
        client.call("PATCH", "/api/dcs/by/a%2Fb/", r#"{"description": "y"}"#).await.is(200);
        client.call("PATCH", "/api/dcs/by/none/", "{}").await.is(404);
        let long = "x".repeat(51);
        let told = client.call("PUT", &format!("/api/dcs/by/{long}/"), "{}").await;
        assert_eq!(told.problem(400, "name"), "Ensure this field has no more than 50 characters.");
        client.get(&format!("/api/dcs/by/{long}/")).await.is(404);
        client.get("/api/dcs/by/a/b/").await.is(404);
        let other = client.call("PUT", "/api/dcs/by/a%2Fb/", r#"{"name": "c"}"#).await;
        assert!(other.problem(400, "name").ends_with("a rename needs the id."));
        client.call("DELETE", "/api/dcs/by/a%2Fb/", "").await.is(204);
    }
}

#[tokio::test]
async fn references_are_nested_and_the_answer_can_be_sent_back() {
    for client in clients().await {
        with_servers(&client).await;
        let read = client.get("/api/servers/by/db1001/").await.is(200);
        let record = read.json();
        let dc = json!({"id": 1, "name": "eqiad", "url": "http://domesday.test/api/dcs/1/"});
        assert_eq!(record["dc"], dc);
        assert_eq!(record["type"], json!(null));
        assert_eq!(record["tags"][1]["name"], "spare");
        let same = client.call("PUT", "/api/servers/1/", &read.text).await.is(200);
        assert_eq!(same.text, read.text);
    }
}

#[tokio::test]
async fn a_field_may_be_called_url() {
    for client in clients().await {
        for plural in ["components", "environments"] {
            client.add(plural, r#"{"name": "one"}"#).await;
        }
        let body = r#"{"name": "x", "url": "https://x.example/", "component": 1, "environment": 1,
            "state": "active"}"#;
        let added = client.call("POST", "/api/uris/", body).await.is(201);
        assert_eq!(added.text.matches("\"url\":\"https://x.example/\"").count(), 1);
        assert_eq!(added.header("location"), "http://domesday.test/api/uris/1/");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_record_is_told_by_field() {
    for client in clients().await {
        client.add("dcs", r#"{"name": "eqiad"}"#).await;
        let told = client
            .call("POST", "/api/servers/", r#"{"name": "", "ip": "x", "dc": 9, "nope": 1}"#)
            .await;
        assert_eq!(told.problem(400, "name"), "This field may not be blank.");
        assert_eq!(told.problem(400, "ip"), "Enter a valid IPv4 or IPv6 address.");
        assert_eq!(told.problem(400, "dc"), "Invalid pk \"9\" - object does not exist.");
        assert_eq!(told.problem(400, "component"), "This field is required.");
        assert!(told.problem(400, "nope").starts_with("Unknown field."));
        assert_eq!(told.json()["codes"]["ip"], json!(["invalid"]));
        let told = client.call("POST", "/api/dcs/", r#"{"name": "eqiad"}"#).await;
        assert_eq!(told.problem(409, "name"), "dc with this name already exists.");
    }
}

#[tokio::test]
async fn a_protected_record_stays() {
    for client in clients().await {
        with_servers(&client).await;
        let told = client.call("DELETE", "/api/dcs/2/", "").await.problem(409, "");
        assert_eq!(told, "Unable to delete object. 1 dependent objects were found: server 3 (dc)");
    }
}

#[tokio::test]
async fn a_check_tells_what_a_write_would_and_writes_nothing() {
    for client in clients().await {
        client.add("dcs", r#"{"name": "eqiad"}"#).await;
        let check = async |query: &str, body: &str| {
            client.call("POST", &format!("/api/-/validate/dcs/{query}"), body).await
        };
        assert_eq!(check("", r#"{"name": "x"}"#).await.is(200).json()["effect"], "added");
        assert_eq!(check("?id=1", r#"{"name": "x"}"#).await.is(200).json()["effect"], "updated");
        assert_eq!(check("?id=1", "{}").await.is(200).json()["effect"], "unchanged");
        check("", r#"{"name": "eqiad"}"#).await.is(409);
        check("", r#"{"name": null}"#).await.is(400);
        check("?id=7", "{}").await.is(404);
        check("?id=x", "{}").await.is(400);
        assert_eq!(client.get("/api/dcs/").await.json()["count"], 1);
    }
}

#[tokio::test]
async fn a_list_is_checked_as_the_commit_that_it_would_be() {
    for client in clients().await {
        with_servers(&client).await;
        let check = async |of: &str, body: &str| {
            client.call("POST", &format!("/api/-/validate/{of}"), body).await
        };
        let told = check("dcs/", r#"[{"name": "x"}, {"name": "y"}]"#).await.is(200).json();
        let added = json!({"effect": "added", "id": null});
        assert_eq!(told, json!({"valid": true, "results": [added, added], "records": 2}));
        let body = r#"[{"name": "db1001", "state": "failed"}, {"id": 3}]"#;
        let told = check("servers/?action=update", body).await.is(200).json();
        let results = json!([{"effect": "updated", "id": 1}, {"effect": "unchanged", "id": 3}]);
        assert_eq!(told, json!({"valid": true, "results": results, "records": 1}));
        let told = check("servers/?action=delete", r#"[1, {"name": "db1002"}]"#).await.is(200);
        assert_eq!(told.json()["results"][1], json!({"effect": "deleted", "id": 2}));
        // What two items come to together is seen, and told by its place.
        let told = check("dcs/", r#"[{"name": "x"}, {"name": "x"}]"#).await;
        assert!((400..500).contains(&told.status.as_u16()), "{}", told.text);
        let told = check("dcs/", r#"[{"name": "x"}, {"name": ""}]"#).await.is(400).json();
        assert!(told["errors"]["1"]["name"].is_array(), "{told}");
        check("dcs/?action=delete", "[2]").await.is(409);
        check("dcs/?action=update", "[{}]").await.is(400);
        check("dcs/?action=put", "[]").await.problem(400, "action");
        check("dcs/?id=1", "[]").await.problem(400, "id");
        check("dcs/?action=add", "{}").await.problem(400, "action");
        assert_eq!(client.get("/api/servers/").await.json()["count"], 3);
    }
}

#[tokio::test]
async fn options_tell_about_the_fields_to_who_may_write_or_propose() {
    for client in clients().await {
        let request = Client::request("OPTIONS", "/api/servers/").body(Body::empty()).unwrap();
        assert_eq!(client.send(request).await.is(200).json().get("actions"), None);
        let told = client.call("OPTIONS", "/api/servers/", "").await.is(200).json();
        let fields = &told["actions"]["POST"];
        assert_eq!(fields["name"]["max_length"], 50);
        assert_eq!(fields["dc"]["target"], "dcs");
        assert_eq!(fields["state"]["choices"][0]["value"], "planned");
        assert_eq!(fields["id"]["read_only"], true);
        let rita = client.of("rita", "requesters").await;
        let same = rita.call("OPTIONS", "/api/servers/", "").await.is(200).json();
        assert_eq!(same["actions"], told["actions"]);
    }
}

#[tokio::test]
async fn options_tell_everybody_what_the_type_is_and_whether_it_is_reviewed() {
    let client = clients_with(reviewed, &Settings::default()).await.remove(0);
    for (path, name, review) in
        [("/api/servers/", "server", "required"), ("/api/dcs/", "dc", "optional")]
    {
        let told = client.anonymously("OPTIONS", path, "").await.is(200).json();
        assert_eq!((&told["type"], &told["review"]), (&json!(name), &json!(review)));
        assert_eq!(told["key"], json!(["name"]));
    }
}

#[tokio::test]
async fn why_is_remembered_and_limited() {
    for client in clients().await {
        let long = "x".repeat(1_001);
        let told =
            client.call("POST", &format!("/api/dcs/?reason={long}"), r#"{"name":"a"}"#).await;
        told.problem(400, "reason");
        client.call("POST", "/api/dcs/?reason=new+site", r#"{"name":"a"}"#).await.is(201);
    }
}
