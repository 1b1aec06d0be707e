//! The first step: what was sent, parsed field by field.

use std::collections::BTreeMap;

use super::{Action, FieldsInput, Proposal, ProposedChange, READ_ONLY_NAMES, Unnamed};
use crate::fault::{Faults, FieldFault};
use crate::json::Json;
use crate::schema::{Field, FieldIndex, Schema, Type};
use crate::value::{RefInput, Value, parse_reference, parse_references, parse_scalar};

/// A proposed change whose fields have been parsed.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What was proposed; its raw fields have been taken out.
    pub change: ProposedChange,
    /// The parsed values of the fields that were named.
    pub inputs: BTreeMap<FieldIndex, FieldInput>,
    /// What is wrong so far.
    pub faults: Faults,
    /// Whether it asks only that there be a record of its key.
    pub is_mention: bool,
}

/// The parsed value of one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldInput {
    /// Of a field that is no reference; `None` for null.
    Scalar(Option<Value>),
    /// Of a `ref` field.
    Ref(Option<RefInput>),
    /// Of a `refs` field.
    Refs(Vec<RefInput>),
}

impl FieldInput {
    fn is_null(&self) -> bool {
        match self {
            Self::Scalar(value) => value.is_none(),
            Self::Ref(reference) => reference.is_none(),
            Self::Refs(_) => false,
        }
    }
}

/// Parses the fields of every proposed change.
pub fn draft(schema: &Schema, proposal: Proposal) -> Vec<Draft> {
    proposal.changes.into_iter().map(|change| draft_one(schema, change)).collect()
}

fn draft_one(schema: &Schema, mut change: ProposedChange) -> Draft {
    let record_type = schema.get(change.type_index);
    let mut faults = Faults::default();
    let mut inputs = BTreeMap::new();
    let is_mention = matches!(
        &change.action,
        Action::Put { fields, unnamed: Unnamed::Keep, .. } if fields.is_empty()
    );
    if let Action::Put { key, .. } = &change.action {
        for (field, value) in record_type.key.iter().zip(key) {
            inputs.insert(*field, FieldInput::Scalar(Some(value.clone())));
        }
    }
    for (name, input) in take_fields(&mut change.action) {
        let Some(field) = record_type.field_named(&name) else {
            if !READ_ONLY_NAMES.contains(&name.as_str()) {
                faults.add(name, FieldFault::UnknownField(known_fields(record_type)));
            }
            continue;
        };
        match parse_field(schema, field, &input) {
            Ok(parsed) => {
                if parsed.is_null() && field.required {
                    faults.add(name, null_fault(&input));
                }
                inputs.insert(field.index, parsed);
            }
            Err(fault) => faults.add(name, fault),
        }
    }
    Draft { change, inputs, faults, is_mention }
}

fn take_fields(action: &mut Action) -> FieldsInput {
    match action {
        Action::Add { fields }
        | Action::Update { fields, .. }
        | Action::Put { fields, .. }
        | Action::Restore { fields, .. } => std::mem::take(fields),
        Action::Delete { .. } => FieldsInput::new(),
    }
}

fn parse_field(schema: &Schema, field: &Field, input: &Json) -> Result<FieldInput, FieldFault> {
    match field.kind.target() {
        Some(target) if field.kind.is_refs() => {
            parse_references(schema.get(target), input).map(FieldInput::Refs)
        }
        Some(target) => parse_reference(schema.get(target), input).map(FieldInput::Ref),
        None => parse_scalar(&field.kind, input).map(FieldInput::Scalar),
    }
}

fn null_fault(input: &Json) -> FieldFault {
    if input == &Json::Null { FieldFault::Null } else { FieldFault::Blank }
}

fn known_fields(record_type: &Type) -> String {
    let names: Vec<&str> = record_type.fields.iter().map(|field| field.name.as_str()).collect();
    format!("A {} has: {}.", record_type.name, names.join(", "))
}
