//! What each format takes of a parameter before it is opened, and how secrets change.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::*;
use HandoffError::{Header, Malformed, NotAuthentic, TooLong, Unreadable};

#[test]
fn what_is_sealed_is_opened() {
    for format in Format::ALL {
        let handoff = usual(format);
        let sealed = handoff.seal(&claims(), &IV).unwrap();
        let expires_at = at(NOW + 50 + 30);
        let Claims { assertion, nonce, .. } = claims();
        assert_eq!(handoff.open(&sealed, at(NOW)), Ok(Opened { assertion, nonce, expires_at }));
    }
}

#[test]
fn padding_is_taken() {
    for format in [Format::Aes256Gcm, Format::Aes256CbcHmacSha256] {
        for length in 0..3 {
            let mut claims = claims();
            claims.assertion.user = "u".repeat(20 + 16 * length + length);
            let sealed = usual(format).seal(&claims, &IV).unwrap();
            let padded = format!("{sealed}{}", "=".repeat((4 - sealed.len() % 4) % 4));
            assert!(usual(format).open(&padded, at(NOW)).is_ok(), "{format:?} {padded}");
        }
    }
    let sealed = usual(Format::Jwe).seal(&claims(), &IV).unwrap();
    assert!(usual(Format::Jwe).open(&format!("{sealed}=="), at(NOW)).is_ok());
}

#[test]
fn each_secret_opens_and_the_first_one_seals() {
    for format in Format::ALL {
        let both = handoff(format, &[SECRET, OTHER_SECRET], AUDIENCE);
        let old = handoff(format, &[OTHER_SECRET], AUDIENCE);
        let by_the_old = old.seal(&claims(), &IV).unwrap();
        assert!(both.open(&by_the_old, at(NOW)).is_ok(), "{format:?}");
        let by_both = both.seal(&claims(), &IV).unwrap();
        assert!(usual(format).open(&by_both, at(NOW)).is_ok(), "{format:?}");
        assert_eq!(old.open(&by_both, at(NOW)), Err(NotAuthentic), "{format:?}");
    }
}

#[test]
fn one_format_does_not_open_anothers_seal() {
    for (format, other) in [
        (Format::Aes256Gcm, Format::Aes256CbcHmacSha256),
        (Format::Aes256CbcHmacSha256, Format::Aes256Gcm),
    ] {
        let sealed = usual(other).seal(&claims(), &IV).unwrap();
        assert_eq!(usual(format).open(&sealed, at(NOW)), Err(NotAuthentic), "{format:?}");
    }
}

#[track_caller]
fn check_parameter(format: Format, parameter: &str, expect: HandoffError) {
    assert_eq!(usual(format).open(parameter, at(NOW)), Err(expect), "{format:?} {parameter:?}");
}

#[test]
fn a_parameter_is_base64url_of_the_parts_that_the_format_has() {
    let [gcm, cbc] = [Format::Aes256Gcm, Format::Aes256CbcHmacSha256];
    let zeros = |count: usize| base64url::encode(&vec![0; count]);
    check_parameter(gcm, "", Unreadable);
    check_parameter(gcm, &zeros(11), Unreadable);
    check_parameter(gcm, &zeros(12), NotAuthentic);
    check_parameter(gcm, &zeros(28), NotAuthentic);
    check_parameter(gcm, "ab+/", Unreadable);
    check_parameter(gcm, "AAAA AAAA", Unreadable);
    check_parameter(gcm, "AAB", Unreadable);
    check_parameter(cbc, &zeros(47), Unreadable);
    check_parameter(cbc, &zeros(48), NotAuthentic);
}

#[test]
fn a_parameter_has_16_kib_at_most() {
    for format in Format::ALL {
        check_parameter(format, &"A".repeat(PARAMETER_MAX + 1), TooLong);
        let opened = usual(format).open(&"A".repeat(PARAMETER_MAX), at(NOW));
        assert_ne!(opened, Err(TooLong), "{format:?}");
        let mut claims = claims();
        claims.assertion.groups = vec!["g".repeat(PARAMETER_MAX)];
        assert_eq!(usual(format).seal(&claims, &IV), Err(TooLong), "{format:?}");
    }
}

#[test]
fn the_mac_covers_where_the_audience_ends() {
    let format = Format::Aes256CbcHmacSha256;
    let sealed = base64url::decode(&usual(format).seal(&claims(), &IV).unwrap()).unwrap();
    let (first, rest) = sealed.split_first().unwrap();
    let longer = format!("{AUDIENCE}{}", char::from(*first));
    let other = handoff(format, &[SECRET], &longer);
    assert_eq!(other.open(&base64url::encode(rest), at(NOW)), Err(NotAuthentic));
}

/// Puts a MAC that holds behind anything.
fn with_mac(covered: &[u8]) -> String {
    let keys: [u8; 64] = Secret::new(SECRET).unwrap().key("aes-256-cbc-hmac-sha256").unwrap();
    let mac = Hmac::<Sha256>::new_from_slice(&keys[32..]).unwrap();
    let length = u64::try_from(AUDIENCE.len()).unwrap().to_be_bytes();
    let mac = mac.chain_update(length).chain_update(AUDIENCE).chain_update(covered);
    base64url::encode(&[covered, &mac.finalize().into_bytes()].concat())
}

