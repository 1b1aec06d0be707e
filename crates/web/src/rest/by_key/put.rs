//! `PUT /api/{plural}/by/{key...}/`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use domain::change::{Action, FieldsInput, Unnamed};
use domain::fault::Faults;
use domain::schema::Type;
use domain::value::{Value, parse_scalar};

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::parameters::bad;
use crate::extract::{ByKey, JsonWrite, ObjectBody};
use crate::rest::change;

/// Adds or replaces a record: fields that are not named get their default or become null.
pub(crate) async fn put(
    State(edge): State<Arc<Edge>>,
    path: ByKey,
    JsonWrite(write): JsonWrite,
    ObjectBody { fields, bytes }: ObjectBody,
) -> Result<Response, ApiError> {
    let key = path.key()?;
    check_same_key(edge.record_type(path.type_index), &key, &fields)?;
    let action = Action::Put { key, fields, unnamed: Unnamed::Reset };
    change::make(&edge, write, path.type_index, action, &bytes).await
}

/// Checks that a body does not name another key than the address: sent twice, such a request would
/// not do the same.
fn check_same_key(record_type: &Type, key: &[Value], fields: &FieldsInput) -> Result<(), Faults> {
    let mut faults = Faults::default();
    for (field, value) in record_type.key_fields().zip(key) {
        let name = field.name.as_str();
        // What can't be a value is told by the change itself.
        let sent = fields.get(name).and_then(|sent| parse_scalar(&field.kind, sent).ok().flatten());
        if sent.is_some_and(|sent| sent != *value) {
            faults.add(name, bad("This is not the key in the address; a rename needs the id."));
        }
    }
    faults.or_ok(())
}
