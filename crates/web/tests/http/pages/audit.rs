//! The audit.

use super::{HOSTILE, check_page, page, signed_in};
use crate::client::clients;

#[tokio::test]
async fn the_audit_tells_administrators_who_did_what() {
    for client in clients().await {
        for name in ["one", "two", HOSTILE] {
            client.add("tags", &serde_json::json!({ "name": name }).to_string()).await;
        }
        let browser = signed_in(&client, "alice").await;
        let shown = page(&browser, "/-/audit/").await.is(200);
        check_page(&shown);
        for part in [
            r#"added <a href="/tags/1/">tag one</a>"#,
            r#"<span class="chip">token test</span>"#,
            r#"<a href="/api/-/commits/1/">commit 1</a>"#,
            "signed in",
            "&#60;script&#62;alert(1)",
            r#"href="/api/-/audit/?format=json""#,
        ] {
            assert!(shown.text.to_lowercase().contains(part), "{part}: {}", shown.text);
        }
        // Filters stay, in the form and in the links; what the form leaves empty is none.
        let shown = page(&browser, "/-/audit/?actor=alice&after=&before=&limit=2").await.is(200);
        check_page(&shown);
        assert!(shown.text.contains(r#"name="actor" value="alice""#), "{}", shown.text);
        let next = shown.text.split_once("rel=\"next\" href=\"").unwrap().1;
        let next = next.split('"').next().unwrap().replace("&#38;", "&");
        assert!(next.starts_with("?actor=alice&limit=2&cursor="), "{next}");
        let older = page(&browser, &format!("/-/audit/{next}")).await.is(200);
        assert!(older.text.contains("tag one") != shown.text.contains("tag one"));
        let nothing = page(&browser, "/-/audit/?actor=%22%3E%3Cscript%3E").await.is(200);
        check_page(&nothing);
        assert!(nothing.text.contains("Nothing happened that this matches."));
        check_page(&page(&browser, "/-/audit/?after=nonsense").await.is(400));
        let history = page(&browser, "/-/history/").await.is(200);
        assert!(history.text.contains(r#"href="/-/audit/""#));
        let vera = client.of("vera", "viewers").await;
        let browser = signed_in(&vera, "vera").await;
        page(&browser, "/-/audit/").await.is(403);
        assert!(!page(&browser, "/-/history/").await.is(200).text.contains("/-/audit/"));
    }
}
