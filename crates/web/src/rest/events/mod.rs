//! Changes as they are told to the outside, and how far those who tell of them are.

pub(crate) mod follow;
pub(crate) mod list;
pub(crate) mod publishers;

use app::encode::{EventEncoder, SOURCE_DEFAULT};

use crate::edge::Edge;

/// The address.
pub(crate) const PATH: &str = "/api/-/events/";

/// What writes events: as all that tell of them do, whatever name they are asked by.
fn encoder(edge: &Edge) -> EventEncoder<'_> {
    let source = edge.settings.public_url.as_deref().unwrap_or(SOURCE_DEFAULT);
    EventEncoder { schema: edge.schema(), source }
}
