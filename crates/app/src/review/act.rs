//! What people do with change requests: each in one transaction, behind the lock of the register, so
//! that of two decisions on one request the second sees the first.

use std::sync::Arc;

use domain::access::Right;
use domain::fault::FieldFault;
use domain::review::{Decision, Event, Refusal, Relation, Sight, decide};
use domain::schema::Schema;
use sql::write::{self, CommitInfo, Committed, StoredRequest};
use sql::{StoreError, Writer};

use super::COMMENT_LENGTH_MAX;
use super::ask::{self, Again};
use super::park::event_of;
use super::reviewers::named;
use super::show::{Shown, ToldRequest, find, relation, show, tell};
use crate::people::given_up;
use crate::{App, Context, Error, notices, rights, submit};

/// Something that somebody does with a change request.
#[derive(Clone, Debug)]
pub struct Act {
    /// The number of the request.
    pub number: i64,
    /// What.
    pub asked: Asked,
    /// The tag of what they were shown, without its quotation marks.
    pub if_match: Option<String>,
    /// What they say.
    pub comment: Option<String>,
}

/// What somebody asks of a change request.
#[derive(Clone, Debug)]
pub enum Asked {
    /// To agree to it.
    Approve,
    /// To turn it down.
    Reject,
    /// To wait for something.
    Hold,
    /// To wait no more.
    Resume,
    /// To take it back.
    Withdraw,
    /// To keep what they say.
    Comment,
    /// That these people decide.
    Assign(Vec<String>),
    /// For something else than until now.
    Again(Again),
    /// To close it, since its time is over.
    Expire,
}

impl Asked {
    /// Whether more of the request is another than where it stands.
    fn changes_request(&self) -> bool {
        matches!(self, Self::Assign(_) | Self::Again(_))
    }

    /// The event that it is.
    pub fn event(&self) -> Event {
        match self {
            Self::Approve => Event::Approve,
            Self::Reject => Event::Reject,
            Self::Hold => Event::Hold,
            Self::Resume => Event::Resume,
            Self::Withdraw => Event::Withdraw,
            Self::Comment => Event::Comment,
            Self::Assign(_) => Event::Assign,
            Self::Again(Again::Edit { .. }) => Event::Edit,
            Self::Again(Again::Rebase(_)) => Event::Rebase,
            Self::Expire => Event::Expire,
        }
    }
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Acted {
    /// The request as it is now.
    pub told: ToldRequest,
    /// The commit that applied it.
    pub commit: Option<Committed>,
}

impl App {
    /// Does something with a change request. Approving the last that is wanted applies it, in the
    /// same transaction.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Review`], [`Error::Forbidden`], [`Error::Unseen`] and
    /// [`Error::Blocked`] with the request as it is; those of [`Self::submit`] for what is edited;
    /// others when the database can't be asked.
    pub async fn request_act(&self, ctx: &Context, act: Act) -> Result<Acted, Error> {
        ctx.must_anywhere(Right::View)?;
        ctx.must_act()?;
        check_texts(&act)?;
        let (schema, ctx) = (Arc::clone(&self.schema), ctx.clone());
        let acted = self.store.write(move |writer| carry_out(writer, &schema, &ctx, act)).await??;
        if let Some(commit) = &acted.commit {
            submit::log(commit);
        }
        Ok(acted)
    }

