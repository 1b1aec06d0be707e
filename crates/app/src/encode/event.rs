//! Events as CloudEvents 1.0 in JSON.
//!
//! *Source:* CloudEvents 1.0.2 with its JSON event format; `partitionkey` is its partitioning
//! extension.

use domain::event::{EventKind, subject};
use domain::history::{field_changes, hex};
use domain::json::write_text;
use domain::schema::Schema;
use domain::value::datetime_text;

use super::object::Object;
use super::past::{actor, passage, write_values_or_null};
use super::write_list;
use crate::audit::label;
use crate::events::{Changed, Event};

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
