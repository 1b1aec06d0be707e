//! Writing: the one door for records, and the system's own tables.

mod alter;
mod answers;
mod audit;
mod brought;
mod claims;
mod commit;
mod cursors;
mod dead_letters;
mod fold;
mod history;
mod leases;
mod notices;
mod people;
mod requests;
mod rows;
mod schema;
mod sessions;
mod snapshots;
mod source_members;
mod sources;
mod statistics;
mod system_heads;
mod system_tables;
mod tally;
mod task_runs;
mod tasks;
mod templates;
mod tokens;
mod views;
mod webhook_queue;
mod webhooks;

pub use alter::alter;
pub use answers::{Answer, AnswerKey, Known, answer_find, answer_keep, answers_forget};
pub use audit::audit_add;
pub use brought::{Brought, BroughtOf, brought, brought_keep};
pub use claims::{Claimed, Claims, claims_add, claims_keep, claims_met};
pub use commit::{CommitInfo, Committed, LastCommit, commit, last_commit, lock_register, try_out};
pub use cursors::{
    StoredCursor, cursor, cursor_beat, cursor_leave, cursor_lowest, cursor_make, cursor_move,
    cursor_remove, cursor_take, cursor_tell, cursor_well, cursors,
};
pub use dead_letters::{
    DeadLetter, LetterQuestion, letter_add, letters_between, letters_count, letters_of,
    letters_remove, letters_told, letters_untold,
};
pub use fold::fold;
pub(crate) use history::chain_again;
pub use history::rebuild;
pub use leases::lease_take;
pub use notices::{
    About, DueNotice, Recipient, StoredNotice, Whom, notice_add, notice_done, notice_later,
    notices_due, notices_forget, recipients, step_word, topics_of, topics_set,
};
pub use people::{
    Profile, StoredGrant, StoredGroup, StoredUser, grant_add, grant_remove, grants, grants_of,
    group_add, group_named, group_remove, groups, groups_of, member_add, member_remove, members,
    memberships_forget, password_hash, password_set, user, user_add, user_describe, user_named,
    user_prefers, user_provider, user_set_active, user_set_provider, user_signed_in, users,
};
pub use requests::{
    StoredEvent, StoredRequest, request_add, request_ask, request_assign, request_events,
    request_move, request_read, request_tell, requests_over,
};
pub use schema::{applied_schema, create_types, remember_schema};
pub use sessions::{
    Attempts, StoredSession, attempts, attempts_forget, attempts_set, one_time_clear,
    one_time_forget, one_time_is_kept, one_time_keep, one_time_take, session_add, session_end,
    session_find, session_seen, sessions_end, sessions_forget, sessions_of,
};
pub use snapshots::{SnapshotState, StoredSnapshot, snapshot, snapshot_ask, snapshot_tell};
pub use source_members::{
    StoredMember, lag_keep, lags_since, member_leave, member_tell, members_forget, members_since,
};
pub use sources::{
    MessageTally, PartitionState, PartitionStep, SourcePartition, messages_forget, messages_keep,
    messages_keep_again, messages_seen, partition_move, partition_take, partitions_of, plan_each,
    source_request, source_request_keep, source_requests_forget, stamps, stamps_keep, tally_add,
    tally_of,
};
pub use statistics::refresh_statistics;
pub use system_heads::{cache_clear, cache_restart};
pub use system_tables::{last_ids_set, system_clear, system_load};
pub use task_runs::{
    LogLine, RunEnd, StoredRun, TaskStand, log_add, log_of, run, run_add, run_end, runs_forget,
    runs_latest, runs_of, tasks_stand,
};
pub use tasks::{
    ConfiguredTask, Held, StoredTask, Wait, Waiting, task_ask_run, task_ask_stop, task_begin,
    task_end, task_is_held, task_locked, task_move, task_pause, tasks, tasks_beat, tasks_configure,
    tasks_due, tasks_of_others, tasks_waiting,
};
pub use templates::{StoredTemplate, template_remove, template_set, templates};
pub use tokens::{
    StoredToken, token_add, token_find, token_list, token_revoke, token_used, tokens_forget,
};
pub use views::{
    StoredView, ViewsOf, view, view_add, view_alone_in_group, view_change, view_named, view_remove,
    view_set_default, view_types, views,
};
pub use webhook_queue::{
    DeadDelivery, QUEUE_MAX, Queued, WhichDead, dead_add, dead_count, dead_discard, dead_of,
    dead_replay, queue_add, queue_first, queue_notice, queue_remove, webhook_counts,
};
pub use webhooks::{
    StoredWebhook, Trying, webhook, webhook_claim, webhook_configure, webhook_failed,
    webhook_forget, webhook_pause, webhook_release, webhook_resume, webhook_taken, webhooks,
    webhooks_silence,
};
