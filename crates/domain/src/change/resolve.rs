//! The second step: which records are meant, and what their values shall be.

use std::collections::{BTreeMap, HashMap};

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
        added: HashMap::new(),
        next_ids: facts.next_ids.clone(),
    };
    let mut resolved = Vec::with_capacity(drafts.len());
    let mut refused = Vec::new();
    for (index, draft) in drafts.into_iter().enumerate() {
        match register.resolve_one(index, draft) {
            Ok(change) => {
                register.remember(&change);
                resolved.push(change);
            }
            Err(why) => refused.push(Refused { index, why }),
        }
    }
    if refused.is_empty() { Ok(resolved) } else { Err(refused) }
}

/// The register as the changes resolved so far leave it.
struct Resolver<'a> {
    schema: &'a Schema,
    facts: &'a Facts,
    /// Keys that changes of this proposal have given or taken.
    keys: HashMap<(TypeIndex, Vec<Value>), Option<RecordId>>,
    /// Records that this proposal adds.
    added: HashMap<(TypeIndex, RecordId), Reference>,
    next_ids: HashMap<TypeIndex, i64>,
}

impl Resolver<'_> {
    fn resolve_one(&mut self, index: usize, draft: Draft) -> Result<Resolved, Refusal> {
        let Draft { change, inputs, faults } = draft;
        let type_index = change.type_index;
        let record_type = self.schema.get(type_index);
        let (before, unnamed) = match &change.action {
            Action::Add { .. } => (None, Unnamed::Reset),
            Action::Update { target, unnamed, .. } => {
                (Some(self.find(type_index, target)?), *unnamed)
            }
            Action::Delete { target } => (Some(self.find(type_index, target)?), Unnamed::Keep),
            Action::Put { key, unnamed, .. } => {
                (self.find(type_index, &Target::Key(key.clone())).ok(), *unnamed)
            }
            Action::Restore { id, .. } => match self.find(type_index, &Target::Id(*id)) {
                Ok(_) => return Err(Refusal::Exists),
                Err(_) => (None, Unnamed::Reset),
            },
        };
        if !change.preconditions.hold(before.as_ref()) {
            return Err(Refusal::Stale { current: before.map(Box::new) });
        }
        let revision = before.as_ref().map_or(Revision(0), |record| record.revision);
        if matches!(change.action, Action::Delete { .. }) {
            let id = before.as_ref().map_or(RecordId(0), |record| record.id);
            return Ok(Resolved { index, type_index, id, revision, before, after: None });
        }
        if let Action::Restore { id, .. } = change.action {
            let last = self.facts.last_revisions.get(&(type_index, id));
            let revision = *last.ok_or(Refusal::NotFound)?;
            let after = Some(self.values(record_type, None, inputs, faults)?);
            return Ok(Resolved { index, type_index, id, revision, before: None, after });
        }
        let kept = before.as_ref().filter(|_| unnamed == Unnamed::Keep);
        let after = Some(self.values(record_type, kept, inputs, faults)?);
        let id = match &before {
            Some(record) => record.id,
            None => self.take_id(type_index),
        };
        Ok(Resolved { index, type_index, id, revision, before, after })
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
            RefInput::Id(id) => Some(*id),
            RefInput::Key(key) => self.id_of_key(target, key),
        };
        let found = id.and_then(|id| {
            self.added.get(&(target, id)).or_else(|| self.facts.references.get(&(target, id)))
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

    fn remember(&mut self, change: &Resolved) {
        let record_type = self.schema.get(change.type_index);
        let old = change.before.as_ref().and_then(|record| key_of(record_type, &record.fields));
        let new = change.after.as_ref().and_then(|fields| key_of(record_type, fields));
        if old == new {
            return;
        }
        if let Some(key) = old {
            self.keys.insert((change.type_index, key), None);
        }
        if let Some(key) = new {
            self.added.insert(
                (change.type_index, change.id),
                Reference { id: change.id, key: key.clone() },
            );
            self.keys.insert((change.type_index, key), Some(change.id));
        }
    }
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
