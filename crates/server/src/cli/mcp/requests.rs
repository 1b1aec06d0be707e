//! Change requests: `list_change_requests`, `get_change_request`, `comment_on_request`,
//! `withdraw_request`. None decides on one.

use reqwest::Method;
use rmcp::schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::records::page_size;
use super::refusal::Refusal;
use super::register::{Query, Register, of_next, take};
use super::tool::{Effect, Tool, fits};

/// Where they are.
const PATH: &str = "/api/-/change-requests/";
/// The most items of each list in a change request that are told; there may be 10,000 changes.
const ITEMS_MAX: usize = 50;
/// The lists of which only the first items are told.
const LISTS: [&str; 3] = ["changes", "takes_along", "faults"];

/// Takes which change requests are meant.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct ListChangeRequests {
    /// Their states, parted by commas: open (if nothing is said), pending, on-hold, approved, rejected, withdrawn,
    /// expired.
    state: Option<String>,
    /// Only those that you asked for.
    #[serde(default)]
    mine: bool,
    /// Only those that this user asked for.
    requester: Option<String>,
    /// Only those about records of this type, by its list, such as `servers`.
    #[serde(rename = "type")]
    type_name: Option<String>,
    /// Only those about the record with this id; give the type too.
    record: Option<i64>,
    /// Requests on this page, 25 if nothing is said.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u32>,
    /// `next_before` of the page before, with all else as it was.
    before: Option<String>,
}

/// Takes a change request.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct GetChangeRequest {
    /// The number of the change request.
    number: i64,
}

/// Takes a change request and what to say.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct CommentOnRequest {
    /// The number of the change request.
    number: i64,
    /// What to say; it may have several lines.
    comment: String,
}

/// Takes a change request and why.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct WithdrawRequest {
    /// The number of the change request.
    number: i64,
    /// Why it is taken back.
    comment: Option<String>,
}

impl Tool for ListChangeRequests {
    const NAME: &'static str = "list_change_requests";
    const TITLE: &'static str = "List change requests";
    const ABOUT: &'static str = "\
Lists changes that wait for a person to decide, or that were decided, newest first: number, title, state, requester, \
number of records. Example: {\"type\": \"servers\", \"record\": 3, \"state\": \"open\"}";
    const EFFECT: Effect = Effect::Looks;
    const LESS: &'static str = "Ask for fewer requests (limit).";

    async fn run(self, register: &Register) -> Result<Value, Refusal> {
        let mut query = Query::default();
        query.add("limit", page_size(self.limit)?);
        query.add("state", self.state.as_deref().unwrap_or("open"));
        query.add_some("mine", self.mine.then_some(1));
        query.add_some("requester", self.requester);
        if let Some(name) = &self.type_name {
            let plural = register.plural_of(name).await?;
            query.add("type", register.described(&plural).await?.name());
        }
        query.add_some("record", self.record);
        query.add_some("before", self.before);
        let mut page = register.read(PATH, &query).await?;
        let next = of_next(&page, "before");
        Ok(json!({
            "count": take(&mut page, "count"),
            "results": take(&mut page, "results"),
            "next_before": next,
        }))
    }
}

impl Tool for GetChangeRequest {
    const NAME: &'static str = "get_change_request";
    const TITLE: &'static str = "Read a change request";
    const ABOUT: &'static str = "\
Reads one change request beside the register as it is now. Of each field: `before` (when it was asked for), \
`proposed`, `current`, `result`, and how they compare; beside that what deletions take along, what is wrong with \
it, who approved, and what was said. Of long lists the first items are told, and `…_in_all` how many there are. \
Example: {\"number\": 17}";
    const EFFECT: Effect = Effect::Looks;
    const LESS: &'static str = "Its fields are too long to be told; its page shows them.";

    async fn run(self, register: &Register) -> Result<Value, Refusal> {
        let request = register.read(&address(self.number), &Query::default()).await?;
        Ok(told(request))
    }
}

impl Tool for CommentOnRequest {
    const NAME: &'static str = "comment_on_request";
    const TITLE: &'static str = "Comment on a change request";
    const ABOUT: &'static str = "\
Says something to the people who decide on a change request; it stands in its timeline under your name. Nothing is \
decided by it. Example: {\"number\": 17, \"comment\": \"The rack is free from May on.\"}";
    const EFFECT: Effect = Effect::Asks;
    const LESS: &'static str = "Read the request with get_change_request.";

    async fn run(self, register: &Register) -> Result<Value, Refusal> {
        if self.comment.trim().is_empty() {
            return Err(Refusal::of("comment", "Say something."));
        }
        let body = json!({"comment": self.comment});
        let path = format!("{}comment/", address(self.number));
        let sent = register.send(Method::POST, (&path, &Query::default()), &body).await?;
        Ok(json!({"number": self.number, "state": sent.body.get("state"), "commented": true}))
    }
}

