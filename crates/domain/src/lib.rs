//! The rules of the register, and nothing else: what types and fields are, what a value may be,
//! what a filter means, what a change does.
//!
//! Pure: no I/O, no async, no clock, no randomness and no serde. Everything comes in as an
//! argument, so that every rule can be tested by the million. See `ARCHITECTURE.md` for who calls
//! what.

pub mod access;
pub mod activity;
pub mod audit;
pub mod change;
pub mod event;
pub mod fault;
pub mod filter;
pub mod freshness;
pub mod histogram;
pub mod history;
pub mod identity;
pub mod json;
pub mod message;
pub mod moment;
pub mod nearest;
pub mod notice;
pub mod preferences;
pub mod query;
pub mod record;
pub mod review;
pub mod schema;
pub mod secret;
pub mod sign_in;
pub mod task;
pub mod value;
pub mod view;
pub mod webhook;
pub mod zone;
