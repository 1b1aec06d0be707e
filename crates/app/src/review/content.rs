//! What a change request asks for: from checked changes to JSON that is kept, and back to a proposal
//! for the register of today.

use std::collections::{BTreeMap, BTreeSet};

use domain::change::{
    Action, Checked, CheckedChange, FieldsInput, Preconditions, Proposal, ProposedChange, Target,
    Unnamed,
};
use domain::history::{Values, canonical};
use domain::json::Json;
use domain::record::{CommitNumber, Fields, RecordId, Revision};
use domain::review::{Requested, RequestedAction};
use domain::schema::{Schema, Type, TypeIndex};
use sql::{StoreError, json};

use crate::past::values;

type Name = (TypeIndex, RecordId);

/// The changes that somebody asks for, without what they take along: that is found again when they
/// are decided on.
pub(super) fn requested(
    schema: &Schema,
    subjects: &[Name],
    changes: &[CheckedChange],
) -> Result<Vec<Requested>, StoreError> {
    let asked: BTreeSet<&Name> = subjects.iter().collect();
    let asked: Vec<&CheckedChange> =
        changes.iter().filter(|change| asked.contains(&(change.type_index, change.id))).collect();
    let added: BTreeSet<Name> = asked
        .iter()
        .filter(|change| is_added(change))
        .map(|change| (change.type_index, change.id))
        .collect();
    asked.into_iter().map(|change| of_change(schema, change, &added)).collect()
}

/// Whether a change adds a record that never was: one that comes back goes on counting.
fn is_added(change: &CheckedChange) -> bool {
    change.before.is_none() && change.revision == Revision(1)
}

fn of_change(
    schema: &Schema,
    change: &CheckedChange,
    added: &BTreeSet<Name>,
) -> Result<Requested, StoreError> {
    let of = schema.get(change.type_index);
    let before = change.before.as_ref();
    let base = before.map(|record| values_of(schema, of, &record.fields)).transpose()?;
    let after = change.after.as_ref();
    let mut after = after.map(|fields| values_of(schema, of, fields)).transpose()?;
    if let Some(values) = &mut after {
        name_by_key(of, values, added);
    }
    let action = match (&base, &after) {
        (None, _) if is_added(change) => RequestedAction::Add,
        (None, _) => RequestedAction::Restore,
        (Some(_), Some(_)) => RequestedAction::Update,
        (Some(_), None) => RequestedAction::Delete,
    };
    let proposed = match (&base, after) {
        (Some(base), Some(after)) => differing(base, after),
        (_, after) => after.unwrap_or_default(),
    };
    Ok(Requested {
        type_name: of.name.to_string(),
        id: (action != RequestedAction::Add).then_some(change.id),
        action,
        base_revision: before.map(|record| record.revision),
        base,
        proposed,
    })
}

/// The values that are others than they were; null for those that go.
fn differing(base: &Values, mut after: Values) -> Values {
    for name in base.keys() {
        after.entry(name.clone()).or_insert(Json::Null);
    }
    after.retain(|name, value| base.get(name).unwrap_or(&Json::Null) != value);
    after
}

pub(super) fn values_of(schema: &Schema, of: &Type, fields: &Fields) -> Result<Values, StoreError> {
    let kept = values(CommitNumber(0), Some(&canonical(schema, of, fields)))?;
    Ok(kept.unwrap_or_default())
}

/// Takes the ids off references to records that the same request adds: they get them only when it
/// is applied.
fn name_by_key(of: &Type, values: &mut Values, added: &BTreeSet<Name>) {
    for field in &of.fields {
        let Some(target) = field.kind.target() else {
            continue;
        };
        let Some(value) = values.get_mut(field.name.as_str()) else {
            continue;
        };
        each_reference(value, |members| {
            let id = match members.get("id") {
                Some(Json::Number(digits)) => digits.parse().ok().map(RecordId),
                _ => None,
            };
            if id.is_some_and(|id| added.contains(&(target, id))) {
                members.remove("id");
            }
        });
    }
}

