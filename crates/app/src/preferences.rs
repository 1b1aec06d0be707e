//! How people want to see pages.

use domain::preferences::{Preferences, PreferencesChange};
use sql::write;

use crate::sign_in::own_name;
use crate::{App, Context, Error};

impl App {
    /// How whoever asks wants to see pages, as it is kept now.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`]; others when the database can't be asked.
    pub async fn preferences(&self, ctx: &Context) -> Result<Preferences, Error> {
        let name = own_name(ctx)?;
        let read = move |reader: &mut sql::Reader<'_>| write::user_named(reader, &name);
        Ok(self.store.read(read).await?.map(|user| user.preferences).unwrap_or_default())
    }

    /// Keeps how whoever asks wants to see pages.
    ///
    /// # Errors
    /// As [`Self::preferences`], and [`Error::Forbidden`] for a token that only looks.
    pub async fn prefer(&self, ctx: &Context, change: PreferencesChange) -> Result<(), Error> {
        let name = own_name(ctx)?;
        // A token that only looks says nothing for its owner.
        if ctx.actor.token().is_some() {
            ctx.must_act()?;
        }
        let keep = move |writer: &mut sql::Writer<'_>| {
            write::lock_register(writer)?;
            let Some(user) = write::user_named(writer, &name)? else {
                return Ok(());
            };
            let changed = user.preferences.changed(change);
            if changed == user.preferences {
                return Ok(());
            }
            write::user_prefers(writer, user.id, changed)
        };
        Ok(self.store.write(keep).await?)
    }
}
