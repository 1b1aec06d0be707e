//! Templates of exports on their pages.

use app::templates::{TEXT_LENGTH_MAX, TemplateDraft, Templates};

use super::{HOSTILE, browser_of, has, send};
use crate::client::{clients, with_servers};

const NAMES: &str = "{% for one in records %}\r\n{{ one.name }}\r\n{% endfor %}\r\n";

#[tokio::test]
async fn a_template_is_added_used_changed_and_removed() {
    for client in clients().await {
        with_servers(&client).await;
        client.of("vera", "viewers").await;
        let alice = browser_of(&client, "alice").await;
        let vera = browser_of(&client, "vera").await;
        has(&alice.get("/-/templates/").await.is(200), &["No templates yet.", "Add a template"]);
        assert!(!alice.get("/servers/").await.text.contains("data-templates"));
        let fields = [("name", "names"), ("types.server", "1"), ("text", NAMES)];
        let made = send(&alice, "/-/templates/", &fields).await.is(303);
        let template = made.header("location");
        assert_eq!(template, "/-/templates/names/");
        // Lines end as those of a file do, and those of statements alone leave nothing.
        let made = alice.get("/api/servers/?export=names&name__in=db1001,db1002").await.is(200);
        assert_eq!(made.text, "db1001\ndb1002\n");
        // It is offered where it is of use.
        has(&vera.get("/servers/").await.is(200), &["data-templates=\"names\""]);
        assert!(!vera.get("/dcs/").await.text.contains("data-templates"));
        let listed = vera.get("/-/templates/").await.is(200);
        has(&listed, &["href=\"/-/templates/names/\"", "<td>server</td>", " by alice</td>"]);
        assert!(!listed.text.contains("Add a template"), "{}", listed.text);
        let shown = vera.get(template).await.is(200);
        has(&shown, &["href=\"/api/servers/?export=names\"", "{% for one in records %}"]);
        assert!(!shown.text.contains("<form class=\"form\" method=\"post\">"), "{}", shown.text);

        has(&alice.get(template).await.is(200), &["name=\"types.server\" value=\"1\" checked"]);
        let fields =
            [("do", "change"), ("types.dc", "1"), ("media_type", "text/html"), ("text", "<b>")];
        send(&alice, template, &fields).await.is(303);
        has(&vera.get("/dcs/").await, &["data-templates=\"names\""]);
        assert_eq!(alice.get("/api/dcs/?export=names").await.is(200).text, "<b>");
        // What it may have at most is more on its way, written as forms are.
        let longest = "é".repeat(TEXT_LENGTH_MAX / 2);
        send(&alice, template, &[("do", "change"), ("text", &longest)]).await.is(303);
        assert_eq!(alice.get("/api/dcs/?export=names").await.is(200).text, longest);
        let longer = format!("{longest}x");
        let told = send(&alice, template, &[("do", "change"), ("text", &longer)]).await.is(400);
        has(&told, &["id=\"e-text\">Ensure this field has no more", &longer]);
        for fields in [&fields[..], &[("do", "remove")]] {
            send(&vera, template, fields).await.is(403);
        }
        send(&alice, template, &[("do", "nonsense")]).await.is(400);
        send(&alice, template, &[("do", "remove")]).await.is(303);
        alice.get(template).await.is(404);
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_template_is_told_beside_what_was_typed() {
    for mut client in clients().await {
        let draft = TemplateDraft { text: "ours".to_owned(), ..TemplateDraft::default() };
        let schema = client.test.app.schema.clone();
        client.with_templates(Templates::new([draft.compiled("ours", &schema).unwrap()]));
        with_servers(&client).await;
        let alice = browser_of(&client, "alice").await;
        for (name, media_type, text, told) in [
            ("a b", "", "x", "id=\"e-name\">A name has small letters"),
            ("ours", "", "x", "id=\"e-name\">There is a template of this name"),
            ("a", "x", "x", "id=\"e-media_type\">Give a media type"),
            ("a", "", "{% for %}", "id=\"e-text\">"),
            ("a", "", "", "id=\"e-text\">Give the template&#39;s text."),
        ] {
            let fields = [
                ("name", name),
                ("types.dc", "1"),
                ("media_type", media_type),
                ("text", &format!("{text}{}", if text.is_empty() { "" } else { HOSTILE })),
            ];
            let page = send(&alice, "/-/templates/", &fields).await.is(400);
            has(&page, &[told, "name=\"types.dc\" value=\"1\" checked"]);
        }
        // What stands in the configuration is shown, and not changed.
        let page = alice.get("/-/templates/ours/").await.is(200);
        has(&page, &["<code>ours</code>", "It stands in the configuration"]);
        let fields = [("do", "change"), ("text", "theirs")];
        has(&send(&alice, "/-/templates/ours/", &fields).await.is(400), &["change it there"]);
        has(&alice.get("/dcs/").await, &["data-templates=\"ours\""]);
    }
}
