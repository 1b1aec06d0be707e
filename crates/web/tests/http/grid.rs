//! `format=datatables`, as the clients of djangorestframework-datatables rely on it.

use std::fmt::Write as _;

use axum::body::Body;
use axum::http::header;
use form_urlencoded::byte_serialize;
use serde_json::{Value, json};

use crate::client::{Answer, Client, clients, with_servers};

/// The query of a grid with these columns: data, name, searchable.
fn columns(columns: &[(&str, &str, bool)]) -> String {
    let mut query = "draw=3".to_owned();
    for (index, (data, name, searchable)) in columns.iter().enumerate() {
        write!(
            query,
            "&columns[{index}][data]={data}&columns[{index}][name]={name}\
             &columns[{index}][searchable]={searchable}&columns[{index}][orderable]=true"
        )
        .unwrap();
    }
    query
}

const SHOWN: &[(&str, &str, bool)] = &[
    ("name", "", true),
    ("ip", "ip", true),
    ("dc.name", "dc.name", true),
    ("", "", true),
    ("tags", "tags.name", true),
];

async fn read(client: &Client, more: &str) -> Answer {
    let query = columns(SHOWN);
    let path = format!("/api/servers/?format=datatables&{query}&{more}");
    client.get(&path.replace('[', "%5B").replace(']', "%5D")).await
}

#[track_caller]
fn check(answer: Answer, names: &[&str], more: &str) {
    let answer = answer.is(200);
    assert_eq!(answer.column("name"), names, "{more}");
}

#[tokio::test]
async fn a_grid_gets_its_rows_and_counts() {
    for client in clients().await {
        with_servers(&client).await;
        let answer = read(&client, "start=0&length=2&dc__name=eqiad").await.is(200);
        let document = answer.json();
        assert_eq!(document["draw"], 3);
        assert_eq!(
            (&document["recordsTotal"], &document["recordsFiltered"]),
            (&json!(3), &json!(2))
        );
        assert_eq!(answer.column("name"), ["db1001", "db1002"]);
        let members: Vec<&String> = document["data"][0].as_object().unwrap().keys().collect();
        assert_eq!(members, ["dc", "ip", "name", "tags"], "what no column shows is dropped");
        let kept = read(&client, "keep=id,state,nothing").await.json();
        let members: Vec<&String> = kept["data"][0].as_object().unwrap().keys().collect();
        assert_eq!(members, ["dc", "id", "ip", "name", "state", "tags"]);
        let plain = client.get("/api/servers.datatables").await.is(200).json();
        assert_eq!((&plain["draw"], &plain["data"][0]["id"]), (&json!(1), &json!(1)));
        client.get("/api/servers.datatables/?draw=1").await.is(200);
    }
}

#[tokio::test]
async fn searches_look_into_searchable_columns() {
    for client in clients().await {
        with_servers(&client).await;
        for (more, names) in [
            ("search[value]=DB1", &["db1001", "db1002"][..]),
            ("search[value]=codf", &["web2001"]),
            ("search[value]=2001", &["web2001"]),
            ("search[value]=spare", &["db1001"]),
            ("search[value]=", &["db1001", "db1002", "web2001"]),
            ("search[value]=false", &["db1001", "db1002", "web2001"]),
            ("search[value]=nothing", &[]),
            ("search[value]=1$&search[regex]=true", &["db1001", "web2001"]),
            ("search[value]=(&search[regex]=true", &["db1001", "db1002", "web2001"]),
            ("search[value]=1$&search[regex]=false", &[]),
            ("columns[0][search][value]=db&columns[4][search][value]=spare", &["db1001"]),
            ("columns[1][search][value]=10.0.0&search[value]=1002", &["db1002"]),
            ("columns[0][search][value]=^w&columns[0][search][regex]=true", &["web2001"]),
            (
                "columns[0][searchable]=false&columns[0][search][value]=db",
                &["db1001", "db1002", "web2001"],
            ),
            ("search[fixed][0][name]=x&search[fixed][0][term]=web", &["web2001"]),
            (
                "search[fixed][0][name]=x&search[fixed][0][term]=function",
                &["db1001", "db1002", "web2001"],
            ),
            ("columns[0][search][fixed][0][term]=1002", &["db1002"]),
            ("search[groups][0][columns][]=1&search[groups][0][term]=2001", &["web2001"]),
            ("search[groups][0][columns][]=2&search[groups][0][term]=2001", &[]),
            ("search=web", &["web2001"]),
        ] {
            check(read(&client, more).await, names, more);
        }
    }
}

