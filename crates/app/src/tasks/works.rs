//! The work that there is in every register.

mod backup;
mod clean_up;
mod history_fold;
mod report_stale;
mod requests_expire;

pub use backup::Backup;
pub use clean_up::CleanUp;
pub use history_fold::HistoryFold;
pub use report_stale::ReportStale;
pub use requests_expire::RequestsExpire;
