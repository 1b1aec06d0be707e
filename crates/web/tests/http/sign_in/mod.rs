//! Signing in with a browser: forms, cookies, sessions, and pages of others that hand people over.

use std::collections::BTreeMap;

pub(crate) mod browser;
pub(crate) mod roles;

use app::people::PeopleChange;
use app::sign_in::GroupMap;
use axum::http::header;
use chrono::TimeDelta;
use domain::identity::Assertion;
use identity::handoff::{Claims, Format, Handoff, Secret};
use serde_json::{Value, json};
use web::{HandoffProvider, Providers, Settings};

use crate::client::{Client, built_in, clients, clients_with, user};
use browser::Browser;

#[tokio::test]
async fn somebody_signs_in_writes_and_signs_out() {
    for client in clients().await {
        let browser = Browser::new(&client);
        // A session that somebody else put into the browser is worth nothing.
        let planted = "ab".repeat(32);
        browser.cookies.lock().unwrap().insert("domesday_session".to_owned(), planted.clone());
        let answer = browser.sign_in("alice", "password of alice", "/api/servers/?a=b").await;
        assert_eq!(answer.is(303).header("location"), "/api/servers/?a=b");
        let session = browser.session();
        assert!(session != planted && session.len() == 64);
        let me = browser.me().await;
        assert_eq!((&me["user"], &me["groups"]), (&json!("alice"), &json!(["administrators"])));

        let word = me["csrf_token"].as_str().unwrap().to_owned();
        let post = |word: Option<&str>| {
            let request = Client::request("POST", "/api/tags/")
                .header(header::CONTENT_TYPE, "application/json");
            match word {
                Some(word) => request.header("x-csrf-token", word),
                None => request,
            }
        };
        let body = || r#"{"name": "x"}"#.to_owned();
        for wrong in [None, Some(""), Some("0"), Some(session.as_str())] {
            let told = browser.send(post(wrong), body()).await.problem(403, "");
            assert!(told.contains("X-CSRF-Token"), "{told}");
        }
        browser.send(post(Some(&word)), body()).await.is(201);
        let history = client.get("/api/-/history/").await.json();
        assert_eq!(history["results"][0]["actor"], json!({"user": "alice", "token": null}));
        assert_eq!(history["results"][0]["origin"], "ui");

        browser.form("/auth/logout", &[("csrf", "wrong")]).await.is(403);
        let out = browser.form("/auth/logout", &[("csrf", &word), ("next", "//evil")]).await;
        assert_eq!(out.is(303).header("location"), "/login/");
        // The secret is dead, not only forgotten by the browser.
        browser.cookies.lock().unwrap().insert("domesday_session".to_owned(), session);
        assert_eq!(browser.me().await["user"], Value::Null);
    }
}

#[tokio::test]
async fn mail_is_chosen_on_the_account_page() {
    for client in clients().await {
        let browser = Browser::new(&client);
        browser.sign_in("alice", "password of alice", "/").await.is(303);
        let page = browser.get("/account/").await.is(200);
        assert_eq!(page.text.matches(" checked").count(), 4, "{}", page.text);
        let word = browser.word_of("/account/").await;
        let fields = [("csrf", word.as_str()), ("new", "1")];
        browser.form("/auth/notices", &fields).await.is(303);
        let page = browser.get("/account/").await.is(200);
        assert!(page.text.contains("name=\"new\" value=\"1\" checked"), "{}", page.text);
        assert_eq!(page.text.matches(" checked").count(), 1, "{}", page.text);
    }
}

#[tokio::test]
async fn a_session_is_known_to_every_replica_and_ends_at_all() {
    for client in clients().await {
        let browser = Browser::new(&client);
        browser.sign_in("alice", "password of alice", "/").await.is(303);
        let replica = client.at_replica().await;
        let there = browser.at(&replica);
        let me = there.me().await;
        assert_eq!(me["user"], "alice");
        let word = me["csrf_token"].as_str().unwrap();
        assert_eq!(browser.me().await["csrf_token"], word);
        there.form("/auth/logout", &[("csrf", word)]).await.is(303);
        assert_eq!(browser.me().await["user"], Value::Null);
    }
}

