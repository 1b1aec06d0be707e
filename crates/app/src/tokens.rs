//! Tokens: how machines say who they are.

use std::fmt::Write as _;

use domain::access::Actor;
use domain::audit::Action;
use domain::record::Timestamp;
use sha2::{Digest, Sha256};
use sql::write::{self, StoredToken};

use crate::{App, Context, Error, audit};

/// What every secret begins with, so that scanners for leaked secrets can know ours.
pub const SECRET_PREFIX: &str = "domesday_";

impl App {
    /// Makes a token and gives its secret, which is kept nowhere and shown this once.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn token_create(
        &self,
        ctx: &Context,
        user: &str,
        name: &str,
        expires_at: Option<Timestamp>,
    ) -> Result<String, Error> {
        let mut secret = SECRET_PREFIX.to_owned();
        for byte in self.entropy.bytes() {
            write!(secret, "{byte:02x}").unwrap_or_default();
        }
        let token = StoredToken {
            id: 0,
            user: user.to_owned(),
            name: name.to_owned(),
            created_at: ctx.now,
            expires_at,
        };
        let hash = hash(&secret);
        let ctx = ctx.clone();
        self.store
            .write(move |writer| {
                write::token_add(writer, &token, &hash)?;
                audit::keep(writer, &ctx, Action::TokenCreated, subject(&token))
            })
            .await?;
        Ok(secret)
    }

    /// All tokens, oldest first.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn token_list(&self, _ctx: &Context) -> Result<Vec<StoredToken>, Error> {
        Ok(self.store.read(write::token_list).await?)
    }

    /// Ends a token at once; `false` when there is none of this number.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn token_revoke(&self, ctx: &Context, id: i64) -> Result<bool, Error> {
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

    /// Whose secret this is; `None` when it is no token's, or an expired one's.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn authenticate(&self, secret: &str, now: Timestamp) -> Result<Option<Actor>, Error> {
        if !secret.starts_with(SECRET_PREFIX) {
            return Ok(None);
        }
        let hash = hash(secret);
        let found = self.store.read(move |reader| write::token_find(reader, &hash)).await?;
        Ok(found
            .filter(|token| token.expires_at.is_none_or(|end| now < end))
            .map(|token| Actor::Token { user: token.user, token: token.name }))
    }
}

/// What the audit calls a token.
fn subject(token: &StoredToken) -> String {
    format!("token {} of {}", token.name, token.user)
}

/// The secrets are 256 random bits, which no list of likely ones holds: one round is enough, and
/// looking a hash up tells nobody how near a guess came.
fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}
