//! `POST /api/-/change-requests/decide/`: many at once, each by its own rules.

use std::sync::Arc;

use app::review::{Act, Asked};
use axum::extract::State;
use axum::response::Response;
use domain::change::FieldsInput;
use domain::fault::{Faults, FieldFault};
use domain::json::Json;
use serde_json::{Value, json};

use super::{Deed, problem};
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::ObjectBody;
use crate::extract::preconditions::seen;
use crate::rest::answer;
use crate::rest::people::members::Members;

/// The most that one request decides on: a page of the queue.
const DECIDED_MAX: usize = 200;

/// Approves or rejects a selection; tells of each what came of it.
pub(crate) async fn decide(
    State(edge): State<Arc<Edge>>,
    deed: Deed,
    ObjectBody { fields, .. }: ObjectBody,
) -> Result<Response, ApiError> {
    let Deed { ctx, links, .. } = deed;
    let (asked, comment, selected) = selection(fields)?;
    let mut results: Vec<Value> = Vec::with_capacity(selected.len());
    for (number, if_match) in selected {
        let act = Act { number, asked: asked.clone(), if_match, comment: comment.clone() };
        results.push(match edge.app.request_act(&ctx, act).await {
            Ok(acted) => json!({
                "number": number,
                "status": 200,
                "state": acted.told.request.standing.state.word(),
                "commit": acted.commit.map(|commit| commit.number.0),
                "detail": null,
            }),
            Err(error) => {
                let problem = problem(&edge, &links, error);
                json!({
                    "number": number,
                    "status": problem.status().as_u16(),
                    "state": null,
                    "commit": null,
                    "detail": problem.told(),
                })
            }
        });
    }
    Ok(answer::json(&json!({ "results": results })))
}

type Selection = (Asked, Option<String>, Vec<(i64, Option<String>)>);

fn selection(mut fields: FieldsInput) -> Result<Selection, ApiError> {
    let requests = fields.remove("requests");
    let mut members = Members::of(fields);
    let (decision, comment) = (members.required("decision"), members.text("comment"));
    let asked = match decision.as_str() {
        "approve" => Asked::Approve,
        "reject" => Asked::Reject,
        _ => {
            members.fault("decision", "Give approve or reject.");
            Asked::Reject
        }
    };
    let selected = match requests {
        Some(Json::List(items)) if (1..=DECIDED_MAX).contains(&items.len()) => {
            items.into_iter().map(one).collect::<Option<Vec<_>>>()
        }
        _ => None,
    };
    let Some(selected) = selected else {
        let told = format!(
            "Give a list of at most {DECIDED_MAX}, each with the number and the etag that you were \
             shown."
        );
        return Err(ApiError::Invalid(Faults::one("requests", FieldFault::BadParameter(told))));
    };
    Ok(members.finish((asked, comment, selected))?)
}

fn one(item: Json) -> Option<(i64, Option<String>)> {
    let Json::Object(mut members) = item else {
        return None;
    };
    let Some(Json::Number(digits)) = members.remove("number") else {
        return None;
    };
    let etag = match members.remove("etag") {
        None | Some(Json::Null) => None,
        Some(Json::Text(text)) => Some(seen(&text)),
        Some(_) => return None,
    };
    members.is_empty().then_some((digits.parse().ok()?, etag))
}
