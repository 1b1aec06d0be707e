//! How many records have each value of a field.

use std::sync::Arc;

use domain::access::{Restricted, Right};
use domain::query::Plan;
use domain::schema::FieldIndex;
use sql::read;

pub use sql::read::Counted;

use crate::rights;
use crate::{App, Context, Error};

impl App {
    /// Counts the records that a plan matches by their values of a `ref`, `choice` or `boolean`
    /// field, the most frequent first; at most `limit` values. Records without one are left out,
    /// and so are records pointed to that whoever asks may not see.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; others when the database can't be asked.
    pub async fn tally(
        &self,
        ctx: &Context,
        plan: Plan,
        field: FieldIndex,
        limit: u32,
    ) -> Result<Vec<Counted>, Error> {
        let restricted = ctx.access.restrict(&self.schema, plan);
        let Restricted { plan, .. } = restricted.map_err(|missing| ctx.denied(missing))?;
        let (schema, access) = (Arc::clone(&self.schema), Arc::clone(&ctx.access));
        let read = move |reader: &mut sql::Reader<'_>| {
            let mut counted = read::tally(reader, &schema, &plan, field, limit)?;
            let of = schema.get(plan.type_index);
            if let Some(target) = of.field(field).kind.target() {
                let ids: Vec<_> = counted.iter().filter_map(|one| one.id).collect();
                let asked = (target, ids.as_slice());
                let seen = rights::held(reader, &schema, (&access, Right::View), asked, None)?;
                counted.retain(|one| one.id.is_some_and(|id| seen.contains(&id)));
            }
            Ok(counted)
        };
        Ok(self.read(ctx, read).await?)
    }
}
