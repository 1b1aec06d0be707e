//! The last step: unique values, and what deletions take along.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{
    Checked, CheckedChange, Dependent, Facts, Referrer, Refusal, Refused, Resolved, UniqueClaim,
};
use crate::fault::{Faults, FieldFault, NON_FIELD};
use crate::record::{Fields, Record, RecordId, Revision};
use crate::schema::{FieldIndex, Kind, OnDelete, Schema, Type, TypeIndex};
use crate::value::Value;

/// How many of the records that protect another are named.
const DEPENDENTS_NAMED_MAX: usize = 10;

type Name = (TypeIndex, RecordId);

/// The unique values that these changes want and that their records don't have yet.
pub fn unique_claims(schema: &Schema, resolved: &[Resolved]) -> HashSet<UniqueClaim> {
    resolved.iter().flat_map(|change| claims_of(schema, change)).collect()
}

fn claims_of(schema: &Schema, change: &Resolved) -> Vec<UniqueClaim> {
    let Some(after) = &change.after else {
        return Vec::new();
    };
    let mut claims = Vec::new();
    for fields in schema.get(change.type_index).unique_sets() {
        let Some(claim) = claim(change.type_index, &fields, after) else {
            continue;
        };
        let had = change
            .before
            .as_ref()
            .and_then(|record| self::claim(change.type_index, &fields, &record.fields));
        if had.as_ref() != Some(&claim) {
            claims.push(claim);
        }
    }
    claims
}

/// The unique values that checked changes give to their records, and that these had not before.
pub fn claims<'a>(
    schema: &Schema,
    changes: impl IntoIterator<Item = &'a CheckedChange>,
) -> Vec<UniqueClaim> {
    let mut claims = Vec::new();
    for change in changes {
        let Some(after) = &change.after else {
            continue;
        };
        for fields in schema.get(change.type_index).unique_sets() {
            let of = |values| claim(change.type_index, &fields, values);
            let had = change.before.as_ref().and_then(|record| of(&record.fields));
            claims.extend(of(after).filter(|claim| had.as_ref() != Some(claim)));
        }
    }
    claims
}

fn claim(type_index: TypeIndex, fields: &[FieldIndex], of: &Fields) -> Option<UniqueClaim> {
    let values = fields.iter().map(|field| of.get(*field).map(Value::to_stored)).collect();
    Option::map(values, |values| UniqueClaim { type_index, fields: fields.to_vec(), values })
}

/// The deletions, asked for or taken along, whose referrers [`Facts::referrers`] does not tell
/// yet. Gather them and ask again until none is left.
pub fn deletions_to_follow(schema: &Schema, resolved: &[Resolved], facts: &Facts) -> Vec<Name> {
    let mut open: Vec<Name> = resolved
        .iter()
        .filter(|change| change.after.is_none() && !change.is_mention)
        .map(|change| (change.type_index, change.id))
        .collect();
    let mut seen: HashSet<Name> = open.iter().copied().collect();
    let mut unknown = Vec::new();
    while let Some(name) = open.pop() {
        let Some(referrers) = facts.referrers.get(&name) else {
            unknown.push(name);
            continue;
        };
        for referrer in referrers {
            let next = (referrer.type_index, referrer.id);
            if on_delete(schema, referrer) == OnDelete::Cascade && seen.insert(next) {
                open.push(next);
            }
        }
    }
    unknown.sort_unstable();
    unknown
}

fn on_delete(schema: &Schema, referrer: &Referrer) -> OnDelete {
    let field = schema.get(referrer.type_index).field(referrer.field);
    if let Kind::Ref { on_delete, .. } | Kind::Refs { on_delete, .. } = &field.kind {
        *on_delete
    } else {
        OnDelete::Protect
    }
}

/// Checks what only all changes together tell, and gives what is to be written.
///
/// # Errors
/// Every change that can't be made, with all that is wrong with it.
pub fn finish(
    schema: &Schema,
    resolved: Vec<Resolved>,
    facts: &Facts,
) -> Result<Checked, Vec<Refused>> {
    let subjects = resolved.iter().map(|change| (change.type_index, change.id)).collect();
    let resolved: Vec<Resolved> =
        resolved.into_iter().filter(|change| !change.is_mention).collect();
    let mut refused = repeated(&resolved);
    refused.extend(taken(schema, &resolved, facts));
    let mut outcome = Outcome::new(schema, resolved);
    let protected = outcome.follow_deletions(facts);
    refused.extend(if protected.is_empty() { outcome.lost_references() } else { protected });
    if refused.is_empty() {
        Ok(Checked { changes: outcome.into_changes(), subjects })
    } else {
        refused.sort_by_key(|refused| refused.index);
        Err(refused)
    }
}

