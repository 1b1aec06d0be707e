//! The one path of a write: proposal, checks, judgement, commit.

use std::sync::Arc;

use domain::access::Actor;
use domain::change::{
    Checked, CheckedChange, Draft, Facts, Proposal, Refused, deletions_to_follow, draft, finish,
    needs, resolve, unique_claims,
};
use domain::record::{Record, RecordId};
use domain::review::judge;
use domain::schema::{Schema, TypeIndex};
use sql::write::CommitInfo;
use sql::{Reader, StoreError, read, write};

pub use sql::write::Committed;

use crate::{App, Context, Error};

/// What came of a proposal.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The commit; `None` when nothing changed, or nothing was to be written.
    pub commit: Option<Committed>,
    /// For each proposed change, in order, what it was about.
    pub subjects: Vec<Subject>,
    /// Records added, cascades and all.
    pub added: usize,
    /// Records changed.
    pub updated: usize,
    /// Records deleted.
    pub deleted: usize,
}

/// The record that a proposed change was about.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Its type.
    pub type_index: TypeIndex,
    /// Its id.
    pub id: RecordId,
    /// The record as it is now; `None` when it is deleted.
    pub record: Option<Record>,
    /// What happened to it.
    pub effect: Effect,
}

/// What a proposed change did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It added the record.
    Added,
    /// It changed it.
    Updated,
    /// It deleted it.
    Deleted,
    /// It left it as it was.
    Unchanged,
}

impl App {
    /// Makes the changes, all or nothing, in one commit.
    ///
    /// # Errors
    /// [`Error::Refused`] with all that is wrong; [`Error::Unauthenticated`] and
    /// [`Error::Forbidden`] when the actor may not; others when the database can't be asked.
    pub async fn submit(&self, ctx: &Context, proposal: Proposal) -> Result<Outcome, Error> {
        if ctx.actor == Actor::Anonymous {
            return Err(Error::Unauthenticated);
        }
        if !ctx.actor.may_write() {
            return Err(Error::Forbidden { right: "write" });
        }
        let schema = Arc::clone(&self.schema);
        let drafts = draft(&schema, proposal);
        let ctx = ctx.clone();
        let written = self
            .store
            .write(move |writer| {
                write::lock_register(writer)?;
                let checked = match check(writer, &schema, drafts)? {
                    Ok(checked) => checked,
                    Err(refused) => return Ok(Err(Error::Refused(refused))),
                };
                let unchanged = unchanged_records(writer, &schema, &checked)?;
                let Checked { changes, subjects } = checked;
                if changes.is_empty() {
                    return Ok(Ok(outcome(None, &subjects, &changes, unchanged, &ctx)));
                }
                let approved = match judge(&ctx.actor, changes) {
                    Ok(approved) => approved,
                    Err(_forbidden) => return Ok(Err(Error::Forbidden { right: "write" })),
                };
                let committed = write::commit(writer, &schema, &approved, &commit_info(&ctx))?;
                let changes = approved.into_changes();
                Ok(Ok(outcome(Some(committed), &subjects, &changes, unchanged, &ctx)))
            })
            .await?;
        let outcome = written?;
        if let Some(commit) = &outcome.commit {
            tracing::info!(number = commit.number.0, "committed");
        }
        Ok(outcome)
    }

    /// Tells what [`Self::submit`] would do, and writes nothing.
    ///
    /// # Errors
    /// As [`Self::submit`], save for rights.
    pub async fn preview(&self, ctx: &Context, proposal: Proposal) -> Result<Outcome, Error> {
        let schema = Arc::clone(&self.schema);
        let drafts = draft(&schema, proposal);
        let ctx = ctx.clone();
        self.store
            .read(move |reader| {
                Ok(match check(reader, &schema, drafts)? {
                    Ok(checked) => {
                        let unchanged = unchanged_records(reader, &schema, &checked)?;
                        Ok(outcome(None, &checked.subjects, &checked.changes, unchanged, &ctx))
                    }
                    Err(refused) => Err(Error::Refused(refused)),
                })
            })
            .await?
    }
}

fn commit_info(ctx: &Context) -> CommitInfo {
    CommitInfo {
        now: ctx.now,
        actor: ctx.actor.name().to_owned(),
        token: ctx.actor.token().map(str::to_owned),
        origin: ctx.origin.clone(),
        reason: ctx.reason.clone(),
        request_id: Some(ctx.request_id.clone()),
    }
}

/// Checks drafts against the register as the transaction sees it, gathering between the steps what
/// the next one needs to know.
pub(crate) fn check(
    reader: &mut Reader<'_>,
    schema: &Schema,
    drafts: Vec<Draft>,
) -> Result<Result<Checked, Vec<Refused>>, StoreError> {
    let protecting_max = drafts.len().saturating_add(10);
    let mut facts: Facts = read::gather(reader, schema, &needs(schema, &drafts))?;
    let resolved = match resolve(schema, drafts, &facts) {
        Ok(resolved) => resolved,
        Err(refused) => return Ok(Err(refused)),
    };
    read::gather_holders(reader, schema, unique_claims(schema, &resolved), &mut facts)?;
    loop {
        let deleted = deletions_to_follow(schema, &resolved, &facts);
        if deleted.is_empty() {
            break;
        }
        read::gather_referrers(reader, schema, &deleted, protecting_max, &mut facts)?;
    }
    Ok(finish(schema, resolved, &facts))
}

/// The records that were named by changes which leave them as they are.
fn unchanged_records(
    reader: &mut Reader<'_>,
    schema: &Schema,
    checked: &Checked,
) -> Result<Vec<Record>, StoreError> {
    let changed: std::collections::HashSet<_> =
        checked.changes.iter().map(|change| (change.type_index, change.id)).collect();
    let mut needs = domain::change::Needs::default();
    needs.records.extend(checked.subjects.iter().filter(|name| !changed.contains(name)));
    Ok(read::gather(reader, schema, &needs)?.records.into_values().collect())
}

fn outcome(
    commit: Option<Committed>,
    subjects: &[(TypeIndex, RecordId)],
    changes: &[CheckedChange],
    unchanged: Vec<Record>,
    ctx: &Context,
) -> Outcome {
    let at = commit.as_ref().map_or(ctx.now, |commit| commit.at);
    let mut outcome = Outcome {
        commit,
        subjects: Vec::with_capacity(subjects.len()),
        added: 0,
        updated: 0,
        deleted: 0,
    };
    let mut after = std::collections::HashMap::new();
    for record in unchanged {
        after.insert((record.type_index, record.id), (Some(record), Effect::Unchanged));
    }
    for change in changes {
        let effect = match (&change.before, &change.after) {
            (None, _) => Effect::Added,
            (Some(_), None) => Effect::Deleted,
            (Some(_), Some(_)) => Effect::Updated,
        };
        let count = match effect {
            Effect::Added => &mut outcome.added,
            Effect::Deleted => &mut outcome.deleted,
            Effect::Updated | Effect::Unchanged => &mut outcome.updated,
        };
        *count = count.saturating_add(1);
        let record = change.after.clone().map(|fields| Record {
            type_index: change.type_index,
            id: change.id,
            revision: change.revision(),
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
    outcome
}
