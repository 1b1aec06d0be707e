//! `/api/-/views/`

use axum::body::Body;
use axum::http::header;
use serde_json::json;

use super::{VIEWS, active, at, names, patch, save, with_people};
use crate::client::{Client, clients};

#[tokio::test]
async fn a_view_is_saved_read_changed_and_deleted() {
    for client in clients().await {
        let [brian, ..] = with_people(&client).await;
        let query =
            "?top_row=12&search=db&state=active&ordering=-ip&columns=name,ip&limit=3&dc__name=";
        let body = json!({"type": "server", "name": " Databases ", "query": query});
        let answer = brian.call("POST", VIEWS, &body.to_string()).await.is(201);
        let view = answer.json();
        assert_eq!(answer.header("location"), format!("http://domesday.test{}", at(&view)));
        assert!(answer.header("etag").starts_with("\"1."), "{}", answer.header("etag"));
        // What is shown, and not where one was in it.
        assert_eq!(view["query"], "search=db&state=active&ordering=-ip&columns=name,ip");
        assert_eq!(view["name"], "Databases");
        assert_eq!(view["owner"], "brian");
        assert_eq!(view["group"], json!(null));
        assert_eq!(view["page"], format!("http://domesday.test/servers/?view={}", view["id"]));
        let read = brian.call("GET", &at(&view), "").await.is(200);
        assert_eq!(read.json(), view);
        assert_eq!(read.header("etag"), answer.header("etag"));

        let changed = patch(&brian, &view, &json!({"name": "DBs", "query": "tags__all=1,2"})).await;
        let changed = changed.is(200).json();
        assert_eq!((&changed["name"], &changed["revision"]), (&json!("DBs"), &json!(2)));
        assert_eq!(changed["query"], "tags__all=1,2");
        // What changes nothing is no revision.
        let same = patch(&brian, &view, &json!({"name": "DBs"})).await.is(200).json();
        assert_eq!(same["revision"], 2);

        assert_eq!(names(&brian, "?type=server").await, ["DBs"]);
        assert_eq!(names(&brian, "?type=dc").await, [] as [&str; 0]);
        brian.call("DELETE", &at(&view), "").await.is(204);
        brian.call("GET", &at(&view), "").await.is(404);
        brian.call("DELETE", &at(&view), "").await.is(404);
        let audit = client.call("GET", "/api/-/audit/?actor=brian", "").await.is(200);
        let subject = "view DBs of server, brian";
        assert_eq!(audit.column("action"), ["Removed view", "Changed view", "Added view"]);
        assert_eq!(audit.column("subject"), [subject, subject, "view Databases of server, brian"]);
    }
}