#[tokio::test]
async fn nobody_learns_why_a_sign_in_is_refused() {
    for client in clients().await {
        let ctx = client.test.system();
        let closed = PeopleChange::SetActive { user: "carl".to_owned(), is_active: false };
        let changes = vec![user("carl", "viewers"), closed];
        client.test.app.people_change(&ctx, changes).await.unwrap();
        let mut told = Vec::new();
        for (name, password) in [
            ("alice", "password of bob"),
            ("nobody", "password of alice"),
            ("carl", "password of carl"),
            ("alice", ""),
            ("", ""),
        ] {
            let browser = Browser::new(&client);
            let answer = browser.sign_in(name, password, "/").await.is(401);
            assert!(browser.session().is_empty());
            assert!(!answer.text.contains("password of"), "{}", answer.text);
            let error = answer.text.split_once("role=\"alert\"").unwrap().1;
            told.push(error.split('<').next().unwrap().to_owned());
        }
        assert!(told.iter().all(|text| *text == told[0]), "{told:?}");
        let audit = client.call("GET", "/api/-/audit/?limit=1", "").await.json();
        assert_eq!(audit["results"][0]["action"], "Refused sign-in");
    }
}

#[tokio::test]
async fn a_form_of_another_site_signs_nobody_in() {
    for client in clients().await {
        let browser = Browser::new(&client);
        let fields = [("user", "alice"), ("password", "password of alice")];
        browser.form("/login/", &fields).await.is(403);
        let other = Browser::new(&client).word_of("/login/").await;
        browser.word_of("/login/").await;
        let fields = [fields[0], fields[1], ("csrf", other.as_str())];
        browser.form("/login/", &fields).await.is(403);
        assert!(browser.session().is_empty());
    }
}

#[tokio::test]
async fn sessions_are_seen_and_ended_and_end_with_the_password() {
    for client in clients().await {
        let (here, there) = (Browser::new(&client), Browser::new(&client));
        for browser in [&here, &there] {
            browser.sign_in("alice", "password of alice", "/").await.is(303);
        }
        let page = here.get("/account/").await.is(200);
        assert!(page.text.contains("This browser"), "{}", page.text);
        let id = page.text.split_once("name=\"session\" value=\"").unwrap().1;
        let id = id.split('"').next().unwrap();
        let word = here.word_of("/account/").await;
        there.form("/auth/session", &[("csrf", &word), ("session", id)]).await.is(403);
        here.form("/auth/session", &[("csrf", &word), ("session", id)]).await.is(303);
        assert_eq!(there.me().await["user"], Value::Null);

        there.sign_in("alice", "password of alice", "/").await.is(303);
        let change = async |old: &str, new: &str, again: &str| {
            let fields =
                [("csrf", word.as_str()), ("password", old), ("new", new), ("again", again)];
            here.form("/auth/password", &fields).await.status.as_u16()
        };
        let new = "a new password";
        assert_eq!(change("wrong", new, new).await, 400);
        assert_eq!(change("password of alice", new, "another").await, 400);
        assert_eq!(change("password of alice", "short", "short").await, 400);
        assert_eq!(change("password of alice", new, new).await, 303);
        assert_eq!(here.me().await["user"], "alice");
        assert_eq!(there.me().await["user"], Value::Null);
        there.sign_in("alice", "password of alice", "/").await.is(401);
        there.sign_in("alice", new, "/").await.is(303);

        let disable = PeopleChange::SetActive { user: "alice".to_owned(), is_active: false };
        let another = user("root", "administrators");
        let ctx = client.test.system();
        client.test.app.people_change(&ctx, vec![another, disable]).await.unwrap();
        assert_eq!(there.me().await["user"], Value::Null);
        client.call("GET", "/api/servers/", "").await.is(401);
    }
}

#[tokio::test]
async fn the_first_administrator_is_made_by_a_link_that_is_good_once() {
    for test in testkit::test_apps_with(built_in).await {
        let client = Client::bare(test);
        let code = client.test.app.first_link(&client.test.system()).await.unwrap();
        let browser = Browser::new(&client);
        let make = async |code: &str, user: &str, password: &str| {
            let word = browser.word_of(&format!("/auth/first/?code={code}")).await;
            let fields = [
                ("csrf", word.as_str()),
                ("code", code),
                ("user", user),
                ("password", password),
                ("again", password),
            ];
            browser.form("/auth/first/", &fields).await.status.as_u16()
        };
        assert_eq!(make("nonsense", "root", "a long password").await, 401);
        assert_eq!(make(&code, "root", "short").await, 400);
        assert_eq!(make(&code, "root", "a long password").await, 303);
        assert_eq!(browser.me().await["groups"], json!(["administrators"]));
        assert_eq!(make(&code, "second", "a long password").await, 401);
        // Nor is another, once there is one.
        let code = client.test.app.first_link(&client.test.system()).await.unwrap();
        assert_eq!(make(&code, "second", "a long password").await, 401);
    }
}

