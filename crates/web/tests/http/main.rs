//! The whole web edge, driven as clients drive it, over the register on databases of its own.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a test fails there"
)]

mod access;
mod admin_pages;
mod bulk;
mod client;
mod edges;
mod events;
mod feeds;
mod freshness;
mod front;
mod grid;
mod history;
mod lists;
mod metrics;
mod openapi;
mod pages;
mod preconditions;
mod preferences;
mod problem_pages;
mod proxy;
mod record_pages;
mod records;
mod revert;
mod reviews;
mod search;
mod sign_in;
mod sources;
mod tasks;
mod templates;
mod views;
mod webhooks;
mod xlsx;
mod yaml;
