//! What runs here, on its page, and one's account.

use axum::http::header;

use super::{HOSTILE, browser_of, has, send};
use crate::client::{Client, clients, with_servers};
use crate::sign_in::browser::Browser;

#[tokio::test]
async fn the_system_page_tells_what_runs_and_forgets_what_is_kept() {
    for client in clients().await {
        with_servers(&client).await;
        let alice = browser_of(&client, "alice").await;
        let page = alice.get("/-/system/").await.is(200);
        has(
            &page,
            &[
                env!("CARGO_PKG_VERSION"),
                "SQL",
                "href=\"/servers/\">3</a>",
                "href=\"/metrics\"",
                "All were forgotten 0 times by hand.",
                "<title>Server refers to ",
                "ref of <a href=\"#type-dc\">dc</a>",
                "protect on delete",
            ],
        );
        assert!(!page.text.contains("style="), "the policy allows none");
        let cleared = send(&alice, "/-/system/", &[]).await.is(303);
        assert_eq!(cleared.header("location"), "/-/system/");
        let page = alice.get("/-/system/").await.is(200);
        has(&page, &["All were forgotten 1 time by hand."]);
        alice.form("/-/system/", &[("csrf", "0")]).await.is(403);
        client.of("vera", "viewers").await;
        let vera = browser_of(&client, "vera").await;
        send(&vera, "/-/system/", &[]).await.is(403);
        has(&alice.get("/-/system/").await, &["All were forgotten 1 time by hand."]);
    }
}

#[tokio::test]
async fn the_account_page_stands_in_the_shell_and_shows_what_browsers_say_harmlessly() {
    for client in clients().await {
        let alice = browser_of(&client, "alice").await;
        let other = Browser::new(&client);
        let word = other.word_of("/login/").await;
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("csrf", word.as_str()), ("user", "alice")])
            .append_pair("password", "password of alice")
            .finish();
        let request = Client::request("POST", "/login/")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::USER_AGENT, HOSTILE);
        other.send(request, body).await.is(303);
        let page = alice.get("/account/").await.is(200);
        has(
            &page,
            &[
                "<h1>alice</h1>",
                "Groups: administrators",
                "id=\"nav\"",
                "href=\"/-/tokens/\"",
                "data-set-theme=\"dark\"",
                "data-set-density=\"compact\"",
                "&#60;script&#62;",
            ],
        );
        let fields = [("password", "wrong"), ("new", "a new password"), ("again", "another one")];
        let page = send(&alice, "/auth/password", &fields).await.is(400);
        has(&page, &["The two passwords are not the same.", "id=\"nav\""]);
    }
}
