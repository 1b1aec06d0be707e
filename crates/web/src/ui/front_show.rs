//! `GET /`: how much there is, what happens, and what waits for whoever looks.

use std::sync::Arc;

use app::Context;
use app::review::RequestQuestion;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::access::Right;
use domain::history::Question;
use domain::query::{Expr, Plan};
use domain::review::State as RequestState;
use domain::schema::{Field, Kind, Type};

use super::entry::ShownEntry;
use super::page::page;
use super::records_list::grouped;
use super::requests_list::ShownRequest;
use super::shell::{list_path, plural_label};
use super::{Shell, Visit, assets};
use crate::edge::Edge;
use crate::error::ApiError;

/// Latest changes, and open change requests of each kind, that the page shows.
const SHOWN: u32 = 8;
/// Bars of a plot.
const BARS: u32 = 12;
/// Plots of a type.
const PLOTS: usize = 6;

#[derive(Template)]
#[template(path = "ui/front_show.html")]
struct FrontShow {
    shell: Shell,
    types: Vec<TypeCount>,
    plots: Vec<Plot>,
    awaiting: Vec<ShownRequest>,
    mine: Vec<ShownRequest>,
    entries: Vec<ShownEntry>,
    script: String,
}

struct TypeCount {
    href: String,
    label: String,
    count: String,
}

/// How many records of a type have each value of a field.
struct Plot {
    title: String,
    bars: Vec<Bar>,
}

struct Bar {
    label: String,
    count: u64,
    href: String,
}

/// Shows the front page.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    visit: Visit,
) -> Result<Response, ApiError> {
    let Visit { ctx, shell, .. } = visit;
    let mut types = Vec::new();
    let mut plots = Vec::new();
    for of in edge.schema().types() {
        if ctx.must(Right::View, edge.schema(), of.index).is_err() {
            continue;
        }
        let count = edge.app.find(&ctx, plan(of)).await?.count.unwrap_or_default();
        types.push(TypeCount {
            href: list_path(of),
            label: plural_label(of),
            count: grouped(count),
        });
        // The first type is what the register is for.
        if plots.is_empty() && count > 0 {
            plots = plots_of(&edge, &ctx, of).await?;
        }
    }
    if types.is_empty() {
        ctx.must_anywhere(Right::View)?;
    }
    let open: Vec<_> = RequestState::ALL.into_iter().filter(|state| state.is_open()).collect();
    let user = ctx.actor.name().to_owned();
    let (mut awaiting, mut mine) = (Vec::new(), Vec::new());
    if ctx.is_known() {
        let asked = RequestQuestion { awaiting: Some(user.clone()), ..RequestQuestion::default() };
        awaiting = requests(&edge, &ctx, asked).await?;
        let asked =
            RequestQuestion { requester: Some(user), states: open, ..RequestQuestion::default() };
        mine = requests(&edge, &ctx, asked).await?;
    }
    let history = edge.app.history(&ctx, Question::default(), None, SHOWN).await?;
    page(
        StatusCode::OK,
        &FrontShow {
            types,
            plots,
            awaiting,
            mine,
            entries: history
                .entries
                .iter()
                .map(|entry| ShownEntry::of(edge.schema(), entry))
                .collect(),
            script: assets::script("src/plots.ts"),
            shell,
        },
    )
}

/// The first record of a type, and how many there are.
pub(super) fn plan(of: &Type) -> Plan {
    Plan {
        type_index: of.index,
        filter: Expr::And(Vec::new()),
        order: domain::query::order::default_order(of),
        page: domain::query::Page::Offset { offset: 0, limit: 1 },
        count: true,
        as_of: None,
    }
}

async fn requests(
    edge: &Edge,
    ctx: &Context,
    question: RequestQuestion,
) -> Result<Vec<ShownRequest>, ApiError> {
    let page = edge.app.requests(ctx, question, SHOWN).await?;
    Ok(page.requests.iter().map(ShownRequest::of).collect())
}

/// A plot for each of the first fields that sort records into some few kinds.
async fn plots_of(edge: &Edge, ctx: &Context, of: &Type) -> Result<Vec<Plot>, ApiError> {
    let sorts = |field: &&Field| matches!(field.kind, Kind::Ref { .. } | Kind::Choice(_));
    let mut plots = Vec::new();
    for field in of.fields.iter().filter(sorts).take(PLOTS) {
        let tally = edge.app.tally(ctx, plan(of), field.index, BARS).await?;
        let bars = tally.into_iter().map(|counted| Bar {
            href: format!("{}?{}={}", list_path(of), field.name.as_str(), counted.word),
            label: counted.label,
            count: counted.count,
        });
        let title = format!("{} by {}", plural_label(of), field.label.to_lowercase());
        plots.push(Plot { title, bars: bars.collect() });
    }
    Ok(plots)
}
