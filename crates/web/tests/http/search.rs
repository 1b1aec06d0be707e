//! The search over every type.

use serde_json::json;

use crate::client::{clients, with_servers};

#[tokio::test]
async fn records_of_every_type_are_found_by_a_text() {
    for client in clients().await {
        with_servers(&client).await;
        client.add("uris", r#"{"name": "about db1001", "url": "https://db1001.example"}"#).await;
        let found = client.get("/api/-/search/?q=%20DB1001").await.is(200).json();
        assert_eq!(found["more"], json!({}));
        let results = found["results"].as_array().unwrap();
        let told: Vec<_> =
            results.iter().map(|one| (one["type"].clone(), one["display"].clone())).collect();
        assert_eq!(
            told,
            [("server".into(), "db1001".into()), ("uri".into(), "about db1001".into())]
        );
        let server = &results[0];
        assert_eq!(server["url"], "http://domesday.test/api/servers/1/");
        let address = client.get("/api/servers/1/").await.json()["ip"].clone();
        assert!(server["others"].as_array().unwrap().contains(&address), "{server}");

        // What is just that comes before what only holds it.
        for (place, name) in ["a-db1001", "b-db1001"].into_iter().enumerate() {
            let body = json!({"name": name, "ip": format!("10.99.0.{place}"), "component": 1, "dc": 1,
                "environment": 1, "group": 1, "state": "active"});
            client.add("servers", &body.to_string()).await;
        }
        for (text, first) in [("Db1001", "db1001"), ("10.99.0.1", "b-db1001"), ("db1001", "db1001")]
        {
            let path = format!("/api/-/search/?q={text}&limit=2");
            let found = client.get(&path).await.is(200).json();
            assert_eq!(found["results"][0]["display"], first, "{found}");
        }

        // Of each type a few, and where the others are.
        let found = client.get("/api/-/search/?q=10.&limit=1").await.is(200).json();
        let all = "http://domesday.test/api/servers/?search=10.";
        assert_eq!(found["more"]["server"], all, "{found}");
        for nothing in ["/api/-/search/", "/api/-/search/?q=", "/api/-/search/?q=nowhere"] {
            let found = client.get(nothing).await.is(200).json();
            assert_eq!(found, json!({"results": [], "more": {}}), "{nothing}");
        }
        for (query, field) in [("q=%00", "q"), ("q=a&q=b", "q"), ("limit=0", "limit")] {
            client.get(&format!("/api/-/search/?{query}")).await.problem(400, field);
        }
        client.get("/api/-/search/?q=a&limit=51").await.problem(400, "limit");
        client.get("/api/-/search/?query=a").await.problem(400, "query");
    }
}
