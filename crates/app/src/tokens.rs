//! Tokens: how machines say who they are.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::IpAddr;

use chrono::TimeDelta;
use domain::access::{Actor, Limits, Missing, Right, Rights};
use domain::audit::Action;
use domain::record::Timestamp;
use domain::schema::{Schema, TypeIndex};
use ipnet::IpNet;
use sha2::{Digest, Sha256};
use sql::write;

pub use sql::write::StoredToken;

use crate::known::{self, By, Found, Known, Shown};
use crate::{App, Context, Error, audit};

/// What every secret begins with, so that scanners for leaked secrets can know ours.
pub const SECRET_PREFIX: &str = "domesday_";
/// How old the time of a token's or a session's last use may get.
pub(crate) const USE_NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);

/// A token to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewToken {
    /// Whose it is.
    pub user: String,
    /// What its owner calls it.
    pub name: String,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// What it leaves of its owner's rights.
    pub limits: Limits,
    /// The networks that it is taken from; empty for anywhere.
    pub networks: Vec<IpNet>,
}

impl App {
    /// Makes a token and gives its secret, which is kept nowhere and shown this once.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is no such user; [`Error::Forbidden`] for somebody else's
    /// without the right to administer, and for one made with a token, which could outlive that
    /// and be wider; others when the database can't be asked.
    pub async fn token_create(&self, ctx: &Context, new: NewToken) -> Result<String, Error> {
        let is_own = ctx.is_known() && ctx.actor.name() == new.user;
        if !is_own {
            ctx.must_everywhere(Right::Administer)?;
        }
        if ctx.actor.token().is_some() {
            return Err(Error::Forbidden(Missing { right: Right::Administer, of: None }));
        }
        let secret = self.secret(SECRET_PREFIX);
        let types = new.limits.types.as_ref().map(|types| type_names(&self.schema, types));
        let networks: Vec<String> = new.networks.iter().map(ToString::to_string).collect();
        let token = StoredToken {
            id: 0,
            user: new.user,
            name: new.name,
            created_at: ctx.now,
            expires_at: new.expires_at,
            rights: new.limits.rights.map(|rights| rights.to_string()),
            types: types.map(|types| types.join(",")),
            networks: (!networks.is_empty()).then(|| networks.join(",")),
            last_used_at: None,
        };
        let hash = hash(&secret);
        let ctx = ctx.clone();
        let is_there = self.store.write(move |writer| {
            if write::user_named(writer, &token.user)?.is_none() {
                return Ok(false);
            }
            write::token_add(writer, &token, &hash)?;
            audit::keep(writer, &ctx, Action::TokenCreated, subject(&token))?;
            Ok(true)
        });
        if is_there.await? { Ok(secret) } else { Err(Error::NotFound { what: "user" }) }
    }

    /// The tokens that somebody may see, oldest first: their own, or all.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`]; others when the database can't be asked.
    pub async fn token_list(&self, ctx: &Context) -> Result<Vec<StoredToken>, Error> {
        if !ctx.is_known() {
            return Err(Error::Unauthenticated);
        }
        let mut tokens = self.store.read(write::token_list).await?;
        if !ctx.access.has_everywhere(Right::Administer) {
            tokens.retain(|token| token.user == ctx.actor.name());
        }
        Ok(tokens)
    }

