//! `GET /{plural}/{id}/compare/?from=3&to=7`: what differs between two revisions of a record, and
//! `POST /{plural}/{id}/revert/`, which makes it what it was at one.

use std::sync::Arc;

use app::Context;
use app::revert::Revert;
use app::submit::Wish;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::access::Right;
use domain::change::Preconditions;
use domain::fault::Faults;
use domain::history::{Question, Values, field_changes};
use domain::record::Revision;
use domain::schema::Type;

use super::cell::Link;
use super::entry::{ShownField, shown_field};
use super::page::{go_to, page};
use super::record_change::{may_change, next_page};
use super::shell::{list_path, plural_label};
use super::{Shell, Visit};
use crate::auth::csrf;
use crate::auth::form::Form;
use crate::edge::Edge;
use crate::error::{ApiError, Problem};
use crate::extract::OneRecord;
use crate::extract::list::take_number;
use crate::extract::parameters::bad;

/// Revisions that can be chosen: the latest.
const REVISIONS: u32 = 1_000;

#[derive(Template)]
#[template(path = "ui/record_compare.html")]
struct RecordCompare {
    shell: Shell,
    list: Link,
    record: Link,
    path: String,
    revisions: Vec<i64>,
    from: i64,
    to: i64,
    fields: Vec<ShownField>,
    may_revert: bool,
    error: String,
}

/// The values of a record at each of its revisions, the latest first; `None` where it was gone.
type Revisions = Vec<(i64, Option<Values>)>;

/// Shows what differs between two revisions.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    path: OneRecord,
    visit: Visit,
) -> Result<Response, ApiError> {
    let Visit { ref ctx, mut parameters, .. } = visit;
    let of = edge.record_type(path.type_index);
    let revisions = revisions(&edge, ctx, of, path).await?;
    let latest = revisions.first().map_or(1, |(revision, _)| *revision);
    let mut faults = Faults::default();
    let mut number = |name| {
        let number = take_number(&mut parameters, name, 1..=i64::MAX as u64, &mut faults);
        number.and_then(|number| i64::try_from(number).ok())
    };
    let to = number("to").unwrap_or(latest);
    let from = number("from").unwrap_or(to.saturating_sub(1).max(1));
    for (name, asked) in [("from", from), ("to", to)] {
        if !revisions.iter().any(|(revision, _)| *revision == asked) {
            faults.add(name, bad(format!("There is no revision {asked}.")));
        }
    }
    faults.or_ok(())?;
    let visit = Visit { parameters, ..visit };
    answer(&edge, visit, path, (revisions, from, to), (StatusCode::OK, String::new()))
}

/// Makes a record what it was at a revision.
pub(crate) async fn revert(
    State(edge): State<Arc<Edge>>,
    path: OneRecord,
    visit: Visit,
    form: Form,
) -> Result<Response, ApiError> {
    visit.check(form.field(csrf::FIELD))?;
    let of = edge.record_type(path.type_index);
    let number = |name: &str| form.field(name).parse::<i64>().ok();
    let to_revision = number("to_revision")
        .ok_or_else(|| Faults::one("to_revision", bad("Give the number of a revision.")))?;
    let ctx = visit.because(form.field("reason"));
    let wish = Wish::Revert(Revert::Record {
        type_index: of.index,
        id: path.id,
        to_revision: Revision(to_revision),
        preconditions: Preconditions::default(),
    });
    match edge.app.submit_wish(&ctx, wish).await {
        Ok(outcome) => Ok(go_to(&next_page(of, &outcome), [])),
        Err(error) => {
            let problem = Problem::of_change(&error, &of.label);
            if problem.status().is_server_error() {
                return Err(error.into());
            }
            let revisions = revisions(&edge, &visit.ctx, of, path).await?;
            let latest = revisions.first().map_or(1, |(revision, _)| *revision);
            let (status, told) = (problem.status(), problem.told());
            answer(&edge, visit, path, (revisions, to_revision, latest), (status, told))
        }
    }
}

async fn revisions(
    edge: &Edge,
    ctx: &Context,
    of: &Type,
    path: OneRecord,
) -> Result<Revisions, ApiError> {
    ctx.must(Right::View, edge.schema(), of.index)?;
    let question = Question {
        type_name: Some(of.name.as_str().to_owned()),
        id: Some(path.id),
        snapshot: true,
        ..Question::default()
    };
    let history = edge.app.history(ctx, question, None, REVISIONS).await?;
    if history.entries.is_empty() {
        return Err(ApiError::no_match(&of.label));
    }
    let each = history.entries.into_iter();
    Ok(each.map(|told| (told.entry.entry.revision.0, told.after)).collect())
}

fn answer(
    edge: &Edge,
    visit: Visit,
    path: OneRecord,
    (revisions, from, to): (Revisions, i64, i64),
    (status, error): (StatusCode, String),
) -> Result<Response, ApiError> {
    let of = edge.record_type(path.type_index);
    let at = |asked: i64| {
        let mut all = revisions.iter();
        all.find(|(revision, _)| *revision == asked).and_then(|(_, values)| values.as_ref())
    };
    let changes = field_changes(at(from), at(to));
    let latest = revisions.iter().find_map(|(_, values)| values.as_ref());
    let label =
        latest.and_then(|values| app::audit::label(edge.schema(), of.name.as_str(), values));
    let address = format!("{}{}/", list_path(of), path.id);
    let label = label.unwrap_or_else(|| format!("#{}", path.id));
    page(
        status,
        &RecordCompare {
            list: Link { href: list_path(of), label: plural_label(of) },
            record: Link { href: address.clone(), label },
            path: address,
            from,
            to,
            fields: changes.iter().map(|change| shown_field(Some(of), change)).collect(),
            may_revert: may_change(&visit.ctx, edge, of),
            revisions: revisions.iter().map(|(revision, _)| *revision).collect(),
            error,
            shell: visit.shell,
        },
    )
}
