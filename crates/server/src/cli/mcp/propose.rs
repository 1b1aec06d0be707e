//! `propose_change`: a change that a person decides. The only tool that asks for another state of records.
//!
//! It is sent with `review=1`, by which the server lets nothing in at once, whatever rights there are
//! (`domain::review::judge`); of types that are never reviewed it refuses the change. Both are asked before, so that
//! the assistant is told why, and the answer is looked at after: a commit is told as what it would be, a fault.

use reqwest::Method;
use rmcp::model::JsonObject;
use rmcp::schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::records::PAGE_MAX;
use super::refusal::Refusal;
use super::register::{OfType, Query, Register, Told};
use super::requests;
use super::tool::{Effect, Tool};

/// The most records of a proposal: as many as a page shows, and more than a person looks through at once.
const RECORDS_MAX: usize = PAGE_MAX as usize;
/// The most characters of a reason, as the server takes them.
const REASON_LENGTH_MAX: usize = 1_000;
/// Members of an answer that are passed over when they are sent back, and tell nothing of a change.
const PASSED_OVER: [&str; 7] =
    ["id", "display", "revision", "created_at", "updated_at", "changed_by", "type_name"];

/// Takes a change, and why.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct ProposeChange {
    /// The type, by its list, such as `servers`.
    #[serde(rename = "type")]
    type_name: String,
    /// What is to be done with all of the records.
    action: Action,
    /// To add: all fields of each. To update: `id`, or else the key, and the fields that change. To delete: `id`, or
    /// else the key. `revision` makes it hold for that one alone.
    records: Vec<JsonObject>,
    /// Why, in a sentence for whoever decides; it stays in the history.
    reason: String,
    /// Users who are asked to decide; those who may review, if nothing is said.
    #[serde(default)]
    reviewers: Vec<String>,
    /// Whether to check and show alone what would be asked for; true if nothing is said.
    #[serde(default = "yes")]
    dry_run: bool,
}

/// What is done with records.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
#[schemars(crate = "rmcp::schemars", inline)]
pub(super) enum Action {
    /// They are added.
    Add,
    /// What is given of them changes.
    Update,
    /// They are deleted.
    Delete,
}

fn yes() -> bool {
    true
}

impl Tool for ProposeChange {
    const NAME: &'static str = "propose_change";
    const TITLE: &'static str = "Propose a change";
    const ABOUT: &'static str = "\
Proposes that records of one type be added, updated or deleted, all or none. Nothing is changed by it: a person \
sees it beside the register and decides. It is a dry run until `dry_run` is false: the register checks it, and the \
answer shows each field before and after; show that to whoever you work for first. With `dry_run` false it makes a \
change request and gives its number and page. References are given by id or key, a list of references as a whole. \
Examples: {\"type\": \"servers\", \"action\": \"update\", \"records\": [{\"name\": \"db1001\", \"state\": \
\"maintenance\"}], \"reason\": \"OPS-12: new disks\"}; {\"type\": \"tags\", \"action\": \"add\", \"records\": \
[{\"name\": \"riscv\"}], \"reason\": \"OPS-13\", \"dry_run\": false}";
    const EFFECT: Effect = Effect::Asks;
    const LESS: &'static str = "Propose fewer records at once.";

    async fn run(self, register: &Register) -> Result<Value, Refusal> {
        self.check()?;
        let plural = register.plural_of(&self.type_name).await?;
        let of_type = register.described(&plural).await?;
        must_be_proposable(&of_type)?;
        if self.dry_run {
            self.foresee(register, &of_type).await
        } else {
            self.ask(register, &plural).await
        }
    }
}

impl ProposeChange {
    fn check(&self) -> Result<(), Refusal> {
        if self.records.is_empty() || self.records.len() > RECORDS_MAX {
            return Err(Refusal::of("records", &format!("Give 1 to {RECORDS_MAX}.")));
        }
        let reason = self.reason.trim();
        if reason.is_empty() {
            return Err(Refusal::of("reason", "Say why, for whoever decides."));
        }
        if reason.chars().count() > REASON_LENGTH_MAX || reason.chars().any(char::is_control) {
            let told = format!("Give one line of at most {REASON_LENGTH_MAX} characters.");
            return Err(Refusal::of("reason", &told));
        }
        Ok(())
    }

