//! The ways to seal, by name.

use super::aes_256_cbc_hmac_sha256::Aes256CbcHmacSha256;
use super::aes_256_gcm::Aes256Gcm;
use super::fields::Fields;
use super::jwe::Jwe;
use super::{HandoffError, Secret, SettingsError, pairs};

/// How parameters of a provider are sealed.
///
/// It is set for each provider and never taken from the parameter, so that nobody can ask for a
/// weaker one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// AES-256 in Galois/counter mode around pairs.
    #[default]
    Aes256Gcm,
    /// AES-256 in CBC mode, then HMAC-SHA256, around pairs.
    Aes256CbcHmacSha256,
    /// A compact JWE around a JSON object.
    Jwe,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 3] = [Self::Aes256Gcm, Self::Aes256CbcHmacSha256, Self::Jwe];

    /// Reads the name that the configuration gives.
    ///
    /// # Errors
    /// [`SettingsError::UnknownFormat`].
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        let found = Self::ALL.into_iter().find(|format| format.as_str() == text);
        found.ok_or_else(|| SettingsError::UnknownFormat { found: text.to_owned() })
    }

    /// What the configuration calls it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Aes256Gcm => "aes-256-gcm",
            Self::Aes256CbcHmacSha256 => "aes-256-cbc-hmac-sha256",
            Self::Jwe => "jwe",
        }
    }

    pub(super) fn codec(self) -> &'static dyn Codec {
        match self {
            Self::Aes256Gcm => &Aes256Gcm,
            Self::Aes256CbcHmacSha256 => &Aes256CbcHmacSha256,
            Self::Jwe => &Jwe,
        }
    }
}

/// What a format does. Another one is another file, and a name in [`Format`].
pub(super) trait Codec: Sync {
    /// Encrypts and authenticates; `None` when it is more than the cipher can hold.
    fn seal(&self, secret: &Secret, audience: &str, iv: &[u8; 16], text: &[u8]) -> Option<String>;

    /// Checks that nothing was changed, then decrypts.
    ///
    /// # Errors
    /// [`HandoffError::NotAuthentic`] when another secret may do better, else what is wrong with
    /// the parameter.
    fn open(&self, secret: &Secret, audience: &str, text: &str) -> Result<Vec<u8>, HandoffError>;

    /// Writes what is to be sealed.
    fn write(&self, fields: &Fields) -> String {
        pairs::write(fields)
    }

    /// Reads what was sealed.
    ///
    /// # Errors
    /// [`HandoffError::Malformed`], and those of [`Fields::put`].
    fn read(&self, text: &str) -> Result<Fields, HandoffError> {
        pairs::read(text)
    }
}
