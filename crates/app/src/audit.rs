//! The audit: commits in an auditor's words, and what is no change of a record, newest first.

use std::sync::Arc;

use chrono::TimeDelta;
use domain::access::Right;
use domain::audit::{Action, Event};
use domain::history::{Question, Values};
use domain::json::Json;
use domain::moment::Moment;
use domain::record::{CommitNumber, RecordId, Timestamp};
use domain::review::Passage;
use domain::schema::Schema;
use sql::read::{EventQuestion, HistoryPlace, KeptEvent};
use sql::{StoreError, Writer, read, write};

use crate::past::{HISTORY_PAGE_MAX, ToldEntry, first_since, last_before};
use crate::{App, Context, Error};

/// What an auditor asks for; all that is named must hold.
#[derive(Clone, Debug, Default)]
pub struct AuditQuestion {
    /// By this actor.
    pub actor: Option<String>,
    /// After this commit, or at this time or later.
    pub after: Option<Moment>,
    /// Before this commit, or before this time.
    pub before: Option<Moment>,
}

/// Where a page of the audit ends, in both of its sources.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuditPlace {
    /// Behind this change.
    pub change: Option<HistoryPlace>,
    /// Below this event.
    pub event: Option<i64>,
}

/// A line of the audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// The name of the token that was used.
    pub token: Option<String>,
    /// Through what.
    pub origin: String,
    /// The request that asked for it.
    pub request_id: Option<String>,
    /// `Added`, `Updated`, `Deleted`, or what else happened.
    pub action: String,
    /// `server db1001`.
    pub subject: String,
    /// Why.
    pub reason: Option<String>,
    /// How it came past the review.
    pub passage: Passage,
    /// The commit, and the record that it changed.
    pub change: Option<AuditedChange>,
}

/// The change behind a line of the audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditedChange {
    /// The number of its commit.
    pub commit: CommitNumber,
    /// The name of the record's type.
    pub type_name: String,
    /// The record's id.
    pub id: RecordId,
}

/// A page of the audit, newest first.
#[derive(Clone, Debug)]
pub struct AuditPage {
    /// Its lines.
    pub entries: Vec<AuditEntry>,
    /// What the next page begins behind; `None` on the last.
    pub next: Option<AuditPlace>,
}

impl App {
    /// Reads a page of the audit.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn audit(
        &self,
        ctx: &Context,
        question: AuditQuestion,
        place: AuditPlace,
        limit: u32,
    ) -> Result<AuditPage, Error> {
        // It tells who signed in from where and what was refused, over all records.
        ctx.must_everywhere(Right::Administer)?;
        let schema = Arc::clone(&self.schema);
        let limit = limit.clamp(1, HISTORY_PAGE_MAX);
        let read = move |reader: &mut sql::Reader<'_>| {
            let commits = commits_of(reader, &question)?;
            let changes = read::history(reader, &commits, place.change, limit.saturating_add(1))?;
            let events = events_of(reader, question, place)?;
            let events = read::audit_events(reader, &events, limit.saturating_add(1))?;
            let changes: Result<Vec<ToldEntry>, StoreError> =
                changes.into_iter().map(|change| ToldEntry::read(change, &schema, false)).collect();
            Ok(merge(&schema, changes?, events, place, limit))
        };
        Ok(self.store.read(read).await?)
    }

    /// Keeps an event of somebody's request in the audit. What can't be kept is told in the log:
    /// the request itself goes on.
    pub async fn audit_event(
        &self,
        ctx: &Context,
        action: Action,
        subject: String,
        reason: Option<String>,
    ) {
        let event = event(ctx, action, subject, reason);
        let kept = self.store.write(move |writer| write::audit_add(writer, &event)).await;
        if let Err(error) = kept {
            tracing::warn!(%error, action = action.word(), "an event could not be audited");
        }
    }
}

/// The same moments, told in numbers of commits.
fn commits_of(
    reader: &mut sql::Reader<'_>,
    question: &AuditQuestion,
) -> Result<Question, StoreError> {
    let after = question.after.map(|moment| last_before(reader, moment)).transpose()?;
    let before = question.before.map(|moment| first_since(reader, moment)).transpose()?;
    Ok(Question { actor: question.actor.clone(), after, before, ..Question::default() })
}

