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
            members
                .values()
                .for_each(|member| references(member, found));
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
            let parameters = document["paths"][&path]["get"]["parameters"]
                .as_array()
                .unwrap();
            let filters = parameters.iter().filter(|told| told.get("$ref").is_none());
            for told in filters {
                let name = told["name"].as_str().unwrap();
                if name == "format" {
                    continue;
                }
                let value = told["example"].as_str().unwrap_or_default();
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
