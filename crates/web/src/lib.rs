//! The web edge: HTTP in, use cases of `app` in the middle, HTTP out.
//!
//! ```text
//! service ─ router ─ extract/ ─ rest/<noun>/<verb>.rs ─ App ─ encode/ ─ envelope
//! ```
//! `router.rs` is the one list of all routes, `error.rs` the only place that turns faults into
//! status codes, `envelope.rs` what every answer has. Nothing here knows what a server is: all of
//! it, the `OpenAPI` document included, follows from the schema.

mod auth;
mod configured;
mod datatables;
mod edge;
mod ending;
mod envelope;
mod error;
mod extract;
mod fresh;
mod measured;
mod openapi;
mod refusals;
mod rest;
mod router;
mod service;
mod settings;
mod stream;
mod ui;

pub use configured::{ConfiguredSetting, ConfiguredValue};
pub use ending::Ending;
pub use router::service;
pub use service::WebService;
pub use settings::{
    BODY_LIMIT_DEFAULT, Directory, HandoffProvider, HeaderProvider, OidcProvider, Providers,
    REQUEST_TIMEOUT_DEFAULT, RequestIds, Settings, Traced,
};
