//! What holds whatever is sealed, changed or made up.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;

fn any_format() -> impl Strategy<Value = Format> {
    select(Format::ALL.to_vec())
}

/// Anything that the rules take.
fn any_claims() -> impl Strategy<Value = Claims> {
    let text = || r"[^\p{Cc}]{1,30}";
    let user = r"[a-z0-9é@+=&%,][a-z0-9 é@+=&%,:]{0,20}[a-z0-9é@+=&%,]";
    let who = (user, text(), proptest::option::of(text()), prop::collection::vec(text(), 0..8));
    (who, "[A-Za-z0-9._~-]{16,128}", -20..=30_i64, 1..=90_i64).prop_map(
        |((user, email, display_name, groups), nonce, issued, lifetime)| Claims {
            assertion: Assertion { user, email: Some(email), display_name, groups },
            nonce,
            issued_at: at(NOW + issued),
            expires_at: at(NOW + issued + lifetime),
        },
    )
}

/// The text with one byte another one of those that parameters are made of.
fn change(text: &str, place: Index, to: u8) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let place = place.index(bytes.len());
    bytes[place] = if bytes[place] == to { bytes[place] ^ 1 } else { to };
    String::from_utf8(bytes).unwrap()
}

fn any_byte_of_a_parameter() -> impl Strategy<Value = u8> {
    select(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/% \n\0".to_vec())
}

fn any_name() -> impl Strategy<Value = &'static str> {
    select(vec!["userid", "sub", "mail", "name", "groups", "iat", "exp", "nonce", "aud", "shoe"])
}

proptest! {
    #[test]
    fn sealing_and_opening_give_back_the_same(
        format in any_format(), claims in any_claims(), iv: [u8; 16],
    ) {
        let sealed = usual(format).seal(&claims, &iv).unwrap();
        let opened = usual(format).open(&sealed, at(NOW)).unwrap();
        prop_assert_eq!(opened.assertion, claims.assertion);
        prop_assert_eq!(opened.nonce, claims.nonce);
        prop_assert_eq!(opened.expires_at, claims.expires_at + TimeDelta::seconds(30));
    }

    #[test]
    fn a_changed_byte_is_refused(
        format in any_format(), place: Index, to in any_byte_of_a_parameter(),
    ) {
        let sealed = usual(format).seal(&claims(), &IV).unwrap();
        let changed = change(&sealed, place, to);
        prop_assert!(usual(format).open(&changed, at(NOW)).is_err(), "{}", changed);
    }

    #[test]
    fn a_changed_bit_under_the_encoding_is_refused(
        format in select(vec![Format::Aes256Gcm, Format::Aes256CbcHmacSha256]),
        place: Index, bit in 0..8_u8,
    ) {
        let sealed = usual(format).seal(&claims(), &IV).unwrap();
        let mut bytes = base64url::decode(&sealed).unwrap();
        let place = place.index(bytes.len());
        bytes[place] ^= 1 << bit;
        let opened = usual(format).open(&base64url::encode(&bytes), at(NOW));
        prop_assert_eq!(opened, Err(HandoffError::NotAuthentic));
    }

    #[test]
    fn a_cut_is_refused(format in any_format(), one: Index, other: Index) {
        let sealed = usual(format).seal(&claims(), &IV).unwrap();
        let [one, other] = [one, other].map(|index| index.index(sealed.len() + 1));
        let cut = sealed.get(one.min(other)..one.max(other)).unwrap();
        prop_assert_eq!(usual(format).open(cut, at(NOW)).is_ok(), cut == sealed);
    }

    #[test]
    fn anybody_elses_is_refused(
        format in any_format(), claims in any_claims(), other in "[a-z.]{1,30}",
    ) {
        let sealed = usual(format).seal(&claims, &IV).unwrap();
        let keyed = handoff(format, &[OTHER_SECRET], AUDIENCE).open(&sealed, at(NOW));
        prop_assert_eq!(keyed, Err(HandoffError::NotAuthentic));
        prop_assume!(other != AUDIENCE);
        prop_assert!(handoff(format, &[SECRET], &other).open(&sealed, at(NOW)).is_err());
    }

    #[test]
    fn an_expired_one_is_refused(
        format in any_format(), claims in any_claims(), late in 0..i64::from(u32::MAX),
    ) {
        let sealed = usual(format).seal(&claims, &IV).unwrap();
        let now = claims.expires_at + TimeDelta::seconds(30 + late);
        prop_assert_eq!(usual(format).open(&sealed, now), Err(HandoffError::Expired));
    }

    #[test]
    fn garbage_is_refused(format in any_format(), text in any::<String>()) {
        prop_assert!(usual(format).open(&text, at(NOW)).is_err());
    }

    #[test]
    fn garbage_in_the_right_alphabet_is_refused(
        format in any_format(), text in "[A-Za-z0-9_.-]{0,200}",
    ) {
        prop_assert!(usual(format).open(&text, at(NOW)).is_err());
    }

    #[test]
    fn sealed_garbage_is_refused(format in any_format(), text in any::<String>()) {
        prop_assert!(open_text(format, &text).is_err());
    }

    #[test]
    fn sealed_pairs_of_garbage_are_refused(
        format in any_format(),
        pairs in prop::collection::vec((any_name(), "[ -~]{0,12}"), 0..12),
    ) {
        let is_jwe = format == Format::Jwe;
        let pairs = pairs.iter().map(|(name, value)| {
            if is_jwe { format!("{name:?}:{value:?}") } else { format!("{name}={value}") }
        });
        let pairs = pairs.collect::<Vec<_>>().join(if is_jwe { "," } else { "&" });
        let text = if is_jwe { format!("{{{pairs}}}") } else { pairs };
        prop_assert!(open_text(format, &text).is_err());
    }
}
