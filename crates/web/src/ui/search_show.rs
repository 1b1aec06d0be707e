//! `GET /-/search/?q=`: records of every type that hold a text.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::access::Right;
use domain::fault::Faults;
use domain::query::{Page, Plan};

use super::cell::Link;
use super::page::page;
use super::shell::{list_path, plural_label};
use super::{Shell, Visit};
use crate::edge::Edge;
use crate::error::ApiError;
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
    let mut groups = Vec::new();
    for of in edge.schema().types().iter().filter(|_| !text.is_empty()) {
        let is_searched = of.fields.iter().any(|field| field.searched);
        if !is_searched || ctx.must(Right::View, edge.schema(), of.index).is_err() {
            continue;
        }
        let plan = Plan {
            type_index: of.index,
            filter: domain::filter::search(&text),
            order: domain::query::order::default_order(of),
            page: Page::Offset { offset: 0, limit: OF_EACH_TYPE },
            count: false,
            as_of: None,
        };
        let found = edge.app.find(&ctx, plan).await?;
        if found.records.is_empty() {
            continue;
        }
        let others =
            of.fields.iter().filter(|field| field.searched && !of.key.contains(&field.index));
        let others: Vec<_> = others.collect();
        let records = found.records.iter().map(|record| Found {
            record: Link {
                href: format!("{}{}/", list_path(of), record.id),
                label: app::encode::display(of, record),
            },
            told: others
                .iter()
                .filter_map(|field| record.fields.get(field.index))
                .map(domain::value::Value::to_text)
                .collect::<Vec<_>>()
                .join(" · "),
        });
        let query =
            form_urlencoded::Serializer::new(String::new()).append_pair("search", &text).finish();
        groups.push(Group {
            label: plural_label(of),
            records: records.collect(),
            more: found.next.map(|_| format!("{}?{query}", list_path(of))),
        });
    }
    page(StatusCode::OK, &SearchShow { shell, text, groups })
}
