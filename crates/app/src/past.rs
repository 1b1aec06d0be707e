//! The past: which commit a moment means, and what the history says.

use std::sync::Arc;

use chrono::TimeDelta;
use domain::access::{Access, Right};
use domain::fault::{Faults, FieldFault};
use domain::history::{BaseEntry, ChangeKind, Commit, Entry, Question, Values};
use domain::json::Json;
use domain::moment::Moment;
use domain::record::{CommitNumber, RecordId, Timestamp};
use domain::review::Passage;
use domain::schema::Schema;
use sql::{Reader, StoreError, json, read, write};

pub use sql::read::{HistoryEntry, HistoryPlace, KeptCommit};

use crate::rights;
use crate::{App, Context, Error};

/// The most entries on a page of history.
pub const HISTORY_PAGE_MAX: u32 = 1_000;
/// Entries read at once where each must be looked into.
const LOOKED_INTO_AT_ONCE: u32 = 1_000;
/// The most entries that one page looks into: a second or two of work. A page that comes to this
/// end has fewer entries, and the next goes on from there.
const LOOKED_INTO_MAX: usize = 20_000;

/// A page of history, newest first.
#[derive(Clone, Debug)]
pub struct HistoryPage {
    /// The entries.
    pub entries: Vec<ToldEntry>,
    /// What the next page begins behind; `None` on the last.
    pub next: Option<HistoryPlace>,
}

/// An entry with its values read.
#[derive(Clone, Debug)]
pub struct ToldEntry {
    /// The entry.
    pub entry: HistoryEntry,
    /// The record's values before, of a change those that it changed and the key unless all were
    /// asked for; `None` when it was added.
    pub before: Option<Values>,
    /// Its values after; `None` when it was deleted.
    pub after: Option<Values>,
    /// What happened.
    pub kind: ChangeKind,
}

/// The commits that lie between two moments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// They come after this one.
    pub after: Option<CommitNumber>,
    /// They come before this one.
    pub before: Option<CommitNumber>,
}

impl Bounds {
    /// One commit alone.
    pub fn only(number: CommitNumber) -> Self {
        Self {
            after: Some(CommitNumber(number.0.saturating_sub(1))),
            before: Some(CommitNumber(number.0.saturating_add(1))),
        }
    }

    /// What lies in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let before = match (self.before, other.before) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
        Self { after: self.after.max(other.after), before }
    }
}

/// A commit as it is told.
#[derive(Clone, Debug)]
pub struct ToldCommit {
    /// The commit.
    pub kept: KeptCommit,
    /// How many changes it made.
    pub changes: u64,
    /// Whether its changes have been folded, and are known no more.
    pub is_folded: bool,
}

impl App {
    /// The commit after which the register stood as it did at a moment. `name` is what whoever
    /// asked called it.
    ///
    /// # Errors
    /// [`Error::BadRequest`] for a commit that is not there yet, [`Error::Folded`] for one that is
    /// known no more; others when the database can't be asked.
    pub async fn commit_of(
        &self,
        ctx: &Context,
        name: &str,
        moment: Moment,
    ) -> Result<CommitNumber, Error> {
        let (number, last, folded_to) = self
            .read(ctx, move |reader| {
                let number = match moment {
                    Moment::Commit(number) => number,
                    Moment::At(time) => read::commit_at(reader, time)?,
                };
                Ok((number, write::last_commit(reader)?.number, read::folded_to(reader)?))
            })
            .await?;
        if number > last {
            let text = format!("There is no commit {number} yet; the last is {last}.");
            let fault = FieldFault::BadParameter(text);
            return Err(Error::BadRequest(Faults::one(name, fault)));
        }
        if number < folded_to {
            return Err(Error::Folded { to: folded_to.0 });
        }
        Ok(number)
    }

