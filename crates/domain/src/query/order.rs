//! `ordering=-name,dc__name` to [`OrderBy`].

use super::{ORDER_COLUMNS_MAX, OrderBy};
use crate::fault::{Faults, FieldFault};
use crate::filter::path::{self, SEPARATOR};
use crate::query::Column;
use crate::schema::{FieldIndex, Kind, Schema, Type};

/// The parameter's name in faults.
const PARAMETER: &str = "ordering";

/// Resolves an order: names of columns, joined by commas, through `ref` fields, each with `-`
/// before it for the greatest first. A reference stands for the key of what it points to. Empty
/// parts and what has been named before are left out.
///
/// # Errors
/// Every part that names nothing, or nothing that has an order.
pub fn order(schema: &Schema, record_type: &Type, text: &str) -> Result<Vec<OrderBy>, Faults> {
    let mut faults = Faults::default();
    let mut columns: Vec<OrderBy> = Vec::new();
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    for part in parts {
        match read(schema, record_type, part) {
            Ok(found) => {
                for column in found {
                    let is_known = columns
                        .iter()
                        .any(|known| known.path == column.path && known.column == column.column);
                    if !is_known {
                        columns.push(column);
                    }
                }
            }
            Err(fault) => faults.add(PARAMETER, fault),
        }
        if columns.len() > ORDER_COLUMNS_MAX {
            faults.add(
                PARAMETER,
                FieldFault::BadParameter(format!("At most {ORDER_COLUMNS_MAX} columns are taken.")),
            );
            break;
        }
    }
    faults.or_ok(columns)
}

/// The order of a type when nobody says: by its key.
pub fn default_order(record_type: &Type) -> Vec<OrderBy> {
    by_key(record_type, &[], false)
}

fn by_key(record_type: &Type, path: &[FieldIndex], descending: bool) -> Vec<OrderBy> {
    record_type
        .key
        .iter()
        .map(|field| OrderBy { path: path.to_vec(), column: Column::Field(*field), descending })
        .collect()
}

fn read(schema: &Schema, record_type: &Type, part: &str) -> Result<Vec<OrderBy>, FieldFault> {
    let (name, descending) = match part.strip_prefix('-') {
        Some(name) => (name, true),
        None => (part, false),
    };
    let parts: Vec<&str> = name.split(SEPARATOR).collect();
    let found = path::follow(schema, record_type, &parts)?;
    if let Some(field) = found.path.iter().find(|field| field.kind.is_refs()) {
        return Err(unordered(field.name.as_str(), "it holds many references"));
    }
    let path: Vec<_> = found.path.iter().map(|field| field.index).collect();
    match (found.column, found.rest) {
        (Some((_, Kind::Json)), []) => Err(unordered(name, "JSON has no order")),
        (Some((column, _)), []) => Ok(vec![OrderBy { path, column, descending }]),
        (None, []) => Ok(by_key(found.record_type, &path, descending)),
        (Some(_), [behind, ..]) => Err(unordered(name, &format!("{behind} is no part of a name"))),
        (None, [unknown, ..]) => Err(path::unknown(found.record_type, unknown, &[])),
    }
}

fn unordered(name: &str, because: &str) -> FieldFault {
    FieldFault::BadParameter(format!("Can't order by {name}: {because}."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::fixture::schema;

    /// The order as text: `-dc.name` and the like, with the names of fields.
    fn show(order: &[OrderBy], schema: &Schema, of: &Type) -> String {
        let column = |by: &OrderBy| {
            let mut at = of;
            let mut text = if by.descending { "-" } else { "" }.to_owned();
            for step in &by.path {
                let field = at.field(*step);
                text = format!("{text}{}.", field.name);
                at = schema.get(field.kind.target().unwrap());
            }
            text + path::name_of(at, by.column)
        };
        order.iter().map(column).collect::<Vec<_>>().join(" ")
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let schema = schema();
        let server = schema.named("server").unwrap();
        let order = order(&schema, server, text).unwrap();
        assert_eq!(show(&order, &schema, server), expected, "{text}");
    }

    #[test]
    fn an_order_names_columns_through_references() {
        check("name", "name");
        check("-name,dc__name", "-name dc.name");
        check("-dc", "-dc.name");
        check("dc__region", "dc.region.code dc.region.name");
        check("id,-updated_at,dc__id", "id -updated_at dc.id");
        check(" name , ,", "name");
        check("", "");
        check("name,-name,dc,dc__name", "name dc.name");
        check(
            "cpus,price,virtual,bought,ip,net,mac,state",
            "cpus price virtual bought ip net mac state",
        );
    }

    #[test]
    fn without_an_order_the_key_orders() {
        let schema = schema();
        let region = schema.named("region").unwrap();
        assert_eq!(show(&default_order(region), &schema, region), "code name");
    }

    #[track_caller]
    fn check_refused(text: &str, expected: &str) {
        let schema = schema();
        let server = schema.named("server").unwrap();
        let faults = order(&schema, server, text).unwrap_err();
        assert_eq!(faults.to_string(), expected, "{text}");
    }

    #[test]
    fn what_has_no_order_is_refused() {
        check_refused("nmae", "ordering: Unknown field. Did you mean name?");
        check_refused("dc__nam", "ordering: Unknown field. Did you mean name?");
        check_refused("--name", "ordering: Unknown field. Did you mean name?");
        check_refused("tags", "ordering: Can't order by tags: it holds many references.");
        check_refused("tags__name", "ordering: Can't order by tags: it holds many references.");
        check_refused("extra", "ordering: Can't order by extra: JSON has no order.");
        check_refused(
            "name__year,extra",
            "ordering: Can't order by name__year: year is no part of a name.; \
             ordering: Can't order by extra: JSON has no order.",
        );
        check_refused(
            "name,cpus,price,virtual,bought,ip,net,mac,state",
            "ordering: At most 8 columns are taken.",
        );
        check_refused(
            &format!("{}name", "parent__".repeat(9)),
            "ordering: At most 8 references can be followed.",
        );
        check(&format!("{}name", "parent__".repeat(8)), &format!("{}name", "parent.".repeat(8)));
    }
}
