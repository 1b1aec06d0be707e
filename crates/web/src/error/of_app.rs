//! What use cases refuse, as clients are told.

use std::collections::{BTreeMap, BTreeSet};

use app::revert::Conflict;
use app::review::Claimed;
use axum::http::{HeaderValue, StatusCode, header};
use domain::access::Missing;
use domain::change::{Dependent, Refusal, Refused};
use domain::fault::{Faults, FieldFault, NON_FIELD};
use domain::record::Record;
use domain::review::Refusal as ReviewRefusal;
use serde_json::json;

use super::{ApiError, Problem};

/// How many seconds a client should wait when the database is busy or away.
const RETRY_AFTER_SECONDS: u64 = 5;

pub(super) fn of_app(error: &app::Error, type_label: &str) -> Problem {
    match error {
        app::Error::BadRequest(faults) => invalid(faults.clone()),
        app::Error::NoReason { types } => no_reason(types),
        app::Error::Folded { .. } => Problem::new(StatusCode::GONE, sentence(error)),
        app::Error::Conflict(found) => conflict(found),
        app::Error::OtherCount { found, is_more, .. } => other_count(*found, *is_more),
        app::Error::Blocked(_)
        | app::Error::KeyRunning
        | app::Error::LastAdministrator
        | app::Error::Webhook(_)
        | app::Error::PublisherAtWork
        | app::Error::SnapshotAsked
        | app::Error::Task(_) => Problem::new(StatusCode::CONFLICT, sentence(error)),
        app::Error::Claimed(claims) => claimed(claims),
        app::Error::Review(refusal) => of_review(*refusal, error),
        // Answered by whoever knows how a change request is written.
        app::Error::Unseen(_) | app::Error::Changed { .. } => {
            Problem::new(StatusCode::PRECONDITION_FAILED, sentence(error))
        }
        app::Error::Unsolved(changes) => unsolved(changes),
        app::Error::NotReviewed { types } => {
            let told = format!("Changes of {} are not reviewed.", types.join(", "));
            invalid(Faults::one("review", FieldFault::BadParameter(told)))
        }
        app::Error::BypassNeedsReason => {
            let told = "Say why you pass by the review: the header X-Change-Reason.".to_owned();
            invalid(Faults::one("reason", FieldFault::BadParameter(told)))
        }
        app::Error::KeyReused => Problem::new(StatusCode::UNPROCESSABLE_ENTITY, sentence(error)),
        app::Error::NotFound { what } => {
            Problem::new(StatusCode::NOT_FOUND, format!("There is no such {what}."))
        }
        app::Error::Refused(refused) => of_refused(refused, type_label),
        app::Error::Unauthenticated => {
            unauthenticated("Authentication credentials were not provided.")
        }
        app::Error::Forbidden(missing) => forbidden(missing),
        app::Error::SignInRefused => Problem::new(StatusCode::UNAUTHORIZED, sentence(error)),
        app::Error::TooManyAttempts { seconds } => {
            Problem::new(StatusCode::TOO_MANY_REQUESTS, sentence(error))
                .with_header(header::RETRY_AFTER, HeaderValue::from(*seconds))
        }
        app::Error::Unavailable(cause) => {
            tracing::warn!(%cause, "the database is busy or away");
            unavailable("The database is busy or can't be reached; try again.")
        }
        app::Error::NoRoom(cause) => {
            tracing::error!(%cause, "nothing can be written");
            Problem::new(
                StatusCode::INSUFFICIENT_STORAGE,
                "Nothing can be written: the disk of the database is full or fails. Nothing was \
                 changed; tell whoever runs this, and try again when there is room.",
            )
        }
        app::Error::TookTooLong => {
            unavailable("The database took too long to answer; ask for less.")
        }
        app::Error::Internal(cause) => {
            tracing::error!(%cause, ?cause, "a use case failed");
            internal()
        }
    }
}

