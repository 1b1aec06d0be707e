//! `GET /-/search/?q=`: records of every type that hold a text.

use std::sync::Arc;

use app::search::FoundOfType;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::access::Right;
use domain::fault::Faults;
use domain::schema::Type;

use super::cell::Link;
use super::page::page;
use super::shell::{list_path, plural_label};
use super::{Shell, Visit};
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::links::with_query;
use crate::extract::past::take_text;

/// Records of each type that the page shows.
const OF_EACH_TYPE: u32 = 10;

#[derive(Template)]
#[template(path = "ui/search_show.html")]
struct SearchShow {
    shell: Shell,
    text: String,
    groups: Vec<Group>,
}

/// What was found of a type.
struct Group {
    label: String,
    records: Vec<Found>,
    /// Where all of them are; `None` where these are all.
    more: Option<String>,
}

struct Found {
    record: Link,
    /// Other values that the search looks into.
    told: String,
}

/// Shows what is found.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    visit: Visit,
) -> Result<Response, ApiError> {
    let Visit { ctx, shell, mut parameters, .. } = visit;
    ctx.must_anywhere(Right::View)?;
    let mut faults = Faults::default();
    let text = take_text("q", &mut parameters, &mut faults).unwrap_or_default();
    faults.or_ok(())?;
    let text = text.trim().to_owned();
    let found = edge.app.search(&ctx, &text, OF_EACH_TYPE).await?;
    let groups =
        found.into_iter().map(|found| group(edge.record_type(found.type_index), found, &text));
    page(StatusCode::OK, &SearchShow { shell, groups: groups.collect(), text })
}

fn group(of: &Type, found: FoundOfType, text: &str) -> Group {
    let path = list_path(of);
    let all = || with_query(&path, std::iter::once(("search", text)));
    let records = found.records.into_iter().map(|record| Found {
        record: Link { href: format!("{path}{}/", record.id), label: record.display },
        told: record.others.join(" · "),
    });
    Group { label: plural_label(of), records: records.collect(), more: found.has_more.then(all) }
}
