//! Taking changes back: a record to what it was at a revision, or a whole commit, by a new one.

use domain::access::{Access, Missing, Right};
use domain::change::{
    Action, Needs, Obstacle, Preconditions, Proposal, ProposedChange, Refusal, Refused, Target,
    Undo, return_to, undo,
};
use domain::history::{Entry, Values, canonical};
use domain::record::{CommitNumber, Record, RecordId, Revision};
use domain::schema::{Schema, Type, TypeIndex};
use sql::{Reader, StoreError, read};

use crate::past::values;
use crate::rights;
use crate::submit::{Outcome, Wish};
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

/// What to take back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revert {
    /// Make a record what it was at a revision; one that was deleted comes back with its id.
    Record {
        /// Its type.
        type_index: TypeIndex,
        /// Its id.
        id: RecordId,
        /// The revision.
        to_revision: Revision,
        /// What must hold of the record as it is.
        preconditions: Preconditions,
    },
    /// Make the opposite of all changes of a commit.
    Commit(CommitNumber),
}

/// What to propose, and why.
pub(crate) struct Planned {
    pub(crate) proposal: Proposal,
    /// Why, where nobody says.
    pub(crate) reason: String,
    pub(crate) names: Names,
}

/// The records that changes are about, in their order.
pub(crate) struct Names(Vec<(TypeIndex, RecordId)>);

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
        let preconditions = Preconditions::default();
        let revert = Revert::Record { type_index, id, to_revision, preconditions };
        self.submit_wish(ctx, Wish::Revert(revert)).await
    }

    /// Makes the opposite of all changes of a commit; one that made none leaves nothing to do.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such commit; [`Error::Folded`]; [`Error::Conflict`]
    /// with all that has changed since; those of [`Self::submit`].
    pub async fn revert_commit(
        &self,
        ctx: &Context,
        number: CommitNumber,
    ) -> Result<Outcome, Error> {
        self.submit_wish(ctx, Wish::Revert(Revert::Commit(number))).await
    }
}

/// Whether somebody may take a change back: they hold all records that it touched, as they stand
/// now. Of what is gone nobody holds but a part, so that it comes back by whoever holds the type.
pub(crate) fn may(
    reader: &mut Reader<'_>,
    schema: &Schema,
    access: &Access,
    revert: &Revert,
) -> Result<Result<(), Missing>, StoreError> {
    let mut touched = Vec::new();
    match revert {
        Revert::Record { type_index, id, .. } => touched.push((*type_index, *id)),
        Revert::Commit(number) => {
            let has = |right| access.has_everywhere(right);
            if has(Right::Write) || has(Right::Propose) {
                return Ok(Ok(()));
            }
            let entries = read::entries_of(reader, *number)?;
            let known = |entry: &Entry| Some((schema.named(&entry.type_name)?.index, entry.id));
            touched.extend(entries.iter().filter_map(known));
        }
    }
    let may_write = rights::may(reader, schema, (access, Right::Write), &touched)?;
    if may_write.is_ok() {
        return Ok(Ok(()));
    }
    // Whoever may only propose asks for a review.
    let may_propose = rights::may(reader, schema, (access, Right::Propose), &touched)?;
    Ok(may_propose.or(may_write))
}

/// Plans a revert against the register as a transaction sees it.
pub(crate) fn plan(
    reader: &mut Reader<'_>,
    schema: &Schema,
    revert: &Revert,
) -> Result<Result<Planned, Error>, StoreError> {
    let (changes, reason) = match revert {
        Revert::Record { type_index, id, to_revision, preconditions } => {
            let of = schema.get(*type_index);
            let kept = read::values_at(reader, of.name.as_str(), *id, *to_revision)?;
            let Some(kept) = values(CommitNumber(0), kept.as_deref())? else {
                return Ok(Err(Error::NotFound { what: "revision" }));
            };
            let record = read::get(reader, schema, of, &Target::Id(*id), None)?;
            if !preconditions.hold(record.as_ref()) {
                let why = Refusal::Stale { current: record.map(Box::new) };
                return Ok(Err(Error::Refused(vec![Refused { index: 0, why }])));
            }
            let action = return_to(of, *id, &kept, record.is_some());
            (vec![change(*type_index, action)], format!("Back to revision {to_revision}"))
        }
        Revert::Commit(number) => {
            if read::commit_read(reader, *number)?.is_none() {
                return Ok(Err(Error::NotFound { what: "commit" }));
            }
            let to = read::folded_to(reader)?;
            if *number <= to {
                return Err(StoreError::Folded { to: to.0 });
            }
            // In the same order: what was deleted first comes back first, and what a deletion
            // took along refers to it.
            let entries = read::entries_of(reader, *number)?;
            match opposite(reader, schema, *number, &entries)? {
                Ok(changes) => (changes, format!("Revert of commit {number}")),
                Err(conflicts) => return Ok(Err(Error::Conflict(conflicts))),
            }
        }
    };
    let names = changes.iter().map(|change| (change.type_index, id_of(&change.action))).collect();
    Ok(Ok(Planned { proposal: Proposal { changes }, reason, names: Names(names) }))
}

impl Names {
    /// What refuses the changes stands in the way of taking others back.
    pub(crate) fn conflict(&self, schema: &Schema, refused: Vec<Refused>) -> Error {
        let of = |Refused { index, why }| {
            let (type_index, id) = self.0.get(index)?;
            let type_name = schema.get(*type_index).name.to_string();
            Some(Conflict { type_name, id: *id, obstacles: obstacles(why) })
        };
        Error::Conflict(refused.into_iter().filter_map(of).collect())
    }
}

/// The proposals that take back the changes of a commit.
fn opposite(
    reader: &mut Reader<'_>,
    schema: &Schema,
    number: CommitNumber,
    entries: &[Entry],
) -> Result<Result<Vec<ProposedChange>, Vec<Conflict>>, StoreError> {
    let mut needs = Needs::default();
    needs.records.extend(
        entries.iter().filter_map(|entry| Some((schema.named(&entry.type_name)?.index, entry.id))),
    );
    let records = read::gather(reader, schema, &needs)?.records;
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
        let record = records.get(&(of.index, entry.id));
        let now = record.map(|record| kept_values(schema, of, record)).transpose()?;
        match undo(of, entry.id, (before.as_ref(), after.as_ref()), now.as_ref()) {
            Undo::Nothing => {}
            Undo::Action(action) => changes.push(change(of.index, action)),
            Undo::Blocked(obstacles) => blocked(obstacles),
        }
    }
    Ok(if conflicts.is_empty() { Ok(changes) } else { Err(conflicts) })
}

/// A record's values as the history would keep them.
pub(crate) fn kept_values(
    schema: &Schema,
    of: &Type,
    record: &Record,
) -> Result<Values, StoreError> {
    let kept = values(CommitNumber(0), Some(&canonical(schema, of, &record.fields)))?;
    Ok(kept.unwrap_or_default())
}

fn change(type_index: TypeIndex, action: Action) -> ProposedChange {
    ProposedChange { type_index, action, preconditions: Preconditions::default() }
}

fn id_of(action: &Action) -> RecordId {
    match action {
        Action::Restore { id, .. }
        | Action::Update { target: Target::Id(id), .. }
        | Action::Delete { target: Target::Id(id) } => *id,
        Action::Add { .. } | Action::Update { .. } | Action::Put { .. } | Action::Delete { .. } => {
            RecordId(0)
        }
    }
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