#[tokio::test]
async fn a_view_that_has_changed_is_not_changed_by_who_saw_another() {
    for client in clients().await {
        let [brian, ..] = with_people(&client).await;
        let view = save(&brian, &active("mine")).await;
        let with_tag = async |method: &str, tag: &str, body: &str| {
            let request = Client::request(method, &at(&view))
                .header(header::AUTHORIZATION, format!("Bearer {}", brian.token))
                .header(header::CONTENT_TYPE, "application/json")
                .header(header::IF_MATCH, tag)
                .body(Body::from(body.to_owned()))
                .unwrap();
            brian.send(request).await
        };
        let changed = with_tag("PATCH", "\"1.00\"", r#"{"name": "other"}"#).await.is(200);
        assert!(changed.header("etag").starts_with("\"2."));
        for (method, body) in [("PATCH", r#"{"name": "third"}"#), ("DELETE", "")] {
            let told = with_tag(method, "\"1.00\"", body).await.problem(412, "");
            assert_eq!(told, "The view has changed: it has revision 2.");
        }
        with_tag("DELETE", "W/\"2.00\"", "").await.is(204);
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_view_is_told_by_its_member() {
    for client in clients().await {
        let [brian, ..] = with_people(&client).await;
        let view = save(&brian, &active("mine")).await;
        save(&brian, &active("other")).await;
        let long = "x".repeat(81);
        let endless = format!("name__in={}", "a,".repeat(2_100));
        for (body, member, told) in [
            (json!({"name": "x"}), "type", "This field is required."),
            (json!({"type": "rack", "name": "x"}), "type", "There is no type rack."),
            (json!({"type": "server"}), "name", "This field is required."),
            (json!({"type": "server", "name": " "}), "name", "This field is required."),
            (active(&long), "name", "Ensure this field has no more than 80 characters."),
            (active("mine"), "name", "You have a view of this name already."),
            (
                json!({"type": "server", "name": "x", "query": "stat=active&columns=name,rack"}),
                "query",
                "columns: There is no column rack.; stat: Unknown field. Did you mean state?",
            ),
            (
                json!({"type": "server", "name": "x", "query": endless}),
                "query",
                "name__in: At most 1000 values are taken.",
            ),
            (
                json!({"type": "server", "name": "x", "group": "web"}),
                "group",
                "You are not in a group web.",
            ),
            (json!({"type": "server", "name": "x", "rows": 3}), "rows", "There is no such member."),
        ] {
            let answer = brian.call("POST", VIEWS, &body.to_string()).await;
            assert_eq!(answer.problem(400, member), told, "{body}");
        }
        let taken = patch(&brian, &view, &json!({"name": "other"})).await.problem(400, "name");
        assert_eq!(taken, "There is another view of this name.");
        let told = client.call("GET", &format!("{VIEWS}?type=rack"), "").await.problem(400, "type");
        assert_eq!(told, "There is no type rack.");
        client.call("GET", &format!("{VIEWS}?tpye=server"), "").await.problem_is(400);
        // Of another type, or another person's, the name is free.
        save(&brian, &json!({"type": "dc", "name": "mine", "query": ""})).await;
        save(&client, &active("mine")).await;
        // An administrator shares with any group that there is.
        let of_alice = save(&client, &active("a")).await;
        let told = patch(&client, &of_alice, &json!({"group": "web"})).await.problem(400, "group");
        assert_eq!(told, "There is no group web.");
    }
}

#[tokio::test]
async fn a_person_has_a_hundred_views() {
    for client in clients().await {
        let [brian, ..] = with_people(&client).await;
        for number in 0..100 {
            save(&brian, &active(&format!("view {number}"))).await;
        }
        let body = active("one more").to_string();
        let told = brian.call("POST", VIEWS, &body).await.problem(400, "name");
        assert_eq!(told, "You have 100 views; delete one first.");
        save(&client, &active("one more")).await;
    }
}

#[tokio::test]
async fn a_view_is_its_owners_until_it_is_shared() {
    for client in clients().await {
        let [brian, carol, dan] = with_people(&client).await;
        let view = save(&brian, &active("shared")).await;
        // Private: nobody else's, an administrator's neither.
        for other in [&carol, &dan, &client] {
            assert_eq!(names(other, "").await, [] as [&str; 0]);
            other.call("GET", &at(&view), "").await.is(404);
            patch(other, &view, &json!({"name": "x"})).await.is(404);
            other.call("DELETE", &at(&view), "").await.is(404);
        }
        let shared = patch(&brian, &view, &json!({"group": "dba"})).await.is(200).json();
        assert_eq!((&shared["group"], &shared["may_change"]), (&json!("dba"), &json!(true)));
        assert_eq!(names(&carol, "?type=server").await, ["shared"]);
        let seen = carol.call("GET", &at(&view), "").await.is(200).json();
        assert_eq!((&seen["owner"], &seen["may_change"]), (&json!("brian"), &json!(false)));
        for change in [json!({"name": "x"}), json!({"query": ""}), json!({"group": null})] {
            patch(&carol, &view, &change).await.is(403);
        }
        carol.call("DELETE", &at(&view), "").await.is(403);
        dan.call("GET", &at(&view), "").await.is(404);
        client.anonymously("GET", &at(&view), "").await.is(404);
        // What one shares with a group that one is not in, nobody asked for.
        let of_dan = save(&dan, &active("of dan")).await;
        patch(&dan, &of_dan, &json!({"group": "dba"})).await.problem_is(400);
        patch(&brian, &view, &json!({"group": "anonymous"})).await.problem_is(400);
        // An administrator changes what is shared.
        patch(&client, &view, &json!({"name": "by alice"})).await.is(200);
        assert_eq!(names(&carol, "").await, ["by alice"]);
        patch(&client, &view, &json!({"group": "anonymous"})).await.is(200);
        let all = client.anonymously("GET", &at(&view), "").await.is(200).json();
        assert_eq!(all["owner"], "brian");
        patch(&brian, &view, &json!({"group": null})).await.is(200);
        assert_eq!(names(&carol, "").await, [] as [&str; 0]);
    }
}

#[tokio::test]
async fn a_view_of_a_group_that_goes_is_its_owners_again() {
    for client in clients().await {
        let [brian, carol, _] = with_people(&client).await;
        let view = save(&brian, &active("shared")).await;
        patch(&brian, &view, &json!({"group": "dba"})).await.is(200);
        client.call("DELETE", "/api/-/groups/dba/", "").await.is(204);
        assert_eq!(names(&carol, "").await, [] as [&str; 0]);
        let left = brian.call("GET", &at(&view), "").await.is(200).json();
        assert_eq!(left["group"], json!(null));
    }
}

#[tokio::test]
async fn the_default_of_a_group_is_one_and_an_administrators_to_set() {
    for client in clients().await {
        let [brian, ..] = with_people(&client).await;
        let first = save(&brian, &active("first")).await;
        let second = save(&brian, &active("second")).await;
        let private = save(&client, &active("private")).await;
        let told = patch(&client, &private, &json!({"is_group_default": true})).await;
        let told = told.problem(400, "is_group_default");
        assert_eq!(told, "Share the view with a group to make it the group's default.");
        for view in [&first, &second] {
            patch(&brian, view, &json!({"group": "dba"})).await.is(200);
            patch(&brian, view, &json!({"is_group_default": true})).await.is(403);
            patch(&client, view, &json!({"is_group_default": true})).await.is(200);
        }
        let read = async |view| client.call("GET", &at(view), "").await.is(200).json();
        assert_eq!(read(&first).await["is_group_default"], false);
        assert_eq!(read(&second).await["is_group_default"], true);
        // A view that its owner shares otherwise is no group's default any more.
        patch(&brian, &second, &json!({"group": null})).await.is(200);
        let again = patch(&brian, &second, &json!({"group": "dba"})).await.is(200).json();
        assert_eq!(again["is_group_default"], false);
    }
}

#[tokio::test]
async fn a_token_that_only_looks_saves_nothing_for_its_owner() {
    for client in clients().await {
        with_people(&client).await;
        let vera = client.of("vera", "viewers").await;
        let body = active("x").to_string();
        vera.call("POST", VIEWS, &body).await.is(403);
        client.anonymously("POST", VIEWS, &body).await.is(401);
    }
}

#[tokio::test]
async fn a_list_tells_a_builder_what_it_compares() {
    for client in clients().await {
        with_people(&client).await;
        let options = client.anonymously("OPTIONS", "/api/servers/", "").await.is(200).json();
        assert!(options.get("actions").is_none(), "who only looks builds conditions, too");
        let filters = options["filters"].as_array().unwrap();
        let of = |name: &str| filters.iter().find(|told| told["name"] == name).unwrap();
        assert_eq!(of("dc__name")["label"], "Data centre › Name");
        assert_eq!(of("tags")["target"], "tags");
        assert_eq!(of("state")["choices"][0]["value"], "planned");
        let all = &of("tags")["comparisons"][1];
        assert_eq!(*all, json!({"parameter": "tags__all", "label": "has all of", "takes": "many"}));
        let empty = of("type")["comparisons"].as_array().unwrap().iter();
        let empty: Vec<_> = empty.filter(|told| told["takes"] == "nothing").collect();
        assert_eq!(empty[0]["value"], "true");
        // `has all of` is what it says.
        let found = async |query: &str| {
            client.get(&format!("/api/servers/?{query}")).await.is(200).column("name")
        };
        assert_eq!(found("tags__all=1").await, ["db1001", "db1002"]);
        assert_eq!(found("tags__all=1,2").await, ["db1001"]);
        assert_eq!(found("tags__all!=1,2").await, ["db1002", "web2001"]);
        assert_eq!(found("tags__in=1,2").await, ["db1001", "db1002"]);
        client.get("/api/servers/?tags__all=x").await.problem(400, "tags__all");
        client.get("/api/servers/?dc__all=1").await.problem(400, "dc__all");
    }
}
