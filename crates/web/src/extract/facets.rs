//! `facets=dc,state`: the fields by whose values a list is also counted.

use domain::fault::Faults;
use domain::nearest::nearest;
use domain::schema::{Field, FieldIndex, Kind, Type};

use super::Parameters;
use super::parameters::bad;

/// The parameter.
pub(crate) const FACETS: &str = "facets";
/// The most fields at once, since each is a count of its own.
const FACETS_MAX: usize = 8;
/// The most values of a field that are told, the most frequent first.
pub(crate) const VALUES_MAX: u32 = 50;

/// Whether records can be counted by the values of a field: one of some few each.
pub(crate) fn can_be_counted(field: &Field) -> bool {
    matches!(field.kind, Kind::Ref { .. } | Kind::Choice(_))
}

/// Takes the fields out of the parameters.
pub(crate) fn take(
    record_type: &Type,
    parameters: &mut Parameters,
    faults: &mut Faults,
) -> Vec<FieldIndex> {
    let Some(text) = parameters.take(FACETS, faults) else {
        return Vec::new();
    };
    let mut fields = Vec::new();
    for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        match record_type.field_named(name).filter(|field| can_be_counted(field)) {
            Some(field) if !fields.contains(&field.index) => fields.push(field.index),
            Some(_) => {}
            None => {
                let known = record_type.fields.iter().filter(|field| can_be_counted(field));
                let meant = nearest(name, known.map(|field| field.name.as_str()));
                let meant = meant.map(|meant| format!(" Did you mean {meant}?"));
                let told = format!(
                    "\"{name}\" is no field with a choice or a reference.{}",
                    meant.unwrap_or_default()
                );
                faults.add(FACETS, bad(told));
            }
        }
    }
    if fields.len() > FACETS_MAX {
        faults.add(FACETS, bad(format!("Give at most {FACETS_MAX} fields.")));
    }
    fields
}
