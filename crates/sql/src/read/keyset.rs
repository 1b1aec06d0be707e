//! Order, and paging by the values of the last record seen: deep pages cost what the first does.
//!
//! Nullable columns order by (is null, value), so that nulls come last when ascending and first
//! when descending, alike in both databases. The id breaks ties, in the direction of the last
//! column, so that an index on (column, id) serves both ways.

use std::fmt::Write as _;

use domain::query::{Column, Cursor, OrderBy, Stored};
use domain::schema::{FieldIndex, Kind, Type};

use super::condition::own_column;
use super::record::{RecordQuery, alias};
use crate::names;
use crate::statement::Statement;
use crate::tables::order_column;

/// One expression to order by.
#[derive(Clone, Debug)]
struct Key {
    expression: String,
    descending: bool,
    nullable: bool,
}

/// An order, as SQL.
pub(crate) struct Keyset {
    keys: Vec<Key>,
    /// Joins for columns behind references of references; the first reference of a path is joined
    /// already, to read its key.
    pub(crate) joins: String,
    id_descending: bool,
}

impl Keyset {
    /// The order of a plan, or its reverse, to read the page before.
    pub(crate) fn new(query: &RecordQuery<'_>, order: &[OrderBy], reverse: bool) -> Self {
        let mut joins = String::new();
        let mut keys = Vec::with_capacity(order.len());
        for (place, by) in order.iter().enumerate() {
            let (table, ends_at) = follow(query, &by.path, place, &mut joins);
            let (name, nullable) = match by.column {
                Column::Field(field) => {
                    let field = ends_at.field(field);
                    (order_column(field), !field.required || !by.path.is_empty())
                }
                Column::ChangedBy => ("f_changed_by".to_owned(), !by.path.is_empty()),
                Column::Id | Column::Revision | Column::CreatedAt | Column::UpdatedAt => {
                    (own_column(ends_at, by.column), !by.path.is_empty())
                }
            };
            keys.push(Key {
                expression: format!("{table}.{name}"),
                descending: by.descending != reverse,
                nullable,
            });
        }
        let id_descending = keys.last().map_or(reverse, |key| key.descending);
        Self { keys, joins, id_descending }
    }

    /// The expressions whose values make a cursor.
    pub(crate) fn columns(&self) -> Vec<&str> {
        self.keys.iter().map(|key| key.expression.as_str()).collect()
    }

    /// Appends `ORDER BY …`.
    pub(crate) fn write_order(&self, to: &mut Statement) {
        to.push(" ORDER BY ");
        for key in &self.keys {
            let direction = direction(key.descending);
            if key.nullable {
                to.push("(").push(&key.expression).push(" IS NULL)").push(direction).push(", ");
            }
            to.push(&key.expression).push(direction).push(", ");
        }
        to.push("r.id").push(direction(self.id_descending));
    }

    /// Appends that a record comes after the cursor's in this order.
    pub(crate) fn write_after(&self, cursor: &Cursor, to: &mut Statement) {
        let all_alike =
            self.keys.iter().all(|key| !key.nullable && key.descending == self.id_descending);
        if all_alike && !cursor.values.contains(&Stored::Null) {
            self.write_row_after(cursor, to);
        } else {
            self.write_steps_after(cursor, to);
        }
    }

    /// `(a, b, id) > (…)`, which an index on these columns answers.
    fn write_row_after(&self, cursor: &Cursor, to: &mut Statement) {
        to.push("(");
        for key in &self.keys {
            to.push(&key.expression).push(", ");
        }
        to.push("r.id)").push(sign(self.id_descending)).push("(");
        for value in &cursor.values {
            to.bind(value.clone()).push(", ");
        }
        to.bind(cursor.id.0).push(")");
    }

    /// `a > … OR (a = … AND b > …) OR …`, for mixed directions and nulls.
    fn write_steps_after(&self, cursor: &Cursor, to: &mut Statement) {
        to.push("(");
        for last in 0..=self.keys.len() {
            if last > 0 {
                to.push(" OR ");
            }
            to.push("(");
            let pairs = self.keys.iter().zip(&cursor.values);
            for (key, value) in pairs.clone().take(last) {
                if value == &Stored::Null {
                    to.push(&key.expression).push(" IS NULL");
                } else {
                    to.push(&key.expression).push(" = ").bind(value.clone());
                }
                to.push(" AND ");
            }
            match pairs.clone().nth(last) {
                Some((key, value)) => key.write_after(value, to),
                None => {
                    to.push("r.id").push(sign(self.id_descending)).bind(cursor.id.0);
                }
            }
            to.push(")");
        }
        to.push(")");
    }
}

impl Key {
    /// Appends that the key comes strictly after a value.
    fn write_after(&self, value: &Stored, to: &mut Statement) {
        match (value, self.descending) {
            // Nulls are the last of an ascending order and the first of a descending one.
            (Stored::Null, false) => to.push("1 = 0"),
            (Stored::Null, true) => to.push(&self.expression).push(" IS NOT NULL"),
            (value, true) => to.push(&self.expression).push(" < ").bind(value.clone()),
            (value, false) => {
                to.push("(").push(&self.expression).push(" > ").bind(value.clone());
                to.push(" OR ").push(&self.expression).push(" IS NULL)")
            }
        };
    }
}

fn direction(descending: bool) -> &'static str {
    if descending { " DESC" } else { "" }
}

fn sign(descending: bool) -> &'static str {
    if descending { " < " } else { " > " }
}

/// The table that a path of references ends at, and its type; appends the joins that it needs.
fn follow<'a>(
    query: &RecordQuery<'a>,
    path: &[FieldIndex],
    place: usize,
    joins: &mut String,
) -> (String, &'a Type) {
    let mut table = "r".to_owned();
    let mut ends_at = query.of;
    for (depth, field) in path.iter().enumerate() {
        let field = ends_at.field(*field);
        let Kind::Ref { target, .. } = field.kind else {
            break;
        };
        let next = query.schema.get(target);
        let joined = if depth == 0 {
            alias(field.index)
        } else {
            let joined = format!("o{place}_{depth}");
            write!(
                joins,
                " LEFT JOIN {}",
                query.moment.join(next, &joined, &format!("{table}.{}", names::column(field)))
            )
            .unwrap_or_default();
            joined
        };
        (table, ends_at) = (joined, next);
    }
    (table, ends_at)
}
