//! A client of the whole edge, over a register on a database of the test's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use app::known::ANONYMOUS;
use app::passwords::Password;
use app::people::{PeopleChange, Profile, StoredGrant};
use app::tokens::NewToken;
use app::{Bodies, Clock, Sources, Tasks, Templates, Webhooks};
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use axum::response::Response;
use cache::Memory;
use chrono::TimeDelta;
use domain::record::Timestamp;
use domain::schema::Schema;
use http_body_util::BodyExt;
use serde_json::Value;
use testkit::{TestApp, test_apps_with};
use tower::ServiceExt;
use web::{RequestIds, Settings, WebService};

fn service(test: &TestApp, settings: Settings) -> WebService {
    let made = Arc::new(AtomicU32::new(0));
    let ids = RequestIds::new(move || format!("req-{}", made.fetch_add(1, Ordering::Relaxed)));
    web::service(test.app.clone(), settings, ids)
}

/// Answers of every test are kept, so that each test is one of what is kept, too.
fn bodies() -> Bodies {
    Bodies::new(vec![Arc::new(Memory::new(16_000_000))], 1_000_000)
}

/// A client, who holds a token.
pub(crate) struct Client {
    pub(crate) test: TestApp,
    service: WebService,
    pub(crate) token: String,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The values of a member of all results, as text.
    pub(crate) fn column(&self, name: &str) -> Vec<String> {
        let document = self.json();
        let rows = document.get("results").or_else(|| document.get("data"));
        rows.and_then(Value::as_array)
            .unwrap_or_else(|| panic!("no rows: {document}"))
            .iter()
            .map(|row| match &row[name] {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            })
            .collect()
    }

    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }

    /// Checks that this is a problem.
    #[track_caller]
    pub(crate) fn problem_is(&self, status: u16) {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.header("content-type"), "application/problem+json");
    }

    /// Checks that this is a problem and gives the messages of a field.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16, field: &str) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["status"], status);
        assert_eq!(problem["request_id"], self.header("x-request-id"));
        match problem["errors"][field].as_array() {
            Some(told) => told.iter().filter_map(Value::as_str).collect(),
            None => problem["detail"].as_str().unwrap_or_default().to_owned(),
        }
    }
}

impl Client {
    pub(crate) async fn new(mut test: TestApp, settings: Settings) -> Self {
        test.app.bodies = bodies();
        let look = StoredGrant {
            id: 0,
            group: ANONYMOUS.to_owned(),
            rights: "view".to_owned(),
            type_name: None,
            filter: None,
        };
        let changes = vec![user("alice", "administrators"), PeopleChange::Grant(look)];
        let ctx = test.system();
        // A register that is opened again has them.
        if test.app.people(&ctx).await.unwrap().users.is_empty() {
            test.app.people_change(&ctx, changes).await.unwrap();
        }
        let token = token_of(&test, "alice").await;
        Self::with_token(test, settings, token)
    }

    /// The same register to the holder of another token.
    pub(crate) fn holding(&self, token: String) -> Self {
        let database = self.test.database.another_view();
        let test = TestApp { app: self.test.app.clone(), database };
        Self::with_token(test, Settings::default(), token)
    }

    /// The same register to somebody else, who is in a group and holds a token.
    pub(crate) async fn of(&self, name: &str, group: &str) -> Self {
        let ctx = self.test.system();
        self.test.app.people_change(&ctx, vec![user(name, group)]).await.unwrap();
        let token = token_of(&self.test, name).await;
        let test =
            TestApp { app: self.test.app.clone(), database: self.test.database.another_view() };
        Self::with_token(test, Settings::default(), token)
    }

    /// A register in which nobody is known.
    pub(crate) fn bare(mut test: TestApp) -> Self {
        test.app.bodies = bodies();
        Self::with_token(test, Settings::default(), String::new())
    }

    fn with_token(test: TestApp, settings: Settings, token: String) -> Self {
        let service = service(&test, settings);
        Self { test, service, token }
    }

    /// The same person at another process on the same database.
    pub(crate) async fn at_replica(&self) -> Self {
        self.at_replica_with(Settings::default()).await
    }

    /// The same, with settings.
    pub(crate) async fn at_replica_with(&self, settings: Settings) -> Self {
        let schema = self.test.app.schema.as_ref().clone();
        let mut test = TestApp::open(self.test.database.another_view(), schema).await;
        // As if it were kept where both can reach it.
        test.app.bodies = self.test.app.bodies.clone();
        Self::with_token(test, settings, self.token.clone())
    }

    /// The same person at another process that keeps no answers.
    pub(crate) async fn at_replica_that_keeps_nothing(&self) -> Self {
        let schema = self.test.app.schema.as_ref().clone();
        let test = TestApp::open(self.test.database.another_view(), schema).await;
        Self::with_token(test, Settings::default(), self.token.clone())
    }

    /// Holds the clock at a moment.
    pub(crate) fn at(&mut self, now: Timestamp) {
        self.with_clock(Clock::new(move || now));
    }

    /// Takes the time from another clock.
    pub(crate) fn with_clock(&mut self, clock: Clock) {
        self.test.app.clock = clock;
        self.service = service(&self.test, Settings::default());
    }

    /// Has tasks.
    pub(crate) fn with_tasks(&mut self, tasks: Tasks) {
        self.test.app.tasks = tasks;
        self.service = service(&self.test, Settings::default());
    }

    /// Has webhooks.
    pub(crate) fn with_webhooks(&mut self, webhooks: Webhooks) {
        self.test.app.webhooks = webhooks;
        self.service = service(&self.test, Settings::default());
    }

    /// Has these templates beside those that are uploaded.
    pub(crate) fn with_templates(&mut self, templates: Templates) {
        self.test.app.templates = templates;
        self.service = service(&self.test, Settings::default());
    }

