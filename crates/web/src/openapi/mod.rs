//! The `OpenAPI` 3.1 document, made from the schema, so that it tells of a type that a team adds
//! as much as of those that came along.
//!
//! It is exact rather than short: what it does not allow is refused, and what it does not tell is
//! never answered, since a test holds every answer against it. Where a request may say a thing in
//! several ways, the document tells all of them.

mod events;
mod feeds;
mod kinds;
mod parameters;
mod past;
mod paths;
mod people;
mod requests;
mod responses;
mod schemas;
mod search;
mod sources;
mod system;
mod tasks;
mod templates;
mod views;
mod webhooks;

use domain::schema::Schema;
use serde_json::{Map, Value, json};

/// The document of a schema.
pub(crate) fn document(schema: &Schema) -> Value {
    let mut described = system::paths();
    described.extend(past::paths(schema));
    described.extend(people::paths());
    described.extend(requests::paths());
    described.extend(search::paths());
    described.extend(views::paths());
    described.extend(tasks::paths());
    described.extend(feeds::paths());
    described.extend(webhooks::paths());
    described.extend(events::paths());
    described.extend(sources::paths());
    described.extend(templates::paths());
    let mut tags = Vec::new();
    let mut shapes = system::schemas();
    shapes.extend(past::schemas());
    shapes.extend(people::schemas());
    shapes.extend(requests::schemas());
    shapes.extend(search::schemas());
    shapes.extend(views::schemas());
    shapes.extend(tasks::schemas());
    shapes.extend(webhooks::schemas());
    shapes.extend(events::schemas());
    shapes.extend(sources::schemas());
    shapes.extend(templates::schemas());
    for record_type in schema.types() {
        described.extend(paths::of_type(schema, record_type));
        described.extend(past::of_type(record_type));
        shapes.extend(schemas::of_type(schema, record_type));
        tags.push(json!({"name": record_type.plural, "description": record_type.description}));
    }
    tags.push(json!({"name": "search", "description": "Over every type at once."}));
    tags.push(json!({"name": "history", "description": "What was, and back to it."}));
    tags.push(json!({"name": "reviews", "description": "Changes that wait for a second person."}));
    tags.push(json!({"name": "tasks", "description": "What runs by itself, on a schedule."}));
    tags.push(json!({"name": "webhooks", "description": "Who is told what happens."}));
    tags.push(json!({"name": "events", "description": "Changes as they are told to the outside."}));
    tags.push(json!({"name": "feeds", "description": "For Ansible, Prometheus, ssh and DNS."}));
    tags.push(json!({"name": "sources", "description": "Messages that come from elsewhere."}));
    tags.push(json!({"name": "templates", "description": "What exports are made with."}));
    tags.push(json!({"name": "views", "description": "What tables show, kept under names."}));
    tags.push(json!({"name": "people", "description": "Who there is, and what they may."}));
    tags.push(json!({"name": "system", "description": "What is no type."}));
    json!({
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://spec.openapis.org/oas/3.1/dialect/base",
        "info": {
            "title": "Domesday",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": {"name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT"},
        },
        "servers": [{"url": "/", "description": "Where this document comes from."}],
        "tags": tags,
        "paths": described,
        "components": {
            "schemas": shapes,
            "headers": responses::headers(),
            "parameters": parameters::shared(),
            "responses": responses::problems(),
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token, made by `domesday token create --user NAME`.",
                },
            },
        },
    })
}

/// What holds for all of it.
const ABOUT: &str = "The register of an organisation's infrastructure.\n\n\
Lists take filters, `field__lookup=value`, through references of any depth: \
`component__name__iexact=`, `tags__name__icontains=`. Each list tells its own filters and those \
one reference away; deeper ones are spelt alike. Behind a part of a date or moment stands a \
comparison: `created_at__year__gte=2026`. A `!` before the equals sign negates: \
`state!=retired`. Different parameters must all hold; of a repeated one any value will do. An \
empty value is no filter. What is not known is refused, by its name.\n\n\
What one may see and do follows from the grants of one's groups; without a token it is what the \
group `anonymous` may. A token that is sent must be valid, also where none is needed. Of what a \
reference leads to and may not be seen there is no more than its id.\n\n\
A write that waits for a review is answered with 202 and its change request. A decision on one carries \
the `ETag` of what was shown as `If-Match`.\n\n\
`as_of=` reads lists, records and exports as they stood at a moment. Type names have no capitals, \
so that the names of shapes with one are the document's own.\n\n\
A list comes as JSON, as CSV, as JSON lines, as YAML, as XLSX, as a template makes it (`?export=NAME`), \
or for a DataTables grid with `serverSide: true` \
(`?format=datatables`, or `.datatables` behind the path; also as the POST of a form).";

/// A reference to a component.
fn reference(kind: &str, name: &str) -> Value {
    json!({"$ref": format!("#/components/{kind}/{name}")})
}

/// A JSON object with members in it.
fn object(members: impl IntoIterator<Item = (String, Value)>) -> Value {
    Value::Object(members.into_iter().collect::<Map<String, Value>>())
}
