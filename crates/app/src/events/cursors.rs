//! Publishers of events: each has a cursor, at which one replica is at a time.
//!
//! Whoever is at a cursor beats. Who sees the same beat for [`LAPSE`] by its own clock takes the cursor
//! over, as with tasks. So a replica that was frozen, and thaws, moves nothing more; what it had told
//! and not yet marked is told again.

use std::time::Duration;

use chrono::TimeDelta;
use domain::access::Right;
use domain::audit::Action;
use domain::event::EventPlace;
use sql::write;
use tokio::time::Instant;

pub use sql::write::StoredCursor;

use crate::{App, Context, Error, audit};

/// How often whoever is at a cursor says so.
pub const BEAT_EVERY: Duration = Duration::from_secs(3);
/// After so long without a beat, another takes a cursor over.
pub const LAPSE: Duration = Duration::from_secs(15);

/// Where a publisher begins that there was not before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Begin {
    /// With the next commit.
    #[default]
    Next,
    /// With the oldest that is known.
    Oldest,
}

/// A cursor that this process is at.
#[derive(Clone, Debug)]
pub struct HeldCursor {
    /// Its name.
    pub name: String,
    /// The last event that was told.
    pub place: EventPlace,
    pub(super) epoch: i64,
}

/// A process that would like to be at a cursor: it watches the beats of whoever is.
#[derive(Debug)]
pub struct Candidate {
    name: String,
    begin: Begin,
    /// Its own name.
    replica: String,
    seen: Option<(i64, i64, Instant)>,
}

/// A cursor as it is told.
#[derive(Clone, Debug)]
pub struct CursorState {
    /// The cursor.
    pub cursor: StoredCursor,
    /// How many commits it has not passed.
    pub behind: u64,
}

impl Candidate {
    /// One for the cursor of this name, which is made where there is none.
    pub fn new(name: &str, begin: Begin, replica: &str) -> Self {
        Self { name: name.to_owned(), begin, replica: replica.to_owned(), seen: None }
    }

    /// Takes the cursor where nobody is at it, or where nothing was heard of whoever is for too long.
    /// To be asked every few seconds.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn take(&mut self, app: &App, now: Instant) -> Result<Option<HeldCursor>, Error> {
        let Some(kept) = self.cursor(app).await? else {
            return Ok(None);
        };
        let since = match self.seen {
            Some((epoch, beat, since)) if (epoch, beat) == (kept.epoch, kept.beat) => since,
            _ => now,
        };
        self.seen = Some((kept.epoch, kept.beat, since));
        if kept.holder.is_some() && now.duration_since(since) <= LAPSE {
            return Ok(None);
        }
        let (replica, at) = (self.replica.clone(), app.clock.now());
        let taken =
            app.store.write(move |writer| write::cursor_take(writer, &kept, (&replica, at)));
        let taken = taken.await?;
        Ok(taken.map(|kept| HeldCursor { name: kept.name, place: kept.place, epoch: kept.epoch }))
    }

    /// The cursor as it is, made where there was none.
    async fn cursor(&self, app: &App) -> Result<Option<StoredCursor>, Error> {
        let kept = app.cursor(&self.name).await?;
        if kept.is_some() {
            return Ok(kept);
        }
        let (name, is_at_last) = (self.name.clone(), self.begin == Begin::Next);
        let work = move |writer: &mut sql::Writer<'_>| {
            write::cursor_make(writer, &name, is_at_last)?;
            write::cursor(writer, &name)
        };
        Ok(app.store.write(work).await?)
    }
}

