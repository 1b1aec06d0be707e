//! How people want to see pages, and the tour: kept with them, through the API and the account's page.

use axum::http::header;
use serde_json::{Value, json};

use crate::admin_pages::browser_of;
use crate::client::{Client, clients};
use crate::sign_in::browser::Browser;

/// What `<html>` says of a page.
async fn html(browser: &Browser<'_>, path: &str) -> String {
    let page = browser.get(path).await.is(200);
    let begin = page.text.split_once("<html lang=\"en\"").unwrap().1;
    begin.split_once('>').unwrap().0.trim().to_owned()
}

async fn patch(browser: &Browser<'_>, body: &str) -> crate::client::Answer {
    let word = browser.me().await["csrf_token"].as_str().unwrap().to_owned();
    let request = Client::request("PATCH", "/api/-/me/")
        .header(header::CONTENT_TYPE, "application/json")
        .header("x-csrf-token", word);
    browser.send(request, body.to_owned()).await
}

/// The members of who one is that say how pages are seen.
fn preferred(me: &Value) -> [&Value; 4] {
    ["time_zone", "theme", "density", "tour_taken"].map(|name| &me[name])
}

#[tokio::test]
async fn preferences_follow_somebody_to_every_browser_and_replica() {
    for client in clients().await {
        let alice = browser_of(&client, "alice").await;
        assert_eq!(
            preferred(&alice.me().await),
            [&json!(null), &json!(null), &json!(null), &json!(false)]
        );
        let all = r#"{"time_zone": "europe/berlin", "theme": "dark", "density": "compact", "tour_taken": true}"#;
        let me = patch(&alice, all).await.is(200).json();
        let kept = [json!("Europe/Berlin"), json!("dark"), json!("compact"), json!(true)];
        assert_eq!(preferred(&me), kept.each_ref());
        let told = "data-theme=\"dark\" data-density=\"compact\" data-zone=\"Europe/Berlin\"";
        for path in ["/", "/servers/", "/account/", "/-/history/"] {
            assert_eq!(html(&alice, path).await, told, "{path}");
        }
        let replica = client.at_replica().await;
        let elsewhere = browser_of(&replica, "alice").await;
        assert_eq!(html(&elsewhere, "/").await, told);
        // What is not named stays, null is as the browser has it, at every replica at once.
        patch(&alice, r#"{"theme": null, "density": "normal"}"#).await.is(200);
        for browser in [&alice, &elsewhere] {
            let told = "data-density=\"normal\" data-zone=\"Europe/Berlin\"";
            assert_eq!(html(browser, "/").await, told);
        }
        assert_eq!(html(&Browser::new(&client), "/").await, "", "nobody else sees it so");
    }
}

#[tokio::test]
async fn what_is_no_zone_theme_or_density_is_told_by_its_member_and_nothing_is_kept() {
    for client in clients().await {
        for (body, member, told) in [
            (
                r#"{"time_zone": "Berlin"}"#,
                "time_zone",
                "There is no such time zone. Give one such as Europe/Berlin.",
            ),
            (r#"{"time_zone": 1}"#, "time_zone", "This is a text."),
            (r#"{"theme": "pink", "density": "compact"}"#, "theme", "There are light and dark."),
            (r#"{"density": "tight"}"#, "density", "There are normal and compact."),
            (r#"{"tour_taken": null}"#, "tour_taken", "This is true or false."),
            (r#"{"zone": "UTC", "theme": "dark"}"#, "zone", "There is no such member."),
        ] {
            let answer = client.call("PATCH", "/api/-/me/", body).await;
            assert_eq!(answer.problem(400, member), told, "{body}");
        }
        let me = client.call("GET", "/api/-/me/", "").await.is(200).json();
        assert_eq!(preferred(&me), [&json!(null), &json!(null), &json!(null), &json!(false)]);
        client.anonymously("PATCH", "/api/-/me/", r#"{"theme": "dark"}"#).await.problem_is(401);
    }
}

#[tokio::test]
async fn the_form_of_the_account_keeps_them_and_what_was_typed() {
    for client in clients().await {
        let alice = browser_of(&client, "alice").await;
        let word = alice.word_of("/account/").await;
        let send = async |zone: &str, theme: &str| {
            let fields = [
                ("csrf", word.as_str()),
                ("do", "preferences"),
                ("time_zone", zone),
                ("theme", theme),
                ("density", ""),
            ];
            alice.form("/auth/preferences", &fields).await
        };
        let page = alice.get("/account/").await.is(200);
        assert!(page.text.contains("<option value=\"Asia/Kathmandu\">"), "{}", page.text);
        assert_eq!(send("Asia/Kathmandu", "light").await.is(303).header("location"), "/account/");
        let page = alice.get("/account/").await.is(200);
        assert!(page.text.contains("name=\"time_zone\" value=\"Asia/Kathmandu\""), "{}", page.text);
        assert!(page.text.contains("<option value=\"light\" selected>"), "{}", page.text);

        let page = send("Mars/\"Olympus\"<b>", "dark").await.is(400);
        let told = "id=\"e-time_zone\">There is no such time zone. Give one such as Europe/Berlin.";
        assert!(page.text.contains(told), "{}", page.text);
        assert!(page.text.contains("value=\"Mars/&#34;Olympus&#34;&#60;b&#62;\""), "{}", page.text);
        assert!(page.text.contains("<option value=\"dark\" selected>"), "nothing typed is lost");
        assert!(page.text.contains("data-theme=\"light\""), "nothing of it is kept");
        send("", "").await.is(303);
        assert_eq!(html(&alice, "/account/").await, "");
        alice.form("/auth/preferences", &[("csrf", "0"), ("theme", "dark")]).await.is(403);
    }
}

#[tokio::test]
async fn the_tour_begins_at_the_first_visit_and_not_again() {
    for client in clients().await {
        let first = "data-tour=\"first\"";
        let nobody = Browser::new(&client);
        assert!(!html(&nobody, "/").await.contains(first), "whoever is nobody is always new");
        let alice = browser_of(&client, "alice").await;
        for path in ["/", "/servers/", "/dcs/?search=a"] {
            assert_eq!(html(&alice, path).await, first, "{path}");
        }
        // Whoever came for something is left to it.
        for path in ["/account/", "/servers/add/", "/-/change-requests/", "/-/users/alice/"] {
            assert_eq!(html(&alice, path).await, "", "{path}");
        }
        patch(&alice, r#"{"tour_taken": true}"#).await.is(200);
        assert_eq!(html(&alice, "/").await, "");
        assert_eq!(html(&browser_of(&client, "alice").await, "/servers/").await, "");
        assert!(alice.get("/").await.text.contains("data-start-tour"));
    }
}

#[tokio::test]
async fn signing_out_has_the_browser_forget_the_pages_that_it_keeps() {
    for client in clients().await {
        let alice = browser_of(&client, "alice").await;
        let word = alice.word_of("/account/").await;
        let refused = alice.form("/auth/logout", &[("csrf", "0")]).await.is(403);
        assert_eq!(refused.header("clear-site-data"), "");
        let out = alice.form("/auth/logout", &[("csrf", &word)]).await.is(303);
        assert_eq!(out.header("clear-site-data"), "\"cache\"");
        // Whoever has been signed out meanwhile has pages in the browser all the same.
        let out = alice.form("/auth/logout", &[]).await.is(303);
        assert_eq!(out.header("clear-site-data"), "\"cache\"");
    }
}
