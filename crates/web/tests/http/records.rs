//! Records through the whole edge: written, read, listed, exported, refused.

use crate::client::{Client, clients, clients_with, with_servers};
use axum::body::Body;
use axum::http::header;
use serde_json::json;
use web::Settings;

#[tokio::test]
async fn the_root_lists_the_types() {
    for client in clients().await {
        let root = client.get("/api/").await.is(200).json();
        assert_eq!(root["servers"], "http://domesday.test/api/servers/");
        assert_eq!(
            root.as_object().unwrap().len(),
            client.test.app.schema.types().len()
        );
        client.get("/healthz").await.is(200);
        client.get("/readyz").await.is(200);
    }
}

#[tokio::test]
async fn a_record_is_added_read_changed_and_deleted() {
    for client in clients().await {
        let added = client
            .call("POST", "/api/dcs/", r#"{"name": "eqiad"}"#)
            .await
            .is(201);
        assert_eq!(added.header("location"), "http://domesday.test/api/dcs/1/");
        assert_eq!(added.header("x-commit"), "1");
        let record = added.json();
        assert_eq!(record["id"], 1);
        assert_eq!(record["url"], "http://domesday.test/api/dcs/1/");
        assert_eq!(record["revision"], 1);
        assert_eq!(record["changed_by"], "alice");
        assert_eq!(client.get("/api/dcs/1/").await.is(200).text, added.text);
        assert_eq!(
            client.get("/api/dcs/by/eqiad/").await.is(200).text,
            added.text
        );

        let same = client.call("PUT", "/api/dcs/1/", &added.text).await.is(200);
        assert_eq!(same.header("x-commit"), "", "nothing changed");
        assert_eq!(same.text, added.text);
        let patched = client
            .call("PATCH", "/api/dcs/1/", r#"{"description": "x"}"#)
            .await
            .is(200);
        assert_eq!(patched.json()["revision"], 2);
        assert_eq!(patched.header("x-commit"), "2");
        let put = client
            .call("PUT", "/api/dcs/1/", r#"{"name": "eqiad"}"#)
            .await
            .is(200);
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
        let put = client
            .call("PUT", "/api/dcs/by/a%2Fb/", r#"{"description": "x"}"#)
            .await
            .is(201);
        assert_eq!(put.json()["name"], "a/b");
        let again = client
            .call("PUT", "/api/dcs/by/a%2Fb/", "{}")
            .await
            .is(200)
            .json();
        assert_eq!(
            (&again["id"], &again["description"]),
            (&json!(1), &json!(null))
        );
        client
            .call("PATCH", "/api/dcs/by/a%2Fb/", r#"{"description": "y"}"#)
            .await
            .is(200);
        client
            .call("PATCH", "/api/dcs/by/none/", "{}")
            .await
            .is(404);
        let long = "x".repeat(51);
        let told = client
            .call("PUT", &format!("/api/dcs/by/{long}/"), "{}")
            .await;
        assert_eq!(
            told.problem(400, "name"),
            "Ensure this field has no more than 50 characters."
        );
        client.get(&format!("/api/dcs/by/{long}/")).await.is(404);
        client.get("/api/dcs/by/a/b/").await.is(404);
        client
            .call("DELETE", "/api/dcs/by/a%2Fb/", "")
            .await
            .is(204);
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
        let same = client
            .call("PUT", "/api/servers/1/", &read.text)
            .await
            .is(200);
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
        assert_eq!(
            added.text.matches("\"url\":\"https://x.example/\"").count(),
            1
        );
        assert_eq!(added.header("location"), "http://domesday.test/api/uris/1/");
    }
}

#[tokio::test]
async fn a_list_has_pages_by_cursor_or_by_offset() {
    for client in clients().await {
        with_servers(&client).await;
        let first = client
            .get("/api/servers/?limit=2&ordering=-name&state=active")
            .await
            .is(200);
        assert_eq!(first.column("name"), ["web2001", "db1002"]);
        let page = first.json();
        assert_eq!(
            (&page["count"], &page["previous"]),
            (&json!(3), &json!(null))
        );
        let next = page["next"].as_str().unwrap();
        assert!(
            next.contains("state=active") && next.contains("cursor="),
            "{next}"
        );
        let second = client
            .get(next.strip_prefix("http://domesday.test").unwrap())
            .await
            .is(200);
        assert_eq!(second.column("name"), ["db1001"]);
        assert_eq!(second.json()["next"], json!(null));
        let back = second.json()["previous"].as_str().unwrap().to_owned();
        let back = client
            .get(back.strip_prefix("http://domesday.test").unwrap())
            .await
            .is(200);
        assert_eq!(back.column("name"), ["web2001", "db1002"]);

        let page = client
            .get("/api/servers/?limit=1&offset=1&count=none")
            .await
            .is(200)
            .json();
        assert_eq!(page["count"], json!(null));
        assert_eq!(
            page["next"],
            "http://domesday.test/api/servers/?limit=1&count=none&offset=2"
        );
        assert_eq!(
            page["previous"],
            "http://domesday.test/api/servers/?limit=1&count=none&offset=0"
        );
        let beyond = client.get("/api/servers/?offset=9").await.is(200).json();
        assert_eq!(beyond["results"], json!([]));
    }
}

#[tokio::test]
async fn a_list_is_filtered_through_references_and_told_once() {
    for client in clients().await {
        with_servers(&client).await;
        for (query, names) in [
            ("dc__name=eqiad", &["db1001", "db1002"][..]),
            ("tags__name__in=ssd,spare", &["db1001", "db1002"]),
            ("dc__name!=eqiad", &["web2001"]),
            ("ip__net=10.0.0.0/31", &["db1001"]),
            ("search=WEB2", &["web2001"]),
            ("name=", &["db1001", "db1002", "web2001"]),
            ("name__iregex=^DB", &["db1001", "db1002"]),
        ] {
            let found = client.get(&format!("/api/servers/?{query}")).await.is(200);
            assert_eq!(found.column("name"), names, "{query}");
        }
    }
}

#[tokio::test]
async fn bad_parameters_are_told_all_together_by_name() {
    for client in clients().await {
        let told = client
            .get("/api/servers/?limit=1001&offset=x&nme=1&ip=1.2.3&fields=nope&ordering=nope&count=a")
            .await;
        for field in [
            "limit", "offset", "nme", "ip", "fields", "ordering", "count",
        ] {
            assert!(
                !told.problem(400, field).starts_with("What was sent"),
                "{field}"
            );
        }
        for query in [
            "limit=0",
            "limit=",
            "limit=-1",
            "offset=1&cursor=x",
            "cursor=x",
            "brief=2",
            "limit=1&limit=2",
            "name=%FF",
            "page=2",
            "name__nope=1",
        ] {
            client.get(&format!("/api/servers/?{query}")).await.is(400);
        }
        for path in ["/api/?x=1", "/api/dcs/1/?x=1", "/api/-/openapi.json?x=1"] {
            client.get(path).await.is(400);
        }
        client.call("POST", "/api/dcs/?x=1", "{}").await.is(400);
    }
}

#[tokio::test]
async fn lenient_filters_pass_over_unknown_names_alone() {
    let settings = Settings {
        lenient_filters: true,
        ..Settings::default()
    };
    for client in clients_with(crate::client::built_in, &settings).await {
        with_servers(&client).await;
        let found = client.get("/api/servers/?nope=1&name=db1001").await.is(200);
        assert_eq!(found.column("name"), ["db1001"]);
        client.get("/api/servers/?nope=1&ip=x").await.is(400);
    }
}

#[tokio::test]
async fn members_are_chosen() {
    for client in clients().await {
        client.add("dcs", r#"{"name": "eqiad"}"#).await;
        for (query, expected) in [
            (
                "brief=1",
                r#"{"id":1,"url":"http://domesday.test/api/dcs/1/","display":"eqiad","name":"eqiad"}"#,
            ),
            ("fields=name,id", r#"{"id":1,"name":"eqiad"}"#),
            ("fields=name,revision&exclude=name", r#"{"revision":1}"#),
            ("brief=1&omit=url,display", r#"{"id":1,"name":"eqiad"}"#),
        ] {
            let read = client.get(&format!("/api/dcs/1/?{query}")).await.is(200);
            assert_eq!(read.text, expected, "{query}");
            let list = client.get(&format!("/api/dcs/?{query}")).await.is(200);
            assert!(list.text.contains(expected), "{}", list.text);
        }
    }
}

#[tokio::test]
async fn exports_stream_everything_that_the_filter_matches() {
    for client in clients().await {
        with_servers(&client).await;
        let csv = client
            .get("/api/servers/?format=csv&dc__name=eqiad&exclude=description")
            .await;
        assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
        assert_eq!(
            csv.text,
            "id,name,ip,component,dc,environment,type,group,tags,state\n\
            1,db1001,10.0.0.1,one,eqiad,one,,one,ssd|spare,active\n\
            2,db1002,10.0.0.2,one,eqiad,one,,one,ssd,active\n"
        );
        let lines = client
            .get("/api/servers/?format=jsonl&fields=name")
            .await
            .is(200);
        assert_eq!(
            lines.text,
            "{\"name\":\"db1001\"}\n{\"name\":\"db1002\"}\n{\"name\":\"web2001\"}\n"
        );
        assert_eq!(lines.header("content-type"), "application/jsonl");
        client.get("/api/servers/?format=csv&limit=3").await.is(400);
        let none = client.get("/api/servers.jsonl?name=none").await.is(200);
        assert_eq!(none.text, "");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_record_is_told_by_field() {
    for client in clients().await {
        client.add("dcs", r#"{"name": "eqiad"}"#).await;
        let told = client
            .call(
                "POST",
                "/api/servers/",
                r#"{"name": "", "ip": "x", "dc": 9, "nope": 1}"#,
            )
            .await;
        assert_eq!(told.problem(400, "name"), "This field may not be blank.");
        assert_eq!(
            told.problem(400, "ip"),
            "Enter a valid IPv4 or IPv6 address."
        );
        assert_eq!(
            told.problem(400, "dc"),
            "Invalid pk \"9\" - object does not exist."
        );
        assert_eq!(told.problem(400, "component"), "This field is required.");
        assert!(told.problem(400, "nope").starts_with("Unknown field."));
        assert_eq!(told.json()["codes"]["ip"], json!(["invalid"]));
        let told = client
            .call("POST", "/api/dcs/", r#"{"name": "eqiad"}"#)
            .await;
        assert_eq!(
            told.problem(409, "name"),
            "dc with this name already exists."
        );
    }
}

#[tokio::test]
async fn a_protected_record_stays() {
    for client in clients().await {
        with_servers(&client).await;
        let told = client
            .call("DELETE", "/api/dcs/2/", "")
            .await
            .problem(409, "");
        assert_eq!(
            told,
            "Unable to delete object. 1 dependent objects were found: server 3 (dc)"
        );
    }
}

#[tokio::test]
async fn writing_needs_a_token_and_a_wrong_one_is_refused_everywhere() {
    for client in clients().await {
        for (method, path) in [
            ("POST", "/api/dcs/"),
            ("PUT", "/api/dcs/1/"),
            ("PATCH", "/api/dcs/1/"),
            ("DELETE", "/api/dcs/1/"),
            ("PUT", "/api/dcs/by/x/"),
        ] {
            let request = Client::request(method, path)
                .body(Body::from("garbage"))
                .unwrap();
            let answer = client.send(request).await.is(401);
            assert_eq!(answer.header("www-authenticate"), "Bearer");
            answer.problem(401, "");
        }
        for sent in ["Bearer nope", "Token nope", "Basic YTpi", "nope"] {
            let request = Client::request("GET", "/api/dcs/")
                .header(header::AUTHORIZATION, sent)
                .body(Body::empty())
                .unwrap();
            client.send(request).await.is(401);
        }
    }
}

#[tokio::test]
async fn bodies_that_are_no_records_are_refused() {
    let settings = Settings {
        body_limit: 64,
        ..Settings::default()
    };
    for client in clients_with(crate::client::built_in, &settings).await {
        assert!(
            client
                .call("POST", "/api/dcs/", "{")
                .await
                .problem(400, "")
                .starts_with("JSON parse error - ")
        );
        client.call("POST", "/api/dcs/", "[]").await.is(400);
        let told = client
            .call("POST", "/api/dcs/", &"x".repeat(65))
            .await
            .problem(413, "");
        assert_eq!(told, "The body is larger than 64 bytes.");
        let request = Client::request("POST", "/api/-/validate/dcs/")
            .header(header::CONTENT_TYPE, "text/plain")
            .body(Body::from("{}"))
            .unwrap();
        let told = client.send(request).await.problem(415, "");
        assert_eq!(told, "Unsupported media type \"text/plain\" in request.");
    }
}

#[tokio::test]
async fn a_check_tells_what_a_write_would_and_writes_nothing() {
    for client in clients().await {
        client.add("dcs", r#"{"name": "eqiad"}"#).await;
        let check = async |query: &str, body: &str| {
            client
                .call("POST", &format!("/api/-/validate/dcs/{query}"), body)
                .await
        };
        assert_eq!(
            check("", r#"{"name": "x"}"#).await.is(200).json()["effect"],
            "added"
        );
        assert_eq!(
            check("?id=1", r#"{"name": "x"}"#).await.is(200).json()["effect"],
            "updated"
        );
        assert_eq!(
            check("?id=1", "{}").await.is(200).json()["effect"],
            "unchanged"
        );
        check("", r#"{"name": "eqiad"}"#).await.is(409);
        check("", r#"{"name": null}"#).await.is(400);
        check("?id=7", "{}").await.is(404);
        check("?id=x", "{}").await.is(400);
        assert_eq!(client.get("/api/dcs/").await.json()["count"], 1);
    }
}

#[tokio::test]
async fn every_error_is_a_problem_and_every_answer_has_an_id() {
    for client in clients().await {
        for (method, path, status) in [
            ("GET", "/", 404),
            ("GET", "/api/nope/", 404),
            ("GET", "/api/servers/x/", 404),
            ("GET", "/api/servers/99999999999999999999/", 404),
            ("GET", "/api/servers.xml", 404),
            ("DELETE", "/api/servers/", 405),
            ("POST", "/api/", 405),
            ("GET", "/api/-/validate/dcs/", 405),
            ("DELETE", "/api/servers.json", 405),
            ("GET", "/api/servers/?format=xml", 406),
            ("GET", "/api/servers/1/?format=csv", 406),
        ] {
            client.call(method, path, "").await.problem(status, "");
        }
        let allowed = client.call("DELETE", "/api/servers/", "").await;
        assert_eq!(allowed.header("allow"), "GET,HEAD,POST,OPTIONS");
        let request = Client::request("GET", "/api/dcs/")
            .header("x-request-id", "mine-1")
            .header(header::ACCEPT, "text/html")
            .body(Body::empty())
            .unwrap();
        let answer = client.send(request).await;
        answer.problem(406, "");
        assert_eq!(answer.header("x-request-id"), "mine-1");
    }
}

#[tokio::test]
async fn a_missing_slash_is_added() {
    for client in clients().await {
        for (path, to) in [
            ("/api", "/api/"),
            ("/api/dcs?limit=1", "/api/dcs/?limit=1"),
            ("/api/dcs/1", "/api/dcs/1/"),
            ("/api/dcs/by/a%2Fb", "/api/dcs/by/a%2Fb/"),
            ("/api/-/docs", "/api/-/docs/"),
            ("/api/-/validate/dcs", "/api/-/validate/dcs/"),
        ] {
            let answer = client.get(path).await.is(308);
            assert_eq!(answer.header("location"), to);
        }
    }
}

#[tokio::test]
async fn options_tell_about_the_fields_to_who_may_write() {
    for client in clients().await {
        let request = Client::request("OPTIONS", "/api/servers/")
            .body(Body::empty())
            .unwrap();
        assert_eq!(
            client.send(request).await.is(200).json().get("actions"),
            None
        );
        let told = client
            .call("OPTIONS", "/api/servers/", "")
            .await
            .is(200)
            .json();
        let fields = &told["actions"]["POST"];
        assert_eq!(fields["name"]["max_length"], 50);
        assert_eq!(fields["dc"]["target"], "dcs");
        assert_eq!(fields["state"]["choices"][0]["value"], "planned");
        assert_eq!(fields["id"]["read_only"], true);
    }
}

#[tokio::test]
async fn the_documentation_needs_nothing_from_outside() {
    for client in clients().await {
        let page = client.get("/api/-/docs/").await.is(200);
        assert!(
            page.header("content-security-policy")
                .starts_with("default-src 'self'")
        );
        assert!(!page.text.contains("http:") && !page.text.contains("https:"));
        for file in ["swagger-ui.css", "swagger-ui-bundle.js", "start.js"] {
            assert!(page.text.contains(file));
            client.get(&format!("/api/-/docs/{file}")).await.is(200);
        }
        client.get("/api/-/docs/index.html").await.is(404);
    }
}

#[tokio::test]
async fn why_is_remembered_and_limited() {
    for client in clients().await {
        let long = "x".repeat(1_001);
        let told = client
            .call(
                "POST",
                &format!("/api/dcs/?reason={long}"),
                r#"{"name":"a"}"#,
            )
            .await;
        told.problem(400, "reason");
        client
            .call("POST", "/api/dcs/?reason=new+site", r#"{"name":"a"}"#)
            .await
            .is(201);
    }
}
