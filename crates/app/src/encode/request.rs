//! Change requests as they are sent: beside the register, field by field.

use domain::change::{Refusal, Refused};
use domain::history::{FieldChange, Values, list_change};
use domain::json::write_text;
use domain::review::{ComparedField, Event, Obstacle};
use domain::schema::Schema;
use domain::value::datetime_text;
use sql::read::ListedRequest;

use super::object::Object;
use super::past::{actor, record_url, write_list};
use crate::audit::label;
use crate::review::{StoredEvent, TakenAlong, ToldChange, ToldRequest};

/// Writes change requests.
#[derive(Clone, Copy, Debug)]
pub struct RequestEncoder<'a> {
    /// Today's schema.
    pub schema: &'a Schema,
    /// What addresses begin with (`https://host`).
    pub base_url: &'a str,
}

/// The address of a change request.
pub fn request_url(base_url: &str, number: i64) -> String {
    format!("{}/api/-/change-requests/{number}/", base_url.trim_end_matches('/'))
}

/// What a state of the timeline is called that has no event: the first.
const MADE: &str = "made";

impl RequestEncoder<'_> {
    /// Appends a change request in a list.
    pub fn listed(&self, listed: &ListedRequest, out: &mut String) {
        let mut object = Object::begin(out);
        object.number("number", listed.number);
        object.text("url", &request_url(self.base_url, listed.number));
        object.text("title", &listed.title);
        object.text("state", listed.state.word());
        object.text("requester", &listed.requester);
        object.text("created_at", &datetime_text(listed.created_at));
        object.text("updated_at", &datetime_text(listed.updated_at));
        object.text_or_null("expires_at", listed.expires_at.map(datetime_text).as_deref());
        object.number("revision", listed.revision);
        object.number("records", i64::try_from(listed.records).unwrap_or(i64::MAX));
        object.end();
    }

    /// Appends a change request with all that is to be seen of it.
    pub fn told(&self, told: &ToldRequest, out: &mut String) {
        let request = &told.request;
        let mut object = Object::begin(out);
        object.number("number", request.number);
        object.text("url", &request_url(self.base_url, request.number));
        object.text("title", &request.title);
        object.text_or_null("reason", request.reason.as_deref());
        object.text("state", request.standing.state.word());
        object.member("requester", |out| {
            let mut object = Object::begin(out);
            object.text("user", &request.requester);
            object.text_or_null("token", request.token.as_deref());
            object.end();
        });
        object.text("origin", &request.origin);
        object.text("created_at", &datetime_text(request.created_at));
        object.text("updated_at", &datetime_text(request.updated_at));
        object.text_or_null("expires_at", request.expires_at.map(datetime_text).as_deref());
        object.number("revision", request.revision);
        object.text("etag", &format!("\"{}\"", told.etag));
        object.texts("reviewers", &request.reviewers);
        object.member("approvals", |out| {
            let mut object = Object::begin(out);
            object.number("wanted", i64::from(told.approvals));
            object.texts("groups", &told.groups);
            object.texts("by", &told.approved_by);
            object.end();
        });
        object.number_or_null("commit", request.commit.map(|number| number.0));
        object.member("changes", |out| {
            write_list(&told.changes, out, |change, out| self.change(change, out));
        });
        object.member("takes_along", |out| {
            write_list(&told.taken_along, out, |taken, out| self.taken_along(taken, out));
        });
        object.member("faults", |out| write_list(&told.faults, out, fault));
        object.member("timeline", |out| write_list(&told.events, out, event));
        let may: Vec<String> = told.may.iter().map(|event| event.word().to_owned()).collect();
        object.texts("may", &may);
        object.end();
    }

    fn change(&self, told: &ToldChange, out: &mut String) {
        let requested = &told.requested;
        let of = self.schema.named(&requested.type_name);
        let mut object = Object::begin(out);
        object.text("type", &requested.type_name);
        object.number_or_null("id", requested.id.map(|id| id.0));
        let url = of.zip(requested.id).map(|(of, id)| record_url(self.base_url, of, id));
        object.text_or_null("url", url.as_deref());
        object.text("display", &self.display(&requested.type_name, &told.key).unwrap_or_default());
        object.text("action", requested.action.word());
        object.number_or_null("revision", requested.base_revision.map(|revision| revision.0));
        object.number_or_null("current_revision", told.revision.map(|revision| revision.0));
        object.text_or_null("obstacle", told.compared.obstacle.map(obstacle));
        object.truth("conflict", told.compared.has_conflict());
        object.member("fields", |out| {
            let mut object = Object::begin(out);
            for field in &told.compared.fields {
                let is_list = of
                    .and_then(|of| of.field_named(&field.name))
                    .is_some_and(|field| field.kind.is_refs());
                object.member(&field.name, |out| compared(field, is_list, out));
            }
            object.end();
        });
        object.end();
    }

    fn display(&self, type_name: &str, key: &Values) -> Option<String> {
        label(self.schema, type_name, key)
    }

    fn taken_along(&self, taken: &TakenAlong, out: &mut String) {
        let mut object = Object::begin(out);
        object.text("type", &taken.type_name);
        object.number("id", taken.id.0);
        let of = self.schema.named(&taken.type_name);
        let url = of.map(|of| record_url(self.base_url, of, taken.id));
        object.text_or_null("url", url.as_deref());
        let display = self.display(&taken.type_name, &taken.key);
        object.text("display", &display.unwrap_or_else(|| taken.id.to_string()));
        object.text("effect", if taken.is_deleted { "deleted" } else { "cleared" });
        object.end();
    }
}

