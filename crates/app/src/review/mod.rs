//! Change requests: changes that wait until somebody else agrees to them.
//!
//! ```text
//! submit ─ judge ─ park     claims, content, timeline              202
//! show                      content beside the register of now     an ETag of what is shown
//! act ─ decide ─ move       in one transaction, behind the lock    commit, where all have agreed
//! ```

mod act;
mod amend;
mod ask;
mod content;
mod park;
mod reviewers;
mod show;

use std::sync::Arc;

use domain::access::Right;
use sql::read::{self, Asking};

pub(crate) use act::carry_out;
pub use act::{Act, Acted, Asked};
pub(crate) use amend::{Amended, Amendment, amend};
pub use ask::{Again, Solved};
pub(crate) use park::park;
pub use reviewers::Reviewer;
pub(crate) use show::may_decide;
pub use show::{TakenAlong, ToldChange, ToldRequest};
pub use sql::read::{ListedRequest, RequestQuestion};
pub use sql::write::{Claimed, StoredEvent};

use crate::{App, Context, Error};

/// The most change requests on a page.
pub const REQUESTS_PAGE_MAX: u32 = 200;
/// Up to how many are counted: what a badge has room for.
pub const REQUESTS_COUNTED_MAX: u32 = 100;
/// The most characters of a title: a line in a list.
pub const TITLE_LENGTH_MAX: usize = 200;
/// The most characters of a comment: a page.
pub const COMMENT_LENGTH_MAX: usize = 10_000;
/// The most people who are asked to decide on one.
pub const REVIEWERS_MAX: usize = 20;

/// A page of change requests, newest first.
#[derive(Clone, Debug)]
pub struct RequestPage {
    /// The change requests.
    pub requests: Vec<ListedRequest>,
    /// Below which number the next page begins; `None` on the last.
    pub next: Option<i64>,
    /// How many there are in all, up to [`REQUESTS_COUNTED_MAX`].
    pub count: u64,
}

impl App {
    /// Reads a page of change requests: those that somebody may see.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`], [`Error::Forbidden`]; others when the database can't be asked.
    pub async fn requests(
        &self,
        ctx: &Context,
        question: RequestQuestion,
        limit: u32,
    ) -> Result<RequestPage, Error> {
        ctx.must_anywhere(Right::View)?;
        let (schema, ctx) = (Arc::clone(&self.schema), ctx.clone());
        let limit = limit.clamp(1, REQUESTS_PAGE_MAX);
        let read = move |reader: &mut sql::Reader<'_>| {
            let asking = Asking { schema: &schema, access: &ctx.access, user: ctx.actor.name() };
            let more = limit.saturating_add(1);
            let mut requests = read::requests(reader, asking, &question, more)?;
            let is_last = requests.len() <= limit as usize;
            requests.truncate(limit as usize);
            let next = requests.last().filter(|_| !is_last).map(|last| last.number);
            let whole = RequestQuestion { before: None, ..question };
            let count = read::requests_count(reader, asking, &whole, REQUESTS_COUNTED_MAX)?;
            Ok(RequestPage { requests, next, count })
        };
        Ok(self.store.read(read).await?)
    }

    /// Counts the change requests that somebody may see, up to [`REQUESTS_COUNTED_MAX`].
    ///
    /// # Errors
    /// As [`Self::requests`].
    pub async fn requests_count(
        &self,
        ctx: &Context,
        question: RequestQuestion,
    ) -> Result<u64, Error> {
        ctx.must_anywhere(Right::View)?;
        let (schema, ctx) = (Arc::clone(&self.schema), ctx.clone());
        let read = move |reader: &mut sql::Reader<'_>| {
            let asking = Asking { schema: &schema, access: &ctx.access, user: ctx.actor.name() };
            read::requests_count(reader, asking, &question, REQUESTS_COUNTED_MAX)
        };
        Ok(self.store.read(read).await?)
    }

    /// Reads a change request, beside the register as it is; `None` where there is none of this
    /// number that somebody may see.
    ///
    /// # Errors
    /// As [`Self::requests`].
    pub async fn request(&self, ctx: &Context, number: i64) -> Result<Option<ToldRequest>, Error> {
        ctx.must_anywhere(Right::View)?;
        let (schema, ctx) = (Arc::clone(&self.schema), ctx.clone());
        let read = move |reader: &mut sql::Reader<'_>| {
            let Some(shown) = show::find(reader, &schema, &ctx, number)? else {
                return Ok(None);
            };
            show::tell(reader, &schema, &ctx, shown).map(Some)
        };
        Ok(self.store.read(read).await?)
    }
}
