//! Groups on their pages.

use super::{HOSTILE, browser_of, has, send};
use crate::client::{clients, with_servers};

#[tokio::test]
async fn a_group_is_made_filled_granted_and_deleted() {
    for client in clients().await {
        with_servers(&client).await;
        client.of("hal", "viewers").await;
        let alice = browser_of(&client, "alice").await;
        let fields = [("name", "dba"), ("description", "Those of the databases")];
        let made = send(&alice, "/-/groups/", &fields).await.is(303);
        let group = made.header("location");
        assert_eq!(group, "/-/groups/dba/");
        send(&alice, group, &[("do", "add"), ("user", "hal")]).await.is(303);
        let hal = browser_of(&client, "hal").await;
        hal.get("/servers/1/edit/").await.is(403);

        let fields = [
            ("do", "grant"),
            ("right.write", "1"),
            ("type", "server"),
            ("filter", "dc__name=eqiad"),
        ];
        send(&alice, group, &fields).await.is(303);
        hal.get("/servers/1/edit/").await.is(200);
        let fields = [("state", "failed")];
        send(&hal, "/servers/1/edit/", &fields).await.is(303);
        send(&hal, "/servers/3/edit/", &fields).await.is(403);
        let page = alice.get(group).await.is(200);
        has(
            &page,
            &["write on server where dc__name=eqiad to group dba", "href=\"/-/users/hal/\""],
        );
        has(&alice.get("/-/groups/").await, &["write on server where", "Those of the databases"]);

        let id = page.text.split_once("name=\"grant\" value=\"").unwrap().1;
        let id = id.split('"').next().unwrap().to_owned();
        send(&alice, "/-/groups/viewers/", &[("do", "revoke"), ("grant", &id)]).await.is(404);
        send(&alice, group, &[("do", "revoke"), ("grant", &id)]).await.is(303);
        hal.get("/servers/1/edit/").await.is(403);
        send(&alice, group, &[("do", "remove"), ("user", "hal")]).await.is(303);
        assert!(!alice.get(group).await.text.contains("href=\"/-/users/hal/\""));
        let gone = send(&alice, group, &[("do", "delete")]).await.is(303);
        assert_eq!(gone.header("location"), "/-/groups/");
        alice.get(group).await.is(404);
    }
}

#[tokio::test]
async fn a_grant_that_is_none_stays_in_the_form() {
    for client in clients().await {
        let alice = browser_of(&client, "alice").await;
        let page = "/-/groups/viewers/";
        for (fields, told) in [
            ([("type", "server"), ("filter", "")], "id=\"e-rights\">Name a right, or a preset."),
            ([("preset", "viewer"), ("filter", "dc=1")], "id=\"e-filter\">A filter is of a type."),
            ([("right.fly", "1"), ("filter", "")], "id=\"e-rights\">There is no right fly."),
        ] {
            let all = [("do", "grant"), fields[0], fields[1]];
            has(&send(&alice, page, &all).await.is(400), &[told]);
        }
        let fields = [
            ("do", "grant"),
            ("preset", "operator"),
            ("right.bypass", "1"),
            ("type", "server"),
            ("filter", "nme=\"1\""),
        ];
        let kept = [
            "nme: Unknown field. Did you mean name?",
            "value=\"nme=&#34;1&#34;\"",
            "name=\"right.bypass\" value=\"1\" checked",
            "value=\"operator\" selected",
            "value=\"server\" selected",
        ];
        has(&send(&alice, page, &fields).await.is(400), &kept);
        for (fields, status, told) in [
            (("do", "add"), 404, "There is no such user."),
            (("do", "remove"), 404, "There is no such user."),
            (("do", "revoke"), 404, "There is no such grant."),
        ] {
            has(&send(&alice, page, &[fields]).await.is(status), &[told]);
        }
        send(&alice, page, &[("do", "nonsense")]).await.is(400);
        let anonymous = "/-/groups/anonymous/";
        let told = send(&alice, anonymous, &[("do", "delete")]).await.is(400);
        has(&told, &["The group anonymous stays"]);
        let page = alice.get(anonymous).await.is(200);
        assert!(!page.text.contains("Delete the group"), "{}", page.text);
        let last = send(&alice, "/-/groups/administrators/", &[("do", "delete")]).await.is(409);
        has(&last, &["Somebody must stay who may administer everything."]);
    }
}

#[tokio::test]
async fn what_a_group_is_called_harms_nobody() {
    for client in clients().await {
        let alice = browser_of(&client, "alice").await;
        let fields = [("name", HOSTILE), ("description", HOSTILE)];
        let made = send(&alice, "/-/groups/", &fields).await.is(303);
        let group = made.header("location").to_owned();
        let fields =
            [("do", "grant"), ("preset", "viewer"), ("type", "dc"), ("filter", "name=<script>")];
        send(&alice, &group, &fields).await.is(303);
        for path in ["/-/groups/", &group, "/-/users/", "/-/users/alice/"] {
            has(&alice.get(path).await.is(200), &["&#60;script&#62;"]);
        }
    }
}
