//! The rows of records: the only statements that change the tables of a type.
//!
//! Within a commit, deletions come first, then whoever gives up a unique value, then everything
//! else, so that names can be swapped. Versions are copied from the finished rows.

use std::collections::HashMap;

use domain::change::CheckedChange;
use domain::history::Commit;
use domain::query::Stored;
use domain::record::{Fields, RecordId, Timestamp};
use domain::schema::{Field, Schema, Type};
use domain::value::{Value, fold};

use super::commit::types_of;
use super::tally::Tally;
use crate::dialect::Dialect;
use crate::engine::Writer;
use crate::error::StoreError;
use crate::names;
use crate::statement::{Param, Statement};
use crate::tables::{FOREVER, META_COLUMNS, class, field_columns, is_searched};

/// Ids that one statement names at once.
const IDS_AT_ONCE: usize = 5_000;

/// Writes the rows of all changes of a commit.
pub(super) fn write_rows(
    writer: &mut Writer<'_>,
    schema: &Schema,
    changes: &[CheckedChange],
    (commit, tally): (&Commit, &Tally<'_>),
) -> Result<(), StoreError> {
    for type_index in types_of(changes) {
        let changes: Vec<&CheckedChange> =
            changes.iter().filter(|change| change.type_index == type_index).collect();
        let added_at = HashMap::new();
        let rows = TypeRows { of: schema.get(type_index), commit, tally, added_at };
        rows.write(writer, &changes)?;
    }
    Ok(())
}

/// Writes the rows of records of one type that stand in the base, all changed last by one commit.
pub(super) fn write_base_rows(
    writer: &mut Writer<'_>,
    of: &Type,
    records: &[CheckedChange],
    added_at: HashMap<RecordId, Timestamp>,
    commit: &Commit,
) -> Result<(), StoreError> {
    let records: Vec<&CheckedChange> = records.iter().collect();
    let tally = Tally::new(&|_| {});
    TypeRows { of, commit, tally: &tally, added_at }.write(writer, &records)
}

struct TypeRows<'a> {
    of: &'a Type,
    commit: &'a Commit,
    tally: &'a Tally<'a>,
    /// When records were added, where that was before the commit.
    added_at: HashMap<RecordId, Timestamp>,
}

