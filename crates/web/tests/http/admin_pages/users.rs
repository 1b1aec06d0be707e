//! Users on their pages.

use serde_json::json;

use super::{HOSTILE, browser_of, has, send};
use crate::client::clients;
use crate::sign_in::browser::Browser;

#[tokio::test]
async fn a_user_is_made_put_into_groups_and_signs_in() {
    for client in clients().await {
        let alice = browser_of(&client, "alice").await;
        let fields = [
            ("name", "bob smith/ops"),
            ("display_name", "Bob"),
            ("email", "bob@example.org"),
            ("password", "a long password"),
            ("group.operators", "1"),
        ];
        let made = send(&alice, "/-/users/", &fields).await.is(303);
        assert_eq!(made.header("location"), "/-/users/bob%20smith%2Fops/");
        let page = alice.get(made.header("location")).await.is(200);
        has(&page, &["name=\"group.operators\" value=\"1\" checked", "value=\"bob@example.org\""]);
        has(
            &alice.get("/-/users/").await.is(200),
            &["bob smith/ops", "href=\"/-/groups/operators/\""],
        );

        let bob = Browser::new(&client);
        bob.sign_in("bob smith/ops", "a long password", "/").await.is(303);
        assert_eq!(bob.me().await["groups"], json!(["operators"]));
        // A session of theirs ends with the password, and with being let in no more.
        let fields = [("do", "password"), ("password", "another password")];
        send(&alice, made.header("location"), &fields).await.is(303);
        assert_eq!(bob.me().await["user"], json!(null));
        bob.sign_in("bob smith/ops", "another password", "/").await.is(303);
        send(&alice, made.header("location"), &[("do", "profile")]).await.is(303);
        assert_eq!(bob.me().await["user"], json!(null));
        has(&alice.get("/-/users/").await, &["not let in"]);
    }
}

#[tokio::test]
async fn what_is_refused_stands_beside_the_field_and_nothing_is_lost() {
    for client in clients().await {
        let alice = browser_of(&client, "alice").await;
        for (name, password, told) in [
            ("", "", "id=\"e-name\">This field is required."),
            ("alice", "", "id=\"e-name\">There is a user alice already."),
            ("bob", "short", "id=\"e-password\">A password has at least 12 characters"),
            ("system:x", "", "id=\"e-name\">Anonymous and names that begin with system: are"),
        ] {
            let fields = [
                ("name", name),
                ("display_name", "Bob \"B\" <b>"),
                ("password", password),
                ("group.viewers", "1"),
            ];
            let page = send(&alice, "/-/users/", &fields).await.is(400);
            let name = format!("name=\"name\" value=\"{name}\"");
            let kept =
                ["Bob &#34;B&#34; &#60;b&#62;", "name=\"group.viewers\" value=\"1\" checked"];
            has(&page, &[told, &name, kept[0], kept[1]]);
            assert!(!page.text.contains("\"short\""), "{}", page.text);
        }
        let fields = [("do", "profile"), ("email", "a@example.org"), ("was.administrators", "1")];
        let page = send(&alice, "/-/users/alice/", &fields).await.is(409);
        has(&page, &["Somebody must stay who may administer", "value=\"a@example.org\""]);
        assert!(!page.text.contains("name=\"group.administrators\" value=\"1\" checked"));
        send(&alice, "/-/users/nobody/", &[("do", "profile")]).await.is(404);
        alice.get("/-/users/nobody/").await.is(404);
    }
}

#[tokio::test]
async fn a_form_that_was_open_long_undoes_nothing_that_others_did() {
    for client in clients().await {
        client.of("vera", "viewers").await;
        let alice = browser_of(&client, "alice").await;
        // Made when vera was a viewer alone; somebody has made her an operator since.
        let add = [("do", "add"), ("user", "vera")];
        send(&alice, "/-/groups/operators/", &add).await.is(303);
        let fields =
            [("do", "profile"), ("is_active", "1"), ("was.viewers", "1"), ("group.reviewers", "1")];
        send(&alice, "/-/users/vera/", &fields).await.is(303);
        let user = client.call("GET", "/api/-/users/vera/", "").await.json();
        assert_eq!(user["groups"], json!(["operators", "reviewers"]));
    }
}

#[tokio::test]
async fn what_somebody_is_called_harms_nobody() {
    for client in clients().await {
        let alice = browser_of(&client, "alice").await;
        let fields = [("name", HOSTILE), ("display_name", HOSTILE), ("email", HOSTILE)];
        let made = send(&alice, "/-/users/", &fields).await.is(303);
        for path in ["/-/users/", made.header("location"), "/-/groups/viewers/"] {
            has(&alice.get(path).await.is(200), &["&#60;script&#62;"]);
        }
    }
}
