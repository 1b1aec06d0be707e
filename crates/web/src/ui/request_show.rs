//! `GET` and `POST /-/change-requests/{number}/`: what is asked for, beside what is, and deciding.

use std::collections::BTreeMap;
use std::sync::Arc;

use app::encode::fault_texts;
use app::review::{Act, Again, Asked, TakenAlong, ToldRequest};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::review::Event;
use domain::schema::Schema;

use super::cell::Moment;
use super::form::Control;
use super::page::{go_to, page};
use super::request_changes::{Folded, Part, name, solved};
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
    /// How many records it is about.
    records: usize,
    changes: Folded,
    taken_along: Vec<Taken>,
    /// More than are shown of those.
    more_taken: usize,
    faults: Vec<String>,
    events: Vec<ShownEvent>,
    may: Vec<Deed>,
    may_comment: bool,
    may_rebase: bool,
    /// What was typed and refused.
    comment: String,
    error: String,
}

/// What a page tells of the records that are taken along, and of what is wrong.
const TAKEN_SHOWN: usize = 500;
const FAULTS_SHOWN: usize = 50;

/// Something that one may do, by a button and a key.
struct Deed {
    word: &'static str,
    label: &'static str,
    key: &'static str,
    class: &'static str,
    /// Whether one must say why.
    needs_comment: bool,
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

/// Shows a change request.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    RequestPath(number): RequestPath,
    mut visit: Visit,
) -> Result<Response, ApiError> {
    let part = Part::take(&mut visit.parameters, edge.settings.lenient_filters)?;
    let request = edge.app.request(&visit.ctx, number).await?.ok_or_else(RequestPath::no_match)?;
    let told = (StatusCode::OK, String::new());
    answer(&edge, visit, (&request, part, &BTreeMap::new()), told)
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
        Some(Event::Rebase) => {
            let request = edge.app.request(&visit.ctx, number).await?;
            let request = request.ok_or_else(RequestPath::no_match)?;
            Asked::Again(Again::Rebase(solved(edge.schema(), &request.changes, &form)))
        }
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
            let is_unsolved = matches!(error, app::Error::Unsolved(_));
            let problem = Problem::from(ApiError::from(error));
            if problem.status().is_server_error() {
                return Err(ApiError::Internal);
            }
            let request = edge.app.request(&visit.ctx, number).await?;
            let request = request.ok_or_else(RequestPath::no_match)?;
            let told = if is_unsolved {
                "Choose for each conflict what shall hold; what can't be made at all can only be \
                 withdrawn."
                    .to_owned()
            } else {
                problem.told()
            };
            let sent = form.into_fields();
            answer(&edge, visit, (&request, Part::default(), &sent), (problem.status(), told))
        }
    }
}

fn answer(
    edge: &Edge,
    visit: Visit,
    (told, part, sent): (&ToldRequest, Part, &BTreeMap<String, String>),
    (status, error): (StatusCode, String),
) -> Result<Response, ApiError> {
    let (schema, request) = (edge.schema(), &told.request);
    let is_open = request.standing.state.is_open();
    let has_conflict = told.changes.iter().any(|change| change.compared.has_conflict());
    let may_rebase = has_conflict && told.may.contains(&Event::Rebase);
    let (records, shown) = (told.changes.len(), (part, may_rebase.then_some(sent)));
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
            records,
            changes: Folded::of(schema, told, shown),
            taken_along: told
                .taken_along
                .iter()
                .take(TAKEN_SHOWN)
                .map(|one| taken(schema, one))
                .collect(),
            more_taken: told.taken_along.len().saturating_sub(TAKEN_SHOWN),
            faults: told
                .faults
                .iter()
                .take(FAULTS_SHOWN)
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
            may_rebase,
            comment: sent.get("comment").cloned().unwrap_or_default(),
            error,
        },
    )
}

fn taken(schema: &Schema, taken: &TakenAlong) -> Taken {
    let of = schema.named(&taken.type_name);
    Taken {
        type_label: of.map_or_else(|| taken.type_name.clone(), |of| of.label.clone()),
        record: name(schema, &taken.type_name, &taken.key, taken.id.0),
        href: of.map(|of| format!("{}{}/", list_path(of), taken.id)).unwrap_or_default(),
        is_deleted: taken.is_deleted,
    }
}

const DEEDS: [(Event, Deed); 5] = [
    (
        Event::Approve,
        Deed {
            word: "approve",
            label: "Approve",
            key: "a",
            class: "primary",
            needs_comment: false,
        },
    ),
    (
        Event::Hold,
        Deed { word: "hold", label: "Put on hold", key: "o", class: "", needs_comment: true },
    ),
    (
        Event::Resume,
        Deed { word: "resume", label: "Resume", key: "u", class: "", needs_comment: false },
    ),
    (
        Event::Reject,
        Deed { word: "reject", label: "Reject", key: "r", class: "danger", needs_comment: true },
    ),
    (
        Event::Withdraw,
        Deed {
            word: "withdraw",
            label: "Withdraw",
            key: "w",
            class: "danger",
            needs_comment: false,
        },
    ),
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
