//! What a table opens with, and how it shows what its address says.

use domain::schema::Schema;
use serde_json::json;
use web::Settings;

use super::{VIEWS, active, at, names, patch, save, with_people};
use crate::client::{Answer, Client, built_in, clients, clients_with};

async fn open(client: &Client, query: &str) -> Answer {
    client.call("GET", &format!("/servers/{query}"), "").await
}

/// Where a table leads that is opened without parameters; empty where it stays.
async fn opens(client: &Client) -> String {
    let answer = open(client, "").await;
    if answer.status == 303 { answer.header("location").to_owned() } else { String::new() }
}

#[tokio::test]
async fn a_table_opens_with_ones_own_default_else_the_groups() {
    for client in clients().await {
        let [brian, carol, dan] = with_people(&client).await;
        assert_eq!(opens(&brian).await, "");
        let of_group = save(&brian, &active("of the group")).await;
        patch(&brian, &of_group, &json!({"group": "dba"})).await.is(200);
        assert_eq!(opens(&carol).await, "");
        patch(&client, &of_group, &json!({"is_group_default": true})).await.is(200);
        let shown = "/servers/?state=active&columns=name,ip";
        assert_eq!(opens(&brian).await, shown);
        assert_eq!(opens(&carol).await, shown);
        // Neither is in the group, whatever they may see.
        assert_eq!(opens(&dan).await, "");
        assert_eq!(opens(&client).await, "");

        let own =
            json!({"type": "server", "name": "own", "query": "search=web", "is_default": true});
        let own = save(&carol, &own).await;
        assert_eq!(opens(&carol).await, "/servers/?search=web");
        assert_eq!(opens(&brian).await, shown);
        // One is the default at a time, and somebody else's may be.
        patch(&carol, &of_group, &json!({"is_default": true})).await.is(200);
        assert_eq!(opens(&carol).await, shown);
        patch(&carol, &own, &json!({"is_default": true})).await.is(200);
        assert_eq!(opens(&carol).await, "/servers/?search=web");
        // Everything is a view, too.
        patch(&carol, &own, &json!({"query": ""})).await.is(200);
        assert_eq!(opens(&carol).await, "");
        patch(&carol, &own, &json!({"is_default": false})).await.is(200);
        assert_eq!(opens(&carol).await, shown);
        // Whatever the address says goes before the default.
        for query in ["?view=all", "?search=x", "?as_of=1", "?columns=name"] {
            open(&carol, query).await.is(200);
        }
        client.call("DELETE", "/api/-/groups/dba/members/carol/", "").await.is(204);
        assert_eq!(opens(&carol).await, "");
    }
}

#[tokio::test]
async fn what_everybody_sees_is_the_default_of_the_group_that_everybody_is_in() {
    for client in clients().await {
        let [_, _, dan] = with_people(&client).await;
        let view = json!({"type": "server", "name": "all", "query": "state=active",
            "group": "anonymous", "is_group_default": true});
        save(&client, &view).await;
        let nobody = client.get("/servers/").await.is(303);
        assert_eq!(nobody.header("location"), "/servers/?state=active");
        assert_eq!(opens(&dan).await, "/servers/?state=active");
        // A search without script leaves the rest as it is.
        let page = client.get("/servers/?state=active&search=db&top_row=3").await.is(200);
        let form = page.text.split("<noscript>").nth(1).unwrap();
        let form = form.split("</noscript>").next().unwrap();
        assert!(form.contains("type=\"hidden\" name=\"state\" value=\"active\""), "{form}");
        assert_eq!(form.matches("type=\"hidden\"").count(), 1, "{form}");
    }
}

#[tokio::test]
async fn a_view_opens_at_the_address_of_what_it_shows() {
    for client in clients().await {
        let [brian, carol, _] = with_people(&client).await;
        let view = save(&brian, &active("mine")).await;
        let query = format!("?view={}", view["id"]);
        let there = open(&brian, &query).await.is(303);
        assert_eq!(there.header("location"), "/servers/?state=active&columns=name,ip");
        // To others, and for what is no view, it is told.
        for (who, query) in [(&carol, query.as_str()), (&brian, "?view=999"), (&brian, "?view=x")] {
            let page = open(who, query).await.is(200);
            assert!(page.text.contains("There is no such view any more"), "{}", page.text);
            assert!(page.text.contains("db1001"));
        }
    }
}

/// The built-in schema with one field more.
fn with_rack() -> Schema {
    let text = app::schema_file::BUILT_IN.replace("review = \"required\"", "review = \"optional\"");
    let text = text
        .replace("[types.server.fields]\n", "[types.server.fields]\nrack = { kind = \"text\" }\n");
    app::schema_file::read("infra.toml", &text).unwrap()
}