/// Why a change can't be made at all, in a word.
fn obstacle(obstacle: Obstacle) -> &'static str {
    match obstacle {
        Obstacle::Gone => "the record is gone",
        Obstacle::There => "the record is there already",
        Obstacle::NoType => "the schema has no such type any more",
    }
}

fn compared(field: &ComparedField, is_list: bool, out: &mut String) {
    let mut object = Object::begin(out);
    for (name, value) in [
        ("before", &field.before),
        ("proposed", &field.proposed),
        ("current", &field.current),
        ("result", &field.result),
    ] {
        object.member(name, |out| value.write(out));
    }
    object.text("comparison", field.comparison.words());
    if is_list {
        let change = FieldChange {
            field: field.name.clone(),
            before: field.before.clone(),
            after: field.proposed.clone(),
        };
        if let Some(list) = list_change(&change) {
            for (name, items) in [("removed", &list.removed), ("added", &list.added)] {
                object.member(name, |out| write_list(items, out, |item, out| item.write(out)));
            }
        }
    }
    object.end();
}

fn event(event: &StoredEvent, out: &mut String) {
    let mut object = Object::begin(out);
    object.text("at", &datetime_text(event.at));
    actor(&event.actor, event.token.as_deref(), &mut object);
    object.text("event", event.event.map_or(MADE, Event::word));
    object.text_or_null("comment", event.comment.as_deref());
    object.end();
}

/// What is wrong with a change as the register is now, by the names of fields.
fn fault(refused: &Refused, out: &mut String) {
    let mut object = Object::begin(out);
    object.number("change", i64::try_from(refused.index).unwrap_or_default());
    object.member("errors", |out| {
        let mut object = Object::begin(out);
        for (field, texts) in fault_texts(&refused.why) {
            object.member(&field, |out| write_list(&texts, out, |text, out| write_text(text, out)));
        }
        object.end();
    });
    object.end();
}

/// The same, for people: the name of a field, and what is wrong with it.
pub fn fault_texts(why: &Refusal) -> Vec<(String, Vec<String>)> {
    let of_record = |text: String| vec![(domain::fault::NON_FIELD.to_owned(), vec![text])];
    match why {
        Refusal::Invalid(faults) => faults
            .iter()
            .map(|(field, faults)| {
                (field.to_owned(), faults.iter().map(ToString::to_string).collect())
            })
            .collect(),
        Refusal::NotFound => of_record("The record is gone.".to_owned()),
        Refusal::Exists => of_record("The record is there already.".to_owned()),
        Refusal::Stale { .. } => of_record("The record has changed.".to_owned()),
        Refusal::Protected { by, and_more } => {
            let named: Vec<String> =
                by.iter().map(|one| format!("{} {}", one.type_name, one.id)).collect();
            let more = if *and_more { " and others" } else { "" };
            of_record(format!("Other records refer to it: {}{more}.", named.join(", ")))
        }
    }
}
