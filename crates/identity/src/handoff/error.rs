//! Why a parameter, or the settings of a provider, are refused.

use thiserror::Error;

use super::{Format, SECRET_MIN};

/// The check that a parameter failed, for the log and the audit.
///
/// Whoever tries to sign in is told only that it was refused: the difference would help those who
/// forge. So that it can be logged, it holds nothing of what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum HandoffError {
    /// More than [`super::PARAMETER_MAX`] bytes.
    #[error("the parameter is longer than {} bytes", super::PARAMETER_MAX)]
    TooLong,
    /// No base64url, or not of the parts that the format has.
    #[error("the parameter is not written as its format says")]
    Unreadable,
    /// A JWE of another algorithm, or with an extension.
    #[error("the header of the jwe asks for something else than dir and A256GCM")]
    Header,
    /// Changed on its way, or sealed with another secret or for another audience.
    #[error("no secret opens the parameter: it was changed, or sealed otherwise")]
    NotAuthentic,
    /// What was sealed are no pairs, or no JSON object without repetition.
    #[error("what was sealed is not written as its format says")]
    Malformed,
    /// Something required is not there, or empty.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// Something that may be said once is said again.
    #[error("{0} is said twice")]
    Repeated(&'static str),
    /// A value of another form than the one it must have.
    #[error("{0} has a value that is not allowed")]
    Faulty(&'static str),
    /// More than [`super::GROUPS_MAX`].
    #[error("there are more than {} groups", super::GROUPS_MAX)]
    TooManyGroups,
    /// Made for somebody else.
    #[error("aud names another audience")]
    OtherAudience,
    /// `exp` is past.
    #[error("the parameter has expired")]
    Expired,
    /// `iat` is still to come.
    #[error("the parameter is issued in the future")]
    NotYetIssued,
    /// `exp` is too far from `iat`, or not behind it.
    #[error("the parameter has a lifetime that is not allowed")]
    Lifetime,
}

/// What is wrong with the settings of a provider.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// A secret that could be guessed.
    #[error("the secret has {bytes} bytes and needs at least {SECRET_MIN}")]
    SecretTooShort {
        /// How many it has.
        bytes: usize,
    },
    /// Nothing to open a parameter with.
    #[error("a handoff needs a secret")]
    NoSecret,
    /// With no audience of its own, a parameter made for somebody else would count here.
    #[error("a handoff needs an audience")]
    NoAudience,
    /// A format that nobody wrote.
    #[error("{found:?} is no format of a handoff; there are {}", Format::ALL.map(Format::as_str).join(", "))]
    UnknownFormat {
        /// What stands there.
        found: String,
    },
}
