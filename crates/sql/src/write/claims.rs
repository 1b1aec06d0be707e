//! What open change requests claim: each unique value and each record, once.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use domain::change::UniqueClaim;
use domain::query::Stored;
use domain::record::RecordId;
use domain::schema::Schema;

use crate::engine::{Reader, Writer};
use crate::error::StoreError;
use crate::statement::{Param, Statement};

/// How many claims one statement looks for.
const AT_ONCE: usize = 1_000;

/// What open requests ask for, and nobody else may at the same time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// Unique values.
    pub values: Vec<UniqueClaim>,
    /// Records that are changed: the names of their types, and their ids.
    pub records: Vec<(String, RecordId)>,
}

/// A claim that another request has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The number of that request.
    pub request: i64,
    /// The name of the type.
    pub type_name: String,
    /// The names of the fields whose values are claimed; empty where the record is.
    pub fields: Vec<String>,
}

/// The claims of other requests that these would meet; `but` is the request that has these itself.
///
/// # Errors
/// When the database can't be asked.
pub fn claims_met(
    reader: &mut Reader<'_>,
    schema: &Schema,
    claims: &Claims,
    but: Option<i64>,
) -> Result<Vec<Claimed>, StoreError> {
    let mut met = Vec::new();
    let mut values: BTreeMap<(String, Vec<String>), Vec<String>> = BTreeMap::new();
    for claim in &claims.values {
        let (type_name, fields, value) = key(schema, claim);
        values.entry((type_name, fields)).or_default().push(value);
    }
    for ((type_name, fields), values) in values {
        for piece in values.chunks(AT_ONCE) {
            let mut statement = Statement::new("SELECT request FROM claims WHERE type = ");
            statement.bind(type_name.as_str()).push(" AND fields = ").bind(fields.join(","));
            statement.push(" AND ");
            reader.dialect().any("value", Param::Texts(piece.to_vec()), &mut statement);
            let found = reader.query(&statement, |row| row.integer(0))?;
            let others = found.into_iter().filter(|request| Some(*request) != but);
            met.extend(others.map(|request| Claimed {
                request,
                type_name: type_name.clone(),
                fields: fields.clone(),
            }));
        }
    }
    let mut records: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for (type_name, id) in &claims.records {
        records.entry(type_name).or_default().push(id.0);
    }
    for (type_name, ids) in records {
        for piece in ids.chunks(AT_ONCE) {
            let mut statement = Statement::new("SELECT request FROM claims_record WHERE type = ");
            statement.bind(type_name).push(" AND ");
            reader.dialect().any("id", Param::Integers(piece.to_vec()), &mut statement);
            let found = reader.query(&statement, |row| row.integer(0))?;
            let others = found.into_iter().filter(|request| Some(*request) != but);
            met.extend(others.map(|request| Claimed {
                request,
                type_name: type_name.to_owned(),
                fields: Vec::new(),
            }));
        }
    }
    Ok(met)
}

/// Keeps the claims of a request, in the place of those that it had.
///
/// # Errors
/// When the database can't be asked, or another request has one of them.
pub fn claims_keep(
    writer: &mut Writer<'_>,
    schema: &Schema,
    number: i64,
    claims: &Claims,
) -> Result<(), StoreError> {
    claims_free(writer, number)?;
    claims_add(writer, schema, number, claims)
}

/// Keeps the claims of a request that had none.
///
/// # Errors
/// As [`claims_keep`].
pub fn claims_add(
    writer: &mut Writer<'_>,
    schema: &Schema,
    number: i64,
    claims: &Claims,
) -> Result<(), StoreError> {
    let rows = claims.values.iter().map(|claim| -> Vec<Param> {
        let (type_name, fields, value) = key(schema, claim);
        vec![type_name.into(), fields.join(",").into(), value.into(), number.into()]
    });
    writer.execute_many(
        "INSERT INTO claims (type, fields, value, request) VALUES ($1, $2, $3, $4)",
        rows,
    )?;
    let rows = claims.records.iter().map(|(type_name, id)| -> Vec<Param> {
        vec![type_name.as_str().into(), id.0.into(), number.into()]
    });
    writer.execute_many("INSERT INTO claims_record (type, id, request) VALUES ($1, $2, $3)", rows)
}

pub(super) fn claims_free(writer: &mut Writer<'_>, number: i64) -> Result<(), StoreError> {
    for text in
        ["DELETE FROM claims WHERE request = $1", "DELETE FROM claims_record WHERE request = $1"]
    {
        writer.execute_soon(Statement::with(text, [number.into()]))?;
    }
    Ok(())
}

/// The name of the type, those of the fields, and a text that two values share only if they are
/// equal.
fn key(schema: &Schema, claim: &UniqueClaim) -> (String, Vec<String>, String) {
    let of = schema.get(claim.type_index);
    let fields = claim.fields.iter().map(|field| of.field(*field).name.to_string()).collect();
    let mut value = String::new();
    for part in &claim.values {
        let (class, text) = match part {
            Stored::Null => ('n', String::new()),
            Stored::Integer(number) => ('i', number.to_string()),
            Stored::Text(text) => ('t', text.clone()),
            Stored::Bytes(bytes) => ('b', hex(bytes)),
        };
        write!(value, "{class}{}:{text}", text.len()).unwrap_or_default();
    }
    (of.name.to_string(), fields, value)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        write!(out, "{byte:02x}").unwrap_or_default();
        out
    })
}
