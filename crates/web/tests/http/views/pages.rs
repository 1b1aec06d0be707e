//! The menu above a table, and the pages of views, as a browser without script has them.

use serde_json::json;

use super::{active, names, patch, save, with_people};
use crate::admin_pages::{browser_of, has, send};
use crate::client::{Answer, clients};

const HOSTILE: &str = r#"<script>alert("1")</script>'&"#;

/// The number of the newest view.
fn number_in(page: &Answer) -> String {
    let rest = page.text.rsplit_once("href=\"/-/views/").unwrap().1;
    rest.split('/').next().unwrap().to_owned()
}

#[tokio::test]
async fn what_a_table_shows_is_saved_by_its_menu_and_opens_again() {
    for client in clients().await {
        with_people(&client).await;
        let brian = browser_of(&client, "brian").await;
        let address = "/servers/?state=active&columns=name,ip&top_row=9";
        let table = brian.get(address).await.is(200);
        has(
            &table,
            &[
                "<summary>Views</summary>",
                "<a href=\"/servers/?view=all\">All servers</a>",
                "name=\"query\" value=\"state=active&#38;columns=name,ip\"",
            ],
        );
        assert!(!table.text.contains("Yours"));
        let query = "state=active&columns=name,ip";
        let form = [("type", "server"), ("query", query), ("name", HOSTILE)];
        let saved = send(&brian, "/-/views/", &form).await.is(303);
        assert_eq!(saved.header("location"), format!("/servers/?{query}"));
        let table = brian.get(address).await.is(200);
        has(&table, &["Yours", "aria-current=\"true\">&#60;script&#62;", "/servers/?view=1"]);
        // Shown otherwise, it is not the one.
        let other = brian.get("/servers/?state=failed").await.is(200);
        assert!(!other.text.contains("aria-current=\"true\""));
        has(&brian.get("/-/views/").await.is(200), &["&#60;script&#62;", "<td>Servers</td>"]);
    }
}

#[tokio::test]
async fn a_name_that_is_refused_stays_in_the_form_with_what_was_shown() {
    for client in clients().await {
        let [brian, ..] = with_people(&client).await;
        save(&brian, &active("mine")).await;
        let browser = browser_of(&client, "brian").await;
        let form = [("type", "server"), ("query", "search=web"), ("name", "mine")];
        let page = send(&browser, "/-/views/", &form).await.is(400);
        has(
            &page,
            &[
                "You have a view of this name already.",
                "name=\"query\" value=\"search=web\"",
                "value=\"mine\"",
                "Replace the view that has this name",
            ],
        );
        let replacing = [form.as_slice(), &[("replace", "1")]].concat();
        let saved = send(&browser, "/-/views/", &replacing).await.is(303);
        assert_eq!(saved.header("location"), "/servers/?search=web");
        assert_eq!(names(&brian, "").await, ["mine"]);
        let blank = [("type", "server"), ("query", ""), ("name", " ")];
        has(&send(&browser, "/-/views/", &blank).await.is(400), &["This field is required."]);
        let bad = [("type", "server"), ("query", "stat=1"), ("name", "x")];
        has(&send(&browser, "/-/views/", &bad).await.is(400), &["Did you mean state?"]);
    }
}

#[tokio::test]
async fn a_view_is_renamed_shared_made_the_default_and_deleted_on_its_page() {
    for client in clients().await {
        with_people(&client).await;
        let (brian, carol) =
            (browser_of(&client, "brian").await, browser_of(&client, "carol").await);
        let form = [("type", "server"), ("query", "search=web"), ("name", "web")];
        send(&brian, "/-/views/", &form).await.is(303);
        let number = number_in(&brian.get("/-/views/").await.is(200));
        let path = format!("/-/views/{number}/");
        let page = brian.get(&path).await.is(200);
        has(&page, &["a view of servers, by brian", "<option>dba</option>", "search=web"]);
        assert!(!page.text.contains("is_group_default"), "that is an administrator's");
        carol.get(&path).await.is(404);

        let change = [("do", "change"), ("name", "The web"), ("group", "dba"), ("is_default", "1")];
        send(&brian, &path, &change).await.is(303);
        assert_eq!(brian.get("/servers/").await.is(303).header("location"), "/servers/?search=web");
        has(
            &brian.get(&path).await.is(200),
            &["<option selected>dba</option>", "value=\"1\" checked"],
        );

        // A member sees it, and opens their own table with it, and no more.
        let page = carol.get(&path).await.is(200);
        has(&page, &["Shared with dba.", "My table of servers opens with it"]);
        assert!(!page.text.contains("Delete this view"));
        has(&carol.get("/servers/").await.is(200), &["Shared</li>", "by brian, for dba"]);
        send(&carol, &path, &[("do", "change"), ("name", "x"), ("is_default", "1")]).await.is(303);
        assert_eq!(carol.get("/servers/").await.is(303).header("location"), "/servers/?search=web");
        send(&carol, &path, &[("do", "delete")]).await.is(403);
        has(&carol.get("/-/views/").await.is(200), &["The web"]);

        // An administrator makes it that of the group.
        let alice = browser_of(&client, "alice").await;
        let fields =
            [("do", "change"), ("name", "The web"), ("group", "dba"), ("is_group_default", "1")];
        send(&alice, &path, &fields).await.is(303);
        has(&alice.get("/-/views/").await.is(200), &["the group&#39;s"]);

        let wrong = [("do", "change"), ("name", HOSTILE), ("group", "nowhere")];
        let page = send(&brian, &path, &wrong).await.is(400);
        has(&page, &["You are not in a group nowhere.", "&#60;script&#62;"]);
        send(&brian, &path, &[("do", "delete")]).await.is(303);
        brian.get(&path).await.is(404);
        // It is nobody's default any more.
        carol.get("/servers/").await.is(200);
    }
}

#[tokio::test]
async fn forms_of_views_are_taken_from_our_own_pages_alone() {
    for client in clients().await {
        let [brian, ..] = with_people(&client).await;
        let view = save(&brian, &active("mine")).await;
        let browser = browser_of(&client, "brian").await;
        let form = [("csrf", "x"), ("type", "server"), ("query", ""), ("name", "y")];
        browser.form("/-/views/", &form).await.is(403);
        browser.form(&format!("/-/views/{}/", view["id"]), &[("do", "delete")]).await.is(403);
        assert_eq!(names(&brian, "").await, ["mine"]);
        // Nobody known has no form, and sees what is shared with everybody.
        patch(&client, &view, &json!({"name": "x"})).await.is(404);
        let page = client.get("/servers/").await.is(200);
        assert!(page.text.contains("<summary>Views</summary>"));
        assert!(!page.text.contains("Save view"), "{}", page.text);
        client.get("/-/views/").await.is(401);
    }
}
