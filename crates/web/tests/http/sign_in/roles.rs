//! Every address of the sign-in, to a browser that nobody is signed in with and to one that somebody
//! is, when what is sent was not made by our own page.

use super::browser::Browser;
use super::with_gate;
use crate::client::{Client, built_in, clients_with};

/// What is answered: to nobody, to somebody signed in.
const TABLE: &[(&str, &str, [u16; 2])] = &[
    ("GET", "/login/", [200, 200]),
    ("POST", "/login/", [403, 403]),
    ("GET", "/account/", [303, 200]),
    ("POST", "/auth/logout", [303, 403]),
    ("POST", "/auth/session", [303, 403]),
    ("POST", "/auth/password", [303, 403]),
    ("POST", "/auth/notices", [303, 403]),
    ("POST", "/auth/preferences", [303, 403]),
    ("GET", "/auth/first/", [200, 200]),
    ("POST", "/auth/first/", [403, 403]),
    ("GET", "/auth/handoff/gate/start", [303, 303]),
    ("POST", "/auth/handoff/gate", [303, 303]),
    ("GET", "/auth/handoff/gate/finish", [303, 303]),
    ("GET", "/auth/handoff/nowhere/start", [404, 404]),
    ("GET", "/auth/oidc/nowhere/start", [404, 404]),
    ("GET", "/auth/oidc/nowhere/finish", [404, 404]),
];

#[tokio::test]
async fn every_address_of_the_sign_in_answers_as_it_should() {
    for client in clients_with(built_in, &with_gate()).await {
        let (nobody, alice) = (Browser::new(&client), Browser::new(&client));
        alice.sign_in("alice", "password of alice", "/").await.is(303);
        for (method, path, expected) in TABLE {
            for (browser, expected) in [&nobody, &alice].into_iter().zip(expected) {
                let answer = match *method {
                    "GET" => browser.get(path).await,
                    _ => browser.form(path, &[]).await,
                };
                assert_eq!(answer.status.as_u16(), *expected, "{method} {path}: {}", answer.text);
            }
        }
        // None of it signed anybody in or out.
        assert!(nobody.session().is_empty());
        assert_eq!(alice.me().await["user"], "alice");
    }
}

/// A new address fails here until somebody says what it answers to whom.
#[test]
fn every_route_of_the_sign_in_stands_in_the_table() {
    let routes = Client::routes();
    let ours = routes.iter().filter(|path| is_of_sign_in(path));
    let mut found = 0;
    for route in ours {
        found += 1;
        let fits = TABLE.iter().any(|(_, path, _)| Client::fits(route, path));
        assert!(fits, "{route} is not in the table");
    }
    assert!(found > 10, "{routes:?}");
}

/// Whether a route is of the sign-in, whose table this is.
pub(crate) fn is_of_sign_in(path: &str) -> bool {
    path.starts_with("/auth/") || ["/login/", "/account/"].contains(&path)
}
