//! Folding: older changes go, and of each record stays how it stood then.

use std::sync::Arc;

use domain::audit::Action;
use domain::moment::Moment;
use domain::record::CommitNumber;
use sql::write::Committed;
use sql::{Reader, read, write};

use crate::carry_out::commit_info;
use crate::past::last_before;
use crate::submit::log;
use crate::{App, Context, Error, audit};

/// What folding would let go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoldPlan {
    /// The last commit that would be folded.
    pub to: CommitNumber,
    /// How many commits that are, beside those that have been folded already.
    pub commits: u64,
    /// How many changes would go.
    pub changes: u64,
    /// The cursor that keeps later commits from being folded: they are not told to the outside yet.
    pub held_by: Option<String>,
}

impl App {
    /// What folding all commits before a moment would let go, as far as no cursor of a publisher is
    /// passed; `None` when there is nothing.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn fold_plan(&self, before: Moment) -> Result<Option<FoldPlan>, Error> {
        let read = move |reader: &mut Reader<'_>| {
            let to = match before {
                Moment::Commit(number) => CommitNumber(number.0.saturating_sub(1)),
                time @ Moment::At(_) => last_before(reader, time)?,
            };
            let wanted = to.min(write::last_commit(reader)?.number);
            let folded_to = read::folded_to(reader)?;
            if wanted <= folded_to {
                return Ok(None);
            }
            let lowest = write::cursor_lowest(reader)?.filter(|(_, passed)| *passed < wanted);
            let to = lowest.as_ref().map_or(wanted, |(_, passed)| *passed).max(folded_to);
            Ok(Some(FoldPlan {
                to,
                commits: to.0.abs_diff(folded_to.0),
                changes: read::changes_between(reader, folded_to, to)?,
                held_by: lowest.map(|(name, _)| name),
            }))
        };
        Ok(self.store.read(read).await?)
    }

    /// Folds all commits up to one; `None` when they are folded already, or not all of them have been
    /// told to the outside. Whatever they changed is known no more but for how it stood then.
    ///
    /// # Errors
    /// When the database can't be asked; nothing is folded then.
    pub async fn fold(&self, ctx: &Context, to: CommitNumber) -> Result<Option<Committed>, Error> {
        let reason = format!("History up to commit {to} folded");
        let ctx = Context { reason: ctx.reason.clone().or(Some(reason)), ..ctx.clone() };
        let schema = Arc::clone(&self.schema);
        let folded = self.store.write(move |writer| {
            let folded = write::fold(writer, &schema, to, &commit_info(&ctx))?;
            if folded.is_some() {
                let subject = format!("history up to commit {to}");
                audit::keep(writer, &ctx, Action::HistoryFolded, subject)?;
            }
            Ok(folded)
        });
        let folded = folded.await?;
        folded.iter().for_each(log);
        Ok(folded)
    }
}
