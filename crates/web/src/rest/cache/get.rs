//! `GET /api/-/cache/`

use std::sync::Arc;

use app::cache::CacheReport;
use app::ports::CacheStats;
use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::JsonRead;
use crate::rest::answer;

/// Tells what has become of the answers that are kept, in this process and in memcached.
pub(crate) async fn get(
    State(edge): State<Arc<Edge>>,
    JsonRead { ctx, parameters, .. }: JsonRead,
) -> Result<Response, ApiError> {
    parameters.refuse_rest(edge.settings.lenient_filters)?;
    let CacheReport { cleared, body_limit, max_staleness, caches } =
        edge.app.cache_report(&ctx).await?;
    Ok(answer::json(&json!({
        "cleared": cleared,
        "body_limit": body_limit,
        "max_staleness_ms": max_staleness.num_milliseconds(),
        "caches": caches.iter().map(cache).collect::<Vec<_>>(),
    })))
}

fn cache(stats: &CacheStats) -> Value {
    json!({
        "kind": stats.kind,
        "name": stats.name,
        "is_in_use": stats.is_in_use,
        "hits": stats.hits,
        "misses": stats.misses,
        "stores": stats.stores,
        "errors": stats.errors,
        "evictions": stats.evictions,
        "entries": stats.entries,
        "bytes": stats.bytes,
        "own": stats.own,
    })
}
