//! From the text of a request's parameters to an [`Expr`].
//!
//! A parameter is `path__path__transform__lookup=value`, as Django has it, and everything it names
//! is resolved against the schema here, so that nothing later can fail on a name or a value:
//!
//! - `name=db1`, `name__icontains=db`, `dc__name=eqiad`, `tags__name__in=a,b`, `dc=3`,
//!   `created_at__date__gte=2026-01-31`, `ip__net=10.0.0.0/8`.
//! - An empty value is no filter. Different parameters must all hold; of a parameter that is
//!   repeated, any value will do. Commas separate values in `in`, `all`, `range` and `net` alone.
//! - `name__icontains!=db` leaves out what `name__icontains=db` finds, all its repeats together.
//! - What a name or kind does not have, and what a value can't be, is a fault of the parameter;
//!   nothing is passed over.

mod choice;
mod condition;
mod date;
#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod fuzz;
mod lookup;
mod name;
pub mod offer;
pub(crate) mod path;
pub mod pattern;
mod refused;
mod search;
#[cfg(test)]
mod tests;
mod value;

use std::collections::BTreeMap;

pub use lookup::lookup_names;
pub use refused::refused_patterns;
pub use search::{is_exactly, search};
pub use value::{TEXT_LENGTH_MAX, VALUES_MAX};

use crate::fault::{Faults, FieldFault, NON_FIELD};
use crate::query::{CONDITIONS_MAX, Expr, Test};
use crate::schema::{Schema, Type};
use value::{Parsed, bad};

/// What a regular expression counts among the conditions of a filter: it is tried on every record
/// that the others leave.
const PATTERN_WEIGHT: usize = 10;

/// Resolves the filters of a type: decoded pairs of name and value, without the parameters that
/// are not filters.
///
/// # Errors
/// Every fault of every parameter, under its name as sent.
pub fn filter(
    record_type: &Type,
    schema: &Schema,
    parameters: &[(String, String)],
) -> Result<Expr, Faults> {
    let mut by_name: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, value) in parameters {
        by_name.entry(name).or_default().push(value);
    }
    if by_name.len() > CONDITIONS_MAX {
        return Err(Faults::one(NON_FIELD, too_many()));
    }
    let mut faults = Faults::default();
    let mut conditions = Vec::new();
    let mut weight = 0;
    for (name, values) in by_name {
        match parameter(record_type, schema, name, &values) {
            Ok(None) => {}
            Ok(Some(condition)) => {
                weight += weight_of(&condition);
                if weight > CONDITIONS_MAX {
                    faults.add(name, too_many());
                    break;
                }
                conditions.push(condition);
            }
            Err(found) => {
                for fault in found {
                    faults.add(name, fault);
                }
            }
        }
    }
    faults.or_ok(condition::all(conditions))
}

/// The condition of one parameter; `None` when all its values are empty.
fn parameter(
    record_type: &Type,
    schema: &Schema,
    name: &str,
    values: &[&str],
) -> Parsed<Option<Expr>> {
    let target = name::read(schema, record_type, name).map_err(|fault| vec![fault])?;
    let values: Vec<&str> = values.iter().copied().filter(|v| !v.is_empty()).collect();
    if values.is_empty() {
        return Ok(None);
    }
    if values.len() > VALUES_MAX {
        return Err(vec![bad(&format!("At most {VALUES_MAX} values are taken."))]);
    }
    if values.iter().any(|value| value.contains('\0')) {
        return Err(vec![FieldFault::NulCharacter]);
    }
    condition::build(&target, &values).map(Some)
}

fn too_many() -> FieldFault {
    bad(&format!(
        "At most {CONDITIONS_MAX} conditions are taken; a regular expression counts as \
         {PATTERN_WEIGHT}."
    ))
}

/// How many conditions a condition counts as.
fn weight_of(expr: &Expr) -> usize {
    match expr {
        Expr::And(parts) | Expr::Or(parts) => parts.iter().map(weight_of).sum(),
        Expr::Not(inside) | Expr::Via(_, inside) => weight_of(inside),
        Expr::Test(_, Test::Matches(_)) => PATTERN_WEIGHT,
        Expr::PointsTo(..) | Expr::PointsNowhere(_) | Expr::Test(..) | Expr::Search(_) => 1,
    }
}
