//! The session that somebody is signed in by, and how it is known that a write is theirs.

use std::sync::Arc;

use app::sign_in::StoredSession;
use domain::freshness::Key;

use crate::auth::csrf;
use crate::error::ApiError;

/// A session.
pub(crate) struct Session {
    pub(crate) kept: Arc<StoredSession>,
    pub(crate) held: Held,
}

/// By what somebody shows that a session is theirs.
pub(crate) enum Held {
    /// The secret of a cookie, which browsers send whatever page makes them.
    ByCookie(String),
    /// The headers of a proxy, which it adds whatever page has the browser send a request.
    ByHeaders {
        /// Whether the browser says that it was one of another site.
        is_other_site: bool,
    },
}

impl Session {
    /// The word that forms and writes carry.
    pub(crate) fn word(&self) -> String {
        match &self.held {
            Held::ByCookie(secret) => csrf::word(secret),
            Held::ByHeaders { .. } => String::new(),
        }
    }

    /// The same in the page that a key names: another one in each, so that what a page weighs when
    /// it is sent compressed tells nobody the word (CVE-2013-3587).
    pub(crate) fn word_in_page(&self, key: Key) -> String {
        match &self.held {
            Held::ByCookie(secret) => csrf::word_masked(secret, key),
            Held::ByHeaders { .. } => String::new(),
        }
    }

    /// Checks that whoever holds the session means what was sent with this word.
    pub(crate) fn check(&self, word: &str) -> Result<(), ApiError> {
        match &self.held {
            Held::ByCookie(secret) => csrf::check(word, secret),
            Held::ByHeaders { is_other_site: false } => Ok(()),
            Held::ByHeaders { is_other_site: true } => Err(ApiError::OtherSite),
        }
    }
}
