//! The test vectors of `docs/handoff.md` hold. They were made with Python's `cryptography`, the
//! last one by `examples/handoff_provider.py`.

use super::*;

const DOCUMENT: &str = include_str!("../../../../../docs/handoff.md");

/// What stands under a name in a vector.
fn line<'a>(vector: &'a str, name: &str) -> &'a str {
    may_be_line(vector, name).unwrap()
}

fn may_be_line<'a>(vector: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = vector.lines().filter_map(|line| line.split_once(' '));
    lines.find(|(found, _)| *found == name).map(|(_, value)| value.trim_start())
}

fn vectors() -> Vec<&'static str> {
    let blocks = DOCUMENT.split("```vector\n").skip(1);
    blocks.map(|block| block.split_once("\n```").unwrap().0).collect()
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let digits = hexadecimal.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

#[track_caller]
fn check_vector(vector: &str) {
    let format = Format::parse(line(vector, "format")).unwrap();
    let audience = line(vector, "audience");
    let secret = Secret::new(line(vector, "secret")).unwrap();
    let key = bytes(line(vector, "key"));
    let derived: [u8; 64] = secret.key(format.as_str()).unwrap();
    assert_eq!(derived[..key.len()], key, "{vector}");

    let mut iv = bytes(line(vector, "iv"));
    iv.resize(16, 0);
    let plaintext = line(vector, "plaintext").as_bytes();
    let sealed = format.codec().seal(&secret, audience, &iv.try_into().unwrap(), plaintext);
    assert_eq!(sealed.unwrap(), line(vector, "parameter"), "{vector}");

    let now = at(line(vector, "now").parse().unwrap());
    let handoff = Handoff::new("example", audience, vec![secret], format).unwrap();
    let opened = handoff.open(line(vector, "parameter"), now).unwrap();
    let Assertion { user, email, display_name, groups } = opened.assertion;
    assert_eq!(user, line(vector, "user"), "{vector}");
    assert_eq!(email.unwrap(), line(vector, "mail"), "{vector}");
    assert_eq!(display_name.as_deref(), may_be_line(vector, "name"), "{vector}");
    assert_eq!(groups.join(" | "), line(vector, "groups"), "{vector}");
}

#[test]
fn the_vectors_of_the_document_hold() {
    vectors().into_iter().for_each(check_vector);
}

#[test]
fn each_format_has_a_vector_and_so_has_the_sample() {
    let formats: Vec<&str> = vectors().into_iter().map(|vector| line(vector, "format")).collect();
    assert_eq!(formats, [Format::ALL.map(Format::as_str).as_slice(), &["aes-256-gcm"]].concat());
}
