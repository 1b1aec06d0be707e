//! `GET` and `POST /-/change-requests/{number}/`: what is asked for, beside what is, and deciding.

use std::sync::Arc;

use app::audit::label;
use app::encode::fault_texts;
use app::review::{Act, Again, Asked, Solved, ToldChange, ToldRequest};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::history::{FieldChange, Values, list_change};
use domain::json::Json;
use domain::review::{ComparedField, Comparison, Event, Resolution};
use domain::schema::{Schema, Type};

use super::cell::{Moment, told};
use super::page::{go_to, page};
use super::shell::list_path;
use super::{REQUESTS, Shell, Visit};
use crate::auth::csrf;
use crate::auth::form::Form;
use crate::edge::Edge;
use crate::error::{ApiError, Problem};
use crate::extract::RequestPath;
use crate::extract::preconditions::seen;

#[derive(Template)]
#[template(path = "ui/request_show.html")]
struct RequestShow {
    shell: Shell,
    number: i64,
    title: String,
    reason: String,
    state: &'static str,
    requester: String,
    created: Moment,
    expires: Option<Moment>,
    reviewers: Vec<String>,
    approved_by: Vec<String>,
    wanted: u8,
    groups: Vec<String>,
    commit: String,
    etag: String,
    changes: Vec<ShownChange>,
    /// More changes than are shown.
    more: usize,
    taken_along: Vec<Taken>,
    faults: Vec<String>,
    events: Vec<ShownEvent>,
    may: Vec<Deed>,
    may_comment: bool,
    may_rebase: bool,
    error: String,
}

/// Something that one may do, by a button and a key.
struct Deed {
    word: &'static str,
    label: &'static str,
    key: &'static str,
    class: &'static str,
}

struct ShownChange {
    verb: &'static str,
    type_label: String,
    record: String,
    href: String,
    obstacle: &'static str,
    /// Whether others changed the record since.
    has_moved: bool,
    fields: Vec<ShownField>,
}

/// A row of a comparison.
struct ShownField {
    place: usize,
    name: String,
    label: String,
    class: &'static str,
    before: String,
    proposed: String,
    now: String,
    is_list: bool,
    removed: Vec<String>,
    added: Vec<String>,
    kept: Vec<String>,
}

struct Taken {
    type_label: String,
    record: String,
    href: String,
    is_deleted: bool,
}

struct ShownEvent {
    at: Moment,
    actor: String,
    told: &'static str,
    comment: String,
}

/// Changes that a page shows; the others are in the API.
const CHANGES_SHOWN: usize = 200;

/// Shows a change request.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    RequestPath(number): RequestPath,
    visit: Visit,
) -> Result<Response, ApiError> {
    let request = edge.app.request(&visit.ctx, number).await?.ok_or_else(RequestPath::no_match)?;
    answer(&edge, visit, &request, (StatusCode::OK, String::new()))
}

/// Does what a button of the page says.
pub(crate) async fn act(
    State(edge): State<Arc<Edge>>,
    RequestPath(number): RequestPath,
    visit: Visit,
    form: Form,
) -> Result<Response, ApiError> {
    visit.check(form.field(csrf::FIELD))?;
    let event = Event::of_word(form.field("event"));
    let asked = match event {
        Some(Event::Approve) => Asked::Approve,
        Some(Event::Reject) => Asked::Reject,
        Some(Event::Hold) => Asked::Hold,
        Some(Event::Resume) => Asked::Resume,
        Some(Event::Withdraw) => Asked::Withdraw,
        Some(Event::Comment) => Asked::Comment,
        Some(Event::Rebase) => Asked::Again(Again::Rebase(solved(&form))),
        Some(Event::Edit | Event::Assign | Event::Expire) | None => {
            return Err(ApiError::NotFound("Not found.".to_owned()));
        }
    };
    let comment = form.field("comment").trim().replace("\r\n", "\n");
    let if_match = Some(form.field("etag")).filter(|etag| !etag.is_empty()).map(seen);
    let comment = Some(comment).filter(|text| !text.is_empty());
    let act = Act { number, asked, if_match, comment };
    match edge.app.request_act(&visit.ctx, act).await {
        Ok(_) => Ok(go_to(&format!("{REQUESTS}{number}/"), [])),
        Err(error) => {
            let problem = Problem::from(ApiError::from(error));
            if problem.status().is_server_error() {
                return Err(ApiError::Internal);
            }
            let request = edge.app.request(&visit.ctx, number).await?;
            let request = request.ok_or_else(RequestPath::no_match)?;
            answer(&edge, visit, &request, (problem.status(), problem.told()))
        }
    }
}

