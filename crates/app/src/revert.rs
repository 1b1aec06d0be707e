//! Taking changes back: a record to what it was at a revision, or a whole commit, by a new one.

use std::sync::Arc;

use domain::change::{
    Action, Obstacle, Preconditions, Proposal, ProposedChange, Refusal, Refused, Undo, return_to,
    undo,
};
use domain::history::{Entry, Values, canonical};
use domain::record::{CommitNumber, Record, RecordId, Revision};
use domain::schema::{Schema, Type, TypeIndex};
use sql::{Reader, StoreError, read};

use crate::past::values;
use crate::submit::Outcome;
use crate::{App, Context, Error};

/// What stands in the way of taking back the change of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The name of its type.
    pub type_name: String,
    /// Its id.
    pub id: RecordId,
    /// What stands in the way.
    pub obstacles: Vec<Obstacle>,
}

/// What to propose, or what stands in the way.
type Plan = Result<Vec<ProposedChange>, Vec<Conflict>>;

impl App {
    /// Makes a record what it was at a revision; one that was deleted comes back with its id.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it never had that revision, or was deleted by it;
    /// [`Error::Folded`]; [`Error::Conflict`] when something stands in the way; those of
    /// [`Self::submit`].
    pub async fn revert_record(
        &self,
        ctx: &Context,
        type_index: TypeIndex,
        id: RecordId,
        to_revision: Revision,
    ) -> Result<Outcome, Error> {
        let schema = Arc::clone(&self.schema);
        let found = self
            .store
            .read(move |reader| {
                let of = schema.get(type_index);
                let kept = read::values_at(reader, of.name.as_str(), id, to_revision)?;
                Ok((kept, current(reader, &schema, of, id)?))
            })
            .await?;
        let (kept, record) = found;
        let kept = values(CommitNumber(0), kept.as_deref())?
            .ok_or(Error::NotFound { what: "revision" })?;
        let of = self.schema.get(type_index);
        let action = return_to(of, id, &kept, record.is_some());
        let change = guarded(type_index, action, record.as_ref());
        let reason = format!("Back to revision {to_revision}");
        self.take_back(ctx, vec![change], reason).await
    }

    /// Makes the opposite of all changes of a commit.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such commit or it changed nothing; [`Error::Folded`];
    /// [`Error::Conflict`] with all that has changed since; those of [`Self::submit`].
    pub async fn revert_commit(
        &self,
        ctx: &Context,
        number: CommitNumber,
    ) -> Result<Outcome, Error> {
        let schema = Arc::clone(&self.schema);
        let plan = self
            .store
            .read(move |reader| {
                let to = read::folded_to(reader)?;
                if number <= to && number.0 > 0 {
                    return Err(StoreError::Folded { to: to.0 });
                }
                // In the same order: what was deleted first comes back first, and what a deletion
                // took along refers to it.
                let entries = read::entries_of(reader, number)?;
                opposite(reader, &schema, number, &entries)
            })
            .await?;
        let changes = plan.map_err(Error::Conflict)?;
        if changes.is_empty() && !self.has_changes(number).await? {
            return Err(Error::NotFound { what: "commit" });
        }
        self.take_back(ctx, changes, format!("Revert of commit {number}")).await
    }

    async fn has_changes(&self, number: CommitNumber) -> Result<bool, Error> {
        Ok(self.store.read(move |reader| Ok(!read::entries_of(reader, number)?.is_empty())).await?)
    }

    /// Submits changes that take others back; what refuses them stands in the way.
    async fn take_back(
        &self,
        ctx: &Context,
        changes: Vec<ProposedChange>,
        reason: String,
    ) -> Result<Outcome, Error> {
        let ctx = Context { reason: ctx.reason.clone().or(Some(reason)), ..ctx.clone() };
        let names: Vec<(TypeIndex, RecordId)> =
            changes.iter().map(|change| (change.type_index, id_of(&change.action))).collect();
        match self.submit(&ctx, Proposal { changes }).await {
            Err(Error::Refused(refused)) => {
                Err(Error::Conflict(conflicts(&self.schema, &names, refused)))
            }
            other => other,
        }
    }
}

