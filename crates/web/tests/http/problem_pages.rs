//! Errors as somebody with a browser meets them: in the frame of all pages, with a way on.

use axum::http::header;

use crate::client::{Answer, Client, built_in, clients, with_servers};
use crate::sign_in::browser::Browser;

async fn page(browser: &Browser<'_>, method: &str, path: &str) -> Answer {
    let request = Client::request(method, path).header(header::ACCEPT, "text/html,*/*;q=0.8");
    browser.send(request, String::new()).await
}

#[tokio::test]
async fn what_is_not_there_or_not_for_somebody_keeps_the_way_to_all_else() {
    for client in clients().await {
        with_servers(&client).await;
        client.of("vera", "viewers").await;
        let (vera, nobody) = (Browser::new(&client), Browser::new(&client));
        vera.sign_in("vera", "password of vera", "/").await.is(303);
        let missing = page(&vera, "GET", "/servers/99/").await.is(404);
        for text in [
            "<h1>Not there</h1>",
            "role=\"alert\">No Server matches the given query.<",
            "id=\"nav\"",
            "<summary>vera</summary>",
            "href=\"/servers/\">All servers</a>",
            "href=\"/-/history/?type=server&#38;id=99\">What happened to it</a>",
            "Request req-",
        ] {
            assert!(missing.text.contains(text), "{text}: {}", missing.text);
        }
        assert_eq!(missing.header("cache-control"), "no-store");
        let nowhere = page(&vera, "GET", "/nowhere/at/all/").await.is(404);
        assert!(nowhere.text.contains("<h1>Not there</h1>") && nowhere.text.contains("id=\"nav\""));
        assert!(!nowhere.text.contains(">All "), "{}", nowhere.text);
        let forbidden = page(&vera, "GET", "/-/users/").await.is(403);
        for text in ["<h1>Not for you</h1>", "signed in as <strong>vera</strong>", "id=\"nav\""] {
            assert!(forbidden.text.contains(text), "{text}: {}", forbidden.text);
        }
        let unknown = page(&nobody, "GET", "/servers/99/").await.is(404);
        assert!(unknown.text.contains("href=\"/login/?next=/servers/99/\""), "{}", unknown.text);
        let there = page(&nobody, "GET", "/-/users/").await.is(303);
        assert_eq!(there.header("location"), "/login/?next=%2F-%2Fusers%2F");
        // An answer to a machine stays one.
        client.get("/servers/99/").await.problem_is(404);
    }
}

#[tokio::test]
async fn a_fault_of_ours_has_a_page_that_needs_nothing_of_ours() {
    for client in clients().await {
        let alice = Browser::new(&client);
        alice.sign_in("alice", "password of alice", "/").await.is(303);
        client.test.database.tamper("ALTER TABLE heads RENAME TO gone").await;
        let fault = page(&alice, "GET", "/servers/").await;
        assert!(fault.status.is_server_error(), "{}", fault.status);
        assert!(
            fault.text.contains("<h1>") && fault.text.contains("role=\"alert\""),
            "{}",
            fault.text
        );
        assert!(fault.text.contains("Request req-") && !fault.text.contains("id=\"nav\""));
        assert!(!fault.text.contains("gone") && !fault.text.contains("heads"), "{}", fault.text);
    }
}

/// A path of the program's own that a type could be given is refused to types.
#[test]
fn no_type_can_be_given_an_address_of_the_programs_own() {
    let mut places = 0;
    for route in Client::routes() {
        let Some(place) = route.split('/').nth(1).filter(|place| !place.is_empty()) else {
            continue;
        };
        if place.starts_with('{') || place == "-" {
            continue;
        }
        places += 1;
        let text = format!(
            "[types.x]\nplural = \"{place}\"\nfields.name = {{ kind = \"text\", required = true, \
             unique = true }}\n"
        );
        let faults = app::schema_file::read("x.toml", &text).unwrap_err();
        assert_eq!(faults.len(), 1, "{place}: {faults:?}");
        assert!(faults[0].to_string().starts_with("x.toml:2: x: "), "{}", faults[0]);
    }
    assert!(places > 6, "{places}");
    assert!(built_in().by_plural("servers").is_some());
}
