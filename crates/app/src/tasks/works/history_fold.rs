//! Folds the history that is older than what is kept.

use std::sync::Arc;

use domain::moment::{Moment, Span};

use crate::tasks::{Doing, Run, Work};

/// Folds the history that is older than what is kept.
pub struct HistoryFold {
    /// How long changes are kept; `None` for ever.
    pub keep: Option<Span>,
}

impl Work for HistoryFold {
    fn run(self: Arc<Self>, run: Run) -> Doing {
        Box::pin(async move {
            let ctx = run.context();
            let Some(before) = self.keep.and_then(|keep| keep.before(ctx.now)) else {
                run.info("history.keep is not set: all of the history is kept");
                return Ok(());
            };
            let Some(plan) = run.app.fold_plan(Moment::At(before)).await? else {
                run.info("nothing is older than what is kept");
                return Ok(());
            };
            if let Some(cursor) = &plan.held_by {
                let to = plan.to;
                run.warn(format!("{cursor} has told of commits up to {to} alone: later ones stay"));
            }
            if plan.commits == 0 {
                return Ok(());
            }
            run.info(format!("folding what came up to commit {}", plan.to));
            run.app.fold(&ctx, plan.to).await?;
            run.count("folds", 1);
            Ok(())
        })
    }
}