    /// The commits after a moment and before another: of a time, those made then count among those
    /// after it.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn bounds(
        &self,
        ctx: &Context,
        after: Option<Moment>,
        before: Option<Moment>,
    ) -> Result<Bounds, Error> {
        let read = move |reader: &mut Reader<'_>| {
            Ok(Bounds {
                after: after.map(|moment| last_before(reader, moment)).transpose()?,
                before: before.map(|moment| first_since(reader, moment)).transpose()?,
            })
        };
        Ok(self.read(ctx, read).await?)
    }

    /// The number of the last commit; 0 before the first.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn last_commit(&self, ctx: &Context) -> Result<CommitNumber, Error> {
        Ok(self.read(ctx, |reader| Ok(write::last_commit(reader)?.number)).await?)
    }

    /// Whether there is a type of this name, in the schema or in the history.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn was_type(&self, ctx: &Context, name: &str) -> Result<bool, Error> {
        if self.schema.named(name).is_some() {
            return Ok(true);
        }
        let name = name.to_owned();
        Ok(self.read(ctx, move |reader| read::knows_type(reader, &name)).await?)
    }

    /// Whether there is a record, or was one.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn was_record(
        &self,
        ctx: &Context,
        type_name: &str,
        id: RecordId,
    ) -> Result<bool, Error> {
        let name = type_name.to_owned();
        Ok(self.read(ctx, move |reader| read::knows_record(reader, &name, id)).await?)
    }

    /// Reads a commit; `None` when there is none of this number.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn commit(
        &self,
        ctx: &Context,
        number: CommitNumber,
    ) -> Result<Option<ToldCommit>, Error> {
        ctx.must_anywhere(Right::View)?;
        let read = move |reader: &mut Reader<'_>| {
            let Some(kept) = read::commit_read(reader, number)? else {
                return Ok(None);
            };
            let above = CommitNumber(number.0.saturating_sub(1));
            Ok(Some(ToldCommit {
                kept,
                changes: read::changes_between(reader, above, number)?,
                is_folded: number <= read::folded_to(reader)?,
            }))
        };
        Ok(self.read(ctx, read).await?)
    }

    /// Reads a page of the history, newest first. That of a record ends with how it stood when
    /// older changes were folded.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn history(
        &self,
        ctx: &Context,
        question: Question,
        before: Option<HistoryPlace>,
        limit: u32,
    ) -> Result<HistoryPage, Error> {
        ctx.must_anywhere(Right::View)?;
        let asked = question.type_name.as_deref().and_then(|name| self.schema.named(name));
        if let Some(of) = asked {
            ctx.must(Right::View, &self.schema, of.index)?;
        }
        let limit = limit.clamp(1, HISTORY_PAGE_MAX);
        let (schema, access) = (Arc::clone(&self.schema), Arc::clone(&ctx.access));
        let read = move |reader: &mut Reader<'_>| {
            page(reader, (&schema, &access), &question, before, limit)
        };
        Ok(self.read(ctx, read).await?)
    }
}

fn page(
    reader: &mut Reader<'_>,
    (schema, access): (&Schema, &Access),
    question: &Question,
    mut before: Option<HistoryPlace>,
    limit: u32,
) -> Result<HistoryPage, StoreError> {
    let sees_all = access.has_everywhere(Right::View);
    let is_looked_into = !sees_all || question.field.is_some() || question.search.is_some();
    let at_once = if is_looked_into { LOOKED_INTO_AT_ONCE } else { limit.saturating_add(1) };
    let is_whole = question.snapshot || question.search.is_some();
    let wanted = limit as usize;
    let (mut entries, mut looked_into) = (Vec::with_capacity(wanted), 0_usize);
    loop {
        let found = read::history(reader, question, before, at_once)?;
        let is_last = found.len() < at_once as usize;
        for entry in found {
            if entries.len() == wanted {
                return Ok(HistoryPage { entries, next: before });
            }
            looked_into = looked_into.saturating_add(1);
            before = Some(entry.stands());
            let mut told = ToldEntry::read(entry, schema, is_whole)?;
            if !sees_all && !rights::sees_entry(reader, schema, access, &mut told)? {
                continue;
            }
            if told.answers(question) {
                entries.push(told);
            }
        }
        if is_last {
            break;
        }
        if looked_into >= LOOKED_INTO_MAX {
            return Ok(HistoryPage { entries, next: before });
        }
    }
    let base = base(reader, question, before)?;
    let base = match base {
        Some(mut told) if !sees_all => {
            rights::sees_entry(reader, schema, access, &mut told)?.then_some(told)
        }
        base => base,
    };
    match base {
        Some(_) if entries.len() == wanted => return Ok(HistoryPage { entries, next: before }),
        base => entries.extend(base),
    }
    Ok(HistoryPage { entries, next: None })
}

