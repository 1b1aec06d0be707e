//! `GET /account/` and what its forms send: one's own sessions and password.

use std::sync::Arc;

use app::Error;
use app::sign_in::{PASSWORD, StoredSession};
use askama::Template;
use axum::extract::{FromRequest, FromRequestParts as _, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use domain::notice::Topic;
use domain::zone::Zone;

use super::form::Form;
use super::{csrf, preferences};
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::address::origin;
use crate::extract::session::Session;
use crate::ui::cell::Moment;
use crate::ui::filled::Filled;
use crate::ui::page::{go_to, page};
use crate::ui::{Shell, Visit};

/// The page.
#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    shell: Shell,
    error: Option<String>,
    user: String,
    groups: Vec<String>,
    has_password: bool,
    sessions: Vec<ShownSession>,
    length_min: usize,
    topics: Vec<ShownTopic>,
    zones: Vec<&'static str>,
    themes: Vec<Choice>,
    densities: Vec<Choice>,
    filled: Filled,
}

/// What a form of the page was refused for.
#[derive(Default)]
pub(super) struct Refused {
    /// The status of the page.
    pub(super) status: StatusCode,
    /// What is told above all.
    pub(super) error: Option<String>,
    /// The form of preferences as it was sent.
    pub(super) filled: Filled,
}

impl Refused {
    fn told(text: impl Into<String>) -> Self {
        let status = StatusCode::BAD_REQUEST;
        Self { status, error: Some(text.into()), filled: Filled::default() }
    }
}

/// A word to choose.
struct Choice {
    word: &'static str,
    label: &'static str,
    is_chosen: bool,
}

/// Something to be told of, or not.
struct ShownTopic {
    word: &'static str,
    label: &'static str,
    is_wanted: bool,
}

fn label(topic: Topic) -> &'static str {
    match topic {
        Topic::New => "new change requests that I may decide on",
        Topic::Assigned => "those that I am asked to decide on",
        Topic::Decided => "decisions on those that I have a part in",
        Topic::Discussed => "comments on them, and changes of them",
        Topic::Tasks => "tasks that come to nothing, if I administer",
    }
}

/// A session as pages show it.
pub(crate) struct ShownSession {
    pub(crate) id: i64,
    pub(crate) is_this: bool,
    pub(crate) began: Moment,
    pub(crate) seen: Moment,
    pub(crate) address: String,
    pub(crate) agent: String,
}

impl ShownSession {
    /// A session, and whether it is the one that the page is shown to.
    pub(crate) fn of(kept: StoredSession, this: Option<&Session>) -> Self {
        Self {
            id: kept.id,
            is_this: this.is_some_and(|this| this.kept.id == kept.id),
            began: Moment::of(kept.created_at),
            seen: Moment::of(kept.seen_at),
            address: kept.address.unwrap_or_else(|| "nobody knows where".to_owned()),
            agent: kept.agent.unwrap_or_default(),
        }
    }
}

const LOGIN: &str = "/login/?next=/account/";

/// A form of the page, of somebody who is signed in: sent by a page of ours, since it carries their
/// session's word. Whose session has ended is led to sign in.
pub(crate) struct OwnForm {
    pub(crate) visit: Visit,
    pub(crate) form: Form,
}

impl FromRequest<Arc<Edge>> for OwnForm {
    type Rejection = Response;

    async fn from_request(request: Request, edge: &Arc<Edge>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let visit = Visit::from_request_parts(&mut parts, edge).await;
        let visit = visit.map_err(IntoResponse::into_response)?;
        let Some(session) = &visit.session else {
            return Err(go_to(LOGIN, []));
        };
        let form = Form::from_request(Request::from_parts(parts, body), edge).await;
        let form = form.map_err(IntoResponse::into_response)?;
        session.check(form.field(csrf::FIELD)).map_err(IntoResponse::into_response)?;
        Ok(Self { visit, form })
    }
}

/// Shows the page.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    visit: Visit,
) -> Result<Response, ApiError> {
    answer(&edge, visit, Refused::default()).await
}

/// Ends a session of one's own.
pub(crate) async fn end(
    State(edge): State<Arc<Edge>>,
    OwnForm { visit, form }: OwnForm,
) -> Result<Response, ApiError> {
    let id = form.field("session").parse().unwrap_or_default();
    edge.app.session_end(&visit.ctx, id).await?;
    Ok(go_to("/account/", []))
}

/// Keeps what somebody wants to be told of by mail.
pub(crate) async fn notices(
    State(edge): State<Arc<Edge>>,
    OwnForm { visit, form }: OwnForm,
) -> Result<Response, ApiError> {
    let is_wanted = |topic: &Topic| !form.field(topic.word()).is_empty();
    let topics = Topic::ALL.into_iter().filter(is_wanted).collect();
    edge.app.topics_set(&visit.ctx, topics).await?;
    Ok(go_to("/account/", []))
}

/// Sets one's own password.
pub(crate) async fn password(
    State(edge): State<Arc<Edge>>,
    parts: Parts,
    OwnForm { visit, form }: OwnForm,
) -> Result<Response, ApiError> {
    let new = form.field("new");
    if new != form.field("again") {
        let told = Refused::told("The two passwords are not the same.");
        return answer(&edge, visit, told).await;
    }
    let from = origin(&parts, &edge.settings);
    let both = (form.field("password"), new);
    let this = (visit.session.as_ref().map(|session| session.kept.id), &from);
    match edge.app.password_change(&visit.ctx, both, this).await {
        Ok(()) => Ok(go_to("/account/", [])),
        Err(Error::BadRequest(faults)) => {
            answer(&edge, visit, Refused::told(faults.to_string())).await
        }
        Err(other) => Err(other.into()),
    }
}

pub(super) async fn answer(
    edge: &Edge,
    visit: Visit,
    refused: Refused,
) -> Result<Response, ApiError> {
    let Some(session) = &visit.session else {
        return Ok(go_to(LOGIN, []));
    };
    let user = visit.ctx.actor.name().to_owned();
    let sessions = edge.app.sessions(&visit.ctx).await?.into_iter();
    let sessions = sessions.map(|kept| ShownSession::of(kept, Some(session)));
    let Refused { status, error, mut filled } = refused;
    if !filled.is_of(preferences::FORM) {
        preferences::fill(&mut filled, visit.shell.preferences);
    }
    let wanted = edge.app.topics(&visit.ctx).await?;
    let topics = Topic::ALL.into_iter().map(|topic| ShownTopic {
        word: topic.word(),
        label: label(topic),
        is_wanted: wanted.contains(&topic),
    });
    let template = AccountPage {
        topics: topics.collect(),
        error,
        groups: edge.app.groups_of(&user).await?,
        has_password: session.kept.provider == PASSWORD,
        user,
        sessions: sessions.collect(),
        shell: visit.shell,
        length_min: app::passwords::PASSWORD_LENGTH_MIN,
        zones: Zone::names().collect(),
        themes: choices(&filled, "theme", &[("light", "Light"), ("dark", "Dark")]),
        densities: choices(&filled, "density", &[("normal", "Normal"), ("compact", "Compact")]),
        filled,
    };
    page(status, &template)
}

fn choices(filled: &Filled, name: &str, words: &[(&'static str, &'static str)]) -> Vec<Choice> {
    let choices = words.iter().map(|(word, label)| Choice {
        word,
        label,
        is_chosen: filled.value(name) == *word,
    });
    choices.collect()
}
