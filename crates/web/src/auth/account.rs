//! `GET /account/` and what its forms send: one's own sessions and password.

use std::sync::Arc;

use app::Error;
use app::sign_in::PASSWORD;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use domain::notice::Topic;

use super::csrf;
use super::form::Form;
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::address::origin;
use crate::ui::cell::Moment;
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
    }
}

struct ShownSession {
    id: i64,
    is_this: bool,
    began: Moment,
    seen: Moment,
    address: String,
    agent: String,
}

const LOGIN: &str = "/login/?next=/account/";

/// Shows the page.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    visit: Visit,
) -> Result<Response, ApiError> {
    answer(&edge, visit, (StatusCode::OK, None)).await
}

/// Ends a session of one's own.
pub(crate) async fn end(
    State(edge): State<Arc<Edge>>,
    visit: Visit,
    form: Form,
) -> Result<Response, ApiError> {
    let Some(session) = &visit.session else {
        return Ok(go_to(LOGIN, []));
    };
    session.check(form.field(csrf::FIELD))?;
    let id = form.field("session").parse().unwrap_or_default();
    edge.app.session_end(&visit.ctx, id).await?;
    Ok(go_to("/account/", []))
}

/// Keeps what somebody wants to be told of by mail.
pub(crate) async fn notices(
    State(edge): State<Arc<Edge>>,
    visit: Visit,
    form: Form,
) -> Result<Response, ApiError> {
    let Some(session) = &visit.session else {
        return Ok(go_to(LOGIN, []));
    };
    session.check(form.field(csrf::FIELD))?;
    let is_wanted = |topic: &Topic| !form.field(topic.word()).is_empty();
    let topics = Topic::ALL.into_iter().filter(is_wanted).collect();
    edge.app.topics_set(&visit.ctx, topics).await?;
    Ok(go_to("/account/", []))
}

/// Sets one's own password.
pub(crate) async fn password(
    State(edge): State<Arc<Edge>>,
    visit: Visit,
    parts: Parts,
    form: Form,
) -> Result<Response, ApiError> {
    let Some(session) = &visit.session else {
        return Ok(go_to(LOGIN, []));
    };
    session.check(form.field(csrf::FIELD))?;
    let new = form.field("new");
    if new != form.field("again") {
        let told = "The two passwords are not the same.".to_owned();
        return answer(&edge, visit, (StatusCode::BAD_REQUEST, Some(told))).await;
    }
    let from = origin(&parts, &edge.settings);
    let both = (form.field("password"), new);
    let this = (Some(session.kept.id), &from);
    match edge.app.password_change(&visit.ctx, both, this).await {
        Ok(()) => Ok(go_to("/account/", [])),
        Err(Error::BadRequest(faults)) => {
            let told = (StatusCode::BAD_REQUEST, Some(faults.to_string()));
            answer(&edge, visit, told).await
        }
        Err(other) => Err(other.into()),
    }
}

async fn answer(
    edge: &Edge,
    visit: Visit,
    (status, error): (StatusCode, Option<String>),
) -> Result<Response, ApiError> {
    let Some(session) = &visit.session else {
        return Ok(go_to(LOGIN, []));
    };
    let user = visit.ctx.actor.name().to_owned();
    let sessions = edge.app.sessions(&visit.ctx).await?.into_iter().map(|kept| ShownSession {
        id: kept.id,
        is_this: kept.id == session.kept.id,
        began: Moment::of(kept.created_at),
        seen: Moment::of(kept.seen_at),
        address: kept.address.unwrap_or_default(),
        agent: kept.agent.unwrap_or_default(),
    });
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
    };
    page(status, &template)
}
