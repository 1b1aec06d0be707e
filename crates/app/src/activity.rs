//! How much happens in the register, day by day.

use domain::access::Right;
use domain::activity::{DayCount, days, fill, quarter_of};
use domain::zone::Zone;
use sql::read;

use crate::{App, Context, Error};

/// The most days that are counted.
const DAYS_MAX: u32 = 366;

impl App {
    /// How many changes were made on each of the last days of a zone, today the last of them: of all
    /// records that whoever asks may see, save those of types of which they see only some.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for who may see nothing; others when the database can't be asked.
    pub async fn activity(
        &self,
        ctx: &Context,
        zone: Zone,
        count: u32,
    ) -> Result<Vec<DayCount>, Error> {
        ctx.must_anywhere(Right::View)?;
        let mut days = days(zone, ctx.now, count.clamp(1, DAYS_MAX));
        let from = days.first().map_or(0, |day| quarter_of(day.begins));
        // Whoever sees everything sees what happened to types that are gone, too.
        let sees_all = ctx.access.has_everywhere(Right::View);
        let types = self.schema.types().iter();
        let seen = types.filter(|of| ctx.access.has_all(Right::View, of.index));
        let seen: Vec<String> = seen.map(|of| of.name.to_string()).collect();
        let quarters = self
            .read(ctx, move |reader| {
                let names: Vec<&str> = seen.iter().map(String::as_str).collect();
                read::activity(reader, (!sees_all).then_some(names.as_slice()), from)
            })
            .await?;
        fill(&mut days, quarters);
        Ok(days)
    }
}
