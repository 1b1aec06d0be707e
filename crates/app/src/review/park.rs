//! Changes that are put aside for a review.

use std::collections::BTreeSet;

use domain::access::Right;
use domain::change::{Checked, CheckedChange, claims};
use domain::record::RecordId;
use domain::review::{Event, Requested, RequestedAction, Rules, Standing};
use domain::schema::{Schema, TypeIndex};
use sql::write::{self, Claims, StoredEvent, StoredRequest};
use sql::{StoreError, Writer};

use super::reviewers::named;
use super::show::{ToldRequest, ends, show_new, tell};
use super::{TITLE_LENGTH_MAX, content};
use crate::carry_out::commit_info;
use crate::{Context, Error, notices, rights};

/// Keeps changes as a request, with what it claims.
pub(crate) fn park(
    writer: &mut Writer<'_>,
    schema: &Schema,
    ctx: &Context,
    checked: Checked,
) -> Result<Result<ToldRequest, Error>, StoreError> {
    let Checked { changes, subjects } = &checked;
    // Nobody could tell who asks from who agrees.
    if !ctx.is_known() {
        return Ok(Err(Error::Unauthenticated));
    }
    let requested = content::requested(schema, subjects, changes)?;
    let claims = claims_of(schema, &requested, subjects, changes);
    let met = write::claims_met(writer, schema, &claims, None)?;
    if !met.is_empty() {
        return Ok(Err(Error::Claimed(met)));
    }
    if let Err(refused) = may_propose_after(writer, schema, ctx, changes)? {
        return Ok(Err(refused));
    }
    let reviewers = match named(writer, &ctx.reviewers)? {
        Ok(reviewers) => reviewers,
        Err(refused) => return Ok(Err(refused)),
    };
    let types: BTreeSet<TypeIndex> = changes.iter().map(|change| change.type_index).collect();
    let rules = Rules::of(types.into_iter().map(|index| schema.get(index)));
    let request = StoredRequest {
        number: 0,
        title: title(schema, &requested),
        reason: ctx.reason.clone(),
        standing: Standing::new(),
        requester: ctx.actor.name().to_owned(),
        token: ctx.actor.token().map(str::to_owned),
        origin: ctx.origin.clone(),
        created_at: ctx.now,
        updated_at: ctx.now,
        expires_at: ends(&rules, ctx.now),
        revision: 1,
        content: content::write(&requested),
        commit: None,
        reviewers,
    };
    let number = write::request_add(writer, &request, &records(&requested))?;
    write::claims_add(writer, schema, number, &claims)?;
    write::request_assign(writer, number, &request.reviewers)?;
    let made = event_of(ctx, None, None);
    write::request_tell(writer, number, &made)?;
    let request = StoredRequest { number, ..request };
    notices::keep(writer, schema, ctx, &request, (None, None))?;
    if !request.reviewers.is_empty() {
        notices::keep(writer, schema, ctx, &request, (Some(Event::Assign), None))?;
    }
    let shown = show_new(writer, schema, (request, requested), (checked, made))?;
    tell(writer, schema, ctx, shown).map(Ok)
}

/// The event of whoever acts.
pub(super) fn event_of(
    ctx: &Context,
    event: Option<Event>,
    comment: Option<String>,
) -> StoredEvent {
    let (actor, token) = (ctx.actor.name().to_owned(), ctx.actor.token().map(str::to_owned));
    StoredEvent { at: ctx.now, actor, token, event, comment }
}

/// The records that a request is about.
pub(super) fn records(requested: &[Requested]) -> Vec<(String, Option<RecordId>)> {
    requested.iter().map(|change| (change.type_name.clone(), change.id)).collect()
}

/// What changes claim: of those that were asked for, their records and the unique values that these
/// are to get.
pub(super) fn claims_of(
    schema: &Schema,
    requested: &[Requested],
    subjects: &[(TypeIndex, RecordId)],
    changes: &[CheckedChange],
) -> Claims {
    let asked: BTreeSet<_> = subjects.iter().collect();
    let asked = changes.iter().filter(|change| asked.contains(&(change.type_index, change.id)));
    let records =
        requested.iter().filter_map(|change| Some((change.type_name.clone(), change.id?)));
    Claims { values: claims(schema, asked), records: records.collect() }
}

/// Whether somebody may propose, or write, each record as it would be: what a grant's filter says of
/// that only the database tells, which tries it out.
pub(super) fn may_propose_after(
    writer: &mut Writer<'_>,
    schema: &Schema,
    ctx: &Context,
    changes: &[CheckedChange],
) -> Result<Result<(), Error>, StoreError> {
    let access = &ctx.access;
    let touched = rights::after(changes);
    let has_all = |right| touched.iter().all(|(of, _)| access.has_all(right, *of));
    if has_all(Right::Propose) || has_all(Right::Write) {
        return Ok(Ok(()));
    }
    write::try_out(writer, schema, changes, &commit_info(ctx), |writer| {
        let may = rights::may(writer, schema, (access, Right::Propose), &touched)?;
        if may.is_ok() || rights::may(writer, schema, (access, Right::Write), &touched)?.is_ok() {
            return Ok(Ok(()));
        }
        Ok(may.map_err(|missing| ctx.denied(missing)))
    })
}

/// What is asked for, in a line.
fn title(schema: &Schema, requested: &[Requested]) -> String {
    let verb = |action| match action {
        RequestedAction::Add => "Add",
        RequestedAction::Update => "Change",
        RequestedAction::Delete => "Delete",
        RequestedAction::Restore => "Bring back",
    };
    let text = match requested {
        [only] => {
            let values = only.base.as_ref().unwrap_or(&only.proposed);
            let name = match values.get("name") {
                Some(domain::json::Json::Text(name)) => name.clone(),
                _ => only.id.map(|id| id.to_string()).unwrap_or_default(),
            };
            format!("{} {} {name}", verb(only.action), only.type_name)
        }
        several => {
            let types: BTreeSet<&str> =
                several.iter().map(|change| change.type_name.as_str()).collect();
            let actions: BTreeSet<&str> =
                several.iter().map(|change| verb(change.action)).collect();
            let verb = match actions.iter().next() {
                Some(only) if actions.len() == 1 => *only,
                _ => "Change",
            };
            let types: Vec<&str> = types.into_iter().collect();
            let of = match types.as_slice() {
                [only] => schema.named(only).map(|of| of.plural.clone()),
                _ => None,
            };
            let of = of.unwrap_or_else(|| format!("records ({})", types.join(", ")));
            format!("{verb} {} {of}", several.len())
        }
    };
    text.trim().chars().take(TITLE_LENGTH_MAX).collect()
}

/// What a check came to, for whoever asks for something else.
pub(super) fn parts(checked: Checked) -> (Vec<(TypeIndex, RecordId)>, Vec<CheckedChange>) {
    (checked.subjects, checked.changes)
}
