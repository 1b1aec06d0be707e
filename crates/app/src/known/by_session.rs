//! Who somebody is by the cookie of a session.

use std::sync::Arc;

use domain::access::{Actor, Limits};
use domain::record::Timestamp;
use sql::write;

use super::{By, Found, Known, Shown, access};
use crate::tokens::hash;
use crate::{App, Error};

impl App {
    /// Whose session this is, and what they may, while the head of all people is this one; `None`
    /// when it is none, or has ended.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn known_by_session(
        &self,
        people: i64,
        secret: &str,
        now: Timestamp,
    ) -> Result<Option<Known>, Error> {
        let (hash, limits) = (hash(secret), self.session_limits);
        let shown = Shown::Session(hash);
        // What was remembered may not know that another replica has seen the session since.
        let remembered = self.remembered.find(people, &shown).filter(|found| {
            let By::Session(session) = &found.by else {
                return false;
            };
            let seen_at = found.noted_at().unwrap_or(session.seen_at);
            !limits.are_over(session, seen_at, now)
        });
        let found = match remembered {
            Some(found) => Some(found),
            None => self.find_session(hash, now).await?,
        };
        let Some(found) = found else {
            return Ok(None);
        };
        if let By::Session(session) = &found.by
            && found.is_to_be_noted(now)
        {
            let id = session.id;
            self.note(move |writer| write::session_seen(writer, id, now));
        }
        Ok(Some(found.known.clone()))
    }

    async fn find_session(
        &self,
        hash: [u8; 32],
        now: Timestamp,
    ) -> Result<Option<Arc<Found>>, Error> {
        let limits = self.session_limits;
        self.read_known(Shown::Session(hash), move |reader, schema| {
            let Some((session, user)) = write::session_find(reader, &hash)? else {
                return Ok(None);
            };
            if limits.are_over(&session, session.seen_at, now) || !user.is_active {
                return Ok(None);
            }
            let access = access(reader, schema, Some(user.id), Limits::default())?.into();
            let (actor, session) = (Actor::User { user: user.name }, Arc::new(session));
            let preferences = user.preferences;
            let known = Known { actor, access, session: Some(Arc::clone(&session)), preferences };
            Ok(Some(Found::new(known, By::Session(session))))
        })
        .await
    }
}