/// The proposals that take back the changes of a commit.
fn opposite(
    reader: &mut Reader<'_>,
    schema: &Schema,
    number: CommitNumber,
    entries: &[Entry],
) -> Result<Plan, StoreError> {
    let (mut changes, mut conflicts) = (Vec::new(), Vec::new());
    for entry in entries {
        let mut blocked = |obstacles| {
            let type_name = entry.type_name.clone();
            conflicts.push(Conflict { type_name, id: entry.id, obstacles });
        };
        let Some(of) = schema.named(&entry.type_name) else {
            let why = "The schema has no such type any more.".to_owned();
            blocked(vec![Obstacle { field: None, why }]);
            continue;
        };
        let before = values(number, entry.before.as_deref())?;
        let after = values(number, entry.after.as_deref())?;
        let record = current(reader, schema, of, entry.id)?;
        let now = record.as_ref().map(|record| kept_values(schema, of, record)).transpose()?;
        match undo(of, entry.id, (before.as_ref(), after.as_ref()), now.as_ref()) {
            Undo::Nothing => {}
            Undo::Action(action) => changes.push(guarded(of.index, action, record.as_ref())),
            Undo::Blocked(obstacles) => blocked(obstacles),
        }
    }
    Ok(if conflicts.is_empty() { Ok(changes) } else { Err(conflicts) })
}

fn current(
    reader: &mut Reader<'_>,
    schema: &Schema,
    of: &Type,
    id: RecordId,
) -> Result<Option<Record>, StoreError> {
    read::get(reader, schema, of, &domain::change::Target::Id(id), None)
}

/// A record's values as the history would keep them.
fn kept_values(schema: &Schema, of: &Type, record: &Record) -> Result<Values, StoreError> {
    let kept = values(CommitNumber(0), Some(&canonical(schema, of, &record.fields)))?;
    Ok(kept.unwrap_or_default())
}

/// The change, only while the record is what it was when the change was made out.
fn guarded(type_index: TypeIndex, action: Action, record: Option<&Record>) -> ProposedChange {
    let preconditions = record
        .map_or_else(Preconditions::default, |record| Preconditions::revision(record.revision));
    ProposedChange { type_index, action, preconditions }
}

fn id_of(action: &Action) -> RecordId {
    match action {
        Action::Restore { id, .. }
        | Action::Update { target: domain::change::Target::Id(id), .. }
        | Action::Delete { target: domain::change::Target::Id(id) } => *id,
        Action::Add { .. } | Action::Update { .. } | Action::Put { .. } | Action::Delete { .. } => {
            RecordId(0)
        }
    }
}

fn conflicts(
    schema: &Schema,
    names: &[(TypeIndex, RecordId)],
    refused: Vec<Refused>,
) -> Vec<Conflict> {
    let mut conflicts = Vec::with_capacity(refused.len());
    for Refused { index, why } in refused {
        let Some((type_index, id)) = names.get(index) else {
            continue;
        };
        let type_name = schema.get(*type_index).name.to_string();
        conflicts.push(Conflict { type_name, id: *id, obstacles: obstacles(why) });
    }
    conflicts
}

fn obstacles(why: Refusal) -> Vec<Obstacle> {
    let of_record = |why: &str| vec![Obstacle { field: None, why: why.to_owned() }];
    match why {
        Refusal::Invalid(faults) => faults
            .iter()
            .flat_map(|(field, faults)| {
                faults
                    .iter()
                    .map(|fault| Obstacle { field: Some(field.to_owned()), why: fault.to_string() })
            })
            .collect(),
        Refusal::NotFound => of_record("It is gone for good."),
        Refusal::Stale { .. } => of_record("It has changed this very moment."),
        Refusal::Exists => of_record("It is there again."),
        Refusal::Protected { by, .. } => by
            .iter()
            .map(|one| Obstacle {
                field: None,
                why: format!("{} {} refers to it ({}).", one.type_name, one.id, one.field),
            })
            .collect(),
    }
}
