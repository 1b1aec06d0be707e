//! The handoff: a sign-in page of somebody else says who has come, in one sealed parameter of a form.
//!
//! The parameter is encrypted and authenticated with a secret that both sides hold, names the
//! register that it is for, lives for two minutes at most, and counts once. It passes through
//! the browser of whom it is about, so that nothing outside the seal is believed. `docs/handoff.md`
//! says byte by byte how it is made.
//!
//! Opening goes through four steps, each of which can refuse: the [`Format`] opens the seal and
//! reads what is inside, `fields` gathers it, `rules` checks it. That a nonce has not been used
//! before is for the caller to see to, who has a database.

mod aes_256_cbc_hmac_sha256;
mod aes_256_gcm;
mod base64url;
mod error;
mod fields;
mod format;
mod jwe;
mod pairs;
mod rules;
mod secret;
#[cfg(test)]
mod tests;

use chrono::TimeDelta;
use domain::record::Timestamp;

use crate::Assertion;

pub use error::{HandoffError, SettingsError};
pub use format::Format;
pub use rules::GROUPS_MAX;
pub use secret::{SECRET_MIN, Secret};

use fields::Fields;

/// The longest parameter, in bytes: 500 groups of common length fit, and nobody's memory is filled.
pub const PARAMETER_MAX: usize = 16 * 1024;

/// A provider that hands its users over, as the configuration has it.
#[derive(Clone, Debug)]
pub struct Handoff {
    name: String,
    audience: String,
    secrets: Vec<Secret>,
    format: Format,
    limits: Limits,
}

/// How far a provider's times may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest time from `iat` to `exp`.
    pub lifetime_max: TimeDelta,
    /// How far the two clocks may be apart.
    pub leeway: TimeDelta,
}

impl Default for Limits {
    /// Two minutes, and half a minute between the clocks.
    fn default() -> Self {
        Self { lifetime_max: TimeDelta::seconds(120), leeway: TimeDelta::seconds(30) }
    }
}

/// What was inside a parameter that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Who has come.
    pub assertion: Assertion,
    /// What tells this parameter from all others of this provider: one that was seen before is
    /// refused by the caller.
    pub nonce: String,
    /// Until when the nonce is to be remembered: `exp` and the leeway, from when on time itself
    /// refuses the parameter.
    pub expires_at: Timestamp,
}

/// What a provider says when it seals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// Who has come.
    pub assertion: Assertion,
    /// 16 to 128 letters, digits and `-._~` that were never sent before.
    pub nonce: String,
    /// When it was made; whole seconds are sent.
    pub issued_at: Timestamp,
    /// From when on it counts no more; whole seconds are sent.
    pub expires_at: Timestamp,
}

impl Handoff {
    /// A provider of this name, for whom we are `audience`, with the usual [`Limits`].
    ///
    /// Every secret opens, so that both sides need not change theirs in the same moment; the
    /// first one seals.
    ///
    /// # Errors
    /// [`SettingsError::NoSecret`], [`SettingsError::NoAudience`].
    pub fn new(
        name: impl Into<String>,
        audience: impl Into<String>,
        secrets: Vec<Secret>,
        format: Format,
    ) -> Result<Self, SettingsError> {
        let audience = audience.into();
        if audience.is_empty() {
            return Err(SettingsError::NoAudience);
        }
        if secrets.is_empty() {
            return Err(SettingsError::NoSecret);
        }
        Ok(Self { name: name.into(), audience, secrets, format, limits: Limits::default() })
    }

    /// The same with other limits.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// What the configuration and the address call the provider.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Opens a parameter and checks everything but whether its nonce was used before.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn open(&self, parameter: &str, now: Timestamp) -> Result<Opened, HandoffError> {
        if parameter.len() > PARAMETER_MAX {
            return Err(HandoffError::TooLong);
        }
        let plaintext = self.unseal(parameter)?;
        let Ok(plaintext) = std::str::from_utf8(&plaintext) else {
            return Err(HandoffError::Malformed);
        };
        let fields = self.format.codec().read(plaintext)?;
        rules::check(fields, &self.audience, self.limits, now)
    }

    /// Seals what a provider says, checking nothing but the length. `iv` is 16 random bytes, never
    /// the same again with this secret; formats that need 12 take the first ones.
    ///
    /// # Errors
    /// [`HandoffError::TooLong`].
    pub fn seal(&self, claims: &Claims, iv: &[u8; 16]) -> Result<String, HandoffError> {
        let codec = self.format.codec();
        let plaintext = codec.write(&Fields::of(claims, &self.audience));
        let sealed = self
            .secrets
            .first()
            .and_then(|secret| codec.seal(secret, &self.audience, iv, plaintext.as_bytes()));
        sealed.filter(|text| text.len() <= PARAMETER_MAX).ok_or(HandoffError::TooLong)
    }

    /// Tries each secret, since a parameter doesn't say which one it was sealed with.
    fn unseal(&self, parameter: &str) -> Result<Vec<u8>, HandoffError> {
        let codec = self.format.codec();
        for secret in &self.secrets {
            match codec.open(secret, &self.audience, parameter) {
                Err(HandoffError::NotAuthentic) => {}
                opened => return opened,
            }
        }
        Err(HandoffError::NotAuthentic)
    }
}
