//! Pages that a browser has already are not made again, and are never old.

use axum::body::Body;
use axum::http::header;
use domain::zone::Zone;
use http_body_util::BodyExt as _;

use super::coded::decoded;
use crate::admin_pages::{browser_of, send};
use crate::client::{Answer, Client, clients, with_servers};
use crate::sign_in::browser::Browser;

const PAGES: [&str; 14] = [
    "/",
    "/servers/",
    "/servers/?dc__name=eqiad",
    "/servers/?as_of=3",
    "/servers/1/",
    "/servers/1/edit/",
    "/servers/1/delete/",
    "/servers/1/compare/",
    "/servers/add/",
    "/servers/import/",
    "/-/history/",
    "/-/search/?q=db",
    "/-/change-requests/",
    "/api/servers/",
];

async fn ask(browser: &Browser<'_>, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Client::request("GET", path).header(header::ACCEPT, "text/html");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    browser.send(request, String::new()).await
}

async fn tag(browser: &Browser<'_>, path: &str) -> String {
    let answer = ask(browser, path, &[]).await.is(200);
    let tag = answer.header("etag").to_owned();
    assert_eq!(tag.len(), 34, "{path}: {tag:?}");
    tag
}

#[tokio::test]
async fn a_browser_that_has_a_page_gets_304_and_nobody_else_does() {
    for client in clients().await {
        with_servers(&client).await;
        let replica = client.at_replica().await;
        client.of("vera", "administrators").await;
        let (alice, vera) = (browser_of(&client, "alice").await, browser_of(&client, "vera").await);
        let (elsewhere, nobody) = (browser_of(&client, "alice").await, Browser::new(&client));
        for path in PAGES {
            let first = ask(&alice, path, &[]).await.is(200);
            assert_eq!(first.header("cache-control"), "private, no-cache", "{path}");
            assert_eq!(first.header("vary"), "Accept, Accept-Encoding, Authorization, Cookie");
            let tag = first.header("etag").to_owned();
            for browser in [&alice, &alice.at(&replica)] {
                let known = ask(browser, path, &[("if-none-match", &tag)]).await.is(304);
                assert_eq!((known.header("etag"), known.text.as_str()), (tag.as_str(), ""));
                let again = ask(browser, path, &[]).await.is(200);
                assert_eq!(again.text, first.text, "{path}");
            }
            for other in [&vera, &elsewhere] {
                let theirs = ask(other, path, &[("if-none-match", &tag)]).await.is(200);
                assert_ne!(theirs.text, first.text, "{path}");
            }
            let public = ask(&nobody, path, &[("if-none-match", &tag)]).await;
            assert!([200, 303].contains(&public.status.as_u16()), "{path}: {}", public.text);
        }
    }
}

