//! What was checked, written: as commits, or put aside for a review.

use std::collections::{HashMap, HashSet};

use domain::access::Right;
use domain::change::{Checked, CheckedChange, Needs, claims};
use domain::record::{Record, RecordId};
use domain::review::{Ask, Verdict, judge};
use domain::schema::{Schema, TypeIndex};
use sql::write::{self, Claims, CommitInfo, Committed};
use sql::{Reader, StoreError, Writer, read};

use crate::review::{self, ToldRequest};
use crate::standpoint::standpoint;
use crate::submit::{Effect, Outcome, Subject};
use crate::{Context, Error, Phase, Progress, rights};

/// What became of what was checked.
pub(crate) struct Written {
    /// The commit; `None` where nothing changed, or where it waits.
    pub(crate) commit: Option<Committed>,
    /// The change request in which it waits.
    pub(crate) request: Option<ToldRequest>,
    /// The records that were asked for, in order.
    pub(crate) subjects: Vec<(TypeIndex, RecordId)>,
    /// What was written.
    pub(crate) changes: Vec<CheckedChange>,
}

/// As [`write_checked`], and reads what came of each record.
pub(crate) fn carry_out(
    writer: &mut Writer<'_>,
    schema: &Schema,
    checked: Checked,
    ctx: &Context,
    progress: &Progress,
) -> Result<Result<Outcome, Error>, StoreError> {
    let written = match write_checked(writer, schema, checked, ctx, progress)? {
        Ok(written) => written,
        Err(refused) => return Ok(Err(refused)),
    };
    let Written { commit, request, subjects, changes } = written;
    if let Some(request) = request {
        return Ok(Ok(Outcome::parked(request)));
    }
    let unchanged = unchanged_records(writer, schema, (&changes, &subjects))?;
    Ok(Ok(outcome(writer, schema, (commit, &subjects), (&changes, unchanged), ctx)?))
}

/// Writes what was checked against the register as this transaction sees it, if the actor may.
pub(crate) fn write_checked(
    writer: &mut Writer<'_>,
    schema: &Schema,
    Checked { changes, subjects }: Checked,
    ctx: &Context,
    progress: &Progress,
) -> Result<Result<Written, Error>, StoreError> {
    if changes.is_empty() {
        return Ok(Ok(Written { commit: None, request: None, subjects, changes }));
    }
    let (standpoint, missing) = standpoint(writer, schema, ctx, &changes)?;
    let approved = match judge(schema, (ctx.ask, standpoint), ctx.reason.as_deref(), changes) {
        Ok(Verdict::Commit(approved)) => approved,
        Ok(Verdict::Park(changes)) => {
            let parked = review::park(writer, schema, ctx, Checked { changes, subjects })?;
            let parked = parked.map(|told| Written {
                commit: None,
                request: Some(told),
                subjects: Vec::new(),
                changes: Vec::new(),
            });
            return Ok(parked);
        }
        Err(denied) => return Ok(Err(missing.error(ctx, denied))),
    };
    if ctx.ask == Ask::Whatever {
        let claims = Claims { values: claims(schema, approved.changes()), records: Vec::new() };
        let met = write::claims_met(writer, schema, &claims, None)?;
        if !met.is_empty() {
            return Ok(Err(Error::Claimed(met)));
        }
    }
    let total = approved.changes().len();
    let told = |written| progress.tell(Phase::Writing, written, total);
    let committed = write::commit(writer, schema, &approved, &commit_info(ctx), &told)?;
    let changes = approved.into_changes();
    // What a grant's filter says of a record can be asked only once it is as it shall be; where it
    // does not hold, all is undone.
    let right = if ctx.ask == Ask::Bypass { Right::Bypass } else { Right::Write };
    let touched = rights::after(&changes);
    if let Err(missing) = rights::may(writer, schema, (&ctx.access, right), &touched)? {
        return Err(StoreError::GivenUp(Box::new(ctx.denied(missing))));
    }
    Ok(Ok(Written { commit: Some(committed), request: None, subjects, changes }))
}

pub(crate) fn commit_info(ctx: &Context) -> CommitInfo {
    CommitInfo {
        now: ctx.now,
        actor: ctx.actor.name().to_owned(),
        token: ctx.actor.token().map(str::to_owned),
        origin: ctx.origin.clone(),
        reason: ctx.reason.clone(),
        request_id: Some(ctx.request_id.clone()),
    }
}

/// The records that were named by changes which leave them as they are.
pub(crate) fn unchanged_records(
    reader: &mut Reader<'_>,
    schema: &Schema,
    (changes, subjects): (&[CheckedChange], &[(TypeIndex, RecordId)]),
) -> Result<Vec<Record>, StoreError> {
    let moved: HashSet<_> = changes.iter().map(|change| (change.type_index, change.id)).collect();
    let mut needs = Needs::default();
    needs.records.extend(subjects.iter().filter(|name| !moved.contains(name)));
    Ok(read::gather(reader, schema, &needs)?.records.into_values().collect())
}

/// What is told of what was written.
pub(crate) fn outcome(
    reader: &mut Reader<'_>,
    schema: &Schema,
    (commit, subjects): (Option<Committed>, &[(TypeIndex, RecordId)]),
    (changes, unchanged): (&[CheckedChange], Vec<Record>),
    ctx: &Context,
) -> Result<Outcome, StoreError> {
    let at = commit.as_ref().map_or(ctx.now, |commit| commit.at);
    let mut outcome = Outcome {
        commit,
        request: None,
        subjects: Vec::with_capacity(subjects.len()),
        added: 0,
        updated: 0,
        deleted: 0,
    };
    let mut after = HashMap::new();
    for record in unchanged {
        after.insert((record.type_index, record.id), (Some(record), Effect::Unchanged));
    }
    for change in changes {
        let effect = Effect::of(change);
        let count = match effect {
            Effect::Added => &mut outcome.added,
            Effect::Deleted => &mut outcome.deleted,
            Effect::Updated | Effect::Unchanged => &mut outcome.updated,
        };
        *count = count.saturating_add(1);
        let record = change.after.clone().map(|fields| Record {
            type_index: change.type_index,
            id: change.id,
            revision: change.revision,
            created_at: change.before.as_ref().map_or(at, |record| record.created_at),
            updated_at: at,
            changed_by: ctx.actor.name().to_owned(),
            fields,
        });
        after.insert((change.type_index, change.id), (record, effect));
    }
    outcome.subjects = subjects
        .iter()
        .map(|(type_index, id)| {
            let (record, effect) =
                after.get(&(*type_index, *id)).cloned().unwrap_or((None, Effect::Unchanged));
            Subject { type_index: *type_index, id: *id, record, effect }
        })
        .collect();
    let records = outcome.subjects.iter_mut().filter_map(|subject| subject.record.as_mut());
    rights::hide(reader, schema, &ctx.access, records, None)?;
    Ok(outcome)
}
