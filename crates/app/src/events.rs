//! Events: changes as they are told to the outside, each once for all that happened to a record in a
//! commit, read from the commits behind a place.
//!
//! Nothing is kept of them: the history is the outbox, and whoever tells of it keeps a place in it
//! ([`cursors`]). So an event that is told again has the same id and the same text.

pub mod cursors;
mod news;
pub mod snapshot;

use std::sync::Arc;

use domain::access::{Access, Allowed, Right};
use domain::event::{EventKind, EventPlace};
use domain::fault::{Faults, FieldFault};
use domain::history::Hash;
use domain::record::{CommitNumber, Timestamp};
use domain::schema::{Schema, Type};
use sql::read::OutboxEntry;
use sql::{Reader, StoreError, read, write};

pub(crate) use news::News;

use crate::past::ToldEntry;
use crate::{App, Context, Error, rights};

/// The most events on a page.
pub const EVENTS_PAGE_MAX: u32 = 1_000;
/// The most types that events can be asked of at once: each costs a statement.
pub const EVENT_TYPES_MAX: usize = 50;
/// So many changes are looked into for each event that is asked for, where not all of them may be
/// seen. A page on which there is little to see has fewer events, and the next goes on from there.
const LOOKED_INTO: u32 = 4;

/// What somebody asks to be told.
#[derive(Clone, Debug)]
pub struct EventsAsked {
    /// What comes behind this.
    pub after: EventPlace,
    /// Of records of these types, by name; of all where empty.
    pub types: Vec<String>,
    /// At most so many.
    pub limit: u32,
}

impl EventsAsked {
    /// All that comes behind a place.
    pub fn after(after: EventPlace, limit: u32) -> Self {
        Self { after, types: Vec::new(), limit }
    }
}

/// Events in their order, and where the next ones begin.
#[derive(Clone, Debug)]
pub struct EventsPage {
    /// The events.
    pub events: Vec<Event>,
    /// What the next page begins behind. It is further on even where nothing on the way was for who
    /// asked.
    pub next: EventPlace,
    /// Whether there was nothing more behind it.
    pub is_last: bool,
}

/// What is told to the outside.
#[derive(Clone, Debug)]
pub enum Event {
    /// A record changed.
    Changed(Box<Changed>),
    /// What was asked for has been folded up to this place: who wants to know how records stand must
    /// read them.
    Folded {
        /// Behind the last commit that was folded.
        place: EventPlace,
        /// When that was made.
        at: Timestamp,
    },
}

/// The change of a record.
#[derive(Clone, Debug)]
pub struct Changed {
    /// What changed, in which commit; all values before and after.
    pub told: ToldEntry,
    /// How many changes its commit has.
    pub size: i64,
    /// Its commit's hash in the chain: who keeps it can tell whether the past was rewritten.
    pub hash: Hash,
}

impl Changed {
    /// What happened to the record.
    pub fn kind(&self) -> EventKind {
        EventKind::of(self.told.kind, self.told.entry.entry.revision)
    }
}

impl Event {
    /// Where it stands; as text its id.
    pub fn place(&self) -> EventPlace {
        match self {
            Self::Changed(changed) => {
                let entry = &changed.told.entry;
                EventPlace { commit: entry.commit.number, index: entry.place }
            }
            Self::Folded { place, .. } => *place,
        }
    }
}

