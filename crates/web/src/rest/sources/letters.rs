//! `GET /api/-/sources/{name}/letters/`, `…/letters/{id}/`, and `POST …/letters/replay/` and
//! `…/letters/discard/`

use std::sync::Arc;

use app::sources::{LetterFilter, LetterPage, LettersChosen, Replayed};
use axum::extract::{Path, State};
use axum::response::Response;
use domain::fault::{Faults, FieldFault};
use serde_json::{Value, json};

use super::{PATH, shown_letter, shown_tally};
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::list::take_number;
use crate::extract::past::LIMIT_DEFAULT;
use crate::extract::{Doer, JsonRead, MaybeObject, Parameters};
use crate::rest::answer;
use crate::rest::people::members::Members;

/// The most dead letters on a page.
pub(crate) const LETTERS_PAGE_MAX: u64 = 1_000;

/// Lists dead letters, the latest first.
pub(crate) async fn list(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    read: JsonRead,
) -> Result<Response, ApiError> {
    let JsonRead { ctx, links, mut parameters, .. } = read;
    let mut faults = Faults::default();
    let limit = take_number(&mut parameters, "limit", 1..=LETTERS_PAGE_MAX, &mut faults);
    let filter = take_filter(&mut parameters, &mut faults);
    if let Err(wrong) = parameters.refuse_rest(edge.settings.lenient_filters) {
        faults.merge(wrong);
    }
    faults.or_ok(())?;
    let limit = limit.and_then(|limit| u32::try_from(limit).ok()).unwrap_or(LIMIT_DEFAULT);
    let LetterPage { letters, next, count } =
        edge.app.letters(&ctx, &name, (filter.clone(), limit)).await?;
    let next = next.map(|before| {
        let mut asked = vec![("limit", limit.to_string()), ("before", before.to_string())];
        asked.extend(filter.topic.map(|topic| ("topic", topic)));
        asked.extend(filter.number.map(|number| ("partition", number.to_string())));
        asked.extend(filter.reason.map(|reason| ("reason", reason)));
        let asked = asked.iter().map(|(name, value)| (*name, value.as_str()));
        links.with(&format!("{PATH}{name}/letters/"), asked)
    });
    let shown = letters.iter().map(|letter| shown_letter(&name, letter, &links));
    let letters: Vec<Value> = shown.collect();
    Ok(answer::json(&json!({"count": count, "next": next, "results": letters})))
}

/// What dead letters are asked for.
pub(crate) fn take_filter(parameters: &mut Parameters, faults: &mut Faults) -> LetterFilter {
    let before = take_number(parameters, "before", 1..=i64::MAX as u64, faults);
    let number = take_number(parameters, "partition", 0..=i32::MAX as u64, faults);
    LetterFilter {
        id: None,
        topic: parameters.take("topic", faults).filter(|topic| !topic.is_empty()),
        number: number.and_then(|number| i32::try_from(number).ok()),
        reason: parameters.take("reason", faults).filter(|reason| !reason.is_empty()),
        before: before.and_then(|id| i64::try_from(id).ok()),
    }
}

/// Tells of a dead letter.
pub(crate) async fn get(
    State(edge): State<Arc<Edge>>,
    Path((name, id)): Path<(String, String)>,
    read: JsonRead,
) -> Result<Response, ApiError> {
    read.parameters.refuse_rest(edge.settings.lenient_filters)?;
    let letter = edge.app.letter(&read.ctx, &name, id.parse().unwrap_or_default()).await?;
    Ok(answer::json(&shown_letter(&name, &letter, &read.links)))
}

/// Takes dead letters in again, or throws them away.
pub(crate) async fn act(
    State(edge): State<Arc<Edge>>,
    Path((name, verb)): Path<(String, String)>,
    Doer(caller): Doer,
    MaybeObject(fields): MaybeObject,
) -> Result<Response, ApiError> {
    if !matches!(verb.as_str(), "replay" | "discard") {
        return Err(ApiError::NotFound("Not found.".to_owned()));
    }
    let chosen = chosen(Members::of(fields))?;
    if verb == "discard" {
        let discarded = edge.app.letters_discard(&caller.ctx, &name, chosen).await?;
        return Ok(answer::json(&json!({"discarded": discarded})));
    }
    let replayed = edge.app.letters_replay(&caller.ctx, &name, chosen).await?;
    let Replayed { tally, cut } = replayed;
    let counts = shown_tally(&tally);
    Ok(answer::json(&json!({"replayed": tally.messages(), "counts": counts, "cut": cut})))
}

/// One by its number, or all that match.
fn chosen(mut members: Members) -> Result<LettersChosen, Faults> {
    let id = members.whole_number("id");
    let all = members.truth("all").unwrap_or(false);
    let filter = LetterFilter {
        topic: members.text("topic"),
        number: members.whole_number("partition").and_then(|number| i32::try_from(number).ok()),
        reason: members.text("reason"),
        ..LetterFilter::default()
    };
    let is_filtered = filter != LetterFilter::default();
    let chosen = match (id, all || is_filtered) {
        (Some(id), false) => Some(LettersChosen::One(id)),
        (None, true) => Some(LettersChosen::Matching(filter)),
        (Some(_), true) => {
            members.fault("id", "Name one by its id, or those that match, not both.");
            None
        }
        (None, false) => None,
    };
    let chosen = members.finish(chosen)?;
    chosen.ok_or_else(|| {
        let text = "Name one by its id, some by topic, partition or reason, or say all: true.";
        Faults::one("id", FieldFault::BadParameter(text.to_owned()))
    })
}
