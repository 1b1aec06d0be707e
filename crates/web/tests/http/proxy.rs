//! People whom a proxy signs in, which tells who they are with every request.

use std::net::{IpAddr, SocketAddr};

use app::sign_in::GroupMap;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header;
use identity::header::HeaderSettings;
use web::{HeaderProvider, Providers, Settings};

use crate::client::{Answer, Client, built_in, clients_with, user};

fn settings() -> Settings {
    let settings = HeaderSettings {
        name: "gate".to_owned(),
        networks: vec!["10.0.0.0/24".parse().unwrap()],
        user: "remote-user".to_owned(),
        email: Some("remote-email".to_owned()),
        display_name: None,
        groups: Some("remote-groups".to_owned()),
    };
    let groups = GroupMap(vec![
        ("ops".to_owned(), "operators".to_owned()),
        ("staff".to_owned(), "viewers".to_owned()),
    ]);
    let sign_out_url = Some("https://gate.example.org/out".to_owned());
    let headers = vec![HeaderProvider { settings, sign_out_url, groups }];
    Settings { providers: Providers { headers, ..Providers::default() }, ..Settings::default() }
}

/// Sends a request from an address with headers.
async fn send(
    client: &Client,
    (method, path): (&str, &str),
    from: &str,
    headers: &[(&str, &str)],
) -> Answer {
    let mut request = Client::request(method, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(r#"{"name": "x"}"#))
        .unwrap();
    let peer = SocketAddr::from((from.parse::<IpAddr>().unwrap(), 4_000));
    request.extensions_mut().insert(ConnectInfo(peer));
    client.send(request).await
}

const PROXY: &str = "10.0.0.7";
const ME: (&str, &str) = ("GET", "/api/-/me/");

#[tokio::test]
async fn only_the_proxy_says_who_somebody_is() {
    for client in clients_with(built_in, &settings()).await {
        let anna = [("Remote-User", "anna"), ("Remote-Groups", "ops, staff")];
        let me = send(&client, ME, PROXY, &anna).await.is(200).json();
        assert_eq!(me["user"], "anna");
        assert_eq!(me["groups"], serde_json::json!(["operators", "viewers"]));
        // From elsewhere the header is worth nothing, whatever X-Forwarded-For says.
        let pretended = [anna[0], ("X-Forwarded-For", PROXY)];
        let me = send(&client, ME, "198.51.100.7", &pretended).await.is(200).json();
        assert_eq!(me["user"], serde_json::Value::Null);
        // Without the header a request through the proxy is nobody's.
        let me = send(&client, ME, PROXY, &[]).await.is(200).json();
        assert_eq!(me["user"], serde_json::Value::Null);
    }
}

#[tokio::test]
async fn rights_follow_what_the_proxy_says() {
    for client in clients_with(built_in, &settings()).await {
        let post = ("POST", "/api/tags/");
        let named = ("Remote-User", "anna");
        send(&client, post, PROXY, &[named, ("Remote-Groups", "staff")]).await.is(403);
        send(&client, post, PROXY, &[named, ("Remote-Groups", "ops")]).await.is(201);
        let me = send(&client, ME, PROXY, &[named]).await.is(200).json();
        assert_eq!(me["groups"], serde_json::json!([]));
        send(&client, post, PROXY, &[named]).await.is(403);
    }
}

#[tokio::test]
async fn a_sign_in_is_audited_once_and_a_refusal_with_its_cause() {
    for client in clients_with(built_in, &settings()).await {
        let anna = [("Remote-User", "anna")];
        for _ in 0..3 {
            send(&client, ME, PROXY, &anna).await.is(200);
        }
        let twice = [anna[0], anna[0]];
        send(&client, ME, PROXY, &twice).await.is(401);
        // alice signs in by password: the proxy's word does not do for her.
        send(&client, ME, PROXY, &[("Remote-User", "alice")]).await.is(401);
        let audit = client.call("GET", "/api/-/audit/", "").await.is(200);
        let (actions, subjects) = (audit.column("action"), audit.column("subject"));
        let of_anna = subjects.iter().filter(|one| one.starts_with("user anna by gate from"));
        assert_eq!(of_anna.count(), 1, "{subjects:?}");
        assert!(actions.contains(&"Refused sign-in".to_owned()), "{actions:?}");
        let told = audit.column("reason").join("; ");
        assert!(told.contains("there twice") && told.contains("not let in"), "{}", audit.text);
    }
}

#[tokio::test]
async fn a_page_of_another_site_writes_nothing() {
    for client in clients_with(built_in, &settings()).await {
        let post = ("POST", "/api/tags/");
        let with = |name, value| [("Remote-User", "anna"), ("Remote-Groups", "ops"), (name, value)];
        let of_other = [
            with("Sec-Fetch-Site", "cross-site"),
            with("Sec-Fetch-Site", "same-site"),
            with("Origin", "https://evil.example"),
            with("Origin", "null"),
        ];
        for headers in of_other {
            let told = send(&client, post, PROXY, &headers).await.is(403);
            assert!(told.text.contains("pages of this very address"), "{}", told.text);
            send(&client, ME, PROXY, &headers).await.is(200);
        }
        send(&client, post, PROXY, &with("Sec-Fetch-Site", "same-origin")).await.is(201);
    }
}

#[tokio::test]
async fn disabling_somebody_turns_them_away_at_once() {
    for client in clients_with(built_in, &settings()).await {
        let anna = [("Remote-User", "anna"), ("Remote-Groups", "staff")];
        send(&client, ME, PROXY, &anna).await.is(200);
        client.call("PATCH", "/api/-/users/anna/", r#"{"is_active": false}"#).await.is(200);
        send(&client, ME, PROXY, &anna).await.is(401);
        send(&client, ("GET", "/api/servers/"), PROXY, &anna).await.is(401);
    }
}

#[tokio::test]
async fn a_token_goes_before_the_proxys_word() {
    for client in clients_with(built_in, &settings()).await {
        let bearer = format!("Bearer {}", client.token);
        let both = [("Remote-User", "anna"), ("Authorization", bearer.as_str())];
        let me = send(&client, ME, PROXY, &both).await.is(200).json();
        assert_eq!(me["user"], "alice");
        let of_nobody = [("Remote-User", "anna"), ("Authorization", "Bearer domesday_wrong")];
        send(&client, ME, PROXY, &of_nobody).await.is(401);
    }
}

#[tokio::test]
async fn a_session_by_cookie_gives_way_to_the_proxys_word() {
    for client in clients_with(built_in, &settings()).await {
        let ctx = client.test.system();
        client.test.app.people_change(&ctx, vec![user("bert", "viewers")]).await.unwrap();
        let from = app::sign_in::Origin::default();
        let ctx = client.test.nobody();
        let secret = client.test.app.sign_in(&ctx, ("bert", "password of bert"), &from).await;
        let cookie = format!("domesday_session={}", secret.unwrap());
        let me = send(&client, ME, PROXY, &[("Cookie", &cookie)]).await.is(200).json();
        assert_eq!(me["user"], "bert");
        let both = [("Remote-User", "anna"), ("Cookie", cookie.as_str())];
        let me = send(&client, ME, PROXY, &both).await.is(200).json();
        assert_eq!(me["user"], "anna");
    }
}

#[tokio::test]
async fn pages_know_whom_the_proxy_signed_in() {
    for client in clients_with(built_in, &settings()).await {
        let anna = [("Remote-User", "anna"), ("Remote-Groups", "staff")];
        let login = ("GET", "/login/?next=/api/servers/");
        let sent_on = send(&client, login, PROXY, &anna).await.is(303);
        assert_eq!(sent_on.header("location"), "/api/servers/");
        let account = send(&client, ("GET", "/account/"), PROXY, &anna).await.is(200);
        assert!(account.text.contains("Groups: viewers"), "{}", account.text);
        assert!(!account.text.contains("New password"), "{}", account.text);
        let mut request = Client::request("POST", "/auth/logout")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("Remote-User", "anna")
            .header("Sec-Fetch-Site", "same-origin")
            .body(Body::from("csrf="))
            .unwrap();
        let peer = SocketAddr::from((PROXY.parse::<IpAddr>().unwrap(), 4_000));
        request.extensions_mut().insert(ConnectInfo(peer));
        let out = client.send(request).await.is(200);
        assert_eq!(out.header("refresh"), "0; url=https://gate.example.org/out");
    }
}
