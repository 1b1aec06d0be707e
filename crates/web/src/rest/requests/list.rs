//! `GET /api/-/change-requests/`

use std::sync::Arc;

use app::encode::{RequestEncoder, write_list};
use app::review::{REQUESTS_COUNTED_MAX, REQUESTS_PAGE_MAX, RequestQuestion};
use axum::extract::State;
use axum::response::Response;
use domain::fault::Faults;
use domain::json::write_text;
use domain::record::RecordId;
use domain::review::State as RequestState;

use super::PATH;
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::list::take_number;
use crate::extract::parameters::bad;
use crate::extract::past::{LIMIT_DEFAULT, take_flag, take_text};
use crate::extract::{JsonRead, Parameters};
use crate::rest::answer;

/// Lists change requests, newest first.
pub(crate) async fn list(
    State(edge): State<Arc<Edge>>,
    read: JsonRead,
) -> Result<Response, ApiError> {
    let JsonRead { ctx, links, mut parameters, .. } = read;
    let kept: Vec<(String, String)> =
        parameters.pairs().iter().filter(|(name, _)| name != "before").cloned().collect();
    let mut faults = Faults::default();
    let question = question(&edge, ctx.actor.name(), &mut parameters, &mut faults);
    let limit = take_number(&mut parameters, "limit", 1..=REQUESTS_PAGE_MAX.into(), &mut faults);
    if let Err(wrong) = parameters.refuse_rest(edge.settings.lenient_filters) {
        faults.merge(wrong);
    }
    faults.or_ok(())?;
    let limit = limit.and_then(|limit| u32::try_from(limit).ok()).unwrap_or(LIMIT_DEFAULT);
    let page = edge.app.requests(&ctx, question, limit).await?;
    let next = page.next.map(|number| {
        let number = number.to_string();
        let kept = kept.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        links.with(PATH, kept.chain([("before", number.as_str())]))
    });
    let mut out = format!(
        "{{\"count\":{},\"more\":{},\"next\":",
        page.count,
        page.count >= u64::from(REQUESTS_COUNTED_MAX)
    );
    match &next {
        Some(next) => write_text(next, &mut out),
        None => out.push_str("null"),
    }
    out.push_str(",\"results\":");
    let encoder = RequestEncoder { schema: edge.schema(), base_url: links.base() };
    write_list(&page.requests, &mut out, |listed, out| encoder.listed(listed, out));
    out.push('}');
    Ok(answer::body(answer::JSON, out))
}

/// The change requests that parameters ask for.
pub(crate) fn question(
    edge: &Edge,
    user: &str,
    parameters: &mut Parameters,
    faults: &mut Faults,
) -> RequestQuestion {
    let states = take_text("state", parameters, faults).map(|text| states(&text, faults));
    let mine = take_flag("mine", parameters, faults);
    let awaiting_me = take_flag("awaiting_me", parameters, faults);
    let requester = take_text("requester", parameters, faults);
    if mine && requester.is_some() {
        faults.add("mine", bad("Give mine or requester."));
    }
    let type_name = take_text("type", parameters, faults);
    if let Some(name) = &type_name
        && edge.schema().named(name).is_none()
    {
        faults.add("type", bad(format!("There is no type {name}.")));
    }
    let id = take_number(parameters, "record", 1..=i64::MAX as u64, faults);
    if id.is_some() && type_name.is_none() {
        faults.add("record", bad("Give type too: each type counts its own ids."));
    }
    let before = take_number(parameters, "before", 1..=i64::MAX as u64, faults);
    let number = |number: Option<u64>| number.and_then(|number| i64::try_from(number).ok());
    RequestQuestion {
        states: states.unwrap_or_default(),
        requester: if mine { Some(user.to_owned()) } else { requester },
        reviewer: take_text("reviewer", parameters, faults),
        type_name,
        id: number(id).map(RecordId),
        awaiting: awaiting_me.then(|| user.to_owned()),
        before: number(before),
    }
}

/// States parted by commas; `open` stands for those that can still be decided.
fn states(text: &str, faults: &mut Faults) -> Vec<RequestState> {
    let mut states = Vec::new();
    for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        if word == "open" {
            states.extend(RequestState::ALL.into_iter().filter(|state| state.is_open()));
        } else if let Some(state) = RequestState::of_word(word) {
            states.push(state);
        } else {
            let known: Vec<&str> = RequestState::ALL.into_iter().map(RequestState::word).collect();
            let told = format!("There is no state {word}. There are open, {}.", known.join(", "));
            faults.add("state", bad(told));
        }
    }
    states
}
