//! `GET` and `POST /-/tokens/`: one's tokens, or all to whoever administers, and one more.

use std::sync::Arc;

use app::Context;
use app::tokens::StoredToken;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{Days, Utc};
use domain::access::Right;
use domain::json::Json;
use domain::record::Timestamp;
use domain::value::datetime_text;

use super::cell::Moment;
use super::filled::{self, Choice, FORM, Filled};
use super::group_show::{right_choices, types};
use super::page::{go_to, page};
use super::{Shell, TOKENS, Visit};
use crate::auth::csrf;
use crate::auth::form::Form;
use crate::edge::Edge;
use crate::error::ApiError;
use crate::rest::people::members::Members;
use crate::rest::people::tokens::new_token;

/// The fields of the form.
const FIELDS: [&str; 6] = ["name", "user", "days", "rights", "types", "networks"];
/// Days until a token expires, where nobody says otherwise: a season.
const DAYS_DEFAULT: &str = "90";
/// The most days: ten years; whoever wants longer wants no end.
const DAYS_MAX: u64 = 3_660;

#[derive(Template)]
#[template(path = "ui/tokens_list.html")]
struct TokensList {
    shell: Shell,
    /// Whether those of all people are shown.
    is_all: bool,
    /// Whether whoever looks can make one: a token can't.
    may_make: bool,
    tokens: Vec<ShownToken>,
    rights: Vec<Choice>,
    types: Vec<Choice>,
    days_max: u64,
    /// The secret of one that was made just now, and its name.
    made: Option<Made>,
    filled: Filled,
}

struct Made {
    name: String,
    secret: String,
}

struct ShownToken {
    id: i64,
    user: String,
    name: String,
    created: Moment,
    last_used: Option<Moment>,
    expires: Option<Moment>,
    has_expired: bool,
    /// What it is limited to; empty where it is not.
    rights: String,
    types: String,
    networks: String,
}

/// Shows tokens, and the form for one more.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    visit: Visit,
) -> Result<Response, ApiError> {
    answer(&edge, visit, (StatusCode::OK, None), fresh()).await
}

/// Makes a token, or ends one.
pub(crate) async fn act(
    State(edge): State<Arc<Edge>>,
    visit: Visit,
    form: Form,
) -> Result<Response, ApiError> {
    visit.check(form.field(csrf::FIELD))?;
    if form.field(FORM) == "revoke" {
        let id = form.field("token").parse().unwrap_or_default();
        let is_ended = edge.app.token_revoke(&visit.ctx, id).await?;
        return is_ended.then(|| go_to(TOKENS, [])).ok_or_else(|| ApiError::no_match("token"));
    }
    match make(&edge, &visit.ctx, &form).await {
        Ok(made) => answer(&edge, visit, (StatusCode::CREATED, Some(made)), fresh()).await,
        Err(error) => {
            let filled = Filled::refused(form, error, &FIELDS)?;
            answer(&edge, visit, (filled.status(), None), filled).await
        }
    }
}

fn fresh() -> Filled {
    Filled::with(&[("days", DAYS_DEFAULT)])
}

async fn make(edge: &Edge, ctx: &Context, form: &Form) -> Result<Made, ApiError> {
    let mut fields = filled::members(form, &["name", "user"]);
    for (name, kind) in [("rights", "right"), ("types", "type")] {
        let words = filled::chosen(form, kind);
        if !words.is_empty() {
            fields.insert(name.to_owned(), filled::list(words));
        }
    }
    let networks = form.field("networks").split([',', ' ', '\n', '\r', '\t']);
    let networks = networks.filter(|network| !network.is_empty()).map(str::to_owned);
    fields.insert("networks".to_owned(), filled::list(networks));
    let days = form.field("days").trim();
    let expires_at = end(days, ctx.now);
    if let Some(moment) = expires_at {
        fields.insert("expires_at".to_owned(), Json::text(datetime_text(moment)));
    }
    let mut members = Members::of(fields);
    if expires_at.is_none() && !days.is_empty() {
        members.fault("days", format!("Give 1 to {DAYS_MAX} days, or none."));
    }
    let new = new_token(edge.schema(), ctx, members)?;
    let name = new.name.clone();
    Ok(Made { name, secret: edge.app.token_create(ctx, new).await? })
}

/// So many days from now.
fn end(days: &str, now: Timestamp) -> Option<chrono::DateTime<Utc>> {
    let days = days.parse().ok().filter(|days| (1..=DAYS_MAX).contains(days))?;
    now.checked_add_days(Days::new(days))
}

async fn answer(
    edge: &Edge,
    visit: Visit,
    (status, made): (StatusCode, Option<Made>),
    filled: Filled,
) -> Result<Response, ApiError> {
    let ctx = &visit.ctx;
    let tokens = edge.app.token_list(ctx).await?;
    let types = types(edge.schema()).into_iter();
    page(
        status,
        &TokensList {
            is_all: ctx.access.has_everywhere(Right::Administer),
            may_make: visit.session.is_some(),
            tokens: tokens.into_iter().map(|token| shown(token, ctx.now)).collect(),
            rights: right_choices(),
            types: types
                .map(|(name, label)| Choice { label, ..Choice::of("type", &name) })
                .collect(),
            days_max: DAYS_MAX,
            made,
            filled,
            shell: visit.shell,
        },
    )
}

fn shown(token: StoredToken, now: Timestamp) -> ShownToken {
    let list = |text: Option<String>| text.unwrap_or_default().replace(',', ", ");
    ShownToken {
        id: token.id,
        user: token.user,
        name: token.name,
        created: Moment::of(token.created_at),
        last_used: token.last_used_at.map(Moment::of),
        has_expired: token.expires_at.is_some_and(|end| end <= now),
        expires: token.expires_at.map(Moment::of),
        rights: list(token.rights),
        types: list(token.types),
        networks: list(token.networks),
    }
}
