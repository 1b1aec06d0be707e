//! The paths of users, groups, tokens, and of who one is.

use domain::notice::Topic;
use domain::preferences::{Density, Theme};
use serde_json::{Map, Value, json};

use super::parameters::path;
use super::responses::{READ, answers, empty_answer, json_answer};
use super::{object, reference};

/// The errors of a write of one of these.
const WRITE: [u16; 12] = [400, 401, 403, 404, 405, 406, 408, 409, 413, 415, 503, 507];

/// The paths. The names of operations have capitals, which those of types never have.
pub(super) fn paths() -> Map<String, Value> {
    let notices = "Say what one wants to be told of by mail, and how one wants to see pages";
    let me = json!({
        "get": read("readMe", "Who one is, and what one may", "Me"),
        "patch": write("changeMe", notices, Some("MeChange"), Some((200, "Me"))),
    });
    let mut paths = vec![("/api/-/me/", me)];
    paths.extend(users());
    paths.extend(groups());
    paths.extend(tokens());
    paths.into_iter().map(|(path, operations)| (path.to_owned(), operations)).collect()
}

fn users() -> Vec<(&'static str, Value)> {
    let answer = |status| Some((status, "User"));
    let all = json!({
        "get": read("listUsers", "List all users", "Users"),
        "post": write("addUser", "Make a user", Some("NewUser"), answer(201)),
    });
    let one = json!({
        "parameters": [named("name", "The user's name.")],
        "get": read("readUser", "Read a user", "User"),
        "patch": write("changeUser", "Change a user", Some("UserChange"), answer(200)),
    });
    vec![("/api/-/users/", all), ("/api/-/users/{name}/", one)]
}

fn groups() -> Vec<(&'static str, Value)> {
    let group = named("name", "The group's name.");
    let made = Some((201, "Group"));
    let all = json!({
        "get": read("listGroups", "List all groups, who is in them and what they may", "Groups"),
        "post": write("addGroup", "Make a group", Some("NewGroup"), made),
    });
    let one = json!({
        "parameters": [group],
        "get": read("readGroup", "Read a group", "Group"),
        "delete": write("removeGroup", "Remove a group", None, None),
    });
    let grants = json!({
        "parameters": [group],
        "post": write("grantRights", "Grant rights to a group", Some("NewGrant"), made),
    });
    let grant = json!({
        "parameters": [group, number("The grant's number.")],
        "delete": write("revokeRights", "Take a grant back", None, None),
    });
    let member = json!({
        "parameters": [group, named("user", "The user's name.")],
        "put": write("addMember", "Put a user into a group", None, None),
        "delete": write("removeMember", "Take a user out of a group", None, None),
    });
    vec![
        ("/api/-/groups/", all),
        ("/api/-/groups/{name}/", one),
        ("/api/-/groups/{name}/grants/", grants),
        ("/api/-/groups/{name}/grants/{id}/", grant),
        ("/api/-/groups/{name}/members/{user}/", member),
    ]
}

fn tokens() -> Vec<(&'static str, Value)> {
    let made = Some((201, "MadeToken"));
    let all = json!({
        "get": read("listTokens", "List one's own tokens, or all to who administers", "Tokens"),
        "post": write("addToken", "Make a token; not with a token", Some("NewToken"), made),
    });
    let one = json!({
        "parameters": [number("The token's number.")],
        "delete": write("revokeToken", "End a token", None, None),
    });
    vec![("/api/-/tokens/", all), ("/api/-/tokens/{id}/", one)]
}

pub(super) fn named(name: &str, description: &str) -> Value {
    path(name, description, &json!({"type": "string", "minLength": 1}))
}

pub(super) fn number(description: &str) -> Value {
    path("id", description, &json!({"type": "integer", "minimum": 1}))
}

fn read(id: &str, summary: &str, shape: &str) -> Value {
    let found = json_answer(summary, &reference("schemas", shape), &[]);
    json!({
        "operationId": id,
        "summary": summary,
        "tags": ["people"],
        "security": [{}, {"bearer": []}],
        "parameters": [reference("parameters", "format_json")],
        "responses": answers(vec![(200, found)], &READ),
    })
}

/// A write with the shape of its body, and the status and shape of its answer, if they have any.
fn write(id: &str, summary: &str, body: Option<&str>, answer: Option<(u16, &str)>) -> Value {
    let done = match answer {
        Some((status, shape)) => (status, json_answer(summary, &reference("schemas", shape), &[])),
        None => (204, empty_answer(summary, &[])),
    };
    let mut operation = json!({
        "operationId": id,
        "summary": summary,
        "tags": ["people"],
        "security": [{"bearer": []}],
        "responses": answers(vec![done], &WRITE),
    });
    if let (Some(body), Some(members)) = (body, operation.as_object_mut()) {
        let shape = reference("schemas", body);
        let content = json!({"application/json": {"schema": shape}});
        members.insert("requestBody".to_owned(), json!({"required": true, "content": content}));
    }
    operation
}

/// The shapes.
pub(super) fn schemas() -> Map<String, Value> {
    let mut shapes = shapes_of_users();
    shapes.extend(shapes_of_groups());
    shapes.extend(shapes_of_tokens());
    shapes.push(("Me", me()));
    let mut wanted = topics();
    if let Some(members) = wanted.as_object_mut() {
        members.insert("type".to_owned(), json!(["array", "null"]));
    }
    let change = [[("notices", wanted)].as_slice(), &preferences()].concat();
    shapes.push(("MeChange", some(&change, &[])));
    shapes.into_iter().map(|(name, shape)| (name.to_owned(), shape)).collect()
}

