//! The one path of a write: proposal, checks, judgement, commit.

use std::sync::Arc;

use domain::access::Right;
use domain::change::{
    Action, Checked, CheckedChange, FieldsInput, Preconditions, Proposal, ProposedChange, Target,
    Unnamed, draft,
};
use domain::history::hex;
use domain::query::{Expr, Page, Plan};
use domain::record::{Record, RecordId};
use domain::schema::{Schema, TypeIndex};
use sql::write::Known;
use sql::{Reader, StoreError, Writer, read, write};

pub use sql::write::{Answer, AnswerKey, Committed};

use crate::carry_out::{carry_out, outcome, unchanged_records};
use crate::check::check;
use crate::revert::{self, Planned, Revert};
use crate::review::ToldRequest;
use crate::{App, Context, Error, Progress};

/// The most changes that one request may make: as many as one commit writes in a second or two.
pub const CHANGES_MAX: usize = 10_000;
/// After so many changes at once the database looks at its tables anew, before somebody else asks.
const MANY: usize = 1_000;

/// What came of a proposal.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The commit; `None` when nothing changed, or nothing was to be written.
    pub commit: Option<Committed>,
    /// The change request by which the changes wait for a review; nothing is written then, and all
    /// else here is empty.
    pub request: Option<Box<ToldRequest>>,
    /// For each proposed change, in order, what it was about.
    pub subjects: Vec<Subject>,
    /// Records added, cascades and all.
    pub added: usize,
    /// Records changed.
    pub updated: usize,
    /// Records deleted.
    pub deleted: usize,
}

/// The record that a proposed change was about.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Its type.
    pub type_index: TypeIndex,
    /// Its id.
    pub id: RecordId,
    /// The record as it is now; `None` when it is deleted.
    pub record: Option<Record>,
    /// What happened to it.
    pub effect: Effect,
}

/// What a proposed change did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It added the record.
    Added,
    /// It changed it.
    Updated,
    /// It deleted it.
    Deleted,
    /// It left it as it was.
    Unchanged,
}

/// What somebody wants changed.
#[derive(Clone, Debug)]
pub enum Wish {
    /// These changes.
    Changes(Proposal),
    /// The same change of every record that a filter matches.
    EachMatching(EachMatching),
    /// To take earlier changes back.
    Revert(Revert),
}

/// The same change of every record that a filter matches.
#[derive(Clone, Debug)]
pub struct EachMatching {
    /// The type.
    pub type_index: TypeIndex,
    /// What must hold of a record.
    pub filter: Expr,
    /// How many records the caller means.
    pub expect_count: u64,
    /// The values that they get; `None` deletes them.
    pub fields: Option<FieldsInput>,
}

/// What is answered to the outcome of a write.
type Answering = Box<dyn FnOnce(&Result<Outcome, Error>) -> Answer + Send>;

/// A write that is to be made once, however often it is sent.
pub struct Once {
    /// Whose key it is, and what was sent with it.
    pub key: AnswerKey,
    /// What is answered, to be kept in the transaction that makes the write.
    pub answer: Answering,
}

impl Effect {
    /// That of a change.
    pub(crate) fn of(change: &CheckedChange) -> Self {
        match (&change.before, &change.after) {
            (None, _) => Self::Added,
            (Some(_), None) => Self::Deleted,
            (Some(_), Some(_)) => Self::Updated,
        }
    }
}

impl Outcome {
    /// That of changes which wait for a review.
    pub(crate) fn parked(request: ToldRequest) -> Self {
        Self {
            commit: None,
            request: Some(Box::new(request)),
            subjects: Vec::new(),
            added: 0,
            updated: 0,
            deleted: 0,
        }
    }
}

impl App {
    /// Makes the changes, all or nothing, in one commit.
    ///
    /// # Errors
    /// [`Error::Refused`] with all that is wrong; [`Error::Unauthenticated`] and
    /// [`Error::Forbidden`] when the actor may not; others when the database can't be asked.
    pub async fn submit(&self, ctx: &Context, proposal: Proposal) -> Result<Outcome, Error> {
        self.submit_wish(ctx, Wish::Changes(proposal)).await
    }

