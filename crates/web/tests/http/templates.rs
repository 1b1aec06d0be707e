//! `?export=NAME`: what templates make of lists, and the templates themselves.

use app::Templates;
use app::templates::{Limits, TemplateDraft};
use axum::body::Body;
use axum::http::header;
use serde_json::{Value, json};
use testkit::every_kind;
use web::Settings;

use crate::client::{Answer, Client, clients, clients_with, with_servers};

const HOSTS: &str =
    "{% for r in records %}\n{{ r.ip }}\t{{ r.name }} # {{ r.dc.name }}\n{% endfor %}\n";

async fn set(client: &Client, name: &str, body: &Value) -> Answer {
    client.call("PUT", &format!("/api/-/templates/{name}/"), &body.to_string()).await
}

/// What a template makes of an address, which ends with `?` or `&`.
async fn made(client: &Client, address: &str, text: &str) -> Answer {
    let name = "tried";
    let kept = set(client, name, &json!({ "text": text })).await;
    assert!(kept.status.is_success(), "{}", kept.text);
    client.get(&format!("{address}export={name}")).await
}

#[tokio::test]
async fn a_template_makes_what_it_makes_of_all_that_the_filter_matches() {
    for client in clients().await {
        with_servers(&client).await;
        set(&client, "hosts", &json!({"text": HOSTS})).await.is(201);
        let all = client.get("/api/servers/?export=hosts").await.is(200);
        assert_eq!(
            all.text,
            "10.0.0.1\tdb1001 # eqiad\n10.0.0.2\tdb1002 # eqiad\n2001:db8::1\tweb2001 # codfw\n"
        );
        assert_eq!(all.header("content-type"), "text/plain; charset=utf-8");
        let file = "attachment; filename=\"servers-hosts.txt\"";
        assert_eq!(all.header("content-disposition"), file);
        for (query, lines) in [
            ("dc__name=codfw", "2001:db8::1\tweb2001 # codfw\n"),
            ("search=db1002", "10.0.0.2\tdb1002 # eqiad\n"),
            ("name=nobody", ""),
            (
                "ordering=-name&dc__name=eqiad",
                "10.0.0.2\tdb1002 # eqiad\n10.0.0.1\tdb1001 # eqiad\n",
            ),
        ] {
            let answer = client.get(&format!("/api/servers/?{query}&export=hosts")).await.is(200);
            assert_eq!(answer.text, lines, "{query}");
        }
        // As it was before there was a third.
        client.call("DELETE", "/api/servers/by/web2001/", "").await.is(204);
        let now = client.get("/api/servers/?export=hosts").await.is(200);
        assert!(!now.text.contains("web2001"));
        let last =
            client.get("/api/-/history/?limit=1").await.json()["results"][0]["commit"].clone();
        let before = last.as_i64().unwrap() - 1;
        let then = client.get(&format!("/api/servers/?export=hosts&as_of={before}")).await.is(200);
        assert_eq!(then.text, all.text);
    }
}

