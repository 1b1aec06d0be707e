//! What is asked for, beside what was when it was asked for, and what is now: three values a field.
//!
//! A field that the request does not change stays as others left it. A list of references is merged
//! item by item. Anything else that both changed is a conflict, which whoever asked solves.

use std::collections::{BTreeMap, BTreeSet};

use crate::history::Values;
use crate::json::Json;
use crate::record::{RecordId, Revision};
use crate::schema::Type;

/// A change of one record that is asked for, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requested {
    /// The name of the record's type.
    pub type_name: String,
    /// Its id; `None` of one that is to be added.
    pub id: Option<RecordId>,
    /// What is to be done.
    pub action: RequestedAction,
    /// The revision that the record had.
    pub base_revision: Option<Revision>,
    /// The whole record as it was; `None` of one that was not there.
    pub base: Option<Values>,
    /// The values that are to be given, null for none: of an update, the fields that it changes.
    pub proposed: Values,
}

/// What is to be done with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestedAction {
    /// It is added.
    Add,
    /// It is changed.
    Update,
    /// It is deleted.
    Delete,
    /// It comes back with the id that it had.
    Restore,
}

impl RequestedAction {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Restore => "restore",
        }
    }

    /// The action of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        [Self::Add, Self::Update, Self::Delete, Self::Restore]
            .into_iter()
            .find(|action| action.word() == word)
    }
}

/// A field of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComparedField {
    /// Its name.
    pub name: String,
    /// Its value when the change was asked for.
    pub before: Json,
    /// The value that is asked for; that of [`Self::before`] where nothing is.
    pub proposed: Json,
    /// Its value now.
    pub current: Json,
    /// The value that it would get.
    pub result: Json,
    /// How these compare.
    pub comparison: Comparison,
    /// Whether the request asks for something of this field.
    pub is_touched: bool,
}

/// How a field compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// It has the value that is asked for.
    Same,
    /// It would change, from what it was when that was asked for.
    Changed,
    /// Others changed it since: it stays so, or is merged.
    MovedSince,
    /// Others changed it since, to something else than what is asked for.
    Conflict,
}

impl Comparison {
    /// The words for it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Changed => "changed",
            Self::MovedSince => "moved since",
            Self::Conflict => "conflict",
        }
    }
}

/// Why a change can't be made whatever its fields say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The record is gone.
    Gone,
    /// The record that was to come back is there.
    There,
    /// The schema has no such type any more.
    NoType,
}

/// A change beside what is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// The fields that it touches, and those that others changed since.
    pub fields: Vec<ComparedField>,
    /// Why it can't be made at all.
    pub obstacle: Option<Obstacle>,
}

/// How a conflict is solved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// By what was asked for.
    Mine,
    /// By what others made of it.
    Theirs,
    /// By another value.
    Value(Json),
}

impl Compared {
    /// Whether it can't be applied before somebody solves something.
    pub fn has_conflict(&self) -> bool {
        self.obstacle.is_some()
            || self.fields.iter().any(|field| field.comparison == Comparison::Conflict)
    }

    /// The values to write: of the fields that are touched and not as asked for already.
    pub fn outcome(&self) -> Values {
        let written = self.fields.iter().filter(|field| field.is_touched);
        written.map(|field| (field.name.clone(), field.result.clone())).collect()
    }

    /// Appends what a decision is about: what the touched fields were, shall be and are. What
    /// records are called that they refer to is not part of it.
    pub fn write_seen(&self, of: Option<&Type>, out: &mut String) {
        out.push_str(match self.obstacle {
            None => "ready",
            Some(Obstacle::Gone) => "gone",
            Some(Obstacle::There) => "there",
            Some(Obstacle::NoType) => "no type",
        });
        for field in self.fields.iter().filter(|field| field.is_touched) {
            let is_reference = is_reference(of, &field.name);
            let values = [&field.before, &field.proposed, &field.current];
            let values = values.map(|value| essence(is_reference, value));
            Json::List([vec![Json::text(field.name.as_str())], values.to_vec()].concat())
                .write(out);
        }
    }
}

fn is_reference(of: Option<&Type>, name: &str) -> bool {
    let field = of.and_then(|of| of.field_named(name));
    field.is_some_and(|field| field.kind.target().is_some())
}

/// What two values have in common that mean the same: of references, the ids alone.
fn essence(is_reference: bool, value: &Json) -> Json {
    match value {
        Json::List(items) if is_reference => {
            let mut items: Vec<Json> = items.iter().map(|item| essence(true, item)).collect();
            items.sort_by_key(text);
            if items.is_empty() { Json::Null } else { Json::List(items) }
        }
        Json::Object(members) if is_reference && members.contains_key("id") => {
            members.get("id").cloned().unwrap_or(Json::Null)
        }
        Json::Null
        | Json::Bool(_)
        | Json::Number(_)
        | Json::Text(_)
        | Json::List(_)
        | Json::Object(_) => value.clone(),
    }
}

fn text(value: &Json) -> String {
    let mut out = String::new();
    value.write(&mut out);
    out
}