impl HeldCursor {
    /// Tells that its holder lives; `false` where it was taken over.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn beat(&self, app: &App) -> Result<bool, Error> {
        let (name, epoch, now) = (self.name.clone(), self.epoch, app.clock.now());
        Ok(app.store.write(move |writer| write::cursor_beat(writer, (&name, epoch), now)).await?)
    }

    /// Keeps that all up to a place has been told; `false` where the cursor was taken over.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn advance(&mut self, app: &App, to: EventPlace) -> Result<bool, Error> {
        let (name, epoch, from) = (self.name.clone(), self.epoch, self.place);
        let now = app.clock.now();
        let work = move |writer: &mut sql::Writer<'_>| {
            write::cursor_move(writer, (&name, epoch), (from, to), now)
        };
        let is_moved = app.store.write(work).await?;
        if is_moved {
            self.place = to;
        }
        Ok(is_moved)
    }

    /// Keeps what goes wrong, for people to see.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn tell(&self, app: &App, error: &str) -> Result<(), Error> {
        let (name, epoch, error) = (self.name.clone(), self.epoch, error.to_owned());
        let now = app.clock.now();
        let work = move |writer: &mut sql::Writer<'_>| {
            write::cursor_tell(writer, (&name, epoch), &error, now)
        };
        Ok(app.store.write(work).await?)
    }

    /// Forgets what went wrong; `false` where the cursor was taken over.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn well(&self, app: &App) -> Result<bool, Error> {
        let (name, epoch) = (self.name.clone(), self.epoch);
        Ok(app.store.write(move |writer| write::cursor_well(writer, &name, epoch)).await?)
    }

    /// Leaves it to others, who need not wait then.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn leave(self, app: &App) -> Result<(), Error> {
        let Self { name, epoch, .. } = self;
        Ok(app.store.write(move |writer| write::cursor_leave(writer, &name, epoch)).await?)
    }
}

impl App {
    /// A cursor; `None` when there is none of this name.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn cursor(&self, name: &str) -> Result<Option<StoredCursor>, Error> {
        let name = name.to_owned();
        Ok(self.store.read(move |reader| write::cursor(reader, &name)).await?)
    }

    /// All cursors, by name, and how far each is behind, for whoever administers everything.
    ///
    /// # Errors
    /// [`Error::Forbidden`] and [`Error::Unauthenticated`]; others when the database can't be asked.
    pub async fn publishers(&self, ctx: &Context) -> Result<Vec<CursorState>, Error> {
        ctx.must_everywhere(Right::Administer)?;
        self.cursors().await
    }

    /// All cursors, by name, and how far each is behind.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn cursors(&self) -> Result<Vec<CursorState>, Error> {
        let work = |reader: &mut sql::Reader<'_>| {
            let last = write::last_commit(reader)?.number;
            let state = |cursor: StoredCursor| {
                let behind = last.0.saturating_sub(cursor.place.whole().0);
                CursorState { behind: u64::try_from(behind).unwrap_or(0), cursor }
            };
            Ok(write::cursors(reader)?.into_iter().map(state).collect())
        };
        Ok(self.store.read(work).await?)
    }

    /// Removes the cursor of a publisher that there is no more, so that it keeps no history from being
    /// folded. One that is still configured would begin anew.
    ///
    /// # Errors
    /// [`Error::PublisherAtWork`], [`Error::NotFound`], [`Error::Forbidden`] and
    /// [`Error::Unauthenticated`]; others when the database can't be asked.
    pub async fn publisher_remove(&self, ctx: &Context, name: &str) -> Result<(), Error> {
        ctx.must_everywhere(Right::Administer)?;
        let missing = Error::NotFound { what: "publisher" };
        if self.webhooks.all().any(|webhook| webhook.events && webhook.cursor() == name) {
            return Err(Error::PublisherAtWork);
        }
        let Some(kept) = self.cursor(name).await? else { return Err(missing) };
        let lapse = TimeDelta::from_std(LAPSE).unwrap_or(TimeDelta::MAX);
        let is_heard = kept.beat_at.is_some_and(|at| ctx.now - at <= lapse);
        if kept.holder.is_some() && is_heard {
            return Err(Error::PublisherAtWork);
        }
        let ctx = ctx.clone();
        let work = move |writer: &mut sql::Writer<'_>| {
            let is_gone = write::cursor_remove(writer, &kept)?;
            if is_gone {
                audit::keep(writer, &ctx, Action::PublisherRemoved, kept.name)?;
            }
            Ok(is_gone)
        };
        let is_gone = self.store.write(work).await?;
        if is_gone { Ok(()) } else { Err(Error::PublisherAtWork) }
    }
}