/// The same moments, told in times.
fn events_of(
    reader: &mut sql::Reader<'_>,
    question: AuditQuestion,
    place: AuditPlace,
) -> Result<EventQuestion, StoreError> {
    let after = question.after.map(|moment| time_of(reader, moment)).transpose()?;
    let is_commit = matches!(question.after, Some(Moment::Commit(_)));
    let since = |time: Timestamp| if is_commit { just_after(time) } else { time };
    Ok(EventQuestion {
        actor: question.actor,
        from: after.map(since),
        until: question.before.map(|moment| time_of(reader, moment)).transpose()?,
        before: place.event,
    })
}

/// When a moment was, or will be.
fn time_of(reader: &mut sql::Reader<'_>, moment: Moment) -> Result<Timestamp, StoreError> {
    match moment {
        Moment::At(time) => Ok(time),
        Moment::Commit(number) if number.0 <= 0 => Ok(Timestamp::UNIX_EPOCH),
        Moment::Commit(number) => {
            let kept = read::commit_read(reader, number)?;
            Ok(kept.map_or(Timestamp::MAX_UTC, |kept| kept.commit.at))
        }
    }
}

fn just_after(time: Timestamp) -> Timestamp {
    time.checked_add_signed(TimeDelta::microseconds(1)).unwrap_or(time)
}

/// An event of a request.
pub(crate) fn event(
    ctx: &Context,
    action: Action,
    subject: String,
    reason: Option<String>,
) -> Event {
    Event {
        at: ctx.now,
        actor: ctx.actor.name().to_owned(),
        token: ctx.actor.token().map(str::to_owned),
        origin: ctx.origin.clone(),
        request_id: Some(ctx.request_id.clone()),
        action,
        subject,
        reason: reason.or_else(|| ctx.reason.clone()),
    }
}

/// Keeps an event in the transaction that makes it.
pub(crate) fn keep(
    writer: &mut Writer<'_>,
    ctx: &Context,
    action: Action,
    subject: String,
) -> Result<(), StoreError> {
    write::audit_add(writer, &event(ctx, action, subject, None))
}

/// Both sources as one list, the newest first.
fn merge(
    schema: &Schema,
    changes: Vec<ToldEntry>,
    events: Vec<KeptEvent>,
    mut place: AuditPlace,
    limit: u32,
) -> AuditPage {
    let mut changes = changes.into_iter().peekable();
    let mut events = events.into_iter().peekable();
    let mut entries = Vec::new();
    while entries.len() < limit as usize {
        let is_change = match (changes.peek(), events.peek()) {
            (None, None) => break,
            (Some(change), Some(event)) => change.entry.commit.at >= event.at,
            (change, None) => change.is_some(),
            (None, Some(_)) => false,
        };
        if is_change {
            entries.extend(changes.next().map(|change| {
                place.change = Some(change.entry.stands());
                of_change(schema, change)
            }));
        } else {
            entries.extend(events.next().map(|event| {
                place.event = Some(event.number);
                of_event(event)
            }));
        }
    }
    let has_more = changes.peek().is_some() || events.peek().is_some();
    AuditPage { entries, next: has_more.then_some(place) }
}

fn of_event(event: KeptEvent) -> AuditEntry {
    AuditEntry {
        at: event.at,
        actor: event.actor,
        token: event.token,
        origin: event.origin,
        request_id: event.request_id,
        action: event.action,
        subject: event.subject,
        reason: event.reason,
        passage: Passage::default(),
        change: None,
    }
}

fn of_change(schema: &Schema, told: ToldEntry) -> AuditEntry {
    let ToldEntry { entry, before, after, kind } = told;
    let change = entry.entry;
    let label = after.as_ref().or(before.as_ref()).map_or_else(String::new, |values| {
        label(schema, &change.type_name, values).unwrap_or_else(|| change.id.to_string())
    });
    let commit = entry.commit;
    AuditEntry {
        at: commit.at,
        actor: commit.actor,
        token: commit.token,
        origin: commit.origin,
        request_id: commit.request_id,
        action: kind.word().to_owned(),
        subject: format!("{} {label}", change.type_name),
        reason: commit.reason,
        passage: commit.passage,
        change: Some(AuditedChange {
            commit: commit.number,
            type_name: change.type_name,
            id: change.id,
        }),
    }
}

/// A record's key as people read it, from values that were kept; `None` when its type is gone or
/// the key is not whole.
pub fn label(schema: &Schema, type_name: &str, values: &Values) -> Option<String> {
    let of = schema.named(type_name)?;
    let part = |field: &domain::schema::Field| {
        let value = values.get(field.name.as_str())?;
        if let Json::Text(text) = value { Some(text.clone()) } else { Some(value.to_string()) }
    };
    let parts: Option<Vec<String>> = of.key_fields().map(part).collect();
    parts.map(|parts| parts.join(" / "))
}