    /// Has it know of these sources of messages.
    pub(crate) fn with_sources(&mut self, sources: Sources) {
        self.test.app.sources = sources;
        self.service = service(&self.test, Settings::default());
    }

    /// Lets answers be as old as that.
    pub(crate) fn allow_staleness(&mut self, max: TimeDelta) {
        self.test.app.freshness.max_staleness = max;
        self.service = service(&self.test, Settings::default());
    }

    /// Sends a request, and gives the answer as it comes.
    pub(crate) async fn raw(&self, request: Request<Body>) -> Response {
        self.service.clone().oneshot(request).await.unwrap()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.service.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let answer = Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        };
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(!answer.header("x-request-id").is_empty());
        answer
    }

    pub(crate) fn request(method: &str, path: &str) -> axum::http::request::Builder {
        Request::builder()
            .method(Method::from_bytes(method.as_bytes()).unwrap())
            .uri(path)
            .header(header::HOST, "domesday.test")
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Self::request("GET", path).body(Body::empty()).unwrap()).await
    }

    /// Sends a request as the holder of the token.
    pub(crate) async fn call(&self, method: &str, path: &str, body: &str) -> Answer {
        let request = Self::request(method, path)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_owned()))
            .unwrap();
        self.send(request).await
    }

    /// Sends a request as nobody known.
    pub(crate) async fn anonymously(&self, method: &str, path: &str, body: &str) -> Answer {
        let request = Self::request(method, path)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_owned()))
            .unwrap();
        self.send(request).await
    }

    /// Sends a form, without a token.
    pub(crate) async fn form(&self, path: &str, body: &str) -> Answer {
        let request = Self::request("POST", path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body.to_owned()))
            .unwrap();
        self.send(request).await
    }

    /// The routes of the edge, but for those that only lead to another.
    pub(crate) fn routes() -> Vec<String> {
        let listed = include_str!("../../src/router.rs");
        let routes = listed.split(".route(").skip(1).filter_map(|rest| {
            let (path, rest) = rest.split_once('"')?.1.split_once('"')?;
            let redirects = rest.split(".route(").next()?.contains("redirect::to_slash");
            let path = path.replace("{path}", "/api/servers/by/{key}");
            (!redirects).then(|| path.replace("{*name}", "{name}"))
        });
        routes.collect()
    }

    /// Whether a path is one of a route.
    pub(crate) fn fits(route: &str, path: &str) -> bool {
        let path = path.split('?').next().unwrap_or_default();
        let (mut left, mut right) = (route.split('/'), path.split('/'));
        loop {
            match (left.next(), right.next()) {
                (None, None) => return true,
                (Some(pattern), Some(part)) => {
                    let is_suffix = pattern == "{plural}" && part.contains('.');
                    let is_free = pattern.starts_with('{') && !part.is_empty();
                    if pattern != part && !is_free && !is_suffix {
                        return false;
                    }
                }
                _ => return false,
            }
        }
    }

    pub(crate) async fn add(&self, plural: &str, body: &str) -> Value {
        self.call("POST", &format!("/api/{plural}/"), body).await.is(201).json()
    }
}

/// Makes a user whose password is `password of NAME`.
pub(crate) fn user(name: &str, group: &str) -> PeopleChange {
    PeopleChange::AddUser {
        user: name.to_owned(),
        profile: Profile::default(),
        groups: vec![group.to_owned()],
        password: Some(Password(format!("password of {name}"))),
    }
}

async fn token_of(test: &TestApp, user: &str) -> String {
    let new = NewToken { user: user.to_owned(), name: "test".to_owned(), ..NewToken::default() };
    test.app.token_create(&test.system(), new).await.unwrap()
}

/// Clients of the built-in schema, one for each kind of database.
pub(crate) async fn clients() -> Vec<Client> {
    clients_with(built_in, &Settings::default()).await
}

/// Clients of a schema with settings.
pub(crate) async fn clients_with(schema: fn() -> Schema, settings: &Settings) -> Vec<Client> {
    let mut clients = Vec::new();
    for test in test_apps_with(schema).await {
        clients.push(Client::new(test, settings.clone()).await);
    }
    clients
}

/// The built-in schema, where the right to write goes straight in: what is not about reviews is
/// tested without them.
pub(crate) fn built_in() -> Schema {
    let text = app::schema_file::BUILT_IN.replace("review = \"required\"", "review = \"optional\"");
    app::schema_file::read("infra.toml", &text).unwrap()
}

/// The built-in schema as it is.
pub(crate) fn reviewed() -> Schema {
    app::schema_file::built_in().unwrap()
}

/// Two data centres and three servers with tags.
pub(crate) async fn with_servers(client: &Client) {
    for plural in ["components", "environments", "groups"] {
        client.add(plural, r#"{"name": "one"}"#).await;
    }
    for name in ["eqiad", "codfw"] {
        client.add("dcs", &format!(r#"{{"name": "{name}"}}"#)).await;
    }
    for name in ["ssd", "spare"] {
        client.add("tags", &format!(r#"{{"name": "{name}"}}"#)).await;
    }
    for (name, ip, dc, tags) in [
        ("db1001", "10.0.0.1", "eqiad", r#"["ssd", "spare"]"#),
        ("db1002", "10.0.0.2", "eqiad", r#"[{"name": "ssd"}]"#),
        ("web2001", "2001:db8::1", "codfw", "[]"),
    ] {
        let body = format!(
            r#"{{"name": "{name}", "ip": "{ip}", "dc": "{dc}", "tags": {tags}, "component": 1,
            "environment": {{"id": 1}}, "group": {{"name": "one"}}, "state": "active"}}"#
        );
        client.add("servers", &body).await;
    }
}