impl App {
    /// Reads what happened behind a place, as far as it is for whoever asks: what the history would
    /// tell them. Who may see all of it is told with one statement for each type that is asked for, and
    /// three more.
    ///
    /// # Errors
    /// [`Error::BadRequest`] for a commit that is not there yet, [`Error::Forbidden`] and
    /// [`Error::Unauthenticated`] for who may see nothing; others when the database can't be asked.
    pub async fn events_after(
        &self,
        ctx: &Context,
        asked: EventsAsked,
    ) -> Result<EventsPage, Error> {
        ctx.must_anywhere(Right::View)?;
        for of in asked.types.iter().filter_map(|name| self.schema.named(name)) {
            ctx.must(Right::View, &self.schema, of.index)?;
        }
        let (schema, access) = (Arc::clone(&self.schema), Arc::clone(&ctx.access));
        let after = asked.after.commit;
        let (last, page) = self
            .read(ctx, move |reader| {
                let last = write::last_commit(reader)?.number;
                Ok((last, page(reader, (&schema, &access), &asked, last)?))
            })
            .await?;
        // A register that was put back from a backup: what comes next is not what they wait for.
        if after > last {
            let text = format!("There is no commit {after} yet; the last is {last}.");
            let fault = FieldFault::BadParameter(text);
            return Err(Error::BadRequest(Faults::one("after", fault)));
        }
        Ok(page)
    }
}

fn page(
    reader: &mut Reader<'_>,
    (schema, access): (&Schema, &Access),
    asked: &EventsAsked,
    last: CommitNumber,
) -> Result<EventsPage, StoreError> {
    let last = EventPlace::end_of(last);
    let sees_all = access.has_everywhere(Right::View);
    let limit = asked.limit.clamp(1, EVENTS_PAGE_MAX);
    let mut events: Vec<Event> = folded(reader, asked.after)?.into_iter().collect();
    let begin = events.first().map_or(asked.after, Event::place);
    let at_once = if sees_all { limit } else { limit.saturating_mul(LOOKED_INTO) };
    let types = types(schema, access, asked);
    let found = entries(reader, begin, types.as_deref(), at_once)?;
    let mut is_last = found.len() < at_once as usize;
    let mut next = if is_last { begin.max(last) } else { begin };
    for entry in found {
        if events.len() >= limit as usize {
            is_last = false;
            next = events.last().map_or(begin, Event::place);
            break;
        }
        if !is_last {
            next = entry.place();
        }
        let OutboxEntry { entry, size, hash } = entry;
        let mut told = ToldEntry::read(entry, schema, true)?;
        if sees_all || rights::sees_entry(reader, schema, access, &mut told)? {
            events.push(Event::Changed(Box::new(Changed { told, size, hash })));
        }
    }
    Ok(EventsPage { events, next, is_last })
}

/// What is told first where some of what was asked for is known no more.
fn folded(reader: &mut Reader<'_>, after: EventPlace) -> Result<Option<Event>, StoreError> {
    let place = EventPlace::end_of(read::folded_to(reader)?);
    if after >= place {
        return Ok(None);
    }
    let last = read::commit_read(reader, place.commit)?;
    let at = last.map_or(Timestamp::UNIX_EPOCH, |kept| kept.commit.at);
    Ok(Some(Event::Folded { place, at }))
}

/// The types of whose records something is told; `None` for all.
fn types(schema: &Schema, access: &Access, asked: &EventsAsked) -> Option<Vec<String>> {
    if !asked.types.is_empty() {
        return Some(asked.types.clone());
    }
    let is_seen = |of: &&Type| !matches!(access.allowed(Right::View, of.index), Allowed::Nothing);
    let seen = || schema.types().iter().filter(is_seen).map(|of| of.name.to_string()).collect();
    (!access.has_everywhere(Right::View)).then(seen)
}

/// The next changes of some types, or of all.
fn entries(
    reader: &mut Reader<'_>,
    behind: EventPlace,
    types: Option<&[String]>,
    limit: u32,
) -> Result<Vec<OutboxEntry>, StoreError> {
    let Some(types) = types else {
        return read::outbox(reader, behind, None, limit);
    };
    // One after the other, so that each is found by an index of its own.
    let mut found = Vec::new();
    for name in types {
        found.extend(read::outbox(reader, behind, Some(name), limit)?);
    }
    found.sort_by_key(OutboxEntry::place);
    found.truncate(limit as usize);
    Ok(found)
}
