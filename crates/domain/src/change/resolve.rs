//! The second step: which records are meant, and what their values shall be.
//!
//! First every change finds its record and tells the key that this will have; then references are
//! looked up among the keys as the whole proposal leaves them. So changes may refer to each other
//! in any order, and in circles.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Action, Draft, Facts, FieldInput, Needs, Refusal, Refused, Target, Unnamed};
use crate::fault::{Faults, FieldFault};
use crate::record::{Fields, Record, RecordId, Reference, Revision};
use crate::schema::{Field, FieldIndex, Kind, Schema, Type, TypeIndex};
use crate::value::{RefInput, Value};

/// A proposed change whose record and references are known.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// Its place in the proposal.
    pub index: usize,
    /// The type of the record.
    pub type_index: TypeIndex,
    /// Its id.
    pub id: RecordId,
    /// Its revision until now; 0 when it was never there.
    pub revision: Revision,
    /// The record as it is; `None` when it is to be added.
    pub before: Option<Record>,
    /// The values as they shall be; `None` when it is to be deleted.
    pub after: Option<Fields>,
    /// Whether it asks only that the record be there, and it is: by the register or by another
    /// change.
    pub is_mention: bool,
}

/// What to look up to resolve these drafts.
pub fn needs(schema: &Schema, drafts: &[Draft]) -> Needs {
    let mut needs = Needs::default();
    for draft in drafts {
        let type_index = draft.change.type_index;
        match &draft.change.action {
            Action::Add { .. } => {
                needs.added.insert(type_index);
            }
            Action::Update { target, .. } | Action::Delete { target } => match target {
                Target::Id(id) => {
                    needs.records.insert((type_index, *id));
                }
                Target::Key(key) => {
                    needs.records_by_key.insert((type_index, key.clone()));
                }
            },
            Action::Put { key, .. } => {
                needs.added.insert(type_index);
                needs.records_by_key.insert((type_index, key.clone()));
            }
            Action::Restore { id, .. } => {
                needs.records.insert((type_index, *id));
                needs.deleted.insert((type_index, *id));
            }
        }
        for (field, input) in &draft.inputs {
            let Some(target) = schema.get(type_index).field(*field).kind.target() else {
                continue;
            };
            let references = match input {
                FieldInput::Scalar(_) | FieldInput::Ref(None) => &[],
                FieldInput::Ref(Some(reference)) => std::slice::from_ref(reference),
                FieldInput::Refs(references) => references.as_slice(),
            };
            for reference in references {
                match reference {
                    RefInput::Id(id) => {
                        needs.references.insert((target, *id));
                    }
                    RefInput::Key(key) => {
                        needs.references_by_key.insert((target, key.clone()));
                    }
                }
            }
        }
    }
    needs
}

/// Finds the record of each draft and works out its values.
///
/// # Errors
/// Every change that can't be made, with all that is wrong with it.
pub fn resolve(
    schema: &Schema,
    drafts: Vec<Draft>,
    facts: &Facts,
) -> Result<Vec<Resolved>, Vec<Refused>> {
    let mut register = Resolver {
        schema,
        facts,
        keys: HashMap::new(),
        rekeyed: HashMap::new(),
        deleted: HashSet::new(),
        restored: HashSet::new(),
        next_ids: facts.next_ids.clone(),
    };
    // What is only mentioned comes last: by then all others have their keys.
    let (mentions, asked): (Vec<_>, Vec<_>) =
        drafts.into_iter().enumerate().partition(|(_, draft)| draft.is_mention);
    let mut found = Vec::with_capacity(asked.len().saturating_add(mentions.len()));
    let mut refused = Vec::new();
    for (index, draft) in asked.into_iter().chain(mentions) {
        match register.find_subject(index, draft) {
            Ok(subject) => found.push(subject),
            Err(why) => refused.push(Refused { index, why }),
        }
    }
    found.sort_by_key(|subject| subject.index);
    let mut resolved = Vec::with_capacity(found.len());
    for subject in found {
        let index = subject.index;
        match register.resolve_one(subject) {
            Ok(change) => resolved.push(change),
            Err(why) => refused.push(Refused { index, why }),
        }
    }
    if refused.is_empty() {
        Ok(resolved)
    } else {
        refused.sort_by_key(|refused| refused.index);
        Err(refused)
    }
}

/// A draft whose record is known.
struct Subject {
    index: usize,
    draft: Draft,
    id: RecordId,
    /// Until now; 0 when it was never there.
    revision: Revision,
    before: Option<Record>,
    unnamed: Unnamed,
    is_mention: bool,
}

