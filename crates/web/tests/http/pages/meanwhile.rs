//! A form of a record that somebody else changed meanwhile.

use super::filled::{filled, with};
use super::{check_page, page, signed_in};
use crate::client::{Client, clients, with_servers};

async fn change(client: &Client, id: i64, body: &str) {
    client.call("PATCH", &format!("/api/servers/{id}/"), body).await.is(200);
}

#[tokio::test]
async fn what_only_others_changed_is_taken_over_and_what_both_did_is_chosen() {
    for client in clients().await {
        with_servers(&client).await;
        let browser = signed_in(&client, "alice").await;
        let path = "/servers/1/edit/";
        let fields = filled(&page(&browser, path).await.is(200).text);
        let theirs = r#"{"state": "failed", "description": "theirs", "dc": "codfw"}"#;
        change(&client, 1, theirs).await;
        let mine = [("name", "db9"), ("description", "mine"), ("-reason", "why")];
        let late = browser.form(path, &with(&fields, &mine)).await.is(412);
        check_page(&late);
        assert!(late.text.contains("alice saved it"), "{}", late.text);
        let shown = filled(&late.text);
        for (name, expected) in [
            ("-revision", "2"),
            ("-opened", "1"),
            ("-both", "description"),
            ("-reason", "why"),
            ("name", "db9"),
            ("description", "mine"),
            ("state", "failed"),
            ("dc", "codfw"),
        ] {
            assert_eq!(shown[name], expected, "{name}");
        }
        for row in [
            "<td data-label=\"When you opened it\">active</td>\n<td data-label=\"Now\">failed</td>",
            "<td data-label=\"Now\">db1001</td>\n<td data-label=\"Yours\">db9</td>",
            "unchanged</span></td>\n<td data-label=\"What holds\">taken over",
        ] {
            assert!(late.text.contains(row), "{row} in {}", late.text);
        }
        // Nothing is chosen for anybody.
        let told = browser.form(path, &with(&shown, &[])).await.is(400);
        assert!(told.text.contains("Both changed this: choose"), "{}", told.text);
        assert!(told.text.contains("-keep.description"), "{}", told.text);
        // Whoever is overtaken once more keeps what they chose.
        change(&client, 1, r#"{"ip": "10.0.0.77"}"#).await;
        let chosen = [("-keep.description", "theirs")];
        let late = browser.form(path, &with(&shown, &chosen)).await.is(412);
        let shown = filled(&late.text);
        assert_eq!((shown["-both"].as_str(), shown["ip"].as_str()), ("", "10.0.0.77"));
        assert_eq!((shown["description"].as_str(), shown["name"].as_str()), ("theirs", "db9"));
        browser.form(path, &with(&shown, &[])).await.is(303);
        let record = client.call("GET", "/api/servers/1/", "").await.json();
        assert_eq!((&record["name"], &record["description"]), (&"db9".into(), &"theirs".into()));
        assert_eq!((&record["state"], &record["ip"]), (&"failed".into(), &"10.0.0.77".into()));
        assert_eq!((&record["dc"]["name"], &record["revision"]), (&"codfw".into(), &4.into()));
    }
}

#[tokio::test]
async fn lists_are_put_together_and_ones_own_value_can_be_kept() {
    for client in clients().await {
        with_servers(&client).await;
        client.add("tags", r#"{"name": "old"}"#).await;
        let browser = signed_in(&client, "alice").await;
        let path = "/servers/2/edit/";
        let fields = filled(&page(&browser, path).await.is(200).text);
        assert_eq!(fields["tags"], "ssd");
        change(&client, 2, r#"{"tags": ["ssd", "spare"], "description": "two\nlines"}"#).await;
        let mine = [("tags", "old"), ("description", "mine\r\ntoo")];
        let late = browser.form(path, &with(&fields, &mine)).await.is(412);
        let shown = filled(&late.text);
        assert_eq!(shown["tags"], "spare | old");
        assert!(late.text.contains("put together"), "{}", late.text);
        let chosen = [("-keep.description", "mine"), ("ip", "10.0.0.300")];
        let told = browser.form(path, &with(&shown, &chosen)).await.is(400);
        let shown = filled(&told.text);
        assert_eq!(shown["-keep.description"], "mine");
        browser.form(path, &with(&shown, &[("ip", "10.0.0.30")])).await.is(303);
        let record = client.call("GET", "/api/servers/2/", "").await.json();
        assert_eq!(record["description"], "mine\ntoo");
        let tags = record["tags"].as_array().unwrap().iter().map(|tag| tag["name"].clone());
        assert_eq!(tags.collect::<Vec<_>>(), ["spare", "old"]);
    }
}

#[tokio::test]
async fn a_refusal_does_not_hide_that_others_were_quicker() {
    for client in clients().await {
        with_servers(&client).await;
        let browser = signed_in(&client, "alice").await;
        let path = "/servers/1/edit/";
        let fields = filled(&page(&browser, path).await.is(200).text);
        let told = browser.form(path, &with(&fields, &[("ip", "10.0.0.300")])).await.is(400);
        change(&client, 1, r#"{"state": "failed"}"#).await;
        let fixed = [("ip", "10.0.0.30")];
        let late = browser.form(path, &with(&filled(&told.text), &fixed)).await.is(412);
        let shown = filled(&late.text);
        assert_eq!((shown["state"].as_str(), shown["ip"].as_str()), ("failed", "10.0.0.30"));
    }
}

#[tokio::test]
async fn what_was_typed_of_a_record_that_is_gone_can_be_added() {
    for client in clients().await {
        with_servers(&client).await;
        let browser = signed_in(&client, "alice").await;
        let fields = filled(&page(&browser, "/servers/1/edit/").await.is(200).text);
        client.call("DELETE", "/api/servers/1/", "").await.is(204);
        let mine = [("description", "long work")];
        let late = browser.form("/servers/1/edit/", &with(&fields, &mine)).await.is(404);
        check_page(&late);
        assert!(late.text.contains("somebody deleted it"), "{}", late.text);
        assert!(late.text.contains("action=\"/servers/add/\""), "{}", late.text);
        browser.form("/servers/add/", &with(&filled(&late.text), &[])).await.is(303);
        let record = client.call("GET", "/api/servers/4/", "").await.json();
        assert_eq!(
            (&record["name"], &record["description"]),
            (&"db1001".into(), &"long work".into())
        );
        // Nobody is shown a form without the word of their session.
        browser.form("/servers/1/edit/", &[("name", "x")]).await.is(403);
    }
}
