//! `GET /api/-/diff/`

use std::sync::Arc;

use app::Context;
use app::diff::DiffRequest;
use app::encode::PastEncoder;
use axum::extract::State;
use axum::response::Response;
use domain::fault::{Faults, FieldFault};
use domain::freshness::Depends;
use domain::moment::Moment;
use domain::query::Expr;
use domain::record::{RecordId, Timestamp};
use domain::schema::{Schema, Type, TypeIndex};

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::as_of::take_moment;
use crate::extract::list::take_filter;
use crate::extract::past::{kept_in_links, next_page, pin, take_limit, take_text, unknown_type};
use crate::extract::{JsonRead, Links, Parameters, cursor};
use crate::fresh;
use crate::rest::history::list::paged;

const PATH: &str = "/api/-/diff/";
/// What its cursors begin with.
const OF_DIFF: &str = "d";
/// The parameters that name the moments.
const FROM: &str = "from";
const TO: &str = "to";

/// Lists the records that differ, by type and id.
pub(crate) async fn get(
    State(edge): State<Arc<Edge>>,
    read: JsonRead,
) -> Result<Response, ApiError> {
    let edge = &edge;
    fresh::json(edge, read, Depends::Everything, |ctx, links, parameters| async move {
        page(edge, &ctx, &links, parameters).await
    })
    .await
}

async fn page(
    edge: &Edge,
    ctx: &Context,
    links: &Links,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    let mut kept = kept_in_links(&parameters);
    let asked = Asked::take(edge, parameters, ctx.now)?;
    let from = edge.app.commit_of(ctx, FROM, asked.from).await?;
    let to = match asked.to {
        Some(to) => edge.app.commit_of(ctx, TO, to).await?,
        None => edge.app.last_commit(ctx).await?,
    };
    pin(&mut kept, FROM, Some(Moment::Commit(from)));
    kept.retain(|(name, _)| name != TO);
    kept.push((TO.to_owned(), to.to_string()));
    let request = DiffRequest {
        types: asked.types,
        filter: asked.filter,
        from,
        to,
        behind: asked.behind,
        limit: asked.limit,
    };
    let page = edge.app.diff(ctx, request).await?;
    let next =
        page.next.map(|place| next_page(links, PATH, &kept, &cursor_of(edge.schema(), place)));
    let encoder = PastEncoder { schema: edge.schema(), base_url: links.base() };
    Ok(paged(next.as_deref(), &page.differences, |difference, out| {
        encoder.difference(difference, out);
    }))
}

/// What a request asks.
struct Asked {
    from: Moment,
    to: Option<Moment>,
    types: Vec<TypeIndex>,
    filter: Expr,
    behind: Option<(TypeIndex, RecordId)>,
    limit: u32,
}

impl Asked {
    fn take(edge: &Edge, mut parameters: Parameters, now: Timestamp) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let (schema, lenient) = (edge.schema(), edge.settings.lenient_filters);
        let from = take_moment(&mut parameters, FROM, now, &mut faults);
        let to = take_moment(&mut parameters, TO, now, &mut faults);
        let behind =
            cursor::take(OF_DIFF, &mut parameters, &mut faults, |parts| read_place(schema, parts));
        let limit = take_limit(&mut parameters, &mut faults);
        let of = take_type(edge, &mut parameters, &mut faults);
        let filter = if let Some(of) = of {
            take_filter(schema, of, parameters, lenient, &mut faults)
        } else {
            if let Err(wrong) = parameters.refuse_rest(lenient) {
                faults.merge(wrong);
            }
            Expr::all()
        };
        if from.is_none() && !faults.iter().any(|(name, _)| name == FROM) {
            faults.add(FROM, FieldFault::Required);
        }
        let types = match of {
            Some(of) => vec![of.index],
            None => schema.types().iter().map(|of| of.index).collect(),
        };
        let from = from.unwrap_or(Moment::At(now));
        faults.or_ok(Self { from, to, types, filter, behind, limit })
    }
}

/// Takes the one type that is meant; filters are its own.
fn take_type<'e>(
    edge: &'e Edge,
    parameters: &mut Parameters,
    faults: &mut Faults,
) -> Option<&'e Type> {
    let name = take_text("type", parameters, faults)?;
    let found = edge.schema().named(&name);
    if found.is_none() {
        faults.add("type", unknown_type(edge, &name));
        // What else is asked can't be judged without it.
        parameters.drop_where(|_| true);
    }
    found
}

fn cursor_of(schema: &Schema, (type_index, id): (TypeIndex, RecordId)) -> String {
    cursor::text(OF_DIFF, &[schema.get(type_index).name.to_string(), id.to_string()])
}

fn read_place(schema: &Schema, [of, id]: [&str; 2]) -> Option<(TypeIndex, RecordId)> {
    Some((schema.named(of)?.index, RecordId(id.parse().ok()?)))
}
