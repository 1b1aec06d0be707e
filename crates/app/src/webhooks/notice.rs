//! What webhooks are told that is no change of a record: steps of change requests, tasks that come to
//! nothing, pings. Kept by the transaction that it is about.

use domain::json::Json;
use domain::record::Timestamp;
use domain::review::Event;
use domain::value::datetime_text;
use sql::write::{self, Queued, RunEnd, StoredRequest};
use sql::{StoreError, Writer};

use crate::Context;

/// What the types of notices begin with.
const PREFIX: &str = "domesday.notice";
/// The type of a ping.
const PING: &str = "domesday.webhook.ping";

/// Keeps a step of a change request for the webhooks that are told of it.
pub(crate) fn of_request(
    writer: &mut Writer<'_>,
    ctx: &Context,
    request: &StoredRequest,
    (event, comment): (Option<Event>, Option<&str>),
) -> Result<(), StoreError> {
    let word = write::step_word(event);
    let data = [
        ("request", number(request.number)),
        ("title", Json::text(&request.title)),
        ("event", Json::text(word)),
        ("state", Json::text(request.standing.state.word())),
        ("actor", Json::text(ctx.actor.name())),
        ("comment", text_or_null(comment)),
        ("requester", Json::text(&request.requester)),
        ("reviewers", Json::List(request.reviewers.iter().map(Json::text).collect())),
        ("reason", text_or_null(request.reason.as_deref())),
        ("commit", request.commit.map_or(Json::Null, |commit| number(commit.0))),
        ("path", Json::Text(format!("/-/change-requests/{}/", request.number))),
    ];
    let subject = format!("change-requests/{}", request.number);
    let notice = queued(&format!("{PREFIX}.request.{word}"), subject, ctx.now, data);
    write::queue_notice(writer, &notice).map(drop)
}

/// Keeps that a task came to nothing for the webhooks that are told of it.
pub(crate) fn of_run(writer: &mut Writer<'_>, run: i64, end: &RunEnd) -> Result<(), StoreError> {
    let Some(kept) = write::run(writer, run)? else {
        return Ok(());
    };
    let data = [
        ("task", Json::text(&kept.task)),
        ("run", number(run)),
        ("outcome", Json::text(end.outcome.word())),
        ("error", text_or_null(end.error.as_deref())),
        ("path", Json::Text(format!("/-/tasks/{}/{run}/", kept.task))),
    ];
    let subject = format!("tasks/{}", kept.task);
    let notice = queued(&format!("{PREFIX}.task.failed"), subject, end.at, data);
    write::queue_notice(writer, &notice).map(drop)
}

/// A ping, which somebody asked for.
pub(super) fn ping(webhook: &str, asked_by: &str, now: Timestamp) -> Queued {
    let data = [("webhook", Json::text(webhook)), ("asked_by", Json::text(asked_by))];
    queued(PING, format!("webhooks/{webhook}"), now, data)
}

fn number(number: i64) -> Json {
    Json::Number(number.to_string())
}

fn text_or_null(text: Option<&str>) -> Json {
    text.map_or(Json::Null, Json::text)
}

/// An event that gets its id, and its source, when it is sent.
fn queued<const N: usize>(
    event_type: &str,
    subject: String,
    at: Timestamp,
    data: [(&str, Json); N],
) -> Queued {
    let object = |members: Vec<(&str, Json)>| {
        let members = members.into_iter().map(|(name, member)| (name.to_owned(), member));
        Json::Object(members.collect())
    };
    let event = object(vec![
        ("specversion", Json::text("1.0")),
        ("type", Json::text(event_type)),
        ("subject", Json::text(&subject)),
        ("time", Json::Text(datetime_text(at))),
        ("datacontenttype", Json::text("application/json")),
        ("data", object(data.into())),
    ]);
    let event_type = event_type.to_owned();
    Queued { id: 0, event_id: None, event_type, subject, body: event.to_string(), at }
}
