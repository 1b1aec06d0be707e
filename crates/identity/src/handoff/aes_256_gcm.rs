//! The format `aes-256-gcm`: `base64url(nonce 12 | ciphertext | tag 16)`, with the audience as
//! additional data.

use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{Aes256Gcm as Cipher, KeyInit as _};

use super::format::Codec;
use super::{HandoffError, Secret, base64url};

/// Bytes of a nonce. (*Source:* NIST SP 800-38D, 8.2)
pub(super) const NONCE: usize = 12;

const PURPOSE: &str = "aes-256-gcm";

/// The format.
pub(super) struct Aes256Gcm;

impl Codec for Aes256Gcm {
    fn seal(&self, secret: &Secret, audience: &str, iv: &[u8; 16], text: &[u8]) -> Option<String> {
        let nonce = iv.first_chunk()?;
        let sealed = encrypt(&secret.key(PURPOSE)?, nonce, audience.as_bytes(), text)?;
        Some(base64url::encode(&[nonce.as_slice(), &sealed].concat()))
    }

    fn open(&self, secret: &Secret, audience: &str, text: &str) -> Result<Vec<u8>, HandoffError> {
        let bytes = base64url::decode(text)?;
        let (nonce, sealed) = bytes.split_first_chunk().ok_or(HandoffError::Unreadable)?;
        let key = secret.key(PURPOSE);
        key.and_then(|key| decrypt(&key, nonce, audience.as_bytes(), sealed))
            .ok_or(HandoffError::NotAuthentic)
    }
}

/// Gives the ciphertext with the tag behind it; `None` beyond 64 GiB.
pub(super) fn encrypt(
    key: &[u8; 32],
    nonce: &[u8; NONCE],
    aad: &[u8],
    msg: &[u8],
) -> Option<Vec<u8>> {
    Cipher::new(key.into()).encrypt(nonce.into(), Payload { msg, aad }).ok()
}

/// Takes the ciphertext with the tag behind it; `None` when anything was changed.
pub(super) fn decrypt(
    key: &[u8; 32],
    nonce: &[u8; NONCE],
    aad: &[u8],
    msg: &[u8],
) -> Option<Vec<u8>> {
    Cipher::new(key.into()).decrypt(nonce.into(), Payload { msg, aad }).ok()
}