/// A record that a proposal changes twice: which of the two is meant can't be told.
fn repeated(resolved: &[Resolved]) -> Vec<Refused> {
    let mut seen = HashSet::new();
    resolved
        .iter()
        .filter(|change| !seen.insert((change.type_index, change.id)))
        .map(|change| {
            let fault =
                FieldFault::BadParameter("This record is named twice in one request.".to_owned());
            let why = Refusal::Invalid(Faults::one(NON_FIELD, fault));
            Refused { index: change.index, why }
        })
        .collect()
}

/// Changes that want unique values which another record has, or another change wants.
fn taken(schema: &Schema, resolved: &[Resolved], facts: &Facts) -> Vec<Refused> {
    let changed: HashMap<Name, &Resolved> =
        resolved.iter().map(|change| ((change.type_index, change.id), change)).collect();
    let mut wanted: HashSet<UniqueClaim> = HashSet::new();
    let mut refused = Vec::new();
    for change in resolved {
        let mut faults = Faults::default();
        for claim in claims_of(schema, change) {
            let holder = facts.holders.get(&claim).filter(|holder| {
                // Who holds it today may give it up in this very proposal.
                **holder != change.id
                    && changed.get(&(change.type_index, **holder)).is_none_or(|other| {
                        let keeps = |fields| self::claim(change.type_index, &claim.fields, fields);
                        other.after.as_ref().and_then(keeps).as_ref() == Some(&claim)
                    })
            });
            if holder.is_some() || wanted.contains(&claim) {
                add_taken(schema.get(change.type_index), &claim.fields, &mut faults);
            }
            wanted.insert(claim);
        }
        if !faults.is_empty() {
            refused.push(Refused { index: change.index, why: Refusal::Invalid(faults) });
        }
    }
    refused
}

fn add_taken(record_type: &Type, fields: &[FieldIndex], faults: &mut Faults) {
    let names: Vec<&str> = fields.iter().map(|f| record_type.field(*f).name.as_str()).collect();
    match names.as_slice() {
        [only] => faults.add(
            *only,
            FieldFault::Taken {
                type_label: record_type.name.to_string(),
                field_label: (*only).to_owned(),
            },
        ),
        several => {
            faults.add(NON_FIELD, FieldFault::TakenTogether { fields: several.join(", ") });
        }
    }
}

/// The records as the proposal leaves them, with what deletions take along.
struct Outcome<'a> {
    schema: &'a Schema,
    /// In the order of the proposal; what is taken along comes behind.
    order: Vec<Name>,
    states: HashMap<Name, State>,
}

struct State {
    index: usize,
    /// Until now.
    revision: Revision,
    before: Option<Record>,
    after: Option<Fields>,
}

impl<'a> Outcome<'a> {
    fn new(schema: &'a Schema, resolved: Vec<Resolved>) -> Self {
        let mut outcome = Self { schema, order: Vec::new(), states: HashMap::new() };
        for Resolved { index, type_index, id, revision, before, after, .. } in resolved {
            outcome.put((type_index, id), State { index, revision, before, after });
        }
        outcome
    }

    fn put(&mut self, name: Name, state: State) {
        if self.states.insert(name, state).is_none() {
            self.order.push(name);
        }
    }

