//! What was: histories, commits, differences and the audit.

use domain::moment::Moment;
use domain::record::CommitNumber;
use serde_json::{Value, json};
use web::Settings;

use crate::client::{Answer, Client, clients, clients_with, with_servers};

/// Members of all results, a line each.
pub(crate) fn lines(answer: &Answer, names: &[&str]) -> Vec<String> {
    let document = answer.json();
    let results = document["results"].as_array().unwrap();
    let line = |entry: &Value| {
        let cells = names.iter().map(|name| match &entry[*name] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        cells.collect::<Vec<_>>().join(" ")
    };
    results.iter().map(line).collect()
}

/// All pages of a list, by its links.
async fn pages(client: &Client, path: &str, names: &[&str]) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut path = path.to_owned();
    loop {
        let answer = client.call("GET", &path, "").await.is(200);
        pages.push(lines(&answer, names));
        match answer.json()["next"].as_str() {
            Some(next) => {
                next.strip_prefix("http://domesday.test").unwrap().clone_into(&mut path);
            }
            None => return pages,
        }
    }
}

async fn fold(client: &Client, before: i64) {
    let app = &client.test.app;
    let plan = app.fold_plan(Moment::Commit(CommitNumber(before))).await.unwrap().unwrap();
    assert_eq!(plan.to.0, before - 1);
    app.fold(&client.test.writer(), plan.to).await.unwrap().unwrap();
}

