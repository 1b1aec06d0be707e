//! Events as CloudEvents 1.0 in JSON.
//!
//! *Source:* CloudEvents 1.0.2 with its JSON event format; `partitionkey` is its partitioning
//! extension.

use domain::event::{EventKind, subject};
use domain::history::{Values, field_changes, hex};
use domain::json::write_text;
use domain::record::{Record, RecordId, Revision, Timestamp};
use domain::schema::Schema;
use domain::value::datetime_text;
use sql::StoreError;

use super::object::Object;
use super::past::{actor, passage, write_values_or_null};
use super::write_list;
use crate::audit::label;
use crate::events::{Changed, Event};
use crate::revert::kept_values;

/// What events say they come from where the register's address is not known.
pub const SOURCE_DEFAULT: &str = "/domesday";

/// Writes events. The same event has the same text whenever it is written.
#[derive(Clone, Copy, Debug)]
pub struct EventEncoder<'a> {
    /// Today's schema.
    pub schema: &'a Schema,
    /// What they come from: the register's own address, or [`SOURCE_DEFAULT`].
    pub source: &'a str,
}

impl EventEncoder<'_> {
    /// An event as one JSON text.
    pub fn text(&self, event: &Event) -> String {
        let mut out = String::new();
        self.write(event, &mut out);
        out
    }

    /// Appends an event.
    pub fn write(&self, event: &Event, out: &mut String) {
        let mut object = Object::begin(out);
        object.text("specversion", "1.0");
        object.text("id", &event.place().to_string());
        object.text("source", self.source);
        match event {
            Event::Changed(changed) => {
                let entry = &changed.told.entry;
                let subject = subject(&entry.entry.type_name, entry.entry.id);
                object.text("type", changed.kind().word());
                object.text("subject", &subject);
                object.text("time", &datetime_text(entry.commit.at));
                object.text("datacontenttype", "application/json");
                object.text("partitionkey", &subject);
                object.member("data", |out| self.changed(changed, out));
            }
            Event::Folded { place, at } => {
                object.text("type", EventKind::Folded.word());
                object.text("time", &datetime_text(*at));
                object.text("datacontenttype", "application/json");
                object.member("data", |out| {
                    let mut data = Object::begin(out);
                    data.number("folded_to", place.commit.0);
                    data.end();
                });
            }
        }
        object.end();
    }

    /// How a record stands after its change, as text; `None` when it is gone. A snapshot tells the
    /// same of it.
    pub fn state(&self, changed: &Changed) -> Option<String> {
        let entry = &changed.told.entry;
        let values = changed.told.after.as_ref()?;
        let id = (entry.entry.type_name.as_str(), entry.entry.id, entry.entry.revision);
        Some(self.state_text(id, (entry.commit.at, &entry.commit.actor), values))
    }

    /// How a record stands, as text.
    ///
    /// # Errors
    /// When its values can't be told, which is a fault of ours.
    pub fn state_of(&self, record: &Record) -> Result<String, StoreError> {
        let of = self.schema.get(record.type_index);
        let values = kept_values(self.schema, of, record)?;
        let id = (of.name.as_str(), record.id, record.revision);
        Ok(self.state_text(id, (record.updated_at, &record.changed_by), &values))
    }

    fn state_text(
        &self,
        (type_name, id, revision): (&str, RecordId, Revision),
        (at, by): (Timestamp, &str),
        values: &Values,
    ) -> String {
        let mut out = String::new();
        let mut object = Object::begin(&mut out);
        object.text("type", type_name);
        object.number("id", id.0);
        object.text_or_null("key", label(self.schema, type_name, values).as_deref());
        object.number("revision", revision.0);
        object.text("updated_at", &datetime_text(at));
        object.text("changed_by", by);
        object.member("fields", |out| write_values_or_null(Some(values), out));
        object.end();
        out
    }

    fn changed(&self, changed: &Changed, out: &mut String) {
        let Changed { told, size, hash } = changed;
        let (commit, change) = (&told.entry.commit, &told.entry.entry);
        let values = told.after.as_ref().or(told.before.as_ref());
        let key = values.and_then(|values| label(self.schema, &change.type_name, values));
        let fields = field_changes(told.before.as_ref(), told.after.as_ref());
        let mut data = Object::begin(out);
        data.text("type", &change.type_name);
        data.number("id", change.id.0);
        data.text_or_null("key", key.as_deref());
        data.number("revision", change.revision.0);
        data.member("before", |out| write_values_or_null(told.before.as_ref(), out));
        data.member("after", |out| write_values_or_null(told.after.as_ref(), out));
        data.member("changed", |out| {
            write_list(&fields, out, |change, out| write_text(&change.field, out));
        });
        data.number("commit", commit.number.0);
        data.number("index", told.entry.place);
        data.number("size", *size);
        data.text("hash", &hex(hash));
        actor(&commit.actor, commit.token.as_deref(), &mut data);
        data.text("origin", &commit.origin);
        data.text_or_null("reason", commit.reason.as_deref());
        data.text_or_null("request_id", commit.request_id.as_deref());
        passage(&commit.passage, &mut data);
        data.end();
    }
}
