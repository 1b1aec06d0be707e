//! Pages: the register for people, rendered here and alive without script.
//!
//! ```text
//! /servers/17/ ─ extract ─ App ─ a template's struct ─ page ─ shell.html around it
//! ```
//! The address of a page is that of its data without `/api`. Whatever goes wrong is an error of the
//! API; `problem` makes a page of it, or the way to sign in, when the answer goes out.

mod api_place;
mod asking;
pub(crate) mod assets;
pub(crate) mod audit_list;
pub(crate) mod browse;
pub(crate) mod cell;
mod column_width;
mod commands;
pub(crate) mod configuration_show;
mod detour;
mod entry;
pub(crate) mod filled;
mod form;
mod found;
pub(crate) mod front_plots;
pub(crate) mod front_show;
pub(crate) mod group_show;
pub(crate) mod groups_list;
pub(crate) mod history_list;
pub(crate) mod letter_show;
mod meanwhile;
pub(crate) mod page;
mod printed;
pub(crate) mod problem;
pub(crate) mod record_change;
pub(crate) mod record_compare;
pub(crate) mod record_delete;
pub(crate) mod record_show;
pub(crate) mod records_bulk;
pub(crate) mod records_import;
pub(crate) mod records_list;
mod request_changes;
pub(crate) mod request_show;
pub(crate) mod requests_list;
pub(crate) mod run_show;
mod run_told;
mod schema_plan;
pub(crate) mod search_show;
mod shell;
pub(crate) mod source_show;
pub(crate) mod sources_list;
pub(crate) mod system_show;
pub(crate) mod task_show;
pub(crate) mod tasks_list;
pub(crate) mod template_show;
pub(crate) mod templates_list;
pub(crate) mod tokens_list;
mod user_sessions;
pub(crate) mod user_show;
pub(crate) mod users_list;
pub(crate) mod view_show;
pub(crate) mod views_list;
mod views_menu;
pub(crate) mod webhook_show;
pub(crate) mod webhooks_list;

pub(crate) use shell::{Shell, Visit};

/// Where the queue of change requests is.
pub(crate) const REQUESTS: &str = "/-/change-requests/";
/// Where users are.
pub(crate) const USERS: &str = "/-/users/";
/// Where groups are.
pub(crate) const GROUPS: &str = "/-/groups/";
/// Where tokens are.
pub(crate) const TOKENS: &str = "/-/tokens/";
/// Where it is told what runs by itself.
pub(crate) const TASKS: &str = "/-/tasks/";
/// Where templates of exports are.
pub(crate) const TEMPLATES: &str = "/-/templates/";
/// Where it is told who is told what happens.
pub(crate) const WEBHOOKS: &str = "/-/webhooks/";
/// Where it is told where messages come from.
pub(crate) const SOURCES: &str = "/-/sources/";
/// Where it is told what runs here.
pub(crate) const SYSTEM: &str = "/-/system/";