/// A data centre that is added, changed twice, and deleted: commits 1 to 4.
pub(crate) async fn with_a_life(client: &Client) {
    client.add("dcs", r#"{"name": "eqiad"}"#).await;
    for body in [r#"{"description": "Ashburn"}"#, r#"{"name": "iad1"}"#] {
        client.call("PATCH", "/api/dcs/1/?reason=OPS-1", body).await.is(200);
    }
    client.call("DELETE", "/api/dcs/1/", "").await.is(204);
}

#[tokio::test]
async fn a_deleted_record_has_its_history() {
    for client in clients().await {
        with_a_life(&client).await;
        let history = client.get("/api/dcs/1/history/").await.is(200);
        let names = ["commit", "revision", "change", "action", "display", "reason"];
        assert_eq!(
            lines(&history, &names),
            [
                "4 4 - Deleted iad1 null",
                "3 3 ~ Updated iad1 OPS-1",
                "2 2 ~ Updated eqiad OPS-1",
                "1 1 + Added eqiad null",
            ]
        );
        let entry = &history.json()["results"][1];
        assert_eq!(
            *entry,
            json!({
                "commit": 3, "type": "dc", "id": 1, "url": "http://domesday.test/api/dcs/1/",
                "display": "iad1", "revision": 3, "change": "~", "action": "Updated",
                "at": entry["at"], "actor": {"user": "alice", "token": "test"}, "origin": "api",
                "reason": "OPS-1", "request_id": entry["request_id"], "approved_by": [],
                "bypass": false,
                "fields": {"name": {"before": "eqiad", "after": "iad1"}},
            })
        );
        assert!(entry["at"].as_str().unwrap().starts_with("2026-01-01T00:00:"));
        assert!(entry["at"].as_str().unwrap().ends_with(".000000Z"));
        let with = client.get("/api/dcs/1/history/?snapshot=1").await.is(200).json();
        let last = json!({"name": "iad1", "description": "Ashburn"});
        assert_eq!(with["results"][0]["snapshot"], last, "what was deleted");
        assert_eq!(with["results"][2]["snapshot"]["name"], "eqiad");
        let missing = client.get("/api/dcs/2/history/").await;
        assert_eq!(missing.problem(404, ""), "No Data centre matches the given query.");
    }
}

#[tokio::test]
async fn old_entries_call_things_what_they_were_called() {
    for client in clients().await {
        with_servers(&client).await;
        client.call("PATCH", "/api/servers/1/", r#"{"dc": "codfw"}"#).await.is(200);
        client.call("PATCH", "/api/dcs/1/", r#"{"name": "iad1"}"#).await.is(200);
        client.call("PATCH", "/api/servers/1/", r#"{"dc": 1, "tags": ["spare"]}"#).await.is(200);
        let fields = |entry: usize| {
            let client = &client;
            async move {
                let history = client.get("/api/servers/1/history/").await.is(200).json();
                history["results"][entry]["fields"].clone()
            }
        };
        let (eqiad, iad1) = (json!({"id": 1, "name": "eqiad"}), json!({"id": 1, "name": "iad1"}));
        let codfw = json!({"id": 2, "name": "codfw"});
        assert_eq!(
            fields(0).await,
            json!({
                "dc": {"before": codfw, "after": iad1},
                "tags": {"removed": [{"id": 1, "name": "ssd"}], "added": []},
            })
        );
        assert_eq!(fields(1).await, json!({"dc": {"before": eqiad, "after": codfw}}));
        let added = fields(2).await;
        assert_eq!(added["name"], json!({"before": null, "after": "db1001"}));
        let tags = json!([{"id": 1, "name": "ssd"}, {"id": 2, "name": "spare"}]);
        assert_eq!(added["tags"], json!({"removed": [], "added": tags}));
    }
}

#[tokio::test]
async fn the_history_of_everything_is_asked_by_what_it_tells() {
    for client in clients().await {
        with_a_life(&client).await;
        client.add("tags", r#"{"name": "ssd"}"#).await;
        let commits = async |query: &str| {
            lines(&client.get(&format!("/api/-/history/?{query}")).await.is(200), &["commit"])
                .join(" ")
        };
        let second = client.get("/api/-/commits/2/").await.is(200).json();
        let (at, request) =
            (second["at"].as_str().unwrap(), second["request_id"].as_str().unwrap());
        for (query, expected) in [
            ("", "5 4 3 2 1"),
            ("type=dc", "4 3 2 1"),
            ("type=dc&id=1", "4 3 2 1"),
            ("type=dc&id=2", ""),
            ("actor=alice", "5 4 3 2 1"),
            ("actor=bob", ""),
            ("origin=api&type=tag", "5"),
            ("origin=cli", ""),
            ("field=name", "5 4 3 1"),
            ("field=description&type=dc", "4 2"),
            ("search=ASHburn", "4 3 2"),
            ("search=ops-1", "3 2"),
            ("commit=3", "3"),
            ("commit=3&after=3", ""),
            ("after=3", "5 4"),
            ("before=3", "2 1"),
            ("after=1&before=4", "3 2"),
            (&format!("after={at}"), "5 4 3 2"),
            (&format!("before={at}"), "1"),
            ("after=2025-01-01&before=2026-01-02", "5 4 3 2 1"),
            ("before=yesterday", ""),
            (&format!("request_id={request}"), "2"),
            ("type=&actor=&search=", "5 4 3 2 1"),
        ] {
            assert_eq!(commits(query).await, expected, "{query}");
        }
    }
}

#[tokio::test]
async fn what_the_history_does_not_know_is_refused_by_name() {
    for client in clients().await {
        client.add("dcs", r#"{"name": "eqiad"}"#).await;
        for (path, name, told) in [
            ("history/?type=serve", "type", "There is no type \"serve\". Did you mean server?"),
            ("history/?id=1", "id", "Give type too: each type counts its own ids."),
            ("history/?type=dc&id=x", "id", "A valid integer is required."),
            ("history/?commit=0", "commit", "Ensure this value is greater than or equal to 1."),
            ("history/?limit=1001", "limit", "Ensure this value is less than or equal to 1000."),
            ("history/?cursor=x", "cursor", "Invalid cursor"),
            ("history/?snapshot=maybe", "snapshot", "Give 1 or 0."),
            ("history/?actr=x", "actr", "Unknown parameter."),
            ("history/?actor=a&actor=b", "actor", "Give this parameter once."),
            ("audit/?type=dc", "type", "Unknown parameter."),
            ("audit/?cursor=aC4xLjAuMQ", "cursor", "Invalid cursor"),
            ("diff/", "from", "This field is required."),
            ("diff/?from=0&type=serve", "type", "There is no type \"serve\". Did you mean server?"),
            ("diff/?from=0&name=x", "name", "Unknown parameter."),
            ("diff/?from=0&to=99", "to", "There is no commit 99 yet; the last is 1."),
            ("commits/1/?x=1", "x", "Unknown parameter."),
        ] {
            assert_eq!(
                client.get(&format!("/api/-/{path}")).await.problem(400, name),
                told,
                "{path}"
            );
        }
        for (path, name) in [("history/?after=soon", "after"), ("diff/?from=soon", "from")] {
            let told = client.get(&format!("/api/-/{path}")).await.problem(400, name);
            assert!(told.starts_with("Give a commit's number, a time"), "{told}");
        }
        client.get("/api/dcs/1/history/?type=dc").await.problem(400, "type");
        client.get("/api/dcs/x/history/").await.is(404);
        client.get("/api/nope/1/history/").await.is(404);
        for number in ["0", "2", "x", "-1", "99999999999999999999"] {
            let told = client.get(&format!("/api/-/commits/{number}/")).await.problem(404, "");
            assert_eq!(told, "There is no such commit.");
        }
    }
}

#[tokio::test]
async fn pages_of_the_past_neither_repeat_nor_leave_out() {
    for client in clients().await {
        with_servers(&client).await;
        let all = |found: Vec<Vec<String>>| found.concat();
        for path in ["/api/-/history/?x", "/api/-/audit/?x", "/api/-/diff/?from=0"] {
            let path = path.trim_end_matches('x');
            let names: &[&str] = match path {
                "/api/-/audit/?" => &["action", "subject"],
                _ => &["type", "id"],
            };
            let whole = all(pages(&client, path, names).await);
            assert!(whole.len() >= 10, "{path}: {whole:?}");
            let small = pages(&client, &format!("{path}&limit=3"), names).await;
            assert!(small.iter().rev().skip(1).all(|page| page.len() == 3), "{path}: {small:?}");
            assert_eq!(all(small), whole, "{path}");
        }
        let few = pages(&client, "/api/-/history/?type=server&limit=1&before=now", &["id"]).await;
        assert_eq!(few, [["3"], ["2"], ["1"]]);
        let list = client.get("/api/-/history/?limit=1&after=yesterday").await.is(200).json();
        let next = list["next"].as_str().unwrap();
        assert!(next.contains("after=2025-12-31T00%3A00%3A00.000000Z"), "{next}");
    }
}

#[tokio::test]
async fn a_commit_tells_who_why_and_what() {
    for client in clients().await {
        let body = r#"[{"name": "a"}, {"name": "b"}]"#;
        client.call("POST", "/api/tags/?reason=two", body).await.is(201);
        let commit = client.get("/api/-/commits/1/").await.is(200);
        let told = commit.json();
        assert_eq!((&told["number"], &told["changes"]), (&json!(1), &json!(2)));
        assert_eq!((&told["origin"], &told["reason"]), (&json!("api"), &json!("two")));
        assert_eq!(told["actor"], json!({"user": "alice", "token": "test"}));
        let hash = told["hash"].as_str().unwrap();
        assert!(hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{hash}");
        assert_eq!((&told["folded"], &told["folds_to"]), (&json!(false), &Value::Null));
        assert_eq!(lines(&commit, &["change", "type", "display"]), ["+ tag b", "+ tag a"]);
        let names: Vec<String> = (0..60).map(|at| format!(r#"{{"name": "t{at}"}}"#)).collect();
        client.call("POST", "/api/tags/", &format!("[{}]", names.join(","))).await.is(201);
        let many = pages(&client, "/api/-/commits/2/", &["id"]).await;
        assert_eq!(many.iter().map(Vec::len).collect::<Vec<_>>(), [50, 10]);
    }
}

#[tokio::test]
async fn what_differs_between_two_moments_is_told_once() {
    for client in clients().await {
        with_servers(&client).await;
        let from =
            client.get("/api/-/history/?limit=1").await.json()["results"][0]["commit"].clone();
        client.call("PATCH", "/api/servers/1/", r#"{"state": "failed"}"#).await.is(200);
        client.call("PATCH", "/api/servers/1/", r#"{"tags": ["ssd"], "dc": 2}"#).await.is(200);
        client.call("PATCH", "/api/servers/2/", r#"{"state": "failed"}"#).await.is(200);
        client.call("PATCH", "/api/servers/2/", r#"{"state": "active"}"#).await.is(200);
        client.call("DELETE", "/api/servers/3/", "").await.is(204);
        client.call("PATCH", "/api/groups/1/", r#"{"name": "core"}"#).await.is(200);
        client.add("tags", r#"{"name": "new"}"#).await;
        let diff = client.get(&format!("/api/-/diff/?from={from}")).await.is(200);
        assert_eq!(
            lines(&diff, &["change", "type", "id", "display", "url"]),
            [
                "~ server 1 db1001 http://domesday.test/api/servers/1/",
                "- server 3 web2001 http://domesday.test/api/servers/3/",
                "+ tag 3 new http://domesday.test/api/tags/3/",
                "~ group 1 core http://domesday.test/api/groups/1/",
            ]
        );
        let document = diff.json();
        assert_eq!(
            document["results"][0]["fields"],
            json!({
                "dc": {"before": {"id": 1, "name": "eqiad"}, "after": {"id": 2, "name": "codfw"}},
                "state": {"before": "active", "after": "failed"},
                "tags": {"removed": [{"id": 2, "name": "spare"}], "added": []},
            }),
            "the group is the same one, whatever it is called"
        );
        assert_eq!(
            document["results"][1]["fields"]["name"],
            json!({"before": "web2001", "after": null})
        );
        let of = async |query: &str| {
            let answer = client.get(&format!("/api/-/diff/?from={from}&{query}")).await.is(200);
            lines(&answer, &["change", "type", "id"]).join(", ")
        };
        assert_eq!(of("type=server&dc__name=codfw").await, "~ server 1, - server 3");
        assert_eq!(of("type=server&search=web").await, "- server 3");
        assert_eq!(of("type=tag").await, "+ tag 3");
        assert_eq!(of(&format!("to={from}")).await, "");
        let backwards = client.get(&format!("/api/-/diff/?from=now&to={from}&type=tag")).await;
        assert_eq!(lines(&backwards.is(200), &["change", "id"]), ["- 3"]);
    }
}

#[tokio::test]
async fn the_audit_tells_changes_and_what_else_happened() {
    for client in clients().await {
        client.add("dcs", r#"{"name": "eqiad"}"#).await;
        client.call("DELETE", "/api/dcs/1/?reason=gone", "").await.is(204);
        let audit = client.call("GET", "/api/-/audit/", "").await.is(200);
        let names = ["action", "subject", "reason", "commit", "type", "id"];
        assert_eq!(
            lines(&audit, &names),
            [
                "Deleted dc eqiad gone 2 dc 1",
                "Added dc eqiad null 1 dc 1",
                "Created token token test of alice null null null null",
                "Granted view on everything to group anonymous null null null null",
                "Added user user alice in administrators null null null null",
                "Applied schema schema of 8 types null null null null",
            ]
        );
        let entry = &audit.json()["results"][0];
        assert_eq!(entry["actor"], json!({"user": "alice", "token": "test"}));
        assert_eq!(entry["url"], "http://domesday.test/api/dcs/1/");
        let of = async |query: &str| {
            let answer = client.call("GET", &format!("/api/-/audit/?{query}"), "").await.is(200);
            lines(&answer, &["action"]).join(", ")
        };
        let made = "Created token, Granted, Added user, Applied schema";
        assert_eq!(of("actor=system:cli").await, made);
        assert_eq!(of("after=1").await, "Deleted");
        assert_eq!(of("before=1").await, made);
        assert_eq!(of("after=2026-01-02").await, "");
        assert_eq!(of("before=2026-01-02&actor=alice").await, "Deleted, Added");
    }
}

#[tokio::test]
async fn the_past_is_read_like_the_present() {
    for client in clients().await {
        with_servers(&client).await;
        let then =
            client.get("/api/-/history/?limit=1").await.json()["results"][0]["commit"].clone();
        let before = client.get("/api/servers/1/").await.text;
        let csv = client.get("/api/servers.csv").await.text;
        client
            .call("PATCH", "/api/servers/1/", r#"{"name": "db9", "state": "failed"}"#)
            .await
            .is(200);
        client.call("DELETE", "/api/servers/2/", "").await.is(204);
        let as_of = format!("as_of={then}");
        let names = ["/api/servers/", "/api/servers/?format=datatables&draw=1"];
        for (path, expected) in names.iter().zip([["1", "2", "3"], ["1", "2", "3"]]) {
            let separator = if path.contains('?') { '&' } else { '?' };
            let answer = client.get(&format!("{path}{separator}{as_of}")).await.is(200);
            assert_eq!(answer.column("id"), expected, "{path}");
        }
        assert_eq!(client.get(&format!("/api/servers.csv?{as_of}")).await.is(200).text, csv);
        let lines = client.get(&format!("/api/servers.jsonl?{as_of}&state=active")).await.is(200);
        assert_eq!(lines.text.lines().count(), 3);
        assert_eq!(client.get(&format!("/api/servers/1/?{as_of}")).await.is(200).text, before);
        assert_eq!(
            client.get(&format!("/api/servers/by/db1001/?{as_of}")).await.is(200).text,
            before
        );
        client.get(&format!("/api/servers/by/db9/?{as_of}")).await.is(404);
        client.get("/api/servers/by/db1001/").await.is(404);
        client.get("/api/servers/2/").await.is(404);
        client.get("/api/servers/1/?as_of=0").await.is(404);
        client.get("/api/servers/1/?as_of=99").await.problem(400, "as_of");
    }
}

#[tokio::test]
async fn what_has_been_folded_is_gone_and_the_rest_begins_with_it() {
    for client in clients().await {
        with_a_life(&client).await;
        client.add("dcs", r#"{"name": "ams1"}"#).await;
        client.call("PATCH", "/api/dcs/2/", r#"{"description": "x"}"#).await.is(200);
        client.call("PATCH", "/api/dcs/2/", r#"{"description": "y"}"#).await.is(200);
        fold(&client, 7).await;
        let names = ["commit", "revision", "change", "action", "actor", "origin", "fields"];
        let history = client.get("/api/dcs/2/history/").await.is(200);
        assert_eq!(
            lines(&history, &names)[1],
            r#"6 2 = Folded {"token":null,"user":"alice"} null {}"#
        );
        let paged = pages(&client, "/api/dcs/2/history/?limit=1", &["change"]).await;
        assert_eq!(paged, [["~"], ["="]]);
        let snapshot = client.get("/api/dcs/2/history/?snapshot=1&before=7").await.json();
        assert_eq!(snapshot["results"][0]["snapshot"], json!({"name": "ams1", "description": "x"}));
        assert_eq!(pages(&client, "/api/-/history/?type=dc", &["commit"]).await.concat(), ["7"]);
        client.get("/api/dcs/1/history/").await.is(404);
        for path in ["/api/dcs/?as_of=5", "/api/-/diff/?from=5", "/api/dcs/2/?as_of=0"] {
            let told = client.get(path).await.problem(410, "");
            assert!(told.starts_with("The history before commit 6 has been folded"), "{told}");
        }
        client.get("/api/dcs/2/?as_of=6").await.is(200);
        client.call("POST", "/api/-/commits/5/revert/", "").await.problem(410, "");
        client.call("POST", "/api/dcs/2/revert/", r#"{"to_revision": 1}"#).await.problem(410, "");
        client.call("POST", "/api/dcs/2/revert/", r#"{"to_revision": 2}"#).await.is(200);
        let folded = client.get("/api/-/commits/3/").await.is(200).json();
        assert_eq!((&folded["folded"], &folded["changes"]), (&json!(true), &json!(0)));
        assert_eq!((&folded["origin"], &folded["reason"]), (&Value::Null, &Value::Null));
        let fold = client.get("/api/-/commits/8/").await.is(200).json();
        assert_eq!((&fold["folds_to"], &fold["changes"]), (&json!(6), &json!(0)));
        assert_eq!(fold["reason"], "History up to commit 6 folded");
        let nothing = client.call("POST", "/api/-/commits/8/revert/", "").await.is(200);
        assert_eq!(nothing.json(), json!({"commit": null, "changes": 0}));
        let audit = client.call("GET", "/api/-/audit/?after=7", "").await.is(200);
        assert!(
            lines(&audit, &["action", "subject"])
                .contains(&"Folded history history up to commit 6".to_owned())
        );
    }
}

const WITH_RACKS: &str = r#"
[types.rack.fields]
name = { kind = "text", required = true, unique = true }
[types.site.fields]
name = { kind = "text", required = true, unique = true }
"#;

#[tokio::test]
async fn a_type_that_went_is_still_in_the_history() {
    let with_racks = || app::schema_file::read("racks.toml", WITH_RACKS).unwrap();
    for client in clients_with(with_racks, &Settings::default()).await {
        client.add("racks", r#"{"name": "a1"}"#).await;
        let (_, sites) = WITH_RACKS.split_once("[types.site").unwrap();
        let without = format!("[types.site{sites}");
        let without = app::schema_file::read("sites.toml", &without).unwrap();
        let test = client.test.again(without, &["rack"]).await;
        let later = Client::new(test, Settings::default()).await;
        later.get("/api/racks/1/history/").await.is(404);
        let history = later.get("/api/-/history/?type=rack").await.is(200);
        assert_eq!(
            lines(&history, &["action", "type", "id", "url", "display", "origin"]),
            ["Deleted rack 1 null 1 schema", "Added rack 1 null 1 api"]
        );
        let told = later.call("POST", "/api/-/commits/2/revert/", "").await.is(409).json();
        assert_eq!(told["conflicts"][0]["message"], "The schema has no such type any more.");
    }
}
