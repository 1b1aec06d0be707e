//! `POST /api/-/change-requests/{number}/{verb}/`

use std::collections::BTreeMap;
use std::sync::Arc;

use app::review::{Act, Again, Asked, Solved};
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::change::{
    Action, FieldsInput, Preconditions, Proposal, ProposedChange, Target, Unnamed,
};
use domain::json::Json;
use domain::record::RecordId;
use domain::review::{Event, Resolution};
use domain::schema::Schema;

use super::{Deed, prepared, problem};
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::{MaybeObject, RequestPath};
use crate::rest::change::X_COMMIT;
use crate::rest::people::members::Members;

/// Does something with a change request.
pub(crate) async fn act(
    State(edge): State<Arc<Edge>>,
    Path((_, verb)): Path<(String, String)>,
    RequestPath(number): RequestPath,
    deed: Deed,
    MaybeObject(fields): MaybeObject,
) -> Result<Response, ApiError> {
    let Deed { ctx, links, if_match } = deed;
    // What the register does by itself nobody asks for.
    let event = Event::of_word(&verb).filter(|event| *event != Event::Expire);
    let event = event.ok_or_else(|| ApiError::NotFound("Not found.".to_owned()))?;
    let (asked, comment) = asked(edge.schema(), event, fields)?;
    let act = Act { number, asked, if_match, comment };
    match edge.app.request_act(&ctx, act).await {
        Ok(acted) => {
            let answer = prepared(StatusCode::OK, &edge, &links, &acted.told);
            Ok(match acted.commit {
                Some(commit) => answer.with(X_COMMIT, HeaderValue::from(commit.number.0)),
                None => answer,
            }
            .into_response())
        }
        Err(error) => Ok(problem(&edge, &links, error).into_response()),
    }
}

/// What is asked, and what is said with it.
fn asked(
    schema: &Schema,
    event: Event,
    mut fields: FieldsInput,
) -> Result<(Asked, Option<String>), ApiError> {
    let (changes, resolve) = (fields.remove("changes"), fields.remove("resolve"));
    // A comment may have several lines.
    let comment = match fields.remove("comment") {
        None | Some(Json::Null) => None,
        Some(Json::Text(text)) if !text.contains('\0') => Some(text.trim().to_owned()),
        Some(_) => return Err(fault("comment", "This is a text.")),
    };
    let comment = comment.filter(|comment| !comment.is_empty());
    let mut members = Members::of(fields);
    let asked = match event {
        Event::Approve => Asked::Approve,
        Event::Reject => Asked::Reject,
        Event::Hold => Asked::Hold,
        Event::Resume => Asked::Resume,
        Event::Withdraw => Asked::Withdraw,
        Event::Comment => Asked::Comment,
        Event::Expire => Asked::Expire,
        Event::Assign => Asked::Assign(members.texts("reviewers").unwrap_or_default()),
        Event::Edit => {
            let (title, reason) = (members.text("title"), members.text("reason"));
            let asked = Again::Edit {
                title,
                reason,
                proposal: changes.map(|changes| proposal(schema, changes)).transpose()?,
            };
            return Ok((Asked::Again(members.finish(asked)?), comment));
        }
        Event::Rebase => {
            let solved = solved(resolve, changes)?;
            return Ok((Asked::Again(members.finish(Again::Rebase(solved))?), comment));
        }
    };
    for (name, sent) in [("changes", changes), ("resolve", resolve)] {
        if sent.is_some() {
            members.fault(name, "There is no such member.");
        }
    }
    Ok((members.finish(asked)?, comment))
}

fn fault(name: &str, text: &str) -> ApiError {
    let fault = domain::fault::FieldFault::BadParameter(text.to_owned());
    ApiError::Invalid(domain::fault::Faults::one(name, fault))
}

const CHANGE: &str = "Each change has a type, an action (add, update, delete), an id unless it adds, \
                      and fields unless it deletes.";

