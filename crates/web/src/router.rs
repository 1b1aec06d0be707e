//! All routes, in one list.

use std::sync::{Arc, OnceLock};

use app::App;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{any, delete, get, post, put};
use domain::freshness::Maker;
use domain::schema::Schema;
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;

use crate::auth;
use crate::edge::Edge;
use crate::envelope::panicked;
use crate::error::ApiError;
use crate::fresh::{Repeats, pages};
use crate::measured::{Requests, note_route};
use crate::refusals::Refusals;
use crate::rest::{
    audit, by_key, cache, catalogue, commit, diff, documents, events, feeds, health, history,
    metrics, people, record, records, redirect, requests, search, sources, tasks, templates,
    validate, views, webhooks,
};
use crate::service::WebService;
use crate::settings::{RequestIds, Settings};
use crate::ui;

/// Other sources may write other answers.
const SOURCES: &str = env!("SOURCES_DIGEST");

/// The whole web edge over a register.
pub fn service(app: App, settings: Settings, request_ids: RequestIds) -> WebService {
    let by_key = routes_by_key(&app.schema);
    let refusals = Refusals::default();
    let requests = Arc::new(Requests::default());
    let noted = from_fn_with_state(Arc::clone(&requests), note_route);
    // A client that stops half-way through its body is not waited for.
    let body_time = RequestBodyTimeoutLayer::new(settings.request_timeout);
    let lenient = settings.lenient_filters.to_string();
    let maker = Maker::new(&app.schema, &[SOURCES, &lenient, &app.templates.configured_form()]);
    let repeats = Repeats::default();
    let followers = Arc::new(Semaphore::new(events::follow::FOLLOWERS_MAX));
    let plots = ui::front_plots::KeptPlots::default();
    let edge = Arc::new(Edge {
        app,
        settings,
        request_ids,
        openapi: OnceLock::new(),
        maker,
        repeats,
        plots,
        followers,
        requests,
        refusals,
    });
    let known = from_fn_with_state(Arc::clone(&edge), pages::known);
    let made = from_fn_with_state(Arc::clone(&edge), pages::made);
    let routes = routes()
        .merge(by_key)
        .merge(routes_of_pages().layer(known))
        .merge(routes_of_administration().layer(made))
        .fallback(not_found)
        .layer(body_time)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(noted)
        .with_state(Arc::clone(&edge));
    WebService::new(edge, routes)
}

