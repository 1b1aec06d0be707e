//! What is measured, as Prometheus takes it.

mod caches;
mod database;
mod exposition;
pub(crate) mod get;
mod process;
mod publishers;
mod requests;
mod sources;
mod tasks;
mod webhooks;