#[test]
fn what_cbc_can_not_have_made_is_refused() {
    for length in [0, 1, 15, 16, 17, 32] {
        check_parameter(Format::Aes256CbcHmacSha256, &with_mac(&vec![9; 16 + length]), Malformed);
    }
}

/// Gives a JWE another header, under a seal that holds.
fn jwe_with(header: &str) -> String {
    let key = Secret::new(SECRET).unwrap().key("jwe").unwrap();
    let text = Format::Jwe.codec().write(&Fields::of(&claims(), AUDIENCE));
    let header = base64url::encode(header.as_bytes());
    let nonce = [7; 12];
    let sealed = aes_256_gcm::encrypt(&key, &nonce, header.as_bytes(), text.as_bytes()).unwrap();
    let (sealed, tag) = sealed.split_last_chunk::<16>().unwrap();
    let [nonce, sealed, tag] = [nonce.as_slice(), sealed, tag].map(base64url::encode);
    format!("{header}..{nonce}.{sealed}.{tag}")
}

#[test]
fn a_jwe_is_encrypted_directly_and_not_otherwise() {
    let jwe = usual(Format::Jwe);
    for header in [
        r#"{"alg":"dir","enc":"A256GCM"}"#,
        r#"{ "typ": "JWT", "enc": "A256GCM", "alg": "dir", "kid": "2026" }"#,
    ] {
        assert!(jwe.open(&jwe_with(header), at(NOW)).is_ok(), "{header}");
    }
    for header in [
        r#"{"alg":"none","enc":"A256GCM"}"#,
        r#"{"alg":"RSA1_5","enc":"A256GCM"}"#,
        r#"{"alg":"DIR","enc":"A256GCM"}"#,
        r#"{"alg":"dir","enc":"A128GCM"}"#,
        r#"{"alg":"dir","enc":"A256GCM","zip":"DEF"}"#,
        r#"{"alg":"dir","enc":"A256GCM","crit":[]}"#,
        r#"{"alg":"none","alg":"dir","enc":"A256GCM"}"#,
        r#"{"alg":["dir"],"enc":"A256GCM"}"#,
        r#"{"alg":"dir","enc":"A256GCM"} "x""#,
        r#"{"alg":"dir"}"#,
        r#"["dir","A256GCM"]"#,
        "",
    ] {
        assert_eq!(jwe.open(&jwe_with(header), at(NOW)), Err(Header), "{header}");
    }
}

#[test]
fn a_jwe_has_five_parts_and_the_second_one_is_empty() {
    let sealed = usual(Format::Jwe).seal(&claims(), &IV).unwrap();
    let parts: Vec<&str> = sealed.split('.').collect();
    let [header, _, nonce, text, tag] = parts.try_into().unwrap();
    for parameter in [
        format!("{header}.{nonce}.{text}.{tag}"),
        format!("{header}..{nonce}.{text}.{tag}."),
        format!("{header}.AAAA.{nonce}.{text}.{tag}"),
        format!("{header}..{nonce}AAAA.{text}.{tag}"),
        format!("{header}..{nonce}.{text}.AAAA"),
        format!("{header}..{nonce}.{text}."),
        ".".repeat(PARAMETER_MAX),
    ] {
        let opened = usual(Format::Jwe).open(&parameter, at(NOW));
        assert!(matches!(opened, Err(Unreadable | Header)), "{parameter} {opened:?}");
    }
}

#[test]
fn what_was_sealed_is_utf_8() {
    let secret = Secret::new(SECRET).unwrap();
    for format in Format::ALL {
        let sealed = format.codec().seal(&secret, AUDIENCE, &IV, b"userid=\xff").unwrap();
        check_parameter(format, &sealed, Malformed);
    }
}

#[test]
fn a_secret_has_32_bytes_and_is_not_printed() {
    let short = Secret::new("31 bytes are not enough of them").unwrap_err();
    assert_eq!(short.to_string(), "the secret has 31 bytes and needs at least 32");
    let secret = Secret::new("32 bytes, however, are enough...").unwrap();
    assert_eq!(format!("{secret:?}"), "***");
    assert!(!format!("{:?}", usual(Format::Jwe)).contains(SECRET));
}

#[test]
fn a_handoff_has_an_audience_and_a_secret() {
    let new = |audience: &str, secrets| Handoff::new("example", audience, secrets, Format::Jwe);
    let secret = || Secret::new(SECRET).unwrap();
    assert_eq!(new("", vec![secret()]).err(), Some(SettingsError::NoAudience));
    assert_eq!(new(AUDIENCE, vec![]).err(), Some(SettingsError::NoSecret));
    assert_eq!(new(AUDIENCE, vec![secret()]).unwrap().name(), "example");
}

#[test]
fn a_format_is_known_by_its_name() {
    for format in Format::ALL {
        assert_eq!(Format::parse(format.as_str()), Ok(format));
    }
    assert_eq!(
        Format::parse("rot13").unwrap_err().to_string(),
        "\"rot13\" is no format of a handoff; \
         there are aes-256-gcm, aes-256-cbc-hmac-sha256, jwe"
    );
    assert_eq!(Format::default(), Format::Aes256Gcm);
}
