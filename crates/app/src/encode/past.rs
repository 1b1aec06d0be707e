//! The past as it is sent: entries of the history, differences, lines of the audit and commits, as
//! JSON objects.

use domain::history::{ChangeKind, FieldChange, Values, field_changes, hex, list_change};
use domain::record::{Record, RecordId};
use domain::review::Passage;
use domain::schema::{Schema, Type};
use domain::value::datetime_text;

use super::list_url;
use super::object::Object;
use crate::audit::{AuditEntry, label};
use crate::diff::Difference;
use crate::past::{ToldCommit, ToldEntry};

/// Writes what is told of the past.
#[derive(Clone, Copy, Debug)]
pub struct PastEncoder<'a> {
    /// Today's schema.
    pub schema: &'a Schema,
    /// What addresses of records begin with (`https://host`).
    pub base_url: &'a str,
}

impl PastEncoder<'_> {
    /// Appends an entry of the history; with the whole record as it then was, if that is wanted.
    pub fn entry(&self, told: &ToldEntry, with_snapshot: bool, out: &mut String) {
        let (commit, change) = (&told.entry.commit, &told.entry.entry);
        let values = told.after.as_ref().or(told.before.as_ref());
        let mut object = Object::begin(out);
        object.number("commit", commit.number.0);
        self.record(&change.type_name, change.id, values, &mut object);
        object.number("revision", change.revision.0);
        object.text("change", told.kind.sign());
        object.text("action", told.kind.word());
        object.text("at", &datetime_text(commit.at));
        actor(&commit.actor, commit.token.as_deref(), &mut object);
        // Folding lets go of the origin; an empty one says that nobody knows it any more.
        object.text_or_null("origin", Some(commit.origin.as_str()).filter(|text| !text.is_empty()));
        object.text_or_null("reason", commit.reason.as_deref());
        object.text_or_null("request_id", commit.request_id.as_deref());
        passage(&commit.passage, &mut object);
        object.member("fields", |out| self.fields(told, out));
        if with_snapshot {
            object.member("snapshot", |out| write_values(values, out));
        }
        object.end();
    }

    /// Appends what differs of a record between two moments.
    pub fn difference(&self, difference: &Difference, out: &mut String) {
        let of = self.schema.get(difference.type_index);
        let (before, after) = (difference.before.as_ref(), difference.after.as_ref());
        let mut object = Object::begin(out);
        let key = after.or(before).map(|record| super::display(of, record));
        named(self.base_url, (of, difference.id), &key.unwrap_or_default(), &mut object);
        object.text("change", ChangeKind::between(before, after).sign());
        object.member("fields", |out| {
            write_changes(Some(of), &self.changes(of, difference), out);
        });
        object.end();
    }

    /// The fields that differ; a reference does where it leads elsewhere, not where what it leads
    /// to is called otherwise.
    pub fn changes(&self, of: &Type, difference: &Difference) -> Vec<FieldChange> {
        let values = |record: Option<&Record>| record.map(|record| self.values(of, record));
        let (before, after) = (difference.before.as_ref(), difference.after.as_ref());
        let mut changes = field_changes(values(before).as_ref(), values(after).as_ref());
        if let (Some(before), Some(after)) = (before, after) {
            changes.retain(|change| {
                let field = of.field_named(&change.field).map(|field| field.index);
                field.is_some_and(|field| before.fields.get(field) != after.fields.get(field))
            });
        }
        changes
    }

    fn values(&self, of: &Type, record: &Record) -> Values {
        crate::revert::kept_values(self.schema, of, record).unwrap_or_default()
    }

    /// Appends a line of the audit.
    pub fn audit(&self, entry: &AuditEntry, out: &mut String) {
        let mut object = Object::begin(out);
        object.text("at", &datetime_text(entry.at));
        actor(&entry.actor, entry.token.as_deref(), &mut object);
        object.text_or_null("origin", Some(entry.origin.as_str()).filter(|text| !text.is_empty()));
        object.text("action", &entry.action);
        object.text("subject", &entry.subject);
        object.text_or_null("reason", entry.reason.as_deref());
        object.text_or_null("request_id", entry.request_id.as_deref());
        passage(&entry.passage, &mut object);
        match &entry.change {
            Some(change) => {
                object.number("commit", change.commit.0);
                object.text("type", &change.type_name);
                object.number("id", change.id.0);
                let url = self.url(&change.type_name, change.id);
                object.text_or_null("url", url.as_deref());
            }
            None => ["commit", "type", "id", "url"]
                .iter()
                .for_each(|name| object.text_or_null(name, None)),
        }
        object.end();
    }

    /// Appends a commit: `next` leads to more of its changes than the `results`.
    pub fn commit(
        &self,
        told: &ToldCommit,
        results: &[ToldEntry],
        next: Option<&str>,
        out: &mut String,
    ) {
        let commit = &told.kept.commit;
        let mut object = Object::begin(out);
        object.number("number", commit.number.0);
        object.text("at", &datetime_text(commit.at));
        actor(&commit.actor, commit.token.as_deref(), &mut object);
        object.text_or_null("origin", Some(commit.origin.as_str()).filter(|text| !text.is_empty()));
        object.text_or_null("reason", commit.reason.as_deref());
        object.text_or_null("request_id", commit.request_id.as_deref());
        passage(&commit.passage, &mut object);
        object.text("hash", &hex(&told.kept.hash));
        object.member("folded", |out| out.push_str(if told.is_folded { "true" } else { "false" }));
        match commit.fold {
            Some(fold) => object.number("folds_to", fold.to.0),
            None => object.text_or_null("folds_to", None),
        }
        object.number("changes", i64::try_from(told.changes).unwrap_or(i64::MAX));
        object.text_or_null("next", next);
        object.member("results", |out| {
            write_list(results, out, |told, out| self.entry(told, false, out));
        });
        object.end();
    }

    fn record(
        &self,
        type_name: &str,
        id: RecordId,
        values: Option<&Values>,
        object: &mut Object<'_>,
    ) {
        let key = values.and_then(|values| label(self.schema, type_name, values));
        let key = key.unwrap_or_else(|| id.to_string());
        if let Some(of) = self.schema.named(type_name) {
            named(self.base_url, (of, id), &key, object);
        } else {
            object.text("type", type_name);
            object.number("id", id.0);
            object.text_or_null("url", None);
            object.text("display", &key);
        }
    }

    fn url(&self, type_name: &str, id: RecordId) -> Option<String> {
        Some(record_url(self.base_url, self.schema.named(type_name)?, id))
    }

    fn fields(&self, told: &ToldEntry, out: &mut String) {
        let changes = if told.kind == ChangeKind::Folded {
            Vec::new()
        } else {
            field_changes(told.before.as_ref(), told.after.as_ref())
        };
        write_changes(self.schema.named(&told.entry.entry.type_name), &changes, out);
    }
}