fn each_reference(value: &mut Json, work: impl Fn(&mut BTreeMap<String, Json>)) {
    match value {
        Json::Object(members) => work(members),
        Json::List(items) => {
            for item in items {
                if let Json::Object(members) = item {
                    work(members);
                }
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => {}
    }
}

/// The proposal that makes these changes of the register of today: of each, the values that it is to
/// get.
pub(super) fn proposal(schema: &Schema, changes: &[(&Requested, Values)]) -> Proposal {
    let changes = changes.iter().filter_map(|(requested, outcome)| {
        let of = schema.named(&requested.type_name)?;
        let fields = || input(of, outcome.clone());
        let action = match (requested.action, requested.id) {
            (RequestedAction::Add, _) | (RequestedAction::Restore, None) => {
                Action::Add { fields: fields() }
            }
            (RequestedAction::Restore, Some(id)) => Action::Restore { id, fields: fields() },
            (RequestedAction::Update, id) => {
                Action::Update { target: Target::Id(id?), fields: fields(), unnamed: Unnamed::Keep }
            }
            (RequestedAction::Delete, id) => Action::Delete { target: Target::Id(id?) },
        };
        let preconditions = Preconditions::default();
        Some(ProposedChange { type_index: of.index, action, preconditions })
    });
    Proposal { changes: changes.collect() }
}

/// Values as a caller sends them: references by id where they have one, whatever they were called,
/// and no value for a list as an empty one.
pub(super) fn input(of: &Type, mut values: Values) -> FieldsInput {
    for field in &of.fields {
        if field.kind.target().is_none() {
            continue;
        }
        let Some(value) = values.get_mut(field.name.as_str()) else {
            continue;
        };
        if field.kind.is_refs() && *value == Json::Null {
            *value = Json::List(Vec::new());
        }
        each_reference(value, |members| {
            if members.contains_key("id") {
                members.retain(|name, _| name == "id");
            }
        });
    }
    values
}

/// The changes as text.
pub(super) fn write(changes: &[Requested]) -> String {
    let object = |change: &Requested| {
        let number = |number: i64| Json::Number(number.to_string());
        let mut members = BTreeMap::from([
            ("type".to_owned(), Json::text(change.type_name.as_str())),
            ("action".to_owned(), Json::text(change.action.word())),
            ("proposed".to_owned(), Json::Object(change.proposed.clone())),
        ]);
        members.extend(change.id.map(|id| ("id".to_owned(), number(id.0))));
        let revision = change.base_revision;
        members.extend(revision.map(|revision| ("revision".to_owned(), number(revision.0))));
        let base = change.base.clone();
        members.extend(base.map(|base| ("base".to_owned(), Json::Object(base))));
        Json::Object(members)
    };
    let mut out = String::new();
    Json::List(changes.iter().map(object).collect()).write(&mut out);
    out
}

/// The changes of a text that [`write()`] made.
pub(super) fn read(number: i64, text: &str) -> Result<Vec<Requested>, StoreError> {
    let corrupt = || StoreError::Corrupt(format!("change request {number} can't be read"));
    let Ok(Json::List(items)) = json::parse(text) else {
        return Err(corrupt());
    };
    items.into_iter().map(|item| of_json(item).ok_or_else(corrupt)).collect()
}

fn of_json(item: Json) -> Option<Requested> {
    let Json::Object(mut members) = item else {
        return None;
    };
    let number = |value: Option<Json>| match value {
        Some(Json::Number(digits)) => digits.parse::<i64>().ok(),
        _ => None,
    };
    let object = |value: Option<Json>| match value {
        Some(Json::Object(members)) => Some(members),
        _ => None,
    };
    let text = |value: Option<Json>| match value {
        Some(Json::Text(text)) => Some(text),
        _ => None,
    };
    Some(Requested {
        type_name: text(members.remove("type"))?,
        action: RequestedAction::of_word(&text(members.remove("action"))?)?,
        id: number(members.remove("id")).map(RecordId),
        base_revision: number(members.remove("revision")).map(Revision),
        base: object(members.remove("base")),
        proposed: object(members.remove("proposed"))?,
    })
}

/// The changes of a check that nobody asked for, and that those asked for take along.
pub(super) fn taken_along(checked: &Checked) -> Vec<&CheckedChange> {
    let asked: BTreeSet<&Name> = checked.subjects.iter().collect();
    let changes = checked.changes.iter();
    changes.filter(|change| !asked.contains(&(change.type_index, change.id))).collect()
}
