//! What somebody asks of the history, and what a change is in their eyes.

use std::collections::BTreeMap;

use crate::json::Json;
use crate::record::{CommitNumber, RecordId};
use crate::value::fold;

/// Which changes somebody asks for; all that is named must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// Of records of this type, today's or one that is gone.
    pub type_name: Option<String>,
    /// Of records with this id.
    pub id: Option<RecordId>,
    /// By this actor.
    pub actor: Option<String>,
    /// Through this origin.
    pub origin: Option<String>,
    /// Asked for by this request.
    pub request_id: Option<String>,
    /// In commits after this one.
    pub after: Option<CommitNumber>,
    /// In commits before this one.
    pub before: Option<CommitNumber>,
    /// That gave this field another value.
    pub field: Option<String>,
    /// With this text, case folded, in their reason or in a value.
    pub search: Option<String>,
    /// Whether all values of their records are wanted, and not the changed ones and the key alone.
    pub snapshot: bool,
}

/// The values of a change, by the names of fields.
pub type Values = BTreeMap<String, Json>;

/// What happened to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It was added.
    Added,
    /// It was changed.
    Updated,
    /// It was deleted.
    Deleted,
    /// What happened to it until then is known no more: it stood so when that was folded.
    Folded,
}

impl ChangeKind {
    /// What a change from one state to another was.
    pub fn between<T>(before: Option<&T>, after: Option<&T>) -> Self {
        match (before, after) {
            (None, _) => Self::Added,
            (Some(_), None) => Self::Deleted,
            (Some(_), Some(_)) => Self::Updated,
        }
    }

    /// The sign that stands for it, as django-simple-history has it.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Added => "+",
            Self::Updated => "~",
            Self::Deleted => "-",
            Self::Folded => "=",
        }
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Added => "Added",
            Self::Updated => "Updated",
            Self::Deleted => "Deleted",
            Self::Folded => "Folded",
        }
    }
}

/// A field that a change gave another value; null where it had or got none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// Its name.
    pub field: String,
    /// Its value before.
    pub before: Json,
    /// Its value after.
    pub after: Json,
}

/// The fields that a change gave other values, by name: all that had or got one, where the record
/// was added or deleted.
pub fn field_changes(before: Option<&Values>, after: Option<&Values>) -> Vec<FieldChange> {
    let none = Values::new();
    let (before, after) = (before.unwrap_or(&none), after.unwrap_or(&none));
    let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let value = |values: &Values, name: &str| values.get(name).cloned().unwrap_or(Json::Null);
    names
        .into_iter()
        .map(|name| FieldChange {
            field: name.clone(),
            before: value(before, name),
            after: value(after, name),
        })
        .filter(|change| change.before != change.after)
        .collect()
}

/// What a change took out of a list of references, and what it put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListChange<'a> {
    /// What was taken out.
    pub removed: Vec<&'a Json>,
    /// What was put in.
    pub added: Vec<&'a Json>,
}

/// What a change did to a list of references; `None` where a value is no list. A record keeps no
/// empty lists, so that null stands for one.
pub fn list_change(change: &FieldChange) -> Option<ListChange<'_>> {
    fn items(value: &Json) -> Option<&[Json]> {
        match value {
            Json::List(items) => Some(items),
            Json::Null => Some(&[]),
            Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::Object(_) => None,
        }
    }
    fn only<'a>(of: &'a [Json], other: &[Json]) -> Vec<&'a Json> {
        of.iter().filter(|item| !other.contains(item)).collect()
    }
    let (old, new) = (items(&change.before)?, items(&change.after)?);
    Some(ListChange { removed: only(old, new), added: only(new, old) })
}

impl Question {
    /// Whether a change answers what only its values and its reason tell: the field and the text
    /// that are asked for.
    pub fn is_answered_by(
        &self,
        reason: Option<&str>,
        before: Option<&Values>,
        after: Option<&Values>,
    ) -> bool {
        let has_field = self.field.as_ref().is_none_or(|field| {
            let value =
                |values: Option<&Values>| values.and_then(|values| values.get(field).cloned());
            value(before) != value(after)
        });
        let has_text = self.search.as_ref().is_none_or(|text| {
            let text = fold(text);
            let values = before.into_iter().chain(after).flat_map(Values::values);
            reason.is_some_and(|reason| fold(reason).contains(&text))
                || values.into_iter().any(|value| mentions(value, &text))
        });
        has_field && has_text
    }
}

/// Whether some text or number in a value contains a folded text.
fn mentions(value: &Json, folded: &str) -> bool {
    match value {
        Json::Text(text) => fold(text).contains(folded),
        Json::Number(text) => text.contains(folded),
        Json::List(items) => items.iter().any(|item| mentions(item, folded)),
        Json::Object(members) => members.values().any(|item| mentions(item, folded)),
        Json::Null | Json::Bool(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, Json)]) -> Values {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    fn list(items: &[&str]) -> Json {
        Json::List(items.iter().map(|item| Json::text(*item)).collect())
    }

    #[test]
    fn a_change_tells_the_fields_that_differ() {
        let before = values(&[("a", Json::text("1")), ("b", Json::text("2"))]);
        let after = values(&[("b", Json::text("2")), ("c", Json::text("3"))]);
        let names = |before, after| -> Vec<String> {
            field_changes(before, after).into_iter().map(|change| change.field).collect()
        };
        assert_eq!(names(Some(&before), Some(&after)), ["a", "c"]);
        assert_eq!(names(None, Some(&after)), ["b", "c"]);
        assert_eq!(names(Some(&before), None), ["a", "b"]);
        assert!(names(None, None).is_empty());
    }

    #[test]
    fn a_list_tells_what_went_and_what_came() {
        let change = |before, after| FieldChange { field: "tags".to_owned(), before, after };
        let both = change(list(&["a", "b"]), list(&["b", "c"]));
        let told = list_change(&both).unwrap();
        assert_eq!(told.removed, [&Json::text("a")]);
        assert_eq!(told.added, [&Json::text("c")]);
        let first = change(Json::Null, list(&["a"]));
        assert!(list_change(&first).unwrap().removed.is_empty());
        assert_eq!(list_change(&change(Json::Null, Json::text("a"))), None);
    }

    #[test]
    fn a_question_by_field_and_text_is_answered_by_values_and_reason() {
        let before = values(&[("state", Json::text("Active"))]);
        let after =
            values(&[("state", Json::text("failed")), ("units", Json::Number("42".to_owned()))]);
        let answers = |question: &Question| {
            question.is_answered_by(Some("Disk Ärger"), Some(&before), Some(&after))
        };
        let by_field =
            |field: &str| Question { field: Some(field.to_owned()), ..Question::default() };
        assert!(answers(&by_field("state")) && answers(&by_field("units")));
        assert!(!answers(&by_field("name")));
        for (text, expected) in
            [("ACTIVE", true), ("ärger", true), ("42", true), ("state", false), ("gone", false)]
        {
            let question = Question { search: Some(text.to_owned()), ..Question::default() };
            assert_eq!(answers(&question), expected, "{text}");
        }
    }
}