#[tokio::test]
async fn a_page_is_made_again_when_anything_that_it_shows_changes() {
    for client in clients().await {
        with_servers(&client).await;
        client.of("vera", "administrators").await;
        let alice = browser_of(&client, "alice").await;
        let member = "/api/-/groups/viewers/members/vera/";
        for (method, path, body) in [
            ("PATCH", "/api/servers/1/", r#"{"state": "failed"}"#),
            ("PATCH", "/api/servers/1/?review=1", r#"{"state": "active"}"#),
            ("POST", "/api/-/change-requests/1/comment/", r#"{"comment": "why?"}"#),
            ("POST", "/api/-/change-requests/1/assign/", r#"{"reviewers": ["vera"]}"#),
            ("PUT", member, ""),
            ("DELETE", member, ""),
            ("POST", "/api/-/change-requests/1/withdraw/", "{}"),
        ] {
            let mut before = Vec::new();
            for page in PAGES {
                before.push(tag(&alice, page).await);
            }
            let answer = client.call(method, path, body).await;
            assert!(answer.status.is_success(), "{method} {path}: {}", answer.text);
            for (page, before) in PAGES.into_iter().zip(before) {
                let after = ask(&alice, page, &[("if-none-match", &before)]).await;
                assert_eq!(after.status, 200, "{page} after {method} {path}");
            }
        }
    }
}

/// The moments of a page, as it tells them to machines and to people.
fn moments(page: &Answer) -> Vec<(&str, &str)> {
    let parts = page.text.split("<time datetime=\"").skip(1);
    let each = parts.map(|part| {
        let (exact, rest) = part.split_once('"').unwrap();
        (exact, rest.split_once('>').unwrap().1.split('<').next().unwrap())
    });
    each.collect()
}

/// Checks that a page shows moments, each as the clocks of a zone do.
#[track_caller]
fn check_moments(page: &Answer, zone: &str) {
    let (zone, moments) = (Zone::named(zone).unwrap(), moments(page));
    assert!(!moments.is_empty(), "{}", page.text);
    for (exact, told) in moments {
        assert_eq!(told, zone.shown(exact.parse().unwrap()), "{exact}");
    }
}

/// Has somebody choose a time zone.
async fn move_to(browser: &Browser<'_>, zone: &str) {
    send(browser, "/auth/preferences", &[("time_zone", zone)]).await.is(303);
}

#[tokio::test]
async fn moments_are_those_of_the_zone_of_whoever_looks_and_of_nobody_else() {
    for client in clients().await {
        with_servers(&client).await;
        client.of("vera", "administrators").await;
        client.call("PATCH", "/api/servers/1/?review=1", r#"{"state": "failed"}"#).await.is(202);
        let (alice, vera) = (browser_of(&client, "alice").await, browser_of(&client, "vera").await);
        let seen = [
            "/",
            "/servers/1/",
            "/-/history/",
            "/-/change-requests/?queue=all",
            "/-/change-requests/1/",
        ];
        for path in seen {
            let page = ask(&alice, path, &[]).await.is(200);
            check_moments(&page, "UTC");
            assert!(!page.text.contains(" title=\"2"), "UTC is told once: {}", page.text);
        }
        move_to(&alice, "Europe/Berlin").await;
        move_to(&vera, "Asia/Kathmandu").await;
        for path in seen {
            let first = ask(&alice, path, &[]).await.is(200);
            check_moments(&first, "Europe/Berlin");
            assert!(first.text.contains(" UTC\">2"), "UTC is in the title: {}", first.text);
            let known = [("if-none-match", first.header("etag"))];
            ask(&alice, path, &known).await.is(304);
            check_moments(&ask(&vera, path, &known).await.is(200), "Asia/Kathmandu");
            // Nor is a page that somebody has the one of another zone of theirs.
            move_to(&alice, "America/New_York").await;
            check_moments(&ask(&alice, path, &known).await.is(200), "America/New_York");
            move_to(&alice, "Europe/Berlin").await;
        }
        for path in ["/account/", "/-/users/", "/-/users/vera/", "/-/tokens/", "/-/audit/"] {
            check_moments(&ask(&vera, path, &[]).await.is(200), "Asia/Kathmandu");
        }
    }
}

#[tokio::test]
async fn what_a_page_counts_beside_the_register_is_kept_nowhere() {
    for client in clients().await {
        let alice = browser_of(&client, "alice").await;
        for path in
            ["/account/", "/-/system/", "/-/tokens/", "/-/users/", "/-/groups/", "/-/audit/"]
        {
            let page = ask(&alice, path, &[("if-none-match", "*")]).await.is(200);
            assert_eq!((page.header("cache-control"), page.header("etag")), ("no-store", ""));
        }
    }
}

#[tokio::test]
async fn a_page_is_the_same_in_every_coding() {
    for client in clients().await {
        with_servers(&client).await;
        for path in ["/", "/servers/", "/servers/1/", "/-/history/"] {
            let (mut texts, mut tags) = (Vec::new(), Vec::new());
            for accepted in ["identity", "gzip", "br", "zstd"] {
                let asked = Client::request("GET", path).header(header::ACCEPT_ENCODING, accepted);
                let (parts, body) =
                    client.raw(asked.body(Body::empty()).unwrap()).await.into_parts();
                let coding = parts.headers.get(header::CONTENT_ENCODING);
                let coding = coding.map(|word| word.to_str().unwrap());
                assert_eq!(coding, Some(accepted).filter(|word| *word != "identity"), "{path}");
                texts.push(decoded(coding, &body.collect().await.unwrap().to_bytes()));
                tags.push(parts.headers[header::ETAG].clone());
            }
            assert!(texts.iter().all(|text| *text == texts[0]), "{path}");
            assert!((1..4).all(|place| !tags[place..].contains(&tags[place - 1])), "{path}");
        }
    }
}

#[tokio::test]
async fn the_word_of_a_session_is_another_one_in_each_page_and_means_the_same() {
    for client in clients().await {
        with_servers(&client).await;
        let alice = browser_of(&client, "alice").await;
        let words = [alice.word_of("/servers/1/edit/").await, alice.word_of("/-/tokens/").await];
        assert_ne!(words[0], words[1]);
        let bare = alice.me().await["csrf_token"].as_str().unwrap().to_owned();
        assert!(words.iter().all(|word| !word.contains(&bare)));
        for word in words.iter().chain([&bare]) {
            let fields = [("csrf", word.as_str()), ("name", "db1001"), ("revision", "0")];
            let answer = alice.form("/servers/1/edit/", &fields).await;
            assert_ne!(answer.status, 403, "{}", answer.text);
        }
        alice.form("/servers/1/edit/", &[("csrf", words[0].split_at(9).1)]).await.is(403);
    }
}
