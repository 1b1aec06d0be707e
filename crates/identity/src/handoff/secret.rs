//! What both sides hold, and the keys that follow from it.

use std::fmt;

use hkdf::Hkdf;
use sha2::Sha256;

use super::SettingsError;

/// The shortest secret, in bytes: as long as the keys that are made from it.
pub const SECRET_MIN: usize = 32;

/// Parts our keys from those that others may make of the same secret.
const SALT: &[u8] = b"domesday handoff v1";

/// A secret that a provider shares with us. It can't be printed.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// Takes the bytes as they are: a secret in hexadecimal is not decoded.
    ///
    /// # Errors
    /// [`SettingsError::SecretTooShort`] below [`SECRET_MIN`].
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, SettingsError> {
        let bytes = bytes.into();
        if bytes.len() < SECRET_MIN {
            return Err(SettingsError::SecretTooShort { bytes: bytes.len() });
        }
        Ok(Self(bytes))
    }

    /// The key for one purpose, by HKDF-SHA256 (*Source:* RFC 5869); `None` beyond its 8,160 bytes.
    pub(super) fn key<const N: usize>(&self, purpose: &str) -> Option<[u8; N]> {
        let mut key = [0; N];
        Hkdf::<Sha256>::new(Some(SALT), &self.0).expand(purpose.as_bytes(), &mut key).ok()?;
        Some(key)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
