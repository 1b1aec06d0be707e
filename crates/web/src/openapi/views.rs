//! The paths of saved views.

use domain::view::{NAME_LENGTH_MAX, QUERY_LENGTH_MAX};
use serde_json::{Map, Value, json};

use super::parameters::query;
use super::people::{list, maybe_text, number, some, text, whole};
use super::reference;
use super::responses::{READ, answers, empty_answer, json_answer};

/// The errors of a write of one.
const WRITE: [u16; 12] = [400, 401, 403, 404, 405, 406, 408, 412, 413, 415, 503, 507];
/// The errors of deleting one.
const REMOVE: [u16; 8] = [400, 401, 403, 404, 405, 412, 503, 507];

/// The paths.
pub(super) fn paths() -> Map<String, Value> {
    let json = reference("parameters", "format_json");
    let of = query("type", "Those of this type alone, by its name.", &text());
    let if_match = json!({
        "name": "If-Match",
        "in": "header",
        "description": "The `ETag` of the view that is meant; its revision counts.",
        "schema": {"type": "string"},
    });
    let listed = json_answer("The views.", &reference("schemas", "Views"), &[]);
    let shown = |told| json_answer(told, &reference("schemas", "View"), &["ETag"]);
    let added = json_answer("The view.", &reference("schemas", "View"), &["ETag", "Location"]);
    let all = json!({
        "get": operation(
            ("listViews", "List the saved views that one sees", true), &[of, json.clone()],
            None, &answers(vec![(200, listed)], &READ),
        ),
        "post": operation(
            ("addView", "Save what a table shows under a name", false), &[], Some("NewView"),
            &answers(vec![(201, added)], &WRITE),
        ),
    });
    let change = "Rename, replace or share a view; or make one that one sees one's default";
    let one = json!({
        "parameters": [number("The view's number.")],
        "get": operation(
            ("readView", "Read a saved view", true), &[json], None,
            &answers(vec![(200, shown("The view."))], &READ),
        ),
        "patch": operation(
            ("changeView", change, false), std::slice::from_ref(&if_match), Some("ViewChange"),
            &answers(vec![(200, shown("The view as it is now."))], &WRITE),
        ),
        "delete": operation(
            ("removeView", "Delete a saved view", false), &[if_match], None,
            &answers(vec![(204, empty_answer("It is gone.", &[]))], &REMOVE),
        ),
    });
    [("/api/-/views/".to_owned(), all), ("/api/-/views/{id}/".to_owned(), one)]
        .into_iter()
        .collect()
}

fn operation(
    (id, summary, is_read): (&str, &str, bool),
    parameters: &[Value],
    body: Option<&str>,
    responses: &Value,
) -> Value {
    let bearer = json!({"bearer": []});
    let mut operation = json!({
        "operationId": id,
        "summary": summary,
        "tags": ["views"],
        "security": if is_read { json!([{}, bearer]) } else { json!([bearer]) },
        "parameters": parameters,
        "responses": responses,
    });
    if let (Some(body), Some(members)) = (body, operation.as_object_mut()) {
        let content = json!({"application/json": {"schema": reference("schemas", body)}});
        members.insert("requestBody".to_owned(), json!({"required": true, "content": content}));
    }
    operation
}

/// The shapes.
pub(super) fn schemas() -> Map<String, Value> {
    let name = json!({"type": "string", "minLength": 1, "maxLength": NAME_LENGTH_MAX});
    let sent = json!({
        "type": "string",
        "maxLength": QUERY_LENGTH_MAX,
        "description": "Search, conditions, `ordering` and `columns`, as in the address of a table.",
    });
    let truth = json!({"type": "boolean"});
    let whole_number = json!({"type": "integer", "minimum": 1});
    let moment = json!({"type": "string", "format": "date-time"});
    let change = [
        ("name", name),
        ("query", sent),
        ("group", maybe_text()),
        ("is_default", truth.clone()),
        ("is_group_default", truth.clone()),
    ];
    let told = [
        ("id", whole_number.clone()),
        ("type", text()),
        ("owner", text()),
        ("may_change", truth),
        ("revision", whole_number),
        ("created_at", moment.clone()),
        ("updated_at", moment),
        ("page", json!({"type": ["string", "null"], "format": "uri"})),
    ];
    let new = [change.as_slice(), &[("type", text())]].concat();
    [
        ("View", whole(&[change.as_slice(), &told].concat())),
        ("Views", list("View")),
        ("NewView", some(&new, &["type", "name"])),
        ("ViewChange", some(&change, &[])),
    ]
    .into_iter()
    .map(|(name, shape)| (name.to_owned(), shape))
    .collect()
}