#[tokio::test]
async fn of_a_view_whose_field_is_gone_the_rest_is_shown_and_the_loss_told() {
    for client in clients_with(with_rack, &Settings::default()).await {
        let [brian, ..] = with_people(&client).await;
        let query = "rack=7&state=active&columns=name,rack,ip&ordering=-rack,name";
        let body = json!({"type": "server", "name": "racks", "query": query, "is_default": true});
        let view = save(&brian, &body).await;
        let alone = json!({"type": "server", "name": "alone", "query": "rack=7"});
        let alone = save(&brian, &alone).await;
        let test = client.test.again(built_in(), &["server.rack"]).await;
        let later = Client::new(test, Settings::default()).await.holding(brian.token.clone());
        let there = open(&later, "").await.is(303);
        let expected =
            format!("/servers/?state=active&columns=name,ip&ordering=name&view={}", view["id"]);
        assert_eq!(there.header("location"), expected);
        let page = later.call("GET", &expected, "").await.is(200);
        for told in [
            "Of the view racks, this can&#39;t be shown: columns: There is no column rack.",
            "ordering: There is no order by rack.",
            "rack is no field any more.",
            "db1001",
        ] {
            assert!(page.text.contains(told), "{told}: {}", page.text);
        }
        // Where nothing is left, everything is shown, and the loss told all the same.
        let page = open(&later, &format!("?view={}", alone["id"])).await.is(200);
        assert!(page.text.contains("Of the view alone"), "{}", page.text);
        // Saved again, it is whole.
        patch(&later, &view, &json!({"query": "state=active"})).await.is(200);
        assert_eq!(opens(&later).await, "/servers/?state=active");
    }
}

/// The built-in schema with one type more.
fn with_shelf() -> Schema {
    let text = app::schema_file::BUILT_IN.replace("review = \"required\"", "review = \"optional\"");
    let shelf =
        "[types.shelf.fields]\nname = { kind = \"text\", required = true, unique = true }\n";
    app::schema_file::read("infra.toml", &format!("{text}\n[types.shelf]\n{shelf}")).unwrap()
}

#[tokio::test]
async fn a_view_whose_type_is_gone_is_in_nobodys_way() {
    for client in clients_with(with_shelf, &Settings::default()).await {
        let [brian, ..] = with_people(&client).await;
        let gone = save(&brian, &json!({"type": "shelf", "name": "shelves"})).await;
        for number in 0..99 {
            save(&brian, &active(&number.to_string())).await;
        }
        let body = active("the last").to_string();
        brian.call("POST", VIEWS, &body).await.problem_is(400);
        let test = client.test.again(built_in(), &["shelf"]).await;
        let later = Client::new(test, Settings::default()).await.holding(brian.token.clone());
        assert!(!names(&later, "").await.contains(&"shelves".to_owned()));
        later.call("GET", &at(&gone), "").await.is(404);
        later.call("POST", VIEWS, &body).await.is(201);
        later.call("POST", VIEWS, &active("one more").to_string()).await.problem_is(400);
    }
}

#[tokio::test]
async fn a_default_never_shuts_anybody_out() {
    for client in clients().await {
        let [brian, ..] = with_people(&client).await;
        let by_dc = json!({"type": "server", "name": "by dc", "query": "ordering=dc,name",
            "group": "dba"});
        let by_dc = save(&brian, &by_dc).await;
        patch(&client, &by_dc, &json!({"is_group_default": true})).await.is(200);
        // Somebody in the group who sees the servers alone.
        let ctx = client.test.system();
        let anonymous: Vec<_> = client.test.app.people(&ctx).await.unwrap().grants;
        let anonymous = anonymous.iter().filter(|grant| grant.group == "anonymous");
        let changes = anonymous
            .map(|grant| app::people::PeopleChange::Revoke { id: grant.id })
            .chain([app::people::PeopleChange::Grant(app::people::StoredGrant {
                id: 0,
                group: "dba".to_owned(),
                rights: "view".to_owned(),
                type_name: Some("server".to_owned()),
                filter: None,
            })]);
        client.test.app.people_change(&ctx, changes.collect()).await.unwrap();
        let hal = client.of("hal", "dba").await;
        open(&hal, "?ordering=dc").await.is(403);
        let there = opens(&hal).await;
        assert_eq!(there, format!("/servers/?ordering=name&view={}", by_dc["id"]));
        let page = hal.call("GET", &there, "").await.is(200);
        assert!(page.text.contains("You may not order by dc."), "{}", page.text);
    }
}

#[tokio::test]
async fn a_table_has_the_columns_of_its_address_in_their_order() {
    for client in clients().await {
        with_people(&client).await;
        let shown = async |query: &str| {
            let page = open(&client, query).await.is(200).text;
            let heads = page.split("<th scope=\"col\" ").skip(1);
            let heads = heads.filter(|head| !head.split('>').next().unwrap().contains(" hidden"));
            let name = |head: &str| head.split('"').nth(1).unwrap().to_owned();
            heads.map(name).collect::<Vec<_>>()
        };
        let all = shown("?view=all").await;
        assert_eq!((all.len(), all[0].as_str()), (10, "name"));
        assert_eq!(shown("?columns=state,ip,name").await, ["state", "ip", "name"]);
        // The key is always there; what is no column is passed over, and so is where one was.
        assert_eq!(shown("?columns=ip,rack,ip&top_row=40").await, ["name", "ip"]);
        assert_eq!(shown("?columns=rack").await, all);
        let page = open(&client, "?columns=state,name&search=db1001").await.is(200);
        let row = page.text.split("<tbody>").nth(1).unwrap();
        let cells: Vec<&str> = row.split("<td").skip(1).take(2).collect();
        assert!(cells[0].contains("data-state=\"active\""), "{row}");
        assert!(cells[1].contains("<a href=\"/servers/1/\">db1001</a>"), "{row}");
    }
}
