//! Snapshots: a publisher tells of all records that are there, as they stood after one commit.
//!
//! Whoever is at the cursor makes them, between two pages of events and as things stood at its cursor:
//! so what is told of a record afterwards is always newer than what the snapshot told.

use domain::access::Right;
use domain::audit::Action;
use domain::query::{Expr, Page, Plan};
use domain::record::CommitNumber;
use domain::schema::TypeIndex;
use sql::write;

pub use sql::write::{SnapshotState, StoredSnapshot};

use super::cursors::HeldCursor;
use crate::{App, Context, Error, audit};

impl App {
    /// Asks a publisher for a snapshot, of all types or of one.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a publisher or a type that there is not, [`Error::SnapshotAsked`] while
    /// another one is not over, [`Error::Forbidden`] and [`Error::Unauthenticated`]; others when the
    /// database can't be asked.
    pub async fn snapshot_ask(
        &self,
        ctx: &Context,
        name: &str,
        type_name: Option<String>,
    ) -> Result<StoredSnapshot, Error> {
        ctx.must_everywhere(Right::Administer)?;
        if self.cursor(name).await?.is_none() {
            return Err(Error::NotFound { what: "publisher" });
        }
        if type_name.as_ref().is_some_and(|name| self.schema.named(name).is_none()) {
            return Err(Error::NotFound { what: "type" });
        }
        let (ctx, name) = (ctx.clone(), name.to_owned());
        let work = move |writer: &mut sql::Writer<'_>| {
            let of = (name.as_str(), type_name.as_deref());
            if !write::snapshot_ask(writer, of, (ctx.actor.name(), ctx.now))? {
                return Ok(None);
            }
            audit::keep(writer, &ctx, Action::SnapshotAsked, name.clone())?;
            write::snapshot(writer, &name)
        };
        self.store.write(work).await?.ok_or(Error::SnapshotAsked)
    }

    /// The last snapshot that a publisher was asked for.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn snapshot(&self, name: &str) -> Result<Option<StoredSnapshot>, Error> {
        let name = name.to_owned();
        Ok(self.store.read(move |reader| write::snapshot(reader, &name)).await?)
    }
}

impl HeldCursor {
    /// The snapshot that waits to be made, or to be made from its beginning by another replica.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn snapshot_waiting(&self, app: &App) -> Result<Option<StoredSnapshot>, Error> {
        Ok(app.snapshot(&self.name).await?.filter(|kept| !kept.state.is_over()))
    }

    /// Keeps how a snapshot stands; `false` where the cursor was taken over.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn snapshot_tell(&self, app: &App, snapshot: &StoredSnapshot) -> Result<bool, Error> {
        let (epoch, snapshot) = (self.epoch, snapshot.clone());
        Ok(app.store.write(move |writer| write::snapshot_tell(writer, &snapshot, epoch)).await?)
    }
}

/// All records of a type as they stood after a commit.
pub fn all_of(type_index: TypeIndex, as_of: CommitNumber) -> Plan {
    Plan {
        type_index,
        filter: Expr::all(),
        order: Vec::new(),
        page: Page::All,
        count: false,
        as_of: Some(as_of),
    }
}
