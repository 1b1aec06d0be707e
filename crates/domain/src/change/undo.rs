//! The opposite of a change: what takes it back, or what stands in the way.

use super::{Action, FieldsInput, Target, Unnamed};
use crate::history::{Values, field_changes};
use crate::json::Json;
use crate::record::RecordId;
use crate::schema::{Field, Type};

/// What taking a change back comes to.
#[derive(Clone, Debug)]
pub enum Undo {
    /// All is as it was already.
    Nothing,
    /// This does it.
    Action(Action),
    /// Something else has happened since.
    Blocked(Vec<Obstacle>),
}

/// What stands in the way of taking a change back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// The field; `None` for the record as a whole.
    pub field: Option<String>,
    /// What is wrong, for people.
    pub why: String,
}

impl Obstacle {
    fn of_record(why: &str) -> Self {
        Self { field: None, why: why.to_owned() }
    }

    fn of_field(field: &str, why: String) -> Self {
        Self { field: Some(field.to_owned()), why }
    }
}

/// The opposite of a change that left a record with the values `after` where it had `before`, for
/// the record as it is `now`. A field that has changed since is not overwritten.
pub fn undo(
    of: &Type,
    id: RecordId,
    (before, after): (Option<&Values>, Option<&Values>),
    now: Option<&Values>,
) -> Undo {
    match (before, after, now) {
        (Some(before), None, None) => {
            Undo::Action(Action::Restore { id, fields: all_fields(of, before) })
        }
        (_, None, Some(_)) => blocked("it is there again, though it was deleted"),
        (None, Some(_) | None, None) => Undo::Nothing,
        (None, Some(after), Some(now)) => {
            let since = changed_since(of, after, now);
            if since.is_empty() {
                Undo::Action(Action::Delete { target: Target::Id(id) })
            } else {
                Undo::Blocked(since)
            }
        }
        (Some(_), Some(_), None) => blocked("it has been deleted since"),
        (Some(before), Some(after), Some(now)) => undo_update(of, id, before, after, now),
    }
}

fn blocked(why: &str) -> Undo {
    Undo::Blocked(vec![Obstacle::of_record(why)])
}

/// The fields of a record that have other values than a change left it with.
fn changed_since(of: &Type, after: &Values, now: &Values) -> Vec<Obstacle> {
    let changes = field_changes(Some(after), Some(now)).into_iter();
    changes
        .filter(|change| {
            let field = of.field_named(&change.field);
            field.is_some_and(|field| !is_same(field, &change.before, &change.after))
        })
        .map(|change| since(&change.field, &change.before, &change.after))
        .collect()
}

fn since(field: &str, left: &Json, now: &Json) -> Obstacle {
    Obstacle::of_field(field, format!("It has changed since, from {left} to {now}."))
}

fn undo_update(of: &Type, id: RecordId, before: &Values, after: &Values, now: &Values) -> Undo {
    let null = Json::Null;
    let (mut fields, mut obstacles) = (FieldsInput::new(), Vec::new());
    for change in field_changes(Some(before), Some(after)) {
        let Some(field) = of.field_named(&change.field) else {
            let why = "The schema has no such field any more.".to_owned();
            obstacles.push(Obstacle::of_field(&change.field, why));
            continue;
        };
        let found = now.get(&change.field).unwrap_or(&null);
        if is_same(field, found, &change.before) {
            continue;
        }
        if is_same(field, found, &change.after) {
            fields.insert(change.field, input(field, &change.before));
        } else {
            obstacles.push(since(&change.field, &change.after, found));
        }
    }
    if !obstacles.is_empty() {
        Undo::Blocked(obstacles)
    } else if fields.is_empty() {
        Undo::Nothing
    } else {
        let target = Target::Id(id);
        Undo::Action(Action::Update { target, fields, unnamed: Unnamed::Keep })
    }
}

/// What makes a record what it was at some revision: an update of the one that is there, or its
/// return.
pub fn return_to(of: &Type, id: RecordId, values: &Values, is_there: bool) -> Action {
    let fields = all_fields(of, values);
    if is_there {
        Action::Update { target: Target::Id(id), fields, unnamed: Unnamed::Keep }
    } else {
        Action::Restore { id, fields }
    }
}

/// Every field of a type with the value it had; null where it had none.
fn all_fields(of: &Type, values: &Values) -> FieldsInput {
    let null = Json::Null;
    of.fields
        .iter()
        .map(|field| {
            let value = values.get(field.name.as_str()).unwrap_or(&null);
            (field.name.to_string(), input(field, value))
        })
        .collect()
}

/// A kept value as an input: references by id, whatever they are called today.
fn input(field: &Field, kept: &Json) -> Json {
    match (field.kind.target(), kept) {
        (Some(_), Json::Object(members)) => members.get("id").cloned().unwrap_or(Json::Null),
        (Some(_), Json::List(items)) => {
            Json::List(items.iter().map(|item| input(field, item)).collect())
        }
        (Some(_), _) if field.kind.is_refs() => Json::List(Vec::new()),
        (_, other) => other.clone(),
    }
}

/// Whether two kept values are the same; references are by their ids, whatever they are called.
fn is_same(field: &Field, one: &Json, other: &Json) -> bool {
    input(field, one) == input(field, other)
}