const AUDIENCE: &str = "https://domesday.test";

fn handoff(secret: &str) -> Handoff {
    let secret = Secret::new(secret).unwrap();
    Handoff::new("gate", AUDIENCE, vec![secret], Format::Aes256Gcm).unwrap()
}

const SHARED: &str = "a secret of thirty-two characters";

fn with_gate() -> Settings {
    let groups = GroupMap(vec![("ops".to_owned(), "operators".to_owned())]);
    let gate = HandoffProvider {
        label: "The gate".to_owned(),
        sign_in_url: "https://gate.example/sign-in?tenant=1".to_owned(),
        parameter: "ReturnValues".to_owned(),
        handoff: handoff(SHARED),
        groups,
    };
    let providers = Providers { handoffs: vec![gate], ..Providers::default() };
    Settings { providers, ..Settings::default() }
}

/// What the provider posts.
fn parameter(client: &Client, of: &Handoff, nonce: &str, groups: &[&str]) -> String {
    parameter_of("grace", client, of, (nonce, groups))
}

fn parameter_of(
    user: &str,
    client: &Client,
    of: &Handoff,
    (nonce, groups): (&str, &[&str]),
) -> String {
    let now = client.test.app.clock.now();
    let assertion = Assertion {
        user: user.to_owned(),
        email: Some("grace@example.org".to_owned()),
        display_name: Some("Grace H.".to_owned()),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
    };
    let nonce = format!("{nonce}-0123456789abcdef");
    let expires_at = now + TimeDelta::seconds(60);
    of.seal(&Claims { assertion, nonce, issued_at: now, expires_at }, &[9; 16]).unwrap()
}

/// Begins a sign-in and gives the state that the provider is to return.
async fn begin(browser: &Browser<'_>, next: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
    let start = browser.get(&format!("/auth/handoff/gate/start?{query}")).await.is(303);
    let to = url::Url::parse(start.header("location")).unwrap();
    assert_eq!(to.host_str(), Some("gate.example"));
    let pairs: BTreeMap<String, String> = to.query_pairs().into_owned().collect();
    assert_eq!(pairs["tenant"], "1");
    assert_eq!(pairs["return_to"], "http://domesday.test/auth/handoff/gate");
    pairs["state"].clone()
}

/// Posts as the provider's page does: across sites, so that no cookie of ours comes along.
async fn post(client: &Client, parameter: &str, state: &str) -> String {
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("ReturnValues", parameter)
        .append_pair("state", state)
        .finish();
    let answer = client.form("/auth/handoff/gate", &body).await;
    answer.is(303).header("location").to_owned()
}

const REFUSED: &str = "/login/?error=refused";

#[tokio::test]
async fn a_page_of_somebody_else_hands_people_over() {
    for client in clients_with(built_in, &with_gate()).await {
        let login = Browser::new(&client).get("/login/?next=/api/").await.is(200);
        assert!(login.text.contains("Sign in with The gate"), "{}", login.text);
        for (round, groups, ours) in [
            ("one", ["ops", "other"].as_slice(), json!(["operators"])),
            // Rights follow the groups at each sign-in.
            ("two", &[], json!([])),
        ] {
            let browser = Browser::new(&client);
            let state = begin(&browser, "/api/servers/").await;
            let handed = parameter(&client, &handoff(SHARED), round, groups);
            let finish = post(&client, &handed, &state).await;
            assert!(finish.starts_with("/auth/handoff/gate/finish?code="), "{finish}");
            let done = browser.get(&finish).await.is(303);
            assert_eq!(done.header("location"), "/api/servers/");
            let me = browser.me().await;
            assert_eq!((&me["user"], &me["groups"]), (&json!("grace"), &ours));
        }
        let grace = client.call("GET", "/api/-/users/grace/", "").await.is(200).json();
        assert_eq!(grace["email"], "grace@example.org");
        assert_eq!(grace["has_password"], false);
        let audit = client.call("GET", "/api/-/audit/?actor=grace", "").await.json();
        assert_eq!(audit["results"][0]["subject"], "user grace by gate");
    }
}