/// One answer for all changes of a request: what is wrong with the input comes before what is
/// wrong with the register.
pub(super) fn of_refused(refused: &[Refused], type_label: &str) -> Problem {
    let mut faults = Faults::default();
    let mut other = None;
    for Refused { why, .. } in refused {
        match why {
            Refusal::Invalid(more) => faults.merge(more.clone()),
            Refusal::NotFound => {
                let missing = ApiError::no_match(type_label);
                other.get_or_insert_with(|| Problem::from(missing));
            }
            Refusal::Stale { current } => {
                other.get_or_insert_with(|| stale(current.as_deref()));
            }
            Refusal::Exists => {
                let detail = format!("The {type_label} has not been deleted.");
                other.get_or_insert_with(|| Problem::new(StatusCode::CONFLICT, detail));
            }
            Refusal::Protected { by, and_more } => {
                other.get_or_insert_with(|| protected(by, *and_more));
            }
        }
    }
    match other {
        Some(problem) if faults.is_empty() || faults.are_conflicts() => problem,
        _ => invalid(faults),
    }
}

const NOTHING_CHANGED: &str = "Nothing was changed; \"errors\" tells why, by item.";

/// The errors of many changes, by their places; the status is that of the gravest.
pub(super) fn of_refused_items(refused: &[Refused], type_label: &str) -> Problem {
    let mut items: BTreeMap<usize, Faults> = BTreeMap::new();
    let mut alone = None;
    for one in refused {
        let problem = of_refused(std::slice::from_ref(one), type_label);
        let faults = items.entry(one.index).or_default();
        if problem.faults.is_empty() {
            faults.add(NON_FIELD, FieldFault::BadParameter(problem.detail.clone()));
        } else {
            faults.merge(problem.faults.clone());
        }
        // What is wrong with the input comes before what is wrong with the register.
        let rank = |problem: &Problem| problem.status.as_u16();
        if alone.as_ref().is_none_or(|gravest| rank(&problem) < rank(gravest)) {
            alone = Some(problem);
        }
    }
    let status = alone.map_or(StatusCode::BAD_REQUEST, |problem| problem.status);
    let mut problem = Problem::new(status, NOTHING_CHANGED);
    problem.item_faults = items;
    problem
}

pub(super) fn invalid_items(faults: BTreeMap<usize, Faults>) -> Problem {
    let mut problem = invalid(Faults::default());
    NOTHING_CHANGED.clone_into(&mut problem.detail);
    problem.item_faults = faults;
    problem
}

fn no_reason(types: &[String]) -> Problem {
    let told =
        format!("Changes of {} need a reason: the header X-Change-Reason.", types.join(", "));
    invalid(Faults::one("reason", FieldFault::BadParameter(told)))
}

fn other_count(found: u64, is_more: bool) -> Problem {
    let detail = if is_more {
        "The filter matches more records than one request may change.".to_owned()
    } else {
        let records = if found == 1 { "record" } else { "records" };
        format!("The filter matches {found} {records}.")
    };
    let fault = FieldFault::BadParameter(detail.clone());
    Problem::new(StatusCode::PRECONDITION_FAILED, detail)
        .with_faults(Faults::one("expect_count", fault))
}

fn conflict(found: &[Conflict]) -> Problem {
    let detail = "Something else has changed since; \"conflicts\" tells what.";
    let mut problem = Problem::new(StatusCode::CONFLICT, detail);
    problem.conflicts = found
        .iter()
        .flat_map(|conflict| {
            conflict.obstacles.iter().map(|obstacle| {
                json!({
                    "type": conflict.type_name,
                    "id": conflict.id.0,
                    "field": obstacle.field,
                    "message": obstacle.why,
                })
            })
        })
        .collect();
    problem
}

/// An error's text as a sentence.
fn sentence(error: &app::Error) -> String {
    let text = error.to_string();
    let mut characters = text.chars();
    let first: String = characters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", characters.as_str())
}

