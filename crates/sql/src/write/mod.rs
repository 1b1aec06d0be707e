//! Writing: the one door for records, and the system's own tables.

mod alter;
mod commit;
mod history;
mod leases;
mod rows;
mod schema;
mod statistics;
mod tally;
mod tokens;

pub use alter::alter;
pub use commit::{CommitInfo, Committed, LastCommit, commit, last_commit, lock_register};
pub use history::{Broken, KeptCommit, commit_read, entries_of, rebuild, verify};
pub use leases::lease_take;
pub use schema::{applied_schema, create_types, remember_schema};
pub use statistics::refresh_statistics;
pub use tokens::{StoredToken, token_add, token_find, token_list, token_revoke, tokens_forget};
