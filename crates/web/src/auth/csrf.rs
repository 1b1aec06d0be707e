//! The word that a form or a write carries, which only pages of ours can know: a digest of the
//! secret in the cookie, so that nothing has to be kept.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use domain::freshness::Key;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use url::Url;

use crate::error::ApiError;

/// The header that carries it.
pub(crate) const X_CSRF_TOKEN: HeaderName = HeaderName::from_static("x-csrf-token");
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// The field of a form that carries it.
pub(crate) const FIELD: &str = "csrf";
const WORD_BYTES: usize = 32;

/// The word that belongs to the secret of a cookie.
pub(crate) fn word(secret: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes(secret))
}

/// The same word, masked for one page: a mask, and the word under it.
pub(crate) fn word_masked(secret: &str, page: Key) -> String {
    let mask = Sha256::digest(format!("domesday csrf mask\n{page}\n{secret}"));
    let masked = mask.iter().zip(bytes(secret)).map(|(mask, byte)| mask ^ byte);
    BASE64_URL_SAFE_NO_PAD.encode(mask.iter().copied().chain(masked).collect::<Vec<u8>>())
}

fn bytes(secret: &str) -> [u8; WORD_BYTES] {
    Sha256::digest(format!("domesday csrf\n{secret}")).into()
}

/// The bytes of a word that was sent, without their mask.
fn unmasked(sent: &str) -> Vec<u8> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(sent).unwrap_or_default();
    match bytes.split_at_checked(WORD_BYTES) {
        Some((mask, word)) if word.len() == WORD_BYTES => {
            mask.iter().zip(word).map(|(mask, byte)| mask ^ byte).collect()
        }
        _ => bytes,
    }
}

/// Whether a page of another site has a browser send this, by what browsers say of it: for whom a
/// proxy signs in, so that there is no cookie whose secret a word could belong to.
///
/// *Source:* Fetch Metadata Request Headers, 2.4; where a browser has none of them, RFC 6454, 7.
pub(crate) fn is_from_other_site(headers: &HeaderMap, base: &str) -> bool {
    let sent = |name| headers.get(name).map(|value: &HeaderValue| value.as_bytes());
    match (sent(SEC_FETCH_SITE), sent(header::ORIGIN)) {
        (Some(site), _) => ![&b"same-origin"[..], b"none"].contains(&site),
        (None, Some(origin)) => {
            let ours = Url::parse(base).map(|url| url.origin().ascii_serialization());
            ours.map_or(true, |ours| ours.as_bytes() != origin)
        }
        // No browser, so that nobody is led astray.
        (None, None) => false,
    }
}

/// Checks a word that was sent.
pub(crate) fn check(sent: &str, secret: &str) -> Result<(), ApiError> {
    let is_same = unmasked(sent).ct_eq(&bytes(secret));
    if bool::from(is_same) { Ok(()) } else { Err(ApiError::OtherSite) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_known_bare_and_under_the_mask_of_any_page() {
        let (one, two) = (word_masked("secret", Key([1; 16])), word_masked("secret", Key([2; 16])));
        let (mask, word_of_one) = one.split_at(43);
        assert!(!two.starts_with(mask) && !two.ends_with(word_of_one));
        for sent in [&one, &two, &word("secret")] {
            assert!(check(sent, "secret").is_ok());
            assert!(check(sent, "another secret").is_err());
            let (start, end) = sent.split_at(sent.len() / 2);
            for part in [start, end, &format!("{sent}A")] {
                assert!(check(part, "secret").is_err(), "{part}");
            }
        }
        for sent in ["", "A", "=", "ü", &"A".repeat(43), &"A".repeat(86), &"A".repeat(1_000)] {
            assert!(check(sent, "secret").is_err(), "{sent}");
        }
    }

    #[test]
    fn browsers_tell_of_pages_of_other_sites() {
        for (site, origin, is_ours) in [
            (None, None, true),
            (Some("same-origin"), None, true),
            (Some("none"), None, true),
            (Some("same-site"), Some("https://d.example"), false),
            (Some("cross-site"), None, false),
            (None, Some("https://d.example"), true),
            (None, Some("https://evil.example"), false),
            (None, Some("https://d.example.evil.example"), false),
            (None, Some("null"), false),
        ] {
            let named = [(SEC_FETCH_SITE, site), (header::ORIGIN, origin)];
            let sent = named.into_iter().filter_map(|(name, value)| {
                value.map(|value: &str| (name, HeaderValue::from_str(value).unwrap()))
            });
            let is_other = is_from_other_site(&sent.collect(), "https://d.example/domesday");
            assert_eq!(is_other, !is_ours, "{site:?} {origin:?}");
        }
    }
}
