//! Which check of a sign-in failed, in words for the log: never a secret, a code or a token.

use std::error::Error;

use crate::TrustError;

/// Why somebody is not signed in.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// The settings can't be used.
    #[error("{0}")]
    Settings(String),
    /// No connection with TLS can be made.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The provider does not tell of itself, or not what it should.
    #[error("discovery failed: {0}")]
    Discovery(String),
    /// The provider names an address that anybody on the way could read.
    #[error("the provider's {what} has no https")]
    Insecure {
        /// Which of its addresses.
        what: &'static str,
    },
    /// Our own address can't be understood.
    #[error("the address to come back to is wrong: {0}")]
    RedirectUrl(String),
    /// The browser brings an answer to a question that it was not sent with.
    #[error("the state is not the one that the browser was sent with")]
    State,
    /// The answer is another provider's.
    #[error("the answer is from another issuer")]
    OtherIssuer,
    /// The provider does not give tokens for the code.
    #[error("the code could not be exchanged: {0}")]
    Exchange(String),
    /// The provider gave other tokens, but none that tells who it is.
    #[error("the provider gave no id token")]
    NoIdToken,
    /// The token is not signed by the provider.
    #[error("the signature of the id token is not good: {0}")]
    Signature(&'static str),
    /// The token is of another sign-in.
    #[error("the id token has another nonce")]
    Nonce,
    /// The token is for another client, or for others too.
    #[error("the id token is not for this client alone")]
    Audience,
    /// The token is from another provider.
    #[error("the id token is from another issuer")]
    Issuer,
    /// The token has expired, or the clocks differ.
    #[error("the id token has expired")]
    Expired,
    /// The token has a form that is not taken.
    #[error("the id token is not one that is taken")]
    Form,
    /// The token does not name the user.
    #[error("the id token has no claim {claim} that can be a user's name")]
    NoUser {
        /// The claim that should name the user.
        claim: String,
    },
    /// The name would be an address of mail that the provider has not seen proof of.
    #[error("the user would be known by an email address that the provider has not verified")]
    UnverifiedEmail,
}

/// An error with all its causes in one line.
pub(super) fn told(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let part = error.to_string();
        // Some errors tell their cause's text as theirs.
        if !text.contains(&part) {
            text = format!("{text}: {part}");
        }
        cause = error.source();
    }
    text
}