#[tokio::test]
async fn a_template_sees_records_as_json_has_them_and_what_was_asked() {
    for client in clients_with(every_kind, &Settings::default()).await {
        client.add("places", r#"{"name": "here"}"#).await;
        client.add("labels", r#"{"name": "a|b"}"#).await;
        client.add("ports", r#"{"device": "sw1", "number": 5}"#).await;
        client
            .add(
                "things",
                r#"{"name": "one", "units": 7, "amount": "12.50", "active": false, "ip": "::1",
                    "born": "2026-02-28", "moment": "2026-02-28T23:59:59Z", "network": "10.0.0.0/8",
                    "place": "here", "port": {"device": "sw1", "number": 5}, "labels": ["a|b"],
                    "story": "two\nlines", "data": {"a": [1, 2.5, null, true]}}"#,
            )
            .await;
        client.add("things", r#"{"name": "bare"}"#).await;
        let plain = client.get("/api/things/?count=none").await.is(200).json()["results"].clone();
        let made_of = made(&client, "/api/things/?", "{{ records|tojson }}").await.is(200);
        assert_eq!(made_of.json(), plain);
        let text = "{{ type.name }} {{ type.plural }} {{ count }} {{ fields|join(',') }} \
                    {{ as_of }} {{ base_url }}{% for n, v in filters %} {{ n }}={{ v }}{% endfor %}";
        let address = "/api/things/?fields=name,units&name__startswith=o&ordering=name&";
        assert_eq!(
            made(&client, address, text).await.is(200).text,
            "thing things 1 name,units None http://domesday.test name__startswith=o"
        );
    }
}

#[tokio::test]
async fn values_are_written_as_the_media_type_wants_them() {
    for client in clients().await {
        client.add("dcs", r#"{"name": "<b>", "description": "say \"x\""}"#).await;
        for (media_type, written) in [
            ("text/html", "&lt;b&gt;"),
            ("application/json", "\"<b>\""),
            ("text/plain", "<b>"),
            ("application/yaml", "\"<b>\""),
        ] {
            let body = json!({
                "text": "{% for r in records %}{{ r.name }}{% endfor %}",
                "media_type": media_type,
            });
            set(&client, "one", &body).await;
            let answer = client.get("/api/dcs/?export=one").await.is(200);
            let unescaped = answer.text.replace("\\u003c", "<").replace("\\u003e", ">");
            assert_eq!(unescaped, written, "{media_type}");
            assert!(answer.header("content-type").starts_with(media_type));
        }
    }
}

#[tokio::test]
async fn who_has_the_answer_needs_no_other_until_records_or_template_change() {
    for client in clients().await {
        with_servers(&client).await;
        set(&client, "hosts", &json!({"text": HOSTS})).await.is(201);
        let path = "/api/servers/?export=hosts";
        let with_tag = async |tag: &str| {
            let request = Client::request("GET", path).header(header::IF_NONE_MATCH, tag);
            client.send(request.body(Body::empty()).unwrap()).await
        };
        let first = client.get(path).await.is(200);
        let tag = first.header("etag").to_owned();
        // Twice, so that the short way of what was asked before is gone, too.
        with_tag(&tag).await.is(304);
        with_tag(&tag).await.is(304);
        assert_eq!(client.at_replica().await.get(path).await.header("etag"), tag);
        set(&client, "hosts", &json!({"text": "other\n"})).await.is(200);
        let other = with_tag(&tag).await.is(200);
        assert_eq!(other.text, "other\n");
        assert_eq!(client.at_replica().await.get(path).await.is(200).text, "other\n");
        // What was made before is known again, and what is in it has changed meanwhile.
        set(&client, "hosts", &json!({"text": HOSTS})).await.is(200);
        with_tag(&tag).await.is(304);
        client.call("PATCH", "/api/dcs/by/eqiad/", r#"{"name": "iad1"}"#).await.is(200);
        let renamed = with_tag(&tag).await.is(200);
        assert!(renamed.text.contains("db1001 # iad1"), "{}", renamed.text);
        client.call("DELETE", "/api/-/templates/hosts/", "").await.is(204);
        client.get(path).await.problem(400, "export");
    }
}

#[tokio::test]
async fn what_can_not_be_made_is_told_by_the_template_that_was_asked_for() {
    for mut client in clients().await {
        with_servers(&client).await;
        let mut templates = Templates::new([]);
        templates.limits =
            Limits { steps: 5_000, steps_per_record: 10, output: 1_000, records: 2, input: 10_000 };
        client.with_templates(templates);
        set(&client, "hosts", &json!({"text": HOSTS, "types": ["server"]})).await.is(201);
        let told = async |path: &str| client.get(path).await.problem(400, "export");
        for (path, expected) in [
            ("/api/servers/?export=host", "There is no template \"host\". Did you mean hosts?"),
            ("/api/servers/?export=nothing", "There is no template \"nothing\"."),
            ("/api/dcs/?export=hosts", "The template hosts is for server."),
            ("/api/servers/?export=hosts&format=csv", "Give export or format, not both."),
            ("/api/servers.csv?export=hosts", "Give export or format, not both."),
            ("/api/servers/?export=hosts&export=hosts", "Give this parameter once."),
            (
                "/api/servers/?export=hosts",
                "A template is handed at most 2 records; ask for fewer.",
            ),
        ] {
            assert_eq!(told(path).await, expected, "{path}");
        }
        client.get("/api/servers/?export=hosts&limit=3").await.problem(400, "limit");
        client.get("/api/servers/?export=hosts&nmae=x").await.problem(400, "nmae");
        for (text, expected) in [
            (
                "{% for i in range(100000) %}{% endfor %}",
                "The template tried takes more than 5020 steps; ask for fewer records, or have it do \
                 less.",
            ),
            (
                "{% for i in range(200) %}0123456789{% endfor %}",
                "The template tried makes more than 1000 bytes; ask for fewer records.",
            ),
        ] {
            let answer = made(&client, "/api/servers/?dc__name=eqiad&", text).await;
            assert_eq!(answer.problem(400, "export"), expected);
        }
        let answer = made(&client, "/api/servers/?dc__name=eqiad&", "{{ records[0].nmae }}").await;
        let told = answer.problem(400, "export");
        assert!(told.starts_with("The template tried fails, line 1: undefined value"), "{told}");
        // What failed is kept by nobody.
        made(&client, "/api/servers/?dc__name=eqiad&", "fine").await.is(200);
    }
}

#[tokio::test]
async fn a_template_is_kept_told_and_removed_and_stands_in_the_audit() {
    for client in clients().await {
        let body = json!({"text": "a\n{{ count }}\n", "media_type": "text/csv", "types": ["dc"]});
        let kept = set(&client, "table", &body).await.is(201).json();
        assert_eq!(kept["media_type"], "text/csv; charset=utf-8");
        assert_eq!((&kept["origin"], &kept["updated_by"]), (&json!("uploaded"), &json!("alice")));
        assert_eq!(kept["url"], "http://domesday.test/api/-/templates/table/");
        assert_eq!(client.get("/api/-/templates/table/").await.is(200).json(), kept);
        let all = client.get("/api/-/templates/").await.is(200).json();
        assert_eq!((&all["count"], &all["results"][0]), (&json!(1), &kept));
        client.call("DELETE", "/api/-/templates/table/", "").await.is(204);
        client.call("DELETE", "/api/-/templates/table/", "").await.is(404);
        client.get("/api/-/templates/table/").await.is(404);
        let audit = client.call("GET", "/api/-/audit/?limit=2", "").await.is(200);
        assert_eq!(audit.column("action"), ["Removed template", "Uploaded template"]);
        assert_eq!(audit.column("subject"), ["template table", "template table"]);
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_template_is_told_by_its_member() {
    for client in clients().await {
        for (name, body, member, told) in [
            ("a", json!({}), "text", "Give the template's text."),
            ("a", json!({"text": 1}), "text", "This is a text.Give the template's text."),
            ("A_b", json!({"text": ""}), "name", "A name has small letters"),
            ("a", json!({"text": "x\n{% if %}"}), "text", "line 2: syntax error"),
            ("a", json!({"text": "{% include 'x' %}"}), "text", "line 1: syntax error"),
            ("a", json!({"text": "x", "media_type": "x"}), "media_type", "Give a media type"),
            ("a", json!({"text": "x", "types": ["servr"]}), "types", "There is no type servr. Did"),
            ("a", json!({"text": "x", "type": "server"}), "type", "There is no such member."),
            ("a", json!({"text": "a\0b"}), "text", "Null characters are not allowed."),
            ("a", json!({"text": "x".repeat(65_537)}), "text", "Ensure this field has no more"),
        ] {
            let found = set(&client, name, &body).await.problem(400, member);
            assert!(found.starts_with(told), "{body}: {found}");
        }
    }
}

#[tokio::test]
async fn what_the_configuration_has_is_changed_there() {
    for mut client in clients().await {
        let draft = TemplateDraft { text: "ours".to_owned(), ..TemplateDraft::default() };
        let schema = client.test.app.schema.clone();
        let before = client.get("/api/dcs/").await.header("etag").to_owned();
        client.with_templates(Templates::new([draft.compiled("hosts", &schema).unwrap()]));
        // Pages show which there are.
        assert_ne!(client.get("/api/dcs/").await.header("etag"), before);
        assert_eq!(client.get("/api/dcs/?export=hosts").await.is(200).text, "ours");
        let told = client.get("/api/-/templates/hosts/").await.is(200).json();
        assert_eq!((&told["origin"], &told["updated_at"]), (&json!("configuration"), &json!(null)));
        let refused = set(&client, "hosts", &json!({"text": "theirs"})).await;
        assert!(refused.problem(400, "name").contains("The configuration has a template"));
        client.call("DELETE", "/api/-/templates/hosts/", "").await.problem(400, "name");
    }
}

#[tokio::test]
async fn a_template_is_handed_only_what_its_reader_may_see() {
    for client in clients().await {
        with_servers(&client).await;
        set(&client, "names", &json!({"text": "{{ records|tojson }}"})).await.is(201);
        let grant = app::people::StoredGrant {
            id: 0,
            group: "codfw".to_owned(),
            rights: "view".to_owned(),
            type_name: Some("server".to_owned()),
            filter: Some("dc__name=codfw".to_owned()),
        };
        let ctx = client.test.system();
        let people = client.test.app.people(&ctx).await.unwrap();
        let revoke = people.grants.iter().filter(|grant| grant.group == "anonymous");
        let revoke = revoke.map(|grant| app::people::PeopleChange::Revoke { id: grant.id });
        let mut changes: Vec<_> = revoke.collect();
        changes.push(app::people::PeopleChange::AddGroup {
            group: "codfw".to_owned(),
            description: None,
        });
        changes.push(app::people::PeopleChange::Grant(grant));
        client.test.app.people_change(&ctx, changes).await.unwrap();
        let holder = client.of("hal", "codfw").await;
        let seen = holder.call("GET", "/api/servers/?export=names", "").await.is(200).json();
        assert_eq!(seen.as_array().unwrap().len(), 1);
        assert_eq!(seen[0]["name"], "web2001");
        assert_eq!(seen[0]["dc"], json!({"id": 2, "name": null, "hidden": true}));
        let all = client.call("GET", "/api/servers/?export=names", "").await.is(200).json();
        assert_eq!(all.as_array().unwrap().len(), 3);
        client.get("/api/servers/?export=names").await.is(401);
    }
}