fn stale(current: Option<&Record>) -> Problem {
    let detail = match current {
        Some(record) => format!("The record has changed: it has revision {}.", record.revision),
        None => "There is no such record any more.".to_owned(),
    };
    Problem::new(StatusCode::PRECONDITION_FAILED, detail)
}

fn protected(by: &[Dependent], and_more: bool) -> Problem {
    let named: Vec<String> =
        by.iter().map(|one| format!("{} {} ({})", one.type_name, one.id, one.field)).collect();
    let (more_than, dots) = if and_more { ("More than ", " …") } else { ("", "") };
    let detail = format!(
        "Unable to delete object. {more_than}{} dependent objects were found: {}{dots}",
        by.len(),
        named.join(", ")
    );
    Problem::new(StatusCode::CONFLICT, detail)
}

pub(super) fn invalid(faults: Faults) -> Problem {
    let (status, detail) = if !faults.is_empty() && faults.are_conflicts() {
        (StatusCode::CONFLICT, "Another record has these values already.")
    } else {
        (StatusCode::BAD_REQUEST, "What was sent is not valid; \"errors\" tells what to change.")
    };
    Problem::new(status, detail).with_faults(faults)
}

pub(super) fn unauthenticated(detail: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, detail)
        .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
}

fn forbidden(missing: &Missing) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, format!("You do not have {missing}."))
}

pub(super) fn unavailable(detail: &str) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail)
        .with_header(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECONDS))
}

pub(super) fn internal() -> Problem {
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "Something went wrong on our side; the log has it under this request id.",
    )
}

/// Open change requests ask for the same: which, and for what.
fn claimed(claims: &[Claimed]) -> Problem {
    let numbers: BTreeSet<i64> = claims.iter().map(|claim| claim.request).collect();
    let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    let detail = format!(
        "An open change request asks for the same: {}. Wait for it, or have it withdrawn.",
        numbers.join(", ")
    );
    let mut problem = Problem::new(StatusCode::CONFLICT, detail);
    let told = claims.iter().map(|claim| {
        json!({
            "type": claim.type_name,
            "field": claim.fields.join(", "),
            "request": claim.request,
            "message": format!("Change request {} asks for it.", claim.request),
        })
    });
    problem.conflicts = told.collect();
    problem
}

/// Why something can't happen to a change request.
fn of_review(refusal: ReviewRefusal, error: &app::Error) -> Problem {
    let status = match refusal {
        ReviewRefusal::Closed
        | ReviewRefusal::OnHold
        | ReviewRefusal::NotOnHold
        | ReviewRefusal::ApprovedAlready
        | ReviewRefusal::Conflict => StatusCode::CONFLICT,
        ReviewRefusal::OwnRequest
        | ReviewRefusal::MayNotReview
        | ReviewRefusal::NotInGroups
        | ReviewRefusal::NotRequester
        | ReviewRefusal::MayNotPropose
        | ReviewRefusal::NotRegister => StatusCode::FORBIDDEN,
        ReviewRefusal::NoComment => {
            let fault = FieldFault::BadParameter(sentence(error));
            return invalid(Faults::one("comment", fault));
        }
        ReviewRefusal::Unsaid => StatusCode::PRECONDITION_REQUIRED,
        ReviewRefusal::Unseen => StatusCode::PRECONDITION_FAILED,
    };
    Problem::new(status, sentence(error))
}

/// Conflicts that were not solved, by the places of the changes.
fn unsolved(changes: &[(usize, Vec<String>)]) -> Problem {
    let detail =
        "Solve these conflicts: \"resolve\" each field by \"mine\", \"theirs\" or a value.";
    let mut problem = Problem::new(StatusCode::CONFLICT, detail);
    for (place, fields) in changes {
        let message = if fields.is_empty() { "The record is gone, or there." } else { "Conflict." };
        let field = (!fields.is_empty()).then(|| fields.join(", "));
        problem.conflicts.push(json!({"change": place, "field": field, "message": message}));
    }
    problem
}