impl TypeRows<'_> {
    fn write(&self, writer: &mut Writer<'_>, changes: &[&CheckedChange]) -> Result<(), StoreError> {
        let ids = |filter: &dyn Fn(&CheckedChange) -> bool| -> Vec<i64> {
            changes.iter().filter(|change| filter(change)).map(|change| change.id.0).collect()
        };
        let gone = ids(&|change| change.before.is_some());
        let deleted = ids(&|change| change.after.is_none());
        let written = ids(&|change| change.after.is_some());
        self.close_versions(writer, &gone)?;
        self.forget_search(writer, &gone)?;
        for field in self.of.fields.iter().filter(|field| field.kind.is_refs()) {
            self.write_links(writer, field, changes)?;
        }
        let delete = Statement::new(&format!("DELETE FROM {} WHERE ", names::records(self.of)));
        by_ids(writer, &delete, &deleted)?;
        self.tally.add_deleted(deleted.len());
        self.release_unique(writer, changes)?;
        self.insert(writer, changes)?;
        self.update(writer, changes)?;
        self.open_versions(writer, &written)?;
        self.learn_search(writer, &written)
    }

    fn insert(
        &self,
        writer: &mut Writer<'_>,
        changes: &[&CheckedChange],
    ) -> Result<(), StoreError> {
        let mut columns = self.columns();
        columns.extend(["id".to_owned(), "created_at".to_owned()]);
        let placeholders: Vec<String> =
            (1..=columns.len()).map(|number| format!("${number}")).collect();
        let text = format!(
            "INSERT INTO {} ({}) VALUES ({})",
            names::records(self.of),
            columns.join(", "),
            placeholders.join(", ")
        );
        let added = changes.iter().filter(|change| change.before.is_none());
        let rows = added.filter_map(|change| {
            let mut row = self.row(change, change.after.as_ref()?);
            let added_at = self.added_at.get(&change.id).unwrap_or(&self.commit.at);
            self.tally.add(1);
            row.extend([change.id.0.into(), added_at.timestamp_micros().into()]);
            Some(row)
        });
        writer.execute_many(&text, rows)
    }

    fn update(
        &self,
        writer: &mut Writer<'_>,
        changes: &[&CheckedChange],
    ) -> Result<(), StoreError> {
        let columns = self.columns();
        let assignments: Vec<String> = columns
            .iter()
            .zip(1..)
            .map(|(column, number)| format!("{column} = ${number}"))
            .collect();
        let text = format!(
            "UPDATE {} SET {} WHERE id = ${}",
            names::records(self.of),
            assignments.join(", "),
            columns.len().saturating_add(1)
        );
        let existing = changes.iter().filter(|change| change.before.is_some());
        let rows = existing.filter_map(|change| {
            let mut row = self.row(change, change.after.as_ref()?);
            self.tally.add(1);
            row.push(change.id.0.into());
            Some(row)
        });
        writer.execute_many(&text, rows)
    }

    /// The columns that every change writes, in the order of [`Self::row`].
    fn columns(&self) -> Vec<String> {
        let meta = ["revision", "updated_at", "changed_by", "f_changed_by", "search"];
        let mut columns: Vec<String> = meta.map(str::to_owned).into();
        columns.extend(field_columns(self.of));
        columns
    }

    /// The values of a row for [`Self::columns`].
    fn row(&self, change: &CheckedChange, fields: &Fields) -> Vec<Param> {
        let mut row: Vec<Param> = vec![
            change.revision.0.into(),
            self.commit.at.timestamp_micros().into(),
            self.commit.actor.as_str().into(),
            fold(&self.commit.actor).into(),
            self.search_text(fields).into(),
        ];
        for field in &self.of.fields {
            let value = fields.get(field.index);
            if class(&field.kind).is_some() {
                row.push(value.map_or(Stored::Null, Value::to_stored).into());
            }
            if field.kind.has_text_form() {
                let folded = value.map(|value| Stored::Text(value.folded_text()));
                row.push(folded.unwrap_or(Stored::Null).into());
            }
        }
        row
    }

    /// The folded text of all searched fields, a line each.
    fn search_text(&self, fields: &Fields) -> String {
        let texts: Vec<String> = self
            .of
            .fields
            .iter()
            .filter(|field| field.searched)
            .filter_map(|field| fields.get(field.index).map(Value::folded_text))
            .collect();
        texts.join("\n")
    }

    /// Sets unique values that records give up to null, where several records change, so that
    /// another can take them before their own row is written.
    fn release_unique(
        &self,
        writer: &mut Writer<'_>,
        changes: &[&CheckedChange],
    ) -> Result<(), StoreError> {
        if changes.len() < 2 {
            return Ok(());
        }
        for set in self.of.unique_sets() {
            let Some(first) = set.first().map(|field| self.of.field(*field)) else {
                continue;
            };
            let gives_up = |change: &&&CheckedChange| match (&change.before, &change.after) {
                (Some(before), Some(after)) => {
                    set.iter().any(|field| before.fields.get(*field) != after.get(*field))
                }
                _ => false,
            };
            let ids: Vec<i64> = changes.iter().filter(gives_up).map(|change| change.id.0).collect();
            let release = Statement::new(&format!(
                "UPDATE {} SET {} = NULL WHERE ",
                names::records(self.of),
                names::column(first)
            ));
            by_ids(writer, &release, &ids)?;
        }
        Ok(())
    }

    /// Writes what a `refs` field points to, now and in its versions.
    fn write_links(
        &self,
        writer: &mut Writer<'_>,
        field: &Field,
        changes: &[&CheckedChange],
    ) -> Result<(), StoreError> {
        let mut removed = Vec::new();
        let mut added = Vec::new();
        for change in changes {
            let before = targets(change.before.as_ref().map(|record| &record.fields), field);
            let after = targets(change.after.as_ref(), field);
            let pair =
                |target: &RecordId| -> Vec<Param> { vec![change.id.0.into(), target.0.into()] };
            removed.extend(before.iter().filter(|id| !after.contains(id)).map(pair));
            added.extend(after.iter().filter(|id| !before.contains(id)).map(pair));
        }
        let links = names::links(self.of, field);
        let versions = names::link_versions(self.of, field);
        writer.execute_many(
            &format!("DELETE FROM {links} WHERE record = $1 AND target = $2"),
            removed.clone(),
        )?;
        writer.execute_many(
            &format!(
                "UPDATE {versions} SET to_commit = $1 \
                 WHERE record = $2 AND target = $3 AND to_commit = {FOREVER}"
            ),
            self.numbered(removed),
        )?;
        writer.execute_many(
            &format!("INSERT INTO {links} (record, target) VALUES ($1, $2)"),
            added.clone(),
        )?;
        writer.execute_many(
            &format!(
                "INSERT INTO {versions} (from_commit, record, target, to_commit) \
                 VALUES ($1, $2, $3, {FOREVER})"
            ),
            self.numbered(added),
        )
    }

    /// Rows with the commit's number before them.
    fn numbered(&self, rows: Vec<Vec<Param>>) -> impl Iterator<Item = Vec<Param>> {
        let number = self.commit.number.0;
        rows.into_iter().map(move |mut row| {
            row.insert(0, number.into());
            row
        })
    }

    fn close_versions(&self, writer: &mut Writer<'_>, ids: &[i64]) -> Result<(), StoreError> {
        let mut close = Statement::new(&format!("UPDATE {}", names::versions(self.of)));
        close.push(" SET to_commit = ").bind(self.commit.number.0);
        close.push(&format!(" WHERE to_commit = {FOREVER} AND "));
        by_ids(writer, &close, ids)
    }

    fn open_versions(&self, writer: &mut Writer<'_>, ids: &[i64]) -> Result<(), StoreError> {
        let mut columns: Vec<String> = META_COLUMNS.map(str::to_owned).into();
        columns.extend(["f_changed_by".to_owned(), "search".to_owned()]);
        columns.extend(field_columns(self.of));
        let columns = columns.join(", ");
        let mut open = Statement::new(&format!(
            "INSERT INTO {} ({columns}, from_commit, to_commit) SELECT {columns}, CAST(",
            names::versions(self.of)
        ));
        open.bind(self.commit.number.0)
            .push(&format!(" AS BIGINT), {FOREVER} FROM {} WHERE ", names::records(self.of)));
        by_ids_tallied(writer, &open, ids, self.tally)
    }

    fn forget_search(&self, writer: &mut Writer<'_>, ids: &[i64]) -> Result<(), StoreError> {
        if writer.dialect() == Dialect::Postgres || !is_searched(self.of) {
            return Ok(());
        }
        let text = format!("DELETE FROM {} WHERE rowid = $1", names::trigrams(self.of));
        writer.execute_many(&text, ids.iter().map(|id| vec![Param::from(*id)]))
    }

    fn learn_search(&self, writer: &mut Writer<'_>, ids: &[i64]) -> Result<(), StoreError> {
        if writer.dialect() == Dialect::Postgres || !is_searched(self.of) {
            self.tally.add(ids.len());
            return Ok(());
        }
        let learn = Statement::new(&format!(
            "INSERT INTO {} (rowid, search) SELECT id, search FROM {} WHERE ",
            names::trigrams(self.of),
            names::records(self.of)
        ));
        by_ids_tallied(writer, &learn, ids, self.tally)
    }
}

/// Runs a statement that ends with a condition on ids, which this appends.
fn by_ids(writer: &mut Writer<'_>, start: &Statement, ids: &[i64]) -> Result<(), StoreError> {
    for ids in ids.chunks(IDS_AT_ONCE) {
        let mut statement = start.clone();
        writer.dialect().any("id", Param::Integers(ids.to_vec()), &mut statement);
        writer.execute(&statement)?;
    }
    Ok(())
}

/// As [`by_ids`], for a pass over changes that takes its time.
fn by_ids_tallied(
    writer: &mut Writer<'_>,
    start: &Statement,
    ids: &[i64],
    tally: &Tally<'_>,
) -> Result<(), StoreError> {
    for ids in ids.chunks(IDS_AT_ONCE) {
        by_ids(writer, start, ids)?;
        tally.add(ids.len());
    }
    Ok(())
}

fn targets(fields: Option<&Fields>, field: &Field) -> Vec<RecordId> {
    match fields.and_then(|fields| fields.get(field.index)) {
        Some(Value::Refs(references)) => references.iter().map(|reference| reference.id).collect(),
        _ => Vec::new(),
    }
}
