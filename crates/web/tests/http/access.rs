//! Who may what: every address, for every role, of records that one holds and of others.

use app::known::ANONYMOUS;
use app::people::{PeopleChange, StoredGrant};
use serde_json::{Value, json};

use crate::client::{Answer, Client, clients, user, with_servers};
use crate::sign_in::roles::is_of_sign_in;

/// The roles, in the order of the columns of [`TABLE`].
const ROLES: [&str; 4] = ["nobody", "viewer", "holder", "administrator"];

/// What each role is answered: nobody known (and `anonymous` granted nothing), somebody who may see
/// everything, somebody who sees and writes the servers of one data centre, an administrator.
///
/// `OWN` stands for the id of a server there, `OTHER` for one elsewhere.
const TABLE: &[(&str, &str, &str, [u16; 4])] = &[
    ("GET", "/healthz", "", [200, 200, 200, 200]),
    ("GET", "/readyz", "", [200, 200, 200, 200]),
    ("GET", "/", "", [401, 200, 200, 200]),
    ("GET", "/servers/", "", [401, 200, 200, 200]),
    ("GET", "/dcs/", "", [401, 200, 403, 200]),
    ("GET", "/servers/OWN/", "", [401, 200, 200, 200]),
    ("GET", "/servers/OTHER/", "", [401, 200, 404, 200]),
    ("GET", "/servers/add/", "", [401, 403, 200, 200]),
    ("GET", "/servers/import/", "", [401, 403, 200, 200]),
    ("GET", "/servers/OWN/edit/", "", [401, 403, 200, 200]),
    ("GET", "/servers/OTHER/edit/", "", [401, 403, 404, 200]),
    ("GET", "/servers/OWN/delete/", "", [401, 403, 200, 200]),
    ("GET", "/servers/OTHER/delete/", "", [401, 403, 404, 200]),
    ("GET", "/servers/OWN/compare/", "", [401, 200, 200, 200]),
    ("GET", "/servers/OTHER/compare/", "", [401, 200, 404, 200]),
    // Forms come from pages, with a session.
    ("POST", "/servers/OWN/revert/", "{}", [415, 415, 415, 415]),
    ("POST", "/servers/bulk/", "{}", [415, 415, 415, 415]),
    ("POST", "/servers/add/", "{}", [415, 415, 415, 415]),
    ("POST", "/servers/import/", "{}", [415, 415, 415, 415]),
    ("POST", "/servers/OWN/edit/", "{}", [415, 415, 415, 415]),
    ("POST", "/servers/OWN/delete/", "{}", [415, 415, 415, 415]),
    ("GET", "/-/change-requests/", "", [401, 200, 200, 200]),
    ("GET", "/-/change-requests/1/", "", [401, 404, 404, 404]),
    ("POST", "/-/change-requests/1/", "{}", [415, 415, 415, 415]),
    ("GET", "/-/history/", "", [401, 200, 200, 200]),
    ("GET", "/-/search/?q=db", "", [401, 200, 200, 200]),
    ("GET", "/favicon.ico", "", [307, 307, 307, 307]),
    ("GET", "/-/users/", "", [401, 403, 403, 200]),
    ("POST", "/-/users/", "{}", [415, 415, 415, 415]),
    ("GET", "/-/users/alice/", "", [401, 403, 403, 200]),
    ("POST", "/-/users/alice/", "{}", [415, 415, 415, 415]),
    ("GET", "/-/groups/", "", [401, 403, 403, 200]),
    ("POST", "/-/groups/", "{}", [415, 415, 415, 415]),
    ("GET", "/-/groups/viewers/", "", [401, 403, 403, 200]),
    ("POST", "/-/groups/viewers/", "{}", [415, 415, 415, 415]),
    ("GET", "/-/tokens/", "", [401, 200, 200, 200]),
    ("POST", "/-/tokens/", "{}", [415, 415, 415, 415]),
    ("GET", "/-/views/", "", [401, 200, 200, 200]),
    ("POST", "/-/views/", "{}", [415, 415, 415, 415]),
    ("GET", "/-/views/999/", "", [401, 404, 404, 404]),
    ("POST", "/-/views/999/", "{}", [415, 415, 415, 415]),
    ("GET", "/-/system/", "", [401, 403, 403, 200]),
    ("POST", "/-/system/", "{}", [415, 415, 415, 415]),
    ("GET", "/-/system/configuration/", "", [401, 403, 403, 200]),
    ("GET", "/-/audit/", "", [401, 403, 403, 200]),
    ("GET", "/-/tasks/", "", [401, 403, 403, 200]),
    ("GET", "/-/tasks/none/", "", [401, 403, 403, 404]),
    ("POST", "/-/tasks/none/", "{}", [415, 415, 415, 415]),
    ("GET", "/-/tasks/none/1/", "", [401, 403, 403, 404]),
    ("GET", "/-/templates/", "", [401, 200, 200, 200]),
    ("POST", "/-/templates/", "{}", [415, 415, 415, 415]),
    ("GET", "/-/templates/none/", "", [401, 404, 404, 404]),
    ("POST", "/-/templates/none/", "{}", [415, 415, 415, 415]),
    ("GET", "/-/webhooks/", "", [401, 403, 403, 200]),
    ("GET", "/-/webhooks/none/", "", [401, 403, 403, 404]),
    ("POST", "/-/webhooks/none/", "{}", [415, 415, 415, 415]),
    ("GET", "/-/sources/", "", [401, 403, 403, 200]),
    ("GET", "/-/sources/none/", "", [401, 403, 403, 404]),
    ("POST", "/-/sources/none/", "{}", [415, 415, 415, 415]),
    ("GET", "/-/sources/none/1/", "", [401, 403, 403, 404]),
    ("POST", "/-/sources/none/1/", "{}", [415, 415, 415, 415]),
    ("GET", "/-/assets/none.js", "", [404, 404, 404, 404]),
    ("GET", "/api/", "", [401, 200, 200, 200]),
    ("GET", "/api/-/openapi.json", "", [401, 200, 200, 200]),
    ("GET", "/api/-/docs/", "", [200, 200, 200, 200]),
    ("GET", "/api/-/docs/start.js", "", [200, 200, 200, 200]),
    ("GET", "/metrics", "", [401, 200, 403, 200]),
    ("GET", "/api/-/cache/", "", [401, 403, 403, 200]),
    ("DELETE", "/api/-/cache/", "", [401, 403, 403, 204]),
    ("GET", "/api/-/me/", "", [200, 200, 200, 200]),
    ("PATCH", "/api/-/me/", r#"{"notices": []}"#, [401, 403, 200, 200]),
    ("POST", "/api/-/validate/servers/", "{}", [401, 400, 400, 400]),
    ("GET", "/api/-/history/", "", [401, 200, 200, 200]),
    ("GET", "/api/-/history/?type=dc", "", [401, 200, 403, 200]),
    ("GET", "/api/-/search/?q=a", "", [401, 200, 200, 200]),
    ("GET", "/api/-/audit/", "", [401, 403, 403, 200]),
    ("GET", "/api/-/diff/?from=0", "", [401, 200, 403, 200]),
    ("GET", "/api/-/diff/?from=0&type=server", "", [401, 200, 200, 200]),
    ("GET", "/api/-/commits/1/", "", [401, 200, 200, 200]),
    ("POST", "/api/-/commits/1/revert/", "", [401, 403, 403, 409]),
    ("GET", "/api/-/users/", "", [401, 403, 403, 200]),
    ("POST", "/api/-/users/", r#"{"name": "new"}"#, [401, 403, 403, 201]),
    ("GET", "/api/-/users/alice/", "", [401, 403, 403, 200]),
    ("PATCH", "/api/-/users/new/", r#"{"email": "n@example.org"}"#, [401, 403, 403, 200]),
    ("GET", "/api/-/groups/", "", [401, 403, 403, 200]),
    ("POST", "/api/-/groups/", r#"{"name": "dba"}"#, [401, 403, 403, 201]),
    ("GET", "/api/-/groups/dba/", "", [401, 403, 403, 200]),
    ("POST", "/api/-/groups/dba/grants/", r#"{"rights": ["view"]}"#, [401, 403, 403, 201]),
    ("DELETE", "/api/-/groups/dba/grants/1/", "", [401, 403, 403, 404]),
    ("PUT", "/api/-/groups/dba/members/new/", "", [401, 403, 403, 204]),
    ("DELETE", "/api/-/groups/dba/members/new/", "", [401, 403, 403, 204]),
    ("DELETE", "/api/-/groups/dba/", "", [401, 403, 403, 204]),
    ("GET", "/api/-/tokens/", "", [401, 200, 200, 200]),
    // A token makes no token.
    ("POST", "/api/-/tokens/", r#"{"name": "x"}"#, [401, 403, 403, 403]),
    ("DELETE", "/api/-/tokens/999/", "", [401, 404, 404, 404]),
    ("GET", "/api/-/views/", "", [200, 200, 200, 200]),
    ("GET", "/api/-/views/?type=dc", "", [401, 200, 403, 200]),
    ("POST", "/api/-/views/", r#"{"type": "server", "name": "x"}"#, [401, 403, 201, 201]),
    ("POST", "/api/-/views/", r#"{"type": "dc", "name": "x"}"#, [401, 403, 403, 201]),
    ("GET", "/api/-/views/999/", "", [404, 404, 404, 404]),
    ("PATCH", "/api/-/views/999/", "{}", [401, 403, 404, 404]),
    ("DELETE", "/api/-/views/999/", "", [401, 403, 404, 404]),
    ("GET", "/api/-/tasks/", "", [401, 403, 403, 200]),
    ("GET", "/api/-/tasks/none/", "", [401, 403, 403, 404]),
    ("GET", "/api/-/tasks/none/runs/", "", [401, 403, 403, 404]),
    ("GET", "/api/-/tasks/none/runs/1/", "", [401, 403, 403, 404]),
    ("GET", "/api/-/tasks/none/runs/1/log/", "", [401, 403, 403, 404]),
    ("POST", "/api/-/tasks/none/run/", "", [401, 403, 403, 404]),
    ("GET", "/api/-/webhooks/", "", [401, 403, 403, 200]),
    ("GET", "/api/-/webhooks/none/", "", [401, 403, 403, 404]),
    ("DELETE", "/api/-/webhooks/none/", "", [401, 403, 403, 404]),
    ("POST", "/api/-/webhooks/none/pause/", "", [401, 403, 403, 404]),
    ("GET", "/api/-/webhooks/none/dead/", "", [401, 403, 403, 404]),
    ("DELETE", "/api/-/webhooks/none/dead/", "", [401, 403, 403, 404]),
    ("POST", "/api/-/webhooks/none/dead/replay/", "", [401, 403, 403, 404]),
    ("GET", "/api/-/webhooks/none/dead/1/", "", [401, 403, 403, 404]),
    ("DELETE", "/api/-/webhooks/none/dead/1/", "", [401, 403, 403, 404]),
    ("POST", "/api/-/webhooks/none/dead/1/replay/", "", [401, 403, 403, 404]),
    ("GET", "/api/-/events/", "", [401, 200, 200, 200]),
    ("GET", "/api/-/events/?type=dc", "", [401, 200, 403, 200]),
    ("GET", "/api/-/events/publishers/", "", [401, 403, 403, 200]),
    ("DELETE", "/api/-/events/publishers/none/", "", [401, 403, 403, 404]),
    ("GET", "/api/-/events/publishers/none/snapshot/", "", [401, 403, 403, 404]),
    ("POST", "/api/-/events/publishers/none/snapshot/", "", [401, 403, 403, 404]),
    ("GET", "/integrations/ansible/", "", [401, 200, 200, 200]),
    ("GET", "/integrations/prometheus/servers/", "", [401, 200, 200, 200]),
    ("GET", "/api/-/sources/", "", [401, 403, 403, 200]),
    ("GET", "/api/-/sources/none/", "", [401, 403, 403, 404]),
    ("GET", "/api/-/sources/none/lag/", "", [401, 403, 403, 404]),
    ("GET", "/api/-/sources/none/letters/", "", [401, 403, 403, 404]),
    ("GET", "/api/-/sources/none/letters/1/", "", [401, 403, 403, 404]),
    ("POST", "/api/-/sources/none/letters/replay/", "{\"all\": true}", [401, 403, 403, 404]),
    ("GET", "/api/-/templates/", "", [401, 200, 200, 200]),
    ("PUT", "/api/-/templates/none/", r#"{"text": "{{ count }}"}"#, [401, 403, 403, 201]),
    ("GET", "/api/-/templates/none/", "", [401, 200, 200, 200]),
    ("GET", "/api/servers/?export=none", "", [401, 200, 200, 200]),
    ("GET", "/api/dcs/?export=none", "", [401, 200, 403, 200]),
    ("DELETE", "/api/-/templates/none/", "", [401, 403, 403, 204]),
    ("GET", "/api/servers/?export=none", "", [401, 400, 400, 400]),
    ("GET", "/api/-/change-requests/", "", [401, 200, 200, 200]),
    ("GET", "/api/-/change-requests/1/", "", [401, 404, 404, 404]),
    ("POST", "/api/-/change-requests/1/approve/", "", [401, 403, 404, 404]),
    ("POST", "/api/-/change-requests/decide/", "{}", [401, 400, 400, 400]),
    ("GET", "/api/servers/", "", [401, 200, 200, 200]),
    ("OPTIONS", "/api/servers/", "", [401, 200, 200, 200]),
    ("GET", "/api/servers.csv", "", [401, 200, 200, 200]),
    ("GET", "/api/servers.jsonl", "", [401, 200, 200, 200]),
    ("GET", "/api/servers.yaml", "", [401, 200, 200, 200]),
    ("GET", "/api/servers/?format=datatables", "", [401, 200, 200, 200]),
    ("GET", "/api/servers/?ordering=dc__name", "", [401, 200, 403, 200]),
    ("GET", "/api/dcs/", "", [401, 200, 403, 200]),
    ("GET", "/api/dcs/1/", "", [401, 200, 403, 200]),
    ("GET", "/api/servers/OWN/", "", [401, 200, 200, 200]),
    ("GET", "/api/servers/OTHER/", "", [401, 200, 404, 200]),
    ("OPTIONS", "/api/servers/OWN/", "", [401, 200, 200, 200]),
    ("GET", "/api/servers/by/db1001/", "", [401, 200, 200, 200]),
    ("GET", "/api/servers/by/web2001/", "", [401, 200, 404, 200]),
    ("GET", "/api/servers/OWN/history/", "", [401, 200, 200, 200]),
    ("GET", "/api/servers/OTHER/history/", "", [401, 200, 404, 200]),
    ("POST", "/api/servers/", "{}", [401, 403, 400, 400]),
    ("PATCH", "/api/servers/OWN/", r#"{"state": "failed"}"#, [401, 403, 200, 200]),
    ("PATCH", "/api/servers/OTHER/", r#"{"state": "failed"}"#, [401, 403, 404, 200]),
    ("PATCH", "/api/servers/OTHER/", r#"{"nme": "x"}"#, [401, 403, 404, 400]),
    ("PUT", "/api/servers/OTHER/", "{}", [401, 403, 404, 400]),
    ("PATCH", "/api/servers/by/web2001/", r#"{"state": "failed"}"#, [401, 403, 404, 200]),
    ("PATCH", "/api/dcs/1/", r#"{"description": "x"}"#, [401, 403, 404, 200]),
    ("PATCH", "/api/servers/", r#"[{"id": OTHER, "state": "failed"}]"#, [401, 403, 404, 200]),
    ("PUT", "/api/servers/", "[]", [401, 403, 200, 200]),
    ("DELETE", "/api/servers/", r#"[{"id": OTHER}]"#, [401, 403, 404, 204]),
    ("PUT", "/api/servers/by/web2001/", "{}", [401, 403, 400, 400]),
    ("DELETE", "/api/servers/by/nothing/", "", [401, 403, 404, 404]),
    ("POST", "/api/servers/OTHER/revert/", r#"{"to_revision": 1}"#, [401, 403, 403, 201]),
    ("DELETE", "/api/servers/OWN/", "", [401, 403, 204, 404]),
];

/// Somebody who sees and writes the servers of one data centre, and sees no type else.
async fn holder(client: &Client) -> Client {
    let grant = StoredGrant {
        id: 0,
        group: "eqiad".to_owned(),
        rights: "view,write".to_owned(),
        type_name: Some("server".to_owned()),
        filter: Some("dc__name=eqiad".to_owned()),
    };
    let group = PeopleChange::AddGroup { group: "eqiad".to_owned(), description: None };
    let changes = vec![group, PeopleChange::Grant(grant)];
    client.test.app.people_change(&client.test.system(), changes).await.unwrap();
    client.of("hal", "eqiad").await
}

async fn without_anonymous(client: &Client) {
    let ctx = client.test.system();
    let people = client.test.app.people(&ctx).await.unwrap();
    let granted = people.grants.iter().filter(|grant| grant.group == ANONYMOUS);
    let revoke = granted.map(|grant| PeopleChange::Revoke { id: grant.id }).collect();
    client.test.app.people_change(&ctx, revoke).await.unwrap();
}

#[tokio::test]
async fn every_address_answers_every_role_as_it_should() {
    for client in clients().await {
        with_servers(&client).await;
        without_anonymous(&client).await;
        let (viewer, holder) = (client.of("vera", "viewers").await, holder(&client).await);
        for (method, path, body, expected) in TABLE {
            for (role, expected) in ROLES.iter().zip(expected) {
                let at = |text: &str| text.replace("OWN", "1").replace("OTHER", "3");
                let (path, body) = (at(path), at(body));
                let answer = match *role {
                    "nobody" => client.anonymously(method, &path, &body).await,
                    "viewer" => viewer.call(method, &path, &body).await,
                    "holder" => holder.call(method, &path, &body).await,
                    _ => client.call(method, &path, &body).await,
                };
                let found = answer.status.as_u16();
                assert_eq!(found, *expected, "{role}: {method} {path}: {}", answer.text);
                if found == 401 {
                    assert_eq!(answer.header("www-authenticate"), "Bearer");
                }
                if found == 403 {
                    let told = answer.json()["detail"].as_str().unwrap().to_owned();
                    assert!(told.starts_with("You do not have the right to "), "{told}");
                }
            }
        }
    }
}

/// Every route stands in the table, or in that of the sign-in: a new one fails here until somebody
/// says who may use it.
#[test]
fn every_route_stands_in_the_table() {
    let routes = Client::routes();
    let ours: Vec<&String> = routes.iter().filter(|path| !is_of_sign_in(path)).collect();
    assert!(ours.len() > 20, "{ours:?}");
    for route in ours {
        let stands = TABLE.iter().any(|(_, path, ..)| Client::fits(route, path));
        assert!(stands, "{route} is not in the table");
    }
}

#[tokio::test]
async fn a_page_and_its_count_show_only_what_may_be_seen() {
    for client in clients().await {
        with_servers(&client).await;
        without_anonymous(&client).await;
        let holder = holder(&client).await;
        let seen = async |path: &str| holder.call("GET", path, "").await.is(200);
        let list = seen("/api/servers/").await;
        assert_eq!(list.json()["count"], 2);
        assert_eq!(list.column("name"), ["db1001", "db1002"]);
        let grid = seen("/api/servers/?format=datatables&draw=1").await.json();
        assert_eq!((&grid["recordsTotal"], &grid["recordsFiltered"]), (&json!(2), &json!(2)));
        let csv = seen("/api/servers.csv").await.text;
        assert_eq!(csv.lines().count(), 3, "{csv}");
        for (query, count) in [
            ("name=web2001", 0),
            ("name!=db1001", 1),
            ("search=web", 0),
            ("as_of=now", 2),
            // Of what may not be seen nothing holds, and nothing else does because of it.
            ("dc__name=eqiad", 0),
            ("dc__name!=eqiad", 2),
            ("dc=1", 0),
            ("tags__name=ssd", 0),
            ("ip__net=10.0.0.0/8", 2),
        ] {
            let found = seen(&format!("/api/servers/?{query}")).await.json()["count"].clone();
            assert_eq!(found, count, "{query}");
        }
    }
}

#[tokio::test]
async fn the_name_of_what_may_not_be_seen_is_told_nowhere() {
    for client in clients().await {
        with_servers(&client).await;
        without_anonymous(&client).await;
        let holder = holder(&client).await;
        let is_silent = |answer: &Answer| {
            for secret in ["eqiad", "codfw", "ssd", "web2001"] {
                let told = answer.text.replace("hal", "");
                assert!(!told.contains(secret), "{secret}: {}", answer.text);
            }
        };
        let server = holder.call("GET", "/api/servers/1/", "").await.is(200);
        let dc = &server.json()["dc"];
        assert_eq!(*dc, json!({"id": 1, "name": null, "hidden": true}));
        is_silent(&server);
        let changed = holder.call("PATCH", "/api/servers/1/", r#"{"state": "failed"}"#).await;
        is_silent(&changed.is(200));
        for path in [
            "/api/servers/",
            "/api/servers.jsonl",
            "/api/servers.csv",
            "/api/servers.yaml",
            "/api/servers/?format=datatables",
            "/api/servers/?as_of=now",
            "/api/servers/1/history/?snapshot=1",
            "/api/-/history/?snapshot=1",
            "/api/-/diff/?from=0&type=server",
            "/api/-/commits/10/",
            "/api/-/commits/8/",
            "/api/-/search/?q=db1",
            "/api/-/search/?q=10.",
        ] {
            is_silent(&holder.call("GET", path, "").await.is(200));
        }
        // What is asked for by a name or an id that may not be seen is not there.
        for reference in [r#""codfw""#, "2", "99"] {
            let body = format!(r#"{{"dc": {reference}}}"#);
            let told = holder.call("PATCH", "/api/servers/1/", &body).await.problem(400, "dc");
            assert!(told.contains("does not exist"), "{told}");
        }
        let searched = holder.call("GET", "/api/-/history/?search=eqiad", "").await.is(200);
        assert_eq!(searched.json()["results"], json!([]));
        for secret in ["eqiad", "ssd", "web2001"] {
            let found = holder.call("GET", &format!("/api/-/search/?q={secret}"), "").await;
            assert_eq!(found.is(200).json(), json!({"results": [], "more": {}}), "{secret}");
        }
    }
}

#[tokio::test]
async fn nobody_moves_a_record_into_or_out_of_what_they_do_not_hold() {
    for client in clients().await {
        with_servers(&client).await;
        let grant = |rights: &str, type_name: Option<&str>, filter: Option<&str>| {
            PeopleChange::Grant(StoredGrant {
                id: 0,
                group: "half".to_owned(),
                rights: rights.to_owned(),
                type_name: type_name.map(str::to_owned),
                filter: filter.map(str::to_owned),
            })
        };
        let changes = vec![
            PeopleChange::AddGroup { group: "half".to_owned(), description: None },
            grant("view", None, None),
            grant("write", Some("server"), Some("dc__name=eqiad")),
        ];
        client.test.app.people_change(&client.test.system(), changes).await.unwrap();
        let half = client.of("hal", "half").await;
        let last = async || {
            client.get("/api/-/history/?limit=1").await.json()["results"][0]["commit"].clone()
        };
        let before = last().await;
        for (method, path, body) in [
            ("PATCH", "/api/servers/1/", r#"{"dc": "codfw"}"#),
            ("PATCH", "/api/servers/3/", r#"{"dc": "eqiad"}"#),
            ("DELETE", "/api/servers/3/", ""),
            (
                "PATCH",
                "/api/servers/",
                r#"[{"id": 1, "state": "failed"}, {"id": 3, "state": "failed"}]"#,
            ),
            (
                "POST",
                "/api/servers/",
                r#"{"name": "n", "ip": "10.9.0.1", "dc": "codfw", "component": 1,
                    "environment": 1, "group": 1, "state": "active"}"#,
            ),
            ("POST", "/api/-/commits/10/revert/", ""),
        ] {
            let answer = half.call(method, path, body).await.is(403);
            let told = answer.json()["detail"].clone();
            assert_eq!(told, "You do not have the right to write server.", "{method} {path}");
        }
        assert_eq!(last().await, before, "nothing of what was refused is kept");
        half.call("PATCH", "/api/servers/1/", r#"{"state": "failed"}"#).await.is(200);
    }
}

#[tokio::test]
async fn a_token_has_no_more_than_it_was_given() {
    for client in clients().await {
        with_servers(&client).await;
        let limits = domain::access::Limits {
            rights: Some([domain::access::Right::View].into_iter().collect()),
            types: Some([client.test.app.schema.named("server").unwrap().index].into()),
        };
        let new = app::tokens::NewToken {
            user: "alice".to_owned(),
            name: "narrow".to_owned(),
            limits,
            ..app::tokens::NewToken::default()
        };
        let token = client.test.app.token_create(&client.test.system(), new).await.unwrap();
        let narrow = client.holding(token);
        narrow.call("GET", "/api/servers/", "").await.is(200);
        narrow.call("GET", "/api/dcs/", "").await.is(403);
        narrow.call("PATCH", "/api/servers/1/", r#"{"state": "failed"}"#).await.is(403);
        narrow.call("GET", "/api/-/users/", "").await.is(403);
        narrow.call("POST", "/api/-/tokens/", r#"{"name": "wider"}"#).await.is(403);
        let me = narrow.call("GET", "/api/-/me/", "").await.is(200).json();
        assert_eq!(me["token"], "narrow");
        assert_eq!(me["rights"]["everything"], json!([]));
        assert_eq!(me["rights"]["types"]["server"]["all"], json!(["view"]));
        assert_eq!(me["rights"]["types"]["dc"]["all"], json!([]));
    }
}

#[tokio::test]
async fn the_last_administrator_stays() {
    for client in clients().await {
        for (method, path, body) in [
            ("PATCH", "/api/-/users/alice/", r#"{"is_active": false}"#),
            ("PATCH", "/api/-/users/alice/", r#"{"groups": []}"#),
            ("DELETE", "/api/-/groups/administrators/members/alice/", ""),
            ("DELETE", "/api/-/groups/administrators/", ""),
        ] {
            let told = client.call(method, path, body).await.problem(409, "");
            assert_eq!(told, "Somebody must stay who may administer everything.", "{path}");
        }
        let ctx = client.test.system();
        let another = vec![user("root", "administrators")];
        client.test.app.people_change(&ctx, another).await.unwrap();
        client.call("PATCH", "/api/-/users/alice/", r#"{"is_active": false}"#).await.is(200);
        client.call("GET", "/api/-/me/", "").await.is(401);
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_grant_or_a_user_is_told_by_its_member() {
    for client in clients().await {
        client.call("POST", "/api/-/groups/", r#"{"name": "g"}"#).await.is(201);
        for (path, body, member, told) in [
            ("users/", "{}", "name", "This field is required."),
            ("users/", r#"{"name": "alice"}"#, "name", "There is a user alice already."),
            (
                "users/",
                r#"{"name": "a", "password": "short"}"#,
                "password",
                "a password has at least 12 characters",
            ),
            ("users/", r#"{"name": "a", "groups": ["x"]}"#, "groups", "There is no group x."),
            ("users/", r#"{"name": "a", "admin": true}"#, "admin", "There is no such member."),
            ("groups/g/grants/", r#"{"rights": ["fly"]}"#, "rights", "There is no right fly."),
            ("groups/g/grants/", r#"{"rights": []}"#, "rights", "Name a right, or a preset."),
            (
                "groups/g/grants/",
                r#"{"rights": ["view"], "type": "x"}"#,
                "filter",
                "there is no type x",
            ),
            (
                "groups/g/grants/",
                r#"{"rights": ["view"], "type": "dc", "filter": "nme=1"}"#,
                "filter",
                "nme: Unknown field. Did you mean name?",
            ),
        ] {
            let answer = client.call("POST", &format!("/api/-/{path}"), body).await;
            assert_eq!(answer.problem(400, member), told, "{path} {body}");
        }
        let users = client.call("GET", "/api/-/users/", "").await.is(200).json();
        assert_eq!(users["results"][0]["groups"], Value::from(vec!["administrators"]));
        assert!(!users.to_string().contains("argon2"), "{users}");
    }
}