#[tokio::test]
async fn rows_come_in_the_order_of_the_headers() {
    for client in clients().await {
        with_servers(&client).await;
        for (more, names) in [
            ("order[0][column]=0&order[0][dir]=desc", &["web2001", "db1002", "db1001"][..]),
            ("order[0][column]=0&order[0][dir]=", &["db1001", "db1002", "web2001"]),
            (
                "order[0][column]=2&order[0][dir]=asc&order[1][column]=0&order[1][dir]=desc",
                &["web2001", "db1002", "db1001"],
            ),
            (
                "order[0][column]=9&order[1][column]=1&order[1][dir]=desc",
                &["web2001", "db1002", "db1001"],
            ),
            ("order[0][column]=4&order[0][dir]=desc", &["db1001", "db1002", "web2001"]),
            ("order[0][column]=3&order[0][dir]=desc", &["db1001", "db1002", "web2001"]),
            ("order[0][column]=x", &["db1001", "db1002", "web2001"]),
            (
                "columns[0][orderable]=false&order[0][column]=0&order[0][dir]=desc",
                &["db1001", "db1002", "web2001"],
            ),
            ("ordering=-name", &["web2001", "db1002", "db1001"]),
        ] {
            check(read(&client, more).await, names, more);
        }
    }
}

#[tokio::test]
async fn pages_are_counted_as_the_original_does() {
    for client in clients().await {
        with_servers(&client).await;
        for (more, names) in [
            ("start=2&length=2", &["web2001"][..]),
            ("start=3&length=2", &["web2001"]),
            ("start=1&length=2", &["db1001", "db1002"]),
            ("start=0&length=-1", &["db1001", "db1002", "web2001"]),
            ("start=0&length=0", &["db1001", "db1002", "web2001"]),
            ("start=0&length=x", &["db1001", "db1002", "web2001"]),
        ] {
            check(read(&client, more).await, names, more);
        }
        let all = read(&client, "length=-1&search[value]=db1").await.json();
        assert_eq!((&all["recordsTotal"], &all["recordsFiltered"]), (&json!(3), &json!(2)));
        for more in ["start=4&length=2", "start=x&length=2", "start=-4&length=2"] {
            let answer = read(&client, more).await;
            assert_eq!(answer.problem(404, ""), "Invalid page.");
            let told = answer.json();
            assert_eq!((&told["draw"], &told["error"]), (&json!(3), &json!("Invalid page.")));
        }
        check(read(&client, "start=0&length=2&name=none").await, &[], "an empty first page");
    }
}

#[tokio::test]
async fn what_is_not_known_is_told_to_the_grid() {
    for client in clients().await {
        let answer = read(&client, "nope=1").await;
        assert!(!answer.problem(400, "nope").is_empty());
        assert!(answer.json()["error"].as_str().unwrap().starts_with("nope: "));
        read(&client, "draw=x").await.is(400);
        let unknown = "columns[0][data]=nope&columns[0][searchable]=true&search[value]=x";
        let path =
            format!("/api/servers.datatables?{unknown}").replace('[', "%5B").replace(']', "%5D");
        assert!(!client.get(&path).await.problem(400, "columns[0][data]").is_empty());
        read(&client, "_=1700000000000").await.is(200);
    }
}

#[tokio::test]
async fn a_form_and_a_document_are_read_like_an_address() {
    for client in clients().await {
        with_servers(&client).await;
        let form = format!("{}&search[value]=db1&csrfmiddlewaretoken=x", columns(SHOWN));
        let posted =
            client.form("/api/servers/?format=datatables&keep=id&dc__name=eqiad", &form).await;
        assert_eq!(posted.json()["data"][0]["id"], 1);
        check(posted, &["db1001", "db1002"], "form");
        client.form("/api/servers.datatables", &form).await.is(200);
        client.form("/api/servers/", &form).await.is(401);

        let document = json!({
            "draw": 7, "start": 0, "length": 10, "search": {"value": "web", "regex": false},
            "columns": [{"data": "name", "name": "", "searchable": true, "orderable": true,
                "search": {"value": "", "regex": false}}],
            "order": [{"column": 0, "dir": "asc"}],
        })
        .to_string();
        let request = Client::request("POST", "/api/servers/?format=datatables")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(document.clone()))
            .unwrap();
        check(client.send(request).await, &["web2001"], "document");
        let called_a_form = client.form("/api/servers/?format=datatables&_=1", &document).await;
        check(called_a_form, &["web2001"], "document that is called a form");
        let encoded: String = byte_serialize(document.as_bytes()).collect();
        let answer = client.get(&format!("/api/servers.datatables?{encoded}")).await.is(200);
        assert_eq!(answer.json()["draw"], 7);
        check(answer, &["web2001"], "document in the address");
        let request = Client::request("POST", "/api/servers/?format=datatables")
            .header(header::CONTENT_TYPE, "text/plain")
            .body(Body::empty())
            .unwrap();
        client.send(request).await.is(415);
    }
}

