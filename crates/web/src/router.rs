//! All routes, in one list.

use std::sync::Arc;

use app::App;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{any, get, post};
use tower_http::catch_panic::CatchPanicLayer;

use crate::edge::Edge;
use crate::envelope::{envelope, panicked};
use crate::error::ApiError;
use crate::rest::{by_key, catalogue, documents, health, record, records, redirect, validate};
use crate::settings::{RequestIds, Settings};

/// The whole web edge over a register.
pub fn router(app: App, settings: Settings, request_ids: RequestIds) -> Router {
    let openapi = crate::openapi::document(&app.schema).to_string().into();
    let edge = Arc::new(Edge {
        app,
        settings,
        request_ids,
        openapi,
    });
    routes()
        .fallback(not_found)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(Arc::clone(&edge), envelope))
        .with_state(edge)
}

fn routes() -> Router<Arc<Edge>> {
    Router::new()
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
        .route("/api/{plural}", any(records::suffixed::dispatch))
        .route(
            "/api/{plural}/",
            get(records::list::list)
                .post(records::post::post)
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
        .route(
            "/api/{plural}/by/{*key}",
            get(by_key::get::get)
                .put(by_key::put::put)
                .patch(by_key::change::change)
                .delete(by_key::delete::delete),
        )
}

async fn not_found() -> ApiError {
    ApiError::NotFound("Not found.".to_owned())
}
