//! The format `jwe`: the claims of a JWT in a compact JWE, encrypted directly with AES-256-GCM.
//!
//! `base64url(header)..base64url(iv 12).base64url(ciphertext).base64url(tag 16)`, the text of the
//! header as additional data. Only `dir` and `A256GCM` are taken: forgers of JWEs live on
//! algorithms that a header may choose. *Source:* RFC 7516, RFC 7519.

use std::fmt;

use serde::de::{Deserializer as _, Error as _, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::aes_256_gcm::{decrypt, encrypt};
use super::fields::{Fields, GROUPS};
use super::format::Codec;
use super::{HandoffError, Secret, base64url};

const PURPOSE: &str = "jwe";

const HEADER: &str = r#"{"alg":"dir","enc":"A256GCM"}"#;

/// Our names that JWTs have others for.
const CLAIMS: [(&str, &str); 3] = [("userid", "sub"), ("mail", "email"), ("nonce", "jti")];

/// The format.
pub(super) struct Jwe;

impl Codec for Jwe {
    /// The audience is not used: the claim `aud` has it, under the seal.
    fn seal(&self, secret: &Secret, _: &str, iv: &[u8; 16], text: &[u8]) -> Option<String> {
        let nonce = iv.first_chunk()?;
        let header = base64url::encode(HEADER.as_bytes());
        let sealed = encrypt(&secret.key(PURPOSE)?, nonce, header.as_bytes(), text)?;
        let (sealed, tag) = sealed.split_last_chunk::<16>()?;
        let [nonce, sealed, tag] = [nonce.as_slice(), sealed, tag].map(base64url::encode);
        Some(format!("{header}..{nonce}.{sealed}.{tag}"))
    }

    fn open(&self, secret: &Secret, _: &str, text: &str) -> Result<Vec<u8>, HandoffError> {
        let parts: Vec<&str> = text.split('.').collect();
        let &[header, "", nonce, sealed, tag] = parts.as_slice() else {
            return Err(HandoffError::Unreadable);
        };
        check_header(&base64url::decode(header)?)?;
        let nonce = base64url::decode(nonce)?.try_into().or(Err(HandoffError::Unreadable))?;
        let tag: [u8; 16] = base64url::decode(tag)?.try_into().or(Err(HandoffError::Unreadable))?;
        let sealed = [base64url::decode(sealed)?.as_slice(), &tag].concat();
        let key = secret.key(PURPOSE);
        key.and_then(|key| decrypt(&key, &nonce, header.as_bytes(), &sealed))
            .ok_or(HandoffError::NotAuthentic)
    }

    fn write(&self, fields: &Fields) -> String {
        let mut object = Map::new();
        for (name, value) in fields.iter().filter(|(name, _)| *name != GROUPS) {
            let claim = CLAIMS.into_iter().find(|(ours, _)| *ours == name);
            let claim = claim.map_or(name, |(_, claim)| claim);
            let number = if is_time(name) { value.parse::<i64>().ok() } else { None };
            let value = number.map_or_else(|| Value::from(value), Value::from);
            object.insert(claim.to_owned(), value);
        }
        object.insert(GROUPS.to_owned(), Value::from(fields.groups()));
        Value::Object(object).to_string()
    }

    /// Takes our own names as well as those of JWTs.
    fn read(&self, text: &str) -> Result<Fields, HandoffError> {
        let mut fields = Fields::default();
        for (claim, value) in object(text.as_bytes()).ok_or(HandoffError::Malformed)? {
            let name = CLAIMS.into_iter().find(|(_, theirs)| *theirs == claim);
            let name = name.map_or(claim.as_str(), |(ours, _)| ours);
            if let Some(name) = Fields::known(name) {
                put(&mut fields, name, value)?;
            }
        }
        Ok(fields)
    }
}

/// Members that are not spoken of here may stand there: RFC 7516 has them ignored.
fn check_header(header: &[u8]) -> Result<(), HandoffError> {
    let header = object(header).ok_or(HandoffError::Header)?;
    let is = |name: &str, value: &str| header.get(name).and_then(Value::as_str) == Some(value);
    let is_plain = ["zip", "crit"].iter().all(|name| !header.contains_key(*name));
    let is_taken = is("alg", "dir") && is("enc", "A256GCM") && is_plain;
    is_taken.then_some(()).ok_or(HandoffError::Header)
}

fn put(fields: &mut Fields, name: &'static str, value: Value) -> Result<(), HandoffError> {
    match value {
        Value::Null => Ok(()),
        Value::Array(groups) if name == GROUPS => groups.into_iter().try_for_each(|group| {
            let Value::String(group) = group else {
                return Err(HandoffError::Faulty(GROUPS));
            };
            fields.put(GROUPS, group)
        }),
        Value::Number(seconds) if is_time(name) => fields.put(name, seconds.to_string()),
        Value::String(text) if !is_time(name) && name != GROUPS => fields.put(name, text),
        Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => Err(HandoffError::Faulty(name)),
    }
}

fn is_time(name: &str) -> bool {
    name == "iat" || name == "exp"
}

/// Reads a JSON object that says nothing twice: of two members of one name, another reader might
/// believe the other.
fn object(text: &[u8]) -> Option<Map<String, Value>> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let object = reader.deserialize_map(Members).ok()?;
    reader.end().ok()?;
    Some(object)
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object that says nothing twice")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut object = Map::new();
        while let Some((name, value)) = members.next_entry()? {
            if object.insert(name, value).is_some() {
                return Err(A::Error::custom("a member stands there twice"));
            }
        }
        Ok(object)
    }
}