    /// What would be asked for, as the register checks it.
    async fn foresee(&self, register: &Register, of_type: &OfType) -> Result<Value, Refusal> {
        let mut query = Query::default();
        query.add("action", self.action.word());
        let path = format!("/api/-/validate/{}/", of_type.plural);
        let checked = register.send(Method::POST, (&path, &query), &self.body()).await?.body;
        let results = checked.get("results").and_then(Value::as_array).cloned().unwrap_or_default();
        let before = self.before(register, &of_type.plural, &results).await?;
        let changes: Vec<Value> = self
            .records
            .iter()
            .zip(&results)
            .map(|(record, result)| self.action.shown(record, result, &before))
            .collect();
        Ok(json!({
            "dry_run": true,
            "list": of_type.plural,
            "action": self.action.word(),
            "changes": changes,
            "records_touched": checked.get("records"),
            "note": "Nothing was proposed. Where this is what is wanted, call again with dry_run false.",
        }))
    }

    /// Makes a change request.
    async fn ask(&self, register: &Register, plural: &str) -> Result<Value, Refusal> {
        let mut query = Query::default();
        // Whoever may write asks all the same: see the head of this file.
        query.add("review", 1);
        query.add("reason", self.reason.trim());
        if !self.reviewers.is_empty() {
            query.add("reviewers", self.reviewers.join(","));
        }
        let path = format!("/api/{plural}/");
        let told = register.send(self.action.method(), (&path, &query), &self.body()).await?;
        outcome(told)
    }

    fn body(&self) -> Value {
        self.records.iter().cloned().map(Value::Object).collect()
    }

    /// The records as they are, as far as the change is about them.
    async fn before(
        &self,
        register: &Register,
        plural: &str,
        results: &[Value],
    ) -> Result<Vec<Value>, Refusal> {
        let ids = results.iter().filter_map(|result| result.get("id")?.as_i64());
        let ids: Vec<String> = ids.map(|id| id.to_string()).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = Query::default();
        query.add("id__in", ids.join(","));
        query.add("limit", RECORDS_MAX);
        query.add("count", "none");
        match self.action {
            Action::Delete => query.add("brief", 1),
            Action::Add | Action::Update => query.add("fields", self.names().join(",")),
        }
        let page = register.read(&format!("/api/{plural}/"), &query).await?;
        Ok(page.get("results").and_then(Value::as_array).cloned().unwrap_or_default())
    }

    /// The id, and the fields that any of the records names.
    fn names(&self) -> Vec<&str> {
        let told = self.records.iter().flat_map(Map::keys).map(String::as_str);
        let mut names: Vec<&str> = told.filter(|name| !PASSED_OVER.contains(name)).collect();
        names.push("id");
        names.sort_unstable();
        names.dedup();
        names
    }
}

impl Action {
    fn word(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }

    fn method(self) -> Method {
        match self {
            Self::Add => Method::POST,
            Self::Update => Method::PATCH,
            Self::Delete => Method::DELETE,
        }
    }

    /// What would become of a record: its fields before and after, or the record that goes.
    fn shown(self, sent: &JsonObject, result: &Value, before: &[Value]) -> Value {
        let id = result.get("id");
        let found = before.iter().find(|record| id.is_some() && record.get("id") == id);
        let mut shown = json!({"effect": result.get("effect"), "id": id});
        let (name, value) = match self {
            Self::Add => ("fields", json!(sent)),
            Self::Delete => ("record", json!(found)),
            Self::Update => {
                let was = |name: &str| found.and_then(|record| record.get(name));
                let fields = sent.iter().filter(|(name, after)| {
                    !PASSED_OVER.contains(&name.as_str()) && was(name) != Some(*after)
                });
                let shown = |(name, after): (&String, &Value)| {
                    (name.clone(), json!({"before": was(name), "after": after}))
                };
                ("fields", Value::Object(fields.map(shown).collect()))
            }
        };
        if let Some(members) = shown.as_object_mut() {
            members.insert(name.to_owned(), value);
        }
        shown
    }
}

/// Refuses what can't be proposed, with why.
fn must_be_proposable(of_type: &OfType) -> Result<(), Refusal> {
    let plural = &of_type.plural;
    let told = match of_type.review() {
        "required" | "optional" if of_type.may_propose() => return Ok(()),
        "required" | "optional" => {
            format!("Your token may not propose changes of {plural}; it needs the right `propose`.")
        }
        "off" => format!(
            "Changes of {plural} are never reviewed here, so none can be proposed: somebody with the right to \
             write makes it."
        ),
        _ => format!(
            "The server does not tell whether changes of {plural} are reviewed: it is of another version than \
             this program."
        ),
    };
    Err(Refusal::of("type", &told))
}

