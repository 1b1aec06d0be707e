//! Changes that refer to each other, as facts about racks that stand in racks.

use super::super::{Preconditions, Proposal, ProposedChange, draft, finish};
use super::*;
use crate::json::Json;
use crate::record::{Revision, Timestamp};
use crate::schema::{Demand, FieldName, OnDelete, Review, TextRules, TypeName};

const RACK: TypeIndex = TypeIndex(0);
const NAME: FieldIndex = FieldIndex(0);
const PARENT: FieldIndex = FieldIndex(1);
const PEERS: FieldIndex = FieldIndex(2);

/// `rack`, with a `parent` and `peers` that are racks.
fn schema() -> Schema {
    let field = |index, name, kind| Field {
        index: FieldIndex(index),
        name: FieldName::parse(name).unwrap(),
        label: String::new(),
        help: String::new(),
        kind,
        required: index == 0,
        unique: index == 0,
        indexed: false,
        searched: false,
        default: None,
    };
    let rules = TextRules { max_length: 50, pattern: None };
    let fields = vec![
        field(0, "name", Kind::Text(rules)),
        field(1, "parent", Kind::Ref { target: RACK, on_delete: OnDelete::Protect }),
        field(2, "peers", Kind::Refs { target: RACK, on_delete: OnDelete::Clear }),
    ];
    Schema::from_types(vec![Type {
        index: RACK,
        name: TypeName::parse("rack").unwrap(),
        plural: "racks".to_owned(),
        label: "rack".to_owned(),
        description: String::new(),
        key: vec![NAME],
        fields,
        unique_together: Vec::new(),
        review: Review::Off.into(),
        reason: Demand::Optional,
        if_match: Demand::Optional,
    }])
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// The register with racks of these names, with ids from 1.
fn facts(names: &[&str]) -> Facts {
    let mut facts = Facts::default();
    for (name, id) in names.iter().zip(1..) {
        let (id, key) = (RecordId(id), vec![text(name)]);
        let record = Record {
            type_index: RACK,
            id,
            revision: Revision(1),
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
            changed_by: String::new(),
            fields: Fields::from_values(vec![
                Some(text(name)),
                None,
                Some(Value::Refs(Vec::new())),
            ]),
        };
        facts.records.insert((RACK, id), record);
        facts.by_key.insert((RACK, key.clone()), id);
        facts.references.insert((RACK, id), Reference { id, key: key.into() });
    }
    facts.next_ids.insert(RACK, i64::try_from(names.len()).unwrap() + 1);
    facts
}

fn fields<const N: usize>(members: [(&str, Json); N]) -> super::super::FieldsInput {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn put<const N: usize>(name: &str, members: [(&str, Json); N]) -> Action {
    Action::Put { key: vec![text(name)], fields: fields(members), unnamed: Unnamed::Keep }
}

fn rename(id: i64, name: &str) -> Action {
    let fields = fields([("name", Json::text(name))]);
    Action::Update { target: Target::Id(RecordId(id)), fields, unnamed: Unnamed::Keep }
}

fn delete(id: i64) -> Action {
    Action::Delete { target: Target::Id(RecordId(id)) }
}

fn in_rack(name: &str) -> [(&'static str, Json); 1] {
    [("parent", Json::text(name))]
}

/// What a proposal comes to: a line for each change, `#id name < parent, peers`; or its faults.
fn outcome(names: &[&str], actions: Vec<Action>) -> Vec<String> {
    let schema = schema();
    let change = |action| ProposedChange {
        type_index: RACK,
        action,
        preconditions: Preconditions::default(),
    };
    let proposal = Proposal { changes: actions.into_iter().map(change).collect() };
    let facts = facts(names);
    let checked = resolve(&schema, draft(&schema, proposal), &facts)
        .and_then(|resolved| finish(&schema, resolved, &facts));
    let label = |fields: &Fields, index| fields.get(index).map(Value::to_text).unwrap_or_default();
    match checked {
        Ok(checked) => checked
            .changes
            .iter()
            .map(|change| match &change.after {
                None => format!("#{} gone", change.id),
                Some(after) => format!(
                    "#{} {} < {}, {}",
                    change.id,
                    label(after, NAME),
                    label(after, PARENT),
                    label(after, PEERS)
                ),
            })
            .collect(),
        Err(refused) => refused
            .iter()
            .map(|refused| match &refused.why {
                Refusal::Invalid(faults) => format!("{}: {faults}", refused.index),
                why @ (Refusal::NotFound
                | Refusal::Stale { .. }
                | Refusal::Exists
                | Refusal::Protected { .. }) => {
                    format!("{}: {why:?}", refused.index)
                }
            })
            .collect(),
    }
}

#[track_caller]
fn check(names: &[&str], actions: Vec<Action>, expected: &[&str]) {
    assert_eq!(outcome(names, actions), expected);
}

#[test]
fn a_change_refers_to_one_that_comes_later() {
    check(
        &[],
        vec![put("a", in_rack("b")), put("b", in_rack("c")), put("c", [])],
        &["#1 a < b, ", "#2 b < c, ", "#3 c < , "],
    );
    let peers = [("peers", Json::List(vec![Json::text("c"), Json::text("b")]))];
    check(
        &[],
        vec![put("a", peers), put("b", in_rack("a")), put("c", in_rack("a"))],
        &["#1 a < , b|c", "#2 b < a, ", "#3 c < a, "],
    );
}

#[test]
fn changes_refer_to_each_other_in_a_circle_and_to_themselves() {
    check(
        &[],
        vec![put("a", in_rack("b")), put("b", in_rack("a")), put("c", in_rack("c"))],
        &["#1 a < b, ", "#2 b < a, ", "#3 c < c, "],
    );
}

#[test]
fn references_are_by_the_keys_that_the_proposal_leaves() {
    // Whether the new name comes before or behind who uses it.
    check(
        &["a"],
        vec![put("x", in_rack("b")), rename(1, "b"), put("y", in_rack("b"))],
        &["#2 x < b, ", "#1 b < , ", "#3 y < b, "],
    );
    check(
        &["a"],
        vec![put("x", in_rack("a")), rename(1, "b")],
        &["0: parent: Object with name=a does not exist."],
    );
    check(
        &["a", "b"],
        vec![rename(1, "b"), rename(2, "a"), put("x", in_rack("a")), put("y", in_rack("b"))],
        &["#1 b < , ", "#2 a < , ", "#3 x < a, ", "#4 y < b, "],
    );
}

#[test]
fn nothing_refers_to_what_the_proposal_deletes() {
    check(
        &["a"],
        vec![put("x", in_rack("a")), delete(1)],
        &["0: parent: Object with name=a does not exist."],
    );
    let by_id = [("parent", Json::Number("1".to_owned()))];
    check(
        &["a"],
        vec![put("x", by_id.clone()), delete(1)],
        &["0: parent: Invalid pk \"1\" - object does not exist."],
    );
    check(&["a"], vec![put("x", by_id)], &["#2 x < a, "]);
}

#[test]
fn an_id_that_is_given_in_the_proposal_refers_to_nothing() {
    let by_id = [("parent", Json::Number("2".to_owned()))];
    check(
        &[],
        vec![put("x", by_id), put("y", [])],
        &["0: parent: Invalid pk \"2\" - object does not exist."],
    );
}

#[test]
fn a_change_with_other_faults_is_still_referred_to() {
    let nowhere = in_rack("nowhere");
    check(
        &[],
        vec![put("a", in_rack("b")), put("b", nowhere)],
        &["1: parent: Object with name=nowhere does not exist."],
    );
}

#[test]
fn what_is_only_mentioned_is_added_unless_something_else_brings_it() {
    check(&[], vec![put("a", []), put("b", in_rack("a"))], &["#2 a < , ", "#1 b < a, "]);
    check(&["a"], vec![put("a", []), put("b", in_rack("a"))], &["#2 b < a, "]);
    // The one with this name is changed by its id, or gets the name.
    let moved = Action::Update {
        target: Target::Id(RecordId(1)),
        fields: fields(in_rack("b")),
        unnamed: Unnamed::Keep,
    };
    check(&["a", "b"], vec![put("a", []), moved], &["#1 a < b, "]);
    check(
        &["a"],
        vec![put("b", []), rename(1, "b"), put("x", in_rack("b"))],
        &["#1 b < , ", "#2 x < b, "],
    );
    check(&["a"], vec![put("a", []), delete(1)], &["#2 a < , ", "#1 gone"]);
}