/// Compares a change with the record as it is now. `of` is its type in today's schema.
pub fn compare(of: Option<&Type>, requested: &Requested, current: Option<&Values>) -> Compared {
    let obstacle = match (requested.action, of, current) {
        (_, None, _) => Some(Obstacle::NoType),
        (RequestedAction::Update | RequestedAction::Delete, _, None) => Some(Obstacle::Gone),
        (RequestedAction::Restore, _, Some(_)) => Some(Obstacle::There),
        _ => None,
    };
    let none = Values::new();
    let (base, now) = (requested.base.as_ref().unwrap_or(&none), current.unwrap_or(&none));
    let is_delete = requested.action == RequestedAction::Delete;
    let names: BTreeSet<&String> = if requested.action == RequestedAction::Update || is_delete {
        base.keys().chain(now.keys()).chain(requested.proposed.keys()).collect()
    } else {
        requested.proposed.keys().collect()
    };
    let fields = names.into_iter().filter_map(|name| {
        let value = |values: &Values| values.get(name).cloned().unwrap_or(Json::Null);
        let (before, current) = (value(base), value(now));
        let asked = requested.proposed.get(name).cloned();
        let asked = if is_delete { Some(Json::Null) } else { asked };
        compare_field(of, name, [before, current], asked, is_delete || obstacle.is_some())
    });
    Compared { fields: fields.collect(), obstacle }
}

/// Compares a field; `None` where it is not touched, and nobody else changed it.
fn compare_field(
    of: Option<&Type>,
    name: &str,
    [before, current]: [Json; 2],
    asked: Option<Json>,
    is_whole: bool,
) -> Option<ComparedField> {
    let is_reference = is_reference(of, name);
    let same =
        |one: &Json, other: &Json| essence(is_reference, one) == essence(is_reference, other);
    let is_moved = !same(&before, &current);
    let is_touched = asked.is_some();
    let proposed = asked.unwrap_or_else(|| before.clone());
    let (comparison, result) = if !is_touched {
        if !is_moved {
            return None;
        }
        (Comparison::MovedSince, current.clone())
    } else if is_whole {
        // The record as a whole goes, or is not there: what others made of a field is shown, and
        // stands in nobody's way.
        let moved = if is_moved { Comparison::MovedSince } else { Comparison::Changed };
        (moved, proposed.clone())
    } else if same(&proposed, &current) {
        (Comparison::Same, current.clone())
    } else if !is_moved {
        (Comparison::Changed, proposed.clone())
    } else {
        match merge(is_reference, &before, &proposed, &current) {
            Some(merged) if same(&merged, &current) => (Comparison::Same, merged),
            Some(merged) => (Comparison::MovedSince, merged),
            None => (Comparison::Conflict, current.clone()),
        }
    };
    let name = name.to_owned();
    Some(ComparedField { name, before, proposed, current, result, comparison, is_touched })
}

/// What both did to a list of references: what is there now, less what was taken out, and what was
/// put in. `None` for anything else.
fn merge(is_reference: bool, before: &Json, proposed: &Json, current: &Json) -> Option<Json> {
    fn items(value: &Json) -> Option<&[Json]> {
        match value {
            Json::List(items) => Some(items),
            Json::Null => Some(&[]),
            Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::Object(_) => None,
        }
    }
    let is_list = [before, proposed, current].iter().any(|value| matches!(value, Json::List(_)));
    if !is_reference || !is_list {
        return None;
    }
    let (old, new, now) = (items(before)?, items(proposed)?, items(current)?);
    let has = |items: &[Json], item: &Json| {
        items.iter().any(|other| essence(true, other) == essence(true, item))
    };
    let kept = now.iter().filter(|item| has(new, item) || !has(old, item));
    let added = new.iter().filter(|item| !has(old, item) && !has(now, item));
    Some(Json::List(kept.chain(added).cloned().collect()))
}

/// A change as it would be asked for today, with its conflicts solved.
///
/// # Errors
/// The fields whose conflicts are not, or why there is nothing to solve.
pub fn rebase(
    of: Option<&Type>,
    requested: &Requested,
    (revision, current): (Option<Revision>, Option<&Values>),
    solved: &BTreeMap<String, Resolution>,
) -> Result<Requested, Vec<String>> {
    let compared = compare(of, requested, current);
    let mut unsolved = Vec::new();
    let mut proposed = Values::new();
    for field in compared.fields.iter().filter(|field| field.is_touched) {
        let value = match (field.comparison, solved.get(&field.name)) {
            (Comparison::Same, _) | (Comparison::Conflict, Some(Resolution::Theirs)) => continue,
            (Comparison::Conflict, None) => {
                unsolved.push(field.name.clone());
                continue;
            }
            (Comparison::Conflict, Some(Resolution::Mine)) => field.proposed.clone(),
            (Comparison::Conflict, Some(Resolution::Value(value))) => value.clone(),
            (Comparison::Changed | Comparison::MovedSince, _) => field.result.clone(),
        };
        proposed.insert(field.name.clone(), value);
    }
    if requested.action == RequestedAction::Delete {
        proposed.clear();
    }
    if !unsolved.is_empty() {
        return Err(unsolved);
    }
    let (base, base_revision) = (current.cloned(), revision);
    Ok(Requested { base_revision, base, proposed, ..requested.clone() })
}

#[cfg(test)]
mod tests;