#[tokio::test]
async fn a_column_of_references_is_searched_and_ordered_by_their_keys() {
    for client in clients().await {
        with_servers(&client).await;
        let query =
            columns(&[("name", "", true), ("dc", "", true), ("id", "", true), ("url", "", true)]);
        for (more, names) in [
            ("search[value]=codfw", &["web2001"][..]),
            ("search[value]=2", &["db1002", "web2001"]),
            ("order[0][column]=1&order[0][dir]=asc", &["web2001", "db1001", "db1002"]),
            ("order[0][column]=3&order[0][dir]=asc", &["db1001", "db1002", "web2001"]),
            ("columns[2][search][value]=2", &["db1002"]),
        ] {
            let path = format!("/api/servers.datatables?{query}&{more}");
            let answer = client.get(&path.replace('[', "%5B").replace(']', "%5D")).await;
            check(answer, names, more);
        }
        let document: Value = client
            .get(
                &format!("/api/servers.datatables?{query}").replace('[', "%5B").replace(']', "%5D"),
            )
            .await
            .json();
        assert_eq!(document["data"][0]["url"], "http://domesday.test/api/servers/1/");
    }
}

/// What `SearchBuilder` sends for a condition.
fn criterion(at: &str, data: &str, condition: &str, values: &[&str]) -> String {
    let mut query = format!("&{at}[condition]={condition}&{at}[origData]={data}");
    for (index, value) in values.iter().enumerate() {
        write!(query, "&{at}[value{}]={value}", index + 1).unwrap();
    }
    query
}

#[tokio::test]
async fn conditions_of_extensions_are_met() {
    for client in clients().await {
        with_servers(&client).await;
        let search = |column: usize, logic: &str, value: &str| {
            let at = format!("columns[{column}][columnControl][search]");
            format!("{at}[logic]={logic}&{at}[value]={value}")
        };
        let all = &["db1001", "db1002", "web2001"][..];
        for (more, names) in [
            (search(0, "contains", "DB"), &["db1001", "db1002"][..]),
            (search(0, "notContains", "db"), &["web2001"]),
            (search(0, "equal", "DB1001"), &["db1001"]),
            (search(0, "starts", "w"), &["web2001"]),
            (search(0, "ends", "1"), &["db1001", "web2001"]),
            (search(2, "notEqual", "eqiad"), &["web2001"]),
            (search(1, "starts", "10.0.0."), &["db1001", "db1002"]),
            (search(1, "greater", "10.0.0.x"), &[]),
            (search(4, "empty", ""), &["web2001"]),
            (search(4, "notContains", "spare"), &["db1002", "web2001"]),
            (search(0, "contains", ""), all),
            (
                "columns[2][columnControl][list][0]=codfw&columns[2][columnControl][list][1]=x"
                    .to_owned(),
                &["web2001"],
            ),
            ("searchBuilder[logic]=AND".to_owned(), all),
            (criterion("searchBuilder[criteria][0]", "dc.name", "!=", &["eqiad"]), &["web2001"]),
            (
                criterion("searchBuilder[criteria][0]", "name", "between", &["db1002", "x"]),
                &["db1002", "web2001"],
            ),
            (
                criterion("searchBuilder[criteria][0]", "name", "ends", &["2"])
                    + &criterion("searchBuilder[criteria][1]", "tags", "!null", &[])
                    + "&searchBuilder[logic]=OR",
                &["db1001", "db1002"],
            ),
        ] {
            check(read(&client, &more).await, names, &more);
        }
        for (more, at) in [
            (search(0, "sounds", "x"), "columns[0][columnControl][search]"),
            (
                criterion("searchBuilder[criteria][0]", "x", "=", &["y"]),
                "searchBuilder[criteria][0]",
            ),
        ] {
            assert!(!read(&client, &more).await.problem(400, at).is_empty(), "{more}");
        }
        read(&client, "searchPanes[0][0]=x").await.is(400);
    }
}