impl Tool for WithdrawRequest {
    const NAME: &'static str = "withdraw_request";
    const TITLE: &'static str = "Withdraw a change request";
    const ABOUT: &'static str = "\
Takes back a change request that was made with your token, while it is open: what was proposed was wrong, or is to \
be proposed anew. Those of other people and other tokens are not touched. Example: {\"number\": 17}";
    const EFFECT: Effect = Effect::Asks;
    const LESS: &'static str = "Read the request with get_change_request.";

    async fn run(self, register: &Register) -> Result<Value, Refusal> {
        let me = register.read("/api/-/me/", &Query::default()).await?;
        let request = register.read(&address(self.number), &Query::default()).await?;
        if !is_made_by(&request, &me) {
            let told = "This request was not made with your token; whoever made it takes it back.";
            return Err(Refusal::of("number", told));
        }
        let body = json!({"comment": self.comment});
        let path = format!("{}withdraw/", address(self.number));
        let sent = register.send(Method::POST, (&path, &Query::default()), &body).await?;
        Ok(json!({"number": self.number, "state": sent.body.get("state")}))
    }
}

fn address(number: i64) -> String {
    format!("{PATH}{number}/")
}

/// Whether a change request was made by this user with this token.
fn is_made_by(request: &Value, me: &Value) -> bool {
    ["user", "token"].into_iter().all(|name| {
        let requester = request.get("requester").and_then(|requester| requester.get(name));
        requester.is_some_and(Value::is_string) && requester == me.get(name)
    })
}

/// A change request as an assistant is told of it: with the address of its page, and of long lists no
/// more than can be passed on.
pub(super) fn told(mut request: Value) -> Value {
    let page = request.get("url").and_then(Value::as_str).map(|url| url.replace("/api/-/", "/-/"));
    if let Some(members) = request.as_object_mut() {
        members.insert("page".to_owned(), json!(page));
        // A decision is nobody's here.
        members.remove("etag");
        members.remove("may");
    }
    let mut most = ITEMS_MAX;
    for name in LISTS {
        count_and_cut(&mut request, name, most);
    }
    while !fits(&request) && most > 1 {
        most /= 2;
        for name in LISTS {
            cut(&mut request, name, most);
        }
    }
    request
}

fn count_and_cut(request: &mut Value, name: &str, most: usize) {
    let items = request.get(name).and_then(Value::as_array).map_or(0, Vec::len);
    if let Some(members) = request.as_object_mut() {
        members.insert(format!("{name}_in_all"), json!(items));
    }
    cut(request, name, most);
}

fn cut(request: &mut Value, name: &str, most: usize) {
    if let Some(items) = request.get_mut(name).and_then(Value::as_array_mut) {
        items.truncate(most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(changes: usize, text: &str) -> Value {
        let changes: Vec<Value> = (0..changes).map(|id| json!({"id": id, "text": text})).collect();
        json!({"number": 17, "url": "http://d/api/-/change-requests/17/", "changes": changes,
            "etag": "\"1.a\"", "may": ["withdraw"]})
    }

    #[test]
    fn a_request_is_told_with_its_page_and_no_way_to_decide() {
        let told = told(request(2, "x"));
        assert_eq!(told["page"], "http://d/-/change-requests/17/");
        assert!(told.get("etag").is_none() && told.get("may").is_none());
        assert_eq!(told["changes_in_all"], 2);
    }

    #[test]
    fn of_many_changes_as_many_are_told_as_can_be_passed_on() {
        let told = |changes, text: &str| {
            let told = super::told(request(changes, text));
            (told["changes"].as_array().unwrap().len(), told["changes_in_all"].clone())
        };
        assert_eq!(told(ITEMS_MAX, "x"), (ITEMS_MAX, json!(ITEMS_MAX)));
        assert_eq!(told(10_000, "x"), (ITEMS_MAX, json!(10_000)));
        let (shown, in_all) = told(60, &"x".repeat(4_000));
        assert!((1..ITEMS_MAX).contains(&shown) && in_all == json!(60), "{shown}");
    }

    #[test]
    fn a_request_is_its_tokens_own() {
        let me = json!({"user": "ada", "token": "mcp"});
        for (requester, expected) in [
            (json!({"user": "ada", "token": "mcp"}), true),
            (json!({"user": "ada", "token": null}), false),
            (json!({"user": "ada", "token": "other"}), false),
            (json!({"user": "brian", "token": "mcp"}), false),
        ] {
            assert_eq!(is_made_by(&json!({"requester": requester}), &me), expected, "{requester}");
        }
        let unknown = json!({"user": null, "token": null});
        assert!(!is_made_by(&json!({"requester": unknown}), &unknown));
    }
}
