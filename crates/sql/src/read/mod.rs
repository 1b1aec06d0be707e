//! Reading: plans to SQL, rows to records, and what the checks need to know.

mod activity;
mod audit;
mod base;
mod behind;
mod commits;
mod condition;
mod dump;
mod engine;
mod entire;
mod export;
mod facts;
mod find;
mod heads;
mod history;
mod keyset;
mod moment;
mod outbox;
mod record;
mod requests;
mod system_tables;
mod tally;
mod verify;

pub use activity::activity;
pub use audit::{EventQuestion, KeptEvent, audit_events};
pub(crate) use base::base_each;
pub use base::{base_behind, base_entry};
pub use behind::events_behind;
pub use commits::{
    KeptCommit, PlacedEntry, changed_ids, commit_at, commit_read, commits_from, entries_behind,
    entries_of, folded_to, values_at,
};
pub use dump::{TableRows, dump};
pub use engine::engine;
pub use entire::Visible;
pub use export::{export, ids};
pub use facts::{gather, gather_holders, gather_referrers};
pub use find::{Found, find, get};
pub(crate) use heads::{HEADS, take};
pub use heads::{Head, head, heads};
pub use history::{HistoryEntry, HistoryPlace, changes_between, history, knows_record, knows_type};
pub use outbox::{OutboxEntry, outbox};
pub(crate) use record::timestamp;
pub use requests::{
    Asking, ListedRequest, RequestQuestion, request_is_seen, requests, requests_count,
};
pub use system_tables::{SystemTable, is_empty, last_ids, system_rows, system_tables};
pub(crate) use system_tables::{TABLES, columns};
pub use tally::{Counted, tally};
pub use verify::{Broken, Misfit, verify};
