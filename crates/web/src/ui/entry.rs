//! Entries of the history, as a timeline shows them.

use app::audit::label;
use app::past::ToldEntry;
use domain::history::{ChangeKind, FieldChange, field_changes, list_change};
use domain::json::Json;
use domain::review::Passage;
use domain::schema::{Schema, Type};

use super::cell::{Moment, told};
use super::shell::list_path;

/// An entry of the history.
pub(crate) struct ShownEntry {
    pub(crate) at: Moment,
    pub(crate) actor: String,
    /// What was done: `changed`.
    pub(crate) verb: &'static str,
    /// The record's type, name and page.
    pub(crate) type_label: String,
    pub(crate) record: String,
    pub(crate) href: String,
    pub(crate) commit: i64,
    pub(crate) revision: i64,
    pub(crate) reason: String,
    pub(crate) passage: String,
    pub(crate) fields: Vec<ShownField>,
}

/// A field that a change gave another value.
pub(crate) struct ShownField {
    pub(crate) label: String,
    pub(crate) before: String,
    pub(crate) after: String,
    /// Items of a list that came and went, in the place of before and after.
    pub(crate) removed: Vec<String>,
    pub(crate) added: Vec<String>,
}

impl ShownEntry {
    pub(crate) fn of(schema: &Schema, entry: &ToldEntry) -> Self {
        let (commit, change) = (&entry.entry.commit, &entry.entry.entry);
        let of = schema.named(&change.type_name);
        let values = entry.after.as_ref().or(entry.before.as_ref());
        let record = values.and_then(|values| label(schema, &change.type_name, values));
        let changes = match entry.kind {
            ChangeKind::Updated => field_changes(entry.before.as_ref(), entry.after.as_ref()),
            ChangeKind::Added | ChangeKind::Deleted | ChangeKind::Folded => Vec::new(),
        };
        Self {
            at: Moment::of(commit.at),
            actor: commit.actor.clone(),
            verb: match entry.kind {
                ChangeKind::Added => "added",
                ChangeKind::Updated => "changed",
                ChangeKind::Deleted => "deleted",
                ChangeKind::Folded => "is known since it stood as",
            },
            type_label: of.map_or_else(|| change.type_name.clone(), |of| of.label.clone()),
            record: record.unwrap_or_else(|| format!("#{}", change.id)),
            href: of.map(|of| format!("{}{}/", list_path(of), change.id)).unwrap_or_default(),
            commit: commit.number.0,
            revision: change.revision.0,
            reason: commit.reason.clone().unwrap_or_default(),
            passage: passage(&commit.passage),
            fields: changes.iter().map(|change| shown_field(of, change)).collect(),
        }
    }
}

/// A field that a change of a record of a type gave another value.
pub(super) fn shown_field(of: Option<&Type>, change: &FieldChange) -> ShownField {
    let field = of.and_then(|of| of.field_named(&change.field));
    let is_list = field.is_some_and(|field| field.kind.is_refs());
    let list = if is_list { list_change(change) } else { None };
    let items = |items: &[&Json]| items.iter().map(|item| told(item)).collect::<Vec<_>>();
    ShownField {
        label: field.map_or_else(|| change.field.clone(), |field| field.label.clone()),
        before: told(&change.before),
        after: told(&change.after),
        removed: list.as_ref().map(|list| items(&list.removed)).unwrap_or_default(),
        added: list.as_ref().map(|list| items(&list.added)).unwrap_or_default(),
    }
}

/// How a change came past the review; empty where there was none.
pub(super) fn passage(passage: &Passage) -> String {
    match (passage.is_bypass, passage.approved_by.as_slice()) {
        (true, _) => "past the review".to_owned(),
        (false, []) => String::new(),
        (false, by) => format!("approved by {}", by.join(", ")),
    }
}