    /// Ends a token at once; `false` when there is none of this number that somebody may see.
    ///
    /// # Errors
    /// As [`Self::token_list`].
    pub async fn token_revoke(&self, ctx: &Context, id: i64) -> Result<bool, Error> {
        if !self.token_list(ctx).await?.iter().any(|token| token.id == id) {
            return Ok(false);
        }
        let ctx = ctx.clone();
        let revoke = move |writer: &mut sql::Writer<'_>| {
            let Some(token) = write::token_revoke(writer, id)? else {
                return Ok(false);
            };
            audit::keep(writer, &ctx, Action::TokenRevoked, subject(&token))?;
            Ok(true)
        };
        Ok(self.store.write(revoke).await?)
    }

    /// Whose secret this is, and what they may, while the head of all people is this one; `None`
    /// when it is no token's, or one's that has expired, is not taken from this address, or whose
    /// owner is let in no more.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn known_by_token(
        &self,
        people: i64,
        secret: &str,
        (address, now): (Option<IpAddr>, Timestamp),
    ) -> Result<Option<Known>, Error> {
        if !secret.starts_with(SECRET_PREFIX) {
            return Ok(None);
        }
        let hash = hash(secret);
        let found = self.find_known(people, Shown::Token(hash), move |reader, schema| {
            let Some(token) = write::token_find(reader, &hash)? else {
                return Ok(None);
            };
            let user = write::user_named(reader, &token.user)?;
            let Some(user) = user.filter(|user| user.is_active) else {
                return Ok(None);
            };
            let access = known::access(reader, schema, Some(user.id), limits(schema, &token))?;
            let actor = Actor::Token { user: token.user.clone(), token: token.name.clone() };
            let preferences = user.preferences;
            let known = Known { actor, access: access.into(), session: None, preferences };
            Ok(Some(Found::new(known, By::Token(token.into()))))
        });
        let Some(found) = found.await? else {
            return Ok(None);
        };
        let By::Token(token) = &found.by else {
            return Ok(None);
        };
        if !is_good(token, address, now) {
            return Ok(None);
        }
        if found.is_to_be_noted(now) {
            let id = token.id;
            self.note(move |writer| write::token_used(writer, id, now));
        }
        Ok(Some(found.known.clone()))
    }

    /// A secret of 256 random bits.
    pub fn new_secret(&self) -> String {
        self.secret("")
    }

    /// A secret of 256 random bits behind a prefix.
    pub(crate) fn secret(&self, prefix: &str) -> String {
        let mut secret = prefix.to_owned();
        for byte in self.entropy.bytes() {
            write!(secret, "{byte:02x}").unwrap_or_default();
        }
        secret
    }

    /// Writes something down that nobody waits for; what can't be is told in the log.
    pub(crate) fn note(
        &self,
        work: impl FnOnce(&mut sql::Writer<'_>) -> Result<(), sql::StoreError> + Send + 'static,
    ) {
        let store = self.store.clone();
        tokio::spawn(async move {
            if let Err(error) = store.write(work).await {
                tracing::debug!(%error, "a last use could not be noted");
            }
        });
    }
}

fn is_good(token: &StoredToken, address: Option<IpAddr>, now: Timestamp) -> bool {
    let is_taken_from_here = token.networks.as_deref().is_none_or(|networks| {
        let mut networks = networks.split(',').filter_map(|text| text.parse::<IpNet>().ok());
        address.is_some_and(|address| networks.any(|network| network.contains(&address)))
    });
    token.expires_at.is_none_or(|end| now < end) && is_taken_from_here
}

/// What a token leaves of its owner's rights; what it names and is not there any more is left out.
fn limits(schema: &Schema, token: &StoredToken) -> Limits {
    let rights = token.rights.as_deref();
    let types = token
        .types
        .as_deref()
        .map(|names| names.split(',').filter_map(|name| Some(schema.named(name)?.index)).collect());
    Limits { rights: rights.map(|text| Rights::parse(text).unwrap_or_default()), types }
}

fn type_names(schema: &Schema, types: &BTreeSet<TypeIndex>) -> Vec<String> {
    types.iter().map(|index| schema.get(*index).name.to_string()).collect()
}

/// What the audit calls a token.
fn subject(token: &StoredToken) -> String {
    format!("token {} of {}", token.name, token.user)
}

/// The secrets are 256 random bits, which no list of likely ones holds: one round is enough, and
/// looking a hash up tells nobody how near a guess came.
pub(crate) fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}
