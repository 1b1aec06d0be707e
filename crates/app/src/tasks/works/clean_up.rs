//! Lets go of what nobody needs any more: ended tokens and sessions, answers to idempotency keys,
//! failed sign-ins, old runs of tasks, messages that can't come again.

use std::sync::Arc;

use chrono::TimeDelta;
use domain::message::REPEAT_DAYS;
use domain::moment::Span;
use domain::sign_in::FAILURES_KEPT;
use sql::{Writer, write};

use crate::sources::LAG_SHOWN;
use crate::tasks::{Doing, Run, Work};

/// How long ended tokens stay, so that people see why theirs works no more.
const ENDED_TOKENS_KEPT: TimeDelta = TimeDelta::days(30);
/// How long the answer to an idempotency key is given again.
const ANSWERS_KEPT: TimeDelta = TimeDelta::hours(24);

/// Lets go of what nobody needs any more.
pub struct CleanUp {
    /// How long runs of tasks are kept; `None` for ever.
    pub keep_runs: Option<Span>,
}

impl Work for CleanUp {
    fn run(self: Arc<Self>, run: Run) -> Doing {
        Box::pin(async move {
            let now = run.app.clock.now();
            let before = move |span| now.checked_sub_signed(span).unwrap_or(now);
            let sessions = run.app.session_limits;
            let runs_before = self.keep_runs.and_then(|keep| keep.before(now));
            let forget = move |writer: &mut Writer<'_>| {
                write::tokens_forget(writer, before(ENDED_TOKENS_KEPT))?;
                write::answers_forget(writer, before(ANSWERS_KEPT))?;
                write::sessions_forget(writer, before(sessions.absolute), before(sessions.idle))?;
                write::one_time_forget(writer, now)?;
                write::attempts_forget(writer, before(FAILURES_KEPT))?;
                write::messages_forget(writer, before(TimeDelta::days(REPEAT_DAYS)))?;
                write::source_requests_forget(writer)?;
                write::members_forget(writer, before(LAG_SHOWN))?;
                write::refresh_statistics(writer)?;
                match runs_before {
                    Some(before) => write::runs_forget(writer, before),
                    None => Ok(0),
                }
            };
            run.count("runs", run.app.store.write(forget).await?);
            Ok(())
        })
    }
}
