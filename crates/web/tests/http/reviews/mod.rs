//! Changes that wait until a second person agrees to them.

mod decisions;
mod faults;
mod queue;

use axum::body::Body;
use axum::http::header;
use serde_json::Value;

use crate::client::{Answer, Client, clients_with, reviewed};
use web::Settings;

/// A register with servers under review, and people who may propose, review and look.
pub(crate) struct Team {
    /// Administers, and may pass by reviews.
    pub(crate) alice: Client,
    /// Propose.
    pub(crate) rita: Client,
    pub(crate) rolf: Client,
    /// Review.
    pub(crate) bob: Client,
    pub(crate) carl: Client,
    /// Writes, where that needs no review.
    pub(crate) otto: Client,
    /// Looks.
    pub(crate) vera: Client,
}

pub(crate) async fn teams() -> Vec<Team> {
    teams_with(reviewed).await
}

pub(crate) async fn teams_with(schema: fn() -> domain::schema::Schema) -> Vec<Team> {
    let mut teams = Vec::new();
    for alice in clients_with(schema, &Settings::default()).await {
        let team = Team {
            rita: alice.of("rita", "requesters").await,
            rolf: alice.of("rolf", "requesters").await,
            bob: alice.of("bob", "reviewers").await,
            carl: alice.of("carl", "reviewers").await,
            otto: alice.of("otto", "operators").await,
            vera: alice.of("vera", "viewers").await,
            alice,
        };
        team.fill().await;
        teams.push(team);
    }
    teams
}

const BYPASS: &str = "bypass=1&reason=set-up";

impl Team {
    /// Two data centres, three tags, and the servers db1 and db2.
    async fn fill(&self) {
        for plural in ["components", "environments", "groups"] {
            self.alice.add(plural, r#"{"name": "one"}"#).await;
        }
        for name in ["eqiad", "codfw"] {
            self.alice.add("dcs", &format!(r#"{{"name": "{name}"}}"#)).await;
        }
        for name in ["ssd", "spare", "old"] {
            self.alice.add("tags", &format!(r#"{{"name": "{name}"}}"#)).await;
        }
        for (name, ip) in [("db1", "10.0.0.1"), ("db2", "10.0.0.2")] {
            let body = server(name, ip);
            let path = format!("/api/servers/?{BYPASS}");
            self.alice.call("POST", &path, &body).await.is(201);
        }
    }

    /// Changes db1 past the review.
    pub(crate) async fn bypass(&self, path: &str, body: &str) {
        let path = format!("{path}?{BYPASS}");
        self.alice.call("PATCH", &path, body).await.is(200);
    }

    pub(crate) async fn server(&self, id: i64) -> Value {
        self.alice.call("GET", &format!("/api/servers/{id}/"), "").await.is(200).json()
    }
}

/// The body of a new server, with the tag ssd.
pub(crate) fn server(name: &str, ip: &str) -> String {
    format!(
        r#"{{"name": "{name}", "ip": "{ip}", "dc": "eqiad", "tags": ["ssd"], "component": "one",
        "environment": "one", "group": "one", "state": "active"}}"#
    )
}

/// Asks for a change that waits, and gives the number of its request.
pub(crate) async fn ask(who: &Client, method: &str, path: &str, body: &str) -> i64 {
    let answer = who.call(method, path, body).await.is(202);
    let request = answer.json();
    let number = request["number"].as_i64().unwrap();
    let expected = format!("http://domesday.test/api/-/change-requests/{number}/");
    assert_eq!(answer.header("location"), expected);
    assert_eq!(request["state"], "pending");
    number
}

/// Shows somebody a request.
pub(crate) async fn show(who: &Client, number: i64) -> Answer {
    who.call("GET", &format!("/api/-/change-requests/{number}/"), "").await
}

/// Does something with a request, having seen it just now.
pub(crate) async fn act(who: &Client, number: i64, verb: &str, body: &str) -> Answer {
    let shown = show(who, number).await;
    act_on(who, number, verb, shown.header("etag"), body).await
}

/// Does something with a request, having seen this of it.
pub(crate) async fn act_on(
    who: &Client,
    number: i64,
    verb: &str,
    etag: &str,
    body: &str,
) -> Answer {
    let mut request = Client::request("POST", &format!("/api/-/change-requests/{number}/{verb}/"))
        .header(header::AUTHORIZATION, format!("Bearer {}", who.token));
    if !etag.is_empty() {
        request = request.header(header::IF_MATCH, etag);
    }
    if !body.is_empty() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    who.send(request.body(Body::from(body.to_owned())).unwrap()).await
}
