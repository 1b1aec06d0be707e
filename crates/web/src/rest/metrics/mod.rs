//! What is measured, as Prometheus takes it.

pub(crate) mod get;
mod sources;
mod webhooks;