/// How the one record that is asked for stood when older changes were folded, where that answers
/// the question; nobody knows any more which fields were changed, through what and why.
fn base(
    reader: &mut Reader<'_>,
    question: &Question,
    behind: Option<HistoryPlace>,
) -> Result<Option<ToldEntry>, StoreError> {
    let (Some(type_name), Some(id)) = (&question.type_name, question.id) else {
        return Ok(None);
    };
    let Some(base) = read::base_entry(reader, type_name, id)? else {
        return Ok(None);
    };
    let is_asked_for = behind.is_none_or(|place| base.revision < place.revision)
        && question.actor.as_ref().is_none_or(|actor| *actor == base.changed_by)
        && question.after.is_none_or(|number| base.commit > number)
        && question.before.is_none_or(|number| base.commit < number)
        && question.origin.is_none()
        && question.request_id.is_none()
        && question.field.is_none();
    if !is_asked_for {
        return Ok(None);
    }
    Ok(Some(ToldEntry::of_base(base)?).filter(|told| told.answers(question)))
}

/// The last commit before a time; the commit itself where one is named.
pub(crate) fn last_before(
    reader: &mut Reader<'_>,
    moment: Moment,
) -> Result<CommitNumber, StoreError> {
    match moment {
        Moment::Commit(number) => Ok(number),
        Moment::At(time) => read::commit_at(reader, just_before(time)),
    }
}

/// The first commit at a time or later, whether it is there yet or not; the commit itself where
/// one is named.
pub(crate) fn first_since(
    reader: &mut Reader<'_>,
    moment: Moment,
) -> Result<CommitNumber, StoreError> {
    match moment {
        Moment::Commit(number) => Ok(number),
        Moment::At(time) => {
            let last = read::commit_at(reader, just_before(time))?;
            Ok(CommitNumber(last.0.saturating_add(1)))
        }
    }
}

fn just_before(time: Timestamp) -> Timestamp {
    time.checked_sub_signed(TimeDelta::microseconds(1)).unwrap_or(time)
}

impl ToldEntry {
    /// Reads the values of a change: all of them, or those that it changed and the key.
    pub(crate) fn read(
        entry: HistoryEntry,
        schema: &Schema,
        is_whole: bool,
    ) -> Result<Self, StoreError> {
        let number = entry.commit.number;
        let of = schema.named(&entry.entry.type_name);
        let keep = |name: &str| {
            is_whole || of.is_some_and(|of| of.key_fields().any(|key| key.name.as_str() == name))
        };
        let (before, after) = match (&entry.entry.before, &entry.entry.after) {
            (Some(before), Some(after)) => {
                let both =
                    json::parse_both(before, after, keep).map_err(|_bad| no_record(number))?;
                let [before, after] = both;
                (Some(before), Some(after))
            }
            (before, after) => {
                (values(number, before.as_deref())?, values(number, after.as_deref())?)
            }
        };
        let kind = ChangeKind::between(before.as_ref(), after.as_ref());
        Ok(Self { entry, before, after, kind })
    }

    fn of_base(base: BaseEntry) -> Result<Self, StoreError> {
        let after = values(base.commit, Some(&base.fields))?;
        let commit = Commit {
            number: base.commit,
            at: base.updated_at,
            actor: base.changed_by,
            token: None,
            origin: String::new(),
            reason: None,
            request_id: None,
            passage: Passage::default(),
            fold: None,
        };
        let entry = Entry {
            type_name: base.type_name,
            id: base.id,
            revision: base.revision,
            before: None,
            after: Some(base.fields),
        };
        let entry = HistoryEntry { commit, place: 0, entry };
        Ok(Self { entry, before: None, after, kind: ChangeKind::Folded })
    }

    fn answers(&self, question: &Question) -> bool {
        let reason = self.entry.commit.reason.as_deref();
        question.is_answered_by(reason, self.before.as_ref(), self.after.as_ref())
    }
}

/// The values in a record's canonical JSON.
pub(crate) fn values(
    number: CommitNumber,
    canonical: Option<&str>,
) -> Result<Option<Values>, StoreError> {
    match canonical.map(json::parse) {
        None => Ok(None),
        Some(Ok(Json::Object(members))) => Ok(Some(members)),
        Some(_) => Err(no_record(number)),
    }
}

fn no_record(number: CommitNumber) -> StoreError {
    StoreError::Corrupt(format!("commit {number} has a record that is none"))
}