    /// Makes the changes that somebody wishes, all or nothing, in one commit.
    ///
    /// # Errors
    /// As [`Self::submit`], and [`Error::OtherCount`].
    pub async fn submit_wish(&self, ctx: &Context, wish: Wish) -> Result<Outcome, Error> {
        ctx.must_change_anywhere()?;
        let schema = Arc::clone(&self.schema);
        let ctx = ctx.clone();
        let written =
            self.store.write(move |writer| write_wish(writer, &schema, &ctx, wish)).await?;
        logged(written)
    }

    /// As [`Self::submit_wish`], for a write that is made once: sent again, it gives the answer
    /// that was kept, and makes no second commit.
    ///
    /// # Errors
    /// As [`Self::submit_wish`] in the answer itself; [`Error::KeyRunning`], [`Error::KeyReused`].
    pub async fn submit_once(
        &self,
        ctx: &Context,
        wish: Wish,
        once: Once,
    ) -> Result<Answer, Error> {
        ctx.must_change_anywhere()?;
        let _running = self.running.begin(&once.key).ok_or(Error::KeyRunning)?;
        let schema = Arc::clone(&self.schema);
        let ctx = ctx.clone();
        let Once { key, answer } = once;
        self.store
            .write(move |writer| {
                match write::answer_find(writer, &key)? {
                    Known::New => {}
                    Known::Answered(answer) => return Ok(Ok(answer)),
                    Known::Other => return Ok(Err(Error::KeyReused)),
                    Known::Running => return Ok(Err(Error::KeyRunning)),
                }
                let answer = answer(&logged(write_wish(writer, &schema, &ctx, wish)?));
                write::answer_keep(writer, &key, &answer, ctx.now)?;
                Ok(Ok(answer))
            })
            .await?
    }

    /// As [`Self::submit`], for changes of which there may be many: they are checked before the
    /// register is locked, so that others go on writing, and once more under the lock only where
    /// somebody did.
    ///
    /// # Errors
    /// As [`Self::submit`].
    pub async fn submit_many(
        &self,
        ctx: &Context,
        proposal: Proposal,
        progress: &Progress,
    ) -> Result<Outcome, Error> {
        ctx.must_change_anywhere()?;
        let drafts = draft(&self.schema, proposal);
        let (schema, first, watch) = (Arc::clone(&self.schema), drafts.clone(), progress.clone());
        let access = Arc::clone(&ctx.access);
        let (checked, as_of) = self
            .store
            .read(move |reader| {
                let last = write::last_commit(reader)?;
                Ok((check(reader, &schema, &access, first, &watch)?, last.number))
            })
            .await?;
        let checked = checked.map_err(Error::Refused)?;
        let (schema, ctx, progress) = (Arc::clone(&self.schema), ctx.clone(), progress.clone());
        let written = self.store.write(move |writer| {
            let is_as_checked = write::lock_register(writer)?.number == as_of;
            let checked = if is_as_checked {
                Ok(checked)
            } else {
                check(writer, &schema, &ctx.access, drafts, &progress)?
            };
            match checked {
                Ok(checked) => carry_out(writer, &schema, checked, &ctx, &progress),
                Err(refused) => Ok(Err(Error::Refused(refused))),
            }
        });
        let outcome = logged(written.await?)?;
        if outcome.subjects.len() >= MANY {
            // What was written stands, whatever comes of this.
            if let Err(error) = self.store.write(write::refresh_statistics).await {
                tracing::warn!(%error, "the statistics of the tables could not be refreshed");
            }
        }
        Ok(outcome)
    }

    /// Tells what [`Self::submit`] would do, and writes nothing.
    ///
    /// # Errors
    /// As [`Self::submit`], save that the right to view is enough.
    pub async fn preview(&self, ctx: &Context, proposal: Proposal) -> Result<Outcome, Error> {
        self.preview_many(ctx, proposal, &Progress::NONE).await
    }

    /// As [`Self::preview`], telling how far the checks are.
    ///
    /// # Errors
    /// As [`Self::preview`].
    pub async fn preview_many(
        &self,
        ctx: &Context,
        proposal: Proposal,
        progress: &Progress,
    ) -> Result<Outcome, Error> {
        for change in &proposal.changes {
            ctx.must(Right::View, &self.schema, change.type_index)?;
        }
        let schema = Arc::clone(&self.schema);
        let drafts = draft(&schema, proposal);
        let (ctx, progress) = (ctx.clone(), progress.clone());
        self.store
            .read(move |reader| {
                Ok(match check(reader, &schema, &ctx.access, drafts, &progress)? {
                    Ok(checked) => {
                        let Checked { changes, subjects } = checked;
                        let unchanged = unchanged_records(reader, &schema, (&changes, &subjects))?;
                        Ok(outcome(
                            reader,
                            &schema,
                            (None, &subjects),
                            (&changes, unchanged),
                            &ctx,
                        )?)
                    }
                    Err(refused) => Err(Error::Refused(refused)),
                })
            })
            .await?
    }
}

