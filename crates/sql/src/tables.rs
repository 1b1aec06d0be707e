//! The tables of a type, made from the schema: bare first, then column by column, so that a new
//! type and a new field of an old one take the same way.

use domain::schema::{Field, FieldIndex, Kind, Schema, Type};

use crate::dialect::{Class, Dialect};
use crate::engine::Writer;
use crate::error::StoreError;
use crate::names;

/// The commit up to which a version that still holds is said to hold.
pub(crate) const FOREVER: i64 = i64::MAX;

/// The columns that every record has before its fields, in the order in which they are read.
pub(crate) const META_COLUMNS: [&str; 5] =
    ["id", "revision", "created_at", "updated_at", "changed_by"];

/// How a field's own column is stored; `None` for `refs`, which have a table.
pub(crate) fn class(kind: &Kind) -> Option<Class> {
    match kind {
        Kind::Text(_)
        | Kind::LongText(_)
        | Kind::Url(_)
        | Kind::Email(_)
        | Kind::Choice(_)
        | Kind::Json => Some(Class::Text),
        Kind::Integer { .. } | Kind::Boolean | Kind::Date | Kind::Datetime | Kind::Ref { .. } => {
            Some(Class::Integer)
        }
        Kind::Decimal { .. } | Kind::Ip | Kind::Network | Kind::Mac => Some(Class::Bytes),
        Kind::Refs { .. } => None,
    }
}

/// The column that a field is ordered and compared by: its folded text for text, else its own.
pub(crate) fn order_column(field: &Field) -> String {
    if field.kind.is_textual() { names::folded(field) } else { names::column(field) }
}

/// Whether `search=` looks into any field of the type.
pub(crate) fn is_searched(of: &Type) -> bool {
    of.fields.iter().any(|field| field.searched)
}

/// The columns of a type that follow from its fields, in the order of the schema.
pub(crate) fn field_columns(of: &Type) -> Vec<String> {
    let mut columns = Vec::new();
    for field in &of.fields {
        if class(&field.kind).is_some() {
            columns.push(names::column(field));
        }
        if field.kind.has_text_form() {
            columns.push(names::folded(field));
        }
    }
    columns
}

/// Makes the bare tables of a type, without any of its fields.
pub(crate) fn create_type(writer: &mut Writer<'_>, of: &Type) -> Result<(), StoreError> {
    let dialect = writer.dialect();
    let integer = dialect.column_type(Class::Integer);
    let text = dialect.column_type(Class::Text);
    let meta = format!(
        "revision {integer} NOT NULL, created_at {integer} NOT NULL, \
         updated_at {integer} NOT NULL, changed_by {text} NOT NULL, \
         f_changed_by {text} NOT NULL, search {text} NOT NULL"
    );
    writer.batch(&format!(
        "CREATE TABLE {records} (id {integer} PRIMARY KEY, {meta});
         CREATE TABLE {versions} (id {integer} NOT NULL, from_commit {integer} NOT NULL, \
         to_commit {integer} NOT NULL, {meta}, PRIMARY KEY (id, from_commit));",
        records = names::records(of),
        versions = names::versions(of),
    ))?;
    if is_searched(of) {
        create_search(writer, of)?;
    }
    Ok(())
}

/// Makes the index that finds substrings.
pub(crate) fn create_search(writer: &mut Writer<'_>, of: &Type) -> Result<(), StoreError> {
    match writer.dialect() {
        // Without positions (`detail=none`) it is small and quick to fill; what it finds is looked
        // at again.
        Dialect::Sqlite => writer.batch(&format!(
            "CREATE VIRTUAL TABLE {} USING fts5(search, content='', contentless_delete=1, \
             detail=none, tokenize='trigram case_sensitive 1')",
            names::trigrams(of)
        )),
        Dialect::Postgres => writer.batch(&format!(
            "CREATE EXTENSION IF NOT EXISTS pg_trgm;
             CREATE INDEX {} ON {} USING gin (search gin_trgm_ops)",
            names::index(of, "search"),
            names::records(of)
        )),
    }
}

/// Drops the index that finds substrings.
pub(crate) fn drop_search(writer: &mut Writer<'_>, of: &Type) -> Result<(), StoreError> {
    match writer.dialect() {
        Dialect::Sqlite => writer.batch(&format!("DROP TABLE {}", names::trigrams(of))),
        Dialect::Postgres => writer.batch(&format!("DROP INDEX {}", names::index(of, "search"))),
    }
}

/// Adds the columns, tables and indexes of a field to the tables of its type.
pub(crate) fn add_field(
    writer: &mut Writer<'_>,
    schema: &Schema,
    of: &Type,
    field: &Field,
) -> Result<(), StoreError> {
    let dialect = writer.dialect();
    if let Some(class) = class(&field.kind) {
        let (column, kind) = (names::column(field), dialect.column_type(class));
        let references = field.kind.target().map_or_else(String::new, |target| {
            // Deferred, so that one commit may turn references round in any order.
            let target = names::records(schema.get(target));
            format!(" REFERENCES {target} (id) DEFERRABLE INITIALLY DEFERRED")
        });
        add_column(writer, &names::records(of), &format!("{column} {kind}{references}"))?;
        add_column(writer, &names::versions(of), &format!("{column} {kind}"))?;
    } else {
        create_links(writer, schema, of, field)?;
    }
    if field.kind.has_text_form() {
        let column = format!("{} {}", names::folded(field), dialect.column_type(Class::Text));
        add_column(writer, &names::records(of), &column)?;
        add_column(writer, &names::versions(of), &column)?;
    }
    if needs_index(of, field) {
        add_index(writer, of, field)?;
    }
    Ok(())
}