/// How the conflicts are solved, by the fields `solve.{change}.{field}` of a form.
fn solved(form: &Form) -> Vec<Solved> {
    let mut solved: Vec<Solved> = Vec::new();
    for (name, word) in form.fields() {
        let named = name.strip_prefix("solve.").and_then(|rest| rest.split_once('.'));
        let Some((place, field)) = named else {
            continue;
        };
        let Ok(place) = place.parse::<usize>() else {
            continue;
        };
        let how = if word == "theirs" { Resolution::Theirs } else { Resolution::Mine };
        match solved.iter_mut().find(|one| one.change == Some(place)) {
            Some(one) => {
                one.fields.insert(field.to_owned(), how);
            }
            None => solved
                .push(Solved { change: Some(place), fields: [(field.to_owned(), how)].into() }),
        }
    }
    solved
}

fn answer(
    edge: &Edge,
    visit: Visit,
    told: &ToldRequest,
    (status, error): (StatusCode, String),
) -> Result<Response, ApiError> {
    let (schema, request) = (edge.schema(), &told.request);
    let shown = told.changes.iter().take(CHANGES_SHOWN).enumerate();
    let is_open = request.standing.state.is_open();
    page(
        status,
        &RequestShow {
            shell: visit.shell,
            number: request.number,
            title: request.title.clone(),
            reason: request.reason.clone().unwrap_or_default(),
            state: request.standing.state.word(),
            requester: request.requester.clone(),
            created: Moment::of(request.created_at),
            expires: request.expires_at.filter(|_| is_open).map(Moment::of),
            reviewers: request.reviewers.clone(),
            approved_by: told.approved_by.clone(),
            wanted: told.approvals,
            groups: told.groups.clone(),
            commit: request.commit.map(|number| number.to_string()).unwrap_or_default(),
            etag: told.etag.clone(),
            changes: shown.map(|(place, change)| change_of(schema, place, change)).collect(),
            more: told.changes.len().saturating_sub(CHANGES_SHOWN),
            taken_along: told
                .taken_along
                .iter()
                .map(|taken| {
                    let of = schema.named(&taken.type_name);
                    Taken {
                        type_label: of
                            .map_or_else(|| taken.type_name.clone(), |of| of.label.clone()),
                        record: name(schema, &taken.type_name, &taken.key, taken.id.0),
                        href: of
                            .map(|of| format!("{}{}/", list_path(of), taken.id))
                            .unwrap_or_default(),
                        is_deleted: taken.is_deleted,
                    }
                })
                .collect(),
            faults: told
                .faults
                .iter()
                .flat_map(|refused| fault_texts(&refused.why))
                .map(|(field, texts)| format!("{field}: {}", texts.join(" ")))
                .collect(),
            events: told
                .events
                .iter()
                .map(|event| ShownEvent {
                    at: Moment::of(event.at),
                    actor: event.actor.clone(),
                    told: told_event(event.event),
                    comment: event.comment.clone().unwrap_or_default(),
                })
                .collect(),
            may: DEEDS
                .into_iter()
                .filter(|(event, _)| told.may.contains(event))
                .map(|(_, deed)| deed)
                .collect(),
            may_comment: told.may.contains(&Event::Comment),
            may_rebase: told.may.contains(&Event::Rebase)
                && told.changes.iter().any(|change| change.compared.has_conflict()),
            error,
        },
    )
}

