//! The API in a browser.

use axum::body::Body;
use axum::http::header;
use serde_json::json;

use super::{ACCEPT, HOSTILE, check_page, page, seen, signed_in};
use crate::client::{Client, clients, with_servers};
use crate::sign_in::browser::Browser;

#[tokio::test]
async fn any_address_of_the_api_shows_itself_to_a_browser() {
    for client in clients().await {
        with_servers(&client).await;
        let browser = signed_in(&client, "alice").await;
        for path in [
            "/api/",
            "/api/servers/",
            "/api/servers/1/",
            "/api/servers/by/db1001/",
            "/api/servers/1/history/",
            "/api/-/history/",
            "/api/-/audit/",
            "/api/-/users/",
            "/api/-/change-requests/",
            "/api/-/me/",
            "/api/-/commits/1/",
            "/api/-/diff/?from=0",
        ] {
            let answer = page(&browser, path).await.is(200);
            check_page(&answer);
            assert!(answer.header("vary").contains("Accept"), "{path}");
            // What has no tag itself has none as a page.
            let has_none = answer.header("etag").is_empty();
            assert_eq!(has_none, answer.header("cache-control") == "no-store", "{path}");
            assert!(answer.text.contains("HTTP 200 OK"), "{path}");
        }
        let list = page(&browser, "/api/servers/?dc=1&limit=1").await.is(200).text;
        for part in [
            r#"<span class="key">&#34;count&#34;</span>: <span class="number">2</span>"#,
            r#"<a class="text" href="/api/servers/1/">&#34;http://domesday.test/api/servers/1/&#34;</a>"#,
            r#"<a rel="next" href="/api/servers/?"#,
            r#"href="/servers/?dc=1&#38;limit=1">As a page</a>"#,
            r#"href="?dc=1&#38;limit=1&#38;format=json""#,
            r#"href="?dc=1&#38;format=csv""#,
            r#"<a class="button" href="/servers/add/">Add</a>"#,
            "<code>dc__in</code>",
            "<span class=\"key\">etag:</span>",
            "curl -X POST -H &#34;Authorization: Bearer $DOMESDAY_TOKEN&#34;",
        ] {
            assert!(list.contains(part), "{part}: {list}");
        }
        let one = page(&browser, "/api/servers/1/").await.is(200).text;
        assert!(one.contains(r#"href="/servers/1/edit/">Edit</a>"#), "{one}");
        assert!(one.contains("-H &#39;If-Match: &#34;1."), "{one}");
    }
}

#[tokio::test]
async fn everybody_else_gets_the_data() {
    for client in clients().await {
        with_servers(&client).await;
        let browser = signed_in(&client, "alice").await;
        for (path, media_type) in [
            ("/api/servers/?format=json", "application/json"),
            ("/api/servers/?format=csv", "text/csv; charset=utf-8"),
            ("/api/servers.csv", "text/csv; charset=utf-8"),
            ("/api/servers/?format=datatables&draw=1", "application/json"),
            ("/api/-/openapi.json", "application/json"),
        ] {
            let answer = page(&browser, path).await.is(200);
            assert_eq!(answer.header("content-type"), media_type, "{path}");
        }
        let docs = page(&browser, "/api/-/docs/").await.is(200);
        assert!(!docs.text.contains("From a command line"));
        page(&browser, "/api/servers").await.is(308);
        for accept in ["*/*", "application/json", "application/json, text/html;q=0.9"] {
            let request = Client::request("GET", "/api/servers/").header(header::ACCEPT, accept);
            let answer = client.send(request.body(Body::empty()).unwrap()).await.is(200);
            assert_eq!(answer.header("content-type"), "application/json", "{accept}");
        }
        let head = seen(&browser, "HEAD", "/api/servers/").await.is(200);
        assert_eq!((head.header("content-type"), &*head.text), ("text/html; charset=utf-8", ""));
    }
}

/// What one is answered is kept for the next in the same words, and must be so for no other.
#[tokio::test]
async fn a_page_and_its_data_are_never_taken_for_one_another() {
    for client in clients().await {
        with_servers(&client).await;
        let browser = signed_in(&client, "alice").await;
        let data = async || {
            let request = Client::request("GET", "/api/servers/1/");
            browser.send(request.header(header::ACCEPT, "*/*"), String::new()).await.is(200)
        };
        for _ in 0..3 {
            let shown = page(&browser, "/api/servers/1/").await.is(200);
            check_page(&shown);
            let data = data().await;
            assert_eq!(data.json()["name"], "db1001");
            // Whoever has the data has not the page.
            let request = Client::request("GET", "/api/servers/1/")
                .header(header::ACCEPT, ACCEPT)
                .header(header::IF_NONE_MATCH, data.header("etag"));
            let again = browser.send(request, String::new()).await.is(200);
            check_page(&again);
            assert_eq!(again.header("etag"), shown.header("etag"));
        }
        client.call("PATCH", "/api/servers/1/", r#"{"state": "failed"}"#).await.is(200);
        let shown = page(&browser, "/api/servers/1/").await.is(200).text;
        assert!(shown.contains("&#34;failed&#34;"), "{shown}");
    }
}

#[tokio::test]
async fn an_error_is_shown_too_and_who_is_not_known_signs_in() {
    for client in clients().await {
        with_servers(&client).await;
        let browser = signed_in(&client, "alice").await;
        for (path, status) in [
            ("/api/servers/99/", 404),
            ("/api/nothing/", 404),
            ("/api/servers/?nme=x", 400),
            ("/api/-/commits/1/revert/", 405),
        ] {
            let answer = page(&browser, path).await.is(status);
            check_page(&answer);
            let told = format!("<span class=\"number\">{status}</span>");
            assert!(answer.text.contains(&told), "{path}: {}", answer.text);
        }
        let nobody = Browser::new(&client);
        // What everybody may see is shown to everybody, without what they may not do.
        let shown = page(&nobody, "/api/servers/").await.is(200);
        check_page(&shown);
        assert!(!shown.text.contains("-X POST") && !shown.text.contains("/servers/add/"));
        let answer = page(&nobody, "/api/-/audit/?limit=1").await.is(303);
        assert_eq!(answer.header("location"), "/login/?next=%2Fapi%2F-%2Faudit%2F%3Flimit%3D1");
        let vera = client.of("vera", "viewers").await;
        let browser = signed_in(&vera, "vera").await;
        check_page(&page(&browser, "/api/-/users/").await.is(403));
    }
}

#[tokio::test]
async fn what_would_do_harm_is_shown_and_does_none() {
    for client in clients().await {
        let body = json!({"name": HOSTILE, "description": "\u{202e}<img src=x onerror=alert(1)>"});
        client.add("tags", &body.to_string()).await;
        let browser = signed_in(&client, "alice").await;
        for path in [
            "/api/tags/",
            "/api/tags/1/",
            "/api/-/history/",
            "/api/tags/?name=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
            "/api/tags/by/%3Cscript%3Ealert(1)%3C%2Fscript%3E/",
            "/api/%22%3E%3Cscript%3E/",
            "/api/tags/?x='%22",
        ] {
            let answer = page(&browser, path).await;
            check_page(&answer);
            assert!(!answer.text.contains("<img"), "{path}");
        }
        let shown = page(&browser, "/api/tags/1/").await.is(200).text;
        assert!(shown.contains("&#60;script&#62;alert(1)"), "{shown}");
    }
}

#[tokio::test]
async fn of_a_long_answer_the_beginning_is_shown() {
    for client in clients().await {
        for number in 0..7 {
            let body = json!({"name": format!("t{number}"), "description": "é".repeat(40_000)});
            client.add("tags", &body.to_string()).await;
        }
        let browser = signed_in(&client, "alice").await;
        let answer = page(&browser, "/api/tags/").await.is(200);
        check_page(&answer);
        assert!(answer.text.contains("Only the beginning is shown here."));
        assert!(answer.text.len() < 600_000, "{}", answer.text.len());
        assert!(answer.text.contains("href=\"?format=json\""));
    }
}
