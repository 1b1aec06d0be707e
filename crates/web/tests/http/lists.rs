//! Lists: pages, filters, members, exports.

use serde_json::json;
use web::Settings;

use crate::client::{built_in, clients, clients_with, with_servers};

#[tokio::test]
async fn a_list_has_pages_by_cursor_or_by_offset() {
    for client in clients().await {
        with_servers(&client).await;
        let first = client.get("/api/servers/?limit=2&ordering=-name&state=active").await.is(200);
        assert_eq!(first.column("name"), ["web2001", "db1002"]);
        let page = first.json();
        assert_eq!((&page["count"], &page["previous"]), (&json!(3), &json!(null)));
        let next = page["next"].as_str().unwrap();
        assert!(next.contains("state=active") && next.contains("cursor="), "{next}");
        let second = client.get(next.strip_prefix("http://domesday.test").unwrap()).await.is(200);
        assert_eq!(second.column("name"), ["db1001"]);
        assert_eq!(second.json()["next"], json!(null));
        let back = second.json()["previous"].as_str().unwrap().to_owned();
        let back = client.get(back.strip_prefix("http://domesday.test").unwrap()).await.is(200);
        assert_eq!(back.column("name"), ["web2001", "db1002"]);

        let page = client.get("/api/servers/?limit=1&offset=1&count=none").await.is(200).json();
        assert_eq!(page["count"], json!(null));
        assert_eq!(page["next"], "http://domesday.test/api/servers/?limit=1&count=none&offset=2");
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
        for field in ["limit", "offset", "nme", "ip", "fields", "ordering", "count"] {
            assert!(!told.problem(400, field).starts_with("What was sent"), "{field}");
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
    let settings = Settings { lenient_filters: true, ..Settings::default() };
    for client in clients_with(built_in, &settings).await {
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
        let csv = client.get("/api/servers/?format=csv&dc__name=eqiad&exclude=description").await;
        assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
        assert_eq!(
            csv.text,
            "id,name,ip,component,dc,environment,type,state,group,tags\n\
            1,db1001,10.0.0.1,one,eqiad,one,,active,one,ssd|spare\n\
            2,db1002,10.0.0.2,one,eqiad,one,,active,one,ssd\n"
        );
        let lines = client.get("/api/servers/?format=jsonl&fields=name").await.is(200);
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
