//! `GET` and `POST /-/system/`: what runs here, the answers that are kept, and the schema.

use std::sync::Arc;

use app::cache::CacheReport;
use app::ports::CacheStats;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::schema::{Demand, Field, Kind, Schema, Type};

use super::cell::Link;
use super::front_show::plan;
use super::page::{go_to, page};
use super::records_list::grouped;
use super::schema_plan::{self, Drawn};
use super::shell::{list_path, plural_label};
use super::{SYSTEM, Shell, Visit};
use crate::auth::csrf;
use crate::auth::form::Form;
use crate::edge::Edge;
use crate::error::ApiError;

/// What runs here.
const VERSION: &str = env!("CARGO_PKG_VERSION");

#[derive(Template)]
#[template(path = "ui/system_show.html")]
struct SystemShow {
    shell: Shell,
    version: &'static str,
    database: String,
    caches: Vec<ShownCache>,
    cleared: i64,
    body_limit: String,
    max_staleness_ms: i64,
    types: Vec<ShownType>,
    plan: Drawn,
}

struct ShownCache {
    name: String,
    state: &'static str,
    counts: [String; 7],
}

struct ShownType {
    name: String,
    link: Link,
    count: String,
    description: String,
    review: String,
    key: String,
    unique_together: Vec<String>,
    needs_reason: bool,
    needs_if_match: bool,
    fields: Vec<ShownField>,
    referrers: Vec<Link>,
}

struct ShownField {
    name: String,
    label: String,
    help: String,
    kind: &'static str,
    /// The type that it refers to.
    target: Option<Link>,
    /// What else is said of it: `required, unique`.
    rules: String,
}

/// Shows what runs here.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    visit: Visit,
) -> Result<Response, ApiError> {
    let (ctx, schema) = (&visit.ctx, edge.schema());
    let CacheReport { cleared, body_limit, max_staleness, caches } =
        edge.app.cache_report(ctx).await?;
    let (engine, version) = edge.app.database(ctx).await?;
    let mut types = Vec::new();
    for of in schema.types() {
        let count = edge.app.find(ctx, plan(of)).await?.count.unwrap_or_default();
        types.push(shown(schema, of, count));
    }
    page(
        StatusCode::OK,
        &SystemShow {
            version: VERSION,
            database: format!("{engine} {version}"),
            caches: caches.iter().map(cache).collect(),
            cleared,
            body_limit: grouped(u64::try_from(body_limit).unwrap_or(u64::MAX)),
            max_staleness_ms: max_staleness.num_milliseconds(),
            types,
            plan: schema_plan::draw(schema),
            shell: visit.shell,
        },
    )
}

/// Has all answers forgotten that are kept.
pub(crate) async fn clear(
    State(edge): State<Arc<Edge>>,
    visit: Visit,
    form: Form,
) -> Result<Response, ApiError> {
    visit.check(form.field(csrf::FIELD))?;
    edge.app.cache_clear(&visit.ctx).await?;
    Ok(go_to(SYSTEM, []))
}

fn cache(stats: &CacheStats) -> ShownCache {
    let known = |count: Option<u64>| count.map(grouped).unwrap_or_default();
    ShownCache {
        name: if stats.name.is_empty() {
            stats.kind.to_owned()
        } else {
            format!("{} {}", stats.kind, stats.name)
        },
        state: if stats.is_in_use { "ok" } else { "failed" },
        counts: [
            grouped(stats.hits),
            grouped(stats.misses),
            grouped(stats.stores),
            known(stats.evictions),
            grouped(stats.errors),
            known(stats.entries),
            known(stats.bytes),
        ],
    }
}

fn shown(schema: &Schema, of: &Type, count: u64) -> ShownType {
    let names = |fields: &[domain::schema::FieldIndex]| {
        let names: Vec<&str> = fields.iter().map(|at| of.field(*at).name.as_str()).collect();
        names.join(", ")
    };
    let referrers = schema.referrers(of.index).map(|(from, field)| Link {
        href: anchor(from),
        label: format!("{}.{}", from.name.as_str(), field.name.as_str()),
    });
    ShownType {
        name: of.name.as_str().to_owned(),
        link: Link { href: list_path(of), label: plural_label(of) },
        count: grouped(count),
        description: of.description.clone(),
        review: of.review.to_string(),
        key: names(&of.key),
        unique_together: of.unique_together.iter().map(|set| names(set)).collect(),
        needs_reason: of.reason == Demand::Required,
        needs_if_match: of.if_match == Demand::Required,
        fields: of.fields.iter().map(|field| shown_field(schema, field)).collect(),
        referrers: referrers.collect(),
    }
}

/// Where the page tells of a type.
fn anchor(of: &Type) -> String {
    format!("#type-{}", of.name.as_str())
}

fn shown_field(schema: &Schema, field: &Field) -> ShownField {
    let target = field.kind.target().map(|target| schema.get(target));
    ShownField {
        name: field.name.as_str().to_owned(),
        label: field.label.clone(),
        help: field.help.clone(),
        kind: field.kind.word(),
        target: target.map(|of| Link { href: anchor(of), label: of.name.as_str().to_owned() }),
        rules: rules(field),
    }
}

fn rules(field: &Field) -> String {
    let mut rules: Vec<String> = [
        (field.required, "required"),
        (field.unique, "unique"),
        (field.indexed, "indexed"),
        (field.searched, "searched"),
    ]
    .into_iter()
    .filter(|(is_so, _)| *is_so)
    .map(|(_, word)| word.to_owned())
    .collect();
    if let Kind::Choice(choices) = &field.kind {
        let words: Vec<&str> = choices.iter().map(|choice| choice.value.as_str()).collect();
        rules.push(format!("one of {}", words.join(", ")));
    }
    if let Kind::Ref { on_delete, .. } | Kind::Refs { on_delete, .. } = &field.kind {
        rules.push(format!("{} on delete", on_delete.word()));
    }
    if let Some(value) = &field.default {
        rules.push(format!("{} by default", value.to_text()));
    }
    rules.join("; ")
}
