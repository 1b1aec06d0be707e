//! The OpenAPI document: whole, and true of what is answered.

use serde_json::Value;
use testkit::every_kind;
use web::Settings;

use crate::client::{clients, clients_with};

/// All `$ref`s of a document.
fn references(document: &Value, found: &mut Vec<String>) {
    match document {
        Value::Object(members) => {
            if let Some(Value::String(to)) = members.get("$ref") {
                found.push(to.clone());
            }
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[tokio::test]
async fn the_document_refers_to_nothing_that_is_not_in_it() {
    for schema in [crate::client::built_in, every_kind] {
        for client in clients_with(schema, &Settings::default()).await {
            let document = client.get("/api/-/openapi.json").await.is(200).json();
            let mut found = Vec::new();
            references(&document, &mut found);
            assert!(found.len() > 100);
            for reference in found {
                let pointer = reference.strip_prefix('#').unwrap();
                assert!(document.pointer(pointer).is_some(), "{reference}");
            }
        }
    }
}

#[tokio::test]
async fn every_filter_that_is_told_is_taken() {
    for schema in [crate::client::built_in, every_kind] {
        let client = clients_with(schema, &Settings::default()).await.remove(0);
        let document = client.get("/api/-/openapi.json").await.json();
        for record_type in client.test.app.schema.types() {
            let path = format!("/api/{}/", record_type.plural);
            let parameters = document["paths"][&path]["get"]["parameters"].as_array().unwrap();
            let filters = parameters.iter().filter(|told| told.get("$ref").is_none());
            for told in filters {
                let name = told["name"].as_str().unwrap();
                if name == "format" {
                    continue;
                }
                let value = told["schema"]["examples"][0].as_str().unwrap_or_default();
                let value: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
                let answer = client.get(&format!("{path}?{name}={value}")).await;
                assert_eq!(answer.status, 200, "{path}?{name}={value}: {}", answer.text);
            }
        }
    }
}

#[tokio::test]
async fn operations_have_names_of_their_own() {
    let client = clients().await.remove(0);
    let document = client.get("/api/-/openapi.json").await.json();
    let mut names = Vec::new();
    for item in document["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            if let Some(name) = operation.get("operationId") {
                names.push(name.as_str().unwrap().to_owned());
            }
        }
    }
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all);
}

/// A type, one that refers to it, and not many filters.
fn small() -> domain::schema::Schema {
    let text = r#"
        [types.site]
        description = "Where things stand."
        [types.site.fields]
        name = { kind = "text", max_length = 50, required = true, unique = true }

        [types.rack]
        [types.rack.fields]
        name = { kind = "text", required = true, unique = true, help = "What is painted on it." }
        site = { kind = "ref", to = "site" }
        units = { kind = "integer", min = 1, max = 60, default = 42, required = true }
    "#;
    app::schema_file::read("small.toml", text).unwrap()
}

#[tokio::test]
async fn the_document_of_a_small_schema() {
    let client = clients_with(small, &Settings::default()).await.remove(0);
    let mut document = client.get("/api/-/openapi.json").await.json();
    // One of the types shows them all, and of the filters, which another test tries one by one,
    // those of one text.
    let paths = document["paths"].as_object_mut().unwrap();
    paths.retain(|path, _| !path.contains("site"));
    let filters = paths["/api/racks/"].pointer_mut("/get/parameters");
    filters.unwrap().as_array_mut().unwrap().retain(|told| {
        let name = told["name"].as_str().unwrap_or_default();
        !name.contains("__") || name.starts_with("site__name")
    });
    let schemas = document.pointer_mut("/components/schemas").unwrap();
    schemas.as_object_mut().unwrap().retain(|name, _| !name.starts_with("site"));
    insta::assert_snapshot!(serde_json::to_string_pretty(&document).unwrap());
}
