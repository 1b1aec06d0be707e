//! The past: which commit a moment means, and what the history says.

use domain::fault::{Faults, FieldFault};
use domain::history::{Question, Values};
use domain::json::Json;
use domain::moment::Moment;
use domain::record::CommitNumber;
use sql::{StoreError, json, read, write};

pub use sql::read::{HistoryEntry, HistoryPlace};

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
    /// The record's values before; `None` when it was added.
    pub before: Option<Values>,
    /// Its values after; `None` when it was deleted.
    pub after: Option<Values>,
}

impl App {
    /// The commit after which the register stood as it did at a moment. `name` is what whoever
    /// asked called it.
    ///
    /// # Errors
    /// [`Error::BadRequest`] for a commit that is not there yet, [`Error::Folded`] for one that is
    /// known no more; others when the database can't be asked.
    pub async fn commit_of(&self, name: &str, moment: Moment) -> Result<CommitNumber, Error> {
        let (number, last, folded_to) = self
            .store
            .read(move |reader| {
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

    /// Reads a page of the history, newest first.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn history(
        &self,
        _ctx: &Context,
        question: Question,
        before: Option<HistoryPlace>,
        limit: u32,
    ) -> Result<HistoryPage, Error> {
        let limit = limit.clamp(1, HISTORY_PAGE_MAX);
        Ok(self.store.read(move |reader| page(reader, &question, before, limit)).await?)
    }
}

fn page(
    reader: &mut sql::Reader<'_>,
    question: &Question,
    mut before: Option<HistoryPlace>,
    limit: u32,
) -> Result<HistoryPage, StoreError> {
    let is_looked_into = question.field.is_some() || question.search.is_some();
    let at_once = if is_looked_into { LOOKED_INTO_AT_ONCE } else { limit.saturating_add(1) };
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
            let told = ToldEntry::read(entry)?;
            if told.answers(question) {
                entries.push(told);
            }
        }
        if is_last || looked_into >= LOOKED_INTO_MAX {
            return Ok(HistoryPage { entries, next: before.filter(|_| !is_last) });
        }
    }
}

impl ToldEntry {
    pub(crate) fn read(entry: HistoryEntry) -> Result<Self, StoreError> {
        let number = entry.commit.number;
        let before = values(number, entry.entry.before.as_deref())?;
        let after = values(number, entry.entry.after.as_deref())?;
        Ok(Self { entry, before, after })
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
        Some(_) => Err(StoreError::Corrupt(format!("commit {number} has a record that is none"))),
    }
}
