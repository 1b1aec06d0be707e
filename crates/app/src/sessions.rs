//! Where other people are signed in, for those who administer.

use domain::access::Right;
use domain::audit::Action;
use sql::Writer;
use sql::write;

pub use sql::write::StoredSession;

use crate::people::given_up;
use crate::{App, Context, Error, audit};

impl App {
    /// The sessions of another user, the last used first; those that are over are left out.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right to administer, [`Error::NotFound`] where there is no
    /// such user; others when the database can't be asked.
    pub async fn sessions_of(
        &self,
        ctx: &Context,
        user: &str,
    ) -> Result<Vec<StoredSession>, Error> {
        ctx.must_everywhere(Right::Administer)?;
        let name = user.to_owned();
        let read = move |reader: &mut sql::Reader<'_>| match write::user_named(reader, &name)? {
            Some(user) => write::sessions_of(reader, user.id).map(Some),
            None => Ok(None),
        };
        let found = self.store.read(read).await?;
        let mut sessions = found.ok_or(Error::NotFound { what: "user" })?;
        sessions.retain(|kept| !self.session_limits.are_over(kept, kept.seen_at, ctx.now));
        Ok(sessions)
    }

    /// Ends one of the sessions of another user, or all of them; tells whether there was one.
    ///
    /// # Errors
    /// As [`Self::sessions_of`].
    pub async fn sessions_end_of(
        &self,
        ctx: &Context,
        user: &str,
        which: Option<i64>,
    ) -> Result<bool, Error> {
        ctx.must_everywhere(Right::Administer)?;
        let (ctx, name) = (ctx.clone(), user.to_owned());
        let end = move |writer: &mut Writer<'_>| {
            write::lock_register(writer)?;
            let Some(user) = write::user_named(writer, &name)? else {
                return Err(given_up(Error::NotFound { what: "user" }));
            };
            let (were_there, subject) = if let Some(id) = which {
                (write::session_end(writer, user.id, id)?, format!("session {id} of {name}"))
            } else {
                let were_there = !write::sessions_of(writer, user.id)?.is_empty();
                write::sessions_end(writer, user.id, None)?;
                (were_there, format!("all sessions of {name}"))
            };
            if were_there {
                audit::keep(writer, &ctx, Action::SignedOut, subject)?;
            }
            Ok(were_there)
        };
        Ok(self.store.write(end).await?)
    }
}