const DEEDS: [(Event, Deed); 5] = [
    (Event::Approve, Deed { word: "approve", label: "Approve", key: "a", class: "primary" }),
    (Event::Hold, Deed { word: "hold", label: "Put on hold", key: "o", class: "" }),
    (Event::Resume, Deed { word: "resume", label: "Resume", key: "u", class: "" }),
    (Event::Reject, Deed { word: "reject", label: "Reject", key: "r", class: "danger" }),
    (Event::Withdraw, Deed { word: "withdraw", label: "Withdraw", key: "w", class: "danger" }),
];

fn told_event(event: Option<Event>) -> &'static str {
    match event {
        None => "asked for this",
        Some(Event::Approve) => "approved",
        Some(Event::Reject) => "rejected",
        Some(Event::Hold) => "put it on hold",
        Some(Event::Resume) => "resumed it",
        Some(Event::Withdraw) => "withdrew it",
        Some(Event::Edit) => "asks for something else",
        Some(Event::Rebase) => "solved the conflicts",
        Some(Event::Comment) => "said",
        Some(Event::Assign) => "asked others to decide",
        Some(Event::Expire) => "let it expire",
    }
}

fn name(schema: &Schema, type_name: &str, key: &Values, id: i64) -> String {
    label(schema, type_name, key).unwrap_or_else(|| format!("#{id}"))
}

fn change_of(schema: &Schema, place: usize, told: &ToldChange) -> ShownChange {
    use domain::review::{Obstacle, RequestedAction};
    let requested = &told.requested;
    let of = schema.named(&requested.type_name);
    let id = requested.id;
    ShownChange {
        verb: match requested.action {
            RequestedAction::Add => "Add",
            RequestedAction::Update => "Change",
            RequestedAction::Delete => "Delete",
            RequestedAction::Restore => "Bring back",
        },
        type_label: of.map_or_else(|| requested.type_name.clone(), |of| of.label.to_lowercase()),
        record: name(schema, &requested.type_name, &told.key, id.map_or(0, |id| id.0)),
        href: of.zip(id).map(|(of, id)| format!("{}{id}/", list_path(of))).unwrap_or_default(),
        obstacle: match told.compared.obstacle {
            None => "",
            Some(Obstacle::Gone) => "The record is gone.",
            Some(Obstacle::There) => "The record is there already.",
            Some(Obstacle::NoType) => "The schema has no such type any more.",
        },
        has_moved: told
            .compared
            .fields
            .iter()
            .any(|field| matches!(field.comparison, Comparison::MovedSince | Comparison::Conflict)),
        fields: told.compared.fields.iter().map(|field| field_of(of, place, field)).collect(),
    }
}

fn field_of(of: Option<&Type>, place: usize, compared: &ComparedField) -> ShownField {
    let field = of.and_then(|of| of.field_named(&compared.name));
    let is_list = field.is_some_and(|field| field.kind.is_refs());
    let change = FieldChange {
        field: compared.name.clone(),
        before: compared.before.clone(),
        after: compared.proposed.clone(),
    };
    let list = if is_list { list_change(&change) } else { None };
    let texts = |items: &[&Json]| items.iter().map(|item| self::told(item)).collect::<Vec<_>>();
    let removed = list.as_ref().map(|list| texts(&list.removed)).unwrap_or_default();
    let added = list.as_ref().map(|list| texts(&list.added)).unwrap_or_default();
    let kept: Vec<String> = match &compared.before {
        Json::List(items) if is_list => items.iter().map(self::told).collect(),
        Json::List(_)
        | Json::Null
        | Json::Bool(_)
        | Json::Number(_)
        | Json::Text(_)
        | Json::Object(_) => Vec::new(),
    };
    ShownField {
        place,
        name: compared.name.clone(),
        label: field.map_or_else(|| compared.name.clone(), |field| field.label.clone()),
        class: match compared.comparison {
            Comparison::Same => "same",
            Comparison::Changed => "changed",
            Comparison::MovedSince => "moved",
            Comparison::Conflict => "conflict",
        },
        before: self::told(&compared.before),
        proposed: self::told(&compared.proposed),
        now: self::told(&compared.current),
        is_list,
        kept: kept.into_iter().filter(|item: &String| !removed.contains(item)).collect(),
        removed,
        added,
    }
}
