//! Signatures by which a receiver knows that a delivery is ours and as we sent it.
//!
//! *Source:* the Standard Webhooks specification: HMAC-SHA256 over `id.timestamp.body`, in base64
//! behind `v1,`; of several keys, all signatures stand in the header, parted by spaces, so that a
//! receiver may know any of them while a secret is replaced.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::secret::Secret;
use domain::webhook::{SECRET_MAX, SECRET_MIN};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// What secrets begin with, so that people and scanners know one when they see it.
const PREFIX: &str = "whsec_";

/// A secret that can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("takes whsec_ and {SECRET_MIN} to {SECRET_MAX} random bytes in base64")]
pub struct BadSecret;

/// The keys that deliveries are signed with.
#[derive(Clone)]
pub struct Keys(Vec<Hmac<Sha256>>);

impl Keys {
    /// The keys of secrets such as `whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw`.
    ///
    /// # Errors
    /// When one can't be used.
    pub fn of(secrets: &[Secret]) -> Result<Self, BadSecret> {
        secrets.iter().map(key).collect::<Result<Vec<_>, _>>().map(Self)
    }

    /// The value of the header `webhook-signature`.
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let timestamp = timestamp.to_string();
        let signature = |key: &Hmac<Sha256>| {
            let mut mac = key.clone();
            for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
                mac.update(part);
            }
            format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
        };
        self.0.iter().map(signature).collect::<Vec<_>>().join(" ")
    }
}

fn key(secret: &Secret) -> Result<Hmac<Sha256>, BadSecret> {
    let digits = secret.expose().strip_prefix(PREFIX).ok_or(BadSecret)?;
    let bytes = STANDARD.decode(digits).map_err(|_undecodable| BadSecret)?;
    if !(SECRET_MIN..=SECRET_MAX).contains(&bytes.len()) {
        return Err(BadSecret);
    }
    Hmac::new_from_slice(&bytes).map_err(|_length| BadSecret)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// *Source:* the test vector of the specification's reference libraries.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn secret_of(bytes: usize) -> Secret {
        Secret::new(format!("{PREFIX}{}", STANDARD.encode(vec![7; bytes])))
    }

    #[test]
    fn a_signature_is_that_of_the_standard() {
        let keys = Keys::of(&[Secret::new(SECRET)]).unwrap();
        assert_eq!(keys.sign(ID, 1_614_265_330, BODY), SIGNATURE);
        assert_ne!(keys.sign(ID, 1_614_265_331, BODY), SIGNATURE);
        assert_ne!(keys.sign("msg_other", 1_614_265_330, BODY), SIGNATURE);
        assert_ne!(keys.sign(ID, 1_614_265_330, b"{}"), SIGNATURE);
    }

    #[test]
    fn while_a_secret_is_replaced_both_sign() {
        let keys = Keys::of(&[secret_of(32), Secret::new(SECRET)]).unwrap();
        let signed = keys.sign(ID, 1_614_265_330, BODY);
        let (new, old) = signed.split_once(' ').unwrap();
        assert_eq!(old, SIGNATURE);
        assert_eq!(new, Keys::of(&[secret_of(32)]).unwrap().sign(ID, 1_614_265_330, BODY));
    }

    #[test]
    fn secrets_that_can_be_guessed_are_refused() {
        for (bytes, is_fit) in
            [(0, false), (SECRET_MIN - 1, false), (SECRET_MIN, true), (SECRET_MAX, true)]
        {
            assert_eq!(Keys::of(&[secret_of(bytes)]).is_ok(), is_fit, "{bytes}");
        }
        assert!(Keys::of(&[secret_of(SECRET_MAX + 1)]).is_err());
        for text in ["", "swordfish", "whsec_swordfish!", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] {
            assert!(Keys::of(&[Secret::new(text)]).is_err(), "{text}");
        }
    }
}
