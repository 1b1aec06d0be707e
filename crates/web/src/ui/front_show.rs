//! `GET /`: how much there is, what happens, and what waits for whoever looks.

use std::sync::Arc;

use app::Context;
use app::review::RequestQuestion;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::NaiveDate;
use domain::access::Right;
use domain::history::Question;
use domain::query::{Expr, Plan};
use domain::review::State as RequestState;
use domain::schema::Type;
use domain::zone::Zone;

use super::entry::ShownEntry;
use super::front_plots::{self, Bar, Plot};
use super::page::page;
use super::records_list::grouped;
use super::requests_list::ShownRequest;
use super::shell::{list_path, plural_label};
use super::{Shell, Visit, assets};
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::links::with_query;

/// Latest changes, and open change requests of each kind, that the page shows.
const SHOWN: u32 = 8;
/// Where the history is.
const HISTORY: &str = "/-/history/";
/// Days whose changes are counted.
const DAYS: u32 = 90;

#[derive(Template)]
#[template(path = "ui/front_show.html")]
struct FrontShow {
    shell: Shell,
    types: Vec<TypeCount>,
    plots: Arc<[Plot]>,
    days: Option<PlotOfDays>,
    awaiting: Vec<ShownRequest>,
    mine: Vec<ShownRequest>,
    entries: Vec<ShownEntry>,
    /// The tasks that come to nothing, for whoever administers.
    failing: Vec<String>,
    /// The sources that are not read, for the same.
    unread: Vec<String>,
    styles: Vec<String>,
    script: String,
}

struct TypeCount {
    href: String,
    label: String,
    count: String,
}

/// How many changes were made on each day.
struct PlotOfDays {
    /// The zone whose days they are.
    zone: &'static str,
    bars: Vec<Bar>,
}

/// Shows the front page.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    visit: Visit,
) -> Result<Response, ApiError> {
    let Visit { ctx, shell, .. } = visit;
    let mut types = Vec::new();
    let mut plots: Arc<[Plot]> = Arc::default();
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
            plots = front_plots::of(&edge, &ctx, of).await?;
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
    let days = plot_of_days(&edge, &ctx, shell.preferences.time_zone.unwrap_or_default()).await?;
    let history = edge.app.history(&ctx, Question::default(), None, SHOWN).await?;
    page(
        StatusCode::OK,
        &FrontShow {
            failing: edge.app.tasks_failing(&ctx).await?,
            unread: edge.app.sources_unread(&ctx).await?,
            types,
            plots,
            days,
            awaiting,
            mine,
            entries: history
                .entries
                .iter()
                .map(|entry| ShownEntry::of(edge.schema(), entry))
                .collect(),
            styles: assets::styles("src/plots.ts"),
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

/// How many changes were made on each of the last days, where there were any; each leads to them.
async fn plot_of_days(
    edge: &Edge,
    ctx: &Context,
    zone: Zone,
) -> Result<Option<PlotOfDays>, ApiError> {
    let days = edge.app.activity(ctx, zone, DAYS).await?;
    if days.iter().all(|day| day.changes == 0) {
        return Ok(None);
    }
    let is_utc = zone == Zone::default();
    let moment = |day: NaiveDate, begins| {
        if is_utc { day.to_string() } else { zone.told(begins) }
    };
    let bars = days.iter().map(|day| {
        let after = moment(day.day, day.begins);
        let before = moment(zone.day_of(day.ends), day.ends);
        let between = [("after", after.as_str()), ("before", before.as_str())];
        Bar {
            label: day.day.to_string(),
            count: day.changes,
            href: with_query(HISTORY, between.into_iter()),
        }
    });
    Ok(Some(PlotOfDays { zone: zone.name(), bars: bars.collect() }))
}