fn routes() -> Router<Arc<Edge>> {
    Router::new()
        .route("/favicon.ico", get(ui::assets::icon))
        .route("/-/assets/{*name}", get(ui::assets::file))
        .route("/healthz", get(health::alive::alive))
        .route("/readyz", get(health::ready::ready))
        .route("/metrics", get(metrics::get::get))
        .route("/api", any(redirect::to_slash))
        .route("/api/", get(catalogue::list::list))
        .route("/api/-/openapi.json", get(documents::openapi::openapi))
        .route("/api/-/docs", any(redirect::to_slash))
        .route("/api/-/docs/", get(documents::docs::page))
        .route("/api/-/docs/{name}", get(documents::docs::file))
        .route("/api/-/search", any(redirect::to_slash))
        .route(search::get::PATH, get(search::get::get))
        .route("/api/-/cache", any(redirect::to_slash))
        .route("/api/-/cache/", get(cache::get::get).delete(cache::clear::clear))
        .route("/api/-/validate/{plural}", any(redirect::to_slash))
        .route("/api/-/validate/{plural}/", post(validate::check::check))
        .merge(routes_of_the_past())
        .merge(routes_of_people())
        .merge(routes_of_sign_in())
        .merge(routes_of_reviews())
        .merge(routes_of_views())
        .merge(routes_of_tasks())
        .merge(routes_of_webhooks())
        .merge(routes_of_events())
        .merge(routes_of_sources())
        .merge(routes_of_feeds())
        .merge(routes_of_templates())
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

/// Who there is, and what they may.
fn routes_of_people() -> Router<Arc<Edge>> {
    Router::new()
        .route("/api/-/me", any(redirect::to_slash))
        .route("/api/-/me/", get(people::me::me).patch(people::me::change))
        .route("/api/-/users", any(redirect::to_slash))
        .route("/api/-/users/", get(people::users::list).post(people::users::add))
        .route("/api/-/users/{name}", any(redirect::to_slash))
        .route("/api/-/users/{name}/", get(people::users::get).patch(people::users::change))
        .route("/api/-/groups", any(redirect::to_slash))
        .route("/api/-/groups/", get(people::groups::list).post(people::groups::add))
        .route("/api/-/groups/{name}", any(redirect::to_slash))
        .route("/api/-/groups/{name}/", get(people::groups::get).delete(people::groups::remove))
        .route("/api/-/groups/{name}/grants", any(redirect::to_slash))
        .route("/api/-/groups/{name}/grants/", post(people::groups::grant))
        .route("/api/-/groups/{name}/grants/{id}/", delete(people::groups::revoke))
        .route(
            "/api/-/groups/{name}/members/{user}/",
            put(people::groups::add_member).delete(people::groups::remove_member),
        )
        .route("/api/-/tokens", any(redirect::to_slash))
        .route("/api/-/tokens/", get(people::tokens::list).post(people::tokens::add))
        .route("/api/-/tokens/{id}", any(redirect::to_slash))
        .route("/api/-/tokens/{id}/", delete(people::tokens::revoke))
}

/// Changes that wait until somebody else agrees to them.
fn routes_of_reviews() -> Router<Arc<Edge>> {
    Router::new()
        .route("/api/-/change-requests", any(redirect::to_slash))
        .route("/api/-/change-requests/", get(requests::list::list))
        .route("/api/-/change-requests/decide/", post(requests::decide::decide))
        .route("/api/-/change-requests/{number}", any(redirect::to_slash))
        .route("/api/-/change-requests/{number}/", get(requests::get::get))
        .route("/api/-/change-requests/{number}/{verb}", any(redirect::to_slash))
        .route("/api/-/change-requests/{number}/{verb}/", post(requests::act::act))
}

/// What runs by itself.
fn routes_of_tasks() -> Router<Arc<Edge>> {
    Router::new()
        .route("/api/-/tasks", any(redirect::to_slash))
        .route(tasks::PATH, get(tasks::list::list))
        .route("/api/-/tasks/{name}", any(redirect::to_slash))
        .route("/api/-/tasks/{name}/", get(tasks::one::get))
        .route("/api/-/tasks/{name}/runs", any(redirect::to_slash))
        .route("/api/-/tasks/{name}/runs/", get(tasks::runs::list))
        .route("/api/-/tasks/{name}/runs/{id}", any(redirect::to_slash))
        .route("/api/-/tasks/{name}/runs/{id}/", get(tasks::runs::get))
        .route("/api/-/tasks/{name}/runs/{id}/log", any(redirect::to_slash))
        .route("/api/-/tasks/{name}/runs/{id}/log/", get(tasks::log::get))
        .route("/api/-/tasks/{name}/{verb}", any(redirect::to_slash))
        .route("/api/-/tasks/{name}/{verb}/", post(tasks::act::act))
}

/// Who is told what happens.
fn routes_of_webhooks() -> Router<Arc<Edge>> {
    Router::new()
        .route("/api/-/webhooks", any(redirect::to_slash))
        .route(webhooks::PATH, get(webhooks::list::list))
        .route("/api/-/webhooks/{name}", any(redirect::to_slash))
        .route("/api/-/webhooks/{name}/", get(webhooks::one::get).delete(webhooks::one::forget))
        .route("/api/-/webhooks/{name}/dead", any(redirect::to_slash))
        .route(
            "/api/-/webhooks/{name}/dead/",
            get(webhooks::dead::list).delete(webhooks::dead::discard_all),
        )
        .route("/api/-/webhooks/{name}/dead/replay", any(redirect::to_slash))
        .route("/api/-/webhooks/{name}/dead/replay/", post(webhooks::dead::replay_all))
        .route("/api/-/webhooks/{name}/dead/{id}", any(redirect::to_slash))
        .route(
            "/api/-/webhooks/{name}/dead/{id}/",
            get(webhooks::dead::get).delete(webhooks::dead::discard),
        )
        .route("/api/-/webhooks/{name}/dead/{id}/replay", any(redirect::to_slash))
        .route("/api/-/webhooks/{name}/dead/{id}/replay/", post(webhooks::dead::replay))
        .route("/api/-/webhooks/{name}/{verb}", any(redirect::to_slash))
        .route("/api/-/webhooks/{name}/{verb}/", post(webhooks::act::act))
}

/// Changes as they are told to the outside.
fn routes_of_events() -> Router<Arc<Edge>> {
    Router::new()
        .route("/api/-/events", any(redirect::to_slash))
        .route(events::PATH, get(events::list::get))
        .route("/api/-/events/publishers", any(redirect::to_slash))
        .route("/api/-/events/publishers/", get(events::publishers::list))
        .route("/api/-/events/publishers/{name}", any(redirect::to_slash))
        .route("/api/-/events/publishers/{name}/", delete(events::publishers::remove))
        .route("/api/-/events/publishers/{name}/snapshot", any(redirect::to_slash))
        .route(
            "/api/-/events/publishers/{name}/snapshot/",
            get(events::publishers::snapshot).post(events::publishers::ask),
        )
}

/// What other programs read.
fn routes_of_feeds() -> Router<Arc<Edge>> {
    Router::new()
        .route("/integrations/{feed}", any(redirect::to_slash))
        .route("/integrations/{feed}/", get(feeds::get::of_hosts))
        .route("/integrations/{feed}/{plural}", any(redirect::to_slash))
        .route("/integrations/{feed}/{plural}/", get(feeds::get::of_type))
}

/// What exports are made with.
fn routes_of_templates() -> Router<Arc<Edge>> {
    Router::new()
        .route("/api/-/templates", any(redirect::to_slash))
        .route("/api/-/templates/", get(templates::list::list))
        .route("/api/-/templates/{name}", any(redirect::to_slash))
        .route(
            "/api/-/templates/{name}/",
            get(templates::one::get).put(templates::one::put).delete(templates::one::remove),
        )
}

/// Where messages come from.
fn routes_of_sources() -> Router<Arc<Edge>> {
    Router::new()
        .route("/api/-/sources", any(redirect::to_slash))
        .route(sources::PATH, get(sources::list::list))
        .route("/api/-/sources/{name}", any(redirect::to_slash))
        .route("/api/-/sources/{name}/", get(sources::one::get))
        .route("/api/-/sources/{name}/lag", any(redirect::to_slash))
        .route("/api/-/sources/{name}/lag/", get(sources::lag::get))
        .route("/api/-/sources/{name}/letters", any(redirect::to_slash))
        .route("/api/-/sources/{name}/letters/", get(sources::letters::list))
        .route("/api/-/sources/{name}/letters/{letter}", any(redirect::to_slash))
        .route(
            "/api/-/sources/{name}/letters/{letter}/",
            get(sources::letters::get).post(sources::letters::act),
        )
}

/// What tables show, kept under names.
fn routes_of_views() -> Router<Arc<Edge>> {
    Router::new()
        .route("/api/-/views", any(redirect::to_slash))
        .route("/api/-/views/", get(views::list::list).post(views::list::add))
        .route("/api/-/views/{id}", any(redirect::to_slash))
        .route(
            "/api/-/views/{id}/",
            get(views::one::get).patch(views::one::change).delete(views::one::remove),
        )
        .route("/-/views", any(redirect::to_slash))
        .route("/-/views/", get(ui::views_list::show).post(ui::views_list::save))
        .route("/-/views/{id}", any(redirect::to_slash))
        .route("/-/views/{id}/", get(ui::view_show::show).post(ui::view_show::act))
}

/// What people see: at the address of the data, without `/api`.
fn routes_of_pages() -> Router<Arc<Edge>> {
    Router::new()
        .route("/", get(ui::front_show::show))
        .route("/-/change-requests", any(redirect::to_slash))
        .route("/-/change-requests/", get(ui::requests_list::show))
        .route("/-/change-requests/{number}", any(redirect::to_slash))
        .route(
            "/-/change-requests/{number}/",
            get(ui::request_show::show).post(ui::request_show::act),
        )
        .route("/-/history", any(redirect::to_slash))
        .route("/-/history/", get(ui::history_list::show))
        .route("/-/search", any(redirect::to_slash))
        .route("/-/search/", get(ui::search_show::show))
        .route("/{plural}", any(redirect::to_slash))
        .route("/{plural}/", get(ui::records_list::show))
        .route("/{plural}/add", any(redirect::to_slash))
        .route("/{plural}/add/", get(ui::record_change::add).post(ui::record_change::added))
        .route("/{plural}/bulk/", post(ui::records_bulk::bulk))
        .route("/{plural}/import", any(redirect::to_slash))
        .route("/{plural}/import/", get(ui::records_import::ask).post(ui::records_import::sent))
        .route("/{plural}/{id}", any(redirect::to_slash))
        .route("/{plural}/{id}/", get(ui::record_show::show))
        .route("/{plural}/{id}/edit", any(redirect::to_slash))
        .route("/{plural}/{id}/edit/", get(ui::record_change::edit).post(ui::record_change::edited))
        .route("/{plural}/{id}/compare", any(redirect::to_slash))
        .route("/{plural}/{id}/compare/", get(ui::record_compare::show))
        .route("/{plural}/{id}/revert/", post(ui::record_compare::revert))
        .route("/{plural}/{id}/delete", any(redirect::to_slash))
        .route(
            "/{plural}/{id}/delete/",
            get(ui::record_delete::ask).post(ui::record_delete::delete),
        )
}

/// Pages of who may what, and of the register itself.
fn routes_of_administration() -> Router<Arc<Edge>> {
    Router::new()
        .route("/account", any(redirect::to_slash))
        .route("/account/", get(auth::account::show))
        .route("/-/audit", any(redirect::to_slash))
        .route("/-/audit/", get(ui::audit_list::show))
        .route("/-/users", any(redirect::to_slash))
        .route("/-/users/", get(ui::users_list::show).post(ui::users_list::add))
        .route("/-/users/{name}", any(redirect::to_slash))
        .route("/-/users/{name}/", get(ui::user_show::show).post(ui::user_show::act))
        .route("/-/groups", any(redirect::to_slash))
        .route("/-/groups/", get(ui::groups_list::show).post(ui::groups_list::add))
        .route("/-/groups/{name}", any(redirect::to_slash))
        .route("/-/groups/{name}/", get(ui::group_show::show).post(ui::group_show::act))
        .route("/-/tokens", any(redirect::to_slash))
        .route("/-/tokens/", get(ui::tokens_list::show).post(ui::tokens_list::act))
        .route("/-/tasks", any(redirect::to_slash))
        .route("/-/tasks/", get(ui::tasks_list::show))
        .route("/-/tasks/{name}", any(redirect::to_slash))
        .route("/-/tasks/{name}/", get(ui::task_show::show).post(ui::task_show::act))
        .route("/-/tasks/{name}/{id}", any(redirect::to_slash))
        .route("/-/tasks/{name}/{id}/", get(ui::run_show::show))
        .route("/-/templates", any(redirect::to_slash))
        .route("/-/templates/", get(ui::templates_list::show).post(ui::templates_list::add))
        .route("/-/templates/{name}", any(redirect::to_slash))
        .route("/-/templates/{name}/", get(ui::template_show::show).post(ui::template_show::act))
        .route("/-/webhooks", any(redirect::to_slash))
        .route("/-/webhooks/", get(ui::webhooks_list::show))
        .route("/-/webhooks/{name}", any(redirect::to_slash))
        .route("/-/webhooks/{name}/", get(ui::webhook_show::show).post(ui::webhook_show::act))
        .route("/-/sources", any(redirect::to_slash))
        .route("/-/sources/", get(ui::sources_list::show))
        .route("/-/sources/{name}", any(redirect::to_slash))
        .route("/-/sources/{name}/", get(ui::source_show::show).post(ui::source_show::act))
        .route("/-/sources/{name}/{id}", any(redirect::to_slash))
        .route("/-/sources/{name}/{id}/", get(ui::letter_show::show).post(ui::letter_show::act))
        .route("/-/system", any(redirect::to_slash))
        .route("/-/system/", get(ui::system_show::show).post(ui::system_show::clear))
        .route("/-/system/configuration", any(redirect::to_slash))
        .route("/-/system/configuration/", get(ui::configuration_show::show))
}

/// Signing in and out with a browser.
fn routes_of_sign_in() -> Router<Arc<Edge>> {
    Router::new()
        .route("/login", any(redirect::to_slash))
        .route("/login/", get(auth::login::show).post(auth::login::sign_in))
        .route("/auth/logout", post(auth::logout::sign_out))
        .route("/auth/session", post(auth::account::end))
        .route("/auth/password", post(auth::account::password))
        .route("/auth/notices", post(auth::account::notices))
        .route("/auth/preferences", post(auth::preferences::keep))
        .route("/auth/first/", get(auth::first::show).post(auth::first::make))
        .route("/auth/handoff/{name}", post(auth::handoff::take))
        .route("/auth/handoff/{name}/start", get(auth::handoff::start))
        .route("/auth/handoff/{name}/finish", get(auth::handoff::finish))
        .route("/auth/oidc/{name}/start", get(auth::oidc::start))
        .route("/auth/oidc/{name}/finish", get(auth::oidc::finish))
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
