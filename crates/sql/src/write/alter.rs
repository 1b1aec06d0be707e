//! Tables that follow a schema that changes, step by step of its plan.

use domain::schema::plan::{Rule, Step, Work};
use domain::schema::{Field, Schema, Type};

use super::history::rebuild;
use super::schema::create_types;
use crate::engine::Writer;
use crate::error::StoreError;
use crate::statement::Statement;
use crate::tables;

/// Carries out the steps from one schema to another. What columns can't be turned into is written
/// again from the history.
///
/// # Errors
/// [`StoreError::Schema`] when records stand in the way; nothing may be kept of the transaction
/// then. Others when the database can't be asked.
pub fn alter(
    writer: &mut Writer<'_>,
    old: &Schema,
    new: &Schema,
    steps: &[Step],
) -> Result<(), StoreError> {
    let added: Vec<&Type> = steps
        .iter()
        .filter(|step| matches!(step.work, Work::AddType { .. }))
        .filter_map(|step| new.named(step.type_name.as_str()))
        .collect();
    create_types(writer, new, &added)?;
    let mut must_rebuild = false;
    for of in &added {
        must_rebuild |= is_remembered(writer, of.name.as_str(), None)?;
    }
    for step in steps {
        let alter = Alter {
            old: old.named(step.type_name.as_str()),
            new: new.named(step.type_name.as_str()),
            schema: new,
            step,
        };
        must_rebuild |= alter.run(writer)?;
    }
    // References may point to types that go, so that those go last.
    for step in steps.iter().filter(|step| step.work == Work::DropType) {
        if let Some(of) = old.named(step.type_name.as_str()) {
            tables::drop_type(writer, of)?;
        }
    }
    for of in new.types() {
        if let Some(before) = old.named(of.name.as_str()) {
            align_indexes(writer, before, of)?;
        }
    }
    if must_rebuild {
        rebuild(writer, new, &mut |_, _| {})?;
    }
    Ok(())
}

struct Alter<'a> {
    old: Option<&'a Type>,
    new: Option<&'a Type>,
    schema: &'a Schema,
    step: &'a Step,
}

impl Alter<'_> {
    /// Carries the step out; tells whether the rows must be written again from the history.
    fn run(&self, writer: &mut Writer<'_>) -> Result<bool, StoreError> {
        let (Some(old), Some(new)) = (self.old, self.new) else {
            return Ok(false);
        };
        let field = |of: &Type| -> Option<Field> {
            of.field_named(self.step.field.as_ref()?.as_str()).cloned()
        };
        match &self.step.work {
            Work::AddField { .. } => {
                let Some(field) = field(new) else { return Ok(false) };
                tables::add_field(writer, self.schema, new, &field)?;
                let (type_name, name) = (new.name.as_str(), field.name.as_str());
                Ok(tables::is_searched(old) != tables::is_searched(new)
                    || is_remembered(writer, type_name, Some(name))?)
            }
            Work::DropField => {
                if let Some(field) = field(old) {
                    tables::drop_field(writer, old, &field)?;
                }
                Ok(true)
            }
            // A column can't turn round to another type or hold another kind in place.
            Work::ChangeKind { .. } | Work::Narrow(Rule::Target { .. }) => {
                if let (Some(before), Some(after)) = (field(old), field(new)) {
                    tables::drop_field(writer, old, &before)?;
                    tables::add_field(writer, self.schema, new, &after)?;
                }
                Ok(true)
            }
            Work::AddSearch { .. } | Work::DropSearch => Ok(true),
            Work::AddUnique { fields, names, .. } => {
                tables::add_unique(writer, new, fields).map_err(|error| match error {
                    error if error.is_unique_violation() => {
                        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
                        StoreError::Schema(format!(
                            "records of {} share the same {}; make them differ first",
                            new.name,
                            names.join(" and ")
                        ))
                    }
                    error => error,
                })?;
                Ok(false)
            }
            Work::DropUnique { names } => {
                let set: Option<Vec<_>> = names
                    .iter()
                    .map(|name| old.field_named(name.as_str()).map(|field| field.index))
                    .collect();
                if let Some(set) = set {
                    tables::drop_unique(writer, old, &set)?;
                }
                Ok(false)
            }
            Work::AddType { .. }
            | Work::DropType
            | Work::AddIndex { .. }
            | Work::DropIndex
            | Work::AddChoice { .. }
            | Work::Loosen(_)
            | Work::Narrow(_)
            | Work::Set { .. }
            | Work::Reword
            | Work::ChangeKey { .. } => Ok(false),
        }
    }
}

/// Whether the history knows a type, or a field of it, that is added: one of that name was dropped
/// before, and its versions come again.
fn is_remembered(
    writer: &mut Writer<'_>,
    type_name: &str,
    field: Option<&str>,
) -> Result<bool, StoreError> {
    for (table, column) in [("changes", "after"), ("base", "fields")] {
        let mut statement = Statement::new(&format!("SELECT id FROM {table} WHERE type = "));
        statement.bind(type_name);
        if let Some(field) = field {
            statement.push(" AND ");
            writer.dialect().contains(column, &format!("\"{field}\":"), &mut statement);
        }
        statement.push(" LIMIT 1");
        if writer.query_one(&statement, |row| row.integer(0))?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Makes and drops the indexes that fields and search have, whatever the reason.
fn align_indexes(writer: &mut Writer<'_>, old: &Type, new: &Type) -> Result<(), StoreError> {
    for field in &new.fields {
        let Some(before) = old.field_named(field.name.as_str()) else {
            continue;
        };
        if before.kind.word() != field.kind.word() || before.kind.target() != field.kind.target() {
            // Made anew, with its index.
            continue;
        }
        match (tables::needs_index(old, before), tables::needs_index(new, field)) {
            (false, true) => tables::add_index(writer, new, field)?,
            (true, false) => tables::drop_index(writer, old, before)?,
            (true, true) | (false, false) => {}
        }
    }
    match (tables::is_searched(old), tables::is_searched(new)) {
        (false, true) => tables::create_search(writer, new),
        (true, false) => tables::drop_search(writer, old),
        (true, true) | (false, false) => Ok(()),
    }
}
