//! `GET /api/`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use domain::json::write_text;

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::JsonRead;
use crate::rest::answer;

/// Lists the types: the address of each by its plural, in the order of the schema.
pub(crate) async fn list(
    State(edge): State<Arc<Edge>>,
    JsonRead { links, parameters, .. }: JsonRead,
) -> Result<Response, ApiError> {
    parameters.refuse_rest(edge.settings.lenient_filters)?;
    let mut out = String::from("{");
    for (index, record_type) in edge.schema().types().iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_text(&record_type.plural, &mut out);
        out.push(':');
        write_text(&links.list(record_type), &mut out);
    }
    out.push('}');
    Ok(answer::body(answer::JSON, out))
}