/// Appends a list.
pub fn write_list<T>(items: &[T], out: &mut String, write: impl Fn(&T, &mut String)) {
    out.push('[');
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        write(item, out);
    }
    out.push(']');
}

pub(super) fn record_url(base_url: &str, of: &Type, id: RecordId) -> String {
    format!("{}{id}/", list_url(base_url, of))
}

pub(super) fn named(
    base_url: &str,
    (of, id): (&Type, RecordId),
    key: &str,
    object: &mut Object<'_>,
) {
    object.text("type", of.name.as_str());
    object.number("id", id.0);
    object.text("url", &record_url(base_url, of, id));
    object.text("display", key);
}

pub(super) fn actor(user: &str, token: Option<&str>, object: &mut Object<'_>) {
    object.member("actor", |out| {
        let mut actor = Object::begin(out);
        actor.text("user", user);
        actor.text_or_null("token", token);
        actor.end();
    });
}

/// How a commit came past the review.
pub(super) fn passage(passage: &Passage, object: &mut Object<'_>) {
    object.texts("approved_by", &passage.approved_by);
    object.truth("bypass", passage.is_bypass);
}

/// The fields by name: before and after, or of a list of references what went and what came.
fn write_changes(of: Option<&Type>, changes: &[FieldChange], out: &mut String) {
    let mut object = Object::begin(out);
    for change in changes {
        let field = of.and_then(|of| of.field_named(&change.field));
        let list = field.filter(|field| field.kind.is_refs()).and_then(|_| list_change(change));
        object.member(&change.field, |out| {
            let mut object = Object::begin(out);
            if let Some(list) = &list {
                for (name, items) in [("removed", &list.removed), ("added", &list.added)] {
                    object.member(name, |out| write_list(items, out, |item, out| item.write(out)));
                }
            } else {
                object.member("before", |out| change.before.write(out));
                object.member("after", |out| change.after.write(out));
            }
            object.end();
        });
    }
    object.end();
}

/// All values by the names of their fields; null where there is no record.
pub(super) fn write_values_or_null(values: Option<&Values>, out: &mut String) {
    if values.is_some() { write_values(values, out) } else { out.push_str("null") }
}

fn write_values(values: Option<&Values>, out: &mut String) {
    let mut object = Object::begin(out);
    for (name, value) in values.into_iter().flatten() {
        object.member(name, |out| value.write(out));
    }
    object.end();
}
