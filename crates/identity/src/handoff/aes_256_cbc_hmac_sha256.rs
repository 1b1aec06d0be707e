//! The format `aes-256-cbc-hmac-sha256`: `base64url(iv 16 | ciphertext | mac 32)`.
//!
//! For providers whose libraries have no authenticated cipher. The text is padded (PKCS #7) and
//! encrypted, then the MAC covers the audience with its length, the iv and the ciphertext. It is
//! checked before anything is decrypted: else the padding would tell a forger what is inside.

use aes::Aes256;
use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::format::Codec;
use super::{HandoffError, Secret, base64url};

const PURPOSE: &str = "aes-256-cbc-hmac-sha256";

/// The format.
pub(super) struct Aes256CbcHmacSha256;

impl Codec for Aes256CbcHmacSha256 {
    fn seal(&self, secret: &Secret, audience: &str, iv: &[u8; 16], text: &[u8]) -> Option<String> {
        let keys = Keys::of(secret)?;
        let cipher = cbc::Encryptor::<Aes256>::new((&keys.cipher).into(), iv.into());
        let mut bytes = iv.to_vec();
        bytes.extend(cipher.encrypt_padded_vec::<Pkcs7>(text));
        let mac = keys.mac(audience, &bytes)?.finalize().into_bytes();
        bytes.extend(mac);
        Some(base64url::encode(&bytes))
    }

    fn open(&self, secret: &Secret, audience: &str, text: &str) -> Result<Vec<u8>, HandoffError> {
        let bytes = base64url::decode(text)?;
        let (covered, mac) = bytes.split_last_chunk::<32>().ok_or(HandoffError::Unreadable)?;
        let (iv, sealed) = covered.split_first_chunk::<16>().ok_or(HandoffError::Unreadable)?;
        let keys = Keys::of(secret).ok_or(HandoffError::NotAuthentic)?;
        let found = keys.mac(audience, covered).ok_or(HandoffError::NotAuthentic)?;
        // It takes the same time wherever the two differ.
        found.verify(mac.into()).or(Err(HandoffError::NotAuthentic))?;
        let cipher = cbc::Decryptor::<Aes256>::new((&keys.cipher).into(), iv.into());
        cipher.decrypt_padded_vec::<Pkcs7>(sealed).or(Err(HandoffError::Malformed))
    }
}

/// One key for each of the two tasks.
struct Keys {
    cipher: [u8; 32],
    mac: [u8; 32],
}

impl Keys {
    fn of(secret: &Secret) -> Option<Self> {
        let keys: [u8; 64] = secret.key(PURPOSE)?;
        Some(Self { cipher: *keys.first_chunk()?, mac: *keys.last_chunk()? })
    }

    /// The length keeps the audience from flowing into what follows it.
    fn mac(&self, audience: &str, covered: &[u8]) -> Option<Hmac<Sha256>> {
        let length = u64::try_from(audience.len()).ok()?.to_be_bytes();
        let mac = Hmac::new_from_slice(&self.mac).ok()?;
        Some(mac.chain_update(length).chain_update(audience).chain_update(covered))
    }
}
