//! Tokens: how machines say who they are.

use domain::access::Actor;
use domain::record::Timestamp;

use crate::{App, Context, Error};

/// A token as it may be shown: everything but its secret.
#[derive(Clone, Debug)]
pub struct Token {
    /// Its number.
    pub id: i64,
    /// Whose it is.
    pub user: String,
    /// What its owner calls it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends; `None` for never.
    pub expires_at: Option<Timestamp>,
}

impl App {
    /// Makes a token and gives its secret, which is kept nowhere and shown this once.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn token_create(
        &self,
        _ctx: &Context,
        _user: &str,
        _name: &str,
        _expires_at: Option<Timestamp>,
    ) -> Result<String, Error> {
        todo!()
    }

    /// All tokens, oldest first.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn token_list(&self, _ctx: &Context) -> Result<Vec<Token>, Error> {
        todo!()
    }

    /// Ends a token at once; `false` when there is none of this number.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn token_revoke(&self, _ctx: &Context, _id: i64) -> Result<bool, Error> {
        todo!()
    }

    /// Whose secret this is; `None` when it is no token's, or an expired one's.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn authenticate(
        &self,
        _secret: &str,
        _now: Timestamp,
    ) -> Result<Option<Actor>, Error> {
        todo!()
    }
}