/// Makes the changes of a wish in a transaction. What the rules refuse is told inside, and nothing
/// is written then.
fn write_wish(
    writer: &mut Writer<'_>,
    schema: &Schema,
    ctx: &Context,
    wish: Wish,
) -> Result<Result<Outcome, Error>, StoreError> {
    write::lock_register(writer)?;
    let proposal = match wish {
        Wish::Changes(proposal) => proposal,
        Wish::EachMatching(each) => match each_matching(writer, schema, ctx, each)? {
            Ok(proposal) => proposal,
            Err(refused) => return Ok(Err(refused)),
        },
        Wish::Revert(revert) => return write_revert(writer, schema, ctx, &revert),
    };
    match check(writer, schema, &ctx.access, draft(schema, proposal), &Progress::NONE)? {
        Ok(checked) => carry_out(writer, schema, checked, ctx, &Progress::NONE),
        Err(refused) => Ok(Err(Error::Refused(refused))),
    }
}

/// Takes changes back in a transaction; whatever refuses that is a conflict.
fn write_revert(
    writer: &mut Writer<'_>,
    schema: &Schema,
    ctx: &Context,
    revert: &Revert,
) -> Result<Result<Outcome, Error>, StoreError> {
    if let Err(missing) = revert::may(writer, schema, &ctx.access, revert)? {
        return Ok(Err(ctx.denied(missing)));
    }
    let Planned { proposal, reason, names } = match revert::plan(writer, schema, revert)? {
        Ok(planned) => planned,
        Err(refused) => return Ok(Err(refused)),
    };
    let ctx = Context { reason: ctx.reason.clone().or(Some(reason)), ..ctx.clone() };
    match check(writer, schema, &ctx.access, draft(schema, proposal), &Progress::NONE)? {
        Ok(checked) => carry_out(writer, schema, checked, &ctx, &Progress::NONE),
        Err(refused) => Ok(Err(names.conflict(schema, refused))),
    }
}

/// The changes of all records that a filter matches, if they are as many as was said.
pub(crate) fn each_matching(
    reader: &mut Reader<'_>,
    schema: &Schema,
    ctx: &Context,
    each: EachMatching,
) -> Result<Result<Proposal, Error>, StoreError> {
    let EachMatching { type_index, filter, expect_count, fields } = each;
    let plan =
        Plan { type_index, filter, order: Vec::new(), page: Page::All, count: false, as_of: None };
    let plan = match ctx.access.restrict(schema, plan) {
        Ok(restricted) => restricted.plan,
        Err(missing) => return Ok(Err(ctx.denied(missing))),
    };
    let ids = match read::ids(reader, schema, &plan, CHANGES_MAX) {
        Err(StoreError::BadPattern(why)) => return Ok(Err(StoreError::BadPattern(why).into())),
        ids => ids?,
    };
    let found = ids.len() as u64;
    if found != expect_count {
        let is_more = ids.len() > CHANGES_MAX;
        return Ok(Err(Error::OtherCount { expected: expect_count, found, is_more }));
    }
    let action = |id| {
        let target = Target::Id(id);
        match &fields {
            Some(fields) => {
                Action::Update { target, fields: fields.clone(), unnamed: Unnamed::Keep }
            }
            None => Action::Delete { target },
        }
    };
    let preconditions = Preconditions::default();
    let change = |id| ProposedChange {
        type_index,
        action: action(id),
        preconditions: preconditions.clone(),
    };
    Ok(Ok(Proposal { changes: ids.into_iter().map(change).collect() }))
}

fn logged(written: Result<Outcome, Error>) -> Result<Outcome, Error> {
    if let Ok(Outcome { commit: Some(commit), .. }) = &written {
        log(commit);
    }
    written
}

/// Logs a commit that was made; any such line tells `history verify` how the chain once was.
pub(crate) fn log(commit: &Committed) {
    tracing::info!(number = commit.number.0, hash = hex(&commit.hash), "committed");
}
