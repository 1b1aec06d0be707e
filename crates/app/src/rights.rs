//! What somebody may, held to inside the transactions that read and write.

use std::collections::{BTreeMap, BTreeSet};

use domain::access::{Access, Allowed, Missing, Right};
use domain::change::{CheckedChange, Facts};
use domain::history::Values;
use domain::json::Json;
use domain::query::{Column, Expr, Page, Plan, Test};
use domain::record::{CommitNumber, Record, RecordId, Reference};
use domain::schema::{Schema, Type, TypeIndex};
use domain::value::Value;
use sql::{Reader, StoreError, read};

use crate::past::ToldEntry;
use crate::{Context, Error};

/// Records asked about at once.
const PIECE: usize = 1_000;

impl Context {
    /// Asks for a right on some record of a type.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] where nobody has said who they are, [`Error::Forbidden`].
    pub fn must(&self, right: Right, schema: &Schema, of: TypeIndex) -> Result<(), Error> {
        self.access.must(right, schema, of).map_err(|missing| self.denied(missing))
    }

    /// Asks for a right on everything.
    ///
    /// # Errors
    /// As [`Self::must`].
    pub fn must_everywhere(&self, right: Right) -> Result<(), Error> {
        self.access.must_everywhere(right).map_err(|missing| self.denied(missing))
    }

    /// Asks for a right on anything.
    ///
    /// # Errors
    /// As [`Self::must`].
    pub fn must_anywhere(&self, right: Right) -> Result<(), Error> {
        let has = self.access.has_any(right);
        has.then_some(()).ok_or_else(|| self.denied(Missing { right, of: None }))
    }

    /// Asks for the right to change anything, or to propose a change of anything.
    ///
    /// # Errors
    /// As [`Self::must`].
    pub fn must_change_anywhere(&self) -> Result<(), Error> {
        let may_write = self.must_anywhere(Right::Write);
        if may_write.is_err() && self.access.has_any(Right::Propose) { Ok(()) } else { may_write }
    }

    /// Asks for a right to do anything but look: who has none, or whose token leaves none, changes
    /// nothing, be it their own.
    ///
    /// # Errors
    /// As [`Self::must`].
    pub fn must_act(&self) -> Result<(), Error> {
        let rights = [Right::Propose, Right::Review, Right::Write, Right::Administer];
        let may = self.is_known() && rights.into_iter().any(|right| self.access.has_any(right));
        let missing = Missing { right: Right::Propose, of: None };
        may.then_some(()).ok_or_else(|| self.denied(missing))
    }

    /// What is told to somebody who lacks a right: first of all to say who they are.
    pub(crate) fn denied(&self, missing: Missing) -> Error {
        if self.is_known() { Error::Forbidden(missing) } else { Error::Unauthenticated }
    }
}

/// Which of some records of a type somebody has a right on, now or after a commit.
pub(crate) fn held(
    reader: &mut Reader<'_>,
    schema: &Schema,
    (access, right): (&Access, Right),
    (of, ids): (TypeIndex, &[RecordId]),
    as_of: Option<CommitNumber>,
) -> Result<BTreeSet<RecordId>, StoreError> {
    let expr = match access.allowed(right, of) {
        Allowed::All => return Ok(ids.iter().copied().collect()),
        Allowed::Nothing => return Ok(BTreeSet::new()),
        Allowed::Where(expr) => expr,
    };
    let mut held = BTreeSet::new();
    for piece in ids.chunks(PIECE) {
        let ids = piece.iter().map(|id| Value::Integer(id.0)).collect();
        let plan = Plan {
            type_index: of,
            filter: Expr::And(vec![Expr::Test(Column::Id, Test::In(ids)), expr.clone()]),
            order: Vec::new(),
            page: Page::All,
            count: false,
            as_of,
        };
        held.extend(read::ids(reader, schema, &plan, PIECE)?);
    }
    Ok(held)
}

/// Whether somebody has a right on each of the records that changes touch: as they stand in the
/// register at this moment, before the changes or after them.
pub(crate) fn may(
    reader: &mut Reader<'_>,
    schema: &Schema,
    (access, right): (&Access, Right),
    touched: &[(TypeIndex, RecordId)],
) -> Result<Result<(), Missing>, StoreError> {
    let mut by_type: BTreeMap<TypeIndex, Vec<RecordId>> = BTreeMap::new();
    for (of, id) in touched {
        by_type.entry(*of).or_default().push(*id);
    }
    for (of, ids) in by_type {
        if held(reader, schema, (access, right), (of, &ids), None)?.len() < ids.len() {
            let name = schema.get(of).name.to_string();
            return Ok(Err(Missing { right, of: Some(name) }));
        }
    }
    Ok(Ok(()))
}

/// The records that changes touch and that are there before them.
pub(crate) fn before(changes: &[CheckedChange]) -> Vec<(TypeIndex, RecordId)> {
    let there = changes.iter().filter(|change| change.before.is_some());
    there.map(|change| (change.type_index, change.id)).collect()
}

/// The records that changes touch and that are there after them.
pub(crate) fn after(changes: &[CheckedChange]) -> Vec<(TypeIndex, RecordId)> {
    let there = changes.iter().filter(|change| change.after.is_some());
    there.map(|change| (change.type_index, change.id)).collect()
}

