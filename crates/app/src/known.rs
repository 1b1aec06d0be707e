//! Who somebody is found to be, and what they may.

mod by_session;
mod remembered;

use std::sync::Arc;

use domain::access::{Access, Actor, Grant, Limits, Right, Rights, Scope, is_fit_for_grant};
use domain::filter::filter;
use domain::preferences::Preferences;
use domain::review::Ask;
use domain::schema::Schema;
use sql::write::{StoredGrant, StoredSession};
use sql::{Reader, StoreError, write};

pub use remembered::Remembered;
pub(crate) use remembered::{By, Found, Shown};

use crate::{App, Context, Error};

/// The group that everybody is in, known or not.
pub const ANONYMOUS: &str = "anonymous";

/// Somebody, and what they may.
#[derive(Clone, Debug)]
pub struct Known {
    /// Who.
    pub actor: Actor,
    /// What they may.
    pub access: Arc<Access>,
    /// The session that they are signed in by.
    pub session: Option<Arc<StoredSession>>,
    /// How they want to see pages.
    pub preferences: Preferences,
}

impl Known {
    fn nobody(access: Arc<Access>) -> Self {
        let preferences = Preferences::default();
        Self { actor: Actor::Anonymous, access, session: None, preferences }
    }
}

impl App {
    /// Somebody who does not say who they are, while the head of all people is this one.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn anonymous(&self, people: i64) -> Result<Known, Error> {
        let found = self.find_known(people, Shown::Nothing, |reader, schema| {
            let access = access(reader, schema, None, Limits::default())?.into();
            Ok(Some(Found::new(Known::nobody(access), By::Nothing)))
        });
        let found = found.await?;
        let nothing = || Known::nobody(Arc::default());
        Ok(found.map_or_else(nothing, |found| found.known.clone()))
    }

    /// Who showed something: remembered while the head of all people is this one, or else read.
    pub(crate) async fn find_known(
        &self,
        people: i64,
        shown: Shown,
        read: impl FnOnce(&mut Reader<'_>, &Schema) -> Result<Option<Found>, StoreError>
        + Send
        + 'static,
    ) -> Result<Option<Arc<Found>>, Error> {
        match self.remembered.find(people, &shown) {
            Some(found) => Ok(Some(found)),
            None => self.read_known(shown, read).await,
        }
    }

    /// Reads who showed something, together with the head that it is remembered under.
    pub(crate) async fn read_known(
        &self,
        shown: Shown,
        read: impl FnOnce(&mut Reader<'_>, &Schema) -> Result<Option<Found>, StoreError>
        + Send
        + 'static,
    ) -> Result<Option<Arc<Found>>, Error> {
        let schema = Arc::clone(&self.schema);
        let read = move |reader: &mut Reader<'_>| {
            let Some(found) = read(reader, &schema)? else {
                return Ok(None);
            };
            Ok(Some((sql::read::heads(reader, &schema)?.people, Arc::new(found))))
        };
        let found = self.store.read(read).await?;
        Ok(found.map(|(people, found)| {
            self.remembered.keep(people, shown, &found);
            found
        }))
    }
}

impl App {
    /// What whoever holds the database does in the name of a user, with the rights of that user.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is no such user, or they are let in no more; others when the
    /// database can't be asked.
    pub async fn acting_as(&self, ctx: &Context, user: &str) -> Result<Context, Error> {
        ctx.must_everywhere(Right::Administer)?;
        let (schema, name) = (Arc::clone(&self.schema), user.to_owned());
        let read = move |reader: &mut Reader<'_>| {
            let user = write::user_named(reader, &name)?.filter(|user| user.is_active);
            let Some(user) = user else {
                return Ok(None);
            };
            let access = access(reader, &schema, Some(user.id), Limits::default())?;
            Ok(Some((user.name, access)))
        };
        let found = self.store.read(read).await?;
        let (user, access) = found.ok_or(Error::NotFound { what: "user" })?;
        let (actor, access) = (Actor::User { user }, access.into());
        Ok(Context { actor, access, ask: Ask::Whatever, ..ctx.clone() })
    }
}

/// What a user may, or somebody unknown, within the limits of a token.
pub(crate) fn access(
    reader: &mut Reader<'_>,
    schema: &Schema,
    user: Option<i64>,
    limits: Limits,
) -> Result<Access, StoreError> {
    let grants = write::grants_of(reader, user, ANONYMOUS)?;
    let grants = grants.iter().filter_map(|stored| match grant(schema, stored) {
        Ok(grant) => Some(grant),
        Err(why) => {
            tracing::warn!(id = stored.id, group = stored.group, why, "a grant grants nothing");
            None
        }
    });
    Ok(Access::new(grants.collect(), limits))
}

/// Reads a grant as it is kept.
///
/// # Errors
/// Why it grants nothing: a type or field that it names is not there, or its filter is no filter.
pub fn grant(schema: &Schema, stored: &StoredGrant) -> Result<Grant, String> {
    let rights =
        Rights::parse(&stored.rights).map_err(|word| format!("there is no right {word}"))?;
    if rights.is_empty() {
        return Err("it names no right".to_owned());
    }
    let scope = match (&stored.type_name, &stored.filter) {
        (None, None) => Scope::Everything,
        (None, Some(_)) => return Err("a filter is of a type".to_owned()),
        (Some(name), text) => {
            let of = schema.named(name).ok_or_else(|| format!("there is no type {name}"))?;
            match text {
                None => Scope::Type(of.index),
                Some(text) => {
                    let pairs: Vec<(String, String)> =
                        form_urlencoded::parse(text.as_bytes()).into_owned().collect();
                    let expr = filter(of, schema, &pairs).map_err(|faults| faults.to_string())?;
                    if pairs.is_empty() || !is_fit_for_grant(&expr) {
                        return Err("regular expressions and nothing are no grant".to_owned());
                    }
                    Scope::Records(of.index, expr)
                }
            }
        }
    };
    Ok(Grant { rights, scope })
}