/// What came of a proposal.
fn outcome(told: Told) -> Result<Value, Refusal> {
    if let Some(commit) = told.commit {
        return Err(Refusal::new(format!(
            "The register made the change at once, as commit {commit}, though a review was asked for. Tell whoever \
             runs it."
        )));
    }
    if told.body.get("number").is_none() {
        let note = "The records are so already: there was nothing to propose.";
        return Ok(json!({"dry_run": false, "change_request": null, "note": note}));
    }
    Ok(json!({
        "dry_run": false,
        "change_request": requests::told(told.body),
        "note": "It waits: the records are as they were until a person agrees.",
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proposal(arguments: Value) -> Result<ProposeChange, Refusal> {
        let proposal: ProposeChange =
            serde_json::from_value(arguments).map_err(|error| Refusal::new(error.to_string()))?;
        proposal.check().map(|()| proposal)
    }

    fn of_type(about: Value) -> OfType {
        OfType { plural: "servers".to_owned(), about }
    }

    #[test]
    fn a_proposal_is_a_dry_run_unless_it_says_otherwise() {
        let mut arguments = json!({
            "type": "servers",
            "action": "delete",
            "records": [{"id": 1}],
            "reason": "OPS-1",
        });
        assert!(proposal(arguments.clone()).unwrap().dry_run);
        arguments["dry_run"] = json!(false);
        assert!(!proposal(arguments).unwrap().dry_run);
    }

    #[test]
    fn what_is_no_proposal_is_refused() {
        let good = json!({"type": "servers", "action": "add", "records": [{}], "reason": "OPS-1"});
        proposal(good.clone()).unwrap();
        for (name, value) in [
            ("reason", json!("")),
            ("reason", json!(" ")),
            ("reason", json!("a\nb")),
            ("reason", json!("x".repeat(REASON_LENGTH_MAX + 1))),
            ("records", json!([])),
            ("records", json!(vec![json!({}); RECORDS_MAX + 1])),
            ("records", json!([1])),
            ("action", json!("approve")),
            ("dryrun", json!(false)),
        ] {
            let mut bad = good.clone();
            bad[name] = value;
            assert!(proposal(bad).is_err(), "{name}");
        }
    }

    #[test]
    fn only_what_is_reviewed_and_may_be_proposed_is_sent() {
        for (about, expected) in [
            (json!({"review": "required", "actions": {}}), None),
            (json!({"review": "optional", "actions": {}}), None),
            (json!({"review": "optional"}), Some("may not propose")),
            (json!({"review": "off", "actions": {}}), Some("never reviewed")),
            (json!({"actions": {}}), Some("another version")),
        ] {
            let told = must_be_proposable(&of_type(about.clone())).err().map(|why| why.to_string());
            match expected {
                None => assert_eq!(told, None, "{about}"),
                Some(part) => assert!(told.is_some_and(|told| told.contains(part)), "{about}"),
            }
        }
    }

    #[test]
    fn a_commit_is_never_taken_for_a_proposal() {
        let told = |commit: Option<&str>, body| Told { commit: commit.map(str::to_owned), body };
        assert!(outcome(told(Some("7"), json!({"number": 1}))).is_err());
        assert_eq!(outcome(told(None, json!([]))).unwrap()["change_request"], Value::Null);
        let made = outcome(told(None, json!({"number": 17, "state": "pending"}))).unwrap();
        assert_eq!(made["change_request"]["number"], 17);
    }

    #[test]
    fn a_change_is_shown_before_and_after() {
        let sent = json!({"id": 3, "state": "failed", "revision": 2});
        let sent = sent.as_object().unwrap();
        let result = json!({"effect": "updated", "id": 3});
        let before = [json!({"id": 2, "state": "x"}), json!({"id": 3, "state": "active"})];
        let shown = Action::Update.shown(sent, &result, &before);
        let fields = json!({"state": {"before": "active", "after": "failed"}});
        assert_eq!(shown, json!({"effect": "updated", "id": 3, "fields": fields}));
        let gone = Action::Delete.shown(sent, &result, &before);
        assert_eq!(gone["record"]["state"], "active");
        let added = json!({"effect": "added", "id": null});
        let new = Action::Add.shown(sent, &added, &before);
        assert_eq!(new["fields"]["state"], "failed");
    }
}
