//! Writing: the one door for records, and the system's own tables.

mod alter;
mod answers;
mod audit;
mod commit;
mod fold;
mod history;
mod leases;
mod rows;
mod schema;
mod statistics;
mod tally;
mod tokens;

pub use alter::alter;
pub use answers::{Answer, AnswerKey, Known, answer_find, answer_keep, answers_forget};
pub use audit::audit_add;
pub use commit::{CommitInfo, Committed, LastCommit, commit, last_commit, lock_register};
pub use fold::fold;
pub(crate) use history::chain_again;
pub use history::rebuild;
pub use leases::lease_take;
pub use schema::{applied_schema, create_types, remember_schema};
pub use statistics::refresh_statistics;
pub use tokens::{StoredToken, token_add, token_find, token_list, token_revoke, tokens_forget};
