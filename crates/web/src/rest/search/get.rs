//! `GET /api/-/search/?q=`: records of every type that hold a text, a few of each.

use std::sync::Arc;

use app::search::FoundOfType;
use axum::extract::State;
use axum::response::Response;
use domain::access::Right;
use domain::fault::{Faults, FieldFault};
use domain::freshness::Depends;
use serde_json::{Map, Value, json};

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::links::with_query;
use crate::extract::past::take_text;
use crate::extract::{JsonRead, Links, Parameters};
use crate::fresh;
use crate::rest::answer;

/// The address.
pub(crate) const PATH: &str = "/api/-/search/";
/// Records of each type, where nothing is said.
pub(crate) const LIMIT_DEFAULT: u32 = 5;
/// The most records of each type.
pub(crate) const LIMIT_MAX: u32 = 50;

/// Finds records.
pub(crate) async fn get(
    State(edge): State<Arc<Edge>>,
    read: JsonRead,
) -> Result<Response, ApiError> {
    let edge = &edge;
    fresh::json(edge, read, Depends::Everything, |ctx, links, mut parameters| async move {
        ctx.must_anywhere(Right::View)?;
        let mut faults = Faults::default();
        let text = take_text("q", &mut parameters, &mut faults).unwrap_or_default();
        let limit = take_limit(&mut parameters, &mut faults);
        if let Err(wrong) = parameters.refuse_rest(edge.settings.lenient_filters) {
            faults.merge(wrong);
        }
        faults.or_ok(())?;
        let found = edge.app.search(&ctx, &text, limit).await?;
        Ok(answer::json(&told(edge, &links, &found, &text)))
    })
    .await
}

fn take_limit(parameters: &mut Parameters, faults: &mut Faults) -> u32 {
    let Some(text) = parameters.take("limit", faults).filter(|text| !text.is_empty()) else {
        return LIMIT_DEFAULT;
    };
    let limit = text.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit));
    limit.unwrap_or_else(|| {
        let told = format!("Give a number from 1 to {LIMIT_MAX}.");
        faults.add("limit", FieldFault::BadParameter(told));
        LIMIT_DEFAULT
    })
}

fn told(edge: &Edge, links: &Links, found: &[FoundOfType], text: &str) -> Value {
    let mut results = Vec::new();
    let mut more = Map::new();
    for of_type in found {
        let of = edge.record_type(of_type.type_index);
        let list = format!("{}/api/{}/", links.base(), of.plural);
        results.extend(of_type.records.iter().map(|record| {
            json!({
                "type": of.name.as_str(),
                "id": record.id.0,
                "url": format!("{list}{}/", record.id),
                "display": record.display,
                "others": record.others,
            })
        }));
        if of_type.has_more {
            let all = with_query(&list, std::iter::once(("search", text.trim())));
            more.insert(of.name.to_string(), Value::String(all));
        }
    }
    json!({"results": results, "more": more})
}
