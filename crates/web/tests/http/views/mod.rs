//! Saved views: who sees and changes them, and what tables open with.

mod api;
mod pages;
mod table;

use app::people::PeopleChange;
use serde_json::{Value, json};

use crate::client::{Answer, Client, with_servers};

/// Where views are.
const VIEWS: &str = "/api/-/views/";

/// A register with servers, in which brian and carol are in the group `dba` beside what they may
/// see, and dan is not.
async fn with_people(client: &Client) -> [Client; 3] {
    with_servers(client).await;
    let ctx = client.test.system();
    let add = PeopleChange::AddGroup { group: "dba".to_owned(), description: None };
    client.test.app.people_change(&ctx, vec![add]).await.unwrap();
    let people = [
        client.of("brian", "operators").await,
        client.of("carol", "operators").await,
        client.of("dan", "operators").await,
    ];
    let put =
        |user: &str| PeopleChange::AddMember { group: "dba".to_owned(), user: user.to_owned() };
    client.test.app.people_change(&ctx, vec![put("brian"), put("carol")]).await.unwrap();
    people
}

async fn save(client: &Client, body: &Value) -> Value {
    client.call("POST", VIEWS, &body.to_string()).await.is(201).json()
}

async fn patch(client: &Client, view: &Value, body: &Value) -> Answer {
    client.call("PATCH", &at(view), &body.to_string()).await
}

/// The address of a view.
fn at(view: &Value) -> String {
    format!("{VIEWS}{}/", view["id"])
}

async fn names(client: &Client, query: &str) -> Vec<String> {
    client.call("GET", &format!("{VIEWS}{query}"), "").await.is(200).column("name")
}

/// A private view of servers.
fn active(name: &str) -> Value {
    json!({"type": "server", "name": name, "query": "state=active&columns=name,ip"})
}
