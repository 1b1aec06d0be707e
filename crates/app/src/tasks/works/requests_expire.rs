//! Closes change requests whose time is over.

use std::sync::Arc;

use crate::tasks::{Doing, Run, Work};

/// How many are closed in one transaction.
const AT_ONCE: i64 = 100;

/// Closes change requests whose time is over.
pub struct RequestsExpire;

impl Work for RequestsExpire {
    fn run(self: Arc<Self>, run: Run) -> Doing {
        Box::pin(async move {
            loop {
                let closed = run.app.requests_expire(&run.context(), AT_ONCE).await?;
                run.count("closed", closed.len() as u64);
                for number in &closed {
                    run.info(format!("closed change request {number}: nobody decided in time"));
                }
                if closed.is_empty() || run.is_to_stop() {
                    return Ok(());
                }
            }
        })
    }
}