    fn follow_deletions(&mut self, facts: &Facts) -> Vec<Refused> {
        let mut protected: BTreeMap<usize, Vec<Dependent>> = BTreeMap::new();
        let mut open: Vec<Name> =
            self.order.iter().copied().filter(|name| self.is_deleted(*name)).collect();
        open.reverse();
        while let Some(deleted) = open.pop() {
            let index = self.states.get(&deleted).map_or(0, |state| state.index);
            for referrer in facts.referrers.get(&deleted).into_iter().flatten() {
                let name = (referrer.type_index, referrer.id);
                let current = self.current(name, facts);
                let Some((before, Some(fields))) = current else {
                    // Deleted as well, or a protecting record that no change touches.
                    if !self.states.contains_key(&name) {
                        self.protect(index, referrer, &mut protected);
                    }
                    continue;
                };
                if !points_to(&fields, referrer.field, deleted.1) {
                    continue;
                }
                let known = before.as_ref().map_or(Revision(0), |record| record.revision);
                let revision = self.states.get(&name).map_or(known, |state| state.revision);
                match on_delete(self.schema, referrer) {
                    OnDelete::Protect => self.protect(index, referrer, &mut protected),
                    OnDelete::Cascade => {
                        self.put(name, State { index, revision, before, after: None });
                        open.push(name);
                    }
                    OnDelete::Clear => {
                        let after = Some(cleared(fields, referrer.field, deleted.1));
                        self.put(name, State { index, revision, before, after });
                    }
                }
            }
        }
        protected
            .into_iter()
            .map(|(index, mut by)| {
                let and_more = by.len() > DEPENDENTS_NAMED_MAX;
                by.truncate(DEPENDENTS_NAMED_MAX);
                Refused { index, why: Refusal::Protected { by, and_more } }
            })
            .collect()
    }

    /// Changes that refer to a record which a deletion takes along: those that did so before have
    /// been followed, and these would do so from now on.
    fn lost_references(&self) -> Vec<Refused> {
        let mut refused = Vec::new();
        for name in &self.order {
            let Some(State { index, after: Some(fields), .. }) = self.states.get(name) else {
                continue;
            };
            let mut faults = Faults::default();
            for field in &self.schema.get(name.0).fields {
                let Some(target) = field.kind.target() else {
                    continue;
                };
                let lost = |id: &RecordId| self.is_deleted((target, *id));
                if let Some(id) = pointed_at(fields, field.index).find(lost) {
                    faults.add(field.name.as_str(), FieldFault::NoSuchId { id: id.0 });
                }
            }
            if !faults.is_empty() {
                refused.push(Refused { index: *index, why: Refusal::Invalid(faults) });
            }
        }
        refused
    }

    fn is_deleted(&self, name: Name) -> bool {
        self.states.get(&name).is_some_and(|state| state.after.is_none())
    }

    /// A record before and after, as far as it is known.
    fn current(&self, name: Name, facts: &Facts) -> Option<(Option<Record>, Option<Fields>)> {
        if let Some(state) = self.states.get(&name) {
            return Some((state.before.clone(), state.after.clone()));
        }
        let record = facts.records.get(&name)?;
        Some((Some(record.clone()), Some(record.fields.clone())))
    }

    fn protect(
        &self,
        index: usize,
        referrer: &Referrer,
        protected: &mut BTreeMap<usize, Vec<Dependent>>,
    ) {
        let by = protected.entry(index).or_default();
        if by.len() <= DEPENDENTS_NAMED_MAX {
            let record_type = self.schema.get(referrer.type_index);
            by.push(Dependent {
                type_name: record_type.name.to_string(),
                id: referrer.id,
                field: record_type.field(referrer.field).name.to_string(),
            });
        }
    }

    fn into_changes(mut self) -> Vec<CheckedChange> {
        let mut changes = Vec::with_capacity(self.order.len());
        for (type_index, id) in self.order {
            let Some(State { revision, before, after, .. }) = self.states.remove(&(type_index, id))
            else {
                continue;
            };
            let nothing_changes =
                before.as_ref().is_some_and(|record| Some(&record.fields) == after.as_ref());
            if !nothing_changes {
                let revision = Revision(revision.0.saturating_add(1));
                changes.push(CheckedChange { type_index, id, revision, before, after });
            }
        }
        changes
    }
}

fn points_to(fields: &Fields, field: FieldIndex, id: RecordId) -> bool {
    pointed_at(fields, field).any(|pointed| pointed == id)
}

fn pointed_at(fields: &Fields, field: FieldIndex) -> impl Iterator<Item = RecordId> {
    let references = match fields.get(field) {
        Some(Value::Ref(reference)) => std::slice::from_ref(reference),
        Some(Value::Refs(references)) => references,
        _ => &[],
    };
    references.iter().map(|reference| reference.id)
}

fn cleared(mut fields: Fields, field: FieldIndex, id: RecordId) -> Fields {
    let value = match fields.get(field) {
        Some(Value::Refs(references)) => {
            let kept = references.iter().filter(|reference| reference.id != id).cloned().collect();
            Some(Value::Refs(kept))
        }
        _ => None,
    };
    fields.set(field, value);
    fields
}
