//! Which record somebody tells of, by the values of its type's key.

use domain::change::FieldsInput;
use domain::json::Json;
use domain::schema::Type;
use domain::value::{Value, parse_scalar};

/// The values of a type's key among what is told of a record.
///
/// # Errors
/// What is missing, or can't be understood, behind the name of its field.
pub(crate) fn key_of(of: &Type, told: &FieldsInput) -> Result<Vec<Value>, String> {
    let value = |field: &domain::schema::Field| {
        let name = field.name.as_str();
        match parse_scalar(&field.kind, told.get(name).unwrap_or(&Json::Null)) {
            Ok(Some(value)) => Ok(value),
            Ok(None) => Err(format!("{name}: nothing tells which record it is")),
            Err(fault) => Err(format!("{name}: {fault}")),
        }
    };
    of.key_fields().map(value).collect()
}