/// Takes the keys off references to records that may not be seen, with one statement for each type
/// of which some may be.
pub(crate) fn hide<'a>(
    reader: &mut Reader<'_>,
    schema: &Schema,
    access: &Access,
    records: impl Iterator<Item = &'a mut Record>,
    as_of: Option<CommitNumber>,
) -> Result<(), StoreError> {
    if access.has_everywhere(Right::View) {
        return Ok(());
    }
    let mut records: Vec<&mut Record> = records.collect();
    let mut asked: BTreeMap<TypeIndex, BTreeSet<RecordId>> = BTreeMap::new();
    each_reference(schema, &mut records, |target, reference| {
        if !access.has_all(Right::View, target) {
            asked.entry(target).or_default().insert(reference.id);
        }
    });
    let mut seen = BTreeMap::new();
    for (of, ids) in asked {
        let ids: Vec<RecordId> = ids.into_iter().collect();
        seen.insert(of, held(reader, schema, (access, Right::View), (of, &ids), as_of)?);
    }
    if !seen.is_empty() {
        each_reference(schema, &mut records, |target, reference| {
            if seen.get(&target).is_some_and(|seen| !seen.contains(&reference.id)) {
                reference.hide();
            }
        });
    }
    Ok(())
}

fn each_reference(
    schema: &Schema,
    records: &mut [&mut Record],
    mut work: impl FnMut(TypeIndex, &mut Reference),
) {
    for record in records {
        let of = schema.get(record.type_index);
        for field in &of.fields {
            let Some(target) = field.kind.target() else {
                continue;
            };
            match record.fields.get_mut(field.index) {
                Some(Value::Ref(reference)) => work(target, reference),
                Some(Value::Refs(references)) => {
                    for reference in references {
                        work(target, reference);
                    }
                }
                _ => {}
            }
        }
    }
}

/// Whether an entry of the history may be seen: where the record could be, before and after. What
/// may not be seen of other records is taken off it.
pub(crate) fn sees_entry(
    reader: &mut Reader<'_>,
    schema: &Schema,
    access: &Access,
    told: &mut ToldEntry,
) -> Result<bool, StoreError> {
    let entry = &told.entry.entry;
    let Some(of) = schema.named(&entry.type_name) else {
        return Ok(false);
    };
    let is_seen = match access.allowed(Right::View, of.index) {
        Allowed::All => true,
        Allowed::Nothing => false,
        Allowed::Where(_) => {
            let number = told.entry.commit.number;
            let above = CommitNumber(number.0.saturating_sub(1));
            sees_at(reader, schema, access, (of, entry.id), told.before.is_some().then_some(above))?
                && sees_at(
                    reader,
                    schema,
                    access,
                    (of, entry.id),
                    told.after.is_some().then_some(number),
                )?
        }
    };
    for values in told.before.iter_mut().chain(&mut told.after).filter(|_| is_seen) {
        veil(schema, access, of, values);
    }
    Ok(is_seen)
}

/// Whether a record could be seen after a commit, if it was there; what has been folded could not.
fn sees_at(
    reader: &mut Reader<'_>,
    schema: &Schema,
    access: &Access,
    (of, id): (&Type, RecordId),
    at: Option<CommitNumber>,
) -> Result<bool, StoreError> {
    let Some(at) = at else {
        return Ok(true);
    };
    match held(reader, schema, (access, Right::View), (of.index, &[id]), Some(at)) {
        Ok(held) => Ok(held.contains(&id)),
        Err(StoreError::Folded { .. }) => Ok(false),
        Err(other) => Err(other),
    }
}

/// Takes out of the facts the records that may not be seen: a change that names one is told that
/// it is not there.
pub(crate) fn cut_down(
    reader: &mut Reader<'_>,
    schema: &Schema,
    access: &Access,
    facts: &mut Facts,
) -> Result<(), StoreError> {
    if access.has_everywhere(Right::View) {
        return Ok(());
    }
    let mut asked: BTreeMap<TypeIndex, BTreeSet<RecordId>> = BTreeMap::new();
    for (of, id) in facts.records.keys().chain(facts.references.keys()) {
        if !access.has_all(Right::View, *of) {
            asked.entry(*of).or_default().insert(*id);
        }
    }
    for (of, ids) in asked {
        let ids: Vec<RecordId> = ids.into_iter().collect();
        let seen = held(reader, schema, (access, Right::View), (of, &ids), None)?;
        let is_seen = |about: TypeIndex, id: &RecordId| about != of || seen.contains(id);
        facts.records.retain(|(about, id), _| is_seen(*about, id));
        facts.references.retain(|(about, id), _| is_seen(*about, id));
        facts.by_key.retain(|(about, _), id| is_seen(*about, id));
        facts.last_revisions.retain(|(about, id), _| is_seen(*about, id));
    }
    Ok(())
}

/// The values of an entry of the history without the keys of what may not be seen: those of a type
/// of which only some records may be are all taken off, since who could be seen then is not told.
pub(crate) fn veil(schema: &Schema, access: &Access, of: &Type, values: &mut Values) {
    for field in &of.fields {
        let hidden = field.kind.target().is_some_and(|to| !access.has_all(Right::View, to));
        if let Some(value) = values.get_mut(field.name.as_str()).filter(|_| hidden) {
            if let Json::List(items) = value {
                items.iter_mut().for_each(take_key_off);
            } else {
                take_key_off(value);
            }
        }
    }
    // A schema of now tells what fields of then refer to; what it has no word of stays hidden.
    let is_known = |name: &String, value: &mut Json| {
        of.field_named(name).is_some() || !matches!(value, Json::Object(_) | Json::List(_))
    };
    if !schema.types().iter().all(|of| access.has_all(Right::View, of.index)) {
        values.retain(is_known);
    }
}

fn take_key_off(reference: &mut Json) {
    if let Json::Object(members) = reference {
        members.retain(|name, _| name == "id");
        members.insert("hidden".to_owned(), Json::Bool(true));
    }
}