/// The changes that are asked for in the place of others.
fn proposal(schema: &Schema, changes: Json) -> Result<Proposal, ApiError> {
    let Json::List(items) = changes else {
        return Err(fault("changes", CHANGE));
    };
    let change = |item| change(schema, item).ok_or_else(|| fault("changes", CHANGE));
    let changes = items.into_iter().map(change).collect::<Result<Vec<_>, _>>()?;
    if changes.is_empty() || changes.len() > app::submit::CHANGES_MAX {
        return Err(fault("changes", CHANGE));
    }
    Ok(Proposal { changes })
}

fn change(schema: &Schema, item: Json) -> Option<ProposedChange> {
    let Json::Object(mut members) = item else {
        return None;
    };
    let Some(Json::Text(name)) = members.remove("type") else {
        return None;
    };
    let of = schema.named(&name)?;
    let id = match members.remove("id") {
        None | Some(Json::Null) => None,
        Some(Json::Number(digits)) => Some(RecordId(digits.parse().ok()?)),
        Some(_) => return None,
    };
    let fields = match members.remove("fields") {
        None => FieldsInput::new(),
        Some(Json::Object(fields)) => fields,
        Some(_) => return None,
    };
    let action = match members.remove("action") {
        None => None,
        Some(Json::Text(word)) => Some(word),
        Some(_) => return None,
    };
    if !members.is_empty() {
        return None;
    }
    let action = match (action.as_deref(), id) {
        (None | Some("add"), None) => Action::Add { fields },
        (None | Some("update"), Some(id)) => {
            Action::Update { target: Target::Id(id), fields, unnamed: Unnamed::Keep }
        }
        (Some("delete"), Some(id)) if fields.is_empty() => {
            Action::Delete { target: Target::Id(id) }
        }
        _ => return None,
    };
    Some(ProposedChange { type_index: of.index, action, preconditions: Preconditions::default() })
}

const RESOLVE: &str = "Give, for each field, \"mine\", \"theirs\" or {\"value\": …}.";

/// How conflicts are solved: for all changes that have one in these fields, or for each by its place.
fn solved(resolve: Option<Json>, changes: Option<Json>) -> Result<Vec<Solved>, ApiError> {
    let mut solved = Vec::new();
    if let Some(resolve) = resolve {
        let fields = resolutions(resolve).ok_or_else(|| fault("resolve", RESOLVE))?;
        solved.push(Solved { change: None, fields });
    }
    let wrong = || fault("changes", "Each has a change, by its place, and what to resolve of it.");
    let items = match changes {
        None => Vec::new(),
        Some(Json::List(items)) => items,
        Some(_) => return Err(wrong()),
    };
    for item in items {
        let Json::Object(mut members) = item else {
            return Err(wrong());
        };
        let (place, resolve) = (members.remove("change"), members.remove("resolve"));
        let place = match place {
            Some(Json::Number(digits)) => digits.parse().ok(),
            _ => None,
        };
        let fields = resolve.and_then(resolutions);
        match (place, fields) {
            (Some(place), Some(fields)) if members.is_empty() => {
                solved.push(Solved { change: Some(place), fields });
            }
            _ => return Err(wrong()),
        }
    }
    Ok(solved)
}

fn resolutions(resolve: Json) -> Option<BTreeMap<String, Resolution>> {
    let Json::Object(members) = resolve else {
        return None;
    };
    let resolution = |(name, how): (String, Json)| {
        let how = match how {
            Json::Text(word) if word == "mine" => Resolution::Mine,
            Json::Text(word) if word == "theirs" => Resolution::Theirs,
            Json::Object(mut members) if members.len() == 1 => {
                Resolution::Value(members.remove("value")?)
            }
            Json::Null
            | Json::Bool(_)
            | Json::Number(_)
            | Json::Text(_)
            | Json::List(_)
            | Json::Object(_) => return None,
        };
        Some((name, how))
    };
    members.into_iter().map(resolution).collect()
}
