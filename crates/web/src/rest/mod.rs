//! The handlers, by noun and verb. Each is four moves: extract, one use case, view, answer.

pub(crate) mod answer;
pub(crate) mod audit;
pub(crate) mod by_key;
pub(crate) mod cache;
pub(crate) mod catalogue;
pub(crate) mod change;
pub(crate) mod commit;
pub(crate) mod describe;
pub(crate) mod diff;
pub(crate) mod documents;
pub(crate) mod events;
pub(crate) mod health;
pub(crate) mod history;
pub(crate) mod metrics;
pub(crate) mod people;
pub(crate) mod prepared;
pub(crate) mod record;
pub(crate) mod records;
pub(crate) mod redirect;
pub(crate) mod requests;
pub(crate) mod search;
pub(crate) mod sources;
pub(crate) mod tasks;
pub(crate) mod validate;
pub(crate) mod views;
pub(crate) mod webhooks;
