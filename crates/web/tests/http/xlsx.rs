//! Lists as workbooks.

use app::import::{ReadOptions, Table, read_table};
use app::people::{PeopleChange, StoredGrant};
use axum::body::Body;
use axum::http::request::Builder;
use axum::http::{HeaderMap, StatusCode, header};
use domain::json::Json;
use http_body_util::BodyExt;

use crate::client::{Client, clients, with_servers};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// An answer that is no text.
async fn raw(client: &Client, path: &str, accept: &str) -> (StatusCode, HeaderMap, Vec<u8>) {
    with(client, Client::request("GET", path).header(header::ACCEPT, accept)).await
}

async fn with(client: &Client, request: Builder) -> (StatusCode, HeaderMap, Vec<u8>) {
    let response = client.raw(request.body(Body::empty()).unwrap()).await;
    let (parts, body) = response.into_parts();
    (parts.status, parts.headers, body.collect().await.unwrap().to_bytes().to_vec())
}

fn texts(table: &Table) -> Vec<String> {
    let text = |value: &Json| match value {
        Json::Text(text) => text.clone(),
        other => panic!("{other}"),
    };
    let row = |cells: &[(usize, Json)]| -> String {
        cells.iter().map(|(_, value)| text(value)).collect::<Vec<_>>().join(",")
    };
    table.rows.iter().map(|of_table| row(&of_table.values)).collect()
}

#[tokio::test]
async fn a_workbook_has_everything_that_the_filter_matches_however_it_is_asked_for() {
    for client in clients().await {
        with_servers(&client).await;
        let query = "dc__name=eqiad&exclude=description";
        for (path, accept) in [
            (format!("/api/servers/?format=xlsx&{query}"), "*/*"),
            (format!("/api/servers.xlsx?{query}"), "*/*"),
            (format!("/api/servers/?{query}"), XLSX),
        ] {
            let (status, headers, file) = raw(&client, &path, accept).await;
            assert_eq!(
                (status, headers[header::CONTENT_TYPE].to_str().unwrap()),
                (StatusCode::OK, XLSX)
            );
            assert_eq!(
                headers[header::CONTENT_DISPOSITION],
                "attachment; filename=\"servers.xlsx\""
            );
            let table = read_table(&file, &ReadOptions::default()).unwrap();
            assert_eq!(table.sheets, ["servers"]);
            assert_eq!(
                table.columns.join(","),
                "id,name,ip,component,dc,environment,type,state,group,tags"
            );
            assert_eq!(
                texts(&table),
                [
                    "1,db1001,10.0.0.1,one,eqiad,one,,active,one,ssd|spare",
                    "2,db1002,10.0.0.2,one,eqiad,one,,active,one,ssd",
                ]
            );
            // Who has it needs no other.
            let request = Client::request("GET", &path)
                .header(header::ACCEPT, accept)
                .header(header::IF_NONE_MATCH, headers[header::ETAG].clone());
            let again = client.raw(request.body(Body::empty()).unwrap()).await;
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{path}");
        }
        client.get("/api/servers/?format=xlsx&limit=3").await.is(400);
        client.get("/api/servers.xlsx?nope=1").await.is(400);
        client.get("/api/servers/1/?format=xlsx").await.is(406);
    }
}

#[tokio::test]
async fn what_no_cell_holds_is_told_with_what_to_take_instead() {
    for client in clients().await {
        let long = "x".repeat(33_000);
        client.add("dcs", &format!(r#"{{"name": "a", "description": "{long}"}}"#)).await;
        let told = client.get("/api/dcs.xlsx").await.problem(400, "format");
        assert!(told.starts_with("description of a (id 1) is longer than"), "{told}");
        assert!(told.ends_with("take CSV or JSON lines"), "{told}");
        let (status, _, file) = raw(&client, "/api/dcs.xlsx?fields=name", "*/*").await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(texts(&read_table(&file, &ReadOptions::default()).unwrap()), ["a"]);
    }
}

#[tokio::test]
async fn a_workbook_has_only_what_its_reader_may_see() {
    for client in clients().await {
        with_servers(&client).await;
        let ctx = client.test.system();
        let grant = |group: &str, filter: &str| StoredGrant {
            id: 0,
            group: group.to_owned(),
            rights: "view".to_owned(),
            type_name: Some("server".to_owned()),
            filter: Some(filter.to_owned()),
        };
        let people = client.test.app.people(&ctx).await.unwrap();
        // Nobody sees anything who is not in the group.
        let revoke = people.grants.iter().filter(|grant| grant.group == "anonymous");
        let mut changes: Vec<PeopleChange> =
            revoke.map(|grant| PeopleChange::Revoke { id: grant.id }).collect();
        changes.push(PeopleChange::AddGroup { group: "codfw".to_owned(), description: None });
        changes.push(PeopleChange::Grant(grant("codfw", "dc__name=codfw")));
        client.test.app.people_change(&ctx, changes).await.unwrap();
        let holder = client.of("hal", "codfw").await;
        let request = Client::request("GET", "/api/servers.xlsx?fields=name,dc")
            .header(header::AUTHORIZATION, format!("Bearer {}", holder.token));
        let (status, _, file) = with(&holder, request).await;
        assert_eq!(status, StatusCode::OK);
        // What a reference leads to may not be seen either.
        assert_eq!(texts(&read_table(&file, &ReadOptions::default()).unwrap()), ["web2001,"]);
        client.get("/api/servers.xlsx").await.is(401);
    }
}
