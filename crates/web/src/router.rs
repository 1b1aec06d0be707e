//! All routes, in one list.

use std::sync::Arc;

use app::App;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{any, get, post};
use domain::schema::Schema;
use tower_http::catch_panic::CatchPanicLayer;

use crate::edge::Edge;
use crate::envelope::{envelope, panicked};
use crate::error::ApiError;
use crate::refusals::Refusals;
use crate::rest::{
    audit, by_key, catalogue, commit, diff, documents, health, history, record, records, redirect,
    validate,
};
use crate::settings::{RequestIds, Settings};

/// The whole web edge over a register.
pub fn router(app: App, settings: Settings, request_ids: RequestIds) -> Router {
    let openapi = crate::openapi::document(&app.schema).to_string().into();
    let by_key = routes_by_key(&app.schema);
    let refusals = Refusals::default();
    let edge = Arc::new(Edge { app, settings, request_ids, openapi, refusals });
    routes()
        .merge(by_key)
        .fallback(not_found)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(Arc::clone(&edge), envelope))
        .with_state(edge)
}

fn routes() -> Router<Arc<Edge>> {
    Router::new()
        .route("/", get(redirect::to_docs))
        .route("/healthz", get(health::alive::alive))
        .route("/readyz", get(health::ready::ready))
        .route("/api", any(redirect::to_slash))
        .route("/api/", get(catalogue::list::list))
        .route("/api/-/openapi.json", get(documents::openapi::openapi))
        .route("/api/-/docs", any(redirect::to_slash))
        .route("/api/-/docs/", get(documents::docs::page))
        .route("/api/-/docs/{name}", get(documents::docs::file))
        .route("/api/-/validate/{plural}", any(redirect::to_slash))
        .route("/api/-/validate/{plural}/", post(validate::check::check))
        .merge(routes_of_the_past())
        .route("/api/{plural}", any(records::suffixed::dispatch))
        .route(
            "/api/{plural}/",
            get(records::list::list)
                .post(records::post::post)
                .put(records::bulk::put)
                .patch(records::bulk::patch)
                .delete(records::bulk::delete)
                .options(records::describe::describe),
        )
        .route("/api/{plural}/{id}", any(redirect::to_slash))
        .route(
            "/api/{plural}/{id}/",
            get(record::get::get)
                .put(record::replace::replace)
                .patch(record::change::change)
                .delete(record::delete::delete)
                .options(record::describe::describe),
        )
}

/// What was, and back to it.
fn routes_of_the_past() -> Router<Arc<Edge>> {
    Router::new()
        .route("/api/-/history", any(redirect::to_slash))
        .route("/api/-/history/", get(history::list::list))
        .route("/api/-/audit", any(redirect::to_slash))
        .route("/api/-/audit/", get(audit::list::list))
        .route("/api/-/diff", any(redirect::to_slash))
        .route("/api/-/diff/", get(diff::get::get))
        .route("/api/-/commits/{number}", any(redirect::to_slash))
        .route("/api/-/commits/{number}/", get(commit::get::get))
        .route("/api/-/commits/{number}/revert", any(redirect::to_slash))
        .route("/api/-/commits/{number}/revert/", post(commit::revert::revert))
        .route("/api/{plural}/{id}/history", any(redirect::to_slash))
        .route("/api/{plural}/{id}/history/", get(record::history::history))
        .route("/api/{plural}/{id}/revert", any(redirect::to_slash))
        .route("/api/{plural}/{id}/revert/", post(record::revert::revert))
}

/// The routes by key, for keys of as many parts as some type's has.
fn routes_by_key(schema: &Schema) -> Router<Arc<Edge>> {
    let parts_max = schema.types().iter().map(|of| of.key.len()).max();
    let mut router = Router::new();
    let mut path = "/api/{plural}/by".to_owned();
    for part in 0..parts_max.unwrap_or(0) {
        path = format!("{path}/{{key_{part}}}");
        router = router.route(&path, any(redirect::to_slash)).route(
            &format!("{path}/"),
            get(by_key::get::get)
                .put(by_key::put::put)
                .patch(by_key::change::change)
                .delete(by_key::delete::delete),
        );
    }
    router
}

async fn not_found() -> ApiError {
    ApiError::NotFound("Not found.".to_owned())
}
