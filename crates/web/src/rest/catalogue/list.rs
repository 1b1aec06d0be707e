//! `GET /api/`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use domain::access::Right;
use domain::json::write_text;

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::JsonRead;
use crate::rest::answer;

/// Lists the types that may be seen: the address of each by its plural, in the order of the schema.
pub(crate) async fn list(
    State(edge): State<Arc<Edge>>,
    JsonRead { ctx, links, parameters, .. }: JsonRead,
) -> Result<Response, ApiError> {
    parameters.refuse_rest(edge.settings.lenient_filters)?;
    ctx.must_anywhere(Right::View)?;
    let mut out = String::from("{");
    let types = edge.schema().types().iter();
    let seen = types.filter(|of| ctx.access.has(Right::View, of.index));
    for (index, record_type) in seen.enumerate() {
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
