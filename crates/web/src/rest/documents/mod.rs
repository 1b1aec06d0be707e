//! What explains the interface: the `OpenAPI` document and a page that shows it.

pub(crate) mod docs;
pub(crate) mod openapi;