    /// Closes change requests whose time is over, at most `limit`, and gives their numbers.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn requests_expire(&self, ctx: &Context, limit: i64) -> Result<Vec<i64>, Error> {
        let now = ctx.now;
        let read = move |reader: &mut sql::Reader<'_>| write::requests_over(reader, now, limit);
        let mut closed = Vec::new();
        for number in self.store.read(read).await? {
            let act = Act { number, asked: Asked::Expire, if_match: None, comment: None };
            match self.request_act(ctx, act).await {
                Ok(_) => closed.push(number),
                // Somebody was quicker.
                Err(Error::Review(_)) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(closed)
    }
}

fn check_texts(act: &Act) -> Result<(), Error> {
    let comment = act.comment.as_deref().unwrap_or_default();
    if comment.chars().nth(COMMENT_LENGTH_MAX).is_some() {
        return Err(too_long("comment", COMMENT_LENGTH_MAX));
    }
    Ok(())
}

pub(super) fn too_long(name: &str, max: usize) -> Error {
    Error::BadRequest(domain::fault::Faults::one(name, FieldFault::TooLong { max }))
}

/// Does something with a change request, in a transaction.
pub(crate) fn carry_out(
    writer: &mut Writer<'_>,
    schema: &Schema,
    ctx: &Context,
    act: Act,
) -> Result<Result<Acted, Error>, StoreError> {
    write::lock_register(writer)?;
    let Some(shown) = find(writer, schema, ctx, act.number)? else {
        return Ok(Err(Error::NotFound { what: "change request" }));
    };
    let event = act.asked.event();
    // Its time is over, and nobody has closed it yet: nothing else is decided on it any more.
    let is_over = shown.request.expires_at.is_some_and(|ends| ends <= ctx.now);
    let is_late = is_over && shown.request.standing.state.is_open();
    if is_late && !matches!(event, Event::Expire | Event::Comment) {
        return Ok(Err(Error::Review(Refusal::Closed)));
    }
    let relation =
        Relation { is_register: event == Event::Expire, ..relation(writer, schema, ctx, &shown)? };
    let sight = sight(&shown, &act);
    let standing = &shown.request.standing;
    let by = (ctx.actor.name(), relation);
    let decision = match decide(standing, event, by, shown.rules.approvals, sight) {
        Ok(decision) => decision,
        Err(refusal) => return refuse(writer, schema, ctx, (refusal, shown)).map(Err),
    };
    let (number, is_asked_anew) = (act.number, act.asked.changes_request());
    let commit = match act.asked {
        Asked::Approve => match approve(writer, schema, ctx, (&shown, &decision))? {
            Ok(commit) => commit,
            Err(refused) => return Ok(Err(refused)),
        },
        Asked::Assign(reviewers) => {
            if let Err(refused) = assign(writer, number, &reviewers)? {
                return Ok(Err(refused));
            }
            None
        }
        Asked::Again(new) => {
            if let Err(refused) = ask::again(writer, schema, ctx, (&shown, new))? {
                return Ok(Err(refused));
            }
            None
        }
        Asked::Reject
        | Asked::Hold
        | Asked::Resume
        | Asked::Withdraw
        | Asked::Comment
        | Asked::Expire => None,
    };
    let applied = commit.as_ref().map(|commit| commit.number).or(shown.request.commit);
    write::request_move(writer, number, decision.standing(), (ctx.now, applied))?;
    let request = if is_asked_anew {
        write::request_read(writer, number)?
    } else {
        let (standing, commit) = (decision.standing().clone(), applied);
        Some(StoredRequest { standing, updated_at: ctx.now, commit, ..shown.request })
    };
    let Some(request) = request else {
        return Err(StoreError::Corrupt(format!("change request {number} is gone")));
    };
    let step = (Some(event), act.comment.as_deref());
    notices::keep(writer, schema, ctx, &request, step)?;
    write::request_tell(writer, number, &event_of(ctx, Some(event), act.comment))?;
    let shown = show(writer, schema, request)?;
    Ok(Ok(Acted { told: tell(writer, schema, ctx, shown)?, commit }))
}

fn sight<'a>(shown: &'a Shown, act: &'a Act) -> Sight<'a> {
    Sight {
        shown: &shown.etag,
        said: act.if_match.as_deref(),
        has_conflict: shown.has_conflict() || matches!(shown.checked, Some(Err(_))),
        has_comment: act.comment.as_deref().is_some_and(|comment| !comment.trim().is_empty()),
    }
}

/// What is told to somebody who is refused; with the request where it is not what they were shown.
fn refuse(
    writer: &mut Writer<'_>,
    schema: &Schema,
    ctx: &Context,
    (refusal, shown): (Refusal, Shown),
) -> Result<Error, StoreError> {
    let first = shown.changes.first().map(|told| told.requested.type_name.clone());
    let missing = |right| ctx.denied(domain::access::Missing { right, of: first });
    Ok(match refusal {
        Refusal::MayNotReview => missing(Right::Review),
        Refusal::MayNotPropose => missing(Right::Propose),
        Refusal::Unseen => Error::Unseen(Box::new(tell(writer, schema, ctx, shown)?)),
        Refusal::Conflict => Error::Blocked(Box::new(tell(writer, schema, ctx, shown)?)),
        Refusal::Closed
        | Refusal::OnHold
        | Refusal::NotOnHold
        | Refusal::OwnRequest
        | Refusal::NotInGroups
        | Refusal::ApprovedAlready
        | Refusal::NotRequester
        | Refusal::NotRegister
        | Refusal::NoComment
        | Refusal::Unsaid => Error::Review(refusal),
    })
}

/// Applies a request that all have agreed to; of one that others must still agree to, looks whether
/// whoever agrees may review its records as they would be.
fn approve(
    writer: &mut Writer<'_>,
    schema: &Schema,
    ctx: &Context,
    (shown, decision): (&Shown, &Decision),
) -> Result<Result<Option<Committed>, Error>, StoreError> {
    let Some(Ok(checked)) = &shown.checked else {
        return Ok(Err(Error::Review(Refusal::Conflict)));
    };
    let request = &shown.request;
    let info = CommitInfo {
        now: ctx.now,
        actor: request.requester.clone(),
        token: request.token.clone(),
        origin: format!("review:{}", request.number),
        reason: request.reason.clone().or_else(|| Some(request.title.clone())),
        request_id: Some(ctx.request_id.clone()),
    };
    let touched = rights::after(&checked.changes);
    let may = |writer: &mut Writer<'_>| {
        rights::may(writer, schema, (&ctx.access, Right::Review), &touched)
    };
    let Some(approved) = decision.approve(checked.changes.clone()) else {
        let has_all = |(of, _): &(_, _)| ctx.access.has_all(Right::Review, *of);
        if touched.iter().all(has_all) {
            return Ok(Ok(None));
        }
        let may = write::try_out(writer, schema, &checked.changes, &info, may)?;
        return Ok(may.map(|()| None).map_err(|missing| ctx.denied(missing)));
    };
    // What others did meanwhile may have brought about all of it.
    if approved.changes().is_empty() {
        return Ok(Ok(None));
    }
    let committed = write::commit(writer, schema, &approved, &info, &|_| {})?;
    match may(writer)? {
        Ok(()) => Ok(Ok(Some(committed))),
        Err(missing) => Err(given_up(ctx.denied(missing))),
    }
}

fn assign(
    writer: &mut Writer<'_>,
    number: i64,
    reviewers: &[String],
) -> Result<Result<(), Error>, StoreError> {
    let names = match named(writer, reviewers)? {
        Ok(names) => names,
        Err(refused) => return Ok(Err(refused)),
    };
    write::request_assign(writer, number, &names)?;
    Ok(Ok(()))
}

/// What somebody may do with a request, who has seen it as it is.
pub(super) fn possible(shown: &Shown, user: &str, relation: Relation) -> Vec<Event> {
    let sight = Sight {
        shown: &shown.etag,
        said: Some(&shown.etag),
        has_conflict: shown.has_conflict() || matches!(shown.checked, Some(Err(_))),
        has_comment: true,
    };
    let standing = &shown.request.standing;
    let may = |event: &Event| {
        decide(standing, *event, (user, relation), shown.rules.approvals, sight).is_ok()
    };
    Event::ALL.into_iter().filter(may).collect()
}
