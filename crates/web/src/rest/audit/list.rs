//! `GET /api/-/audit/`

use std::sync::Arc;

use app::audit::{AuditPlace, AuditQuestion};
use app::encode::PastEncoder;
use axum::extract::State;
use axum::response::Response;
use domain::fault::Faults;

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::past::{Between, kept_in_links, next_page, read_place, take_limit, take_text};
use crate::extract::{JsonRead, cursor};
use crate::rest::history::list::paged;

const PATH: &str = "/api/-/audit/";
/// What its cursors begin with.
const OF_AUDIT: &str = "a";

/// Lists commits in an auditor's words, and what else happened.
pub(crate) async fn list(
    State(edge): State<Arc<Edge>>,
    read: JsonRead,
) -> Result<Response, ApiError> {
    let JsonRead { ctx, links, mut parameters, .. } = read;
    let mut kept = kept_in_links(&parameters);
    let mut faults = Faults::default();
    let actor = take_text("actor", &mut parameters, &mut faults);
    let between = Between::take(&mut parameters, ctx.now, &mut faults);
    let place = cursor::take(OF_AUDIT, &mut parameters, &mut faults, read_both);
    let limit = take_limit(&mut parameters, &mut faults);
    if let Err(wrong) = parameters.refuse_rest(edge.settings.lenient_filters) {
        faults.merge(wrong);
    }
    faults.or_ok(())?;
    between.pin(&mut kept);
    let Between { after, before } = between;
    let question = AuditQuestion { actor, after, before };
    let page = edge.app.audit(&ctx, question, place.unwrap_or_default(), limit).await?;
    let next = page.next.map(|place| next_page(&links, PATH, &kept, &cursor_of(place)));
    let encoder = PastEncoder { schema: edge.schema(), base_url: links.base() };
    Ok(paged(next.as_deref(), &page.entries, |entry, out| encoder.audit(entry, out)))
}

fn cursor_of(place: AuditPlace) -> String {
    let (commit, at, revision) = place.change.map_or_else(Default::default, |change| {
        (change.commit.to_string(), change.place.to_string(), change.revision.to_string())
    });
    let event = place.event.map(|number| number.to_string()).unwrap_or_default();
    cursor::text(OF_AUDIT, &[commit, at, revision, event])
}

/// Reads the parts of [`cursor_of`]; empty ones stand for the beginning.
fn read_both([commit, at, revision, event]: [&str; 4]) -> Option<AuditPlace> {
    let change = match [commit, at, revision] {
        ["", "", ""] => None,
        parts => Some(read_place(parts)?),
    };
    let event = match event {
        "" => None,
        number => Some(number.parse().ok()?),
    };
    Some(AuditPlace { change, event })
}