fn add_column(writer: &mut Writer<'_>, table: &str, column: &str) -> Result<(), StoreError> {
    writer.batch(&format!("ALTER TABLE {table} ADD COLUMN {column}"))
}

fn create_links(
    writer: &mut Writer<'_>,
    schema: &Schema,
    of: &Type,
    field: &Field,
) -> Result<(), StoreError> {
    let integer = writer.dialect().column_type(Class::Integer);
    let Some(target) = field.kind.target() else {
        return Ok(());
    };
    writer.batch(&format!(
        "CREATE TABLE {links} (
            record {integer} NOT NULL REFERENCES {records} (id) DEFERRABLE INITIALLY DEFERRED,
            target {integer} NOT NULL REFERENCES {target} (id) DEFERRABLE INITIALLY DEFERRED,
            PRIMARY KEY (record, target)){rowid};
         CREATE INDEX {index} ON {links} (target, record);
         CREATE TABLE {versions} (
            record {integer} NOT NULL, target {integer} NOT NULL,
            from_commit {integer} NOT NULL, to_commit {integer} NOT NULL,
            PRIMARY KEY (record, target, from_commit)){rowid};",
        links = names::links(of, field),
        records = names::records(of),
        target = names::records(schema.get(target)),
        index = names::index(of, &format!("links_{}", field.name)),
        versions = names::link_versions(of, field),
        rowid = writer.dialect().without_rowid(),
    ))
}

/// Whether a field has an index of its own beside those of unique values: references, to find what
/// refers to a record; keys and unique text, which are ordered by their folded form; and what the
/// schema asks for.
pub(crate) fn needs_index(of: &Type, field: &Field) -> bool {
    if field.kind.target().is_some() || matches!(field.kind, Kind::Json) {
        return matches!(field.kind, Kind::Ref { .. });
    }
    let is_ordered_by = field.unique || of.key.contains(&field.index);
    field.indexed || (field.kind.is_textual() && is_ordered_by)
}

/// Adds the index that a field is found and ordered by. Versions have one where pages of the past
/// are read in its order; it tells which held at a moment without reading them.
pub(crate) fn add_index(
    writer: &mut Writer<'_>,
    of: &Type,
    field: &Field,
) -> Result<(), StoreError> {
    let column = order_column(field);
    writer.batch(&format!(
        "CREATE INDEX {} ON {} ({column}, id)",
        names::index(of, field.name.as_str()),
        names::records(of),
    ))?;
    if field.kind.target().is_some() {
        return Ok(());
    }
    writer.batch(&format!(
        "CREATE INDEX {} ON {} ({column}, id, from_commit, to_commit)",
        versions_index(of, field),
        names::versions(of),
    ))
}

fn versions_index(of: &Type, field: &Field) -> String {
    names::index(of, &format!("versions__{}", field.name))
}

/// Drops the index that a field is found and ordered by.
pub(crate) fn drop_index(
    writer: &mut Writer<'_>,
    of: &Type,
    field: &Field,
) -> Result<(), StoreError> {
    writer.batch(&format!(
        "DROP INDEX IF EXISTS {}; DROP INDEX IF EXISTS {};",
        names::index(of, field.name.as_str()),
        versions_index(of, field)
    ))
}

/// Makes the database hold a set of fields unique.
pub(crate) fn add_unique(
    writer: &mut Writer<'_>,
    of: &Type,
    set: &[FieldIndex],
) -> Result<(), StoreError> {
    let columns: Vec<String> = set.iter().map(|field| names::column(of.field(*field))).collect();
    writer.batch(&format!(
        "CREATE UNIQUE INDEX {} ON {} ({})",
        unique_index(of, set),
        names::records(of),
        columns.join(", ")
    ))
}

/// Lets the fields of a set have equal values.
pub(crate) fn drop_unique(
    writer: &mut Writer<'_>,
    of: &Type,
    set: &[FieldIndex],
) -> Result<(), StoreError> {
    writer.batch(&format!("DROP INDEX IF EXISTS {}", unique_index(of, set)))
}

fn unique_index(of: &Type, set: &[FieldIndex]) -> String {
    let names: Vec<&str> = set.iter().map(|field| of.field(*field).name.as_str()).collect();
    names::index(of, &format!("unique_{}", names.join("__")))
}

/// Drops a field with all it held in the tables; history keeps it.
pub(crate) fn drop_field(
    writer: &mut Writer<'_>,
    of: &Type,
    field: &Field,
) -> Result<(), StoreError> {
    drop_index(writer, of, field)?;
    for set in of.unique_sets().iter().filter(|set| set.contains(&field.index)) {
        drop_unique(writer, of, set)?;
    }
    if field.kind.is_refs() {
        return writer.batch(&format!(
            "DROP TABLE {}; DROP TABLE {};",
            names::links(of, field),
            names::link_versions(of, field)
        ));
    }
    for table in [names::records(of), names::versions(of)] {
        writer.batch(&format!("ALTER TABLE {table} DROP COLUMN {}", names::column(field)))?;
        if field.kind.has_text_form() {
            writer.batch(&format!("ALTER TABLE {table} DROP COLUMN {}", names::folded(field)))?;
        }
    }
    Ok(())
}

/// Drops the tables of a type; history keeps what they held.
pub(crate) fn drop_type(writer: &mut Writer<'_>, of: &Type) -> Result<(), StoreError> {
    for field in of.fields.iter().filter(|field| field.kind.is_refs()) {
        drop_field(writer, of, field)?;
    }
    if is_searched(of) {
        drop_search(writer, of)?;
    }
    writer.batch(&format!("DROP TABLE {}; DROP TABLE {};", names::records(of), names::versions(of)))
}
