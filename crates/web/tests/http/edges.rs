//! What holds for every request: who asks, what is refused, where addresses lead.

use axum::body::Body;
use axum::http::header;
use web::Settings;

use crate::client::{Client, built_in, clients, clients_with};

#[tokio::test]
async fn the_root_lists_the_types() {
    for client in clients().await {
        let root = client.get("/api/").await.is(200).json();
        assert_eq!(root["servers"], "http://domesday.test/api/servers/");
        assert_eq!(root.as_object().unwrap().len(), client.test.app.schema.types().len());
        client.get("/healthz").await.is(200);
        client.get("/readyz").await.is(200);
    }
}

#[tokio::test]
async fn who_is_about_to_end_is_not_ready_and_answers_all_the_same() {
    let settings = Settings::default();
    let clients = clients_with(built_in, &settings).await;
    for client in &clients {
        client.get("/readyz").await.is(200);
    }
    settings.ending.begin();
    for client in &clients {
        client.get("/readyz").await.problem(503, "");
        let root = client.get("/api/").await.is(200);
        assert_eq!(root.header("connection"), "close");
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
            let request = Client::request(method, path).body(Body::from("garbage")).unwrap();
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
    let settings = Settings { body_limit: 64, ..Settings::default() };
    for client in clients_with(built_in, &settings).await {
        assert!(
            client
                .call("POST", "/api/dcs/", "{")
                .await
                .problem(400, "")
                .starts_with("JSON parse error - ")
        );
        client.call("POST", "/api/dcs/", "3").await.is(400);
        let told = client.call("POST", "/api/dcs/", &"x".repeat(65)).await.problem(413, "");
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
async fn every_error_is_a_problem_and_every_answer_has_an_id() {
    for client in clients().await {
        for (method, path, status) in [
            ("GET", "/nothing/", 404),
            ("GET", "/api/nope/", 404),
            ("GET", "/api/servers/x/", 404),
            ("GET", "/api/servers/99999999999999999999/", 404),
            ("GET", "/api/servers.xml", 404),
            ("POST", "/api/servers/1/", 405),
            ("POST", "/api/", 405),
            ("GET", "/api/-/validate/dcs/", 405),
            ("DELETE", "/api/servers.json", 405),
            ("GET", "/api/servers/?format=xml", 406),
            ("GET", "/api/servers/1/?format=csv", 406),
        ] {
            client.call(method, path, "").await.problem(status, "");
        }
        let allowed = client.call("POST", "/api/servers/1/", "").await;
        assert_eq!(allowed.header("allow"), "GET,HEAD,PUT,PATCH,DELETE,OPTIONS");
        let allowed = client.call("DELETE", "/api/servers.json", "").await;
        assert_eq!(allowed.header("allow"), "GET,HEAD,POST");
        let request = Client::request("GET", "/api/dcs/")
            .header("x-request-id", "mine-1")
            .header(header::ACCEPT, "application/xml")
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
async fn the_documentation_needs_nothing_from_outside() {
    for client in clients().await {
        let page = client.get("/api/-/docs/").await.is(200);
        assert!(page.header("content-security-policy").starts_with("default-src 'self'"));
        assert!(!page.text.contains("http:") && !page.text.contains("https:"));
        for file in ["swagger-ui.css", "swagger-ui-bundle.js", "start.js"] {
            assert!(page.text.contains(file));
            client.get(&format!("/api/-/docs/{file}")).await.is(200);
        }
        client.get("/api/-/docs/index.html").await.is(404);
    }
}

#[tokio::test]
async fn addresses_begin_with_the_public_url() {
    let settings =
        Settings { public_url: Some("https://d.example".to_owned()), ..Settings::default() };
    for client in clients_with(built_in, &settings).await {
        let added = client.add("dcs", r#"{"name": "a"}"#).await;
        assert_eq!(added["url"], "https://d.example/api/dcs/1/");
        // Who comes by TLS is kept to it.
        let header = client.get("/healthz").await.headers;
        assert_eq!(header["strict-transport-security"], "max-age=31536000");
    }
}
