//! The pages of who may what, as an administrator and others with a browser find them.

mod configuration;
mod groups;
mod sessions;
mod system;
mod templates;
mod tokens;
mod users;

use crate::client::{Answer, Client};
use crate::sign_in::browser::Browser;

/// What somebody may put into a name or a sentence to harm who reads it.
const HOSTILE: &str = r#"<script>alert("1")</script>'&"#;

/// A browser that somebody is signed in with.
pub(crate) async fn browser_of<'a>(client: &'a Client, user: &str) -> Browser<'a> {
    let browser = Browser::new(client);
    browser.sign_in(user, &format!("password of {user}"), "/").await.is(303);
    browser
}

/// Sends a form of a page, with the word that the page has.
pub(crate) async fn send(browser: &Browser<'_>, path: &str, fields: &[(&str, &str)]) -> Answer {
    let word = browser.me().await["csrf_token"].as_str().unwrap().to_owned();
    let all: Vec<(&str, &str)> =
        std::iter::once(("csrf", word.as_str())).chain(fields.iter().copied()).collect();
    browser.form(path, &all).await
}

#[track_caller]
pub(crate) fn has(page: &Answer, texts: &[&str]) {
    for text in texts {
        assert!(page.text.contains(text), "{text} is not in {}", page.text);
    }
    assert!(!page.text.contains("<script>"), "{}", page.text);
}

#[tokio::test]
async fn pages_of_administration_are_for_administrators() {
    for client in crate::client::clients().await {
        client.of("vera", "viewers").await;
        let vera = browser_of(&client, "vera").await;
        let alice = browser_of(&client, "alice").await;
        for (path, fields) in [
            ("/-/users/", [("name", "mallory"), ("password", "a long password")]),
            ("/-/users/vera/", [("do", "profile"), ("group.administrators", "1")]),
            ("/-/users/alice/", [("do", "password"), ("password", "a long password")]),
            ("/-/groups/", [("name", "mine"), ("description", "")]),
            ("/-/groups/viewers/", [("do", "grant"), ("preset", "administrator")]),
            ("/-/groups/administrators/", [("do", "add"), ("user", "vera")]),
            ("/-/groups/administrators/", [("do", "delete"), ("user", "")]),
        ] {
            send(&vera, path, &fields).await.is(403);
            // Nor is a form of another site taken from who may.
            alice.form(path, &fields).await.is(403);
            assert_eq!(client.form(path, "name=x").await.status.as_u16(), 401, "{path}");
            vera.get(path).await.is(403);
            alice.get(path).await.is(200);
        }
        let page = Client::request("GET", "/-/users/").header("accept", "text/html");
        let told = vera.send(page, String::new()).await.is(403);
        has(&told, &["Not for you"]);
        let page = Client::request("GET", "/-/users/").header("accept", "text/html");
        let way = Browser::new(&client).send(page, String::new()).await.is(303);
        assert_eq!(way.header("location"), "/login/?next=%2F-%2Fusers%2F");
        // The menu has them for whom they are for.
        has(&alice.get("/servers/").await.is(200), &["href=\"/-/users/\""]);
        assert!(!vera.get("/servers/").await.is(200).text.contains("href=\"/-/users/\""));
    }
}