/// The register as the proposal leaves it.
struct Resolver<'a> {
    schema: &'a Schema,
    facts: &'a Facts,
    /// Keys that changes of this proposal give or take.
    keys: HashMap<(TypeIndex, Vec<Value>), Option<RecordId>>,
    /// Records whose key this proposal gives or changes.
    rekeyed: HashMap<(TypeIndex, RecordId), Reference>,
    /// Records that this proposal deletes by name.
    deleted: HashSet<(TypeIndex, RecordId)>,
    /// Records that this proposal brings back.
    restored: HashSet<(TypeIndex, RecordId)>,
    next_ids: HashMap<TypeIndex, i64>,
}

impl Resolver<'_> {
    /// Finds the record of a draft, and notes the key that it will have.
    fn find_subject(&mut self, index: usize, draft: Draft) -> Result<Subject, Refusal> {
        let type_index = draft.change.type_index;
        let (before, unnamed) = match &draft.change.action {
            Action::Add { .. } => (None, Unnamed::Reset),
            Action::Update { target, unnamed, .. } => {
                (Some(self.find(type_index, target)?), *unnamed)
            }
            Action::Delete { target } => (Some(self.find(type_index, target)?), Unnamed::Keep),
            Action::Put { key, unnamed, .. } => {
                if draft.is_mention
                    && let Some(id) = self.id_of_key(type_index, key)
                {
                    let unnamed = *unnamed;
                    return Ok(Subject {
                        index,
                        draft,
                        id,
                        revision: Revision(0),
                        before: None,
                        unnamed,
                        is_mention: true,
                    });
                }
                (self.find(type_index, &Target::Key(key.clone())).ok(), *unnamed)
            }
            Action::Restore { id, .. } => match self.find(type_index, &Target::Id(*id)) {
                Ok(_) => return Err(Refusal::Exists),
                Err(_) => (None, Unnamed::Reset),
            },
        };
        if !draft.change.preconditions.hold(before.as_ref()) {
            return Err(Refusal::Stale { current: before.map(Box::new) });
        }
        let mut revision = before.as_ref().map_or(Revision(0), |record| record.revision);
        let id = match (&before, &draft.change.action) {
            (Some(record), _) => record.id,
            (None, Action::Restore { id, .. }) => *id,
            (None, _) => self.take_id(type_index),
        };
        if let Action::Restore { id, .. } = draft.change.action {
            let last = self.facts.last_revisions.get(&(type_index, id));
            revision = *last.ok_or(Refusal::NotFound)?;
            self.restored.insert((type_index, id));
        }
        let subject = Subject { index, draft, id, revision, before, unnamed, is_mention: false };
        self.remember(&subject);
        Ok(subject)
    }

    fn resolve_one(&self, subject: Subject) -> Result<Resolved, Refusal> {
        let Subject { index, draft, id, revision, before, unnamed, is_mention } = subject;
        let Draft { change, inputs, faults, .. } = draft;
        let type_index = change.type_index;
        let mut resolved =
            Resolved { index, type_index, id, revision, before, after: None, is_mention };
        if is_mention || matches!(change.action, Action::Delete { .. }) {
            return Ok(resolved);
        }
        let kept = resolved.before.as_ref().filter(|_| unnamed == Unnamed::Keep);
        resolved.after = Some(self.values(self.schema.get(type_index), kept, inputs, faults)?);
        Ok(resolved)
    }

    fn find(&self, type_index: TypeIndex, target: &Target) -> Result<Record, Refusal> {
        let id = match target {
            Target::Id(id) => Some(*id),
            Target::Key(key) => self.id_of_key(type_index, key),
        };
        id.and_then(|id| self.facts.records.get(&(type_index, id)))
            .cloned()
            .ok_or(Refusal::NotFound)
    }

    fn id_of_key(&self, type_index: TypeIndex, key: &[Value]) -> Option<RecordId> {
        let key = (type_index, key.to_vec());
        match self.keys.get(&key) {
            Some(changed) => *changed,
            None => self.facts.by_key.get(&key).copied(),
        }
    }

    fn take_id(&mut self, type_index: TypeIndex) -> RecordId {
        let next = self.next_ids.entry(type_index).or_insert(1);
        let id = RecordId(*next);
        *next = next.saturating_add(1);
        id
    }

    /// The values of a record: those that were named, and for the others those of the record that
    /// keeps them, or their defaults.
    fn values(
        &self,
        record_type: &Type,
        kept: Option<&Record>,
        mut inputs: BTreeMap<FieldIndex, FieldInput>,
        mut faults: Faults,
    ) -> Result<Fields, Refusal> {
        let mut values = Vec::with_capacity(record_type.fields.len());
        for field in &record_type.fields {
            let value = match (inputs.remove(&field.index), kept) {
                (Some(input), _) => self.value(&field.kind, input).unwrap_or_else(|fault| {
                    faults.add(field.name.as_str(), fault);
                    None
                }),
                (None, Some(record)) => record.fields.get(field.index).cloned(),
                (None, None) => {
                    let value = default(field);
                    let is_told = faults.iter().any(|(name, _)| name == field.name.as_str());
                    if value.is_none() && field.required && !is_told {
                        faults.add(field.name.as_str(), FieldFault::Required);
                    }
                    value
                }
            };
            values.push(value);
        }
        faults.or_ok(Fields::from_values(values)).map_err(Refusal::Invalid)
    }

    fn value(&self, kind: &Kind, input: FieldInput) -> Result<Option<Value>, FieldFault> {
        match (input, kind.target()) {
            (FieldInput::Ref(Some(reference)), Some(target)) => {
                self.reference(target, &reference).map(|found| Some(Value::Ref(found)))
            }
            (FieldInput::Refs(references), Some(target)) => {
                let mut found = Vec::with_capacity(references.len());
                for reference in &references {
                    found.push(self.reference(target, reference)?);
                }
                found.sort();
                found.dedup();
                Ok(Some(Value::Refs(found)))
            }
            (FieldInput::Scalar(value), _) => Ok(value),
            (FieldInput::Ref(_) | FieldInput::Refs(_), _) => Ok(None),
        }
    }

    fn reference(&self, target: TypeIndex, input: &RefInput) -> Result<Reference, FieldFault> {
        let id = match input {
            // By id only what is there already: nobody can know the ids that will be given, and
            // those of another register must not fit by accident.
            RefInput::Id(id) => Some(*id).filter(|id| self.is_kept(target, *id)),
            RefInput::Key(key) => self.id_of_key(target, key),
        };
        let found = id.and_then(|id| {
            self.rekeyed.get(&(target, id)).or_else(|| self.facts.references.get(&(target, id)))
        });
        found.cloned().ok_or_else(|| match input {
            RefInput::Id(id) => FieldFault::NoSuchId { id: id.0 },
            RefInput::Key(key) => {
                let parts: Vec<String> = self
                    .schema
                    .get(target)
                    .key_fields()
                    .zip(key)
                    .map(|(field, value)| format!("{}={}", field.name, value.to_text()))
                    .collect();
                FieldFault::NoSuchKey { key: parts.join(", ") }
            }
        })
    }

    fn is_kept(&self, type_index: TypeIndex, id: RecordId) -> bool {
        let name = (type_index, id);
        let is_there = self.facts.references.contains_key(&name);
        (is_there || self.restored.contains(&name)) && !self.deleted.contains(&name)
    }

    /// Notes the key that a record will have, and the one that it gives up.
    fn remember(&mut self, subject: &Subject) {
        let type_index = subject.draft.change.type_index;
        let record_type = self.schema.get(type_index);
        let old = subject.before.as_ref().and_then(|record| key_of(record_type, &record.fields));
        let is_deleted = matches!(subject.draft.change.action, Action::Delete { .. });
        let new = if is_deleted { None } else { future_key(record_type, subject) };
        if is_deleted {
            self.deleted.insert((type_index, subject.id));
        }
        if old == new {
            return;
        }
        if let Some(key) = old {
            // Another record may have taken it already, where two swap their keys.
            let holder = self.keys.entry((type_index, key)).or_insert(None);
            if *holder == Some(subject.id) {
                *holder = None;
            }
        }
        if let Some(key) = new {
            let reference = Reference { id: subject.id, key: key.clone().into() };
            self.rekeyed.insert((type_index, subject.id), reference);
            self.keys.insert((type_index, key), Some(subject.id));
        }
    }
}

/// The key that a record will have, as far as its draft could be read. A key's fields are never
/// references.
fn future_key(record_type: &Type, subject: &Subject) -> Option<Vec<Value>> {
    let kept = subject.before.as_ref().filter(|_| subject.unnamed == Unnamed::Keep);
    let value = |field: &Field| match (subject.draft.inputs.get(&field.index), kept) {
        (Some(FieldInput::Scalar(value)), _) => value.clone(),
        (Some(FieldInput::Ref(_) | FieldInput::Refs(_)), _) => None,
        (None, Some(record)) => record.fields.get(field.index).cloned(),
        (None, None) => default(field),
    };
    record_type.key_fields().map(value).collect()
}

/// The value of a field that nobody named.
fn default(field: &Field) -> Option<Value> {
    let none = field.kind.is_refs().then(|| Value::Refs(Vec::new()));
    field.default.clone().or(none)
}

/// The values of a record's key; `None` while a part of it is null.
pub(super) fn key_of(record_type: &Type, fields: &Fields) -> Option<Vec<Value>> {
    record_type.key.iter().map(|field| fields.get(*field).cloned()).collect()
}

#[cfg(test)]
mod tests;