pub(super) fn text() -> Value {
    json!({"type": "string"})
}

pub(super) fn maybe_text() -> Value {
    json!({"type": ["string", "null"]})
}

fn name() -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": 100})
}

pub(super) fn texts() -> Value {
    json!({"type": "array", "items": {"type": "string"}})
}

fn maybe_texts() -> Value {
    json!({"type": ["array", "null"], "items": {"type": "string"}})
}

pub(super) fn maybe_moment() -> Value {
    json!({"type": ["string", "null"], "format": "date-time"})
}

fn shapes_of_users() -> Vec<(&'static str, Value)> {
    let truth = json!({"type": "boolean"});
    let password = json!({"type": ["string", "null"], "minLength": 12, "maxLength": 1000});
    let told = [
        ("email", maybe_text()),
        ("display_name", maybe_text()),
        ("groups", maybe_texts()),
        ("password", password),
    ];
    let user = [
        ("name", text()),
        ("email", maybe_text()),
        ("display_name", maybe_text()),
        ("is_active", truth.clone()),
        ("has_password", truth.clone()),
        ("groups", texts()),
        ("created_at", maybe_moment()),
        ("last_sign_in_at", maybe_moment()),
    ];
    vec![
        ("User", whole(&user)),
        ("Users", list("User")),
        ("NewUser", some(&[told.as_slice(), &[("name", name())]].concat(), &["name"])),
        ("UserChange", some(&[told.as_slice(), &[("is_active", truth)]].concat(), &[])),
    ]
}

fn shapes_of_groups() -> Vec<(&'static str, Value)> {
    let id = json!({"type": "integer", "minimum": 1});
    let what = [("rights", texts()), ("type", maybe_text()), ("filter", maybe_text())];
    let grant = whole(&[what.as_slice(), &[("id", id)]].concat());
    let group = [
        ("name", text()),
        ("description", maybe_text()),
        ("members", texts()),
        ("grants", json!({"type": "array", "items": grant})),
    ];
    vec![
        ("Group", whole(&group)),
        ("Groups", list("Group")),
        ("NewGroup", some(&[("name", name()), ("description", maybe_text())], &["name"])),
        ("NewGrant", some(&what, &["rights"])),
    ]
}

fn shapes_of_tokens() -> Vec<(&'static str, Value)> {
    let limits = [
        ("expires_at", maybe_moment()),
        ("rights", maybe_texts()),
        ("types", maybe_texts()),
        ("networks", maybe_texts()),
    ];
    let own = [
        ("id", json!({"type": "integer", "minimum": 1})),
        ("user", text()),
        ("name", text()),
        ("created_at", maybe_moment()),
        ("last_used_at", maybe_moment()),
    ];
    let new = [("name", name()), ("user", maybe_text())];
    vec![
        ("Token", whole(&[own.as_slice(), &limits].concat())),
        ("Tokens", list("Token")),
        ("NewToken", some(&[new.as_slice(), &limits].concat(), &["name"])),
        ("MadeToken", whole(&[("user", text()), ("name", text()), ("token", text())])),
    ]
}

fn topics() -> Value {
    let words: Vec<&str> = Topic::ALL.into_iter().map(Topic::word).collect();
    json!({"type": "array", "items": {"enum": words}})
}

fn me() -> Value {
    let of_type = whole(&[("all", texts()), ("some", texts())]);
    let by_type = json!({"type": "object", "additionalProperties": of_type});
    let told = [
        ("user", maybe_text()),
        ("token", maybe_text()),
        ("groups", texts()),
        ("rights", whole(&[("everything", texts()), ("types", by_type)])),
        ("notices", topics()),
        ("csrf_token", maybe_text()),
    ];
    whole(&[told.as_slice(), &preferences()].concat())
}

/// How somebody wants to see pages; null is as the browser has it.
fn preferences() -> [(&'static str, Value); 4] {
    let word = |words: [&str; 2]| json!({"enum": [words[0], words[1], null]});
    [
        ("time_zone", json!({"type": ["string", "null"], "examples": ["Europe/Berlin"]})),
        ("theme", word(Theme::ALL.map(Theme::word))),
        ("density", word(Density::ALL.map(Density::word))),
        ("tour_taken", json!({"type": "boolean"})),
    ]
}

/// A whole list of shapes.
pub(super) fn list(of: &str) -> Value {
    let items = json!({"type": "array", "items": reference("schemas", of)});
    whole(&[("count", json!({"type": "integer", "minimum": 0})), ("results", items)])
}

/// An object that has all of these members.
pub(super) fn whole(members: &[(&str, Value)]) -> Value {
    let names: Vec<&str> = members.iter().map(|(name, _)| *name).collect();
    some(members, &names)
}

/// An object that may have these members, and must have some.
pub(super) fn some(members: &[(&str, Value)], required: &[&str]) -> Value {
    let members = members.iter().map(|(name, shape)| ((*name).to_owned(), shape.clone()));
    json!({
        "type": "object",
        "properties": object(members),
        "required": required,
        "additionalProperties": false,
    })
}
