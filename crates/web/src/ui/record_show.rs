//! `GET /{plural}/{id}/`: a record, what refers to it, and what happened to it.

use std::sync::Arc;

use app::Context;
use app::review::RequestQuestion;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::access::Right;
use domain::fault::Faults;
use domain::history::Question;
use domain::query::{Expr, Page, Plan};
use domain::record::Record;
use domain::review::State as RequestState;
use domain::schema::{Field, Schema, Type};

use super::cell::{Cell, Link, Moment, cell};
use super::entry::ShownEntry;
use super::page::page;
use super::record_change::may_change;
use super::records_list::grouped;
use super::requests_list::ShownRequest;
use super::shell::{list_path, plural_label};
use super::{Shell, Visit};
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::{AsOf, OneRecord};

/// The latest entries of its history that a record's page shows.
const ENTRIES: u32 = 20;
/// The most open change requests about it.
const REQUESTS: u32 = 10;

#[derive(Template)]
#[template(path = "ui/record_show.html")]
struct RecordShow {
    shell: Shell,
    list: Link,
    title: String,
    type_label: String,
    path: String,
    api: String,
    revision: i64,
    may_change: bool,
    fields: Vec<ShownField>,
    created: Moment,
    updated: Moment,
    changed_by: String,
    referrers: Vec<Referrers>,
    requests: Vec<ShownRequest>,
    entries: Vec<ShownEntry>,
}

struct ShownField {
    label: String,
    help: String,
    cell: Cell,
}

/// Records that refer to this one by a field.
struct Referrers {
    /// `Servers by Dc`
    label: String,
    count: String,
    href: String,
}

/// Shows a record.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    path: OneRecord,
    visit: Visit,
) -> Result<Response, ApiError> {
    let Visit { ctx, shell, mut parameters, .. } = visit;
    let of = edge.record_type(path.type_index);
    let mut faults = Faults::default();
    let as_of = AsOf::take(&mut parameters, ctx.now, &mut faults);
    faults.or_ok(())?;
    let as_of = as_of.commit(&edge, &ctx).await?;
    let record = edge.app.get_as_of(&ctx, of.index, path.target(), as_of).await?;
    let record = record.ok_or_else(|| ApiError::no_match(&of.label))?;
    let schema = edge.schema();
    let fields = of.fields.iter().map(|field| ShownField {
        label: field.label.clone(),
        help: field.help.clone(),
        cell: cell(schema, field, &record, &shell.past),
    });
    let question = Question {
        type_name: Some(of.name.as_str().to_owned()),
        id: Some(record.id),
        ..Question::default()
    };
    let history = edge.app.history(&ctx, question, None, ENTRIES).await?;
    page(
        StatusCode::OK,
        &RecordShow {
            list: Link {
                href: format!("{}{}", list_path(of), shell.past),
                label: plural_label(of),
            },
            title: app::encode::display(of, &record),
            type_label: of.label.clone(),
            path: format!("{}{}/", list_path(of), record.id),
            api: format!("/api/{}/{}/", of.plural, record.id),
            revision: record.revision.0,
            may_change: as_of.is_none() && may_change(&ctx, &edge, of),
            fields: fields.collect::<Vec<_>>(),
            created: Moment::of(record.created_at),
            updated: Moment::of(record.updated_at),
            changed_by: record.changed_by.clone(),
            referrers: referrers(&edge, &ctx, of, &record).await?,
            requests: requests(&edge, &ctx, of, &record).await?,
            entries: history.entries.iter().map(|entry| ShownEntry::of(schema, entry)).collect(),
            shell,
        },
    )
}

/// How many records refer to this one, by each field that may.
async fn referrers(
    edge: &Edge,
    ctx: &Context,
    of: &Type,
    record: &Record,
) -> Result<Vec<Referrers>, ApiError> {
    let schema = edge.schema();
    let mut referrers = Vec::new();
    for (from, field) in schema.referrers(of.index) {
        if ctx.must(Right::View, schema, from.index).is_err() {
            continue;
        }
        let plan = plan_of_referrers(schema, from, field, record);
        let count = edge.app.find(ctx, plan).await?.count.unwrap_or_default();
        if count > 0 {
            referrers.push(Referrers {
                label: format!("{} by {}", plural_label(from), field.label),
                count: grouped(count),
                href: format!("{}?{}={}", list_path(from), field.name.as_str(), record.id),
            });
        }
    }
    Ok(referrers)
}

fn plan_of_referrers(schema: &Schema, from: &Type, field: &Field, record: &Record) -> Plan {
    let pairs = [(field.name.as_str().to_owned(), record.id.to_string())];
    let nothing = || Expr::And(Vec::new());
    Plan {
        type_index: from.index,
        filter: domain::filter::filter(from, schema, &pairs).unwrap_or_else(|_none| nothing()),
        order: domain::query::order::default_order(from),
        page: Page::Offset { offset: 0, limit: 1 },
        count: true,
        as_of: None,
    }
}

/// The open change requests about a record.
async fn requests(
    edge: &Edge,
    ctx: &Context,
    of: &Type,
    record: &Record,
) -> Result<Vec<ShownRequest>, ApiError> {
    let question = RequestQuestion {
        states: RequestState::ALL.into_iter().filter(|state| state.is_open()).collect(),
        type_name: Some(of.name.as_str().to_owned()),
        id: Some(record.id),
        ..RequestQuestion::default()
    };
    let page = edge.app.requests(ctx, question, REQUESTS).await?;
    Ok(page.requests.iter().map(ShownRequest::of).collect())
}
