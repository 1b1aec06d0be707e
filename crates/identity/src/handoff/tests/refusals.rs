//! What is refused of what a provider says, in tables.

use super::*;
use HandoffError::{
    Expired, Faulty, Lifetime, Malformed, Missing, NotYetIssued, OtherAudience, Repeated,
    TooManyGroups,
};

const PAIRS: [(&str, &str); 6] = [
    ("userid", "ada"),
    ("mail", "ada%40example.org"),
    ("iat", "1790000000"),
    ("exp", "1790000060"),
    ("nonce", "kP0yzH8tWvQ3bN6r"),
    ("aud", AUDIENCE),
];

fn pairs() -> String {
    PAIRS.map(|(name, value)| format!("{name}={value}")).join("&")
}

/// The same, one of them with another value, or with `None` left out.
fn pairs_with(changed: &str, value: Option<&str>) -> String {
    let usual = PAIRS.into_iter().filter(|(name, _)| *name != changed);
    let pairs = usual.chain(value.map(|value| (changed, value)));
    pairs.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

#[track_caller]
fn check_value(name: &str, value: &str, expect: Result<(), HandoffError>) {
    let text = pairs_with(name, Some(value));
    let opened = open_text(Format::Aes256Gcm, &text);
    assert_eq!(opened.map(|_| ()), expect, "{name}={value}");
}

#[track_caller]
fn check_pairs(text: &str, expect: Result<&Assertion, HandoffError>) {
    let opened = open_text(Format::Aes256Gcm, text);
    let found = opened.as_ref().map(|opened| &opened.assertion).map_err(|error| *error);
    assert_eq!(found, expect, "{text}");
}

#[track_caller]
fn check_claims(members: &str, expect: Result<(), HandoffError>) {
    let opened = open_text(Format::Jwe, &format!("{{{members}}}"));
    assert_eq!(opened.map(|_| ()), expect, "{members}");
}

fn ada(groups: &[&str]) -> Assertion {
    Assertion {
        user: "ada".into(),
        email: Some("ada@example.org".into()),
        display_name: None,
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
    }
}

#[test]
fn what_is_required_is_there_and_not_empty() {
    for (name, _) in PAIRS {
        check_pairs(&pairs_with(name, None), Err(Missing(name)));
        check_pairs(&pairs_with(name, Some("")), Err(Missing(name)));
    }
    check_pairs(&pairs_with("name", Some("")), Ok(&ada(&[])));
}

#[test]
fn nothing_but_groups_is_said_twice() {
    for (name, value) in PAIRS {
        check_pairs(&format!("{}&{name}={value}", pairs()), Err(Repeated(name)));
    }
    check_pairs(&format!("{}&name=&name=", pairs()), Err(Repeated("name")));
    let groups = format!("{}&groups=a%2Cb&groups=&groups=c+d", pairs());
    check_pairs(&groups, Ok(&ada(&["a,b", "c d"])));
}

#[test]
fn names_that_mean_nothing_are_passed_over() {
    check_pairs(&format!("{}&shoe=43&shoe=44&Name=x", pairs()), Ok(&ada(&[])));
}

#[test]
fn pairs_are_what_html_forms_send() {
    let named = |name: &str| Assertion { display_name: Some(name.to_owned()), ..ada(&[]) };
    for (written, read) in [
        ("Ada+Lovelace", "Ada Lovelace"),
        ("Ada%20Lovelace", "Ada Lovelace"),
        ("C%2B%2b", "C++"),
        ("a=b=c", "a=b=c"),
        ("50%25", "50%"),
        ("%D0%B0%d0%B1", "аб"),
        ("аб", "аб"),
    ] {
        check_pairs(&pairs_with("name", Some(written)), Ok(&named(read)));
    }
    for written in ["%", "%4", "%zz", "%+1", "%é", "%FF", "x&y", "x&"] {
        check_pairs(&pairs_with("name", Some(written)), Err(Malformed));
    }
    check_pairs("", Err(Malformed));
}

#[test]
fn a_parameter_is_for_its_audience_to_the_letter() {
    for other in ["domesday.example.com", "Domesday.example.org", "domesday.example.org+"] {
        check_value("aud", other, Err(OtherAudience));
    }
}

#[test]
fn a_user_name_is_short_and_nobodys_else() {
    for good in ["a", "a+b", "%C3%A9mile", &"u".repeat(100), &"%C3%A9".repeat(100), "systems"] {
        check_value("userid", good, Ok(()));
    }
    for bad in [&"u".repeat(101), "a%00", "a%0Ab", "a%7F", "a%C2%85", "system:cli", "+a", "a+", "+"]
    {
        check_value("userid", bad, Err(Faulty("userid")));
    }
}

#[test]
fn texts_are_one_short_line() {
    for name in ["mail", "name", "groups"] {
        check_value(name, &"t".repeat(255), Ok(()));
        check_value(name, &"t".repeat(256), Err(Faulty(name)));
        check_value(name, "a%0D%0Ab", Err(Faulty(name)));
    }
}

#[test]
fn a_nonce_is_16_to_128_unreserved_characters() {
    for good in ["0123456789abcdef", "-._~-._~-._~-._~", &"N".repeat(128)] {
        check_value("nonce", good, Ok(()));
    }
    for bad in ["0123456789abcde", &"N".repeat(129), "0123456789abcde+", "0123456789abcd%C3%A9"] {
        check_value("nonce", bad, Err(Faulty("nonce")));
    }
}

#[test]
fn somebody_has_500_groups_at_most() {
    let groups = |count| format!("{}{}", pairs(), "&groups=g".repeat(count));
    check_pairs(&groups(GROUPS_MAX), Ok(&ada(&["g"; GROUPS_MAX])));
    check_pairs(&groups(GROUPS_MAX + 1), Err(TooManyGroups));
}

#[test]
fn times_are_whole_seconds_in_digits() {
    for bad in ["1790000000.5", "+1790000000", "-1", "now", "+", "99999999999999999999"] {
        check_value("iat", bad, Err(Faulty("iat")));
        check_value("exp", bad, Err(Faulty("exp")));
    }
    check_value("exp", "9223372036854775807", Err(Faulty("exp")));
    check_value("exp", "8210266876799", Err(Lifetime));
}

#[test]
fn a_parameter_counts_between_its_times_and_the_leeway() {
    for (iat, exp, expect) in [
        (0, 60, Ok(())),
        (0, 120, Ok(())),
        (0, 121, Err(Lifetime)),
        (0, 0, Err(Lifetime)),
        (0, -1, Err(Lifetime)),
        (30, 60, Ok(())),
        (31, 60, Err(NotYetIssued)),
        (-60, -29, Ok(())),
        (-60, -30, Err(Expired)),
        (-149, -29, Ok(())),
    ] {
        let times = [("iat", iat), ("exp", exp)].map(|(name, s)| format!("&{name}={}", NOW + s));
        let rest = "userid=ada&mail=ada%40example.org&nonce=kP0yzH8tWvQ3bN6r";
        let text = format!("{rest}&aud={AUDIENCE}{}", times.concat());
        let opened = open_text(Format::Aes256Gcm, &text);
        assert_eq!(opened.map(|_| ()), expect, "{iat} {exp}");
    }
}

#[test]
fn the_limits_can_be_others() {
    let limits = Limits { lifetime_max: TimeDelta::seconds(10), leeway: TimeDelta::zero() };
    let handoff = usual(Format::Aes256Gcm).with_limits(limits);
    let claims = |iat, exp| Claims { issued_at: at(iat), expires_at: at(exp), ..claims() };
    for (iat, exp, expect) in [
        (NOW, NOW + 10, None),
        (NOW, NOW + 11, Some(Lifetime)),
        (NOW + 1, NOW + 2, Some(NotYetIssued)),
        (NOW - 1, NOW, Some(Expired)),
    ] {
        let sealed = handoff.seal(&claims(iat, exp), &IV).unwrap();
        assert_eq!(handoff.open(&sealed, at(NOW)).err(), expect, "{iat} {exp}");
    }
    let endless = Limits { lifetime_max: TimeDelta::MAX, leeway: TimeDelta::MAX };
    let sealed = handoff.seal(&claims(NOW, NOW + 10), &IV).unwrap();
    assert_eq!(handoff.with_limits(endless).open(&sealed, at(NOW)).err(), Some(Expired));
}

#[test]
fn a_nonce_is_remembered_until_time_refuses_the_parameter() {
    let handoff = usual(Format::Aes256Gcm);
    let sealed = handoff.seal(&claims(), &IV).unwrap();
    let end = handoff.open(&sealed, at(NOW)).unwrap().expires_at;
    let just_before = end - TimeDelta::nanoseconds(1);
    assert!(handoff.open(&sealed, just_before).is_ok());
    assert_eq!(handoff.open(&sealed, end), Err(Expired));
}

#[test]
fn claims_are_those_of_a_jwt_or_ours() {
    let times = r#""iat":1790000000,"exp":1790000060"#;
    let aud = format!(r#""aud":"{AUDIENCE}""#);
    let theirs = r#""sub":"ada","email":"ada@example.org","jti":"kP0yzH8tWvQ3bN6r""#;
    let ours = r#""userid":"ada","mail":"ada@example.org","nonce":"kP0yzH8tWvQ3bN6r""#;
    let all = format!("{theirs},{times},{aud}");
    for (members, expect) in [
        (all.clone(), Ok(())),
        (format!("{ours},{times},{aud}"), Ok(())),
        (format!(r#"{all},"name":null,"groups":null,"shoe":{{"size":[43]}}"#), Ok(())),
        (format!(r#"{all},"groups":[]"#), Ok(())),
        (format!(r#"{all},"userid":"bob""#), Err(Repeated("userid"))),
        (format!(r#"{all},"sub":"bob""#), Err(Malformed)),
        (format!(r#"{all},"groups":"a,b""#), Err(Faulty("groups"))),
        (format!(r#"{all},"groups":["a",1]"#), Err(Faulty("groups"))),
        (format!(r#"{all},"name":["Ada"]"#), Err(Faulty("name"))),
        (format!(r#"{theirs},{times},"aud":["{AUDIENCE}"]"#), Err(Faulty("aud"))),
        (format!(r#"{theirs},{aud},"iat":"1790000000","exp":1790000060"#), Err(Faulty("iat"))),
        (format!(r#"{theirs},{aud},"iat":1790000000,"exp":1790000060.5"#), Err(Faulty("exp"))),
        (format!("{theirs},{times}"), Err(Missing("aud"))),
        (format!("{all},"), Err(Malformed)),
        (format!("{all}}}{{"), Err(Malformed)),
    ] {
        check_claims(&members, expect);
    }
    let deep = format!(r#"{all},"shoe":{}{}"#, "[".repeat(1000), "]".repeat(1000));
    check_claims(&deep, Err(Malformed));
}

#[test]
fn a_jwe_has_500_groups_at_most() {
    let mut claims = claims();
    for (count, expect) in [(GROUPS_MAX, None), (GROUPS_MAX + 1, Some(TooManyGroups))] {
        claims.assertion.groups = vec!["g".into(); count];
        let sealed = usual(Format::Jwe).seal(&claims, &IV).unwrap();
        assert_eq!(usual(Format::Jwe).open(&sealed, at(NOW)).err(), expect, "{count}");
    }
}

#[test]
fn an_error_tells_the_log_and_no_more() {
    for (error, text) in [
        (HandoffError::TooLong, "the parameter is longer than 16384 bytes"),
        (Missing("mail"), "mail is missing"),
        (Faulty("userid"), "userid has a value that is not allowed"),
        (TooManyGroups, "there are more than 500 groups"),
    ] {
        assert_eq!(error.to_string(), text);
    }
}