#[tokio::test]
async fn what_is_handed_over_wrongly_or_twice_signs_nobody_in() {
    for client in clients_with(built_in, &with_gate()).await {
        let browser = Browser::new(&client);
        let ours = handoff(SHARED);
        let state = begin(&browser, "/").await;
        let good = parameter(&client, &ours, "good", &[]);
        let mut changed = good.clone().into_bytes();
        changed[30] = if changed[30] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        let other_key = handoff("another secret of 32 characters!");
        let other_audience = {
            let secret = Secret::new(SHARED).unwrap();
            Handoff::new("gate", "https://other", vec![secret], Format::Aes256Gcm).unwrap()
        };
        for (parameter, state) in [
            ("", state.as_str()),
            ("garbage", &state),
            (&changed, &state),
            (&parameter(&client, &other_key, "k", &[]), &state),
            (&parameter(&client, &other_audience, "a", &[]), &state),
            (&parameter(&client, &ours, "nostate", &[]), ""),
        ] {
            assert_eq!(post(&client, parameter, state).await, REFUSED, "{parameter}");
        }
        // Another browser than the one that began: its state is in no cookie of this one.
        let finish = post(&client, &good, &state).await;
        let victim = Browser::new(&client);
        victim.get("/login/").await.is(200);
        assert_eq!(victim.get(&finish).await.is(303).header("location"), REFUSED);
        assert!(victim.session().is_empty());
        // The code was used by that, and what was handed over is used, too.
        assert_eq!(browser.get(&finish).await.is(303).header("location"), REFUSED);
        let state = begin(&browser, "/").await;
        assert_eq!(post(&client, &good, &state).await, REFUSED);
        // Whoever signs in here, or with another provider, is nobody else's to hand over.
        let taken = parameter_of("alice", &client, &ours, ("taken", &[]));
        let state = begin(&browser, "/").await;
        let finish = post(&client, &taken, &state).await;
        assert_eq!(browser.get(&finish).await.is(303).header("location"), REFUSED);
        let state = begin(&browser, "/").await;
        // Also at another replica.
        let replica = client.at_replica_with(with_gate()).await;
        assert_eq!(post(&replica, &good, &state).await, REFUSED);
        assert!(browser.session().is_empty());
        let audit = client.call("GET", "/api/-/audit/?limit=1", "").await.json();
        assert_eq!(audit["results"][0]["action"], "Refused sign-in");
        assert_eq!(audit["results"][0]["reason"], "used before");
        let audit = client.call("GET", "/api/-/audit/?limit=2", "").await.json();
        assert_eq!(audit["results"][1]["reason"], "not let in");
        client.form("/auth/handoff/nowhere", "a=b").await.is(404);
    }
}

#[tokio::test]
async fn pages_take_nothing_from_elsewhere_and_are_kept_nowhere() {
    for client in clients().await {
        for path in ["/login/", "/auth/first/"] {
            let page = client.get(path).await.is(200);
            let policy = page.header("content-security-policy");
            assert!(policy.contains("default-src 'none'"), "{policy}");
            assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
            assert!(!policy.contains("unsafe"), "{policy}");
            assert_eq!(page.header("cache-control"), "no-store");
            // The one script is a file of ours, which puts the chosen theme on.
            assert_eq!(page.text.matches("<script").count(), 1, "{}", page.text);
            assert!(page.text.contains("<script src=\"") && !page.text.contains("style="));
        }
        let evil = client.get("/login/?next=%22%3E%3Cscript%3E").await.is(200);
        assert!(!evil.text.contains("<script>"), "{}", evil.text);
    }
}

#[tokio::test]
async fn forms_of_the_account_are_taken_from_its_page_alone() {
    for client in clients().await {
        let alice = Browser::new(&client);
        alice.sign_in("alice", "password of alice", "/").await.is(303);
        for path in ["/auth/session", "/auth/password", "/auth/notices", "/auth/preferences"] {
            alice.form(path, &[]).await.is(403);
            alice.form(path, &[("csrf", "0")]).await.is(403);
            // Whose session has ended comes back to the page.
            let way = Browser::new(&client).form(path, &[("csrf", "0")]).await.is(303);
            assert_eq!(way.header("location"), "/login/?next=/account/", "{path}");
        }
    }
}
