//! Where others are signed in, and the end of it.

use serde_json::{Value, json};

use super::{browser_of, has, send};
use crate::client::clients;

/// The numbers of the sessions that a page can end.
fn numbers(page: &str) -> Vec<String> {
    let found = page.split("name=\"session\" value=\"").skip(1);
    found.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_administrator_sees_the_sessions_of_a_user_and_ends_one_or_all() {
    for client in clients().await {
        client.of("vera", "viewers").await;
        let alice = browser_of(&client, "alice").await;
        has(&alice.get("/-/users/vera/").await.is(200), &["Where vera is signed in", "Nowhere."]);
        let (one, two, three) = (
            browser_of(&client, "vera").await,
            browser_of(&client, "vera").await,
            browser_of(&client, "vera").await,
        );
        let page = alice.get("/-/users/vera/").await.is(200);
        has(&page, &["nobody knows where", "End all of them"]);
        let ids = numbers(&page.text);
        assert_eq!(ids.len(), 3);
        let user = async |browser: &crate::sign_in::browser::Browser<'_>| -> Value {
            browser.me().await["user"].clone()
        };
        // The last used stands first; the number of another user's session ends nothing.
        let fields = [("do", "session"), ("session", ids[2].as_str())];
        send(&alice, "/-/users/alice/", &fields).await.is(303);
        assert_eq!(user(&one).await, "vera");
        let ended = send(&alice, "/-/users/vera/", &fields).await.is(303);
        assert_eq!(ended.header("location"), "/-/users/vera/");
        let left = [user(&one).await, user(&two).await, user(&three).await];
        assert_eq!(left.iter().filter(|user| **user == json!("vera")).count(), 2, "{left:?}");
        send(&alice, "/-/users/vera/", &[("do", "sessions")]).await.is(303);
        for browser in [&one, &two, &three] {
            assert_eq!(user(browser).await, Value::Null);
        }
        has(&alice.get("/-/users/vera/").await.is(200), &["Nowhere."]);
        assert_eq!(user(&alice).await, "alice");
        // Ending what has ended is no event.
        send(&alice, "/-/users/vera/", &fields).await.is(303);
        send(&alice, "/-/users/vera/", &[("do", "sessions")]).await.is(303);
        let audit = client.call("GET", "/api/-/audit/?limit=2", "").await.is(200).json();
        let told: Vec<_> = audit["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| (event["actor"]["user"].clone(), event["subject"].clone()))
            .collect();
        let one_of_them = format!("session {} of vera", ids[2]);
        assert_eq!(
            told,
            [(json!("alice"), json!("all sessions of vera")), (json!("alice"), json!(one_of_them)),]
        );
        // Nobody else sees or ends them, and no other site does.
        let vera = browser_of(&client, "vera").await;
        vera.get("/-/users/alice/").await.is(403);
        send(&vera, "/-/users/alice/", &[("do", "sessions")]).await.is(403);
        alice.form("/-/users/vera/", &[("csrf", "0"), ("do", "sessions")]).await.is(403);
        assert_eq!((user(&alice).await, user(&vera).await), (json!("alice"), json!("vera")));
        send(&alice, "/-/users/nobody/", &[("do", "sessions")]).await.is(404);
    }
}
