//! The one path of a read.

use domain::change::Target;
use domain::query::{Cursor, Plan};
use domain::record::Record;
use domain::schema::TypeIndex;
use tokio::sync::mpsc;

use crate::{App, Context, Error};

/// One page of records.
#[derive(Clone, Debug)]
pub struct Found {
    /// The records, in the plan's order.
    pub records: Vec<Record>,
    /// How many the filter matches, where the plan asks for it.
    pub count: Option<u64>,
    /// How many there are of the type, whatever the filter.
    pub total: u64,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<Cursor>,
    /// Where the page before ends; `None` on the first one.
    pub previous: Option<Cursor>,
}

impl App {
    /// Reads one page.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn find(&self, _ctx: &Context, _plan: Plan) -> Result<Found, Error> {
        todo!()
    }

    /// Reads one record; `None` when there is none.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn get(
        &self,
        _ctx: &Context,
        _type_index: TypeIndex,
        _target: Target,
    ) -> Result<Option<Record>, Error> {
        todo!()
    }

    /// Reads everything the plan matches, in batches, as of one moment, with constant memory: the
    /// reader waits while the channel is full.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn export(
        &self,
        _ctx: &Context,
        _plan: Plan,
    ) -> Result<mpsc::Receiver<Result<Vec<Record>, Error>>, Error> {
        todo!()
    }
}
